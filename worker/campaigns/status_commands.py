"""`giovang campaign status`: one screen, once or as long as it runs."""

import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer
from sqlalchemy import select

from channels.values import Advice
from worker import output
from worker.errors import UserError
from worker.home import Home, InForce, open_home
from worker.i18n import t
from worker.models import Campaign
from worker.people import Json

from . import words
from .figures import OPEN, a_campaign, figures
from .speed import Meter, Rate, rate
from .status_view import bar, gather, to_text
from .tables import codes_of

#: seconds between two looks
EVERY = 1.0
#: looks between two lines, where there is no terminal to write over
LINES = 10
#: campaigns that have ended and are listed all the same
_ENDED = 10


def status(
    number: Annotated[int | None, typer.Argument(metavar=t("SỐ", "NUMBER"), help=t(
        "số của đợt", "campaign"))] = None,
    watch: Annotated[bool, typer.Option("--watch", help=t(
        "mỗi giây một lần, đến khi xong hoặc Ctrl-C", "each second, until through or Ctrl-C"))
    ] = False,
    json_: Json = False,
) -> None:
    home = open_home()
    try:
        chosen = number if number is not None else _the_only(home)
        if chosen is not None:
            _show(home, chosen, watch=watch, as_json=json_)
        elif watch:
            raise UserError("--watch", t("chưa nói đợt nào", "no campaign is named"),
                            t("thêm số của đợt", "add its number"))
        else:
            _list(home, as_json=json_)
    finally:
        home.close()


def _the_only(home: Home) -> int | None:
    """Nobody has to type a number where there is no choice."""
    with home.store.read() as session:
        found = session.scalars(select(Campaign.id).where(Campaign.state.in_(OPEN))).all()
    return found[0] if len(found) == 1 else None


def _list(home: Home, *, as_json: bool) -> None:
    zone = home.programme().programme.zone()
    rows = []
    with home.store.read() as session:
        ended = (select(Campaign.id).where(Campaign.state.not_in(OPEN))
                 .order_by(Campaign.id.desc()).limit(_ENDED))
        for c in session.scalars(
                select(Campaign)
                .where(Campaign.state.in_(OPEN) | Campaign.id.in_(ended))
                .order_by(Campaign.id.desc())):
            f = figures(session, c.id)
            rows.append({
                "campaign": c.id, "name": c.name, "state": c.state,
                "state_at": output.local_iso(c.state_at, zone), "wanted": f.wanted,
                "done": f.done, "left": f.left, "delivered": f.delivered,
                "accepted": f.accepted, "failed": f.rejected + f.exhausted,
                "uncertain": f.uncertain})
    shown = rows if as_json else [
        {**r, "state": t(*words.CAMPAIGN[str(r["state"])])} for r in rows]
    output.show(shown, {
        "campaign": t("Số", "No."), "state": t("Trạng thái", "State"),
        "done": t("Xong", "Done"), "wanted": t("Trên", "Of"), "delivered": t("Đã đến", "Arrived"),
        "failed": t("Hỏng", "Failed"), "uncertain": t("Chưa rõ", "Uncertain"),
        "name": t("Tên", "Name")}, as_json=as_json)


def _show(home: Home, number: int, *, watch: bool, as_json: bool) -> None:
    with home.store.read() as session:
        channel = a_campaign(session, number).channel
    force = home.programme()
    codes = codes_of(home, force, channel)
    if watch:
        watching(home, number, codes, sys.stdout.write, terminal=_terminal(), as_json=as_json)
        return
    with home.store.read() as session:
        found = gather(session, home.clock.now(), force, number, codes)
    sys.stdout.write((output.dumps(found) if as_json
                      else to_text(found, force.programme.zone())) + "\n")


def _terminal() -> tuple[int, int] | None:
    """Columns and rows of what is written to, or None."""
    return shutil.get_terminal_size() if sys.stdout.isatty() else None


# ---------------------------------------------------------------- as long as it runs


def watching(
    home: Home, number: int, codes: Mapping[str, Advice], write: Callable[[str], Any], *,
    terminal: tuple[int, int] | None, as_json: bool,
) -> None:
    """Look each second until it has ended. `terminal`: its size; None: a line at a time."""
    meter, never, before, looks = Meter(), threading.Event(), 0, 0
    while True:
        found, force = _look(home, number, codes, meter)
        over = found["state"] not in OPEN
        if as_json:
            write(output.dumps(found) + "\n")
        elif terminal is None:
            if over or looks % LINES == 0:
                write(_line(found) + "\n")
        else:
            lines = _fitting(to_text(found, force.programme.zone()), terminal)
            # up to where the last screen began, and everything below is wiped
            write((f"\x1b[{before}F\x1b[J" if before else "") + "\n".join(lines) + "\n")
            before = len(lines)
        sys.stdout.flush()
        if over:
            return
        looks += 1
        home.clock.wait(never, EVERY)


def _look(
    home: Home, number: int, codes: Mapping[str, Advice], meter: Meter
) -> tuple[dict[str, Any], InForce]:
    force, now = home.programme(), home.clock.now()
    with home.store.read() as session:
        told = rate(session, now, a_campaign(session, number).occurrence_id)
        seen = meter.look(home.clock.elapsed(), figures(session, number).parts)
        live = told if seen is None else Rate(seen, seen if told.long is None else told.long)
        return gather(session, now, force, number, codes, live=live), force


def _fitting(text: str, terminal: tuple[int, int]) -> list[str]:
    """A line that wraps, or one too many, would be left behind by the next look."""
    columns, rows = terminal
    return [line if len(line) <= columns else line[:columns - 1] + "…"
            for line in text.split("\n")[:rows - 1]]


def _line(s: Mapping[str, Any]) -> str:
    speed = "" if s["rate_10s"] is None else t(f", {words.number(s['rate_10s'], 1)} tin/giây",
                                               f", {words.number(s['rate_10s'], 1)} parts/s")
    failed = words.number(s["rejected"] + s["exhausted"])
    held = f"; {s['held'][0]}" if s["held"] else ""
    ahead = f", {s['ahead']}" if s["ahead"] else ""
    return (f"{s['now'][11:19]} {t(*words.CAMPAIGN[s['state']])} "
            f"{bar(s['done'], s['wanted'])}{speed}"
            + t(f", hỏng {failed}, chưa rõ {s['uncertain']}",
                f", failed {failed}, uncertain {s['uncertain']}") + ahead + held)
