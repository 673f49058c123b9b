"""Which forms of which number a station has taken: who still holds an old copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from worker.db import insert_missing
from worker.models import BulletinRow, Fetched

#: forms a station keeps or prints; the page itself is new each time it is looked at
FORMS = ("page", "json", "feed", "docx", "pdf", "mp3", "html", "bundle", "usb")


@dataclass(frozen=True)
class OldCopy:
    """A station that took a number which is no longer the newest, and nothing newer."""

    station: str
    date: date
    airing: str
    held: int
    newest: int
    taken_at: datetime


def fetched(session: Session, now: datetime, bulletin_ids: Sequence[int], form: str) -> None:
    """They were taken in this form; told again, only the time of the last is new."""
    if not bulletin_ids:
        return
    insert_missing(session, Fetched, [
        {"bulletin_id": n, "form": form, "first_at": now, "last_at": now} for n in bulletin_ids])
    session.execute(
        update(Fetched).where(Fetched.bulletin_id.in_(bulletin_ids), Fetched.form == form)
        .values(last_at=now))


def taken(session: Session, bulletin_id: int) -> bool:
    """Somebody at the station has it in some form."""
    return session.scalars(
        select(Fetched.form).where(Fetched.bulletin_id == bulletin_id)).first() is not None


def old_copies(session: Session, since: date) -> list[OldCopy]:
    """Of airings from this day on, the latest first."""
    newest = select(BulletinRow).where(BulletinRow.newest, BulletinRow.local_date >= since,
                                       BulletinRow.number > 1).subquery()
    held = (
        select(BulletinRow.station, BulletinRow.local_date, BulletinRow.airing,
               func.max(BulletinRow.number).label("held"), func.max(Fetched.last_at).label("at"))
        .join(Fetched, Fetched.bulletin_id == BulletinRow.id)
        .where(BulletinRow.local_date >= since)
        .group_by(BulletinRow.station, BulletinRow.local_date, BulletinRow.airing)
    ).subquery()
    rows = session.execute(
        select(held.c.station, held.c.local_date, held.c.airing, held.c.held, newest.c.number,
               held.c.at)
        .join(newest, (newest.c.station == held.c.station)
              & (newest.c.local_date == held.c.local_date)
              & (newest.c.airing == held.c.airing))
        .where(held.c.held < newest.c.number)
        .order_by(held.c.local_date.desc(), held.c.station)
    )
    return [OldCopy(*row) for row in rows]
