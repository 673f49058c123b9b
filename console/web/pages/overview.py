"""Tổng quan: what comes next, what is wrong, who is well, what has been covered."""

from typing import Any

from fastapi import Response
from sqlalchemy import select

from console.web.context import Ask, Site
from console.web.nav import ACTORS
from worker import coverage
from worker.account_view import accounts_now
from worker.alarms.kinds import KINDS
from worker.alarms.store import open_alarms
from worker.home import in_force
from worker.models import Person
from worker.slots import golden_hours, local_date, next_openings
from worker.status import gather

#: golden hours shown
HOURS = 4


def page(site: Site, ask: Ask) -> Response:
    return site.page(ask, "overview", **_values(site, ask))


def fresh(site: Site, ask: Ask) -> Response:
    """The part that changes by itself, asked for every half minute."""
    return site.page(ask, "overview_now", **_values(site, ask))


def _values(site: Site, ask: Ask) -> dict[str, Any]:
    now = site.home.clock.now()
    with site.home.store.read() as session:
        force = in_force(session)
        programme = force.programme
        today = local_date(programme, now)
        alarms = open_alarms(session)
        takers = {a.acked_by for a in alarms if a.acked_by}
        return {
            "zone": programme.zone(),
            "programme": programme.name,
            "hours": next_openings(programme, now, HOURS),
            "running": [h for h in golden_hours(programme, today, today)
                        if h.opens_at <= now < h.closes_at],
            "alarms": alarms,
            "kinds": KINDS,
            "names": {p.id: p.name for p in session.scalars(
                select(Person).where(Person.id.in_(takers)))},
            "may_act": bool(ask.me.roles & ACTORS),
            "accounts": accounts_now(session, programme, now),
            "status": gather(session, now, force, site.home),
            "week": coverage.this_week(session, programme, now),
        }
