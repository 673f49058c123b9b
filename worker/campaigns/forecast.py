"""
When a campaign will be through, and when it may next send: pure, through quiet hours and black-outs
of the programme in force. For status, and before anything starts.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple, Protocol

from worker.i18n import t
from worker.models import Campaign
from worker.programme.model import Priority, Programme, Purpose
from worker.slots import windows

from . import words


class Ahead(NamedTuple):
    """A moment, or None when it cannot be told or will not be; and a sentence."""

    at: datetime | None
    sentence: str


class Timed(Protocol):
    """A campaign's row, or `Running`."""

    @property
    def channel(self) -> str: ...
    @property
    def priority(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def closes_at(self) -> datetime: ...


def opening(programme: Programme, campaign: Timed, now: datetime) -> tuple[bool, datetime | None]:
    """
    Whether it may send now, and from when it may next (now, when it may); None: never again
    before it closes.
    """
    start = max(now, campaign.starts_at)
    # a day is looked at first: most have an opening, and a campaign may last for weeks
    for end in (min(campaign.closes_at, start + timedelta(days=1)), campaign.closes_at):
        free = windows(programme, campaign.channel, campaign.priority, campaign.purpose,  # type: ignore[arg-type]
                       start, end)
        if free:
            return free[0][0] <= now, free[0][0]
    return False, None


def together(rates: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """
    Parts a second that accounts give together; None: no limit, or no account.

    Rates that the weights follow add up. Where they do not, the account with too large a share
    for its rate holds the others back: 100/s and 10/s by halves are 20/s.
    """
    able = {a: w for a, w in weights.items() if w > 0}
    whole = sum(able.values())
    limits = [rate * whole / w for a, w in able.items() if (rate := rates.get(a)) is not None]
    return min(limits, default=None)


def finishing(
    programme: Programme, channel: str, priority: Priority, purpose: Purpose, now: datetime,
    remaining_parts: float, rate: float, closes_at: datetime,
) -> datetime | None:
    """When the last of so many parts goes out at this rate, or None: not before it closes."""
    if remaining_parts <= 0:
        return now
    left = timedelta(seconds=remaining_parts / rate)
    for first, until in windows(programme, channel, priority, purpose, now, closes_at):
        if left <= until - first:
            return first + left
        left -= until - first
    return None


def planned_rate(programme: Programme, campaign: Campaign) -> float | None:
    """Parts a second that its accounts may send together; None without a limit."""
    accounts = programme.channel(campaign.channel).accounts
    return together({a.id: a.rate for a in accounts}, campaign.weights)


def ahead(
    programme: Programme, now: datetime, campaign: Campaign, parts: float, rate: float | None
) -> Ahead:
    """A campaign of which so many parts are left, at the rate it may have, or has shown."""
    if not parts or not rate or campaign.state not in ("draft", "approved", "running", "paused"):
        return Ahead(None, "")
    return sentence(
        programme, campaign.channel, campaign.priority, campaign.purpose,  # type: ignore[arg-type]
        now, parts, rate, campaign.closes_at, each=campaign.parts, starts_at=campaign.starts_at)


def sentence(
    programme: Programme, channel: str, priority: Priority, purpose: Purpose, now: datetime,
    remaining_parts: float, rate: float, closes_at: datetime, *, each: int = 1,
    starts_at: datetime | None = None,
) -> Ahead:
    """
    What a dispatcher wants to know, before it starts and while it runs: "xong khoảng 14:35",
    "không kịp trước 22:00 ở 30 tin/giây …". `each`: parts of one message.
    """
    def clock(moment: datetime) -> str:
        return words.at(moment, now, programme.zone())

    start = max(now, starts_at or now)
    free = windows(programme, channel, priority, purpose, start, closes_at)
    end = finishing(
        programme, channel, priority, purpose, start, remaining_parts, rate, closes_at)
    speed = words.number(rate, 0 if rate >= 10 or rate == int(rate) else 1)
    if end is None:
        able = sum((until - first).total_seconds() for first, until in free) * rate
        rest = words.number(ceil((remaining_parts - able) / each))
        closes = clock(closes_at)
        return Ahead(None, t(
            f"không kịp trước khi hết hạn {closes} ở {speed} tin/giây: còn {rest} số chưa gửi",
            f"not through before its end at {closes} at {speed} parts/s: {rest} numbers stay "
            f"unsent"))
    said = [t(f"bắt đầu từ {clock(free[0][0])}", f"it begins at {clock(free[0][0])}")] if (
        free[0][0] > now) else []
    if end > free[0][1]:
        edge, again = clock(free[0][1]), clock(free[1][0])
        said += [t(f"không kịp trước {edge} ở {speed} tin/giây",
                   f"not through before {edge} at {speed} parts/s"),
                 t(f"sẽ gửi tiếp từ {again}", f"it goes on at {again}")]
    through = clock(_whole_minute(end))
    said.append(t(f"xong khoảng {through}", f"through at about {through}"))
    return Ahead(end, "; ".join(said))


def _whole_minute(moment: datetime) -> datetime:
    """Up: nothing is promised early."""
    short = timedelta(seconds=moment.second, microseconds=moment.microsecond)
    return moment + (timedelta(minutes=1) - short if short else timedelta())
