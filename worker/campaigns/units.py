"""What passes between the campaigns' tables and the runner: who runs, lots in hand, messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from channels.values import Outcome
from worker.models import Campaign
from worker.models.campaigns import LOT
from worker.programme.model import Priority, Purpose
from worker.witness import Sliced


@dataclass(frozen=True)
class Running:
    """A campaign as its messages need it, read anew at every look."""

    id: int
    nonce: bytes
    occurrence_id: str
    channel: str
    item_id: str
    item_version: int
    correction: bool
    corrects: int | None
    priority: Priority
    rank: int
    purpose: Purpose
    text: str
    fields: tuple[str, ...]
    parts: int
    weights: dict[str, float]
    until_row: int
    starts_at: datetime
    closes_at: datetime
    ceiling_parts: int | None
    parts_before: int = 0  #: that earlier tries of what was sent once more may have cost

    @classmethod
    def of(cls, row: Campaign) -> "Running":
        return cls(
            row.id, bytes.fromhex(row.nonce), row.occurrence_id or "", row.channel, row.item_id,
            row.item_version, row.correction, row.corrects, row.priority,  # type: ignore[arg-type]
            row.priority_rank, row.purpose, row.text,  # type: ignore[arg-type]
            tuple(row.fields), row.parts, dict(row.weights), row.until_row,
            row.starts_at, row.closes_at, _ceiling(row), (row.counts or {}).get("parts_before", 0))


def _ceiling(row: Campaign) -> int | None:
    """Parts it may send in all, by its ceilings of parts and of đồng."""
    by_money = (row.ceiling_dong // row.dong_per_part
                if row.ceiling_dong is not None and row.dong_per_part else None)
    return min((x for x in (row.ceiling_parts, by_money) if x is not None), default=None)


class LotLease(NamedTuple):
    """A lot in our hands."""

    campaign_id: int
    lot: int
    token: str
    until: datetime

    @property
    def first(self) -> int:
        return self.lot * LOT + 1

    @property
    def last(self) -> int:
        return (self.lot + 1) * LOT


class Begun(NamedTuple):
    """A message that stands as sending: only now may a byte go out."""

    row: int
    list_id: int | None
    list_row: int | None
    seed: str
    carrier: str
    attempts: int
    counted: int
    maybe_out: bool
    first_try_at: datetime


@dataclass(frozen=True, eq=False)  # each is itself: results are gathered by theirs
class Slice:
    """Messages begun together, on one account."""

    campaign: Running
    lease: LotLease
    account: str
    begun: tuple[Begun, ...]
    #: by row: number (NULL: forgotten or a handset), fields, id of their key
    sealed: dict[int, tuple[bytes | None, bytes | None, int | None]]
    field_names: dict[int, tuple[str, ...]]  #: by list
    at: float  #: monotonic seconds; the deadline of its messages counts from here

    def noted(self, begun_at: datetime) -> Sliced:
        """As it is remembered until a server that takes over is asked for it."""
        return Sliced(self.campaign.id, self.account, tuple([b.row for b in self.begun]),
                      tuple([b.attempts for b in self.begun]), begun_at)


class Result(NamedTuple):
    """What came of a message on the wire."""

    slice: Slice
    begun: Begun
    outcome: Outcome
    parts: int
    repeat_until: datetime | None = None  #: a Retry that proves nothing: until when it is harmless
    late: bool = False  #: the answer to a try that was settled as uncertain before

