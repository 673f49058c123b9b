"""
Orders over channels: pause and resume (one person), emergency stop (one person, at once) and
start again (two persons). `begin` asks for them in the same statement that begins.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import audit
from worker.db import lock_outbox
from worker.errors import Refused
from worker.i18n import t
from worker.models import AccountRow, StopOrder

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
    """Lift a pause and a breaker; False when there was none."""
    lock_outbox(session)  # a turn that settles a refusal locks the same row
    row = session.get(AccountRow, (channel, account))
    if row is None or (row.paused_at is None and row.blocked_until is None):
        return False
    row.paused_by, row.paused_at, row.paused_reason = None, None, ""
    row.blocked_until, row.blocked_code, row.failures = None, "", 0
    audit.record(session, now, actor, "resume", f"{channel}/{account}")
    return True


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
