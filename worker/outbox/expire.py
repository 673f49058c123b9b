"""Expiry: what is past its closing never goes out. A missed slot is told, not made up at 2 a.m."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from worker.db import lock_outbox
from worker.i18n import t
from worker.models import Batch, Delivery
from worker.outbox import events, withdraw
from worker.outbox.acts import ended

#: rows a transaction may touch: it must end within 50 ms
CHUNK = 200


class Missed(NamedTuple):
    """An occurrence of which something expired on a channel."""

    occurrence_id: str
    channel: str
    item_id: str
    deliveries: int


def expire(session: Session, now: datetime, actor: str) -> list[Missed]:
    """
    Close batches past their time (one chunk; call again until it gives nothing). Also those
    begun late although their segment says `skip`: begin leaves them to us.
    """
    lock_outbox(session)
    rows = session.execute(
        select(Batch.id, Batch.occurrence_id, Batch.channel, Batch.item_id)
        .where(Batch.state.in_(["held", "ready", "leased"]), Batch.closes_at <= now)
        .order_by(Batch.id)
        .limit(CHUNK)
        .with_for_update(of=Batch, skip_locked=True)
    ).all()
    return close(session, now, actor, [(b, o, c, i) for b, o, c, i in rows], "closed")


def close(
    session: Session, now: datetime, actor: str, rows: list[tuple[int, str, str, str]], why: str
) -> list[Missed]:
    """Expire these batches (id, occurrence, channel, item); what is on the wire finishes."""
    if not rows:
        return []
    ids = [r[0] for r in rows]
    session.execute(
        update(Batch).where(Batch.id.in_(ids))
        .values(state="expired", lease_token=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    _may_have_aired(session, now, actor, ids)
    expired = session.execute(
        update(Delivery)
        .where(Delivery.batch_id.in_(ids), Delivery.state.in_(["queued", "ready"]))
        .values(state=ended("expired"), settled_at=now)
        .returning(Delivery.batch_id)
        .execution_options(synchronize_session=False)
    ).scalars().all()
    counts: dict[int, int] = {}
    for batch_id in expired:
        counts[batch_id] = counts.get(batch_id, 0) + 1
    missed = [Missed(o, c, item, counts[b]) for b, o, c, item in rows if counts.get(b)]
    events.append(session, now, actor,
                  [events.Note(m.occurrence_id, "expired", None,
                               {"channel": m.channel, "deliveries": m.deliveries, "why": why})
                   for m in missed])
    withdraw.forbidden(session, now, actor)
    return missed


def _may_have_aired(session: Session, now: datetime, actor: str, batches: list[int]) -> None:
    """
    What stands prepared the far side may have published by itself while nobody was here: asked
    before it is called missed, and before it is taken down. Once it has answered, it expires.
    """
    opened = (select(Batch.opens_at).where(Batch.id == Delivery.batch_id)
              .correlate(Delivery).scalar_subquery())
    found = session.execute(
        update(Delivery)
        .where(Delivery.batch_id.in_(batches), Delivery.state == "ready",
               Delivery.prepared_at.is_not(None), Delivery.withdrawn_at.is_(None),
               or_(Delivery.asked_at.is_(None), Delivery.asked_at < opened))
        .values(state="uncertain", code="prepared-past", settled_at=now, next_attempt_at=None,
                detail=t("đã chuẩn bị, chưa rõ nơi đăng có tự đăng không",
                         "prepared; whether the far side published it by itself is not known"))
        .returning(Delivery.id, Delivery.occurrence_id)
        .execution_options(synchronize_session=False)
    ).all()
    events.append(session, now, actor, [
        events.Note(o, "uncertain", key, {"state": "uncertain", "code": "prepared-past"})
        for key, o in found])
