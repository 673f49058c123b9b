"""The queue, and one item of it; every page here shows an item the same way."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import HTTPException, Response
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from console.web.pages.week.common import PLANNERS
from worker.errors import UserError
from worker.home import in_force
from worker.i18n import each, t
from worker.items import queue_, signed
from worker.items.authority import reads
from worker.items.files.columns import PRIORITY_WORDS
from worker.items.queue_ import Waiting
from worker.items.review import Review, Reviewer
from worker.models import Item, Person
from worker.planner.openings import Placed, placed
from worker.programme.model import Programme

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
#: may take a scan down
READERS = frozenset({"nguoi_duyet", "kiem_tra", "quan_tri"})
#: items shown in full on one page: it stays light on a phone
PAGE = 8


@dataclass(frozen=True)
class Typed:
    """What was typed into a form that could not be taken, and what is wrong with it."""

    act: str = ""  #: of which form
    why: str = ""  #: of the whole form
    mistakes: Mapping[str, str] = field(default_factory=dict)  #: by field
    values: Mapping[str, str] = field(default_factory=dict)


NOTHING = Typed()


@dataclass(frozen=True)
class Just:
    """What was approved a moment ago, and may go to a golden hour now."""

    id: str
    title: str
    places: list[Placed]
    may_plan: bool


@dataclass(frozen=True)
class Desk:
    """Whoever asks, and what they may read."""

    session: Session
    now: datetime
    programme: Programme
    person: Person

    @classmethod
    def of(cls, site: Site, ask: Ask, session: Session) -> "Desk":
        return cls(session, site.home.clock.now(), in_force(session).programme,
                   session.get_one(Person, ask.me.person))

    def reads(self, owner: str | None) -> bool:
        return reads(self.session, self.now, self.person, owner)

    def reviewer(self) -> Reviewer:
        return Reviewer(self.session, self.now, self.programme, self.person)

    def item(self, item_id: str) -> Waiting:
        """A submitted item that is theirs to read; 404 otherwise."""
        found = queue_.one_item(self.session, self.now, self.programme, item_id) \
            if _ID.fullmatch(item_id) else None
        if found is None or not self.reads(found.owner):
            raise HTTPException(404)
        return found


def page(site: Site, ask: Ask) -> Response:
    first = ask.query.get("tu", "")
    skip = int(first) if first.isdecimal() and len(first) < 6 else 0
    with site.home.store.read() as session:
        desk = Desk.of(site, ask, session)
        found = [w for w in queue_.waiting(session, desk.now, desk.programme)
                 if desk.reads(w.owner)]
        reviewer = desk.reviewer()
        reviews = [reviewer.review(w) for w in found[skip:skip + PAGE]]
        scope = site.scope(ask)
        campaigns = [c for c in queue_.campaigns_waiting(session) if scope.holds(c.owner)]
        names = {c.created_by: reviewer.name(c.created_by) for c in campaigns}
        just = _just_approved(site, ask, desk)
    return site.page(
        ask, "approve/queue", **shared(desk), reviews=reviews, total=len(found), skip=skip,
        more=skip + PAGE if len(found) > skip + PAGE else None, back=max(0, skip - PAGE),
        campaigns=campaigns, names=names, part=site.part(ask), just=just)


def _just_approved(site: Site, ask: Ask, desk: Desk) -> Just | None:
    """The item in the address, which somebody let through a moment ago, and where it airs."""
    name = ask.query.get("tin", "")
    item = desk.session.get(Item, name) if _ID.fullmatch(name) else None
    if item is None or not site.scope(ask).holds(item.owner) or item.state != "approved":
        return None
    return Just(item.id, item.title, placed(desk.session, desk.programme, desk.now, item.id),
                bool(ask.me.roles & PLANNERS))


def one(site: Site, ask: Ask) -> Response:
    return shown(site, ask, NOTHING)


def shown(site: Site, ask: Ask, typed: Typed, status: int = 200) -> Response:
    """One item, everything of it open."""
    with site.home.store.read() as session:
        desk = Desk.of(site, ask, session)
        waits = desk.item(str(ask.path["item"]))
        review = desk.reviewer().review(waits)
        waiting = review.state == "submitted" or waits.airs_alone
        signers = signed.signers(session, desk.now, waits.item_id) if waiting else []
        may_record = waiting and signed.may_ever_record(
            session, desk.person, waits.item_id)
    return site.page(ask, "approve/one", status, **shared(desk, typed), r=review,
                     signers=[(p.id, p.name) for p in signers], may_record=may_record,
                     waiting=waiting, part=site.part(ask))


def shared(desk: Desk, typed: Typed = NOTHING) -> dict[str, Any]:
    """What every template of this area asks for."""
    return {"zone": desk.programme.zone(), "priorities": each(PRIORITY_WORDS), "typed": typed,
            "changed_words": changed_words,
            "may_read_scan": not READERS.isdisjoint(desk.person.roles)}


def words_of(error: UserError) -> str:
    """What is wrong and what to do, without the words of a command line."""
    text = "\n".join(m.at_field() for m in error.mistakes)
    return text[:1].upper() + text[1:] + "."


def changed_words(review: Review) -> str:
    """What an approver wants to know first."""
    if review.before is None:
        return t("Tin mới, chưa được duyệt lần nào.", "New: never approved before.")
    if not review.changes:
        return t(f"Lời giống hệt bản {review.before} đã duyệt.",
                 f"The same words as version {review.before}, approved.")
    return t(f"Có {review.changes} chỗ khác bản {review.before} đã duyệt.",
             f"{review.changes} change(s) since version {review.before}, approved.")
