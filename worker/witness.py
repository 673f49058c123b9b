"""
What this process has begun last, as acknowledged by the database: whether a server that has taken
another's place still knows of it, nobody else can tell (`worker/failover.py`).

Of each lane only the order counts: a server has all of what was committed up to some moment and
nothing after it, so what is missing is the newest of what we remember.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError, OperationalError

#: messages of a lane that are remembered: three minutes at a hundred a second
KEPT = 20_000


class Try(NamedTuple):
    """A delivery that went out, as its try stood in the log."""

    id: str
    day: date
    number: int
    token: str
    account: str
    occurrence_id: str
    begun_at: datetime


class Sliced(NamedTuple):
    """Messages of a campaign that went out together: their rows, and which try of each it was."""

    campaign_id: int
    account: str
    rows: tuple[int, ...]
    attempts: tuple[int, ...]
    begun_at: datetime


class Trial(NamedTuple):
    """A campaign's text for one phone."""

    id: int


Noted = Try | Sliced | Trial


@dataclass
class Lane:
    """What one thread has begun, oldest first."""

    noted: deque[Noted] = field(default_factory=deque)
    messages: int = 0
    whole: bool = True  #: since our start; False: older ones were forgotten


def moved() -> DBAPIError:
    """What a thread is told whose commit went to a server that another has replaced meanwhile."""
    import psycopg  # noqa: PLC0415  (10 MB that an installation on SQLite does without)

    gone = psycopg.OperationalError("the server was replaced while this was committed")
    return OperationalError("COMMIT", None, gone)


class Witness:
    """Of one process; `active` where a server may take another's place."""

    def __init__(self, *, active: bool) -> None:
        self.active = active
        self._lock = threading.Lock()
        self._lanes: dict[str, Lane] = {}
        self.generation = 0  #: rises when what we remember is about to be told

    def note(self, generation: int, lane: str, begun: Sequence[Noted]) -> None:
        """
        These were committed by a transaction that began in this generation, and go out when this
        returns. Raises when we have told meanwhile what we began: it was not among it.
        """
        if not self.active or not begun:
            return
        with self._lock:
            if generation != self.generation:
                raise moved()
            kept = self._lanes.setdefault(lane, Lane())
            for one in begun:
                kept.noted.append(one)
                kept.messages += _weight(one)
            while kept.messages > KEPT and len(kept.noted) > 1:
                kept.messages -= _weight(kept.noted.popleft())
                kept.whole = False

    def told(self) -> list[Lane]:
        """All that is remembered; nothing begun before is noted any more."""
        with self._lock:
            self.generation += 1
            return [Lane(deque(x.noted), x.messages, x.whole) for x in self._lanes.values()]


def _weight(one: Noted) -> int:
    return len(one.rows) if isinstance(one, Sliced) else 1
