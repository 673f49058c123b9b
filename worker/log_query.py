"""
Reading the delivery log, a page at a time: newest day first, each page from the last row of
the one before, along the index (day, channel, id). The millionth row costs what the first did.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, and_, case, false, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from worker.aftercare import figures
from worker.db import Store
from worker.errors import UserError
from worker.i18n import t
from worker.models import Attempt, Batch, Delivery, Event, Item, Receipt
from worker.output import local_iso
from worker.programme.model import Programme
from worker.programme.targets import candidates
from worker.scope import Targets

Query = Select[*tuple[Any, ...]]
Line = Row[*tuple[Any, ...]]

#: rows of one short transaction while a whole log is written out
CHUNK = 1000


#: states that a delivery may have through its batch
_OF_BATCH = ("held", "ready", "cancelled", "expired")


def effective_state() -> ColumnElement[str]:
    """The state of a delivery joined with its batch: before begin it is what its batch is."""
    of_batch = case((Batch.state.in_(["ready", "leased", "done"]), "ready"), else_=Batch.state)
    return case((Delivery.state == "queued", of_batch), else_=Delivery.state)


@dataclass(frozen=True)
class Filters:
    """What of the log is wanted; None means all. Days are local days of airing, both included."""

    first: date | None = None
    last: date | None = None
    today: date | None = None  #: without `last`: nothing planned after this, unless begun
    channel: str | None = None
    item: str | None = None
    state: str | None = None
    target: str | None = None
    #: ids of items and of targets, either of which will do: what a text was found in
    about: tuple[frozenset[str], frozenset[str]] | None = None
    held: Targets | None = None  #: only deliveries to these targets (worker/scope.py)


_COLUMNS = (
    Delivery.id, Delivery.day, Delivery.channel, Delivery.account, Delivery.target,
    Delivery.kind, Delivery.late, Delivery.attempts, Delivery.first_try_at, Delivery.code,
    Delivery.detail, Delivery.ref, Delivery.url, Delivery.occurrence_id, Delivery.prepared_at,
)


def page(
    session: Session, filters: Filters, *, limit: int, after: str | None = None
) -> Sequence[Line]:
    """At most `limit` rows after the delivery `after`; UserError when there is no such one."""
    query: Query = (
        select(*_COLUMNS, Batch.item_id, effective_state().label("state"))
        .join(Batch, Batch.id == Delivery.batch_id)
        .order_by(Delivery.day.desc(), Delivery.channel.desc(), Delivery.id.desc())
        .limit(limit)
    )
    query = _filtered(query, filters)
    if after is not None:
        query = query.where(
            tuple_(Delivery.day, Delivery.channel, Delivery.id)
            < tuple_(*_place_of(session, after))
        )
    return session.execute(query).all()


def one(session: Session, key: str) -> Line:
    """The row of one delivery; UserError when there is no such one."""
    row = session.execute(
        select(*_COLUMNS, Batch.item_id, effective_state().label("state"))
        .join(Batch, Batch.id == Delivery.batch_id).where(Delivery.id == key)
    ).first()
    if row is None:
        raise no_such_delivery(key, session)
    return row


def _place_of(session: Session, key: str) -> tuple[date, str, str]:
    row = session.execute(
        select(Delivery.day, Delivery.channel, Delivery.id).where(Delivery.id == key)
    ).first()
    if row is None:
        raise no_such_delivery(key, session)
    return row.day, row.channel, row.id


def no_such_delivery(key: str, session: Session) -> UserError:
    """The key given is none of ours, or was: events stay for ever (growth/retention.py)."""
    known = select(Event.seq).where(Event.delivery_id == key).limit(1)
    if session.scalars(known).first() is not None:
        return UserError(key, t("lượt này đã hết hạn lưu", "this delivery is past its time"),
                         t("nhật ký giữ `log_months` tháng",
                           "the log is kept for `log_months` months"))
    return UserError(key, t("không có lượt gửi này", "there is no such delivery"),
                     t("lấy mã ở cột `key` của `giovang log`",
                       "take it from `key` of `giovang log`"))


def within(held: Targets) -> ColumnElement[bool]:
    """A delivery to one of these targets."""
    return or_(false(), *(and_(Delivery.channel == channel, Delivery.target.in_(sorted(targets)))
                          for channel, targets in sorted(held.items())))


def _filtered(query: Query, filters: Filters) -> Query:
    if filters.first is not None:
        query = query.where(Delivery.day >= filters.first)
    if filters.last is not None:
        query = query.where(Delivery.day <= filters.last)
    elif filters.today is not None:
        # what a channel with `lead` got ahead of its day is in the log all the same
        query = query.where(or_(Delivery.day <= filters.today, Delivery.attempts > 0))
    if filters.channel is not None:
        query = query.where(Delivery.channel == filters.channel)
    if filters.item is not None:
        query = query.where(Batch.item_id == filters.item)
    if filters.state is not None:
        of_batch = filters.state in _OF_BATCH
        query = query.where((effective_state() if of_batch else Delivery.state) == filters.state)
    if filters.target is not None:
        query = query.where(Delivery.target == filters.target)
    if filters.held is not None:
        query = query.where(within(filters.held))
    if filters.about is not None:
        items, targets = filters.about
        query = query.where(or_(Batch.item_id.in_(items), Delivery.target.in_(targets)))
    return query


def must_exist(session: Session, programme: Programme, filters: Filters) -> None:
    """A mistyped name must not read as "nothing went out"; what was once sent to is known."""
    channels = {c.id for c in programme.channels}
    if filters.channel is not None and filters.channel not in channels:
        _must_be_logged(session, "--channel", Delivery.channel, filters.channel,
                        t(f"không có kênh «{filters.channel}»", f"no channel “{filters.channel}”"),
                        t(f"dùng: {', '.join(sorted(channels))}",
                          f"use: {', '.join(sorted(channels))}"))
    if filters.item is not None and session.get(Item, filters.item) is None:
        raise UserError(filters.item, t("không có tin này", "there is no such item"),
                        t("xem `giovang items`", "see `giovang items`"))
    targets = {x.id for c in programme.channels for x in candidates(programme, c)}
    if filters.target is not None and filters.target not in targets:
        _must_be_logged(session, "--target", Delivery.target, filters.target,
                        t(f"không có nơi nhận «{filters.target}»",
                          f"no target “{filters.target}”"),
                        t("xem [[channels.targets]], [[stations]] trong schedules.toml",
                          "see [[channels.targets]], [[stations]] in schedules.toml"))


def _must_be_logged(
    session: Session, option: str, column: InstrumentedAttribute[str], name: str, what: str,
    fix: str,
) -> None:
    if session.scalars(select(Delivery.id).where(column == name).limit(1)).first() is None:
        raise UserError(option, what, fix)


def every(
    store: Store, filters: Filters, after: str | None = None, *, chunk: int = CHUNK
) -> Iterator[Line]:
    """The whole log, in pages: no transaction is held while rows are written out."""
    while True:
        with store.read() as session:
            rows = page(session, filters, limit=chunk, after=after)
        yield from rows
        if len(rows) < chunk:
            return
        after = rows[-1].id


def as_line(row: Line, zone: ZoneInfo) -> dict[str, Any]:
    """A row as `giovang log` shows it."""
    return {
        "key": row.id, "at": local_iso(row.first_try_at, zone), "day": row.day.isoformat(),
        "channel": row.channel, "account": row.account, "target": row.target,
        "item": row.item_id, "kind": row.kind, "state": row.state, "late": row.late,
        "attempts": row.attempts, "code": row.code, "detail": row.detail, "ref": row.ref,
        "url": row.url, "occurrence": row.occurrence_id,
        "prepared": row.state == "ready" and row.prepared_at is not None,
    }


#: the keys of a line, in order
FIELDS = ("key", "at", "day", "channel", "account", "target", "item", "kind", "state", "late",
          "attempts", "code", "detail", "ref", "url", "occurrence", "prepared")


def story(session: Session, key: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Everything that happened to one delivery, oldest first: tries, events, receipts."""
    found = session.execute(
        select(Delivery.occurrence_id, Delivery.channel).where(Delivery.id == key)
    ).first()
    if found is None:
        raise no_such_delivery(key, session)
    told: list[tuple[datetime, dict[str, Any]]] = [
        (a.begun_at, {
            "what": "attempt", "actor": a.node, "number": a.number, "account": a.account,
            "ended_at": local_iso(a.ended_at, zone), "outcome": a.outcome, "counted": a.counted,
            "code": a.code, "detail": a.detail, "ref": a.ref,
        })
        for a in session.scalars(select(Attempt).where(Attempt.delivery_id == key))
    ]
    mine = or_(Event.delivery_id == key, Event.delivery_id.is_(None))
    told += [
        (e.at, {"what": e.kind, "actor": e.actor, "seq": e.seq, **e.detail})
        for e in session.scalars(
            select(Event).where(Event.occurrence_id == found.occurrence_id, mine)
        )
        if e.detail.get("channel", found.channel) == found.channel
    ]
    told += [
        (r.received_at, {
            "what": "receipt-arrived", "actor": r.channel, "outcome": r.outcome, "code": r.code,
            "detail": r.detail, "ref": r.ref,
        })
        for r in session.scalars(select(Receipt).where(Receipt.delivery_id == key))
    ]
    told += figures.told(session, key)
    told.sort(key=lambda line: (line[0], line[1].get("seq", 0)))
    return [{"at": local_iso(moment, zone), **detail} for moment, detail in told]


def until(filters: Filters, today: date) -> Filters:
    """Without a last day, the log ends today: what is only planned stands in `giovang plan`."""
    return replace(filters, today=today) if filters.last is None else filters
