"""
Which item a segment airs: pure, and the same on every node.

A pick depends on the programme, the approved items, the pins and the picks before it, never
on what was delivered: a failed send must not change next week's calendar. Among items that
are valid that day and fit audience and area, themes come in turn; within a theme the item
picked longest ago by any segment on the same channels; none again within N days; when
nothing is left, the stand-by item.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from worker.items.model import ItemContent
from worker.programme.model import Segment
from worker.programme.targets import fits

How = Literal["rotate", "pin", "stand_by"]


@dataclass(frozen=True)
class Candidate:
    """An approved item and the channels on which its text fits."""

    content: ItemContent
    version: int
    channels: frozenset[str]
    seconds: int = 0  #: longest reading time over loudspeaker channels

    @cached_property
    def id(self) -> str:
        return self.content.id

    def valid_on(self, day: date) -> bool:
        """Within its own dates."""
        first, last = self.content.valid_from, self.content.valid_to
        return (first is None or first <= day) and (last is None or day <= last)


@dataclass
class Shelf:
    """The approved items, and what of them a segment may air at all: asked once, not daily."""

    items: Mapping[str, Candidate]
    _fitting: dict[tuple[str, tuple[str, ...]], dict[str, list[Candidate]]] = field(
        default_factory=dict)

    def fitting(
        self, segment: Segment, channels: tuple[str, ...]
    ) -> Mapping[str, Sequence[Candidate]]:
        """By theme, in order of ids: fit for its people, its reading time, these channels."""
        key = (segment.id, channels)
        if key not in self._fitting:
            found: dict[str, list[Candidate]] = {}
            for _, item in sorted(self.items.items()):
                if _may_ever_air(segment, channels, item):
                    found.setdefault(item.content.theme, []).append(item)
            self._fitting[key] = found
        return self._fitting[key]


@dataclass(frozen=True)
class Choice:
    """The outcome: an item, how it came to be picked, and what was missing."""

    item: Candidate | None
    how: How
    missing: str = ""  #: themes without an airable item; "" when the pick is regular


@dataclass
class History:
    """Earlier picks: who picked what when."""

    by_segment: dict[str, dict[str, date]] = field(default_factory=dict)
    by_channel: dict[str, dict[str, date]] = field(default_factory=dict)
    themes: dict[tuple[str, str], tuple[date, int]] = field(default_factory=dict)
    _anywhere: dict[tuple[str, ...], dict[str, date]] = field(default_factory=dict)
    _order: int = 0

    def add(
        self, segment: str, channels: Iterable[str], item: str, theme: str, day: date
    ) -> None:
        """Remember one pick; to be called in order of time."""
        self._order += 1
        self.by_segment.setdefault(segment, {})[item] = day
        self.themes[segment, theme] = (day, self._order)
        for channel in channels:
            self.by_channel.setdefault(channel, {})[item] = day
        for together, days in self._anywhere.items():
            days[item] = self._last(together, item)

    def last_anywhere(self, channels: tuple[str, ...]) -> Mapping[str, date]:
        """When each item was last picked for any of these channels; kept up by `add`."""
        if channels not in self._anywhere:
            items = {item for c in channels for item in self.by_channel.get(c, ())}
            self._anywhere[channels] = {item: self._last(channels, item) for item in items}
        return self._anywhere[channels]

    def _last(self, channels: tuple[str, ...], item: str) -> date:
        return max(self.by_channel.get(c, {}).get(item, date.min) for c in channels)


def choose(
    segment: Segment, day: date, channels: tuple[str, ...], shelf: Shelf, history: History,
    pinned: str | None,
) -> Choice:
    """
    The item this segment airs on this day on these channels. A pinned item that is not (yet)
    approved leaves the place to the regular pick, and is named as missing.
    """
    if pinned is not None and pinned in shelf.items:
        return Choice(shelf.items[pinned], "pin")
    choice = _regular(segment, day, channels, shelf, history)
    return replace(choice, missing=pinned) if pinned is not None else choice


def _regular(
    segment: Segment, day: date, channels: tuple[str, ...], shelf: Shelf, history: History
) -> Choice:
    if segment.pick == "rotate":
        fitting = shelf.fitting(segment, channels)
        aired, never = history.last_anywhere(channels), date.min
        empty = []
        for theme in _in_turn(segment, history):
            free = _rested(segment, day, fitting.get(theme, ()), history)
            if free:  # of those aired equally long ago, the first by id
                best = min(free, key=lambda c: aired.get(c.id, never))
                return Choice(best, "rotate")
            empty.append(theme)
        missing = ", ".join(empty)
    else:
        missing = "pin"
    return Choice(shelf.items.get(segment.stand_by or ""), "stand_by", missing)


def _in_turn(segment: Segment, history: History) -> list[str]:
    """Themes, the one aired longest ago first; never aired ones in the order written."""
    never = (date.min, 0)
    return sorted(segment.themes, key=lambda theme: history.themes.get((segment.id, theme), never))


def _rested(
    segment: Segment, day: date, items: Sequence[Candidate], history: History
) -> list[Candidate]:
    """Those valid that day which the segment has not aired within its days without repeat."""
    mine, never = history.by_segment.get(segment.id, {}), date.min
    latest = day - timedelta(days=segment.days_without_repeat)
    return [c for c in items if mine.get(c.id, never) <= latest and c.valid_on(day)]


def _may_ever_air(segment: Segment, channels: tuple[str, ...], item: Candidate) -> bool:
    return (
        fits(segment, item.content) and item.seconds <= segment.max_reading_seconds
        and not item.channels.isdisjoint(channels)
    )
