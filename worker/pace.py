"""
The permitted rate of an account, spent evenly. In any second no more goes out than the rate
and one slice, or one message where that is more. What a turn came too late for is made up
within a slice; a longer pause saves nothing up, so a quiet minute gives no burst.

The dispatcher of a channel and the runner of its campaigns share an account's pace: while a
delivery that is as urgent waits, a campaign takes nothing. Several workers share it as well:
`leased.py`.
"""

import math
import threading
from collections.abc import Callable

#: seconds: a turn of the dispatcher begins together all that is due by now, and may come so late
SLICE = 0.02


class Pace:
    """One account's rate, in parts a second; on monotonic seconds."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._free_at = float("-inf")
        self._lock = threading.Lock()

    def wait(self, now: float, ahead: int = 0, parts: int = 1) -> float:
        """Seconds until one more may begin, after `ahead` parts that begin now; 0: it may now."""
        del parts  # what it costs is paid by the next one
        with self._lock:
            return max(0.0, self._due(now) + ahead / self.rate - now)

    def spend(self, parts: int, now: float) -> None:
        """So many parts begin now."""
        with self._lock:
            self._free_at = self._due(now) + parts / self.rate

    def take(self, parts: int, now: float) -> float:
        """0: these parts begin now, and are spent; else the seconds until they may."""
        with self._lock:
            left = self._due(now) - now
            if left > 0:
                return left
            self._free_at = self._due(now) + parts / self.rate
            return 0.0

    def late(self, parts: int) -> float:
        """
        How much later than due one may come, to begin several together: half of what is made
        up. Nothing at a pace at which that is no whole message of so many parts.
        """
        each = parts / self.rate
        return math.floor(SLICE / 2 / each + 1e-9) * each

    def give_back(self, parts: int) -> None:
        """What was taken did not go after all."""
        with self._lock:
            self._free_at -= parts / self.rate

    def want(self, now: float, wait: float, rank: int, each: int, total: int) -> None:
        """
        It was told to wait: `total` parts are to go, `each` with the next message; of the
        smaller `rank` goes first.
        """

    def _due(self, now: float) -> float:
        return max(self._free_at, now - SLICE)


class Paces:
    """
    The paces of a channel's accounts. `rate`: what an account may now, None without limit.
    `make`: a pace for an account and its rate, where other workers spend it, too.
    """

    def __init__(
        self, rate: Callable[[str], float | None],
        make: Callable[[str, float], Pace] | None = None,
    ) -> None:
        self._rate = rate
        self._make = make or (lambda _account, rate: Pace(rate))
        self._paces: dict[str, Pace] = {}
        self._held: dict[str, int] = {}
        self._lock = threading.Lock()

    def of(self, account: str) -> Pace | None:
        rate = self._rate(account)
        if rate is None:
            return None
        with self._lock:
            pace = self._paces.get(account)
            if pace is None or pace.rate != rate:
                pace = self._paces[account] = self._make(account, rate)
            return pace

    def hold(self, waiting: dict[str, int]) -> None:
        """Deliveries wait for these accounts; the rank of the most urgent of each."""
        self._held = waiting

    def is_held(self, account: str, rank: int) -> bool:
        """A delivery at least as urgent waits for this account."""
        return self._held.get(account, rank + 1) <= rank
