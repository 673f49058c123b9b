"""
What follows from a change: a recall, or a correction in place, waits for the truth about its
original, and an original is `recalled` once that was delivered.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from worker.given import one_of
from worker.models import Batch, Delivery
from worker.outbox import events
from worker.outbox.many import One

_OUT = ("accepted", "delivered")
_NOT_OUT = ("rejected", "exhausted", "expired", "cancelled")

# built once: both are asked after every try, and nearly always find nothing
_original = aliased(Delivery)
_WAITING = One(
    select(Delivery.id, Delivery.batch_id, _original.state, _original.ref,
           _original.prepared_at)
    .join(_original, _original.id == Delivery.refers_to)
    # a correction that is a message of its own has a tag of its own, and waits for nobody
    .where(one_of(Delivery.refers_to, "ids"), Delivery.state == "queued",
           Delivery.tag == _original.tag)
)
_DONE = (
    select(Delivery.id, Delivery.refers_to)
    .join(_original, _original.id == Delivery.refers_to)
    .where(one_of(Delivery.id, "ids"), Delivery.kind != "publish", Delivery.state.in_(_OUT),
           Delivery.tag == _original.tag)
)


def follow_originals(
    session: Session, now: datetime, actor: str, ids: Sequence[str],
    recalls: Sequence[str] | None = None,
) -> None:
    """
    `ids` just changed. What waited for them becomes ready or is dropped; originals of delivered
    recalls and corrections in place become recalled. `recalls`: those of them that may be.
    """
    if not ids:
        return
    session.flush()  # the change that is followed may still be in the session
    for recall, batch, state, ref, prepared_at in _WAITING.rows(session, ids=list(ids)):
        if state in _OUT or state in _NOT_OUT:
            session.execute(  # known only now, and most gateways take nothing back without it
                update(Delivery).where(Delivery.id == recall).values(ref=ref)
                .execution_options(synchronize_session=False)
            )
            session.execute(
                update(Batch)
                .where(Batch.id == batch, Batch.state == "held")
                .values(state="ready" if state in _OUT or prepared_at else "cancelled",
                        next_attempt_at=now)
                .execution_options(synchronize_session=False)
            )
    _mark_recalled(session, now, actor, ids if recalls is None else recalls)


def _mark_recalled(session: Session, now: datetime, actor: str, ids: Sequence[str]) -> None:
    if not ids:
        return
    done = session.connection().execute(_DONE, {"ids": list(ids)}).all()
    if not done:
        return
    originals = [original for _, original in done]
    # an earlier edit of the same text that nobody is sure of has been edited over, or taken back
    older = (Delivery.refers_to.in_(originals) & (Delivery.kind == "correct")
             & Delivery.id.not_in([key for key, _ in done])
             & Delivery.state.in_((*_OUT, "uncertain"))
             & exists().where(_original.id == Delivery.refers_to, _original.tag == Delivery.tag))
    rows = session.execute(
        update(Delivery)
        .where(Delivery.id.in_(originals) & Delivery.state.in_(_OUT) | older)
        .values(state="recalled", settled_at=now)
        .returning(Delivery.id, Delivery.occurrence_id)
        .execution_options(synchronize_session=False)
    ).all()
    events.append(
        session, now, actor,
        [events.Note(o, "recalled", key, {"state": "recalled"}) for key, o in rows],
    )
