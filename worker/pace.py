"""
The permitted rate of an account, spent evenly: never more than the rate plus one message in
any second. A pause saves nothing up, so a restart or a quiet minute gives no burst.
"""


class Pace:
    """One account's rate, in parts a second; on monotonic seconds."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._free_at = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until the next message may begin; 0 when it may now."""
        return max(0.0, self._free_at - now)

    def spend(self, parts: int, now: float) -> None:
        """A message of so many parts begins now."""
        self._free_at = max(self._free_at, now) + parts / self.rate
