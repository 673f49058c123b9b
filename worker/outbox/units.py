"""What passes between the outbox and the dispatcher: leased batches, letters, results."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from channels.values import Outcome, Prepared
from worker.witness import Try

#: what one try may give: a prepare, too, is a try
Tried = Outcome | Prepared


class Worker(NamedTuple):
    """Who claims: a node, and which of its lives this is."""

    node: str
    incarnation: int


@dataclass(frozen=True)
class Lease:
    """A batch in our hands."""

    batch_id: int
    token: str
    until: datetime
    occurrence_id: str
    day: date
    channel: str
    account: str
    kind: str
    version: int
    priority: str
    priority_rank: int
    purpose: str
    item_id: str
    opens_at: datetime
    closes_at: datetime
    windows: tuple[tuple[datetime, datetime], ...]
    late_policy: str
    when_uncertain: str

    def window_at(self, now: datetime) -> bool:
        """True when it may begin now; a recall or a test may begin at any hour."""
        if self.kind != "publish":
            return True
        return any(a <= now < b for a, b in self.windows)

    def next_window(self, now: datetime) -> datetime | None:
        """The next moment at which it may begin, or None when there is none left."""
        return min((a for a, _ in self.windows if a > now), default=None)


@dataclass(frozen=True)
class Letter:
    """One delivery ready to be begun."""

    id: str
    day: date
    target: str
    content: dict[str, Any]
    tag: str
    attempts: int
    counted: int
    first_try_at: datetime | None
    parts: int
    ref: str
    refers_to: str | None  #: by whose key the far side knows it, where not by its own
    suspect: bool
    maybe_out: bool = False  #: an earlier try may have gone out
    prepared_at: datetime | None = None  #: it stands at the far side under `ref`, unseen


@dataclass(frozen=True)
class Begun:
    """A letter that stands as sending: only now may a byte go out."""

    letter: Letter
    lease: Lease
    number: int
    begun_at: datetime
    late: bool
    prepare: bool = False  #: brought to the far side, seen by nobody; else made public

    def noted(self) -> Try:
        """As it is remembered until a server that takes over is asked for it."""
        return Try(self.letter.id, self.letter.day, self.number, self.lease.token,
                         self.lease.account, self.lease.occurrence_id, self.begun_at)


@dataclass(frozen=True)
class Result:
    """What came of one try."""

    begun: Begun
    outcome: Tried
    seconds: float
    #: a Retry that proves nothing: repeating is harmless only until the far side forgets the key
    repeat_until: datetime | None = None
    #: what escaped from the channel: an error of the software, told after the commit
    bug: Exception | None = field(default=None, compare=False)
