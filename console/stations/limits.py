"""How often somebody may knock: guessing a station's address must stay hopeless."""

import threading
from collections import OrderedDict
from collections.abc import Callable

#: of one caller: wrong addresses a minute; requests a minute of one station
WRONG, RIGHT = 30, 600
#: callers remembered; the oldest are forgotten first
REMEMBERED = 20_000
MINUTE = 60.0


class Limits:
    """A count for each caller and minute, in memory: a restart forgives."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def wrong(self, caller: str) -> bool:
        """One more wrong address from here; True when it is too many."""
        return self._count(f"wrong {caller}") > WRONG

    def barred(self, caller: str) -> bool:
        """Too many wrong ones already: not even a right one is answered this minute."""
        with self._lock:
            since, count = self._counts.get(f"wrong {caller}", (0.0, 0))
            return count > WRONG and self._elapsed() - since < MINUTE

    def busy(self, station: str) -> bool:
        """One more request of this station; True when it is too many."""
        return self._count(f"right {station}") > RIGHT

    def _count(self, key: str) -> int:
        now = self._elapsed()
        with self._lock:
            since, count = self._counts.pop(key, (now, 0))
            if now - since >= MINUTE:
                since, count = now, 0
            self._counts[key] = (since, count + 1)
            while len(self._counts) > REMEMBERED:
                self._counts.popitem(last=False)
        return count + 1
