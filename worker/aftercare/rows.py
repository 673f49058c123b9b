"""Which deliveries want aftercare: found in the log itself, so nothing is added to sending."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from channels.online import Measures, Pins
from worker.models import Aftercare, Attempt, Batch, Delivery
from worker.office import Office
from worker.outbox.doubt import LAST_TRY

#: kind of a figure -> how long after publication it is taken
MARKS: Mapping[str, timedelta] = {
    "1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7),
}
#: what was published longer ago is left as it is: the worker was away, or the channel is new to it
LOOK_BACK = timedelta(days=14)
#: deliveries taken up in one round
TAKE_UP = 500
#: states of a delivery that is public, as far as is known
PUBLIC = ("accepted", "delivered")


@dataclass(frozen=True)
class Wish:
    """What a channel of the programme in force wants done after publication."""

    pin_days: int = 0
    urgent_only: bool = False
    measures: bool = False


def wishes(office: Office) -> dict[str, Wish]:
    """Of every channel that can do any of it."""
    found = {}
    for config in office.force.programme.channels:
        channel = office.channels.get(config.id)
        wish = Wish(
            pin_days=config.options.get("pin_days", 0) if isinstance(channel, Pins) else 0,
            urgent_only=bool(config.options.get("pin_urgent_only")),
            measures=isinstance(channel, Measures),
        )
        if wish.pin_days or wish.measures:
            found[config.id] = wish
    return found


def missing(
    session: Session, now: datetime, wanted: Mapping[str, Wish]
) -> list[dict[str, Any]]:
    """Rows not made yet, of what is public with a `ref`; the oldest first."""
    begun = func.coalesce(Attempt.begun_at, Delivery.settled_at)
    found = session.execute(
        select(Delivery, Batch.priority_rank, begun)
        .join(Batch, Batch.id == Delivery.batch_id)
        .outerjoin(Attempt, LAST_TRY)
        .where(
            Delivery.day >= (now - LOOK_BACK).date(), Delivery.kind == "publish",
            Delivery.state.in_(PUBLIC), Delivery.ref != "", Delivery.withdrawn_at.is_(None),
            _wanted(wanted),
            ~exists().where(Aftercare.delivery_id == Delivery.id, Aftercare.day == Delivery.day),
        )
        .order_by(Delivery.day, Delivery.channel, Delivery.id)
        .limit(TAKE_UP)
    ).all()
    return [row for delivery, rank, at in found
            for row in _rows(delivery, at, now, wanted[delivery.channel], urgent=rank == 0)]


def _wanted(wanted: Mapping[str, Wish]) -> ColumnElement[bool]:
    """A delivery for which no row comes of it is not looked at again and again."""
    every = [c for c, w in wanted.items() if w.measures or not w.urgent_only]
    urgent = [c for c, w in wanted.items() if c not in every]
    return or_(
        Delivery.channel.in_(every) if every else false(),
        and_(Delivery.channel.in_(urgent), Batch.priority_rank == 0) if urgent else false(),
    )


def _rows(
    delivery: Delivery, published_at: datetime, now: datetime, wish: Wish, *, urgent: bool
) -> Sequence[dict[str, Any]]:
    kinds = {mark: published_at + age for mark, age in MARKS.items() if wish.measures}
    if wish.pin_days and (urgent or not wish.urgent_only):
        kinds["pin"] = published_at
    return [
        {
            "delivery_id": delivery.id, "day": delivery.day, "kind": kind,
            "channel": delivery.channel, "account": delivery.account, "target": delivery.target,
            "published_at": published_at, "due_at": due_at, "next_at": max(now, due_at),
            "asked_until": None, "tries": 0, "failures": 0, "state": "open", "code": "",
            "detail": "", "ended_at": None,
        }
        for kind, due_at in kinds.items()
    ]
