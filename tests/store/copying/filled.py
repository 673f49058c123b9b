"""An installation with at least one row in every table, whichever tables there are."""

import itertools
import re
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    func,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from tests.conftest import START
from worker.db import Store
from worker.models import Base, UtcDateTime

#: what reads otherwise on the two databases when it is not looked after
TEXT = "Đà Nẵng “ngoặc”\t1\\N\n"
_CHOICES = re.compile(r"\b(\w+) IN \(([^)]*)\)")


def fill(store: Store) -> list[str]:
    """One row in each table that has none; gives the tables that got one."""
    filled = []
    with store.write() as session:
        connection = session.connection()
        for table in Base.metadata.sorted_tables:
            if not connection.scalar(select(func.count()).select_from(table)):
                _put(connection, table)
                filled.append(table.name)
    return filled


def counts(store: Store) -> dict[str, int]:
    with store.read() as session:
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables}


def _put(connection: Connection, table: Table) -> None:
    """Every combination of its choices, with and without what may be absent, until one holds."""
    error: Exception | None = None
    choices = _choices(table)
    optional = [c.name for c in table.columns if c.nullable]
    # all filled, none filled, then each by itself
    absent = [(), tuple(optional), *((name,) for name in optional),
              *(tuple(n for n in optional if n != name) for name in optional)]
    for without in absent:
        for picked in itertools.product(*choices.values()):
            values = _values(connection, table) | dict(zip(choices, picked, strict=True))
            values |= dict.fromkeys(without)
            try:
                with connection.begin_nested():
                    connection.execute(insert(table), [values])
            except IntegrityError as refused:
                error = refused
                continue
            return
    raise AssertionError(f"{table.name}: say here what a row of it looks like") from error


def _choices(table: Table) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for rule in table.constraints:
        if isinstance(rule, CheckConstraint):
            for name, listed in _CHOICES.findall(str(rule.sqltext)):
                if name in table.columns:
                    found.setdefault(name, re.findall(r"'([^']*)'", listed))
    return found


def _values(connection: Connection, table: Table) -> dict[str, Any]:
    values = {c.name: _value(c, n) for n, c in enumerate(table.columns)}
    # another row for each: whoever lends is not whom it is lent to
    pointing = sorted(table.foreign_key_constraints, key=lambda f: str(f.name))
    for n, constraint in enumerate(pointing):
        there = connection.execute(select(*(e.column for e in constraint.elements))).all()
        assert there, constraint.referred_table.name
        values |= dict(zip((c.name for c in constraint.columns), there[n % len(there)],
                           strict=True))
    return values


def _value(column: Column[Any], place: int) -> Any:
    kind = column.type
    if isinstance(kind, UtcDateTime):
        return START + timedelta(minutes=place, microseconds=1)
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Integer):
        return 1
    if isinstance(kind, Float):
        return 0.1
    if isinstance(kind, Date):
        return date(2026, 2, 28) + timedelta(days=place)
    if isinstance(kind, LargeBinary):
        return b"\x00\xff\\x"
    if isinstance(kind, JSON):
        return {"z": [1, None, 0.1, "ấ\\n"], "a": {}}
    assert isinstance(kind, String), f"{column}: a new type, say what a value of it is"
    return (f"{column.name} {TEXT}" * 9)[:kind.length or 300]
