"""DỪNG KHẨN CẤP: one person stops at once, two start again."""

from typing import Any

from fastapi import HTTPException, Response
from sqlalchemy import select

from console.web.context import Ask, Site
from console.web.nav import ACTORS
from worker.errors import UserError
from worker.home import in_force
from worker.models import Person
from worker.outbox import desk, orders


def page(site: Site, ask: Ask) -> Response:
    return site.page(ask, "desk/stops", **_values(site, ask))


def stop(site: Site, ask: Ask) -> Response:
    _whole(site, ask)
    channel = ask.form.get("channel", "")
    try:
        desk.stop(site.home, ask.me.person, channel, ask.form.get("reason", ""))
    except UserError as error:  # what was chosen and typed stays on the page
        return site.page(ask, "desk/stops", 400, **_values(site, ask, error.on_page()))
    return site.go("/dung-khan-cap?xong=dung")


def start(site: Site, ask: Ask) -> Response:
    _whole(site, ask)
    running = desk.start(site.home, ask.me.person, ask.form.get("channel") or None)
    return site.go(f"/dung-khan-cap?xong={'chay-lai' if running else 'cho-nguoi-hai'}")


def _whole(site: Site, ask: Ask) -> None:
    """A stop holds for everybody: whoever works for one organisation asks the centre."""
    if not site.scope(ask).whole:
        raise HTTPException(404)


def _values(site: Site, ask: Ask, why: str = "") -> dict[str, Any]:
    with site.home.store.read() as session:
        programme = in_force(session).programme
        stops = orders.in_force(session)
        named = {s.by for s in stops} | {s.first_start_by for s in stops}
        names = {p.id: p.name for p in session.scalars(select(Person).where(Person.id.in_(named)))}
    return {
        "stops": stops, "names": names, "zone": programme.zone(), "why": why,
        "channels": [c for c in programme.channels if c.enabled],
        "called": {c.id: c.name for c in programme.channels}, "typed": ask.form,
        "may_act": bool(ask.me.roles & ACTORS) and site.scope(ask).whole,
    }
