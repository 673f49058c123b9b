"""
Whether what is due may begin now: by the hours of the programme in force now, for a black-out may
have been declared. What is handed over or prepared ahead is judged by the hour it airs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from channels.online import Prepares
from worker.office import Office
from worker.outbox.units import Lease, Letter
from worker.programme.model import Priority, Purpose
from worker.slots import windows

#: where no later window is known, asked again after this
AGAIN = timedelta(minutes=1)


class Fit(NamedTuple):
    """What of a batch may begin now, and what becomes of the rest."""

    now: Sequence[Letter]
    later: Sequence[Letter] = ()  #: not prepared: they wait for the slot
    not_before: datetime | None = None  #: the whole batch waits until then, or is asked of again
    missed: bool = False  #: too late for its segment
    bugs: Sequence[Exception] = ()  #: of the channel, when asked what it prepares


def judge(office: Office, lease: Lease, letters: Sequence[Letter], now: datetime) -> Fit:
    """The hour, then, ahead of the slot of a channel that prepares, each letter."""
    channel = office.channels[lease.channel]
    prepares = isinstance(channel, Prepares)
    if _too_late(office, lease, letters, now, prepares=prepares):
        return Fit((), missed=True)
    wait = _not_before(office, lease, now)
    if wait is not None:
        return Fit((), not_before=wait)
    if not isinstance(channel, Prepares) or now >= lease.opens_at:
        return Fit(letters)
    return _ahead(office, channel, lease, letters)


def _too_late(
    office: Office, lease: Lease, letters: Sequence[Letter], now: datetime, *, prepares: bool
) -> bool:
    """Its segment skips what would begin late, and none of it was to be public yet."""
    late = now > lease.opens_at + office.force.programme.settings.late_after
    # a prepare counts no try and shows nothing
    return lease.late_policy == "skip" and late and all(
        x.attempts == 0 or (prepares and x.counted == 0) for x in letters)


def _not_before(office: Office, lease: Lease, now: datetime) -> datetime | None:
    # handed over or prepared ahead: the hours judge the airing, not this moment
    first = max(now, lease.opens_at) if office.leads(lease.channel) else now
    free = windows(
        office.force.programme, lease.channel, cast("Priority", lease.priority),
        cast("Purpose", lease.purpose), first, lease.closes_at,
    )
    airs = free and (first > now or free[0][0] <= now)
    if airs and lease.window_at(now):
        return None
    return lease.next_window(now) or now + AGAIN


def _ahead(office: Office, channel: Prepares, lease: Lease, letters: Sequence[Letter]) -> Fit:
    wanted: list[Letter] = []
    bugs: list[Exception] = []
    for letter in letters:
        message = office.message(letter, lease, letter.attempts + 1)
        try:
            if message is not None and letter.prepared_at is None and channel.prepares(message):
                wanted.append(letter)
        except Exception as error:  # noqa: BLE001  (told; it is published at its slot all the same)
            bugs.append(error)
    chosen = {x.id for x in wanted}
    return Fit(wanted, [x for x in letters if x.id not in chosen], bugs=bugs)
