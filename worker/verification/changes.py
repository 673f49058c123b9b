"""
Which days have to be looked at again: what happened since, and whose hour has come. Asked of
the events, which every change of a delivery writes, by their time and an index of it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.models import AreaOrder, Audit, Batch, Campaign, Delivery, Event, Item, Occurrence
from worker.verification.published import is_out

#: another node's clock may be behind, and a transaction is visible only after its events' time
BACK = timedelta(minutes=2)


@dataclass
class Changes:
    """What one node has seen; a new life begins with a look at every day anyway."""

    _until: datetime | None = None
    _audited: int = -1
    #: an item that corrects -> items it corrects
    _fixes: dict[str, set[str]] = field(default_factory=dict)
    _seen: dict[str, tuple[object, ...]] = field(default_factory=dict)

    def days(self, session: Session, now: datetime) -> set[date]:
        """Days with something new since the last question; the first time none."""
        since = min(self._until or now, now) - BACK
        opened_since = self._until or now
        seen, days = dict[str, tuple[object, ...]](), self._acts(session)
        for occurrence in session.execute(
            select(Occurrence.id, Occurrence.local_date, Occurrence.item_id,
                   Occurrence.event_seq)
            .where(Occurrence.id.in_(select(Event.occurrence_id).where(Event.at > since))
                   # a campaign's events may come ten seconds after what they tell
                   | Occurrence.id.in_(select(Campaign.occurrence_id)
                                       .where(Campaign.last_begun_at > since)))
        ):
            key = occurrence.id
            seen[key] = _looks(session, key, occurrence.event_seq)
            if self._until is not None and self._seen.get(key) != seen[key]:
                days.add(occurrence.local_date)
                for item in {occurrence.item_id, *self._fixes.get(occurrence.item_id, ())}:
                    days |= _corrected(session, item)
                days |= _corrected_campaign(session, key)
        days |= _opened(session, opened_since, now)
        self._until, self._seen = now, seen
        return days

    def _acts(self, session: Session) -> set[date]:
        """A recall leaves an event only where something was planned: not at a campaign."""
        days = set[date]()
        for row in session.scalars(
            select(Audit).where(Audit.seq > self._audited, Audit.act.in_(("recall", "correct")))
            .order_by(Audit.seq)
        ):
            if row.act == "correct":
                self._fixes.setdefault(str(row.detail.get("with", "")), set()).add(row.subject)
            if self._until is not None:
                days |= _corrected(session, row.subject)
        self._audited = session.scalars(select(func.max(Audit.seq))).one() or 0
        return days


def _looks(session: Session, occurrence: str, seq: int) -> tuple[object, ...]:
    """A campaign has an event for every slice of a million: what shows is asked instead."""
    row = session.execute(
        select(Campaign.id, Campaign.until_row > Campaign.seeds,
               Campaign.first_begun_at, Item.state)
        .join(Item, Item.id == Campaign.item_id)
        .where(Campaign.occurrence_id == occurrence)
    ).first()
    if row is None:
        return (seq,)
    number, *shows = row
    return (*shows, is_out(session, number))


def _corrected(session: Session, item: str) -> set[date]:
    """Days of an item that was once recalled: what is out now corrects what was out then."""
    if session.scalars(select(Audit.seq).where(Audit.subject == item, Audit.act == "recall")
                       .limit(1)).first() is None:
        return set()
    days = set(session.scalars(
        select(Delivery.day).distinct().join(Batch, Batch.id == Delivery.batch_id)
        .where(Batch.item_id == item)))
    for row in (Campaign, AreaOrder):
        days |= set(session.scalars(
            select(Occurrence.local_date).distinct()
            .where(Occurrence.id.in_(select(row.occurrence_id).where(row.item_id == item)))))
    return days


def _corrected_campaign(session: Session, occurrence: str) -> set[date]:
    """The day of the campaign that this one goes after."""
    wrong = select(Campaign.corrects).where(Campaign.occurrence_id == occurrence)
    return set(session.scalars(
        select(Occurrence.local_date).join(Campaign, Campaign.occurrence_id == Occurrence.id)
        .where(Campaign.id.in_(wrong))))


def _opened(session: Session, since: datetime, now: datetime) -> set[date]:
    """Handed over ahead, and now its hour has come."""
    around = (since - timedelta(days=2)).date(), (now + timedelta(days=2)).date()
    return set(session.scalars(
        select(Batch.day).distinct()
        .join(Occurrence, Occurrence.id == Batch.occurrence_id)
        .where(Occurrence.local_date.between(*around), Batch.opens_at > since,
               Batch.opens_at <= now)
    )) | set(session.scalars(
        select(Occurrence.local_date).distinct()
        .join(AreaOrder, AreaOrder.occurrence_id == Occurrence.id)
        .where(AreaOrder.opens_at > since, AreaOrder.opens_at <= now)))
