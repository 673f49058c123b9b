"""From an item to its golden hour: the hours to come, one press each."""

import re

from fastapi import HTTPException, Response

from console.web.context import Ask, Site
from console.web.pages.week.common import HELPERS
from worker.home import in_force
from worker.models import Item
from worker.planner.openings import openings, placed
from worker.slots import local_date

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
#: places shown; later ones are in the calendar
_SHOWN = 12


def page(site: Site, ask: Ask) -> Response:
    now, scope, name = site.home.clock.now(), site.scope(ask), str(ask.path["item"])
    with site.home.store.read() as session:
        programme = in_force(session).programme
        item = session.get(Item, name) if _ID.fullmatch(name) else None
        if item is None or not scope.holds(item.owner) or item.state in ("recalled", "rejected"):
            raise HTTPException(404)
        found = openings(session, programme, now, scope, item)
        stands = placed(session, programme, now, item.id)
    return site.page(ask, "week/hours", item=item, places=found[:_SHOWN], stands=stands,
                     today=local_date(programme, now), **HELPERS)
