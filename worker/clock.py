"""
The only place that reads a clock.

`now()` is wall time for the calendar, aware UTC. `elapsed()` is monotonic seconds, for
deadlines and rates: it does not jump when somebody sets the clock. `wait()` is the only
way to let time pass, so a rehearsal can run a week in seconds.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from; `VirtualClock` in rehearsals and tests."""

    def now(self) -> datetime:
        """Wall time, aware UTC."""
        ...

    def elapsed(self) -> float:
        """Monotonic seconds from an arbitrary start."""
        ...

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until the event is set or the seconds have passed; True when it is set."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def elapsed(self) -> float:
        return time.monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        # Event.wait, never time.sleep: a stop signal must end the wait at once.
        return event.wait(max(0.0, seconds))


class VirtualClock:
    """A clock that stands still until it is told to move; waiting moves it."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def elapsed(self) -> float:
        return self._elapsed

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if not event.is_set():
            self.advance(seconds)
        return event.is_set()

    def advance(self, seconds: float) -> None:
        """Let both clocks run on by this many seconds."""
        with self._lock:
            self._now += timedelta(seconds=max(0.0, seconds))
            self._elapsed += max(0.0, seconds)

    def advance_to(self, moment: datetime) -> None:
        """Let both clocks run on to this moment; never backwards."""
        self.advance((moment - self._now).total_seconds())

    def jump(self, seconds: float) -> None:
        """Only the wall clock jumps, as when somebody sets it (either way)."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
