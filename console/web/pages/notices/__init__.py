"""Thông báo: what is told to whoever is logged in and to their centre, with text for Zalo."""

from fastapi import HTTPException, Response

from console.web.context import Ask, Site
from console.web.nav import ACTORS
from console.web.route import Route
from worker.home import in_force
from worker.notices import store

PAGE = 20


def _reader(ask: Ask) -> store.Reader:
    return store.reader(ask.me.person, ask.me.organisation, ask.me.roles)


def page(site: Site, ask: Ask) -> Response:
    before = ask.query.get("truoc", "")
    number = int(before) if before.isascii() and before.isdecimal() and len(before) < 10 else None
    with site.home.store.read() as session:
        zone = in_force(session).programme.zone()
        found = store.listed(session, _reader(ask), PAGE + 1, number)
        bodies = {o.id: o.name for o in in_force(session).programme.organisations}
    rows = found[:PAGE]
    return site.page(ask, "notices/page", rows=rows, zone=zone, kinds=store.KINDS, bodies=bodies,
                     more=rows[-1].id if len(found) > PAGE else None, first=number is None,
                     acting=bool(ask.me.roles & ACTORS))


def seen(site: Site, ask: Ask) -> Response:
    """One, or (`and_older`) all that stood on the page when it was pressed."""
    number = str(ask.path["number"])
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise HTTPException(404)
    with site.home.store.write() as session:
        store.seen(session, site.home.clock.now(), _reader(ask), int(number),
                   and_older=ask.form.get("and_older") == "1")
    return site.go("/thong-bao?xong=da-xem")


ROUTES: tuple[Route, ...] = (
    Route("GET", "/thong-bao", page),
    Route("POST", "/thong-bao/{number}/da-xem", seen, roles=ACTORS),
)
