"""When a station airs, by the programme alone: what it reads stands in its deliveries. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from worker.programme.model import ChannelConfig, Programme, Station
from worker.slots import SlotTime, airing_time, channels_in, due_at, golden_hours, windows


class Place(NamedTuple):
    """One airing of one station: what a bulletin is for."""

    station: str
    date: date
    airing: str  #: "05:30", "sau tiếp sóng", or "tiếp sóng 17:00" where there are two a day


class RadioHour(NamedTuple):
    """A golden hour that some segment uses for radio, and the channel it uses."""

    hour: SlotTime
    channel: ChannelConfig


@dataclass(frozen=True)
class StationAiring:
    """An airing as the programme has it."""

    opens_at: datetime
    closes_at: datetime
    handed_at: datetime  #: when the station is given what it airs then
    seconds: int  #: how long it may be
    free: bool  #: an ordinary item may air: no quiet hours, no black-out


def airing_name(station: Station, label: str, opens: datetime) -> str:
    """What its bulletins call an airing; `opens` is local. Two of a day never share a name."""
    relays = sum(1 for airing in station.airings if airing.after_relay)
    return label if relays < 2 or label[:1].isdecimal() else f"tiếp sóng {opens:%H:%M}"


def loudspeakers(programme: Programme) -> tuple[ChannelConfig, ...]:
    """The channels that reach stations."""
    return tuple(c for c in programme.channels if c.type == "loudspeaker" and c.enabled)


def lead_days(programme: Programme) -> int:
    """How many days ahead of its airing a bulletin may be handed over, at most."""
    day = timedelta(days=1)
    ahead = [day if c.lead_time is not None else c.lead or timedelta()
             for c in loudspeakers(programme)]
    return max((-(-lead // day) for lead in ahead), default=0)


def radio_hours(programme: Programme, first: date, last: date) -> tuple[RadioHour, ...]:
    """The golden hours of these days in which stations air, in order of opening."""
    radio = {c.id for c in loudspeakers(programme)}
    used: dict[str, ChannelConfig] = {}
    for slot in programme.slots:
        for segment in programme.segments:
            for channel in channels_in(programme, segment, slot):
                if channel.id in radio and slot.id in segment.slots:
                    used.setdefault(slot.id, channel)
    return tuple(RadioHour(hour, used[hour.slot.id])
                 for hour in golden_hours(programme, first, last) if hour.slot.id in used)


def airings(
    programme: Programme, station: Station, hours: Sequence[RadioHour]
) -> dict[Place, StationAiring]:
    """The station's airings in these hours; a night's belongs to the day its slot began."""
    zone = programme.zone()
    longest = {a.slot: a.max_minutes * 60 for a in station.airings if a.max_minutes is not None}
    found: dict[Place, StationAiring] = {}
    for hour, channel in hours:
        at = airing_time(programme, station, hour.slot, hour.date)
        if at is None:
            continue
        seconds = int((at.closes_at - at.opens_at).total_seconds())
        name = airing_name(station, at.label, at.opens_at.astimezone(zone))
        found.setdefault(Place(station.id, hour.date, name), StationAiring(
            at.opens_at, at.closes_at, due_at(programme, channel, hour.opens_at),
            min(seconds, longest.get(hour.slot.id, seconds)),
            bool(windows(programme, channel.id, "thong_thuong", "cong_ich", at.opens_at,
                         at.closes_at)),
        ))
    return found
