"""How each account stands by what the database knows: nothing is asked over the wire."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.models import AccountRow, StopOrder
from worker.programme.model import Programme


@dataclass(frozen=True)
class Standing:
    """One account of an enabled channel."""

    channel: str
    channel_name: str
    account: str
    state: Literal["ok", "paused", "resting", "stopped"]
    why: str = ""  #: the reason of a pause or stop; the code an account rests for
    until: datetime | None = None  #: of a rest


def accounts_now(session: Session, programme: Programme, now: datetime) -> list[Standing]:
    """In the programme's order; a stop is told before a pause, a pause before a rest."""
    rows = {(r.channel, r.account): r for r in session.scalars(select(AccountRow))}
    stops = {o.channel: o.reason for o in session.scalars(
        select(StopOrder).where(StopOrder.lifted_at.is_(None)))}
    found = []
    for channel in programme.channels:
        if not channel.enabled:
            continue
        stopped = stops.get("*", stops.get(channel.id))
        for account in channel.accounts:
            mine = [r for r in (rows.get((channel.id, "*")), rows.get((channel.id, account.id)))
                    if r is not None]
            found.append(Standing(channel.id, channel.name, account.id,
                                  *_state(mine, stopped, now)))
    return found


def _state(
    rows: list[AccountRow], stopped: str | None, now: datetime
) -> tuple[Literal["ok", "paused", "resting", "stopped"], str, datetime | None]:
    if stopped is not None:
        return "stopped", stopped, None
    for row in rows:
        if row.paused_at is not None:
            return "paused", row.paused_reason, None
    for row in rows:
        if row.blocked_until is not None and row.blocked_until > now:
            return "resting", row.blocked_code, row.blocked_until
    return "ok", "", None
