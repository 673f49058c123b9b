"""One golden hour of a day: what airs on each channel, to whom, and what may be done about it."""

from collections.abc import Mapping
from datetime import date

from fastapi import HTTPException, Response
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from console.web.pages.week.common import (
    APPROVERS,
    HELPERS,
    PLANNERS,
    a_day,
    free,
    places,
    shorts,
)
from worker.home import InForce, in_force
from worker.planner import series
from worker.planner.choices import offers
from worker.planner.place import of_entry
from worker.planner.summary import STATES
from worker.planner.wanted import PinKey
from worker.planner.week import AT_ONCE, Cell, Entry, calendar
from worker.slots import local_date

#: items on one page of choosing; more are found by words
_SHOWN = 60


def page(site: Site, ask: Ask) -> Response:
    return show(site, ask, str(ask.path["day"]), str(ask.path["slot"]))


def show(
    site: Site, ask: Ask, day_text: str, slot: str, *, status: int = 200, why: str = "",
    typed: Mapping[str, str] | None = None,
) -> Response:
    """The page; `typed` and `why` after a form that was wrong."""
    now, scope = site.home.clock.now(), site.scope(ask)
    with site.home.store.read() as session:
        force = in_force(session)
        day, cell, entries = _found(site, session, force, ask, day_text, slot)
        told = [
            (entry, of_entry(session, force, now, scope, entry, day, slot),
             series.at(session, PinKey(entry.entry, slot, day)) if entry.run == 1 else None)
            for entry in entries]
    programme = force.programme
    may = bool(ask.me.roles & PLANNERS)
    return site.page(
        ask, "week/place", status, on=day, slot=slot, cell=cell, told=told, why=why,
        typed=typed or {}, may=may, may_repeat=bool(ask.me.roles & APPROVERS),
        places=places(programme), shorts=shorts(programme), STATES=STATES, AT_ONCE=AT_ONCE,
        zone=programme.zone(), **HELPERS)


def _found(
    site: Site, session: Session, force: InForce, ask: Ask, day_text: str, slot: str
) -> tuple[date, Cell | None, tuple[Entry, ...]]:
    day = a_day(day_text)
    if day is None:
        raise HTTPException(404)
    found = calendar(session, force.programme, site.home.clock.now(), day, day, site.scope(ask),
                     only=slot)
    cell = found.cells.get((day, slot))
    if cell is None and slot != AT_ONCE and slot not in {s.id for s in force.programme.slots}:
        raise HTTPException(404)
    return day, cell, cell.entries if cell else found.at_once.get(day, ())


def choose(site: Site, ask: Ask) -> Response:
    return choosing(site, ask, str(ask.path["day"]), str(ask.path["slot"]),
                    ask.query.get("chuyen-muc", ""), ask.query.get("tim", "").strip()[:200])


def choosing(
    site: Site, ask: Ask, day_text: str, slot: str, segment: str, text: str = "", *,
    status: int = 200, why: str = "", until: str = "",
) -> Response:
    """Items for a place; approved ones first."""
    now = site.home.clock.now()
    with site.home.store.read() as session:
        force = in_force(session)
        day, cell, _ = _found(site, session, force, ask, day_text, slot)
        programme = force.programme
        config = next((s for s in programme.segments if s.id == segment), None)
        if slot == AT_ONCE or (segment and config is None):
            raise HTTPException(404)
        found = offers(session, programme, site.scope(ask), local_date(programme, now), text=text,
                       segment=config)
    return site.page(
        ask, "week/choose", status, on=day, slot=programme.slot(slot), segment=config, cell=cell,
        offers=found[:_SHOWN], more=len(found) > _SHOWN, text=text, why=why, until=until,
        free=cell is None or free(cell), weekday=HELPERS["weekday"])
