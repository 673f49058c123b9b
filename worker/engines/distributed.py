"""
The distributed engine: each process drains its channels as the embedded one does, and wakes the
others, too. What it adds is seconds; the outbox is the truth for both.
"""

from collections.abc import Iterable

from worker.engines.embedded import Embedded
from worker.engines.wakeups import WakeUps


class Distributed:
    """The embedded engine, and wake-ups between processes."""

    def __init__(self, embedded: Embedded, url: str) -> None:
        self._embedded = embedded
        self._wakeups = WakeUps(url, embedded.wake, embedded.rests)
        self._wakeups.start()

    def cover(self, channels: Iterable[str]) -> None:
        self._embedded.cover(channels)

    def wake(self, channel: str) -> None:
        self._embedded.wake(channel)
        self._wakeups.give(channel)

    def halt(self) -> None:
        self._embedded.halt()

    def stop(self, grace: float) -> bool:
        settled = self._embedded.stop(grace)
        self._wakeups.stop()
        return settled
