"""One user: roles and organisation, links, sessions, locked and unlocked."""

from collections.abc import Mapping

from fastapi import HTTPException, Response
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from console.web.nav import ADMIN
from console.web.pages.users.listing import Typed, hand_over, shared, why_of
from worker.errors import UserError
from worker.home import in_force
from worker.people import Change, change_person
from worker.users import desk, directory, sessions
from worker.users.directory import Entry


def _held(site: Site, ask: Ask, session: Session) -> Entry:
    """The person of the address; 404 for one of others as for one that is not there."""
    found = directory.one(session, site.home.clock.now(), site.scope(ask),
                          str(ask.path["person"])[:63])
    if found is None:
        raise HTTPException(404)
    return found


def page(site: Site, ask: Ask) -> Response:
    return _page(site, ask)


def _page(
    site: Site, ask: Ask, why: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    now, scope = site.home.clock.now(), site.scope(ask)
    with site.home.store.read() as session:
        entry = _held(site, ask, session)
        programme = in_force(session).programme
        open_ones = sessions.sessions_of(session, now, entry.id) if entry.state != "off" else ()
    typed = Typed.of(ask, why) if why else Typed(
        entry.name, entry.id, entry.organisation or "", entry.roles)
    return site.page(
        ask, "users/person", status, entry=entry, typed=typed, sessions=open_ones,
        myself=entry.id == ask.me.person, may_act=bool(ask.me.roles & ADMIN),
        whole=scope.whole, zone=programme.zone(), why=why or {},
        organisations=directory.organisations(programme, scope), **shared())


def change(site: Site, ask: Ask) -> Response:
    with site.home.store.read() as session:
        entry = _held(site, ask, session)
    form = ask.form
    # one's own form has the name alone
    wish = Change(form.get("name", "")) if entry.id == ask.me.person else Change(
        form.get("name", ""), tuple(ask.all("roles")), form.get("organisation", ""))
    try:
        with site.home.store.write() as session:
            change_person(session, site.home.clock.now(), entry.id, wish, ask.me.person)
    except UserError as error:
        return _page(site, ask, why_of(error), 409 if error.exit_code == 1 else 400)
    return site.go(f"/nguoi-dung/{entry.id}?xong=nguoi-dung")


def link(site: Site, ask: Ask) -> Response:
    return _link(site, ask, new_totp=False)


def new_codes(site: Site, ask: Ask) -> Response:
    return _link(site, ask, new_totp=True)


def _link(site: Site, ask: Ask, *, new_totp: bool) -> Response:
    with site.home.store.write() as session:
        entry = _held(site, ask, session)
        token = desk.new_link(session, site.home.clock.now(), entry.id, ask.me.person,
                              new_totp=new_totp)
    return hand_over(site, ask, entry.id, entry.name, token)


def lock(site: Site, ask: Ask) -> Response:
    with site.home.store.write() as session:
        entry = _held(site, ask, session)
        desk.lock(session, site.home.clock.now(), entry.id, ask.me.person)
    return site.go(f"/nguoi-dung/{entry.id}?xong=khoa")


def unlock(site: Site, ask: Ask) -> Response:
    with site.home.store.write() as session:
        entry = _held(site, ask, session)
        token = desk.unlock(session, site.home.clock.now(), entry.id, ask.me.person)
    return hand_over(site, ask, entry.id, entry.name, token)


def end(site: Site, ask: Ask) -> Response:
    number = str(ask.path["number"])
    with site.home.store.write() as session:
        entry = _held(site, ask, session)
        sessions.revoke(session, site.home.clock.now(), entry.id,
                        int(number) if number.isdecimal() and len(number) < 10 else 0,
                        ask.me.person)
    return site.go(f"/nguoi-dung/{entry.id}?xong=phien")


def end_all(site: Site, ask: Ask) -> Response:
    with site.home.store.write() as session:
        entry = _held(site, ask, session)
        sessions.revoke_all(session, site.home.clock.now(), entry.id, ask.me.person)
    return site.go(f"/nguoi-dung/{entry.id}?xong=cac-phien")
