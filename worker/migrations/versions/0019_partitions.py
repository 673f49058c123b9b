"""
Big tables in partitions, on PostgreSQL: by month, campaigns' messages by blocks of campaigns.

Nothing is copied: a table that holds rows becomes the first partition of its successor, up to
the month (or block) after its newest row. Months are made by worker/growth/partitions.py, which has
a clock; until then, and for what nobody foresaw, there is a DEFAULT. SQLite stays as it is.

Revision ID: 0019
Revises: 0018
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None
#: keys move from the tables to their partitions: see worker/migrate.py
CONTRACT = "0.1.0"

#: table -> column of its range; the first comes first, others point to it
_DAYS = {"delivery": "day", "attempt": "day", "aftercare": "day", "delivery_figures": "day"}
#: their keys are the partition's own: a key of the parent would have to hold the moment
_MOMENTS = {"receipt": "received_at", "wire_ref": "at", "campaign_ref": "at"}
_BLOCKS = {"campaign_message": "campaign_id"}
_BLOCK = 50


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        return
    # one after the other would let a writer in between, who then waits for us and we for him
    tables = [*_DAYS, *_MOMENTS, *_BLOCKS]
    connection.exec_driver_sql(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
    newest = max((found for table, column in _DAYS.items()
                  if (found := _newest(connection, table, column))), default=None)
    bound = None if newest is None else _month_after(newest)
    for table, column in _DAYS.items():
        _partition(connection, table, column, bound)
    latest = max((found for table, column in _MOMENTS.items()
                  if (found := _newest(connection, table, f"{column} AT TIME ZONE 'UTC'"))),
                 default=None)
    bound = None if latest is None else f"{_month_after(latest)} 00:00:00+00"
    for table, column in _MOMENTS.items():
        _partition(connection, table, column, bound)
    for table, column in _BLOCKS.items():
        highest = _newest(connection, table, column)
        _partition(connection, table, column,
                   None if highest is None else str((highest // _BLOCK + 1) * _BLOCK))
    for table in [*_DAYS, *_MOMENTS, *_BLOCKS]:  # empty ones, and what points to them, are whole
        _rest(connection, table)


def _newest(connection: sa.Connection, table: str, column: str) -> Any:
    asked = f"SELECT max({column}) FROM {table}"  # noqa: S608  (ours)
    return connection.exec_driver_sql(asked).scalar()


def _month_after(moment: date | datetime) -> str:
    return date(moment.year + moment.month // 12, moment.month % 12 + 1, 1).isoformat()


def _partition(connection: sa.Connection, table: str, column: str, bound: str | None) -> None:
    """The table becomes `…_before`, and what now has its name a parent without rows."""
    old, run = f"{table}_before", connection.exec_driver_sql
    indexes = run(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.oid IS NULL "
        "FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid "
        "AND c.contype IN ('p', 'u') WHERE i.indrelid = %s::regclass", (table,)).all()
    constraints = run(
        "SELECT conname, pg_get_constraintdef(oid), contype, confrelid::regclass::text "
        "FROM pg_constraint WHERE conrelid = %s::regclass "
        "AND contype IN ('p', 'u', 'f')", (table,)).all()
    serial = run("SELECT pg_get_serial_sequence(%s, a.attname) FROM pg_attribute a "
                 "WHERE a.attrelid = %s::regclass AND a.attname = 'id'", (table, table)).scalar()
    run(f"ALTER TABLE {table} RENAME TO {old}")
    for name, _, _ in indexes:
        run(f'ALTER INDEX {name} RENAME TO "{name.strip(chr(34))[:55]}_before"')
    run(f"CREATE TABLE {table} (LIKE {old} INCLUDING DEFAULTS INCLUDING CONSTRAINTS) "
        f"PARTITION BY RANGE ({column})")
    if serial is not None:
        run(f"ALTER SEQUENCE {serial} OWNED BY {table}.id")
    for name, definition, kind, target in constraints:
        if kind in ("p", "u") and table in _MOMENTS:
            continue  # of each partition: see worker/growth/partitions.py
        if kind == "f" and target.removesuffix("_before") in _DAYS:
            continue  # between partitions of one month: dropping one asks no other
        run(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    for _, definition, plain in indexes:
        if plain:
            run(definition)
    if bound is None:
        run(f"DROP TABLE {old} CASCADE")  # empty; what points to it is empty, too
    else:
        run(f"ALTER TABLE {table} ATTACH PARTITION {old} "
            f"FOR VALUES FROM (MINVALUE) TO ('{bound}')")


def _rest(connection: sa.Connection, table: str) -> None:
    """What nobody foresaw lands here instead of being refused."""
    rest, run = f"{table}_default", connection.exec_driver_sql
    run(f"CREATE TABLE {rest} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    if table in _MOMENTS:
        run(f"ALTER TABLE {rest} ADD PRIMARY KEY (id)")
    if table == "receipt":
        run(f"ALTER TABLE {rest} ADD UNIQUE (channel, account, dedupe)")
    run(f"ALTER TABLE {table} ATTACH PARTITION {rest} DEFAULT")
    if table in _DAYS and table != "delivery":
        run(f"ALTER TABLE {rest} ADD FOREIGN KEY (delivery_id, day) "
            "REFERENCES delivery_default (id, day)")


def downgrade() -> None:
    raise RuntimeError("restore a backup instead")
