"""
What persons do to the calendar: pin, unpin, move, repeat weekly. Each in the caller's transaction
and with its audit row; `replan` makes it so.
"""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from worker import audit
from worker.errors import Refused, UserError
from worker.i18n import t
from worker.items.model import ItemContent
from worker.items.store import load_content, load_item
from worker.models import Pin
from worker.planner import series
from worker.planner.pins import Place, find_place
from worker.planner.wanted import PinKey
from worker.programme.model import ChannelConfig, Programme, Segment, Slot
from worker.programme.targets import ResolvedTarget, fitting
from worker.scope import Scope
from worker.slots import channels_in


class Spot(NamedTuple):
    """Where something is to air: `segment` None is an airing of its own."""

    day: date
    slot: str
    segment: str | None

    def key(self, item: str) -> PinKey:
        return PinKey(self.segment or f"pin:{item}", self.slot, self.day)


def pin(
    session: Session, programme: Programme, now: datetime, by: str, item: str, spot: Spot
) -> Place:
    """The item of one slot and date, instead of what was pinned there."""
    place = find_place(session, programme, now, item, spot.slot, spot.day, spot.segment)
    session.execute(delete(Pin).where(
        Pin.entry == place.entry, Pin.slot == spot.slot, Pin.local_date == spot.day))
    session.add(Pin(entry=place.entry, slot=spot.slot, local_date=spot.day, item_id=item, by=by,
                    at=now))
    audit.record(session, now, by, "pin", item, {
        "entry": place.entry, "slot": spot.slot, "date": spot.day.isoformat()})
    return place


def unpin(
    session: Session, now: datetime, by: str, item: str, spot: Spot, *, onward: bool = False
) -> None:
    """Take an item off its place; of a series only this day, or `onward`: all to come."""
    only = [Pin.entry == spot.segment] if spot.segment else []
    gone = session.execute(
        delete(Pin).where(Pin.item_id == item, Pin.slot == spot.slot,
                          Pin.local_date == spot.day, *only).returning(Pin.entry)
    ).all()
    if gone:
        audit.record(session, now, by, "unpin", item,
                     {"slot": spot.slot, "date": spot.day.isoformat()})
    over = False
    if onward or not gone:
        for key, there in series.pinned(session, spot.day, spot.day).items():
            if there == item and key.slot == spot.slot and spot.segment in (None, key.entry):
                act = series.end if onward else series.leave_out
                over |= act(session, now, by, key) is not None
    if not gone and not over:
        raise Refused(item, t("không được xếp ở chỗ này", "is not pinned there"),
                      t("xem `giovang plan`", "see `giovang plan`"))


def move(
    session: Session, programme: Programme, now: datetime, by: str, item: str, source: PinKey,
    spot: Spot,
) -> Place:
    """
    A pin goes to another place; of a series this one day. What was picked by rotation stays in
    its turn there: only its new place is pinned.
    """
    if source != spot.key(item):
        gone = session.execute(
            delete(Pin).where(Pin.entry == source.entry, Pin.slot == source.slot,
                              Pin.local_date == source.day, Pin.item_id == item)
            .returning(Pin.id)).all()
        if gone:
            audit.record(session, now, by, "unpin", item,
                         {"slot": source.slot, "date": source.day.isoformat()})
        elif series.pinned(session, source.day, source.day).get(source) == item:
            series.leave_out(session, now, by, source)
    return pin(session, programme, now, by, item, spot)


def needs_leave(
    session: Session, programme: Programme, scope: Scope, item: str, spot: Spot
) -> None:
    """
    Whoever works for one organisation pins its items only, and only where nobody of another
    would get them.
    """
    if scope.whole:
        return
    if not scope.holds(load_item(session, item).owner):
        raise UserError(item, t("không có tin này", "no such item"),
                        t("chọn tin của đơn vị mình", "choose an item of your organisation"))
    segment = programme.segment(spot.segment) if spot.segment else None
    if not holds_place(scope, programme, segment, programme.slot(spot.slot),
                       load_content(session, item)):
        raise Refused(
            segment.name if segment else t("Khung giờ này", "This slot"),
            t("còn phát đến nơi của đơn vị khác", "also airs to places of other organisations"),
            t("chọn chuyên mục chỉ phát trong đơn vị mình, hoặc nhờ người phụ trách chung",
              "choose a segment of your organisation alone, or ask whoever works for all"))


def holds_place(
    scope: Scope, programme: Programme, segment: Segment | None, slot: Slot,
    content: ItemContent | None = None,
) -> bool:
    """Whether all who would get something there are theirs."""
    return scope.whole or all(
        scope.holds(one.organisation) for one in reached(programme, segment, slot, content))


def reached(
    programme: Programme, segment: Segment | None, slot: Slot, content: ItemContent | None = None
) -> list[ResolvedTarget]:
    """Whom this place may reach on some day."""
    wanted = [one for one in (segment, content) if one is not None]
    return [target for channel in channels_of(programme, segment, slot)
            for target in fitting(programme, channel, *wanted)]


def channels_of(
    programme: Programme, segment: Segment | None, slot: Slot
) -> tuple[ChannelConfig, ...]:
    """The channels of a segment there, or those that the slot is open to."""
    if segment is not None:
        return channels_in(programme, segment, slot)
    return tuple(c for c in programme.channels
                 if c.enabled and (not slot.channels or c.id in slot.channels))


def explicit(session: Session, key: PinKey) -> str | None:
    """The item pinned to exactly this place and day."""
    return session.scalars(select(Pin.item_id).where(
        Pin.entry == key.entry, Pin.slot == key.slot, Pin.local_date == key.day)).first()
