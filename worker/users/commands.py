"""`giovang user …`: accounts of the console, from the command line."""

from typing import Annotated

import typer
from sqlalchemy import select

from worker.errors import UserError
from worker.home import Home, acting, open_home
from worker.i18n import t
from worker.models import Person, UserAccount
from worker.output import local_iso, say, show
from worker.people import As, Json
from worker.users import links, sessions, store
from worker.users.governors import governed

Who = Annotated[str, typer.Argument(metavar=t("NGƯỜI", "PERSON"), help=t("mã người", "person"))]

#: the path of a one-time link in the console
PATH = "/lien-ket/"


def add(person: Who, as_: As = None) -> None:
    home = open_home()
    with home.store.write() as session:
        by = governed(session, as_, person)[0].id
        store.add(session, home.clock.now(), person, by)
        token = links.make_link(session, home.clock.now(), person, by)
    _hand_out(home, person, token)


def link(
    person: Who,
    new_totp: Annotated[bool, typer.Option("--new-totp", help=t(
        "mất điện thoại: bỏ cả mã xác thực", "lost phone: the codes end, too"))] = False,
    as_: As = None,
) -> None:
    home = open_home()
    with home.store.write() as session:
        by = governed(session, as_, person)[0].id
        token = links.make_link(session, home.clock.now(), person, by, new_totp=new_totp)
    _hand_out(home, person, token)


def _hand_out(home: Home, person: str, token: str) -> None:
    say(t(f"đường dẫn cho {person}, dùng một lần trong 24 giờ, chỉ đưa tận tay:",
          f"a link for {person}, good once within 24 hours, for nobody else's eyes:"))
    typer.echo(address(home, token))
    home.close()


def address(home: Home, token: str) -> str:
    """As the console is reached on this machine; behind a web server the first part differs."""
    return f"http://127.0.0.1:{home.settings.inner_port}{PATH}{token}"


def disable(person: Who, as_: As = None) -> None:
    home = open_home()
    with home.store.write() as session:
        by = governed(session, as_, person)[0].id
        store.disable(session, home.clock.now(), person, by)
    home.close()
    say(t(f"đã khóa tài khoản {person}, mọi phiên đăng nhập đã hết",
          f"{person} is disabled, every session has ended"))


def list_(json_: Json = False) -> None:
    home = open_home()
    zone = home.programme().programme.zone()
    now = home.clock.now()
    with home.store.read() as session:
        rows = [
            {"person": a.person_id, "name": session.get_one(Person, a.person_id).name,
             "state": _state(a), "codes": a.totp_at is not None,
             "sessions": len(sessions.sessions_of(session, now, a.person_id)),
             "disabled_at": local_iso(a.disabled_at, zone)}
            for a in session.scalars(select(UserAccount).order_by(UserAccount.person_id))
        ]
    home.close()
    words = {"disabled": t("Đã khóa", "disabled"), "active": t("Đang dùng", "in use"),
             "waiting": t("Chưa đặt mật khẩu", "no password yet")}
    shown = rows if json_ else [
        {**r, "state": words[str(r["state"])],
         "codes": t("có", "yes") if r["codes"] else ""} for r in rows]
    show(shown, {"person": t("Mã", "Id"), "name": t("Họ tên", "Name"),
                 "state": t("Tài khoản", "Account"), "codes": t("Mã xác thực", "Codes"),
                 "sessions": t("Phiên", "Sessions")}, as_json=json_)


def _state(account: UserAccount) -> str:
    if account.disabled_at is not None:
        return "disabled"
    return "active" if account.password is not None else "waiting"


def sessions_(
    person: Who,
    end: Annotated[list[int] | None, typer.Option("--end", help=t(
        "kết thúc phiên số này", "end this session"))] = None,
    end_all: Annotated[bool, typer.Option("--end-all", help=t(
        "kết thúc mọi phiên, quên mọi thiết bị", "end all, forget all devices"))] = False,
    as_: As = None,
    json_: Json = False,
) -> None:
    home = open_home()
    now = home.clock.now()
    if end or end_all:
        with home.store.write() as session:
            by = acting(session, as_)
            if by.id != person and "quan_tri" not in by.roles:
                raise UserError(person, t("là phiên của người khác", "belong to somebody else"),
                                t("nhờ quản trị", "ask an administrator"))
            if by.id != person:
                governed(session, as_, person)
            store.must_have(session, person)
            for number in end or []:
                sessions.revoke(session, now, person, number, by.id)
            if end_all:
                sessions.revoke_all(session, now, person, by.id)
    zone = home.programme().programme.zone()
    with home.store.read() as session:
        rows = [{"session": s.id, "made_at": local_iso(s.made_at, zone),
                 "seen_at": local_iso(s.seen_at, zone), "address": s.address, "agent": s.agent}
                for s in sessions.sessions_of(session, now, person)]
    home.close()
    show(rows, {"session": t("Số", "No."), "made_at": t("Đăng nhập", "Since"),
                "seen_at": t("Gần nhất", "Last"), "address": t("Địa chỉ", "Address"),
                "agent": t("Trình duyệt", "Browser")}, as_json=json_)
