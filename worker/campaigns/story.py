"""
What a campaign's log says of its messages: not an event each, one for what was done since the
last, at most every ten seconds; counts and a hash of what each row became.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from worker.outbox import events

from .settle import Settled
from .units import Begun, Running

#: an event is written at the latest so long after what it tells
EVERY = timedelta(seconds=10)
#: … or once it tells of so many messages
MANY = 2_500
_OUT = ("accepted", "delivered")


@dataclass
class _Chapter:
    """Of one campaign, since its last event."""

    occurrence: str
    since: datetime | None = None
    begun: int = 0
    parts: int = 0
    states: Counter[str] = field(default_factory=Counter)
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


#: told after the commit: campaign's occurrence, what the event says
Told = Callable[[str, dict[str, object]], None]


class Story:
    """Gathers, and writes events; lost with a crash, when the rows still tell all of it."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._chapters: dict[str, _Chapter] = {}
        self._written: list[tuple[str, dict[str, object]]] = []

    def begun(self, campaign: Running, begun: Sequence[Begun]) -> None:
        self._chapter(campaign).begun += len(begun)

    def settled(self, campaign: Running, settled: Sequence[Settled]) -> None:
        chapter = self._chapter(campaign)
        for done in settled:
            chapter.states[done.state] += len(done.results)
            chapter.parts += done.parts * len(done.results) if done.state in _OUT else 0
            lines = [f"{r.begun.row}:{done.state}:{getattr(r.outcome, 'ref', '')}\n"
                     for r in done.results]
            chapter.digest.update("".join(lines).encode())

    def write(self, session: Session, now: datetime) -> None:
        """Events that are due, in this transaction."""
        for occurrence, chapter in list(self._chapters.items()):
            chapter.since = chapter.since or now
            many = sum(chapter.states.values()) >= MANY
            if not (many or now - chapter.since >= EVERY):
                continue
            detail: dict[str, object] = {
                "begun": chapter.begun, "parts": chapter.parts, "states": dict(chapter.states),
                "sha256": chapter.digest.hexdigest(),
                "seconds": round((now - chapter.since).total_seconds(), 1),
            }
            events.append(session, now, self._node,
                          [events.Note(occurrence, "slice", None, detail)])
            self._written.append((occurrence, detail))
            del self._chapters[occurrence]

    def told(self, tell: Told) -> None:
        """After the commit."""
        written, self._written = self._written, []
        for occurrence, detail in written:
            tell(occurrence, detail)

    def forget(self) -> None:
        """The transaction was undone; what it told comes again with its results."""
        self._written.clear()

    def _chapter(self, campaign: Running) -> _Chapter:
        return self._chapters.setdefault(campaign.occurrence_id, _Chapter(campaign.occurrence_id))
