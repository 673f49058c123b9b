"""
Doubt: what a dead worker left, what nobody answered, and what ends it. An uncertain delivery
is asked for at the far side, matched with a receipt, repeated only where repeating cannot
double, or left to a person.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from channels.values import Absent, Accepted, Delivered, Found, Prepared, Rejected, Retry
from worker import retry
from worker.db import insert_missing, lock_outbox
from worker.i18n import t
from worker.models import Attempt, Batch, Delivery, Occurrence
from worker.outbox import acts, events
from worker.outbox.follow import follow_originals
from worker.outbox.keys import edits
from worker.outbox.units import Worker
from worker.programme.model import Priority
from worker.states import FINAL
from worker.witness import Try

#: an attempt without an end is given up this long after its deadline
GIVE_UP = timedelta(seconds=60)
#: the far side is asked twice, this far apart, before `Absent` counts (Facebook shows a post
#: up to two minutes late)
ASK_AGAIN = timedelta(minutes=2)
#: a segment that resends when in doubt (danger to life) sends this often at most
COPIES = 3
#: a delivery and its last try: an earlier one may have lost its end in a crash long ago
LAST_TRY = and_(Attempt.delivery_id == Delivery.id, Attempt.day == Delivery.day,
                Attempt.number == Delivery.attempts)


class Traits(NamedTuple):
    """What of a channel matters for ending a doubt."""

    idempotent: bool
    key_lifetime: float
    prepares: bool = False


def reclaim(session: Session, now: datetime, store_now: datetime, worker: Worker) -> int:
    """
    Take back what dead workers held: their tries without an end become uncertain, their
    batches are due again. Our own earlier lives are dead for certain, so at once.
    """
    lock_outbox(session)
    dead_leases = select(Batch.lease_token).where(
        Batch.state == "leased", Batch.node == worker.node,
        Batch.incarnation < worker.incarnation)
    lost = session.scalars(
        select(Delivery).join(Attempt, LAST_TRY)
        .where(
            Attempt.ended_at.is_(None), Delivery.state == "sending",
            or_(Attempt.deadline_at < now - GIVE_UP, Attempt.lease_token.in_(dead_leases)),
        )
        .with_for_update(of=Delivery)
    ).all()
    return _give_up(session, now, store_now, worker, lost)


def reclaim_own(session: Session, now: datetime, store_now: datetime, worker: Worker) -> int:
    """At start: whatever this node had on the wire in an earlier life is uncertain."""
    lock_outbox(session)
    lost = session.scalars(
        select(Delivery).join(Attempt, LAST_TRY)
        .where(Attempt.ended_at.is_(None), Attempt.node == worker.node,
               Delivery.state == "sending")
        .with_for_update(of=Delivery)
    ).all()
    return _give_up(session, now, store_now, worker, lost)


def _give_up(
    session: Session, now: datetime, store_now: datetime, worker: Worker,
    lost: Sequence[Delivery],
) -> int:
    for delivery in lost:
        delivery.state, delivery.settled_at = "uncertain", now
        delivery.code, delivery.detail = "crash", t(
            "máy chết giữa chừng", "the worker died")
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


def known_tries(session: Session, tries: Sequence[Try]) -> set[Try]:
    """Those of them that stand in the log."""
    if not tries:
        return set()
    rows = session.execute(
        select(Attempt.delivery_id, Attempt.number, Attempt.lease_token)
        .where(Attempt.delivery_id.in_([one.id for one in tries]),
               Attempt.day.in_({one.day for one in tries}))).all()
    found = {tuple(row) for row in rows}
    return {one for one in tries if (one.id, one.number, one.token) in found}


def doubt_lost(session: Session, now: datetime, node: str, lost: Sequence[Try]) -> int | None:
    """
    These tries went out, and the server that took over lacks them: they are written again, as
    uncertain; gives how many deliveries, None when one of those is not there at all.
    """
    words = t("có thể đã gửi trước khi máy chủ cơ sở dữ liệu đổi",
              "may have gone out before the database server was replaced")
    rows = {d.id: d for d in session.scalars(
        select(Delivery).where(Delivery.id.in_([one.id for one in lost]),
                               Delivery.day.in_({one.day for one in lost}))
        .order_by(Delivery.id).with_for_update())}
    if any(one.id not in rows for one in lost):
        return None
    insert_missing(session, Attempt, [
        {"delivery_id": one.id, "day": one.day, "number": one.number, "account": one.account,
         "node": node, "lease_token": one.token, "begun_at": one.begun_at,
         "deadline_at": one.begun_at, "ended_at": now, "outcome": "uncertain", "counted": True,
         "code": "restored", "detail": words, "ref": ""}
        for one in lost])
    doubted = set()
    for one in lost:
        row = rows[one.id]
        row.attempts = max(row.attempts, one.number)  # the next try takes the number after it
        row.first_try_at = row.first_try_at or one.begun_at
        # taking back may be done twice: it is tried again by itself
        if row.kind == "recall" or row.state not in ("queued", "ready", "sending", "uncertain"):
            continue
        row.state, row.settled_at, row.next_attempt_at = "uncertain", now, None
        row.code, row.detail = "restored", words
        doubted.add(row.id)
    session.flush()
    events.append(session, now, node, [
        events.Note(rows[key].occurrence_id, "uncertain", key,
                    {"attempt": rows[key].attempts, "state": "uncertain", "code": "restored"})
        for key in sorted(doubted)])
    return len(doubted)


def send_again(session: Session, now: datetime, actor: str, traits: Mapping[str, Traits]) -> int:
    """
    Doubts that a repeat cannot turn into a double: the far side knows our key, taking back or
    making public what is prepared is as good twice as once, or the segment says danger to life
    outweighs a double. On the schedule of any retry, so that a gateway that never answers gets
    no storm; not after an error of the software.
    """
    lock_outbox(session)
    rows = session.execute(
        select(Delivery, Occurrence, Batch, Attempt.begun_at)
        .join(Occurrence, Occurrence.id == Delivery.occurrence_id)
        .join(Batch, Batch.id == Delivery.batch_id)
        .outerjoin(Attempt, LAST_TRY)
        .where(Delivery.state == "uncertain", Delivery.code != "bug", Batch.closes_at > now,
               Batch.state != "cancelled",
               # refused after a doubt: refused again it would prove no more
               func.coalesce(Attempt.outcome, "") != "rejected")
        .with_for_update(of=Delivery)
    ).all()
    count = 0
    for delivery, occurrence, batch, begun_at in rows:
        trait = traits.get(delivery.channel)
        why = _harmless(now, delivery, batch, trait)
        resend = occurrence.when_uncertain == "resend" and delivery.attempts < COPIES
        if _prepare_lost(delivery, batch, begun_at, trait):
            # the same again while it can be prepared; its slot takes a text that nobody prepared
            ahead = now < batch.opens_at
            why, resend = why if ahead else "", resend and not ahead
        if not why and resend:
            why = "resend"
        at = retry.next_try(
            delivery.settled_at or now, Retry("again", ""), key=delivery.id,
            priority=cast("Priority", occurrence.priority), counted=delivery.counted)
        if why and at is not None:
            acts.end_doubt(session, now, actor, delivery, "ready", {"how": why}, maybe_out=True,
                           at=max(now, at) if delivery.counted else now)
            count += 1
    return count


def _prepare_lost(
    delivery: Delivery, batch: Batch, begun_at: datetime | None, trait: Traits | None
) -> bool:
    """It is the answer of a prepare that is missing, or nobody knows of any try (a restore)."""
    return (
        delivery.kind == "publish" and trait is not None and trait.prepares
        and delivery.prepared_at is None and (begun_at is None or begun_at < batch.opens_at)
    )


def _harmless(now: datetime, delivery: Delivery, batch: Batch, trait: Traits | None) -> str:
    """Why sending once more cannot double it; "" when it can."""
    if delivery.kind == "recall" or edits(delivery.kind, delivery.id, delivery.tag):
        return delivery.kind
    # not after a restore: it may have been withdrawn since
    if delivery.prepared_at is not None and delivery.code != "restored" and (
            trait is not None and trait.prepares):
        return "prepared"
    # after a restore: as if tried when it was due
    tried = delivery.first_try_at or min(batch.next_attempt_at, batch.opens_at)
    known = trait is not None and trait.idempotent and (
        (now - tried).total_seconds() < trait.key_lifetime)
    return "idempotent" if known else ""


def answered(
    session: Session, now: datetime, actor: str, key: str, attempts: int, found: Found
) -> str:
    """The far side was asked after so many tries, and answered; gives the state after it."""
    lock_outbox(session)
    delivery = session.scalars(select(Delivery).where(Delivery.id == key).with_for_update()).one()
    if delivery.state != "uncertain" or delivery.attempts != attempts:
        return delivery.state  # a receipt or a person was first
    delivery.asked_at = now
    if isinstance(found, Accepted | Delivered):
        delivery.ref = found.ref or delivery.ref
        delivery.url = getattr(found, "url", "") or delivery.url
        state = "delivered" if isinstance(found, Delivered) else "accepted"
        acts.end_doubt(session, now, actor, delivery, state, {"how": "found", "ref": found.ref})
    elif isinstance(found, Prepared):
        batch = session.get_one(Batch, delivery.batch_id)
        delivery.ref, delivery.prepared_at = found.ref or delivery.ref, now
        acts.end_doubt(session, now, actor, delivery, "ready",
                       {"how": "found", "prepared": True, "ref": delivery.ref},
                       at=max(now, batch.opens_at))
    elif isinstance(found, Rejected):
        delivery.code, delivery.detail = found.code, found.detail[:2000]
        acts.end_doubt(session, now, actor, delivery, "rejected", {"how": "found"})
    elif isinstance(found, Absent):
        if delivery.absent_at is None:
            delivery.absent_at = now
        elif now - delivery.absent_at >= ASK_AGAIN:
            delivery.ref, delivery.prepared_at = "", None
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
    tried = before not in ("queued", "ready") or delivery.attempts > 0
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


def apply_taken(session: Session, now: datetime, delivery_id: str) -> bool | None:
    """
    A receipt that says "taken, on its way": ends an uncertain, or a ready that was tried, which
    must not be sent again. None while a try is on the wire: its own answer comes first. False
    when the log says that it did not go out (the caller raises an alarm).
    """
    delivery = session.scalars(
        select(Delivery).where(Delivery.id == delivery_id).with_for_update()
    ).first()
    if delivery is None or delivery.state in ("cancelled", "expired", "exhausted"):
        return False
    if delivery.state == "sending":
        return None
    before = delivery.state
    waits = before == "ready" and delivery.attempts > 0 and delivery.prepared_at is None
    if before == "uncertain" or waits:
        delivery.state, delivery.settled_at, delivery.code = "accepted", now, ""
        session.flush()
        events.append(session, now, delivery.channel,
                      [events.Note(delivery.occurrence_id, "receipt", delivery.id,
                                   {"state": "accepted", "before": before})])
        follow_originals(session, now, delivery.channel, [delivery.id])
    return True
