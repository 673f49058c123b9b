"""
What time takes away. A list ends on its last day, or `list_months` after its import at the latest;
then its ciphertext goes. Look-up values stay as long again, so that people can be told what was
sent to them, and go, too.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from worker import audit
from worker.errors import Refused, UserError
from worker.home import SYSTEM, Home, in_force
from worker.i18n import t
from worker.models import Campaign, CampaignList, Recipient, RecipientList
from worker.slots import local_date

from .index import STEP
from .origin import last_day
from .removal import remove, unlink

#: an import that wrote nothing for so long is dead
ABANDONED = timedelta(hours=1)
#: look-up values live so long after a campaign's last message: its caps find people by them
CAPS_LOOK_BACK = timedelta(days=31)


def tidy(home: Home, now: datetime) -> None:
    """All that is due; may die anywhere and be called again, by any node."""
    with home.store.read() as session:
        lists = list(session.scalars(
            select(RecipientList).where(RecipientList.unlinked_at.is_(None))))
        programme = in_force(session).programme if lists else None
    if programme is None:
        return
    today, months = local_date(programme, now), programme.settings.list_months

    def over(moment: datetime) -> bool:
        return last_day(local_date(programme, moment), months) < today

    for row in lists:
        if row.state == "staging":
            if row.touched_at < now - ABANDONED:
                remove(home.store, row.id)
        elif row.state == "ready":
            if row.expires < today or over(row.imported_at):
                _expire(home, row, now)
                wipe(home, row.id, now)
        elif row.wiped_at is None:
            wipe(home, row.id, now)
        elif row.ended_at and over(row.ended_at) and not _counts(home, row.id, now):
            unlink(home.store, row.id)
            _in_chunks(home, row, {"lookup": None})
            _note(home, row.id, now, unlinked_at=now)


def _counts(home: Home, list_id: int, now: datetime) -> bool:
    """What was sent to the list may still keep another campaign from its numbers."""
    with home.store.read() as session:
        return session.scalars(
            select(Campaign.id).join(CampaignList, CampaignList.campaign_id == Campaign.id)
            .where(CampaignList.list_id == list_id,
                   Campaign.last_begun_at > now - CAPS_LOOK_BACK).limit(1)).first() is not None


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


def _expire(home: Home, row: RecipientList, now: datetime) -> None:
    reason = t(f"hết hạn ({row.expires:%d/%m/%Y})", f"expired ({row.expires.isoformat()})")
    # refused: another node was first
    with suppress(Refused), home.store.write() as session:
        end(session, now, row.id, SYSTEM, reason)


def _in_chunks(home: Home, row: RecipientList, values: dict[str, None]) -> None:
    for first in range(1, row.stored + 1, STEP):
        with home.store.write() as session:
            session.execute(
                update(Recipient).where(Recipient.list_id == row.id,
                                        Recipient.row.between(first, first + STEP - 1))
                .values(**values).execution_options(synchronize_session=False))


def _note(home: Home, list_id: int, now: datetime, **moments: datetime) -> None:
    with home.store.write() as session:
        session.execute(update(RecipientList).where(RecipientList.id == list_id).values(**moments))
        audit.record(session, now, SYSTEM, "list_wipe", str(list_id), {"what": list(moments)})
