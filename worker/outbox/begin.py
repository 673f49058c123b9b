"""
Begin: the commit before the wire. One UPDATE asks every question at once, so nothing can
change between asking and beginning; what it returns, and only that, may go out.

It begins only deliveries whose batch still carries our lease with time left for the try;
with no stop, and no pause of channel or account, in force; whose item is approved in
exactly this version; inside its window and before `closes_at`; under the newest programme.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from worker.models import (
    AccountRow,
    Attempt,
    Batch,
    Delivery,
    Installation,
    Item,
    Occurrence,
    ProgrammeVersion,
    UtcDateTime,
)
from worker.outbox import events
from worker.outbox.claim import stopped
from worker.outbox.units import Begun, Lease, Letter, Worker

#: a lease must outlive the try by this much, seconds
MARGIN = 5


def begin(
    session: Session, now: datetime, store_now: datetime, worker: Worker, lease: Lease,
    letters: Sequence[Letter], *, try_seconds: float, programme_version: int,
    late_after: timedelta,
) -> list[Begun]:
    """Move these letters to sending; gives those that may go out now."""
    if not letters or not lease.window_at(now):
        return []
    late = lease.kind == "publish" and now > lease.opens_at + late_after
    begun = dict(
        session.execute(
            update(Delivery)
            .where(
                Delivery.id.in_([x.id for x in letters]), Delivery.day == lease.day,
                Delivery.state.in_(["queued", "ready"]),
                _lease_holds(lease, store_now + timedelta(seconds=try_seconds + MARGIN)),
                *_nothing_forbids(lease, now, programme_version),
            )
            .values(
                state="sending", attempts=Delivery.attempts + 1,
                first_try_at=func.coalesce(Delivery.first_try_at, literal(now, UtcDateTime())),
                late=late,
                next_attempt_at=None,
            )
            .returning(Delivery.id, Delivery.attempts)
            .execution_options(synchronize_session=False)
        ).all()
    )
    if not begun:
        return []
    result = [Begun(x, lease, begun[x.id], now, late) for x in letters if x.id in begun]
    _write_attempts(session, now, worker, result, try_seconds)
    return result


def _lease_holds(lease: Lease, needed: datetime) -> ColumnElement[bool]:
    return exists().where(
        Batch.id == lease.batch_id, Batch.state == "leased", Batch.lease_token == lease.token,
        Batch.lease_until > needed,
    )


def _nothing_forbids(
    lease: Lease, now: datetime, programme_version: int
) -> list[ColumnElement[bool]]:
    newest = select(func.max(ProgrammeVersion.id)).scalar_subquery()
    resting = exists().where(
        AccountRow.channel == lease.channel, AccountRow.account.in_(["*", lease.account]),
        or_(AccountRow.paused_at.is_not(None), AccountRow.blocked_until > now),
    )
    conditions: list[ColumnElement[bool]] = [
        ~resting,
        exists().where(Batch.id == lease.batch_id, Batch.closes_at > now),
    ]
    if lease.kind != "recall":  # a recall takes back what is public: no stop holds it up
        conditions.append(~stopped(lease.channel))
    if lease.kind == "publish":
        conditions += [
            newest == programme_version,  # else the window we judged by may be an old one
            exists().where(or_(Installation.training, Installation.live_at.is_not(None))),
            exists().where(
                Occurrence.id == lease.occurrence_id, Occurrence.cancelled_at.is_(None),
                Item.id == Occurrence.item_id, Item.version == Occurrence.item_version,
                Item.state == "approved",
            ),
        ]
    return [and_(true(), *conditions)]


def _write_attempts(
    session: Session, now: datetime, worker: Worker, begun: list[Begun], try_seconds: float
) -> None:
    deadline = now + timedelta(seconds=try_seconds)
    session.execute(
        insert(Attempt),
        [
            {
                "delivery_id": b.letter.id, "day": b.letter.day, "number": b.number,
                "account": b.lease.account, "node": worker.node, "lease_token": b.lease.token,
                "begun_at": now, "deadline_at": deadline,
            }
            for b in begun
        ],
    )
    events.append(
        session, now, worker.node,
        [
            events.Note(b.lease.occurrence_id, "begun", b.letter.id, {"attempt": b.number})
            for b in begun
        ],
    )
