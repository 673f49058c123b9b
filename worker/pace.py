"""
The permitted rate of an account, spent evenly. In any second no more goes out than the rate
and one slice, or one message where that is more. A pause saves nothing up, so a restart or a
quiet minute gives no burst.
"""

from collections.abc import Callable

#: what may begin within so many seconds may begin now, together: one message a turn of the
#: dispatcher would be less than a high rate permits
SLICE = 0.02


class Pace:
    """One account's rate, in parts a second; on monotonic seconds."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._free_at = float("-inf")

    def wait(self, parts: int, now: float, ahead: int = 0) -> float:
        """
        Seconds until a message of so many parts may begin, after `ahead` parts that are to
        begin now; 0 when it may now.
        """
        begins = max(self._free_at, now) + ahead / self.rate
        ends = begins + parts / self.rate
        return max(0.0, min(begins, ends - SLICE) - now)

    def spend(self, parts: int, now: float) -> None:
        """So many parts begin now."""
        self._free_at = max(self._free_at, now) + parts / self.rate


class Paces:
    """The paces of a channel's accounts. `rate`: what an account may now, None without limit."""

    def __init__(self, rate: Callable[[str], float | None]) -> None:
        self._rate = rate
        self._paces: dict[str, Pace] = {}

    def of(self, account: str) -> Pace | None:
        rate = self._rate(account)
        if rate is None:
            return None
        pace = self._paces.get(account)
        if pace is None or pace.rate != rate:
            pace = self._paces[account] = Pace(rate)
        return pace
