"""
The calendar as its page shows it: days, golden hours, and what aired or will air there. A few
queries along indexes, however long the log is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, false, func, or_, select
from sqlalchemy.orm import Session

from worker.items.store import load_content
from worker.models import Batch, ChannelPlan, Delivery, Item, Occurrence, Pin
from worker.planner import series
from worker.planner.pinning import holds_place, reached
from worker.planner.scope import REMOVED
from worker.planner.summary import Chip, Counts, Hour, chip, of_chips, shown
from worker.planner.wanted import PinKey
from worker.programme.model import Programme, Segment, Slot
from worker.programme.targets import candidates, fitting
from worker.scope import WHOLE, Scope
from worker.slots import DAY, channels_in, golden_hours, local_date, occurrence_times, slot_time

#: of these the calendar says nothing: they have pages of their own
_ELSEWHERE = ("campaign", "area", "bulletin")
#: the row of what was published at once, outside the golden hours
AT_ONCE = "-"


@dataclass(frozen=True)
class Entry:
    """What airs (or could) in one place on one day."""

    entry: str  #: segment, `pin:ITEM`, `now:ITEM`
    segment: Segment | None
    occurrence: str  #: "" while none stands
    run: int
    item: str  #: "" where nothing is known to air
    title: str
    how: str  #: pin, series, rotate, stand_by, now, repeat …; "" where nothing stands
    state: str  #: a key of `summary.STATES`
    chips: tuple[Chip, ...] = ()
    pinned: str = ""  #: the item that a person chose for this place
    pending: str = ""  #: its title, where it may not air and something else does
    left_out: bool = False  #: of a series that goes on
    mine: bool = True  #: whether whoever looks may change it

    @property
    def key(self) -> str:
        """The segment a pin goes to; "" for an airing of its own."""
        return self.segment.id if self.segment else ""


@dataclass(frozen=True)
class Cell:
    """One golden hour on one day."""

    day: date
    slot: Slot
    opens_at: datetime
    closes_at: datetime
    over: bool
    on: bool  #: it is one of the slot's days
    entries: tuple[Entry, ...]
    mine: bool = True  #: whether whoever looks may pin an airing of its own here


@dataclass(frozen=True)
class Calendar:
    """Days from `first` to `last`; `cells` by day and slot."""

    first: date
    last: date
    today: date
    slots: tuple[Slot, ...]
    cells: Mapping[tuple[date, str], Cell]
    at_once: Mapping[date, tuple[Entry, ...]]

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + n * DAY for n in range((self.last - self.first).days + 1))

    def states(self, day: date) -> dict[str, int]:
        """How many airings of the day are in which state."""
        found: dict[str, int] = {}
        entries = [e for (on, _), cell in self.cells.items() if on == day for e in cell.entries]
        for one in (*entries, *self.at_once.get(day, ())):
            found[one.state] = found.get(one.state, 0) + 1
        return found


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def calendar(
    session: Session, programme: Programme, now: datetime, first: date, last: date,
    scope: Scope = WHOLE, *, only: str | None = None,
) -> Calendar:
    """These days (both included); `only` one slot."""
    made = _Reading(session, programme, now, first, last, scope)
    slots = (*programme.slots, *made.former_slots())
    cells = {(cell.day, slot.id): cell for slot in slots if only in (None, slot.id)
             for cell in made.row(slot)}
    at_once = {} if only not in (None, AT_ONCE) else made.at_once()
    return Calendar(first, last, local_date(programme, now), slots, cells, at_once)


class _Reading:
    """What is read once for all cells."""

    def __init__(
        self, session: Session, programme: Programme, now: datetime, first: date, last: date,
        scope: Scope,
    ) -> None:
        self.session, self.programme, self.now, self.scope = session, programme, now, scope
        self.first, self.last = first, last
        self.horizon = local_date(programme, now) + timedelta(
            days=programme.settings.plan_ahead_days)
        self.pins = series.pinned(session, first, last)
        self.series = series.in_days(session, first, last)
        self.explicit = {PinKey(*row) for row in session.execute(
            select(Pin.entry, Pin.slot, Pin.local_date).where(Pin.local_date.between(first, last)))}
        self.segments = {s.id: s for s in programme.segments}
        self._occurrences(session)
        self._channels(session)
        self.items = {i: (title, state, owner) for i, title, state, owner in session.execute(
            select(Item.id, Item.title, Item.state, Item.owner)
            .where(Item.id.in_({o.item_id for o in self.occurrences} | set(self.pins.values()))))}
        self.golden = {(h.slot.id, h.date) for h in golden_hours(programme, first, last)}

    def _occurrences(self, session: Session) -> None:
        self.occurrences = session.execute(
            select(Occurrence.id, Occurrence.entry, Occurrence.slot, Occurrence.local_date,
                   Occurrence.run, Occurrence.segment, Occurrence.item_id, Occurrence.item_version,
                   Occurrence.picked_by, Occurrence.cancelled_at, Occurrence.opens_at,
                   Occurrence.closes_at)
            .where(Occurrence.local_date.between(self.first, self.last),
                   Occurrence.picked_by.not_in(_ELSEWHERE))
            .order_by(Occurrence.opens_at, Occurrence.entry, Occurrence.run)).all()

    def _channels(self, session: Session) -> None:
        """States of deliveries by occurrence and channel, counted along ix_delivery_batch."""
        ids = [o.id for o in self.occurrences]
        self.counts: dict[str, dict[str, Counts]] = {}  #: by occurrence and channel
        held = self._held()
        query = (
            select(Batch.occurrence_id, Batch.channel, Batch.state, Delivery.state, func.count())
            .select_from(Batch).join(Delivery, Delivery.batch_id == Batch.id)
            .where(Batch.occurrence_id.in_(ids), Batch.kind == "publish")
            .group_by(Batch.id, Batch.occurrence_id, Batch.channel, Batch.state, Delivery.state))
        late = (
            select(Delivery.occurrence_id, Delivery.channel, func.count())
            .where(Delivery.occurrence_id.in_(ids), Delivery.late, Delivery.kind == "publish")
            .group_by(Delivery.occurrence_id, Delivery.channel))
        if held is not None:
            query, late = query.where(held), late.where(held)
        for occurrence, channel, batch, state, count in session.execute(query):
            found = self.counts.setdefault(occurrence, {}).setdefault(channel, Counts())
            found.add(shown(state, batch), count)
        for occurrence, channel, count in session.execute(late):
            self.counts.setdefault(occurrence, {}).setdefault(channel, Counts()).late = count
        self.plans: dict[str, dict[str, str]] = {}
        for occurrence, channel, problem in session.execute(
            select(ChannelPlan.occurrence_id, ChannelPlan.channel, ChannelPlan.problem)
            .where(ChannelPlan.occurrence_id.in_(ids))
        ):
            self.plans.setdefault(occurrence, {})[channel] = problem

    def _held(self) -> ColumnElement[bool] | None:
        """Which deliveries go to places of whoever looks; None: all."""
        if self.scope.whole:
            return None
        return or_(false(), *(
            and_(Delivery.channel == channel.id, Delivery.target.in_(
                [x.id for x in candidates(self.programme, channel)
                 if self.scope.holds(x.organisation)]))
            for channel in self.programme.channels))

    def former_slots(self) -> list[Slot]:
        """Of what aired in slots that the programme no longer has."""
        known = {AT_ONCE, *(slot.id for slot in self.programme.slots)}
        zone = self.programme.zone()
        found = {
            o.slot: Slot(id=o.slot, name=o.slot, start=o.opens_at.astimezone(zone).time(),
                         end=o.closes_at.astimezone(zone).time())
            for o in self.occurrences if o.slot not in known}
        return list(found.values())

    # ------------------------------------------------------------------------------- a row

    def row(self, slot: Slot) -> list[Cell]:
        """The cells of one slot, of all the days on which it is on or something stands."""
        airs = [s for s in self.programme.segments if channels_in(self.programme, s, slot)]
        visible = [s for s in airs if self._reaches(s, slot)]
        mine = {s.id for s in visible if holds_place(self.scope, self.programme, s, slot)}
        free = self._reaches(None, slot)
        there: dict[date, list[Entry]] = {}
        for o in self.occurrences:
            if o.slot == slot.id and (entry := self._standing(o, mine)) is not None:
                there.setdefault(o.local_date, []).append(entry)
        cells = []
        for n in range((self.last - self.first).days + 1):
            day = self.first + n * DAY
            hour = slot_time(self.programme, slot, day)
            entries = there.get(day, [])
            over = hour.closes_at <= self.now
            if not over:
                entries += self._open(slot, day, visible, mine, {e.entry for e in entries})
            on = (slot.id, day) in self.golden
            if on or entries:
                cells.append(Cell(day, slot, hour.opens_at, hour.closes_at, over, on,
                                  tuple(entries), free))
        return cells

    def _reaches(self, segment: Segment | None, slot: Slot) -> bool:
        """Whether anybody of whoever looks may get something there."""
        return self.scope.whole or any(
            self.scope.holds(x.organisation) for x in reached(self.programme, segment, slot))

    def at_once(self) -> dict[date, tuple[Entry, ...]]:
        """What was published outside the golden hours."""
        found: dict[date, tuple[Entry, ...]] = {}
        for o in self.occurrences:
            if o.slot == AT_ONCE and (entry := self._standing(o, set())) is not None:
                found[o.local_date] = (*found.get(o.local_date, ()), entry)
        return found

    def _standing(self, o: Row[*tuple[Any, ...]], mine: set[str]) -> Entry | None:
        """An occurrence; None where whoever looks has nothing to do with it, or it never was."""
        title, _, owner = self.items.get(o.item_id, (o.item_id, "", None))
        plans, counts = self.plans.get(o.id, {}), self.counts.get(o.id, {})
        if o.picked_by == REMOVED and all(c.nothing for c in counts.values()):
            return None
        if not counts and not self.scope.holds(owner):
            return None
        cancelled = o.cancelled_at is not None
        chips = tuple(
            chip(c, counts.get(c.id, Counts()), plans.get(c.id, ""),
                 Hour(o.opens_at > self.now, o.closes_at <= self.now), cancelled=cancelled)
            for c in self.programme.channels
            if c.id in counts or (c.id in plans and self.scope.holds(owner)))
        key = PinKey(o.entry, o.slot, o.local_date)
        pinned = self.pins.get(key) if o.run == 1 else None
        return Entry(
            o.entry, self.segments.get(o.segment or ""), o.id, o.run, o.item_id, title,
            self._how(key, pinned, o.item_id, o.picked_by), of_chips(chips, cancelled=cancelled),
            chips, pinned or "",
            self.items[pinned][0] if pinned and pinned != o.item_id else "",
            o.run == 1 and self.series.get(key, False),
            o.entry in mine if o.segment else self._owns(o, owner))

    def _owns(self, o: Row[*tuple[Any, ...]], owner: str | None) -> bool:
        """An airing of its own goes wherever its item fits."""
        if self.scope.whole or not self.scope.holds(owner):
            return self.scope.whole
        content = load_content(self.session, o.item_id, o.item_version)
        return all(self.scope.holds(x.organisation) for c in self.programme.channels
                   for x in fitting(self.programme, c, content))

    def _how(self, key: PinKey, pinned: str | None, item: str, picked_by: str) -> str:
        if pinned != item:
            return picked_by
        return "pin" if key in self.explicit else "series"

    def _open(
        self, slot: Slot, day: date, segments: list[Segment], mine: set[str], there: set[str]
    ) -> list[Entry]:
        """Places where nothing stands yet: empty, not planned so far, or pinned."""
        empty = [
            self._unplanned(PinKey(segment.id, slot.id, day), segment, mine=segment.id in mine)
            for segment in segments if segment.id not in there
            and occurrence_times(self.programme, segment, slot, day) is not None]
        return empty + [
            self._unplanned(key, None, mine=True) for key, item in sorted(self.pins.items())
            if key.entry.startswith("pin:") and (key.slot, key.day) == (slot.id, day)
            and key.entry not in there and self.scope.holds(self.items[item][2])]

    def _unplanned(self, key: PinKey, segment: Segment | None, *, mine: bool) -> Entry:
        item = self.pins.get(key, "")
        title, state, _ = self.items.get(item, ("", "", None))
        waits = bool(item) and state != "approved"
        near = key.day <= self.horizon
        return Entry(
            key.entry, segment, "", 1, item, title,
            self._how(key, item or None, item, "") if item else "",
            "unapproved" if waits else "empty" if near and not item else "later",
            pinned=item, left_out=self.series.get(key, False), mine=mine)
