"""
What concerns one number: `optout …`, `forget`, `find`. The number comes from a prompt or stdin,
never from the command's words, which every account of the machine can read.
"""

import sys
from contextlib import ExitStack
from typing import Annotated, Any

import typer
from sqlalchemy import func, select

from vietnamese import phone
from worker import output
from worker.campaigns.history import Sent
from worker.campaigns.tables import codes_of
from worker.campaigns.words import MESSAGE
from worker.home import Home, acting, open_home
from worker.i18n import t
from worker.models import OptOut
from worker.output import say
from worker.people import As, Json

from . import forget as erasing
from . import optout, optout_file, report
from .commands import ROLE, BadFile, FileArg, Map, Sheet, asked, opened
from .find import find
from .one_number import asked_for, nine_of, told
from .origin import PURPOSES, STATES
from .secret import ready_ring

Kind = Annotated[str, typer.Option("--kind", help=", ".join(optout.BROUGHT))]
Source = Annotated[str, typer.Option("--source", help=t("biết từ đâu", "how we know"))]


def optout_import(
    file: FileArg, source: Source, kind: Kind = "opt_out", map_: Map = None, sheet: Sheet = "",
    bad: BadFile = None, as_: As = None,
) -> None:
    home = open_home()
    person = home.person(as_, ROLE).id
    wish = optout.wish_of(kind, source, person)
    ring = ready_ring(home.store, home.settings.var, home.clock.now(), person)
    with ExitStack() as stack:
        given = opened(stack, file, sheet, map_, bad, wanted=())
        tally, fresh = optout_file.bring(home, ring, given, wish)
    for line in report.counts(tally, given.layout):
        say(line)
    say(t(f"{fresh} số mới không nhận tin", f"{fresh} new numbers are left out from now on"))
    home.close()


def optout_add(source: Source, kind: Kind = "opt_out", as_: As = None) -> None:
    home = open_home()
    person = home.person(as_, ROLE).id
    wish = optout.wish_of(kind, source, person)
    nine = a_number()
    ring = ready_ring(home.store, home.settings.var, home.clock.now(), person)
    fresh = optout.add(home, ring, nine, wish)
    say(_dots(nine) + ": " + (t("đã ghi, không nhận tin nữa", "written down, no more messages")
                              if fresh else t("đã ghi từ trước", "stood there already")))
    home.close()


def optout_list(
    limit: Annotated[int, typer.Option("--limit", min=1, help=t("mấy dòng", "rows"))] = 50,
    json_: Json = False,
) -> None:
    home = open_home()
    with home.store.read() as session:
        for kind, count in session.execute(
                select(OptOut.kind, func.count()).group_by(OptOut.kind).order_by(OptOut.kind)):
            say(f"{t(*optout.KINDS[kind])}: {count}")
        rows = [{"number": "•••••••" + w.last3, "kind": w.kind, "source": w.source,
                 "recorded_by": w.recorded_by, "at": w.at}
                for w in session.scalars(select(OptOut).order_by(OptOut.at.desc(), OptOut.lookup)
                                         .limit(limit))]
    output.show(rows, {"number": t("Số", "Number"), "kind": t("Loại", "Kind"),
                       "at": t("Lúc", "At"), "recorded_by": t("Người ghi", "By"),
                       "source": t("Biết từ đâu", "Source")}, as_json=json_)
    home.close()


def forget(as_: As = None) -> None:
    home = open_home()
    person = home.person(as_, ROLE).id
    nine = a_number()
    ring = ready_ring(home.store, home.settings.var, home.clock.now(), person)
    if sys.stdin.isatty():
        with home.store.read() as session:
            places = len(find(session, ring, nine).places)
        if not asked(t(f"{_dots(nine)} ở {places} danh sách. Xóa, không lấy lại được?",
                       f"{_dots(nine)} is on {places} lists. Erase it for good?")):
            raise typer.Exit(1)
    count = erasing.forget(home, ring, nine, person)
    say(t(f"đã xóa {_dots(nine)} ở {count} danh sách; số này không nhận tin nữa",
          f"{_dots(nine)} is erased from {count} lists and gets no message any more"))
    home.close()


def find_(as_: As = None, json_: Json = False) -> None:
    home = open_home()
    with home.store.read() as session:
        person = acting(session, as_, ROLE).id
    nine = a_number()
    found = asked_for(home, nine, person)
    for wish in found.wishes:
        say(_dots(nine) + f": {t(*optout.KINDS[wish.kind])} ({wish.source})")
    rows = [{"number": _dots(nine), "list": p.list_id, "source_row": p.source_row,
             "state": p.state, "purpose": p.purpose, "basis": p.basis,
             "ordered_by": p.organisation, "document": p.document, "expires": p.expires}
            for p in found.places]
    messages = _messages(home, nine, found.messages)
    if json_:
        output.lines([*rows, *messages])
    else:
        _show_found(rows, messages)
    home.close()


def _messages(home: Home, nine: str, found: tuple[Sent, ...]) -> list[dict[str, Any]]:
    """What campaigns sent to the number, or would send, each with the gateway's words."""
    if not found:
        return []
    force = home.programme()
    tables = {channel: codes_of(home, force, channel) for channel in {s.channel for s in found}}
    return [told(nine, s, tables[s.channel], force.programme) for s in found]


def _show_found(rows: list[dict[str, Any]], messages: list[dict[str, Any]]) -> None:
    shown = [{**r, "state": t(*STATES[r["state"]]), "purpose": t(*PURPOSES[r["purpose"]])}
             for r in rows]
    output.show(shown, {
        "list": t("Danh sách", "List"), "source_row": t("Dòng trong tệp", "Row of the file"),
        "state": t("Trạng thái", "State"), "purpose": t("Mục đích", "Purpose"),
        "expires": t("Hết hạn", "Expires"), "document": t("Văn bản", "Document"),
        "ordered_by": t("Cơ quan giao", "Ordered by")}, as_json=False)
    if messages:
        sys.stdout.write("\n")
        sent = [{**m, "state": t(*MESSAGE[m["state"]])} for m in messages]
        output.show(sent, {
            "campaign": t("Đợt", "Campaign"), "name": t("Tên", "Name"),
            "at": t("Gửi lúc", "Begun"), "state": t("Kết quả", "Outcome"),
            "reason": t("Lý do", "Reason"), "settled_at": t("Có kết quả lúc", "Settled"),
            "words": t("Cổng trả lời", "The gateway's words")}, as_json=False)


def a_number() -> str:
    """
    The nine digits after the 0 of the number somebody types, or of stdin's first line.

    Raises:
        UserError: it is no mobile number of Vietnam.
    """
    if sys.stdin.isatty():
        say(t("Số điện thoại (gõ đủ):", "Number (the whole of it):"))
    return nine_of(t("số điện thoại", "number"), sys.stdin.readline())


def _dots(nine: str) -> str:
    return phone.masked(nine)
