"""`giovang alarms`, `giovang ack`."""

from typing import Annotated

import typer
from sqlalchemy import select

from worker.alarms import store
from worker.alarms.kinds import KINDS
from worker.home import open_home
from worker.i18n import t
from worker.models import Alarm
from worker.output import Row, local_iso, say, show

#: how many closed ones `--all` shows
LAST = 200


def alarms(
    as_json: Annotated[bool, typer.Option("--json", help=t("mỗi sự cố một dòng JSON",
                                                           "one JSON object a line"))] = False,
    every: Annotated[bool, typer.Option("--all", help=t("cả sự cố đã hết",
                                                        "closed ones too"))] = False,
) -> None:
    home = open_home()
    zone = home.programme().programme.zone()
    with home.store.read() as session:
        found = list(session.scalars(select(Alarm).order_by(Alarm.id.desc()).limit(LAST))
                     if every else store.open_alarms(session))
    rows: list[Row] = [
        {
            "alarm": a.id, "kind": a.kind, "name": KINDS[a.kind].name(), "severity": a.severity,
            "what": a.what, "fix": a.fix, "count": a.count,
            "first_at": local_iso(a.first_at, zone), "last_at": local_iso(a.last_at, zone),
            "acked_by": a.acked_by, "told": a.told, "closed_at": local_iso(a.closed_at, zone),
        }
        for a in found
    ]
    home.close()
    show(rows, {
        "alarm": t("Số", "No."), "name": t("Sự cố", "Alarm"), "what": t("Nội dung", "What"),
        "fix": t("Việc cần làm", "To do"), "count": t("Lần", "Times"),
        "last_at": t("Gần nhất", "Last"), "acked_by": t("Người xử lý", "Taken by"),
    }, as_json=as_json)


def ack(
    alarm: Annotated[int, typer.Argument(help=t("số ở `giovang alarms`",
                                                "number in `giovang alarms`"))],
    person: Annotated[str | None, typer.Option("--as", help=t("mã người", "person"))] = None,
    done: Annotated[bool, typer.Option("--done", help=t("đã xử lý xong", "it is mended"))] = False,
) -> None:
    home = open_home()
    who = home.person(person)
    with home.store.write() as session:
        act = store.done if done else store.ack
        taken = act(session, home.clock.now(), alarm, who.id)
    home.close()
    if done:
        say(t(f"sự cố {alarm} đã xong: {taken.what}", f"alarm {alarm} closed: {taken.what}"))
        return
    say(t(f"{who.name} xử lý sự cố {alarm}: {taken.what}. Việc cần làm: {taken.fix}",
          f"{who.name} takes alarm {alarm}: {taken.what}. To do: {taken.fix}"))
