"""
Lock-out after failures, growing. A try is counted before it is judged: many at once cannot all be
judged under the same count. A right one takes its own count back.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from worker.db import insert_missing
from worker.models import LoginGuard

#: failures that cost nothing: of an account or device; of an address, which an office shares
FREE, FREE_OF_ADDRESS = 5, 30
#: the first wait, doubled with each further failure, and the longest
FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=1)
#: without a failure for so long all is forgotten
FORGOTTEN = timedelta(days=1)


def of_name(name: str) -> str:
    """Hashed: some type their password where the name belongs."""
    return f"ten/{hashlib.sha256(name.casefold().encode()).hexdigest()[:32]}"


def of_device(token_sha256: str) -> str:
    """A device that is known has a count of its own: strangers cannot lock its owner out."""
    return f"may/{token_sha256[:32]}"


def of_code(person_id: str) -> str:
    return f"ma/{person_id}"


def of_address(address: str) -> str:
    return f"dia-chi/{address[:64]}"


def begin(session: Session, now: datetime, keys: Sequence[str]) -> timedelta | None:
    """Count a try under all keys; or how long to wait, and nothing is counted."""
    session.execute(delete(LoginGuard).where(LoginGuard.last_at < now - FORGOTTEN))
    insert_missing(session, LoginGuard, [
        {"key": key, "failures": 0, "last_at": now} for key in sorted(keys)])
    rows = [session.get_one(LoginGuard, key, with_for_update=True) for key in sorted(keys)]
    waits = [row.until - now for row in rows if row.until is not None and row.until > now]
    if waits:
        return max(waits)
    for row in rows:
        row.failures, row.last_at = row.failures + 1, now
        row.until = _until(row, now)
    return None


def _until(row: LoginGuard, now: datetime) -> datetime | None:
    over = row.failures - (FREE_OF_ADDRESS if row.key.startswith("dia-chi/") else FREE)
    if over < 0:
        return None
    wait: timedelta = FIRST * (1 << min(over, 10))
    return now + min(LONGEST, wait)


def was_right(session: Session, keys: Sequence[str]) -> None:
    """
    This try was no failure. An account's failures end with it; an address only gets this one
    back, or an account of one's own would buy guesses at all others.
    """
    address = LoginGuard.key.startswith("dia-chi/")
    mine = LoginGuard.key.in_(keys)
    session.execute(delete(LoginGuard).where(mine, ~address)
                    .execution_options(synchronize_session=False))
    session.execute(update(LoginGuard).where(mine, address)
                    .values(failures=LoginGuard.failures - 1, until=None)
                    .execution_options(synchronize_session=False))
