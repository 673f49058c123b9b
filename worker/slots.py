"""
Golden hours: which slots open when, and in which hours something may begin.

Pure, and the only place of the worker that turns local time into UTC. Local days and clock
times go in, aware UTC comes out; spans are [from, until).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from worker.programme.model import (
    PRIORITIES,
    WEEKDAYS,
    Blackout,
    ChannelConfig,
    Priority,
    Programme,
    Purpose,
    QuietHours,
    Segment,
    Slot,
    Station,
)

Span = tuple[datetime, datetime]
DAY = timedelta(days=1)
HORIZON_DAYS = 366  #: how far `next_openings` looks ahead
#: advertising from 7 to 22 h only, whatever the programme says (Decree 91/2020/NĐ-CP, article 13)
_BY_LAW = QuietHours(start=time(22), end=time(7), priorities=PRIORITIES, purposes=("quang_cao",))


@dataclass(frozen=True)
class SlotTime:
    """A golden hour on one local day."""

    slot: Slot
    date: date
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class StationTime:
    """When a station airs a slot; `label` is what a script says ("05:45", "sau tiếp sóng")."""

    opens_at: datetime
    closes_at: datetime
    label: str


@lru_cache(maxsize=4096)
def to_utc(zone: ZoneInfo, day: date, clock: time) -> datetime:
    """
    The moment of a local clock time.

    Where clocks go forward, an hour that does not exist lies as much later; where they go
    back, the first of the two is meant (PEP 495, fold=0).
    """
    return datetime.combine(day, clock, zone).astimezone(UTC)


def span(zone: ZoneInfo, day: date, start: time, end: time) -> Span:
    """From `start` on this day until `end`; an end not after the start is the next day's."""
    last = day if end > start else day + DAY
    opens_at, closes_at = to_utc(zone, day, start), to_utc(zone, last, end)
    if closes_at <= opens_at:
        # The clocks went forward inside it: a golden hour is moved, never lost.
        closes_at = opens_at + (datetime.combine(last, end) - datetime.combine(day, start))
    return opens_at, closes_at


def local_date(programme: Programme, moment: datetime) -> date:
    """The day on the programme's calendar."""
    return moment.astimezone(programme.zone()).date()


def on_weekday(day: date, weekdays: Iterable[str]) -> bool:
    return WEEKDAYS[day.weekday()] in weekdays


def in_span(day: date, first: date | None, last: date | None) -> bool:
    """Both ends belong to it; None is open."""
    return (first is None or first <= day) and (last is None or day <= last)


def in_campaign(programme: Programme, day: date) -> bool:
    """Outside the campaign's own period nothing is planned."""
    campaign = programme.campaign
    return campaign is None or campaign.first <= day <= campaign.last


def slot_time(programme: Programme, slot: Slot, day: date) -> SlotTime:
    """The slot on this local day, whether or not it is one of its weekdays."""
    return SlotTime(slot, day, *span(programme.zone(), day, slot.start, slot.end))


def golden_hours(programme: Programme, first: date, last: date) -> Iterator[SlotTime]:
    """Every golden hour of these days (both included), in order of opening."""
    extra = {
        (slot_id, extra.date)
        for extra in programme.extra_dates
        for segment in programme.segments
        if segment.id == extra.segment
        for slot_id in segment.slots
    }
    for number in range((last - first).days + 1):
        day = first + number * DAY
        if in_campaign(programme, day):
            yield from sorted(
                (
                    slot_time(programme, slot, day)
                    for slot in programme.slots
                    if on_weekday(day, slot.weekdays) or (slot.id, day) in extra
                ),
                key=lambda s: (s.opens_at, s.slot.id),
            )


def next_openings(programme: Programme, now: datetime, n: int) -> tuple[SlotTime, ...]:
    """The next `n` golden hours to open after `now`; fewer when the campaign ends before."""
    today = local_date(programme, now)
    found: list[SlotTime] = []
    # From yesterday: 02:30 may lie after 03:00 on the night the clocks go forward.
    for number in range(-1, HORIZON_DAYS):
        day = today + number * DAY
        found += [s for s in golden_hours(programme, day, day) if s.opens_at > now]
        if len(found) >= n:
            break
    return tuple(found[:n])


def occurrence_times(programme: Programme, segment: Segment, slot: Slot, day: date) -> Span | None:
    """`opens_at` and `closes_at` of a segment in a slot on a day; None when it is not on."""
    if slot.id not in segment.slots or not in_campaign(programme, day):
        return None
    if not in_span(day, segment.valid_from, segment.valid_to):
        return None
    regular = on_weekday(day, segment.weekdays) and on_weekday(day, slot.weekdays)
    if not regular and not any(
        extra.segment == segment.id and extra.date == day for extra in programme.extra_dates
    ):
        return None
    return span(programme.zone(), day, slot.start, slot.end)


def channels_in(programme: Programme, segment: Segment, slot: Slot) -> tuple[ChannelConfig, ...]:
    """The channels a segment uses in this slot: enabled, and the slot is open to them."""
    return tuple(
        channel
        for channel in programme.channels
        if channel.enabled
        and channel.id in segment.channels
        and (not slot.channels or channel.id in slot.channels)
    )


def windows(
    programme: Programme,
    channel_id: str,
    priority: Priority,
    purpose: Purpose,
    start: datetime,
    end: datetime,
    *,
    by_law: bool = True,
) -> tuple[Span, ...]:
    """
    The hours within [start, end) in which it may begin: less quiet hours and black-outs.

    Quiet hours and black-outs hold back the priorities they list; `khan_cap` is listed only
    on purpose (Circular 39/2020/TT-BTTTT: it is played at once). Advertising has the
    law's hours; `by_law=False` asks what the programme alone would let go.
    """
    zone = programme.zone()
    free: list[Span] = [(start, end)] if start < end else []
    for quiet in (*programme.quiet_hours, *([_BY_LAW] if by_law else [])):
        if (
            priority in quiet.priorities
            and (not quiet.channels or channel_id in quiet.channels)
            and (not quiet.purposes or purpose in quiet.purposes)
        ):
            day = start.astimezone(zone).date() - DAY  # last night's may reach into today
            while free and day <= end.astimezone(zone).date():
                free = _without(free, span(zone, day, quiet.start, quiet.end))
                day += DAY
    for blackout in programme.blackouts:
        if _holds_back(blackout, channel_id, priority):
            free = _without(free, blackout_span(zone, blackout))
    return tuple(free)


def blacked_out(
    programme: Programme, channel_id: str, priority: Priority, moment: datetime
) -> Blackout | None:
    """The black-out in force for this channel and priority at this moment, if any."""
    zone = programme.zone()
    for blackout in programme.blackouts:
        first, until = blackout_span(zone, blackout)
        if _holds_back(blackout, channel_id, priority) and first <= moment < until:
            return blackout
    return None


def blackout_span(zone: ZoneInfo, blackout: Blackout) -> Span:
    """From its first day (or that day's `from_time`) to the end of its last."""
    return (
        to_utc(zone, blackout.first, blackout.from_time or time(0)),
        to_utc(zone, blackout.last + DAY, time(0)),
    )


def due_at(programme: Programme, channel: ChannelConfig, opens_at: datetime) -> datetime:
    """When the channel gets it: its lead before `opens_at`, or a clock time of the day before."""
    if channel.lead_time is not None:
        day_before = local_date(programme, opens_at) - DAY
        return to_utc(programme.zone(), day_before, channel.lead_time)
    return opens_at - (channel.lead or timedelta())


def airing_time(
    programme: Programme, station: Station, slot: Slot, day: date
) -> StationTime | None:
    """When this station airs the slot on this day; None when it does not."""
    if not on_weekday(day, station.weekdays) or is_paused(station, day):
        return None
    zone = programme.zone()
    opens_at, closes_at = span(zone, day, slot.start, slot.end)
    if not station.airings:
        return StationTime(opens_at, closes_at, f"{slot.start:%H:%M}")
    for airing in station.airings:
        if airing.slot != slot.id:
            continue
        at = airing.at or slot.start
        night = slot.end <= slot.start and at < slot.start
        moment = to_utc(zone, day + DAY if night else day, at)
        label = "sau tiếp sóng" if airing.after_relay else f"{at:%H:%M}"
        return StationTime(max(moment, opens_at), closes_at, label)
    return None


def is_paused(station: Station, day: date) -> bool:
    """A repair or a feast: the station is silent."""
    return any(pause.first <= day <= pause.last for pause in station.pauses)


def _holds_back(blackout: Blackout, channel_id: str, priority: Priority) -> bool:
    return priority in blackout.priorities and (
        not blackout.channels or channel_id in blackout.channels
    )


def _without(spans: list[Span], taken: Span) -> list[Span]:
    """The spans less what is taken."""
    left: list[Span] = []
    for first, until in spans:
        if taken[0] >= until or taken[1] <= first:
            left.append((first, until))
            continue
        if first < taken[0]:
            left.append((first, taken[0]))
        if taken[1] < until:
            left.append((taken[1], until))
    return left
