"""Lịch sử of an item: every version, what changed in it, and taking an old one back."""

from fastapi import HTTPException, Response
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from console.web.pages.compose.parts import item_of, may_write, shared
from worker.home import in_force
from worker.items import history
from worker.items.store import load_content, save_version


def page(site: Site, ask: Ask) -> Response:
    with site.home.store.read() as session:
        item = item_of(site, ask, session)
        zone = in_force(session).programme.zone()
        told = history.versions(session, item.id)
    return site.page(ask, "compose/history", item=item, told=told, zone=zone, **shared())


def one(site: Site, ask: Ask) -> Response:
    """One version beside the one before it, or beside the newest (`so=moi`)."""
    with site.home.store.read() as session:
        item = item_of(site, ask, session)
        version = _version(ask, item.version)
        against = item.version if ask.query.get("so") == "moi" else version - 1
        told = next(p for p in history.versions(session, item.id) if p.version == version)
        here = load_content(session, item.id, version)
        first, second = sorted((version, against))
        changed = history.changes(load_content(session, item.id, first),
                                  load_content(session, item.id, second)) if first else []
        zone = in_force(session).programme.zone()
    return site.page(ask, "compose/version", item=item, past=told, content=here, zone=zone,
                     changed=changed, against=against, writes=may_write(ask), **shared())


def take_back(site: Site, ask: Ask) -> Response:
    """A new version that says what an old one said."""
    with site.home.store.write() as session:
        item = item_of(site, ask, session)
        version = _version(ask, item.version)
        content = load_content(session, item.id, version)
        if content.sha256() != load_content(session, item.id).sha256():
            _save(session, site, ask, item.id, version)
    return site.go(f"/soan-tin/{item.id}?xong=lay-lai")


def _save(session: Session, site: Site, ask: Ask, item_id: str, version: int) -> None:
    save_version(session, site.home.clock.now(), load_content(session, item_id, version),
                 ask.me.person, "take_back", {"of": version})


def _version(ask: Ask, newest: int) -> int:
    given = str(ask.path["version"])
    if not given.isdecimal() or len(given) > 6 or not 1 <= int(given) <= newest:
        raise HTTPException(404)
    return int(given)
