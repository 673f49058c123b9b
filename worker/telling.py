"""
Telling: whoever watches a channel hears of every try after its commit, in order, and soon.

While there is more to begin, plain successes wait, for at most `SOON` seconds: a burst is on
its way before its log lines are written. Whatever else came back is told at once.
"""

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from channels.values import Accepted, Delivered
from worker.outbox.units import Result

#: a success is told at most this late, seconds
SOON = 0.5


class Observer(Protocol):
    """Who is told what happened, after it was committed."""

    def attempted(self, result: Result, state: str) -> None: ...

    def missed(self, occurrence: str, channel: str, item: str, count: int) -> None: ...

    def bug(self, where: str, error: BaseException) -> None: ...

    def database(self, where: str, trouble: str) -> None: ...


class Teller:
    """What of one channel was committed and has not been told yet."""

    def __init__(self, channel_id: str) -> None:
        self._channel_id = channel_id
        self._untold: deque[tuple[Result, str]] = deque()
        self._due_at = float("inf")  #: monotonic seconds

    def keep(self, results: Iterable[Result], states: Iterable[str], now: float) -> None:
        """Results, and the states their deliveries now have; `now` in monotonic seconds."""
        for result, state in zip(results, states, strict=True):
            self._untold.append((result, state))
            self._due_at = min(self._due_at, now + SOON if _is_plain(result) else now)

    def is_due(self, now: float) -> bool:
        """They can wait no longer."""
        return now >= self._due_at

    def tell(self, observer: Observer) -> None:
        """Never within a transaction: an observer writes, too, and SQLite has one writer."""
        while self._untold:
            result, state = self._untold.popleft()
            if result.bug is not None:
                observer.bug(f"{self._channel_id}.send", result.bug)
            observer.attempted(result, state)
        self._due_at = float("inf")


def _is_plain(result: Result) -> bool:
    return isinstance(result.outcome, Accepted | Delivered) and result.begun.number == 1
