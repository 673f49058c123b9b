"""
The only place that knows of partitions; on SQLite there are none, and nothing here does anything.

    delivery, attempt, aftercare, delivery_figures   a month of their local day
    receipt, wire_ref, campaign_ref                  a month (UTC) of when they were written
    campaign_message                                 a block of campaigns

Tables of one kind are made and dropped together. What points from one to another does so within
a month: dropping one asks no other. `…_before` is what was there when there were no partitions,
`…_default` what nobody foresaw; it is moved to its month as that is made.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import TextClause, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from worker.db import Store, is_full_or_locked, is_sqlite
from worker.models import Campaign, CampaignRef, Delivery, Receipt, WireRef

log = structlog.get_logger("giovang")

#: how near to a month's end receipts come one after the other
EDGE = timedelta(minutes=10)
#: campaigns in a block
BLOCK = 50
#: months made beyond the last one that is planned for
SPARE = 2
#: how often a lock is asked for, half a second each: less than the server waits before it looks
#: for deadlocks and ends one of the two, which must not be the one that sends
TRIES = 6


@dataclass(frozen=True)
class Kind:
    """Tables whose partitions are made and dropped together: those pointed to come first."""

    name: str
    tables: tuple[str, ...]
    columns: tuple[str, ...]  #: of their ranges, in the same order


DAYS = Kind("days", ("delivery", "attempt", "aftercare", "delivery_figures"), ("day",) * 4)
MOMENTS = Kind("moments", ("receipt", "wire_ref", "campaign_ref"), ("received_at", "at", "at"))
BLOCKS = Kind("blocks", ("campaign_message",), ("campaign_id",))
KINDS = (DAYS, MOMENTS, BLOCKS)
#: what rows of these tables point to: locked first, in this order
_TARGETS = {DAYS: ("occurrence", "batch", "content"), BLOCKS: ("campaign",)}
#: keys of each partition by itself: one of the parent would have to hold the moment
_OWN_KEYS = {
    "receipt": ("PRIMARY KEY (id)", "UNIQUE (channel, account, dedupe)"),
    "wire_ref": ("PRIMARY KEY (id)",),
    "campaign_ref": ("PRIMARY KEY (id)",),
}


@dataclass(frozen=True)
class Part:
    """One partition of one table."""

    table: str
    name: str
    low: date | int | None  #: from this on; None: from the beginning
    high: date | int | None  #: before this; None: the default
    bytes: int
    rows: int  #: as the server last counted

    @property
    def default(self) -> bool:
        """Holds what has no other place."""
        return self.high is None

    @property
    def suffix(self) -> str:
        """What its sisters end with, too."""
        return self.name.removeprefix(self.table)

    def holds(self, value: date | int) -> bool:
        """Its range holds this."""
        return (self.high is not None and value < self.high  # type: ignore[operator]
                and (self.low is None or self.low <= value))  # type: ignore[operator]


def parts(session: Session) -> list[Part]:
    """Every partition, the oldest first; none on SQLite."""
    if is_sqlite(session):
        return []
    found = session.execute(text(
        "SELECT p.relname, c.relname, pg_get_expr(c.relpartbound, c.oid), "
        "pg_total_relation_size(c.oid), c.reltuples::bigint "
        "FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "JOIN pg_class p ON p.oid = i.inhparent "
        "WHERE p.relkind = 'p' AND p.relname = ANY (:names) "
        # none of one that another node is just taking out
        "AND pg_get_expr(c.relpartbound, c.oid) IS NOT NULL "
        "AND p.relnamespace = current_schema()::regnamespace"),
        {"names": [table for kind in KINDS for table in kind.tables]}).all()
    read = [Part(table, name, *_bounds(bound), size, max(0, rows))
            for table, name, bound, size, rows in found]
    return sorted(read, key=lambda p: (p.table, p.default, p.low is not None, str(p.low).zfill(12)))


_BOUND = re.compile(r"FROM \((.+?)\) TO \((.+?)\)")


def _bounds(words: str) -> tuple[date | int | None, date | int | None]:
    found = _BOUND.search(words)
    return (None, None) if found is None else (_bound(found[1]), _bound(found[2]))


def _bound(words: str) -> date | int | None:
    words = words.strip("'")
    if words in ("MINVALUE", "MAXVALUE"):
        return None
    if words.isdigit():
        return int(words)
    moment = datetime.fromisoformat(words)
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


# ---------------------------------------------------------------- months and blocks


def month(day: date) -> date:
    """The first of its month."""
    return day.replace(day=1)


def later(first: date, months: int) -> date:
    """The first of a month so many months later, or earlier."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def months(since: date, until: date) -> list[date]:
    """The firsts of these months, in order."""
    found = [month(since)]
    while found[-1] < month(until):
        found.append(later(found[-1], 1))
    return found


def ahead(store: Store, now: datetime, plan_ahead_days: int = 8) -> bool:
    """
    What is written soon has its partitions: by any node, at any time, twice. False when others
    held a table the whole while: what comes meanwhile is caught by the default.
    """
    if store.sqlite:
        return True
    today = now.astimezone(UTC).date()
    last = later(month(today + timedelta(days=plan_ahead_days + 1)), SPARE)
    with store.read() as session:
        campaign = session.execute(text("SELECT coalesce(max(id), 0) FROM campaign")).scalar_one()
    return cover(store, today, last) and for_campaign(store, campaign + 1) and for_campaign(
        store, campaign + BLOCK) and heal(store)


def first(store: Store, now: datetime) -> bool:
    """What a new installation writes before its first worker starts."""
    today = now.astimezone(UTC).date()
    return cover(store, today, today + timedelta(days=9)) and for_campaign(store, 1)


def cover(store: Store, since: date, until: date) -> bool:
    """Partitions for every month from this day's to that one's."""
    if store.sqlite:
        return True
    with store.read() as session:
        found = parts(session)
    done = [_placed(store, kind, low) for kind in (DAYS, MOMENTS) for low in months(since, until)
            if not _covered(found, kind, low)]
    return all(done)


def for_campaign(store: Store, number: int) -> bool:
    """The partition of this campaign's messages, made before the first of them is written."""
    low = number // BLOCK * BLOCK
    return store.sqlite or _there(store, BLOCKS, low, low + BLOCK, f"_{low}")


class Span(NamedTuple):
    """What the rows of an installation reach over."""

    first: str  #: day, ISO; "" when there is none
    last: str
    campaign: int  #: the highest


def span(session: Session) -> Span:
    """Of a database that is copied or kept: its rows need these partitions elsewhere."""
    found: list[date] = []
    for column in (Delivery.day, Receipt.received_at, WireRef.at, CampaignRef.at):
        ends = session.execute(select(func.min(column), func.max(column))).one()
        found += [end.astimezone(UTC).date() if isinstance(end, datetime) else end
                  for end in ends if end is not None]
    highest = session.scalars(select(func.max(Campaign.id))).one() or 0
    if not found:
        return Span("", "", highest)
    return Span(min(found).isoformat(), max(found).isoformat(), highest)


def prepare(store: Store, wanted: Span) -> None:
    """Room for all of it; what finds none stands in the default, and comes to its place later."""
    if wanted.first:
        cover(store, date.fromisoformat(wanted.first), date.fromisoformat(wanted.last))
    for low in range(0, wanted.campaign + 1, BLOCK):
        for_campaign(store, low)


def on_the_edge(session: Session, now: datetime, channel: str, account: str) -> None:
    """
    A month's receipts have one partition, whose key keeps out a callback that comes twice. Two
    at once, a month's end between them, would get past it, as neither sees the other: so there
    an account's come one after the other, on machines whose clocks differ by less than this.
    """
    if not is_sqlite(session) and month((now - EDGE).date()) != month((now + EDGE).date()):
        session.execute(select(func.pg_advisory_xact_lock(
            7319, func.hashtext(f"{channel}/{account}"))))


def heal(store: Store) -> bool:
    """Rows that nobody foresaw come to partitions of their own; True when none is left."""
    with store.read() as session:
        lost = {kind: _unforeseen(session, kind) for kind in KINDS}
    done = [_placed(store, kind, value) for kind, values in lost.items() for value in values]
    return all(done)


def _placed(store: Store, kind: Kind, value: date | int) -> bool:
    if isinstance(value, int):
        return for_campaign(store, value)
    return _there(store, kind, value, later(value, 1), f"_{value:%Y_%m}")


def unforeseen(session: Session) -> list[str]:
    """Tables whose default holds rows."""
    return [] if is_sqlite(session) else [
        table for kind in KINDS for table in kind.tables
        if session.scalars(_in_default(table, "DISTINCT 1")).first() is not None]


def _in_default(table: str, what: str) -> TextClause:
    return text(f"SELECT {what} FROM {table}_default")  # noqa: S608  (both are ours)


def _unforeseen(session: Session, kind: Kind) -> list[date | int]:
    found: set[date | int] = set()
    for table, column in zip(kind.tables, kind.columns, strict=True):
        value = {"blocks": f"{column} / {BLOCK} * {BLOCK}",
                 "days": f"date_trunc('month', {column})::date",
                 "moments": f"date_trunc('month', {column} AT TIME ZONE 'UTC')::date"}[kind.name]
        found |= set(session.scalars(_in_default(table, f"DISTINCT {value}")))
    return sorted(found)


def whole_tables(
    thing: object, name: str | None, kind: str, reflected: bool, other: object
) -> bool:
    """
    For Alembic, which compares models with the database: partitions are none of the models',
    and keys that each of them has by itself none of their parent's.
    """
    if kind in ("foreign_key_constraint", "unique_constraint") and not reflected:
        return other is not None or name not in _KEYS_OF_PARTS
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", None)
    return _PART.fullmatch(table or "") is None


_PART = re.compile(
    rf"(?:{'|'.join(table for kind in KINDS for table in kind.tables)})_(?:[\d_]+|before|default)")
_KEYS_OF_PARTS = {
    *(f"fk_{table}_delivery_id_day_delivery" for table in DAYS.tables[1:]),
    "uq_receipt_channel_account_dedupe",
}


# ---------------------------------------------------------------- making and dropping


def _there(store: Store, kind: Kind, low: date | int, high: date | int, suffix: str) -> bool:
    """This range has its partitions; made in one short transaction when it has none."""
    with store.read() as session:
        if _covered(parts(session), kind, low):
            return True
    return shortly(store, lambda session: _make(session, kind, low, high, suffix))


def _covered(found: list[Part], kind: Kind, low: date | int) -> bool:
    held = {p.table for p in found if p.table in kind.tables and p.holds(low)}
    return held == set(kind.tables)


def _make(session: Session, kind: Kind, low: date | int, high: date | int, suffix: str) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(7318)"))
    if _covered(parts(session), kind, low):
        return  # another node was quicker
    if kind in _TARGETS:  # before ours: whoever writes rows has these before he asks for those
        _run(session, f"LOCK TABLE {', '.join(_TARGETS[kind])} IN SHARE ROW EXCLUSIVE MODE")
    _run(session, "LOCK TABLE " + ", ".join(f"{t}_default" for t in kind.tables)
         + " IN ACCESS EXCLUSIVE MODE")
    first, end = (f"'{x} 00:00:00+00'" if kind is MOMENTS else f"'{x}'" for x in (low, high))
    moved: list[str] = []
    for table, column in zip(kind.tables, kind.columns, strict=True):
        _run(session, f"CREATE TABLE {table}{suffix} "
                      f"(LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        for key in _OWN_KEYS.get(table, ()):
            _run(session, f"ALTER TABLE {table}{suffix} ADD {key}")
        here = f"FROM {table}_default WHERE {column} >= {first} AND {column} < {end}"
        _run(session, f"INSERT INTO {table}{suffix} SELECT * {here}")
        moved.insert(0, f"DELETE {here}")  # what points to others goes first
    for statement in moved:
        _run(session, statement)
    for table in kind.tables:
        _run(session, f"ALTER TABLE {table} ATTACH PARTITION {table}{suffix} "
                      f"FOR VALUES FROM ({first}) TO ({end})")
        if kind is DAYS and table != kind.tables[0]:
            _run(session, f"ALTER TABLE {table}{suffix} ADD FOREIGN KEY (delivery_id, day) "
                          f"REFERENCES {kind.tables[0]}{suffix} (id, day)")
    log.info("partitions.made", kind=kind.name, first=str(low))


def held(session: Session, kind: Kind, suffix: str) -> bool:
    """From here on nobody else makes or drops any; True while these are there."""
    session.execute(text("SELECT pg_advisory_xact_lock(7318)"))
    return any(p.suffix == suffix and p.table in kind.tables for p in parts(session))


def drop(session: Session, kind: Kind, suffix: str) -> None:
    """Drop these partitions of one month or block; within `shortly`, after `held`."""
    there = {p.name for p in parts(session)}
    for table in reversed([t for t in kind.tables if f"{t}{suffix}" in there]):
        _run(session, f"ALTER TABLE {table} DETACH PARTITION {table}{suffix}")
        _run(session, f"DROP TABLE {table}{suffix}")


def shortly(store: Store, act: Callable[[Session], None]) -> bool:
    """In a transaction that waits for no lock for long; tried a few times, else False."""
    for _ in range(TRIES):
        try:
            with store.write() as session:
                _run(session, "SET LOCAL lock_timeout = '500ms'")
                act(session)
        except DBAPIError as error:
            if is_full_or_locked(error) != "locked":
                raise
            log.info("partitions.locked", error=str(error.orig))
        else:
            return True
    return False


def _run(session: Session, statement: str) -> None:
    session.execute(text(statement))
