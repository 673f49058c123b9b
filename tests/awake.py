"""
How long the machine stood still, or had no time for us, while a test measured the product by the
clock: a thread that sleeps for moments, and notes when it woke too late. A bound of seconds so
tests our code and not the machine.
"""

import threading
import time
from typing import Self

#: seconds that it sleeps; so much later again is how a machine at rest may wake it
LOOK = 0.005


class Awake:
    """
    Watches as long as the block lasts. Only beside what waits (for a line, a process, a
    database): what computes in this process would hold the thread up itself.
    """

    def __init__(self) -> None:
        self._stood: list[tuple[float, float]] = []  #: on monotonic seconds, in order
        self._began = self._last = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="awake", daemon=True)

    def __enter__(self) -> Self:
        self._began = self._last = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        over = False
        while not over:
            over = self._over.wait(LOOK)
            now = time.monotonic()
            if now - self._last > 2 * LOOK:
                self._stood.append((self._last + LOOK, now))
            self._last = now

    def lost(self, start: float = float("-inf"), end: float = float("inf")) -> float:
        """Seconds of this span in which nothing of ours ran; without: of the whole block."""
        stood = list(self._stood)
        if not self._over.is_set() and (now := time.monotonic()) - self._last > 2 * LOOK:
            stood.append((self._last + LOOK, now))  # it is about to notice
        return sum(max(0.0, min(end, until) - max(start, since)) for since, until in stood)

    def seconds(self) -> float:
        """How long the block took, but for what was lost."""
        return self._last - self._began - self.lost()

    def wait(self, seconds: float) -> None:
        """So long, and as much longer as nothing ran meanwhile."""
        never, start = threading.Event(), time.monotonic()
        while True:
            now = time.monotonic()
            left = seconds - (now - start - self.lost(start, now))
            if left <= 0:
                return
            never.wait(left)
