"""The acts, the newest first, with filters; files for Excel."""

from dataclasses import dataclass
from pathlib import Path

from fastapi import Response
from sqlalchemy.orm import Session

from console.web import words
from console.web.context import Ask, Site
from console.web.filters import Typed, made_file
from worker import audit_view, rowfile
from worker.audit_view import Filters
from worker.audit_words import ACTS, GROUPS, act_name, detail_lines
from worker.errors import UserError
from worker.home import SYSTEM, in_force
from worker.i18n import t
from worker.models import Audit
from worker.output import dumps
from worker.programme.model import Programme
from worker.scope import Scope
from worker.typed import a_date
from worker.users import directory

PAGE = 50


@dataclass(frozen=True)
class Wish(Typed):
    """The filters as they were typed."""

    person: str = ""
    act: str = ""
    subject: str = ""
    first: str = ""
    last: str = ""


def page(site: Site, ask: Ask) -> Response:
    wish, why, scope = Wish.of(ask), "", site.scope(ask)
    before = ask.query.get("truoc", "")
    with site.home.store.read() as session:
        programme = in_force(session).programme
        try:
            found = audit_view.page(
                session, _filters(session, programme, scope, wish), limit=PAGE + 1,
                before=int(before) if before.isdecimal() and len(before) < 18 else None)
        except UserError as error:
            found, why = [], error.on_page()
        rows = found[:PAGE]
        names = directory.names_of(session, [row.actor for row in rows])
        people = _people(session, site, scope)
    more = wish.query(truoc=str(rows[-1].seq)) if len(found) > PAGE else ""
    return site.page(
        ask, "acts/list", 400 if why else 200, wish=wish, why=why, zone=programme.zone(),
        rows=[(row, act_name(row.act), list(detail_lines(row.detail, programme.zone())))
              for row in rows],
        names={SYSTEM: t("Hệ thống", "The system"), **names}, people=people, more=more,
        before=before, groups=GROUPS)


def _people(session: Session, site: Site, scope: Scope) -> list[tuple[str, str]]:
    entries = directory.listed(session, site.home.clock.now(), scope, directory.Wish())
    found = [(e.id, f"{e.name} ({e.id})") for e in entries]
    return [(SYSTEM, t("Hệ thống", "The system")), *found] if scope.whole else found


def _filters(session: Session, programme: Programme, scope: Scope, wish: Wish) -> Filters:
    if wish.act and wish.act not in ACTS:
        raise UserError(t("Việc", "Act"), t("không có việc này", "no such act"),
                        t("chọn trong danh sách", "choose from the list"))
    since, before = audit_view.span(
        programme,
        a_date(t("Từ ngày", "From"), wish.first) if wish.first else None,
        a_date(t("Đến ngày", "To"), wish.last) if wish.last else None)
    if since is not None and before is not None and before <= since:
        raise UserError(t("Đến ngày", "To"), t("trước ngày đầu", "is before the first day"),
                        t("đổi chỗ hai ngày", "swap the two days"))
    return Filters(wish.person, wish.act, wish.subject, since, before,
                   audit_view.held_persons(session, scope))


def export(site: Site, ask: Ask) -> Response:
    """The filtered acts as a file, with every detail and the hashes."""
    wish = Wish.of(ask)
    with site.home.store.read() as session:
        programme = in_force(session).programme
        filters = _filters(session, programme, site.scope(ask), wish)

    def write(path: Path) -> None:
        with rowfile.open_rows(path, _heads()) as put:
            for row in audit_view.every(site.home.store, filters):
                put(_cells(row, programme))

    return made_file(site, ask, "nhat-ky-thao-tac", str(ask.path["kind"]), write,
                     "/nhat-ky-thao-tac")


def _heads() -> tuple[str, ...]:
    return (t("Số", "No."), t("Lúc", "At"), t("Người", "Person"), t("Việc", "Act"),
            t("Đối tượng", "Subject"), t("Chi tiết", "Detail"), t("Mã việc", "Act id"),
            t("Chi tiết đầy đủ", "Whole detail"), t("Mã băm", "Hash"))


def _cells(row: Audit, programme: Programme) -> tuple[str | int, ...]:
    return (row.seq, words.moment(row.at, programme.zone()), row.actor, act_name(row.act),
            row.subject, "; ".join(detail_lines(row.detail, programme.zone())), row.act,
            dumps(row.detail) if row.detail else "", row.hash)
