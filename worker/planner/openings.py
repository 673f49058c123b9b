"""Golden hours to choose from for an item, and those in which it stands already."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.models import Item, Occurrence, Pin
from worker.planner.scope import REMOVED
from worker.planner.week import calendar
from worker.programme.model import Programme, Segment, Slot
from worker.scope import Scope
from worker.slots import channels_in, local_date, slot_time

#: how far ahead is offered; later days are chosen in the calendar
DAYS = 7


class Opening(NamedTuple):
    """A place in a golden hour to come."""

    day: date
    slot: Slot
    segment: Segment | None  #: None: an airing of its own
    airs: str  #: the title of what airs there now
    channels: tuple[str, ...]  #: their names
    themed: bool  #: the segment is for the item's theme


class Placed(NamedTuple):
    """A golden hour in which an item airs, or would once it is approved."""

    day: date
    slot: Slot


def openings(
    session: Session, programme: Programme, now: datetime, scope: Scope, item: Item
) -> list[Opening]:
    """The places of the coming days that whoever looks may give to this item, the next first."""
    today = local_date(programme, now)
    found = calendar(session, programme, now, today, today + timedelta(days=DAYS), scope)
    open_ = sorted((cell for cell in found.cells.values() if not cell.over and cell.on),
                   key=lambda c: (c.opens_at, c.slot.id))
    places: list[Opening] = []
    for cell in open_:
        segments = [e for e in cell.entries if e.segment]
        places += [
            Opening(cell.day, cell.slot, e.segment, e.title, tuple(
                c.name for c in channels_in(programme, e.segment, cell.slot)),
                item.theme in e.segment.themes)
            for e in segments
            if e.segment and e.mine and e.run == 1 and e.state != "cancelled"
            and e.item != item.id]
        if not segments and cell.mine and f"pin:{item.id}" not in {e.entry for e in cell.entries}:
            places.append(Opening(cell.day, cell.slot, None, "", tuple(
                c.name for c in programme.channels
                if c.enabled and (not cell.slot.channels or c.id in cell.slot.channels)), False))
    return places


def placed(session: Session, programme: Programme, now: datetime, item_id: str) -> list[Placed]:
    """Where it airs from now on, the next first."""
    slots = {s.id: s for s in programme.slots}
    today = local_date(programme, now)
    keys = {(day, slot) for day, slot in session.execute(
        select(Occurrence.local_date, Occurrence.slot)
        .where(Occurrence.item_id == item_id, Occurrence.local_date >= today,
               Occurrence.cancelled_at.is_(None), Occurrence.picked_by != REMOVED))}
    keys |= {(day, slot) for day, slot in session.execute(
        select(Pin.local_date, Pin.slot)
        .where(Pin.item_id == item_id, Pin.local_date >= today))}
    hours = sorted((slot_time(programme, slots[slot], day).opens_at, day, slot)
                   for day, slot in keys if slot in slots
                   and slot_time(programme, slots[slot], day).closes_at > now)
    return [Placed(day, slots[slot]) for _, day, slot in hours]
