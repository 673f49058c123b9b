"""
Orders over channels: pause and resume (one person), emergency stop (one person, at once) and
start again (two persons). `begin` asks for them in the same statement that begins.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from worker import audit
from worker.db import lock_outbox
from worker.errors import Refused
from worker.i18n import t
from worker.models import AccountRow, Batch, Delivery, StopOrder

ALL = "*"


def pause(
    session: Session, now: datetime, actor: str, channel: str, account: str, reason: str
) -> None:
    """Nothing new begins on this channel (account "*") or account until it is resumed."""
    lock_outbox(session)  # a turn that settles a refusal locks the same row
    row = session.get(AccountRow, (channel, account))
    if row is None:
        row = AccountRow(channel=channel, account=account, failures=0, value_version=0)
        session.add(row)
    row.paused_by, row.paused_at, row.paused_reason = actor, now, reason
    audit.record(session, now, actor, "pause", f"{channel}/{account}", {"reason": reason})


def resume(session: Session, now: datetime, actor: str, channel: str, account: str) -> bool:
    """
    Lift a pause, and let a refused account be tried at once; of the whole channel (account
    "*") every account that was refused, but no account's own pause. False: there was nothing.
    """
    lock_outbox(session)  # a turn that settles a refusal locks the same row
    lifted = False
    for row in session.scalars(
        select(AccountRow).where(AccountRow.channel == channel,
                                 *([AccountRow.account == account] if account != ALL else []))
        .with_for_update()
    ).all():
        mine = row.account == account and row.paused_at is not None
        if mine:
            row.paused_by, row.paused_at, row.paused_reason = None, None, ""
        refused = row.blocked_until is not None
        if refused:
            _wake(session, now, row)
            row.blocked_until, row.blocked_code, row.failures = None, "", 0
        lifted |= mine or refused
    if lifted:
        audit.record(session, now, actor, "resume", f"{channel}/{account}")
    return lifted


def _wake(session: Session, now: datetime, row: AccountRow) -> None:
    """What waits because this account was refused waits no longer."""
    waiting = (
        select(Batch.id).where(Batch.channel == row.channel, Batch.account == row.account,
                               Batch.state.in_(["ready", "leased"]))
    )
    woken = session.scalars(
        update(Delivery)
        .where(Delivery.batch_id.in_(waiting), Delivery.state == "ready",
               Delivery.code == row.blocked_code, Delivery.next_attempt_at > now)
        .values(next_attempt_at=now).returning(Delivery.batch_id)
        .execution_options(synchronize_session=False)
    ).all()
    session.execute(
        update(Batch).where(Batch.id.in_(woken), Batch.state == "ready")
        .values(next_attempt_at=now).execution_options(synchronize_session=False)
    )


def paused(session: Session, channel: str) -> list[str]:
    """What of this channel a person has paused, as `resume` takes it."""
    rows = session.scalars(
        select(AccountRow.account).where(AccountRow.channel == channel,
                                         AccountRow.paused_at.is_not(None))
        .order_by(AccountRow.account))
    return [channel if account == ALL else f"{channel}/{account}" for account in rows]


def stop(session: Session, now: datetime, actor: str, channel: str, reason: str) -> None:
    """DỪNG KHẨN CẤP: from this commit on nothing new begins."""
    session.add(StopOrder(channel=channel, reason=reason, by=actor, at=now))
    audit.record(session, now, actor, "stop", channel, {"reason": reason})


def start(session: Session, now: datetime, actor: str, channel: str | None) -> list[StopOrder]:
    """
    Start again, once by each of two persons. Gives the stops that still wait for a second
    person (empty: everything runs).
    """
    orders = session.scalars(
        select(StopOrder).where(StopOrder.lifted_at.is_(None)).with_for_update()
    ).all()
    if channel is not None:
        orders = [o for o in orders if o.channel == channel]
    if not orders:
        raise Refused("start", t("không có lệnh dừng nào", "no stop is in force"), "")
    waiting = []
    for order in orders:
        if order.first_start_by is None:
            order.first_start_by = actor
            waiting.append(order)
        elif order.first_start_by == actor:
            waiting.append(order)
        else:
            order.second_start_by, order.lifted_at = actor, now
    audit.record(session, now, actor, "start", channel or ALL,
                 {"waiting": [o.channel for o in waiting]})
    return waiting


def in_force(session: Session) -> list[StopOrder]:
    """Stops not yet lifted."""
    return list(session.scalars(select(StopOrder).where(StopOrder.lifted_at.is_(None))))
