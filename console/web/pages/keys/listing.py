"""The keys, a form for another, and the one page that shows it."""

from collections.abc import Mapping
from typing import Any

from fastapi import HTTPException, Response
from sqlalchemy import select

from console.web.context import Ask, Site
from console.web.nav import ADMIN
from vietnamese import collate
from worker.api import keys
from worker.api.commands import STANDINGS
from worker.errors import UserError
from worker.home import in_force
from worker.i18n import t
from worker.models import Person

TONES: Mapping[str, str] = {
    "in_use": "ok", "ends_soon": "wait", "over": "bad", "shut": "bad", "revoked": "off"}
#: how long a key may be made for
SPANS = (30, 90, 180, 365)
#: option of the command line -> field of the form
_FIELDS = {"--name": "name", "--for": "person", "--scope": "scopes", "--days": "days"}


def page(site: Site, ask: Ask) -> Response:
    return _page(site, ask, {})


def make(site: Site, ask: Ask) -> Response:
    """The answer shows the key: it is nowhere to be had a second time."""
    form, days = ask.form, ask.form.get("days", "")
    wish = keys.Wish(form.get("name", ""), form.get("person", ""), ask.all("scopes"),
                     int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else 0)
    try:
        with site.home.store.write() as session:
            by = session.get_one(Person, ask.me.person)
            token = keys.add(session, site.home.clock.now(), wish, by)
    except UserError as error:
        why = {_FIELDS.get(m.where, "name"): m.what for m in error.mistakes}
        return _page(site, ask, why, 409 if error.exit_code == 1 else 400)
    return site.page(ask, "keys/made", token=token, name=" ".join(wish.name.split()),
                     address=f"{ask.request.url.scheme}://{ask.request.url.netloc}/api/v1")


def revoke(site: Site, ask: Ask) -> Response:
    number = str(ask.path["number"])
    if not number.isascii() or not number.isdecimal() or len(number) > 9:
        raise HTTPException(404)
    with site.home.store.write() as session:
        by = session.get_one(Person, ask.me.person)
        keys.revoke(session, site.home.clock.now(), int(number), by)
    return site.go("/khoa-api?xong=thu-hoi-khoa")


def _page(site: Site, ask: Ask, why: Mapping[str, str], status: int = 200) -> Response:
    scope = site.scope(ask)
    with site.home.store.read() as session:
        found = keys.every(session, site.home.clock.now(), scope)
        zone = in_force(session).programme.zone()
        persons = [(p.id, f"{p.name} ({p.id})") for p in sorted(
                       session.scalars(select(Person).where(Person.active)),
                       key=lambda p: (collate.name_key(p.name), p.id))
                   if scope.holds(p.organisation)]
    return site.page(
        ask, "keys/list", status, found=found, zone=zone, why=why, persons=persons,
        typed=_typed(ask), spans=[(str(n), t(f"{n} ngày", f"{n} days")) for n in SPANS],
        scopes={name: t(*words) for name, words in keys.SCOPES.items()},
        standings={name: t(*words) for name, words in STANDINGS.items()}, tones=TONES,
        may_act=bool(ask.me.roles & ADMIN))


def _typed(ask: Ask) -> dict[str, Any]:
    """What was typed; before that: reading, for three months."""
    form = ask.form
    return {"name": form.get("name", ""), "person": form.get("person", ""),
            "days": form.get("days", "90"), "scopes": ask.all("scopes") if form else ["read"]}
