"""
Which item a segment airs: pure, and the same on every node.

A pick depends on the programme, the approved items, the pins and the picks before it, never
on what was delivered: a failed send must not change next week's calendar. Among items that
are valid that day and fit audience and area, themes come in turn; within a theme the item
picked longest ago by any segment on the same channels; none again within N days; when
nothing is left, the stand-by item.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
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

    @property
    def id(self) -> str:
        return self.content.id

    def valid_on(self, day: date) -> bool:
        """Within its own dates."""
        first, last = self.content.valid_from, self.content.valid_to
        return (first is None or first <= day) and (last is None or day <= last)


@dataclass(frozen=True)
class Choice:
    """The outcome: an item, how it came to be picked, and what was missing."""

    item: Candidate | None
    how: How
    missing: str = ""  #: themes without an airable item; "" when the pick is regular


@dataclass
class History:
    """Earlier picks: who picked what when."""

    by_segment: dict[tuple[str, str], date] = field(default_factory=dict)
    by_channel: dict[tuple[str, str], date] = field(default_factory=dict)
    themes: dict[tuple[str, str], tuple[date, int]] = field(default_factory=dict)
    _order: int = 0

    def add(
        self, segment: str, channels: Iterable[str], item: str, theme: str, day: date
    ) -> None:
        """Remember one pick; to be called in order of time."""
        self._order += 1
        self.by_segment[segment, item] = day
        self.themes[segment, theme] = (day, self._order)
        for channel in channels:
            self.by_channel[channel, item] = day

    def last_anywhere(self, channels: Collection[str], item: str) -> date:
        """When the item was last picked for any of these channels."""
        days = (self.by_channel.get((channel, item), date.min) for channel in channels)
        return max(days, default=date.min)


def choose(
    segment: Segment, day: date, channels: Sequence[str], items: Mapping[str, Candidate],
    history: History, pinned: str | None,
) -> Choice:
    """
    The item this segment airs on this day on these channels. A pinned item that is not (yet)
    approved leaves the place to the regular pick, and is named as missing.
    """
    if pinned is not None and pinned in items:
        return Choice(items[pinned], "pin")
    choice = _regular(segment, day, channels, items, history)
    return replace(choice, missing=pinned) if pinned is not None else choice


def _regular(
    segment: Segment, day: date, channels: Sequence[str], items: Mapping[str, Candidate],
    history: History,
) -> Choice:
    if segment.pick == "rotate":
        empty = []
        for theme in _in_turn(segment, history):
            fitting = [c for c in items.values()
                       if c.content.theme == theme and _may_air(segment, day, channels, c, history)]
            if fitting:
                best = min(fitting, key=lambda c: (history.last_anywhere(channels, c.id), c.id))
                return Choice(best, "rotate")
            empty.append(theme)
        missing = ", ".join(empty)
    else:
        missing = "pin"
    return Choice(items.get(segment.stand_by or ""), "stand_by", missing)


def _in_turn(segment: Segment, history: History) -> list[str]:
    """Themes, the one aired longest ago first; never aired ones in the order written."""
    never = (date.min, 0)
    return sorted(segment.themes, key=lambda theme: history.themes.get((segment.id, theme), never))


def _may_air(
    segment: Segment, day: date, channels: Sequence[str], item: Candidate, history: History
) -> bool:
    if not item.valid_on(day) or not fits(segment, item.content):
        return False
    if item.seconds > segment.max_reading_seconds or item.channels.isdisjoint(channels):
        return False
    last = history.by_segment.get((segment.id, item.id))
    return last is None or (day - last).days >= segment.days_without_repeat
