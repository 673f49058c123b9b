"""The list of items: found by state, theme and words, with what is still to do at each."""

from dataclasses import dataclass

from fastapi import Response

from console.web.context import Ask, Site
from console.web.filters import Typed
from console.web.pages.compose.parts import may_write, shared
from worker.home import in_force
from worker.items import drafts
from worker.items.approval import STATES
from worker.items.patterns import patterns, pieces
from worker.items.shelf import PAGE, shelf
from worker.items.written import one


@dataclass(frozen=True)
class Wish(Typed):
    """The filters as they stand in the address."""

    state: str = ""
    theme: str = ""
    text: str = ""


def page(site: Site, ask: Ask) -> Response:
    wish = Wish.of(ask)
    number = ask.query.get("trang", "1")
    number_ = int(number) if number.isdecimal() and 1 <= len(number) <= 4 else 1
    scope = site.scope(ask)
    with site.home.store.read() as session:
        programme = in_force(session).programme
        found = shelf(session, scope, state=wish.state if wish.state in STATES else "",
                      theme=wish.theme, text=wish.text, page=max(1, number_))
        mine = [(d, one(d.form, "title")) for d in drafts.mine(session, ask.me.person)]
    return site.page(ask, "compose/list", wish=wish, shelf=found, themes=programme.themes,
                     zone=programme.zone(), mine=mine if may_write(ask) else (), number=number_,
                     pages=-(-found.total // PAGE), writes=may_write(ask), **shared())


def patterns_page(site: Site, ask: Ask) -> Response:
    return site.page(ask, "compose/patterns", patterns=patterns(), pieces=pieces,
                     **shared())
