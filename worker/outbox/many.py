"""
One statement for many rows, on the path of every message.

SQLAlchemy prepares every value of every row by itself, which there is most of the work. Here
a statement is compiled once, each column's type is asked once, and a value that stands in row
after row (the moment of a turn) is converted once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Dialect, Insert, Update
from sqlalchemy.orm import Session

Convert = Callable[[Any], Any]


class _Ready(NamedTuple):
    """A statement as one kind of database takes it."""

    sql: str
    places: Mapping[str, Convert | None]  #: names of the values, in the order of their places
    named: bool  #: the database takes them by name, else in order


class Many:
    """
    An INSERT or UPDATE for rows that all give the same values by name. `names`: those of an
    INSERT, all of them: what a model fills in by itself is not filled in here. `missing_only`:
    of an INSERT, a row whose key stands already is left as it is.
    """

    def __init__(
        self, statement: Insert | Update, *names: str, missing_only: bool = False
    ) -> None:
        self._statement = statement
        self._names = names
        self._ending = " ON CONFLICT DO NOTHING" if missing_only else ""  # both databases' words
        self._ready: dict[str, _Ready] = {}

    def execute(self, session: Session, rows: Sequence[dict[str, Any]]) -> None:
        """Once for each row; nothing when there is none."""
        if not rows:
            return
        connection = session.connection()
        ready = self._ready.get(connection.dialect.name) or self._prepare(connection.dialect)
        columns = [_converted([row[name] for row in rows], convert)
                   for name, convert in ready.places.items()]
        values: list[Any] = list(zip(*columns, strict=True))
        if ready.named:
            values = [dict(zip(ready.places, row, strict=True)) for row in values]
        connection.exec_driver_sql(ready.sql, values)

    def _prepare(self, dialect: Dialect) -> _Ready:
        compiled = self._statement.compile(
            dialect=dialect, column_keys=list(self._names) or None)
        places = {
            name: compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            for name in compiled.positiontup or compiled.binds
        }
        self._ready[dialect.name] = _Ready(
            compiled.string + self._ending, places, not compiled.positional)
        return self._ready[dialect.name]


def _converted(values: list[Any], convert: Convert | None) -> list[Any]:
    if convert is None:
        return values
    before, written, result = None, convert(None), []
    for value in values:
        if value is not before:
            before, written = value, convert(value)
        result.append(written)
    return result
