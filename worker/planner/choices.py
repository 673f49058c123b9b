"""Items to choose from for a place: approved ones first, those that waited longest before all."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Function, func, select
from sqlalchemy.orm import Session

from vietnamese.plain import plain
from worker.models import Item, Occurrence
from worker.planner.scope import REMOVED
from worker.programme.model import Programme, Segment
from worker.scope import Scope

#: such an item is not chosen: it was taken back, or will never be approved as it is
_OUT = ("recalled", "rejected")


class Offer(NamedTuple):
    """An item that may be pinned."""

    id: str
    title: str
    theme: str
    state: str
    priority: str
    last: date | None  #: when it last aired
    next: date | None  #: when it airs next
    themed: bool  #: of one of the segment's themes


def offers(
    session: Session, programme: Programme, scope: Scope, today: date, *, text: str = "",
    segment: Segment | None = None, approved_only: bool = False,
) -> Sequence[Offer]:
    """Those whose title or id has every word of `text`, accents or not."""
    words = plain(text).casefold().split()
    rows = [
        row for row in session.execute(
            select(Item.id, Item.title, Item.theme, Item.state, Item.priority, Item.owner)
            .where(Item.state == "approved" if approved_only else Item.state.not_in(_OUT)))
        if scope.holds(row.owner) and _has(f"{row.title} {row.id}", words)]
    aired = _days(session, func.max(Occurrence.local_date), Occurrence.local_date <= today)
    coming = _days(session, func.min(Occurrence.local_date), Occurrence.local_date > today)
    themes = segment.themes if segment else ()
    found = [
        Offer(row.id, row.title, programme.themes.get(row.theme, row.theme), row.state,
              row.priority, aired.get(row.id), coming.get(row.id), row.theme in themes)
        for row in rows]
    return sorted(found, key=lambda o: (o.state != "approved", not o.themed,
                                        o.last or date.min, plain(o.title).casefold(), o.id))


def _has(text: str, words: Sequence[str]) -> bool:
    bare = plain(text).casefold()
    return all(word in bare for word in words)


def _days(session: Session, which: Function[date], when: ColumnElement[bool]) -> dict[str, date]:
    rows = session.execute(
        select(Occurrence.item_id, which)
        .where(when, Occurrence.cancelled_at.is_(None), Occurrence.picked_by != REMOVED)
        .group_by(Occurrence.item_id))
    return {item: day for item, day in rows if day is not None}
