"""Notices written, counted, listed and seen."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from worker.db import insert_missing
from worker.models import Notice

#: everybody of the whole installation
EVERYBODY = "*"
#: characters the title holds
TITLE = 200
#: kept so long; a cause older than this cannot come again
KEPT = timedelta(days=180)
#: kind -> how it is called
KINDS: dict[str, tuple[str, str]] = {
    "waits": ("Chờ duyệt", "waits for approval"),
    "soon": ("Sắp đến giờ, chưa duyệt", "not approved, its slot is near"),
    "returned": ("Trả lại để sửa", "returned"),
    "rejected": ("Không duyệt", "rejected"),
    "aired": ("Kết quả phát", "what was aired"),
    "day": ("Chương trình ngày mai", "tomorrow's programme"),
}


@dataclass(frozen=True)
class Told:
    """Something to tell. `text`: short lines, as they are pasted into a Zalo group."""

    cause: str  #: the same thing has the same cause for ever
    kind: str
    title: str
    text: str
    link: str = ""
    person: str | None = None
    organisation: str | None = None


@dataclass(frozen=True)
class Reader:
    """Whose notices are asked for."""

    person: str
    organisation: str  #: EVERYBODY: works for the whole installation; "": reads, and does nothing


def reader(person: str, organisation: str | None, roles: Collection[str]) -> Reader:
    """Whoever only looks on hears nothing of their centre's work: nobody waits for them."""
    acts = not set(roles) <= {"kiem_tra"}
    return Reader(person, (organisation or EVERYBODY) if acts else "")


def write(session: Session, now: datetime, notices: Iterable[Told]) -> None:
    """Those whose cause is known stay as they are."""
    insert_missing(session, Notice, [
        {"cause": n.cause, "kind": n.kind, "title": n.title[:TITLE], "text": n.text,
         "link": n.link, "person": n.person, "organisation": n.organisation, "made_at": now}
        for n in notices])


def known(session: Session, causes: Iterable[str]) -> set[str]:
    """Which of these were told already."""
    return set(session.scalars(select(Notice.cause).where(Notice.cause.in_(list(causes)))))


def _mine(reader: Reader) -> ColumnElement[bool]:
    return or_(Notice.person == reader.person, Notice.organisation == reader.organisation)


def unseen(session: Session, reader: Reader) -> int:
    """The figure in the header."""
    return session.scalars(
        select(func.count()).select_from(Notice)
        .where(Notice.seen_at.is_(None), _mine(reader))).one()


def listed(
    session: Session, reader: Reader, limit: int, before: int | None = None
) -> Sequence[Notice]:
    """The newest first; `before`: a number, for the next page."""
    query = select(Notice).where(_mine(reader)).order_by(Notice.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(Notice.id < before)).all()


def seen(
    session: Session, now: datetime, reader: Reader, number: int, *, and_older: bool = False
) -> int:
    """«Đã xem», by the first who says so; gives how many were unseen. Others' are not touched."""
    which = Notice.id <= number if and_older else Notice.id == number
    return len(session.execute(
        update(Notice).where(which, Notice.seen_at.is_(None), _mine(reader))
        .values(seen_at=now, seen_by=reader.person).returning(Notice.id)
        .execution_options(synchronize_session=False)).all())


def tidy(session: Session, now: datetime) -> None:
    """What is old enough that nothing of it can be told again."""
    session.execute(delete(Notice).where(Notice.made_at < now - KEPT)
                    .execution_options(synchronize_session=False))
