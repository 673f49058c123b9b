"""Whom an occurrence reaches on a channel: stations for loudspeakers, targets for the rest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from worker.programme.model import ChannelConfig, Programme, Slot, Station
from worker.slots import StationTime, airing_time, is_paused

EVERYBODY = "tat_ca"


class Reach(Protocol):
    """Whoever has an audience and an area: segments, items, targets, stations."""

    @property
    def audience(self) -> tuple[str, ...]: ...

    @property
    def area(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class ResolvedTarget:
    """One receiver of one occurrence."""

    id: str
    name: str
    address: str  #: as in the programme (may be env: or file:); a station's is its id
    account: str
    organisation: str | None
    audience: tuple[str, ...] = ()
    area: tuple[str, ...] = ()
    station: Station | None = None
    airing: StationTime | None = None


def fits(wanted: Reach, target: Reach) -> bool:
    """
    True when the target is among those wanted.

    `tat_ca` is for everybody, and a target without an audience takes everything; no area
    means everywhere, and a target without one lies in all of them.
    """
    audience = (
        not target.audience
        or not wanted.audience
        or EVERYBODY in wanted.audience
        or EVERYBODY in target.audience
        or not set(wanted.audience).isdisjoint(target.audience)
    )
    area = not target.area or not wanted.area or not set(wanted.area).isdisjoint(target.area)
    return audience and area


def candidates(programme: Programme, channel: ChannelConfig) -> tuple[ResolvedTarget, ...]:
    """Everyone the channel can reach, on any day."""
    if channel.type == "loudspeaker":
        account = channel.accounts[0].id if channel.accounts else ""
        return tuple(
            ResolvedTarget(
                station.id,
                station.name,
                station.id,
                account,
                station.organisation,
                station.audience,
                station.area,
                station,
            )
            for station in programme.stations
        )
    return tuple(
        ResolvedTarget(
            target.id,
            target.name,
            target.address,
            target.account,
            target.organisation,
            target.audience,
            target.area,
        )
        for target in channel.targets
    )


def fitting(
    programme: Programme, channel: ChannelConfig, *wanted: Reach
) -> tuple[ResolvedTarget, ...]:
    """
    Whom the channel reaches on some day, fitting all of `wanted`: the segment and its item.
    A channel that is not enabled reaches nobody.
    """
    return tuple(
        target for target in (candidates(programme, channel) if channel.enabled else ())
        if all(fits(one, target) for one in wanted)
    )


def on_air(
    programme: Programme, targets: Iterable[ResolvedTarget], slot: Slot | None, day: date
) -> tuple[ResolvedTarget, ...]:
    """
    Those it reaches in this slot on this day. Stations that do not air the slot that day are
    left out; without a slot (publish at once) only those that are paused.
    """
    found: list[ResolvedTarget] = []
    for target in targets:
        if target.station is None:
            found.append(target)
        elif slot is None:
            if not is_paused(target.station, day):
                found.append(target)
        elif airing := airing_time(programme, target.station, slot, day):
            found.append(_at(target, airing))
    return tuple(found)


def _at(target: ResolvedTarget, airing: StationTime) -> ResolvedTarget:
    return ResolvedTarget(
        target.id,
        target.name,
        target.address,
        target.account,
        target.organisation,
        target.audience,
        target.area,
        target.station,
        airing,
    )
