"""
Claim: lease batches that are due. One statement serves both databases (SQLAlchemy leaves
SKIP LOCKED away on SQLite, where only one writer exists at a time anyway).
"""

import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from worker.models import AccountRow, Batch, Content, Delivery, Occurrence, StopOrder, TargetState
from worker.outbox.keys import edits
from worker.outbox.units import Lease, Letter, Worker

#: how many letters of a batch are held in memory at a time
PAGE = 500


def stopped(channel: str) -> ColumnElement[bool]:
    """An emergency stop is in force for this channel."""
    return exists().where(StopOrder.lifted_at.is_(None), StopOrder.channel.in_(["*", channel]))


def claim(
    session: Session, now: datetime, store_now: datetime, worker: Worker, channel: str, *,
    lease_for: timedelta, limit: int, full: Collection[str] = (), more_urgent_than: int = 0,
) -> list[Lease]:
    """
    Lease up to `limit` due batches of a channel: urgent first, then the longest due. Of accounts
    that are `full`, with enough in this worker's hands, only those of a smaller rank.
    """
    urgent = [or_(Batch.account.not_in(full), Batch.priority_rank < more_urgent_than)] * bool(full)
    resting = exists().where(
        AccountRow.channel == Batch.channel,
        or_(AccountRow.account == Batch.account, AccountRow.account == "*"),
        or_(AccountRow.paused_at.is_not(None), AccountRow.blocked_until > now),
    )
    due = (
        select(Batch.id)
        .where(
            Batch.channel == channel, Batch.state == "ready", Batch.next_attempt_at <= now,
            Batch.closes_at > now, ~resting, *urgent,
            # a recall goes out although everything else is stopped: it takes back
            or_(Batch.kind == "recall", ~stopped(channel)),
        )
        .order_by(Batch.priority_rank, Batch.next_attempt_at, Batch.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    token = str(uuid.uuid4())
    ids = session.execute(
        update(Batch)
        .where(Batch.id.in_(select(due.c.id)))
        .values(state="leased", lease_token=token, lease_until=store_now + lease_for,
                node=worker.node, incarnation=worker.incarnation)
        .returning(Batch.id)
        .execution_options(synchronize_session=False)
    ).scalars().all()
    return _leases(session, ids, token, store_now + lease_for) if ids else []


def fill(
    session: Session, now: datetime, store_now: datetime, worker: Worker, channel: str, *,
    lease_for: timedelta, window: int, accounts: Collection[str],
    waiting: Sequence[tuple[Lease, int]],
) -> list[tuple[Lease, list[Letter]]]:
    """
    Claim until each account has a window's worth in hand beside what is `waiting`, or nothing is
    due, and no further: the next batch is another worker's. By account, for one that is paced
    must not keep the others of its channel waiting.
    """
    count = Counter[str]()
    for lease, letters_left in waiting:
        count[lease.account] += letters_left
    busy = count.total() >= window  # then it only looks: one batch at most
    rank = min((lease.priority_rank for lease, left in waiting if left), default=0)
    taken: list[tuple[Lease, list[Letter]]] = []
    limit = 1
    while limit:
        full = [account for account, left in count.items() if left >= window]
        if taken and set(accounts) <= set(full):
            break
        leases = claim(session, now, store_now, worker, channel, lease_for=lease_for, limit=limit,
                       full=full, more_urgent_than=rank)
        for lease in leases:
            found = letters(session, lease, now)
            count[lease.account] += len(found)
            taken.append((lease, found))
        # twice as many each time: batches of one delivery are not asked for one by one
        limit = 0 if busy or len(leases) < limit else min(2 * limit, window - len(taken))
    return taken


def _leases(session: Session, ids: Sequence[int], token: str, until: datetime) -> list[Lease]:
    rows = session.execute(
        select(Batch, Occurrence)
        .join(Occurrence, Occurrence.id == Batch.occurrence_id)
        .where(Batch.id.in_(ids))
        .order_by(Batch.priority_rank, Batch.next_attempt_at, Batch.id)
    ).all()
    return [
        Lease(
            batch_id=b.id, token=token, until=until, occurrence_id=o.id, day=b.day,
            channel=b.channel, account=b.account, kind=b.kind, version=b.version,
            priority=o.priority, priority_rank=b.priority_rank, purpose=o.purpose,
            item_id=b.item_id,
            opens_at=b.opens_at, closes_at=b.closes_at,
            windows=tuple(
                (datetime.fromisoformat(a), datetime.fromisoformat(z)) for a, z in b.windows
            ),
            late_policy=o.late, when_uncertain=o.when_uncertain,
        )
        for b, o in rows
    ]


def letters(session: Session, lease: Lease, now: datetime) -> list[Letter]:
    """What of a leased batch may be begun now; suspects (timed out last time) come last."""
    suspect = exists().where(
        TargetState.channel == Delivery.channel, TargetState.target == Delivery.target
    )
    rows = session.execute(
        select(Delivery, Content.payload, suspect)
        .join(Content, Content.sha256 == Delivery.content_sha256)
        .where(
            Delivery.batch_id == lease.batch_id, Delivery.day == lease.day,
            Delivery.state.in_(["queued", "ready"]),
            or_(Delivery.next_attempt_at.is_(None), Delivery.next_attempt_at <= now),
        )
        .order_by(suspect, Delivery.target)
        .limit(PAGE)
    ).all()
    return [
        Letter(
            id=d.id, day=d.day, target=d.target, content=payload, tag=d.tag,
            attempts=d.attempts, counted=d.counted, first_try_at=d.first_try_at,
            parts=int(payload.get("parts", 1)), ref=d.ref, refers_to=_known_by(session, d),
            suspect=bool(slow), maybe_out=d.maybe_out, prepared_at=d.prepared_at,
        )
        for d, payload, slow in rows
    ]


def _known_by(session: Session, delivery: Delivery) -> str | None:
    """The delivery by whose key the far side knows the text, where that is not its own."""
    root = delivery
    while root.refers_to and (root.kind == "recall" or edits(root.kind, root.id, root.tag)):
        root = session.scalars(select(Delivery).where(Delivery.id == root.refers_to)).one()
    return None if root is delivery else root.id


def put_off(session: Session, lease: Lease, ids: Sequence[str], until: datetime) -> None:
    """These wait until then; the others of their batch do not wait with them."""
    if not ids:
        return
    session.execute(
        update(Delivery)
        .where(Delivery.batch_id == lease.batch_id, Delivery.day == lease.day,
               Delivery.id.in_(ids),
               Delivery.state.in_(["queued", "ready"]))
        .values(next_attempt_at=until)
        .execution_options(synchronize_session=False)
    )


def renew(session: Session, leases: Sequence[Lease], until: datetime) -> set[int]:
    """Hold leases longer; gives the ids of those that are still ours."""
    if not leases:
        return set()
    return set(
        session.execute(
            update(Batch)
            .where(
                Batch.id.in_([x.batch_id for x in leases]),
                Batch.state == "leased",
                Batch.lease_token.in_({x.token for x in leases}),
            )
            .values(lease_until=until)
            .returning(Batch.id)
            .execution_options(synchronize_session=False)
        ).scalars()
    )


def release(session: Session, lease: Lease, now: datetime, *, not_before: datetime | None) -> None:
    """
    Give a batch back: done when nothing of it waits, else due again at its earliest try
    (and not before the next window). Does nothing when the lease is no longer ours.
    """
    waiting = session.execute(
        select(func.count(), func.min(func.coalesce(Delivery.next_attempt_at, now))).where(
            Delivery.batch_id == lease.batch_id, Delivery.day == lease.day,
            Delivery.state.in_(["queued", "ready"])
        )
    ).one()
    count, earliest = waiting
    values: dict[str, Any] = {"lease_token": None, "lease_until": None, "node": None}
    if count:
        earliest = max(filter(None, (earliest, not_before)), default=now)
        values |= {"state": "ready", "next_attempt_at": earliest}
    else:
        values["state"] = "done"
    session.execute(
        update(Batch)
        .where(Batch.id == lease.batch_id,
               and_(Batch.state == "leased", Batch.lease_token == lease.token))
        .values(values)
        .execution_options(synchronize_session=False)
    )


def next_due(session: Session, channel: str, now: datetime) -> datetime | None:
    """When something of this channel is due next."""
    return session.scalars(
        select(func.min(Batch.next_attempt_at)).where(
            Batch.channel == channel, Batch.state == "ready", Batch.closes_at > now)
    ).one()
