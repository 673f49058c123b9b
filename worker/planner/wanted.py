"""The occurrences a programme wants between two days: segments, then pins where none stands."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from worker.planner.cells import Planned, Writer
from worker.planner.picks import Candidate, Choice, History, How, Shelf, choose
from worker.programme.model import ChannelConfig, Priority, Programme, Segment, Slot
from worker.slots import channels_in, golden_hours, occurrence_times, slot_time


class PinKey(NamedTuple):
    """Where a pin stands."""

    entry: str
    slot: str
    day: date


class Place(NamedTuple):
    """Where a segment airs once."""

    segment: str
    slot: str
    day: date


class Pick(NamedTuple):
    """A pick that is not made again."""

    item: Candidate
    how: How


@dataclass(frozen=True, slots=True)
class Want:
    """An occurrence, or the reason why there is none."""

    segment: Segment | None
    slot: Slot
    day: date
    opens_at: datetime
    closes_at: datetime
    choice: Choice
    planned: Planned | None


@dataclass
class Scope:
    """Everything planning depends on."""

    programme: Programme
    shelf: Shelf
    pins: Mapping[PinKey, str]
    history: History
    writer: Writer
    #: picks that stand already: frozen occurrences keep their item
    fixed: Mapping[Place, Pick]
    #: closed occurrences: their picks are in the history
    closed: Collection[Place]
    #: cancelled ones: nothing is wanted there, but item and theme had their turn
    cancelled: Mapping[Place, tuple[str, str]]
    #: when a programme was first in force: nothing is wanted of slots that had closed by then
    begins: datetime

    @property
    def items(self) -> Mapping[str, Candidate]:
        """Approved items by id."""
        return self.shelf.items


def wanted(scope: Scope, first: date, last: date) -> Iterator[Want]:
    """In order of opening, which is the order in which picks follow each other."""
    by_slot = {slot.id: _in_slot(scope.programme, slot) for slot in scope.programme.slots}
    for hour in golden_hours(scope.programme, first, last):
        if hour.closes_at <= scope.begins:
            continue
        for segment, channels in by_slot[hour.slot.id]:
            times = occurrence_times(scope.programme, segment, hour.slot, hour.date)
            place = Place(segment.id, hour.slot.id, hour.date)
            if times is None or place in scope.closed:
                continue
            if place in scope.cancelled:
                names = tuple(c.id for c in channels)
                scope.history.add(segment.id, names, *scope.cancelled[place], hour.date)
            else:
                yield _of_segment(scope, segment, hour.slot, hour.date, times, channels)
    yield from _of_pins(scope, first, last)


def _in_slot(
    programme: Programme, slot: Slot
) -> list[tuple[Segment, tuple[ChannelConfig, ...]]]:
    """The segments of this slot that have a channel there, with these channels."""
    found = ((s, channels_in(programme, s, slot)) for s in programme.segments if slot.id in s.slots)
    return [(segment, channels) for segment, channels in found if channels]


def _of_segment(
    scope: Scope, segment: Segment, slot: Slot, day: date, times: tuple[datetime, datetime],
    channels: tuple[ChannelConfig, ...],
) -> Want:
    names = tuple(c.id for c in channels)
    choice = _choice(scope, segment, slot, day, names)
    if choice.item is None:
        return Want(segment, slot, day, *times, choice, None)
    item = choice.item
    scope.history.add(segment.id, names, item.id, item.content.theme, day)
    base = Planned(
        entry=segment.id, slot=slot.id, local_date=day, run=1, segment=segment.id, item=item,
        picked_by=choice.how, priority=most_urgent(segment.priority, item.content.priority),
        purpose="quang_cao" if "quang_cao" in (segment.purpose, item.content.purpose)
        else "cong_ich",
        opens_at=times[0], closes_at=times[1], late=segment.late,
        when_uncertain=segment.when_uncertain,
    )
    cells = tuple(scope.writer.cell(base, c, segment, slot) for c in channels)
    return Want(segment, slot, day, *times, choice, replace(base, channels=cells))


def _choice(
    scope: Scope, segment: Segment, slot: Slot, day: date, channels: tuple[str, ...]
) -> Choice:
    """What stands, unless a person pinned something else (or took the pin away)."""
    pinned = scope.pins.get(PinKey(segment.id, slot.id, day))
    fixed = scope.fixed.get(Place(segment.id, slot.id, day))
    if fixed is None or (pinned is None and fixed.how == "pin"):
        return choose(segment, day, channels, scope.shelf, scope.history, pinned)
    if pinned is not None and pinned not in scope.items:  # may not air: changes nothing
        return Choice(fixed.item, fixed.how, pinned)
    if pinned in (None, fixed.item.id):
        missing = ", ".join(segment.themes) if fixed.how == "stand_by" else ""
        return Choice(fixed.item, fixed.how if pinned is None else "pin", missing)
    return choose(segment, day, channels, scope.shelf, scope.history, pinned)


def most_urgent(*priorities: Priority) -> Priority:
    """The most urgent of these (Circular 39/2020: khẩn cấp > ưu tiên > thông thường)."""
    order: tuple[Priority, ...] = ("khan_cap", "uu_tien", "thong_thuong")
    return min(priorities, key=order.index)


def _of_pins(scope: Scope, first: date, last: date) -> Iterator[Want]:
    """A pin where no segment stands is an entry of its own, `pin:ITEM`."""
    for pin, item_id in sorted(scope.pins.items()):
        if not pin.entry.startswith("pin:") or not first <= pin.day <= last:
            continue
        item = scope.items.get(item_id)
        slot = next((s for s in scope.programme.slots if s.id == pin.slot), None)
        if slot is None:
            continue
        hour = slot_time(scope.programme, slot, pin.day)
        choice = Choice(item, "pin", "" if item else item_id)
        if item is None:
            yield Want(None, slot, pin.day, hour.opens_at, hour.closes_at, choice, None)
            continue
        base = Planned(
            entry=pin.entry, slot=slot.id, local_date=pin.day, run=1, segment=None, item=item,
            picked_by="pin", priority=item.content.priority, purpose=item.content.purpose,
            opens_at=hour.opens_at, closes_at=hour.closes_at, late="publish",
            when_uncertain="hold",
        )
        channels = [c for c in scope.programme.channels
                    if c.enabled and (not slot.channels or c.id in slot.channels)
                    and c.id in item.channels]
        cells = tuple(scope.writer.cell(base, c, None, slot) for c in channels)
        yield Want(None, slot, pin.day, hour.opens_at, hour.closes_at, choice,
                   replace(base, channels=cells))


def immediately(
    scope: Scope, item: Candidate, entry: str, now: datetime, day: date, run: int,
    channels: tuple[ChannelConfig, ...], lasts: timedelta, picked_by: str, slot: str = "-",
) -> Planned:
    """An occurrence outside slots: `publish --now` and `repeat`."""
    base = Planned(
        entry=entry, slot=slot, local_date=day, run=run, segment=None, item=item,
        picked_by=picked_by, priority=item.content.priority, purpose=item.content.purpose,
        opens_at=now, closes_at=now + lasts, late="publish", when_uncertain="hold",
    )
    return replace(base, channels=tuple(scope.writer.cell(base, c, None, None) for c in channels))
