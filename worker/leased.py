"""
A pace whose time is shared with other workers: the database is the account's timeline, each
worker takes stretches of it one after another (`rates.py`) and spends them evenly.

A message goes out at most a slice after its place in the stretch, so in any second all workers
together send no more than the rate and one slice, as one worker does. At a slow rate it may be
later, for there a place that is lost costs a whole message: `_lateness`.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from worker.pace import SLICE, Pace

#: seconds: so much of an account's time is taken at once, or one message's where that is longer
STRETCH = 0.2
#: … and so long ahead at most, that no time is lost between two stretches
LEAD = 0.03
#: whoever has the account now asks a little later than those who wait for it
AFTER_OTHERS = 0.008
#: where the account stood idle, at least so many seconds are taken: a window that empties a message
#: at a time would else ask the database for each of them
PLENTY = SLICE / 2
#: looked at again after this, while it is not known when there will be time
SOON = SLICE / 4
#: after the database refused, and after somebody more urgent was preferred
AGAIN, BEHIND = 0.5, 0.02
#: a want that is not repeated is forgotten so long after it was to be looked at again
FORGOTTEN = 0.1
#: what was measured of the database's clock counts for so long: clocks drift
REMEMBERED = 30.0
#: how late at most, and which part of what a slow rate allows: the rest is for the wire
LATEST, SAFE = 0.25, 0.8
#: two sums of the same seconds may differ by so much
_ROUND = 1e-5


class Answer(NamedTuple):
    """What the database said; in seconds of its clock."""

    moment: float  #: while it was asked
    start: float | None  #: of the stretch; None: not now
    until: float  #: so far somebody has taken the account's time
    token: str


class Ask(NamedTuple):
    """A stretch that is needed now."""

    rank: int
    seconds: float
    more: bool  #: it is not all that waits


@dataclass
class _Want:
    each: int
    total: int
    until: float  #: monotonic


def _lateness(rate: float) -> float:
    """How late a message may be, so that no second sees more than the rate and one message."""
    return max(SLICE, min(LATEST, SAFE * (math.floor(rate) + 1 - rate) / rate))


class DatabaseTime:
    """The database's clock by our monotonic one: between two bounds, by the time asking took."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float, float]] = deque()
        self._bounds: tuple[float, float] | None = None

    def add(self, moment: float, sent: float, received: float) -> None:
        low, high = moment - received, moment - sent
        while self._seen and received - self._seen[0][0] > REMEMBERED:
            self._seen.popleft()
        if self._seen and (low > min(h for _, _, h in self._seen) + _ROUND
                           or high < max(low for _, low, _ in self._seen) - _ROUND):
            self._seen.clear()  # somebody set its clock, or drift
        self._seen.append((received, low, high))
        self._bounds = (max(low for _, low, _ in self._seen), min(h for _, _, h in self._seen))

    def at(self, now: float) -> tuple[float, float] | None:
        """What it shows now at the earliest and at the latest; None: never asked."""
        return None if self._bounds is None else (now + self._bounds[0], now + self._bounds[1])


class LeasedPace(Pace):
    """
    One account's rate in the stretches that this worker holds. Its times are the database's, by
    the cautious bound: late for a beginning, early for an end.
    """

    def __init__(self, rate: float) -> None:
        super().__init__(rate)
        self._late = _lateness(rate)
        self._time = DatabaseTime()
        self._stretches: deque[tuple[float, float]] = deque()
        self._token = ""
        self._debt = 0.0  #: seconds spent that no stretch had: a commit that came late
        self._wants: dict[int, _Want] = {}
        self._asked_rank: int | None = None
        self._ask_at = float("-inf")  #: monotonic
        self._taken_until: float | None = None
        self._asked = 0.0  #: seconds of the last question
        self._idle = False  #: by its answer: nobody had used the account's time before

    # ------------------------------------------------------------------ whoever sends

    def wait(self, now: float, ahead: int = 0, parts: int = 1) -> float:
        with self._lock:
            return self._left(now, ahead, parts)[0]

    def take(self, parts: int, now: float) -> float:
        with self._lock:
            left, slot = self._left(now, 0, parts)
            if left <= 0:
                self._pay(slot, parts)
            return left

    def spend(self, parts: int, now: float) -> None:
        with self._lock:
            bounds = self._time.at(now)
            self._pay(float("-inf") if bounds is None else bounds[1] - self._late, parts)

    def want(self, now: float, wait: float, rank: int, each: int, total: int) -> None:
        with self._lock:
            self._wants[rank] = _Want(each, total, now + wait + FORGOTTEN)
            if self._asked_rank is None or rank < self._asked_rank:
                self._ask_at = float("-inf")  # the others must know how urgent it is
                self._asked_rank = rank

    def late(self, parts: int) -> float:
        del parts
        return 0.0  # a place is lost at the end of a stretch, and there may be no stretch yet

    def _left(self, now: float, ahead: int, parts: int) -> tuple[float, float]:
        """Seconds until it may begin, and its place."""
        bounds = self._time.at(now)
        if bounds is None:
            return SOON, 0.0
        early, late = bounds
        while self._stretches and self._stretches[0][1] <= late - self._late:
            self._stretches.popleft()
        place, unpaid = self._walk(max(self._free_at, late - self._late), ahead / self.rate)
        for start, end in self._stretches:
            slot = max(place, start)
            if not unpaid and slot + parts / self.rate <= end + _ROUND:
                return max(0.0, slot - early), slot
        return max(SOON, (self._taken_until or 0.0) - early), 0.0

    def _walk(self, place: float, seconds: float) -> tuple[float, float]:
        """Where we are after so many seconds of ours, and how many of them we have not."""
        for start, end in self._stretches:
            if end > place and seconds > 0:
                place = max(place, start)
                used = min(seconds, end - place)
                place, seconds = place + used, seconds - used
        return place, seconds if seconds > _ROUND else 0.0

    def _pay(self, place: float, parts: int) -> None:
        self._free_at, unpaid = self._walk(max(self._free_at, place), parts / self.rate)
        self._debt += unpaid
        for rank in sorted(self._wants):
            paid = min(parts, self._wants[rank].total)
            self._wants[rank].total -= paid
            parts -= paid

    # ------------------------------------------------------------------ whoever leases

    def asks(self, now: float) -> tuple[Ask | None, float]:
        """The stretch to ask for, or the seconds until there may be one to ask for."""
        with self._lock:
            self._wants = {r: w for r, w in self._wants.items() if w.until > now and w.total > 0}
            if not self._wants:
                self._asked_rank = None
                return None, float("inf")
            if now < self._ask_at:
                return None, self._ask_at - now
            rank = min(self._wants)
            each = self._wants[rank].each
            total = sum(w.total for w in self._wants.values())
            count = max(1, min(int(STRETCH * self.rate / each + _ROUND), -(-total // each)))
            needed = count * each / self.rate + self._debt
            self._asked = max(needed, PLENTY) if self._idle else needed
            return Ask(rank, self._asked, count * each < total), 0.0

    def answered(self, answer: Answer, sent: float, received: float) -> None:
        """What the database said to that."""
        with self._lock:
            self._time.add(answer.moment, sent, received)
            low = received - (self._time.at(received) or (0.0, 0.0))[0]  # database -> monotonic
            self._taken_until = answer.until
            self._idle = answer.start is not None and (
                answer.moment - answer.start >= min(SLICE, self._asked) - _ROUND)
            if answer.start is None:
                behind = answer.until <= answer.moment + LEAD  # it was free, for others
                self._ask_at = received + BEHIND if behind else answer.until - LEAD + low
                return
            self._ask_at = answer.until - LEAD + AFTER_OTHERS + low
            self._token = answer.token
            paid = min(self._debt, answer.until - answer.start)
            self._debt -= paid
            start = answer.start + paid
            if self._stretches and abs(self._stretches[-1][1] - start) < _ROUND:
                start = self._stretches.pop()[0]
            self._stretches.append((start, answer.until))

    def failed(self, now: float) -> None:
        """The database did not answer."""
        with self._lock:
            self._ask_at = now + AGAIN

    def surplus(self, now: float) -> tuple[str, float] | None:
        """The stretch of which the end is not needed, and where that begins; asked once."""
        with self._lock:
            bounds = self._time.at(now)
            if self._wants or not self._stretches or not self._token or bounds is None:
                return None
            start, end = self._stretches[-1]
            until = max(self._free_at, bounds[1], start)
            if end - until <= SLICE:
                return None
            token, self._token = self._token, ""
            self._stretches[-1] = (start, until)
            return token, until
