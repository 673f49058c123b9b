"""
Doubt: what a dead worker left, what nobody answered, and what ends it. An uncertain delivery
is asked for at the far side, matched with a receipt, repeated only where repeating cannot
double, or left to a person.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from channels.values import Absent, Accepted, Delivered, Found
from worker.models import Attempt, Batch, Delivery, Occurrence
from worker.outbox import acts, events
from worker.outbox.follow import follow_originals
from worker.outbox.units import Worker
from worker.states import FINAL

#: an attempt without an end is given up this long after its deadline
GIVE_UP = timedelta(seconds=60)
#: the far side is asked twice, this far apart, before `Absent` counts (Facebook shows a post
#: up to two minutes late)
ASK_AGAIN = timedelta(minutes=2)


class Traits(NamedTuple):
    """What of a channel matters for ending a doubt."""

    idempotent: bool
    key_lifetime: float


def reclaim(session: Session, now: datetime, store_now: datetime, worker: Worker) -> int:
    """
    Take back what dead workers held: their tries without an end become uncertain, their
    batches are due again. Our own earlier lives are dead for certain, so at once.
    """
    mine_before = Batch.node == worker.node, Batch.incarnation < worker.incarnation
    dead_leases = (
        select(Batch.lease_token)
        .where(Batch.state == "leased", mine_before[0], mine_before[1])
    )
    lost = session.execute(
        select(Attempt, Delivery)
        .join(Delivery, (Delivery.id == Attempt.delivery_id) & (Delivery.day == Attempt.day))
        .where(
            Attempt.ended_at.is_(None), Delivery.state == "sending",
            or_(Attempt.deadline_at < now - GIVE_UP, Attempt.lease_token.in_(dead_leases)),
        )
        .with_for_update(of=Delivery)
    ).all()
    return _give_up(session, now, store_now, worker, [d for _, d in lost])


def reclaim_own(session: Session, now: datetime, store_now: datetime, worker: Worker) -> int:
    """At start: whatever this node had on the wire in an earlier life is uncertain."""
    lost = session.scalars(
        select(Delivery)
        .join(Attempt, (Delivery.id == Attempt.delivery_id) & (Delivery.day == Attempt.day))
        .where(Attempt.ended_at.is_(None), Attempt.node == worker.node,
               Delivery.state == "sending")
        .with_for_update(of=Delivery)
    ).unique().all()
    return _give_up(session, now, store_now, worker, list(lost))


def _give_up(
    session: Session, now: datetime, store_now: datetime, worker: Worker, lost: list[Delivery]
) -> int:
    for delivery in lost:
        delivery.state, delivery.settled_at = "uncertain", now
        delivery.code, delivery.detail = "crash", "máy chết giữa chừng / the worker died"
    session.flush()
    events.append(
        session, now, worker.node,
        [events.Note(d.occurrence_id, "uncertain", d.id,
                     {"attempt": d.attempts, "state": "uncertain", "code": "crash"})
         for d in lost],
    )
    session.execute(
        update(Batch)
        .where(
            Batch.state == "leased",
            or_(Batch.lease_until < store_now,
                (Batch.node == worker.node) & (Batch.incarnation < worker.incarnation)),
        )
        .values(state="ready", lease_token=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    return len(lost)


def send_again(session: Session, now: datetime, actor: str, traits: Mapping[str, Traits]) -> int:
    """
    Doubts that a repeat cannot turn into a double: the far side knows our key, or the
    segment says danger to life outweighs a double.
    """
    rows = session.execute(
        select(Delivery, Occurrence.when_uncertain, Batch.next_attempt_at)
        .join(Occurrence, Occurrence.id == Delivery.occurrence_id)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Delivery.state == "uncertain", Batch.closes_at > now)
        .with_for_update(of=Delivery)
    ).all()
    count = 0
    for delivery, policy, due in rows:
        trait = traits.get(delivery.channel)
        if trait is None:
            continue
        tried = delivery.first_try_at or due  # after a restore: as if tried when it was due
        known = trait.idempotent and (now - tried).total_seconds() < trait.key_lifetime
        if known or policy == "resend":
            why = "idempotent" if known else "resend"
            acts.end_doubt(session, now, actor, delivery, "ready", {"how": why})
            count += 1
    return count


def answered(
    session: Session, now: datetime, actor: str, key: str, found: Found
) -> str:
    """The far side answered `find`; gives the delivery's state after it."""
    delivery = session.scalars(select(Delivery).where(Delivery.id == key).with_for_update()).one()
    if delivery.state != "uncertain":
        return delivery.state  # a receipt or a person was first
    if isinstance(found, Accepted | Delivered):
        delivery.ref = found.ref or delivery.ref
        delivery.url = getattr(found, "url", "") or delivery.url
        state = "delivered" if isinstance(found, Delivered) else "accepted"
        acts.end_doubt(session, now, actor, delivery, state, {"how": "found", "ref": found.ref})
    elif isinstance(found, Absent):
        if delivery.absent_at is None:
            delivery.absent_at = now
        elif now - delivery.absent_at >= ASK_AGAIN:
            acts.end_doubt(session, now, actor, delivery, "ready", {"how": "absent"})
    return delivery.state


def apply_receipt(
    session: Session, now: datetime, delivery_id: str, outcome: str, code: str, detail: str
) -> bool:
    """
    A gateway's receipt: may end sending, uncertain, accepted, or a ready that was tried.
    False when the delivery was final already (the caller raises an alarm).
    """
    delivery = session.scalars(
        select(Delivery).where(Delivery.id == delivery_id).with_for_update()
    ).first()
    if delivery is None:
        return False
    before = delivery.state
    tried = before != "ready" or delivery.attempts > 0
    if outcome not in ("delivered", "rejected") or before in FINAL or not tried:
        events.append(session, now, delivery.channel,
                      [events.Note(delivery.occurrence_id, "late_receipt", delivery.id,
                                   {"outcome": outcome, "code": code, "state": before})])
        return before == outcome
    delivery.state, delivery.settled_at = outcome, now
    delivery.code, delivery.detail = code, detail[:2000]
    session.flush()
    events.append(session, now, delivery.channel,
                  [events.Note(delivery.occurrence_id, "receipt", delivery.id,
                               {"state": outcome, "code": code, "before": before})])
    follow_originals(session, now, delivery.channel, [delivery.id])
    return True
