"""What the far sides counted, read from the log: one row a delivery and age."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from worker.aftercare.rows import MARKS
from worker.models import Aftercare, Batch, Delivery, DeliveryFigures
from worker.output import local_iso

#: columns before those of the counts
FIELDS = ("key", "item", "channel", "target", "published_at", "mark", "age", "late", "url")
#: a figure counts as late when it was taken so much after its age, seconds
LATE = 600


def rows(
    session: Session, zone: ZoneInfo, *, item: str | None = None, channel: str | None = None,
    first: date | None = None, last: date | None = None,
) -> Iterator[dict[str, Any]]:
    """Newest day first, then by channel, delivery and age; `counts` as the far side gave them."""
    query: Select[*tuple[Any, ...]] = (
        select(DeliveryFigures, Delivery, Batch.item_id, Aftercare.published_at)
        .join(Delivery, (Delivery.id == DeliveryFigures.delivery_id)
              & (Delivery.day == DeliveryFigures.day))
        .join(Batch, Batch.id == Delivery.batch_id)
        .join(Aftercare, (Aftercare.delivery_id == DeliveryFigures.delivery_id)
              & (Aftercare.day == DeliveryFigures.day) & (Aftercare.kind == DeliveryFigures.mark))
        .order_by(DeliveryFigures.day.desc(), Delivery.channel, Delivery.id, DeliveryFigures.age)
    )
    if item is not None:
        query = query.where(Batch.item_id == item)
    if channel is not None:
        query = query.where(Delivery.channel == channel)
    if first is not None:
        query = query.where(DeliveryFigures.day >= first)
    if last is not None:
        query = query.where(DeliveryFigures.day <= last)
    for figures, delivery, item_id, published_at in session.execute(query):
        yield {
            "key": delivery.id, "item": item_id, "channel": delivery.channel,
            "target": delivery.target, "published_at": local_iso(published_at, zone),
            "mark": figures.mark, "age": figures.age,
            "late": figures.age - MARKS[figures.mark].total_seconds() > LATE,
            "url": delivery.url, "counts": figures.counts,
        }


def told(session: Session, key: str) -> list[tuple[Any, dict[str, Any]]]:
    """What was done after one delivery, for its story: moment, and what."""
    lines = [
        (a.ended_at, {"what": a.kind if a.kind in ("pin", "unpin") else f"figures-{a.kind}",
                      "actor": a.channel, "state": a.state, "tries": a.tries, "code": a.code,
                      "detail": a.detail})
        for a in session.scalars(
            select(Aftercare).where(Aftercare.delivery_id == key, Aftercare.state != "open",
                                    (Aftercare.kind.in_(("pin", "unpin")))
                                    | (Aftercare.state != "done")))
        if a.ended_at is not None
    ]
    return lines + [
        (f.at, {"what": f"figures-{f.mark}", "actor": "", "age": f.age, **f.counts})
        for f in session.scalars(
            select(DeliveryFigures).where(DeliveryFigures.delivery_id == key))
    ]
