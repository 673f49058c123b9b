"""Nhật ký phát: filters, one delivery's story, files for Excel."""

from dataclasses import dataclass
from pathlib import Path

from fastapi import HTTPException, Response
from sqlalchemy.orm import Session

from console.web import words
from console.web.context import Ask, Site
from console.web.filters import Typed, made_file
from console.web.nav import ACTORS, ANSWER_FOR_TEXTS
from worker import log_query
from worker.errors import UserError
from worker.growth import standing
from worker.home import in_force
from worker.i18n import t
from worker.log_query import Filters
from worker.log_search import Names, about, names_of
from worker.log_story import next_step, what
from worker.programme.model import Programme
from worker.scope import Scope, has, targets_held
from worker.states import LABELS
from worker.typed import a_date

PAGE = 50


@dataclass(frozen=True)
class Wish(Typed):
    """The filters as they were typed."""

    first: str = ""
    last: str = ""
    channel: str = ""
    state: str = ""
    text: str = ""


def page(site: Site, ask: Ask) -> Response:
    wish, why, scope = Wish.of(ask), "", site.scope(ask)
    after = ask.query.get("after") or None
    with site.home.store.read() as session:
        programme = in_force(session).programme
        try:
            filters = _filters(session, programme, wish, site, scope)
            found = log_query.page(session, filters, limit=PAGE + 1, after=after)
        except UserError as error:
            found, why = [], error.on_page()
        rows = found[:PAGE]
        names = names_of(session, programme, rows)
    held = targets_held(programme, scope)
    more = wish.query(after=rows[-1].id) if len(found) > PAGE else ""
    past = "" if why or rows else standing.gone(programme, site.home.clock.now(), filters.last)
    return site.page(ask, "log", 400 if why else 200, wish=wish, rows=rows, names=names,
                     why=why or past,
                     more=more, after=after, zone=programme.zone(), labels=LABELS,
                     channels=[c for c in programme.channels if held is None or c.id in held])


def _filters(
    session: Session, programme: Programme, wish: Wish, site: Site, scope: Scope
) -> Filters:
    if wish.state and wish.state not in LABELS:
        raise UserError(t("Trạng thái", "State"), t("không có trạng thái này", "no such state"),
                        t("chọn trong danh sách", "choose from the list"))
    filters = Filters(
        first=a_date(t("Từ ngày", "From"), wish.first) if wish.first else None,
        last=a_date(t("Đến ngày", "To"), wish.last) if wish.last else None,
        channel=wish.channel or None, state=wish.state or None,
        about=about(session, programme, wish.text) if wish.text else None,
        held=targets_held(programme, scope))
    if filters.first and filters.last and filters.last < filters.first:
        raise UserError(t("Đến ngày", "To"), t("trước ngày đầu", "is before the first day"),
                        t("đổi chỗ hai ngày", "swap the two days"))
    log_query.must_exist(session, programme, filters)
    today = site.home.clock.now().astimezone(programme.zone()).date()
    return log_query.until(filters, today)


def story(site: Site, ask: Ask) -> Response:
    key = ask.path["key"]
    with site.home.store.read() as session:
        programme = in_force(session).programme
        try:
            line = log_query.one(session, key)
        except UserError as error:
            raise HTTPException(404) from error
        if not has(targets_held(programme, site.scope(ask)), line.channel, line.target):
            raise HTTPException(404)
        told = log_query.story(session, key, programme.zone())
        names = names_of(session, programme, [line])
    channel = site.channels().get(line.channel)
    advice = channel.codes.get(line.code) if channel is not None else None
    return site.page(
        ask, "story", line=line, names=names, zone=programme.zone(), advice=advice,
        told=[(entry, *what(entry)) for entry in told], step=next_step(line, advice),
        may_act=bool(ask.me.roles & ACTORS), may_recall=bool(ask.me.roles & ANSWER_FOR_TEXTS))


def export(site: Site, ask: Ask) -> Response:
    """The filtered log as a file; formulas in it stay text (worker/log_files.py)."""
    from worker import log_files  # noqa: PLC0415  (openpyxl only where a file is asked for)

    wish, kind = Wish.of(ask), str(ask.path["kind"])
    with site.home.store.read() as session:
        programme = in_force(session).programme
        filters = _filters(session, programme, wish, site, site.scope(ask))
        names = Names.all(session, programme)

    def write(path: Path) -> None:
        rows = (_row(row, names, programme) for row in log_query.every(site.home.store, filters))
        put = log_files.write_csv if kind == "csv" else log_files.write_xlsx
        put(path, rows, list(_heads()))

    return made_file(site, ask, "nhat-ky-phat", kind, write, "/nhat-ky")


def _heads() -> tuple[str, ...]:
    return (t("Ngày", "Day"), t("Lúc", "At"), t("Kênh", "Channel"), t("Nơi nhận", "Target"),
            t("Tin", "Item"), t("Mã tin", "Item id"), t("Trạng thái", "State"),
            t("Phát muộn", "Late"), t("Số lần thử", "Tries"), t("Mã", "Code"),
            t("Chi tiết", "Detail"), t("Địa chỉ", "Address"), t("Mã lượt", "Key"))


def _row(row: log_query.Line, names: Names, programme: Programme) -> dict[str, object]:
    values = (words.day(row.day), words.moment(row.first_try_at, programme.zone()),
              names.channel(row.channel), names.target(row.channel, row.target),
              names.item(row.item_id), row.item_id, words.state(row.state), row.late,
              row.attempts, row.code, row.detail, row.url, row.id)
    return dict(zip(_heads(), values, strict=True))
