"""Tổng quan: what comes next, what is wrong, who is well, what has been covered."""

from typing import Any

from fastapi import Response
from sqlalchemy import select

from console.web.context import Ask, Site
from console.web.nav import ACTORS
from console.web.plot import bars
from worker import coverage, trend
from worker.account_view import accounts_now
from worker.alarms.held import alarms_held
from worker.alarms.kinds import KINDS
from worker.home import in_force
from worker.models import Person
from worker.scope import scope_of, targets_held
from worker.slots import golden_hours, local_date, next_openings
from worker.status import gather

#: golden hours shown, and days of the picture
HOURS, DAYS = 4, 14


def page(site: Site, ask: Ask) -> Response:
    now = site.home.clock.now()
    with site.home.store.read() as session:
        programme = in_force(session).programme
        held = targets_held(programme, scope_of(programme, ask.me.organisation))
        counted = trend.days(session, programme, now, DAYS, held)
    return site.page(ask, "overview", trend=counted, bars=bars(counted), **_values(site, ask))


def fresh(site: Site, ask: Ask) -> Response:
    """The part that changes by itself, asked for every half minute."""
    return site.page(ask, "overview_now", **_values(site, ask))


def _values(site: Site, ask: Ask) -> dict[str, Any]:
    now = site.home.clock.now()
    with site.home.store.read() as session:
        force = in_force(session)
        programme = force.programme
        today = local_date(programme, now)
        scope = scope_of(programme, ask.me.organisation)
        held = targets_held(programme, scope)
        alarms = alarms_held(session, programme, scope)
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
            "accounts": [a for a in accounts_now(session, programme, now)
                         if held is None or a.channel in held],
            "status": gather(session, now, force, site.home, scope),
            "week": coverage.this_week(session, programme, now, held),
        }
