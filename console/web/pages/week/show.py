"""The week and the month."""

from datetime import date, timedelta

from fastapi import Response

from console.web.context import Ask, Site
from console.web.pages.week.common import HELPERS, PLANNERS, asked_day, shorts
from worker.home import in_force
from worker.planner.choices import offers
from worker.planner.summary import STATES
from worker.planner.week import AT_ONCE, calendar, monday
from worker.slots import DAY, local_date

WEEK = 7 * DAY
#: items shown to be dragged; the page of a place has them all
_AT_HAND = 24


def week(site: Site, ask: Ask) -> Response:
    now = site.home.clock.now()
    may = bool(ask.me.roles & PLANNERS)
    scope = site.scope(ask)
    with site.home.store.read() as session:
        programme = in_force(session).programme
        day, why = asked_day(ask, local_date(programme, now))
        first = monday(day)
        found = calendar(session, programme, now, first, first + 6 * DAY, scope)
        at_hand = offers(session, programme, scope, found.today,
                         approved_only=True)[:_AT_HAND] if may else ()
    return site.page(
        ask, "week/week", 400 if why else 200, found=found, may=may, why=why, at_hand=at_hand,
        channels=[c for c in programme.channels if c.enabled], shorts=shorts(programme),
        STATES=STATES, AT_ONCE=AT_ONCE, before=first - WEEK, after=first + WEEK,
        zone=programme.zone(), **HELPERS)


def month(site: Site, ask: Ask) -> Response:
    now = site.home.clock.now()
    with site.home.store.read() as session:
        programme = in_force(session).programme
        day, why = asked_day(ask, local_date(programme, now))
        begins = day.replace(day=1)
        ends = (begins + timedelta(days=31)).replace(day=1) - DAY
        first, last = monday(begins), monday(ends) + 6 * DAY
        found = calendar(session, programme, now, first, last, site.scope(ask))
    weeks = [found.days[n:n + 7] for n in range(0, len(found.days), 7)]
    return site.page(
        ask, "week/month", 400 if why else 200, found=found, weeks=weeks, begins=begins, why=why,
        before=_back(begins), after=ends + DAY, STATES=STATES, **HELPERS)


def _back(begins: date) -> date:
    return (begins - DAY).replace(day=1)
