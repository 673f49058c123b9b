"""
Reading the audit chain: a page at a time from the newest, and its hashes checked in parts, so
that a long chain holds nobody up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from worker import audit
from worker.db import Store
from worker.models import Audit, Person
from worker.programme.model import Programme
from worker.scope import Scope

#: rows of one short transaction while all are written out; rows checked by one request
CHUNK, PART = 1000, 20_000


@dataclass(frozen=True)
class Filters:
    """What is wanted; None, empty: all. Both moments as the chain has them."""

    actor: str = ""
    act: str = ""
    subject: str = ""
    since: datetime | None = None
    before: datetime | None = None
    #: acts of these persons, and acts upon them
    held: frozenset[str] | None = None


def held_persons(session: Session, scope: Scope) -> frozenset[str] | None:
    """Whose acts whoever has this scope may read; None: everybody's, and the system's."""
    if scope.organisations is None:
        return None
    return frozenset(session.scalars(
        select(Person.id).where(Person.organisation.in_(scope.organisations))))


def span(
    programme: Programme, first: date | None, last: date | None
) -> tuple[datetime | None, datetime | None]:
    """Two local days, both included, as moments."""
    zone = programme.zone()
    return (datetime.combine(first, time(), zone) if first else None,
            datetime.combine(last + timedelta(days=1), time(), zone) if last else None)


def page(
    session: Session, filters: Filters, *, limit: int, before: int | None = None
) -> Sequence[Audit]:
    """At most `limit` rows, the newest first, older than row `before`."""
    query = select(Audit).order_by(Audit.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(Audit.seq < before)
    if filters.actor:
        query = query.where(Audit.actor == filters.actor)
    if filters.act:
        query = query.where(Audit.act == filters.act)
    if filters.subject:
        query = query.where(Audit.subject.contains(filters.subject, autoescape=True))
    if filters.since is not None:
        query = query.where(Audit.at >= filters.since)
    if filters.before is not None:
        query = query.where(Audit.at < filters.before)
    if filters.held is not None:
        upon = filters.held | {f"user/{person}" for person in filters.held}
        query = query.where(or_(Audit.actor.in_(filters.held), Audit.subject.in_(upon)))
    return session.scalars(query).all()


def every(store: Store, filters: Filters) -> Iterator[Audit]:
    """All of them; no transaction is held while they are written out."""
    before = None
    while True:
        with store.read() as session:
            rows = page(session, filters, limit=CHUNK, before=before)
        yield from rows
        if len(rows) < CHUNK:
            return
        before = rows[-1].seq


@dataclass(frozen=True)
class Checked:
    """How far the chain is whole."""

    upto: int  #: every row up to this one fits
    last: int  #: the newest row
    broken: Audit | None = None  #: the first that does not

    @property
    def whole(self) -> bool:
        return self.broken is None and self.upto >= self.last


def check(session: Session, after: int = 0, part: int = PART) -> Checked:
    """Check at most `part` rows after row `after`, which an earlier part has found to fit."""
    last = session.scalar(select(func.max(Audit.seq))) or 0
    after = min(max(after, 0), last)
    upto, broken = audit.verify_part(session, after, part)
    return Checked(upto, last, session.get(Audit, broken) if broken is not None else None)
