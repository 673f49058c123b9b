"""«Tôi xử lý»."""

from fastapi import HTTPException, Response

from console.web.context import Ask, Site
from worker.alarms import store
from worker.alarms.held import alarms_held
from worker.home import in_force


def take(site: Site, ask: Ask) -> Response:
    number = str(ask.path["number"])
    if not number.isdecimal() or len(number) > 9:
        raise HTTPException(404)
    scope = site.scope(ask)
    with site.home.store.write() as session:
        if not scope.whole and int(number) not in {
                a.id for a in alarms_held(session, in_force(session).programme, scope)}:
            raise HTTPException(404)
        store.ack(session, site.home.clock.now(), int(number), ask.me.person)
    return site.go("/?xong=xu-ly")
