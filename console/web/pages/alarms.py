"""«Tôi xử lý»."""

from fastapi import HTTPException, Response

from console.web.context import Ask, Site
from worker.alarms import store


def take(site: Site, ask: Ask) -> Response:
    number = str(ask.path["number"])
    if not number.isdecimal() or len(number) > 9:
        raise HTTPException(404)
    with site.home.store.write() as session:
        store.ack(session, site.home.clock.now(), int(number), ask.me.person)
    return site.go("/?xong=xu-ly")
