"""A log with a past: deliveries of chosen days, each with its try, id and receipt."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from tests.deliveries import add_batch, add_delivery, add_occurrence
from worker.db import Store
from worker.models import Attempt, Base, Delivery, Installation, Receipt, WireRef
from worker.outbox import events

PLACE = {"delivery": "day", "attempt": "day", "receipt": "received_at", "wire_ref": "at"}


def key_of(day: date, number: int = 0) -> str:
    """The key of this day's delivery."""
    return f"{day:%Y%m%d}-0000-5000-8000-{number:012d}"


def sent(session: Session, day: date, *, state: str = "delivered", rows: int = 1) -> None:
    """So many deliveries of this day, with everything that stands beside them."""
    at = datetime.combine(day, time(5), UTC)
    occurrence = add_occurrence(session, f"s/sang/{day}/1", day=day)
    batch = add_batch(session, occurrence)
    batch.opens_at, batch.closes_at = at, at + timedelta(hours=1)
    for n in range(rows):
        key = key_of(day, n)
        add_delivery(session, batch, key, state=state, target=f"xa-{n}", first_try_at=at,
                     settled_at=at)
        session.add(Attempt(delivery_id=key, day=day, number=1, account="chinh", node="n",
                            lease_token="t", begun_at=at, deadline_at=at, ended_at=at,
                            outcome="accepted"))
        session.add(WireRef(channel="sms", account="chinh", ref=f"r{key}", delivery_id=key,
                            number=1, at=at))
        session.add(Receipt(channel="sms", account="chinh", dedupe=key, received_at=at,
                            ref=f"r{key}", outcome="delivered", delivery_id=key, matched_at=at))
    session.flush()
    events.append(session, at, "n", [events.Note(occurrence.id, "settled", key_of(day), {})])


def a_log(store: Store, *days: date, rows: int = 1, made: date = date(2015, 1, 1)) -> None:
    """An installation as old as `made` that sent on these days."""
    with store.write() as s:
        s.execute(update(Installation).values(created_at=datetime.combine(made, time(), UTC)))
        for day in days:
            sent(s, day, rows=rows)


def days_left(store: Store) -> list[date]:
    """Days that the log has deliveries of."""
    with store.read() as s:
        return list(s.scalars(select(Delivery.day).distinct().order_by(Delivery.day)))


def counts(store: Store) -> dict[str, int]:
    """Rows of each table that goes with time."""
    with store.read() as s:
        return {model.__tablename__: s.scalars(select(func.count()).select_from(model)).one()
                for model in (Delivery, Attempt, Receipt, WireRef)}


def stands_in(store: Store, table: str) -> set[str]:
    """The partitions that hold rows of a table."""
    with store.read() as s:
        return set(s.scalars(select(text("tableoid::regclass::text")).select_from(
            Base.metadata.tables[table])))
