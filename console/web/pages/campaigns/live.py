"""
How a campaign goes, as it goes: the same part of a page once, or anew each second by server-sent
events. A stream ends by itself after some minutes, with the session, and when we stop; the browser
comes again.
"""

import asyncio
import contextlib
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import HTTPException, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool

from console.web.context import Ask, Site
from console.web.nav import EVERYBODY
from worker.campaigns import words as names
from worker.campaigns.figures import OPEN, figures, waits_for_a_person
from worker.campaigns.speed import Meter, Rate, rate
from worker.campaigns.status_view import gather
from worker.errors import without_commands
from worker.home import in_force
from worker.i18n import t
from worker.scope import scope_of
from worker.users import sessions

from .common import campaign_of, codes_of, number_of

#: looks of one stream, a second each; then the browser asks anew
LOOKS = 240
#: parts of a look after which it is seen that we stop
_BITS = 4
#: streams at one time: of everybody, of one person
MOST, EACH = 24, 4


@dataclass
class _Streams:
    """Who has how many open."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _of: Counter[str] = field(default_factory=Counter)

    @contextlib.contextmanager
    def one(self, person: str) -> Iterator[bool]:
        """A stream more; False: there are enough."""
        with self._lock:
            free = self._of.total() < MOST and self._of[person] < EACH
            self._of[person] += free
        try:
            yield free
        finally:
            with self._lock:
                self._of[person] -= free


_STREAMS = _Streams()


def part(site: Site, ask: Ask) -> Response:
    """The part of the page once; a stream for whoever asks for one."""
    with site.home.store.read() as session:
        campaign_of(ask, session)
    if "text/event-stream" in ask.request.headers.get("accept", ""):
        return StreamingResponse(_events(site, ask), media_type="text/event-stream",
                                 headers={"X-Accel-Buffering": "no"})
    found = looked(site, ask, Meter())
    if found is None:
        raise HTTPException(404)
    return Response(shown(site, found), media_type="text/html; charset=utf-8")


async def _events(site: Site, ask: Ask) -> AsyncIterator[bytes]:
    with _STREAMS.one(ask.me.person) as free:
        if not free:  # it shows what it has, and asks again later
            yield b"retry: 30000\n\n"
            return
        yield b"retry: 2000\n\n"
        meter, before = Meter(), ""
        for _ in range(LOOKS):
            try:
                found = await run_in_threadpool(looked, site, ask, meter)
            except DBAPIError:
                return
            if found is None:  # out, or no longer theirs: the page says so when it is loaded
                yield _event("het", {})
                return
            html = await run_in_threadpool(shown, site, found)
            if html != before:
                yield _event("moi", {"html": html, "state": found["state"],
                                     "asked": found["asked"]})
                before = html
            else:
                yield b":\n\n"  # whoever hung up is noticed
            if found["state"] not in OPEN:
                yield _event("het", {})
                return
            for _ in range(_BITS):
                if site.closing.is_set():
                    return
                await asyncio.sleep(1 / _BITS)


def _event(name: str, data: dict[str, object]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def looked(site: Site, ask: Ask, meter: Meter) -> dict[str, Any] | None:
    """How it stands; None when whoever asks may no longer see it."""
    home, number = site.home, number_of(ask)
    now = home.clock.now()
    with home.store.read() as session:
        found = sessions.who(session, now, ask.cookie("phien"))
        force = in_force(session)
        try:
            campaign = campaign_of(ask, session)
        except HTTPException:
            return None
        if found is None or found[0].standing != "full" or not found[0].roles & EVERYBODY \
                or not scope_of(force.programme, found[0].organisation).holds(campaign.owner):
            return None
        told = rate(session, now, campaign.occurrence_id)
        seen = meter.look(home.clock.elapsed(), figures(session, number).parts)
        live = told if seen is None else Rate(seen, seen if told.long is None else told.long)
        view = gather(session, now, force, number, codes_of(site, campaign.channel), live=live)
        view["asked"] = waits_for_a_person(session, campaign)
        view["row"], view["zone"] = campaign, force.programme.zone()
    view["held"] = [without_commands(text) for text in view["held"]]
    return view


def shown(site: Site, view: dict[str, Any]) -> str:
    return site.templates.get_template("web/campaigns/now.html.j2").render(
        **values(view))


def values(view: dict[str, Any]) -> dict[str, Any]:
    """What the part's template asks for."""
    by_reason: dict[tuple[str, str, str], dict[str, int]] = {}
    for x in view["failed"]:
        carriers = by_reason.setdefault((x["reason"], x["code"], x["state"]), {})
        name = x["carrier"] or t("mạng khác", "other")
        carriers[name] = carriers.get(name, 0) + x["messages"]
    failed = sorted(((sum(c.values()), *key, sorted(c.items(), key=lambda p: -p[1]))
                     for key, c in by_reason.items()), key=lambda f: -f[0])
    left_out = sorted(((n, names.reason(code, {})) for code, n in view["left_out"].items()),
                      reverse=True)
    share = view["done"] / view["wanted"] if view["wanted"] else 1.0
    return {
        "s": view, "n": names.number, "failed": failed, "left_out": left_out,
        "percent": names.number(int(share * 1000) / 10, 1),  # never 100 before the last
        "states": {k: t(*v) for k, v in names.MESSAGE.items()},
        "campaign_state": t(*names.CAMPAIGN[view["state"]]), "tones": TONES, "row": view["row"],
        "zone": view["zone"]}


#: colours of a campaign's states
TONES = {"queuing": "wait", "draft": "wait", "approved": "wait", "running": "ok",
         "paused": "bad", "finished": "ok", "stopped": "off", "expired": "off"}
