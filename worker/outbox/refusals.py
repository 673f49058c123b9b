"""An account that was refused rests, and no message is spent on it meanwhile."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, or_, update
from sqlalchemy.orm import Session

from channels.values import Accepted, Delivered, Prepared, Retry
from worker import retry
from worker.db import insert_missing
from worker.models import AccountRow, UtcDateTime
from worker.outbox.many import Many
from worker.outbox.units import Tried

# during a rest nothing begins: what worked then was begun before it, perhaps by another worker
_WORKS = Many(
    update(AccountRow)
    .where(AccountRow.channel == bindparam("b_channel"),
           AccountRow.account == bindparam("b_account"), AccountRow.failures > 0,
           or_(AccountRow.blocked_until.is_(None),
               AccountRow.blocked_until <= bindparam("b_now", type_=UtcDateTime())))
    .values(failures=0, blocked_until=None, blocked_code="")
)


def note(
    session: Session, now: datetime, outcomes: Iterable[tuple[str, str, Tried]]
) -> None:
    """What came of tries, by channel and account."""
    refused: dict[tuple[str, str], Retry] = {}
    worked: set[tuple[str, str]] = set()
    for channel, account, outcome in outcomes:
        if isinstance(outcome, Retry) and outcome.scope == "account":
            refused[channel, account] = outcome
        elif isinstance(outcome, Accepted | Delivered | Prepared):
            worked.add((channel, account))
    for (channel, account), outcome in sorted(refused.items()):
        insert_missing(session, AccountRow, [{"channel": channel, "account": account}])
        row = session.get_one(AccountRow, (channel, account), with_for_update=True)
        if row.blocked_until is None or row.blocked_until <= now:
            row.failures += 1  # else it was begun before the block: the same refusal
        until = now + retry.account_wait(row.failures, outcome.retry_after)
        row.blocked_until = max(filter(None, (row.blocked_until, until)))
        row.blocked_code = outcome.code
    _WORKS.execute(session, [{"b_channel": channel, "b_account": account, "b_now": now}
                             for channel, account in sorted(worked - refused.keys())])
