"""How fast a campaign goes, by the events that tell of its slices: all processes can read them."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.models import Event, Occurrence

from .story import EVERY

#: the newest events, more than a minute of the fastest campaign has
_EVENTS = 1_500
#: seconds of which the rate is measured while somebody watches, and the least of them
_SPAN, _LEAST = 10.0, 3.0


class Rate(NamedTuple):
    """Parts a second that gateways took; None: nobody has told of so long."""

    short: float | None  #: of the last 10 s
    long: float | None  #: of the last minute

    @property
    def best(self) -> float | None:
        """What to reckon with: the minute's; None while nothing goes out."""
        return self.long if self.short else None


def rate(session: Session, now: datetime, occurrence_id: str | None) -> Rate:
    """How fast it goes; its nodes tell at the latest every ten seconds."""
    newest_seq = select(Occurrence.event_seq).where(Occurrence.id == occurrence_id)
    told = session.execute(
        select(Event.at, Event.detail)
        .where(Event.occurrence_id == occurrence_id, Event.kind == "slice",
               Event.seq > newest_seq.scalar_subquery() - _EVENTS,
               Event.at > now - timedelta(seconds=60) - 2 * EVERY)
    ).all()
    spans = [_Told(at - timedelta(seconds=max(1.0, detail["seconds"])), at, detail["parts"])
             for at, detail in told]
    if not spans:
        return Rate(None, None)
    # what was sent since the newest event is told by the next: it is not taken for silence
    newest = max(s.end for s in spans)
    end = newest if now - newest <= 1.5 * EVERY else now
    begun = min(s.start for s in spans)
    return Rate(_rate(spans, max(begun, end - timedelta(seconds=10)), end),
                _rate(spans, max(begun, end - timedelta(seconds=60)), end))


class _Told(NamedTuple):
    start: datetime
    end: datetime
    parts: int


def _rate(spans: Sequence[_Told], start: datetime, end: datetime) -> float:
    parts = 0.0
    for s in spans:
        shared = (min(s.end, end) - max(s.start, start)).total_seconds()
        if shared > 0:
            parts += s.parts * shared / (s.end - s.start).total_seconds()
    return parts / max(1.0, (end - start).total_seconds())


class Meter:
    """The rate as it is seen from here: parts gone out between two looks."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def look(self, elapsed: float, parts: int) -> float | None:
        """Parts a second of the last ten seconds; None while that cannot be said."""
        self._seen.append((elapsed, parts))
        while elapsed - self._seen[0][0] > _SPAN:
            self._seen.popleft()
        since, before = self._seen[0]
        return (parts - before) / (elapsed - since) if elapsed - since >= _LEAST else None
