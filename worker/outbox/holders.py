"""
Who has an item: the deliveries by which it is, or may be, out. A correction is one of them, and
where it did not get through, what it was to correct still stands.
"""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.models import Batch, Delivery
from worker.outbox.keys import edits
from worker.states import MAY_BE_OUT


def holders(session: Session, item_id: str) -> list[Delivery]:
    """
    Deliveries of the item that may be out, or are being taken back before their hour. Of a
    correction that never got there, or of an edit that nobody is sure of, the one below it:
    editing or taking back that one reaches the same text, whichever of the two it reads.
    """
    found: dict[str, Delivery] = {}
    for delivery in session.scalars(
        select(Delivery).join(Batch, Batch.id == Delivery.batch_id)
        .where(Batch.item_id == item_id, Delivery.kind != "recall").order_by(Delivery.id)
        .execution_options(populate_existing=True)
    ).all():
        for holder in _of(session, delivery):
            found.setdefault(holder.id, holder)
    return list(found.values())


def _of(session: Session, delivery: Delivery) -> Iterator[Delivery]:
    known = delivery.state in ("accepted", "delivered")
    edit = edits(delivery.kind, delivery.id, delivery.tag)
    if known or (delivery.state in MAY_BE_OUT and not edit) or delivery.withdrawn_at is not None:
        yield delivery
    elif delivery.refers_to is not None and delivery.state != "recalled":
        below = session.scalars(select(Delivery).where(Delivery.id == delivery.refers_to)).one()
        yield from _of(session, below)
