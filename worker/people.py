"""The commands about persons, and `migrate`."""

import re
from typing import Annotated, Any

import typer
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from worker import audit, migrate, output
from worker.errors import UserError
from worker.home import SYSTEM, Home, acting, open_home
from worker.i18n import t
from worker.items.files.names import did_you_mean
from worker.models import Person

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
    person: Annotated[str, typer.Argument(metavar="MÃ")],
    name: Annotated[str, typer.Option("--name", help=t("họ tên", "full name"))],
    role: Annotated[list[str], typer.Option("--role", help=", ".join(ROLES))],
    as_: As = None,
) -> None:
    home = open_home()
    with home.store.write() as session:
        add_person(session, home, person, name, role, as_)
    output.say(t(f"đã thêm {person}", f"added {person}"))


def add_person(
    session: Session, home: Home, person: str, name: str, roles: list[str], by: str | None
) -> None:
    """The first person needs nobody's leave; all others are added by a quan_tri."""
    somebody = session.scalar(select(func.count()).select_from(Person)) or 0
    actor = acting(session, by, "quan_tri").id if somebody else SYSTEM
    _check(session, person, name, roles)
    now = home.clock.now()
    values: dict[str, Any] = {"id": person, "name": name.strip(), "active": True,
                              "roles": list(dict.fromkeys(roles)), "created_at": now}
    session.execute(insert(Person), [values])
    audit.record(session, now, actor, "person", person, {"roles": values["roles"]})


def _check(session: Session, person: str, name: str, roles: list[str]) -> None:
    if not _ID.fullmatch(person):
        raise UserError(person, t("mã không dùng được", "cannot be an id"),
                        t("chữ thường không dấu, số, gạch nối", "lower-case letters, digits, -"))
    if session.get(Person, person) is not None:
        raise UserError(person, t("đã có người này", "there is such a person already"),
                        t("chọn mã khác", "choose another id"))
    if not 1 <= len(name.strip()) <= 120:
        raise UserError("--name", t("thiếu họ tên, hoặc dài quá 120", "missing, or over 120 long"))
    for role in roles:
        if role not in ROLES:
            known = ", ".join(ROLES)
            raise UserError("--role", t(f"không có vai trò «{role}»", f"no role “{role}”"),
                            did_you_mean(role, ROLES)
                            + t(f"dùng một trong: {known}", f"use one of: {known}"))


def list_(json_: Json = False) -> None:
    home = open_home()
    with home.store.read() as session:
        rows = [
            {"id": p.id, "name": p.name, "roles": list(p.roles), "active": p.active,
             "roles_shown": ", ".join(t(*ROLES[r]) if r in ROLES else r for r in p.roles)}
            for p in session.scalars(select(Person).order_by(Person.id))
        ]
    columns = {"id": t("Mã", "Id"), "name": t("Họ tên", "Name"),
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
    waiting = migrate.pending(home.store)
    migrate.upgrade(home.store)
    output.say(t("đã nâng cấp", "upgraded") if waiting else t("đã đúng phiên bản", "up to date"))
