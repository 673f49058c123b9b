"""Rows and look-up values taken away; in an order and in pieces that keep transactions short."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from worker.db import Store
from worker.models import Recipient, RecipientList, RecipientLookup

from .index import STEP, Gathered


def blot(session: Session, now: datetime, places: list[tuple[int, int, bytes]]) -> None:
    """Blot these (list, row, look-up value) out: nothing of the person stays but three digits."""
    for list_id, row, lookup in places:
        session.execute(
            update(Recipient).where(Recipient.list_id == list_id, Recipient.row == row)
            .values(number=None, fields=None, key_id=None, lookup=None, forgotten_at=now))
        session.execute(delete(RecipientLookup).where(
            RecipientLookup.lookup == lookup, RecipientLookup.list_id == list_id))


def remove(store: Store, list_id: int) -> None:
    """Take a list that never counted away again, in chunks."""
    unlink(store, list_id)
    while True:
        with store.write() as session:
            first = session.scalars(
                select(func.min(Recipient.row)).where(Recipient.list_id == list_id)).one()
            if first is None:
                session.execute(delete(RecipientList).where(
                    RecipientList.id == list_id, RecipientList.state == "staging"))
                return
            session.execute(delete(Recipient).where(
                Recipient.list_id == list_id, Recipient.row < first + STEP))


def unlink(store: Store, list_id: int) -> None:
    """Take a list's look-up values away; on the recipients they are left to the caller."""
    gathered, last = Gathered(), 0
    while True:
        with store.read() as session:
            found = session.execute(
                select(Recipient.row, Recipient.lookup)
                .where(Recipient.list_id == list_id, Recipient.row > last)
                .order_by(Recipient.row).limit(STEP)).all()
        if not found:
            break
        last = found[-1].row
        for row, lookup in found:
            if lookup is not None:
                gathered.add(lookup, row)
    for chunk in gathered.chunks(STEP):
        with store.write() as session:
            session.execute(delete(RecipientLookup).where(
                RecipientLookup.list_id == list_id,
                RecipientLookup.lookup.between(chunk[0][0], chunk[-1][0])))
