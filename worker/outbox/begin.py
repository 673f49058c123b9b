"""
Begin: the commit before the wire. One UPDATE asks every question at once, so nothing can
change between asking and beginning; what it returns, and only that, may go out.

It begins only deliveries whose batch still carries our lease with time left for the try;
with no stop, and no pause of channel or account, in force; whose item is approved in
exactly this version; inside its window and before `closes_at`; under the newest programme;
and, where it replaces what was prepared, once that is taken back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import (
    ColumnElement,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from worker.db import on_its_timeline
from worker.given import one_of
from worker.models import (
    AccountRow,
    Attempt,
    Batch,
    Delivery,
    Installation,
    Item,
    Occurrence,
    ProgrammeVersion,
    StopOrder,
    UtcDateTime,
)
from worker.outbox import events
from worker.outbox.many import Many, One
from worker.outbox.units import Begun, Lease, Letter, Worker

#: a withdrawal in these may still take something back by itself
_AT_WORK = ("queued", "ready", "sending", "uncertain")
#: a lease must outlive the try by this much, seconds
MARGIN = 5

_ATTEMPT = Many(
    insert(Attempt), "delivery_id", "day", "number", "account", "node", "lease_token",
    "begun_at", "deadline_at", "counted", "code", "detail", "ref",
)


def begin(
    session: Session, now: datetime, store_now: datetime, worker: Worker, lease: Lease,
    letters: Sequence[Letter], *, try_seconds: float, programme_version: int,
    late_after: timedelta, prepares: bool = False,
) -> list[Begun]:
    """
    Move these letters to sending; gives those that may go out now. `prepares`: the channel
    does; what begins before `opens_at` is then a prepare, and nobody sees it.
    """
    if not letters or not lease.window_at(now):
        return []
    late = lease.kind == "publish" and now > lease.opens_at + late_after
    session.flush()  # what was settled in this turn (an account that rests) is asked below
    replaces = lease.kind == "publish" and lease.version > 1 and lease.priority_rank > 0
    begun: dict[str, int] = dict(_statement(lease.kind, replaces=replaces).rows(
        session,
        # "b_": a name equal to a column's would be taken for a value to set
        b_ids=[x.id for x in letters], b_day=lease.day, b_batch=lease.batch_id,
        b_token=lease.token, b_now=now, b_late=late, b_channel=lease.channel,
        b_accounts=["*", lease.account], b_channels=["*", lease.channel],
        b_programme=programme_version, b_occurrence=lease.occurrence_id,
        b_needed=store_now + timedelta(seconds=try_seconds + MARGIN),
    ))
    if not begun:
        return []
    prepare = prepares and lease.kind == "publish" and now < lease.opens_at
    result = [Begun(x, lease, begun[x.id], now, late, prepare) for x in letters if x.id in begun]
    _write_attempts(session, now, worker, result, try_seconds)
    return result


@lru_cache
def _statement(kind: str, *, replaces: bool) -> One:
    """
    The UPDATE for this kind of delivery: built once, for every message passes it. `replaces`: an
    earlier version may stand where it goes.
    """
    now = bindparam("b_now", type_=UtcDateTime())
    resting = exists().where(
        AccountRow.channel == bindparam("b_channel"),
        one_of(AccountRow.account, "b_accounts"),
        or_(AccountRow.paused_at.is_not(None), AccountRow.blocked_until > now),
    )
    conditions: list[ColumnElement[bool]] = [
        exists().where(
            Batch.id == bindparam("b_batch"), Batch.state == "leased",
            Batch.lease_token == bindparam("b_token"), Batch.lease_until > bindparam("b_needed"),
            Batch.closes_at > now,
        ),
        ~resting,
        exists().where(on_its_timeline(Installation.timeline)),
    ]
    if kind != "recall":  # a recall takes back what is public: no stop holds it up
        conditions.append(~exists().where(
            StopOrder.lifted_at.is_(None), one_of(StopOrder.channel, "b_channels")))
    if kind != "recall":  # whatever says something new: live, and approved in this version
        conditions += [
            exists().where(or_(Installation.training, Installation.live_at.is_not(None))),
            exists().where(
                Batch.id == bindparam("b_batch"), Item.id == Batch.item_id,
                Item.version == Batch.item_version, Item.state == "approved",
            ),
        ]
    if kind == "publish":
        newest = select(func.max(ProgrammeVersion.id)).scalar_subquery()
        conditions += [
            newest == bindparam("b_programme"),  # else our window may be an old one
            exists().where(
                Occurrence.id == bindparam("b_occurrence"), Occurrence.cancelled_at.is_(None),
            ),
        ]
    if replaces:
        conditions.append(~_earlier_stands())
    return One(
        update(Delivery)
        .where(
            one_of(Delivery.id, "b_ids"), Delivery.day == bindparam("b_day"),
            or_(Delivery.state == "queued", Delivery.state == "ready"), *conditions,
        )
        .values(
            state="sending", attempts=Delivery.attempts + 1,
            first_try_at=func.coalesce(Delivery.first_try_at, now), late=bindparam("b_late"),
            next_attempt_at=None,
        )
        .returning(Delivery.id, Delivery.attempts)
    )


def _earlier_stands() -> ColumnElement[bool]:
    """
    An earlier version that was prepared is being taken back and may be public until it is: the
    page may have published it by itself, and two would stand there. Not once that has failed: a
    person was told, and this one must not be missing too. (Danger to life waits for nothing.)
    """
    earlier, withdrawal = aliased(Delivery), aliased(Delivery)
    return exists().where(
        earlier.day == Delivery.day, earlier.occurrence_id == Delivery.occurrence_id,
        earlier.kind == "publish", earlier.channel == Delivery.channel,
        earlier.target == Delivery.target,
        earlier.version < Delivery.version, earlier.withdrawn_at.is_not(None),
        withdrawal.refers_to == earlier.id, withdrawal.kind == "recall",
        or_(*(withdrawal.state == state for state in _AT_WORK)), withdrawal.code != "bug",
    )


def _write_attempts(
    session: Session, now: datetime, worker: Worker, begun: list[Begun], try_seconds: float
) -> None:
    deadline = now + timedelta(seconds=try_seconds)
    _ATTEMPT.execute(
        session,
        [
            {
                "delivery_id": b.letter.id, "day": b.letter.day, "number": b.number,
                "account": b.lease.account, "node": worker.node, "lease_token": b.lease.token,
                "begun_at": now, "deadline_at": deadline, "counted": True, "code": "",
                "detail": "", "ref": "",
            }
            for b in begun
        ],
    )
    events.append(
        session, now, worker.node,
        [
            events.Note(b.lease.occurrence_id, "begun", b.letter.id,
                        {"attempt": b.number, **({"prepare": True} if b.prepare else {})})
            for b in begun
        ],
    )
