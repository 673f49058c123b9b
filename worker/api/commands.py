"""`giovang api-key …`: keys for programs that call the JSON API."""

from typing import Annotated

import typer

from worker.api import keys
from worker.home import acting, open_home
from worker.i18n import t
from worker.output import local_iso, say, show
from worker.people import As, Json

#: what is said of a key
STANDINGS = {
    "in_use": ("Đang dùng", "in use"), "ends_soon": ("Sắp hết hạn", "ends soon"),
    "over": ("Đã hết hạn", "over"), "shut": ("Người đã bị khóa", "its person is shut out"),
    "revoked": ("Đã thu hồi", "revoked"),
}


def add(
    name: Annotated[str, typer.Option("--name", help=t(
        "tên chương trình dùng khóa", "the program"))],
    person: Annotated[str, typer.Option("--for", help=t("làm việc thay người này", "acts for"))],
    scope: Annotated[list[str], typer.Option("--scope", help=", ".join(keys.SCOPES))],
    days: Annotated[int, typer.Option("--days", help=t("số ngày dùng được", "days"))] = 90,
    as_: As = None,
) -> None:
    home = open_home()
    with home.store.write() as session:
        by = acting(session, as_, "quan_tri")
        token = keys.add(session, home.clock.now(), keys.Wish(name, person, scope, days), by)
    say(t("khóa mới, chỉ hiện lần này; ai cầm nó làm được việc của người ấy:",
          "a new key, shown only now; whoever holds it acts as that person:"))
    typer.echo(token)
    home.close()


def list_(json_: Json = False) -> None:
    home = open_home()
    zone = home.programme().programme.zone()
    with home.store.read() as session:
        rows = [
            {"key": k.id, "name": k.name, "prefix": k.prefix, "person": k.person_id,
             "scopes": list(k.scopes), "state": standing,
             "made_at": local_iso(k.made_at, zone), "made_by": k.made_by,
             "expires_at": local_iso(k.expires_at, zone),
             "last_used_at": local_iso(k.last_used_at, zone),
             "revoked_at": local_iso(k.revoked_at, zone)}
            for k, _, standing in keys.every(session, home.clock.now())]
    home.close()
    shown = rows if json_ else [
        {**r, "state": t(*STANDINGS[str(r["state"])]),
         "scopes": ", ".join(r["scopes"])} for r in rows]  # type: ignore[arg-type]
    show(shown, {"key": t("Số", "No."), "name": t("Tên", "Name"), "prefix": t("Bắt đầu", "Begins"),
                 "person": t("Thay ai", "For"), "state": t("Tình trạng", "State"),
                 "expires_at": t("Hết hạn", "Ends"), "scopes": t("Quyền", "Scopes")},
         as_json=json_)


def revoke(
    key: Annotated[int, typer.Argument(metavar=t("SỐ", "NUMBER"),
                                       help=t("số của khóa", "the key's number"))],
    as_: As = None,
) -> None:
    home = open_home()
    with home.store.write() as session:
        row = keys.revoke(session, home.clock.now(), key, acting(session, as_, "quan_tri"))
    home.close()
    say(t(f"đã thu hồi khóa «{row.name}», hết hiệu lực ngay", f"“{row.name}” is revoked at once"))
