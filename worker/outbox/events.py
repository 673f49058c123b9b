"""
Events of an occurrence: append-only, numbered, each hash covering the one before.

They are written when the transaction ends, after everything else it does: the rows of the
occurrences are then locked last and in the order of ids. That lock keeps two workers from
writing one number, and the order keeps two channels of one occurrence from a deadlock.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, event, insert, select, true, update
from sqlalchemy.orm import Session

from worker.audit import chain_hash
from worker.models import Event, Occurrence
from worker.outbox.many import Many, One

# built once: this is on the path of every message
_EVENT = Many(
    insert(Event), "occurrence_id", "seq", "at", "actor", "kind", "delivery_id", "detail",
    "prev", "hash",
)
_RESERVE = One(
    update(Occurrence)
    .where(Occurrence.id == bindparam("b_id"))
    .values(event_seq=Occurrence.event_seq + bindparam("b_count"))
    .returning(Occurrence.event_seq, Occurrence.event_head)
)
_HEAD = Many(
    update(Occurrence).where(Occurrence.id == bindparam("b_id"))
    .values(event_head=bindparam("b_head"))
)


class Note(NamedTuple):
    """One event to append."""

    occurrence_id: str
    kind: str
    delivery_id: str | None
    detail: Mapping[str, Any]


class Waiting(NamedTuple):
    """A note with its moment and actor, until its transaction ends."""

    now: datetime
    actor: str
    note: Note


def append(session: Session, now: datetime, actor: str, notes: Iterable[Note]) -> None:
    """Append events to this transaction; they are written with its commit, or not at all."""
    _waiting(session).extend(Waiting(now, actor, note) for note in notes)


def _waiting(session: Session) -> list[Waiting]:
    waiting: list[Waiting] = session.info.setdefault("events", [])
    return waiting


@event.listens_for(Session, "before_commit")
def write_waiting(session: Session) -> None:
    """Number, chain and write what was appended; a savepoint's end is not yet the end."""
    if session.in_nested_transaction() or not _waiting(session):
        return
    by_occurrence: dict[str, list[Waiting]] = {}
    for waiting in session.info.pop("events"):
        by_occurrence.setdefault(waiting.note.occurrence_id, []).append(waiting)
    session.flush()
    rows: list[dict[str, Any]] = []
    for occurrence_id in sorted(by_occurrence):
        rows += _numbered(session, occurrence_id, by_occurrence[occurrence_id])
    _EVENT.execute(session, rows)


def _numbered(
    session: Session, occurrence_id: str, waiting: list[Waiting]
) -> list[dict[str, Any]]:
    [(seq, head)] = _RESERVE.rows(session, b_id=occurrence_id, b_count=len(waiting))
    seq -= len(waiting)
    rows = []
    for now, actor, note in waiting:
        seq += 1
        row = {
            "occurrence_id": occurrence_id, "seq": seq, "at": now, "actor": actor,
            "kind": note.kind, "delivery_id": note.delivery_id, "detail": dict(note.detail),
        }
        prev, head = head, chain_hash(head, {**row, "at": now.isoformat()})
        rows.append({**row, "prev": prev, "hash": head})
    _HEAD.execute(session, [{"b_id": occurrence_id, "b_head": head}])
    return rows


def broken_chain(session: Session, occurrence_id: str) -> int | None:
    """The first event whose hash does not fit, or None."""
    found = list(_breaks(session, Event.occurrence_id == occurrence_id))
    return found[0][1] if found else None


def broken_chains(session: Session) -> Iterator[tuple[str, int]]:
    """Occurrences whose events do not fit, and the first one of each that does not; a stream."""
    return _breaks(session, true())


def _breaks(session: Session, which: ColumnElement[bool]) -> Iterator[tuple[str, int]]:
    occurrence, prev, told = None, "", False
    for e in session.execute(
        select(*Event.__table__.columns).where(which)
        .order_by(Event.occurrence_id, Event.seq).execution_options(yield_per=1000)
    ):
        if e.occurrence_id != occurrence:
            occurrence, prev, told = e.occurrence_id, "", False
        body = {
            "occurrence_id": e.occurrence_id, "seq": e.seq, "at": e.at.isoformat(),
            "actor": e.actor, "kind": e.kind, "delivery_id": e.delivery_id, "detail": e.detail,
        }
        if not told and (e.prev != prev or e.hash != chain_hash(prev, body)):
            told = True
            yield e.occurrence_id, e.seq
        prev = e.hash
