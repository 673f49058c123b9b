"""
How long the machine stood still, or had no time for us, while a test measured the product by the
clock: a thread that sleeps for moments, and notes when it woke too late.
"""

import threading
import time
from typing import Self

#: seconds that it sleeps; so much later again is how a machine at rest may wake it
LOOK = 0.005


class Awake:
    """Watches as long as the block lasts."""

    def __init__(self) -> None:
        self._stood: list[tuple[float, float]] = []  #: on monotonic seconds, in order
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="awake", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        last = time.monotonic()
        while not self._over.wait(LOOK):
            now = time.monotonic()
            if now - last > 2 * LOOK:
                self._stood.append((last + LOOK, now))
            last = now

    def lost(self, start: float, end: float) -> float:
        """Seconds of this span in which nothing of ours ran."""
        return sum(max(0.0, min(end, until) - max(start, since))
                   for since, until in list(self._stood))

    def wait(self, seconds: float) -> None:
        """So long, and as much longer as nothing ran meanwhile."""
        never, start = threading.Event(), time.monotonic()
        while True:
            now = time.monotonic()
            left = seconds - (now - start - self.lost(start, now))
            if left <= 0:
                return
            never.wait(left)
