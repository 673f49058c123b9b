"""
How many messages are begun together, and when there is room for more: a commit for each would cost
more than the message, and what is begun too far ahead of the wire a dead worker leaves in doubt.
"""

from collections import deque
from collections.abc import Iterable, Sized
from dataclasses import dataclass, field
from typing import Protocol

#: messages begun together at the most
MOST = 500
#: what an account may send in so many seconds is begun together, and is kept ahead of the wire …
AHEAD = 0.05
#: … or so many messages, where that takes no longer than LONG seconds: 4 commits a second, not
#: 20, at a hundred messages a second
FEW, LONG = 25, 0.25


class Ahead(Protocol):
    """A slice begun, of which some were not offered yet."""

    @property
    def waiting(self) -> Sized: ...
    @property
    def parts(self) -> int: ...


def paced(rate: float, parts: int) -> int:
    """Messages of so many parts begun together on an account with this rate, in parts a second."""
    a_second = rate / parts
    return min(MOST, max(1, int(max(a_second * AHEAD, min(FEW, a_second * LONG)))))


def room(ahead: Iterable[Ahead], rate: float | None) -> bool:
    """Whether an account with these slices ahead of it takes another. `rate`: None without."""
    waiting = [x for x in ahead if x.waiting]
    if rate is None:
        return len(waiting) < 2
    return sum(len(x.waiting) * x.parts for x in waiting) <= _kept(rate)


def runs_low(left: int, parts: int, rate: float) -> bool:
    """An account with so many messages of so many parts ahead has just come to have room."""
    return left * parts <= _kept(rate) < (left + 1) * parts


def _kept(rate: float) -> float:
    """Parts kept ahead of the wire; with what is begun then never more than two slices."""
    return min(rate * AHEAD, MOST)


@dataclass
class Managed:
    """
    What accounts without a rate manage: of one that answers eight messages a second, not 250 are
    begun at a time.
    """

    _came: dict[str, deque[tuple[float, int]]] = field(default_factory=dict)

    def note(self, account: str, elapsed: float, messages: int) -> None:
        """So many came back."""
        came = self._came.setdefault(account, deque())
        came.append((elapsed, messages))
        while elapsed - came[0][0] > 1:
            came.popleft()

    def size(self, account: str, elapsed: float, window: int) -> int:
        """A quarter of what came back in the last second, at least a window."""
        came = sum(n for at, n in self._came.get(account, ()) if elapsed - at <= 1)
        return min(MOST, max(1, window, int(came * LONG)))
