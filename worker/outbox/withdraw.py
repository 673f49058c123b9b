"""
Withdraw: what was prepared and must not become public is taken back before its hour, for the far
side may publish it by itself. A withdrawal is a recall; what is withdrawn never begins again, and
what replaces it is the next version, with a key of its own.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select, text, update
from sqlalchemy.orm import Session

from worker.models import Batch, ChannelPlan, Delivery, Installation, Item, Occurrence, StopOrder
from worker.outbox import events
from worker.outbox.takeback import open_recall

#: as the index says it, so that it is used
_LEFT = text(
    "delivery.prepared_at IS NOT NULL AND delivery.withdrawn_at IS NULL AND delivery.state "
    "IN ('ready', 'cancelled', 'expired', 'rejected', 'exhausted')"
)
#: the fingerprint of a cell of which something was withdrawn: planned anew, as the next version
WITHDRAWN = ""
DAYS_AHEAD = timedelta(days=8)


def forbidden(
    session: Session, now: datetime, actor: str, keys: Collection[str] | None = None
) -> int:
    """
    Withdraw everything prepared (of these deliveries) that ended without being sent, whose
    approval fell, or whose channel is stopped. Cheap while nothing is; the same call twice
    changes nothing.
    """
    session.flush()
    rows = session.scalars(
        select(Delivery)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(_LEFT, _must_not_air(), *([] if keys is None else [Delivery.id.in_(keys)]))
        .order_by(Delivery.id)
        .with_for_update(of=Delivery)
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        return 0
    installation = session.scalars(select(Installation.uid)).one()
    for delivery in rows:
        waited = delivery.state == "ready"
        delivery.withdrawn_at = now
        if waited:
            delivery.state, delivery.settled_at, delivery.next_attempt_at = "cancelled", now, None
            plan_anew(session, delivery.occurrence_id, delivery.channel, delivery.version)
        open_recall(session, now, installation, delivery)
        events.append(session, now, actor, [events.Note(
            delivery.occurrence_id, "withdrawn", delivery.id,
            {"state": delivery.state, "ref": delivery.ref})])
    session.flush()
    return len(rows)


def _must_not_air() -> ColumnElement[bool]:
    stopped = exists().where(
        StopOrder.lifted_at.is_(None), StopOrder.channel.in_(["*", Delivery.channel]))
    approved = exists().where(
        Item.id == Batch.item_id, Item.version == Batch.item_version, Item.state == "approved")
    return or_(Delivery.state != "ready", Batch.state.in_(["cancelled", "expired"]), stopped,
               ~approved)


def anything(session: Session) -> bool:
    """A cheap read: is there anything `forbidden` would withdraw?"""
    return session.scalars(
        select(Delivery.id).join(Batch, Batch.id == Delivery.batch_id)
        .where(_LEFT, _must_not_air()).limit(1)
    ).first() is not None


def plan_anew(session: Session, occurrence_id: str, channel: str, version: int) -> None:
    """The next planning writes this cell's next version, if it is still wanted."""
    session.execute(
        update(ChannelPlan)
        .where(ChannelPlan.occurrence_id == occurrence_id, ChannelPlan.channel == channel,
               ChannelPlan.version == version)
        .values(fingerprint=WITHDRAWN)
        .execution_options(synchronize_session=False)
    )


def waits_for_plan(session: Session, now: datetime) -> bool:
    """Something was withdrawn whose airing is still to come, or under way."""
    return session.scalars(
        select(ChannelPlan.channel)
        .join(Occurrence, Occurrence.id == ChannelPlan.occurrence_id)
        .where(ChannelPlan.fingerprint == WITHDRAWN, Occurrence.closes_at > now,
               Occurrence.cancelled_at.is_(None),
               # nothing is prepared more than seven days ahead
               ChannelPlan.due_at.between(now - DAYS_AHEAD, now + DAYS_AHEAD)).limit(1)
    ).first() is not None
