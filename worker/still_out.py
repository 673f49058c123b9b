"""
What of recalled items is still public, or was got by somebody whom no correction has reached yet:
place by place, for `giovang status` and the Sự cố that stays open until nothing is left.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from worker.models import Batch, Delivery, Item
from worker.outbox.keys import edits
from worker.outbox.takeback import OUT
from worker.states import MAY_BE_OUT
from worker.takedown import can_recall, place_of

#: places named one by one; all of them are counted
NAMED = 200


class Left(NamedTuple):
    """A delivery of a recalled item that may be out."""

    delivery: Delivery
    item: str
    public: bool  #: to be taken down, or edited; else nobody can, and it is to be corrected


def left(session: Session, now: datetime) -> list[Left]:
    """
    The newest first. An edit that nobody is sure of counts by what it edits; what was prepared
    and is not withdrawn yet counts once its hour has come, for the far side publishes by itself.
    """
    # asked first: together with the log PostgreSQL reads all of it, though nothing is recalled
    recalled = session.scalars(select(Item.id).where(Item.state == "recalled")).all()
    if not recalled:
        return []
    # sorted here: asked to sort, SQLite reads the whole log in order instead of the few batches
    rows = sorted(session.execute(
        select(Delivery, Batch.item_id)
        .join(Batch, (Batch.id == Delivery.batch_id) & (Batch.day == Delivery.day))
        .where(Batch.item_id.in_(recalled), Delivery.kind != "recall",
               Delivery.state.in_(MAY_BE_OUT) | _by_itself(now))
    ).all(), key=lambda row: (-row[0].day.toordinal(), row[0].channel, row[0].target, row[0].id))
    back = can_recall(session, {d.channel for d, _ in rows})
    fixed = _corrected(session) if any(d.channel not in back for d, _ in rows) else frozenset()
    return [
        Left(d, item, d.channel in back) for d, item in rows
        if (d.channel in back or (item, d.channel, d.target) not in fixed)
        and not (d.state in ("sending", "uncertain") and edits(d.kind, d.id, d.tag))]


def _by_itself(now: datetime) -> ColumnElement[bool]:
    recall = aliased(Delivery)
    gone = exists().where(recall.refers_to == Delivery.id, recall.kind == "recall",
                          recall.state.in_(OUT))
    return (Delivery.withdrawn_at.is_not(None) & (Delivery.state != "recalled")
            & (Batch.opens_at <= now) & ~gone)


def named(session: Session, now: datetime, found: list[Left]) -> list[dict[str, Any]]:
    """The first of them with name and address of the place."""
    rows = []
    for one in found[:NAMED]:
        d = one.delivery
        place = place_of(session, d, now)
        rows.append({
            "item": one.item, "channel": d.channel, "target": d.target, "name": place.name,
            "address": place.address, "state": d.state, "key": d.id,
            "what": "public" if one.public else "not corrected"})
    return rows


def _corrected(session: Session) -> frozenset[tuple[str, str, str]]:
    """(item, channel, target) that got a correction."""
    wrong = aliased(Delivery)
    return frozenset(
        (item, channel, target) for item, channel, target in session.execute(
            select(Batch.item_id, Delivery.channel, Delivery.target)
            # by the few that refer to another, then that one: seeing two equal columns, SQLite
            # would begin at the other end and read the whole log
            .join(wrong, wrong.id == func.coalesce(Delivery.refers_to, ""))
            .join(Batch, Batch.id == wrong.batch_id)
            .where(Delivery.refers_to > "", Delivery.kind == "correct", Delivery.state.in_(OUT))))
