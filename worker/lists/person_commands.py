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
from worker import audit, output
from worker.campaigns.history import Sent
from worker.campaigns.tables import codes_of
from worker.campaigns.words import MESSAGE, reason
from worker.errors import UserError
from worker.home import Home, acting, open_home
from worker.i18n import english, t
from worker.models import OptOut
from worker.output import say
from worker.people import As, Json

from . import forget as erasing
from . import optout, optout_file, report
from .commands import ROLE, BadFile, FileArg, Map, Sheet, asked, opened
from .find import find
from .origin import PURPOSES, STATES
from .secret import open_ring, ready_ring

#: what a person may bring; the third kind comes from `forget` alone
_BROUGHT = ("opt_out", "do_not_call")

Kind = Annotated[str, typer.Option("--kind", help=", ".join(_BROUGHT))]
Source = Annotated[str, typer.Option("--source", help=t("biết từ đâu", "how we know"))]


def optout_import(
    file: FileArg, source: Source, kind: Kind = "opt_out", map_: Map = None, sheet: Sheet = "",
    bad: BadFile = None, as_: As = None,
) -> None:
    home = open_home()
    person = home.person(as_, ROLE).id
    wish = _wish(kind, source, person)
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
    wish = _wish(kind, source, person)
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
    with home.store.read() as session:
        found = find(session, open_ring(session, home.settings.var), nine)
    with home.store.write() as session:
        audit.record(session, home.clock.now(), person, "find", "number",
                     {"last3": nine[-3:], "lists": [p.list_id for p in found.places]})
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
    zone = force.programme.zone()
    tables = {channel: codes_of(home, force, channel) for channel in {s.channel for s in found}}
    return [{
        "number": _dots(nine), "campaign": s.campaign, "name": s.name, "row": s.row,
        "list": s.list_id, "at": output.local_iso(s.begun_at, zone),
        "settled_at": output.local_iso(s.settled_at, zone), "state": s.state, "code": s.code,
        "reason": reason(s.code, tables[s.channel]) if s.code else "", "words": s.words,
        "account": s.account, "parts": s.parts, "ref": s.ref} for s in found]


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
    text = sys.stdin.readline().strip()
    found = phone.national(text)
    if isinstance(found, phone.Refusal):
        # what stood there is not repeated: perhaps a number with a slip in it
        shown = found if found.code != "letters" else phone.Refusal("letters", "…")
        raise UserError(t("số điện thoại", "number"), shown.sentence("en" if english() else "vi"),
                        t("gõ lại đủ 10 chữ số", "type all 10 digits again"))
    return found


def _dots(nine: str) -> str:
    return phone.masked(nine)


def _wish(kind: str, source: str, person: str) -> optout.Wish:
    if kind not in _BROUGHT:
        names = ", ".join(_BROUGHT)
        raise UserError("--kind", t(f"không có loại «{kind}»", f"no kind “{kind}”"),
                        t(f"dùng một trong: {names}", f"use one of: {names}"))
    if not 1 <= len(source.strip()) <= 500:
        raise UserError("--source", t("để trống, hoặc dài quá", "empty, or too long"),
                        t("viết 1 đến 500 ký tự", "write 1 to 500 letters"))
    return optout.Wish(kind, source.strip(), person)
