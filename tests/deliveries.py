"""Rows of the outbox for tests that only read or answer them."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from tests.conftest import START
from worker.models import Batch, Content, Delivery, Item, ItemVersion, Occurrence

DAY = date(2026, 11, 24)


def add_occurrence(
    session: Session, occurrence_id: str = "s/sang/2026-11-24/1", *, item: str = "td-01",
    day: date = DAY,
) -> Occurrence:
    """An occurrence with its item, due now for an hour."""
    if session.get(Item, item) is None:
        session.add(Item(id=item, version=1, state="draft", title="T", theme="thu_doan",
                         priority="thong_thuong", author="a", created_at=START, changed_at=START))
        session.flush()
        session.add(ItemVersion(item_id=item, version=1, sha256="0" * 64, author="a",
                                content={"id": item, "title": "T", "theme": "thu_doan"},
                                created_at=START))
    if session.get(Content, "c" * 64) is None:
        session.add(Content(sha256="c" * 64, payload={"text": "x"}))
    entry, slot, _, run = occurrence_id.rsplit("/", 3)
    occurrence = Occurrence(
        id=occurrence_id, entry=entry, slot=slot, local_date=day, run=int(run), item_id=item,
        item_version=1, picked_by="rotate", priority="thong_thuong", purpose="cong_ich",
        opens_at=START, closes_at=START + timedelta(hours=1), programme_version=1,
    )
    session.add(occurrence)
    session.flush()
    return occurrence


def add_batch(
    session: Session, occurrence: Occurrence, *, channel: str = "sms", state: str = "done",
    ordinal: int = 0,
) -> Batch:
    batch = Batch(
        occurrence_id=occurrence.id, day=occurrence.local_date, channel=channel, account="chinh",
        ordinal=ordinal, state=state, priority_rank=2, next_attempt_at=START, opens_at=START,
        closes_at=occurrence.closes_at, windows=[],
        item_id=occurrence.item_id, item_version=occurrence.item_version,
    )
    session.add(batch)
    session.flush()
    return batch


def add_delivery(
    session: Session, batch: Batch, key: str, *, target: str = "xa-a", state: str = "accepted",
    first_try_at: datetime | None = START, **more: Any,
) -> Delivery:
    tried = state not in ("queued", "cancelled", "expired")
    delivery = Delivery(
        id=key, day=batch.day, occurrence_id=batch.occurrence_id, batch_id=batch.id,
        channel=batch.channel, account=batch.account, target=target, state=state,
        content_sha256="c" * 64, attempts=1 if tried else 0,
        first_try_at=first_try_at if tried else None, **more,
    )
    session.add(delivery)
    session.flush()
    return delivery
