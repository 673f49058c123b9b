"""Events of an occurrence: append-only, numbered, each hash covering the one before."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from worker.audit import chain_hash
from worker.models import Event, Occurrence


class Note(NamedTuple):
    """One event to append."""

    occurrence_id: str
    kind: str
    delivery_id: str | None
    detail: Mapping[str, Any]


def append(session: Session, now: datetime, actor: str, notes: Iterable[Note]) -> None:
    """
    Append events. The occurrence's row is updated first, in the order of ids: that lock
    is what keeps two workers from writing the same number, and the order from deadlocks.
    """
    by_occurrence: dict[str, list[Note]] = {}
    for note in notes:
        by_occurrence.setdefault(note.occurrence_id, []).append(note)
    rows: list[dict[str, Any]] = []
    for occurrence_id in sorted(by_occurrence):
        rows += _numbered(session, now, actor, occurrence_id, by_occurrence[occurrence_id])
    if rows:
        session.execute(insert(Event), rows)


def _numbered(
    session: Session, now: datetime, actor: str, occurrence_id: str, notes: list[Note]
) -> list[dict[str, Any]]:
    connection = session.connection()  # plain SQL: this is on the path of every message
    seq, head = connection.execute(
        update(Occurrence)
        .where(Occurrence.id == occurrence_id)
        .values(event_seq=Occurrence.event_seq + len(notes))
        .returning(Occurrence.event_seq, Occurrence.event_head)
    ).one()
    seq -= len(notes)
    rows = []
    for note in notes:
        seq += 1
        row = {
            "occurrence_id": occurrence_id, "seq": seq, "at": now, "actor": actor,
            "kind": note.kind, "delivery_id": note.delivery_id, "detail": dict(note.detail),
        }
        prev, head = head, chain_hash(head, {**row, "at": now.isoformat()})
        rows.append({**row, "prev": prev, "hash": head})
    connection.execute(
        update(Occurrence).where(Occurrence.id == occurrence_id).values(event_head=head))
    return rows


def broken_chain(session: Session, occurrence_id: str) -> int | None:
    """The first event whose hash does not fit, or None."""
    prev = ""
    for e in session.scalars(
        select(Event).where(Event.occurrence_id == occurrence_id).order_by(Event.seq)
    ):
        body = {
            "occurrence_id": e.occurrence_id, "seq": e.seq, "at": e.at.isoformat(),
            "actor": e.actor, "kind": e.kind, "delivery_id": e.delivery_id, "detail": e.detail,
        }
        if e.prev != prev or e.hash != chain_hash(prev, body):
            return e.seq
        prev = e.hash
    return None
