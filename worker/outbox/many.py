"""
Statements on the path of every message, compiled once.

SQLAlchemy looks up a statement's text and prepares every value of every row anew each time,
which there is most of the work. Here that is done once for each kind of database, and a value
that stands in row after row (the moment of a turn) is converted once. Lists of values go by
`one_of`: `in_` is another text for every length.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import ClauseElement, CursorResult, Dialect, Insert, Update
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]


class _Ready(NamedTuple):
    """A statement as one kind of database takes it."""

    sql: str
    converts: Mapping[str, Convert | None]  #: of each value it names
    constants: Mapping[str, Any]  #: values that the statement itself gives
    places: Sequence[str] | None  #: names in the order of their places; None: taken by name


class _Statement:
    def __init__(self, statement: ClauseElement, names: Sequence[str] = ()) -> None:
        self._statement = statement
        self._names = list(names) or None
        self._by_database: dict[str, _Ready] = {}

    def _ready(self, dialect: Dialect) -> _Ready:
        ready = self._by_database.get(dialect.name)
        if ready is None:
            compiled = cast("SQLCompiler", self._statement.compile(
                dialect=dialect, column_keys=self._names))
            binds = compiled.binds.items()
            ready = self._by_database[dialect.name] = _Ready(
                compiled.string,
                {name: bind.type.dialect_impl(dialect).bind_processor(dialect)
                 for name, bind in binds},
                {name: bind.value for name, bind in binds if not bind.required},
                compiled.positiontup,
            )
        return ready


class One(_Statement):
    """A statement for one set of values, that gives texts and numbers back as the driver does."""

    def __init__(self, statement: ClauseElement) -> None:
        super().__init__(statement)

    def rows(self, session: Session, **values: Any) -> Sequence[Any]:
        """The rows found or returned, as the driver's tuples."""
        result = self._done(session, values)
        found: Sequence[Any] = result.cursor.fetchall()
        result.close()
        return found

    def run(self, session: Session, **values: Any) -> None:
        """Of a statement that gives no rows."""
        self._done(session, values)

    def _done(self, session: Session, values: Mapping[str, Any]) -> CursorResult[Any]:
        connection = session.connection()
        ready = self._ready(connection.dialect)
        given = {**ready.constants, **values}
        row: Any = {name: given[name] if convert is None else convert(given[name])
                    for name, convert in ready.converts.items()}
        if ready.places is not None:
            row = tuple([row[name] for name in ready.places])
        return connection.exec_driver_sql(ready.sql, row)


class Many(_Statement):
    """
    An INSERT or UPDATE for rows that all give the same values by name. `names`: those of an
    INSERT, all of them: what a model fills in by itself is not filled in here. `missing_only`:
    of an INSERT, a row whose key stands already is left as it is. `ending`: what else stands at
    the statement's end, in words of both databases.
    """

    def __init__(
        self, statement: Insert | Update, *names: str, missing_only: bool = False,
        ending: str = "",
    ) -> None:
        super().__init__(statement, names)
        self._ending = " ON CONFLICT DO NOTHING" if missing_only else f" {ending}".rstrip()

    def execute(self, session: Session, rows: Sequence[dict[str, Any]]) -> None:
        """Once for each row; nothing when there is none."""
        if not rows:
            return
        connection = session.connection()
        ready = self._ready(connection.dialect)
        if ready.constants:
            rows = [{**ready.constants, **row} for row in rows]
        names = ready.places or tuple(ready.converts)
        columns = [_converted([row[name] for row in rows], ready.converts[name])
                   for name in names]
        values: list[Any] = list(zip(*columns, strict=True))
        if ready.places is None:
            values = [dict(zip(names, row, strict=True)) for row in values]
        connection.exec_driver_sql(ready.sql + self._ending, values)


def _converted(values: list[Any], convert: Convert | None) -> list[Any]:
    if convert is None:
        return values
    before, written, result = None, convert(None), []
    for value in values:
        if value is not before:
            before, written = value, convert(value)
        result.append(written)
    return result


def moment(found: datetime | str) -> datetime:
    """A moment as `One` gives it: SQLite's as text."""
    at = datetime.fromisoformat(found) if isinstance(found, str) else found
    return at if at.tzinfo else at.replace(tzinfo=UTC)
