"""Persons: the rules of adding and changing them, their commands, and `migrate`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from vietnamese.plain import nfc, slug
from worker import audit, lock, migrate, output
from worker.copying import marks
from worker.errors import UserError
from worker.home import SYSTEM, Home, acting, in_force, open_home
from worker.i18n import t
from worker.items.files.names import did_you_mean
from worker.models import Person
from worker.scope import scope_of_person
from worker.users.governors import (
    ADMIN,
    governed,
    governs_all,
    lock_persons,
    must_be_another,
    must_leave_one,
)
from worker.users.store import close_links, shut_out

#: role -> how it is called (docs/glossary.md)
ROLES: dict[str, tuple[str, str]] = {
    "nguoi_soan": ("Người soạn", "author"),
    "nguoi_duyet": ("Người duyệt", "approver"),
    "dieu_phoi": ("Điều phối nhắn tin", "SMS coordinator"),
    "truc_dai": ("Người trực đài", "station operator"),
    "kiem_tra": ("Kiểm tra", "auditor"),
    "quan_tri": ("Quản trị", "administrator"),
}

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")

As = Annotated[str | None, typer.Option("--as", help=t("mã người làm việc này", "acting person"))]
Json = Annotated[bool, typer.Option("--json", help=t("mỗi dòng một đối tượng", "JSON lines"))]
Reason = Annotated[str, typer.Option("--reason", help=t("lý do", "why"))]


def add(
    person: Annotated[str, typer.Argument(metavar=t("MÃ", "ID"))],
    name: Annotated[str, typer.Option("--name", help=t("họ tên", "full name"))],
    role: Annotated[list[str], typer.Option("--role", help=", ".join(ROLES))],
    organisation: Annotated[str, typer.Option("--organisation", help=t(
        "đơn vị; bỏ trống: toàn hệ thống", "organisation; without: the whole installation"))] = "",
    as_: As = None,
) -> None:
    home = open_home()
    with home.store.write() as session:
        add_person(session, home, person, name, role, as_, organisation or None)
    output.say(t(f"đã thêm {person}", f"added {person}"))


def add_person(
    session: Session, home: Home, person: str, name: str, roles: Sequence[str], by: str | None,
    organisation: str | None = None,
) -> None:
    """
    The first person needs nobody's leave; all others are added by a quan_tri, into an
    organisation that they hold.
    """
    somebody = session.scalar(select(func.count()).select_from(Person)) or 0
    actor = acting(session, by, ADMIN).id if somebody else SYSTEM
    if not _ID.fullmatch(person):
        raise UserError(person, t("mã không dùng được", "cannot be an id"),
                        t("chữ thường không dấu, số, gạch nối", "lower-case letters, digits, -"))
    if session.get(Person, person) is not None:
        raise UserError(person, t("đã có người này", "there is such a person already"),
                        t("chọn mã khác", "choose another id"))
    now = home.clock.now()
    values: dict[str, Any] = {
        "id": person, "name": good_name(name), "active": True, "roles": good_roles(roles),
        "created_at": now, "organisation": _held(session, actor, organisation)}
    session.execute(insert(Person), [values])
    audit.record(session, now, actor, "person", person,
                 {"roles": values["roles"], **({"organisation": organisation}
                                               if organisation else {})})


def free_id(session: Session, name: str) -> str:
    """An id made of a name, that nobody has: Nguyễn Văn An is nguyen-van-an."""
    wanted = slug(name)[:56] or "nguoi"
    taken = set(session.scalars(select(Person.id).where(Person.id.startswith(wanted))))
    return next(found for found in (wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3)))
                if found not in taken)


@dataclass(frozen=True)
class Change:
    """What is to be another with a person; None: stays as it is."""

    name: str | None = None
    roles: tuple[str, ...] | None = None
    organisation: str | None = None  #: "": the whole installation
    active: bool | None = None


def change(
    person: Annotated[str, typer.Argument(metavar=t("MÃ", "ID"))],
    name: Annotated[str | None, typer.Option("--name", help=t("họ tên", "full name"))] = None,
    role: Annotated[list[str] | None, typer.Option("--role", help=t(
        "thay mọi vai trò", "replaces all roles"))] = None,
    organisation: Annotated[str | None, typer.Option("--organisation", help=t(
        "đơn vị mới", "the new organisation"))] = None,
    whole: Annotated[bool, typer.Option("--whole", help=t(
        "làm việc cho toàn hệ thống", "works for the whole installation"))] = False,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help=t(
        "còn làm việc, hay đã nghỉ", "still works here, or has left"))] = None,
    as_: As = None,
) -> None:
    home = open_home()
    wish = Change(name, tuple(role) if role else None, "" if whole else organisation, active)
    with home.store.write() as session:
        done = change_person(session, home.clock.now(), person, wish, as_)
    home.close()
    output.say(t(f"đã đổi {person}", f"changed {person}") if done
               else t("không có gì khác", "nothing is different"))


def change_person(
    session: Session, now: datetime, person_id: str, wish: Change, by: str | None
) -> bool:
    """
    Whether anything was changed. It holds from the person's next request; whoever is no longer
    active is out at once.

    Raises:
        Refused: oneself, or the last administrator of the whole.
    """
    lock_persons(session)
    actor, person = governed(session, by, person_id)
    changed = _changed(session, actor.id, person, wish)
    if not changed:
        return False
    if changed.keys() - {"name"}:
        must_be_another(actor.id, person_id)
    governor = governs_all(session, person_id)
    for name, value in changed.items():
        setattr(person, name, value)
    if governor:
        must_leave_one(session, person_id)
    if changed.get("active") is False:
        shut_out(session, now, person_id)
        close_links(session, now, person_id)
    # the name is left out: acts hold no personal data
    audit.record(session, now, actor.id, "person_change", person_id,
                 {name: value for name, value in changed.items() if name != "name"}
                 | ({"renamed": True} if "name" in changed else {}))
    return True


def _changed(session: Session, actor: str, person: Person, wish: Change) -> dict[str, Any]:
    """The fields that become another, with what they become."""
    wanted: dict[str, Any] = {}
    if wish.name is not None:
        wanted["name"] = good_name(wish.name)
    if wish.roles is not None and set(good_roles(wish.roles)) != set(person.roles):
        wanted["roles"] = good_roles(wish.roles)
    if wish.organisation is not None:
        wanted["organisation"] = _held(session, actor, wish.organisation or None)
    if wish.active is not None:
        wanted["active"] = wish.active
    return {name: value for name, value in wanted.items() if getattr(person, name) != value}


def good_name(name: str) -> str:
    name = " ".join(nfc(name).split())
    if not 1 <= len(name) <= 120:
        raise UserError("--name", t("thiếu họ tên, hoặc dài quá 120", "missing, or over 120 long"))
    return name


def good_roles(roles: Sequence[str]) -> list[str]:
    for role in roles:
        if role not in ROLES:
            known = ", ".join(ROLES)
            raise UserError("--role", t(f"không có vai trò «{role}»", f"no role “{role}”"),
                            did_you_mean(role, ROLES)
                            + t(f"dùng một trong: {known}", f"use one of: {known}"))
    if not roles:
        raise UserError("--role", t("chưa chọn vai trò nào", "no role is chosen"),
                        t("chọn ít nhất một", "choose one at least"))
    return list(dict.fromkeys(roles))


def _held(session: Session, actor: str, organisation: str | None) -> str | None:
    """The organisation, if the actor may put somebody there."""
    scope = scope_of_person(session, actor)
    known = {o.id for o in in_force(session).programme.organisations} if organisation else set()
    if organisation is not None and (organisation not in known or not scope.holds(organisation)):
        held = sorted(known if scope.organisations is None else known & scope.organisations)
        raise UserError("--organisation", t(f"không có đơn vị «{organisation}»",
                                            f"no organisation “{organisation}”"),
                        t(f"dùng một trong: {', '.join(held)}", f"use one of: {', '.join(held)}"))
    if organisation is None and not scope.whole:
        raise UserError("--organisation", t("chỉ thêm được người của đơn vị mình và cấp dưới",
                                            "only persons of your organisation and those below"),
                        t("chọn đơn vị", "choose an organisation"))
    return organisation


def list_(json_: Json = False) -> None:
    home = open_home()
    with home.store.read() as session:
        rows = [
            {"id": p.id, "name": p.name, "roles": list(p.roles), "active": p.active,
             "organisation": p.organisation,
             "roles_shown": ", ".join(t(*ROLES[r]) if r in ROLES else r for r in p.roles)}
            for p in session.scalars(select(Person).order_by(Person.id))
        ]
    columns = {"id": t("Mã", "Id"), "name": t("Họ tên", "Name"),
               "organisation": t("Đơn vị", "Organisation"),
               "roles_shown": t("Vai trò", "Roles")}
    if json_:
        rows = [{k: v for k, v in row.items() if k != "roles_shown"} for row in rows]
    output.show(rows, columns, as_json=json_)


def migrate_() -> None:
    home = open_home(must_exist=False)
    if migrate.empty(home.store):
        raise UserError(str(home.settings.home),
                        t("chưa có cơ sở dữ liệu ở đây", "there is no database here yet"),
                        t("chạy `make run` (tập huấn) hoặc `giovang golive`",
                          "run `make run` (training) or `giovang golive`"))
    marks.refuse(home.store)
    waiting = migrate.pending(home.store)
    held = lock.take(home.settings.var) if waiting and home.store.sqlite else None
    migrate.upgrade(home.store)
    if held is not None:
        held.close()
    output.say(t("đã nâng cấp", "upgraded") if waiting else t("đã đúng phiên bản", "up to date"))
