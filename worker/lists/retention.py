"""
What time takes away. A list ends on its last day, or `list_months` after its import at the latest;
then its ciphertext goes. Look-up values stay as long again, so that people can be told what was
sent to them, and go, too.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from worker import audit
from worker.errors import Refused, UserError
from worker.home import SYSTEM, Home, in_force
from worker.i18n import t
from worker.models import Recipient, RecipientList
from worker.slots import local_date

from .origin import last_day
from .rows import CHUNK
from .store import remove, unlink

#: an import that wrote nothing for so long is dead
ABANDONED = timedelta(hours=1)


def tidy(home: Home, now: datetime) -> None:
    """All that is due; may die anywhere and be called again, by any node."""
    with home.store.read() as session:
        dead = list(session.scalars(select(RecipientList.id).where(
            RecipientList.state == "staging", RecipientList.touched_at < now - ABANDONED)))
    for list_id in dead:
        remove(home.store, list_id)
    with home.store.write() as session:
        _end_due(session, now)
    with home.store.read() as session:
        wipe_now = _ended(session, RecipientList.wiped_at.is_(None))
        programme = in_force(session).programme
        today, months = local_date(programme, now), programme.settings.list_months
        unlink_now = [
            r for r in _ended(session, RecipientList.unlinked_at.is_(None))
            if r.ended_at and last_day(local_date(programme, r.ended_at), months) < today]
    for row in wipe_now:
        wipe(home, row.id, now)
    for row in unlink_now:
        unlink(home.store, row.id)
        _in_chunks(home, row, {"lookup": None})
        _note(home, row.id, now, unlinked_at=now)


def end(session: Session, now: datetime, list_id: int, by: str, reason: str) -> None:
    """
    From this moment the list counts no more; `wipe` follows.

    Raises:
        UserError: no such list. Refused: it counts no more, or not yet.
    """
    row = session.get(RecipientList, list_id, with_for_update=True)
    where = t(f"danh sách {list_id}", f"list {list_id}")
    if row is None:
        raise UserError(where, t("không có", "there is none"),
                        t("xem `giovang list show`", "see `giovang list show`"))
    if row.state != "ready":
        raise Refused(where, t("không còn, hoặc chưa dùng được", "is not in use"))
    row.state, row.ended_at, row.ended_by, row.end_reason = "ended", now, by, reason
    audit.record(session, now, by, "list_end", str(list_id), {"reason": reason})


def wipe(home: Home, list_id: int, now: datetime) -> None:
    """No number and no value of an ended list is left."""
    with home.store.read() as session:
        row = session.get_one(RecipientList, list_id)
    _in_chunks(home, row, {"number": None, "fields": None, "key_id": None})
    _note(home, list_id, now, wiped_at=now)


def _end_due(session: Session, now: datetime) -> None:
    programme = in_force(session).programme
    today, months = local_date(programme, now), programme.settings.list_months
    for row in session.scalars(select(RecipientList).where(RecipientList.state == "ready")).all():
        kept_until = last_day(local_date(programme, row.imported_at), months)
        if min(row.expires, kept_until) < today:
            end(session, now, row.id, SYSTEM, _expired(row.expires))


def _expired(expires: date) -> str:
    return t(f"hết hạn ({expires:%d/%m/%Y})", f"expired ({expires.isoformat()})")


def _ended(session: Session, which: ColumnElement[bool]) -> list[RecipientList]:
    return list(session.scalars(
        select(RecipientList).where(RecipientList.state == "ended", which)))


def _in_chunks(home: Home, row: RecipientList, values: dict[str, None]) -> None:
    for first in range(1, row.stored + 1, CHUNK):
        with home.store.write() as session:
            session.execute(
                update(Recipient).where(Recipient.list_id == row.id,
                                        Recipient.row.between(first, first + CHUNK - 1))
                .values(**values).execution_options(synchronize_session=False))


def _note(home: Home, list_id: int, now: datetime, **moments: datetime) -> None:
    with home.store.write() as session:
        session.execute(update(RecipientList).where(RecipientList.id == list_id).values(**moments))
        audit.record(session, now, SYSTEM, "list_wipe", str(list_id), {"what": list(moments)})
