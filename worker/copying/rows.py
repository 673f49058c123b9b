"""
Rows out of one database and into another, as a stream: COPY on PostgreSQL, executemany on
SQLite. Tables and types are those of the models, so each value takes the other's form.

JSON goes as the text it is stored as: what was hashed reads the same, and a JSON `null` stays
another thing than no value.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    cast,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError

from worker.db import Store
from worker.errors import UserError
from worker.i18n import t
from worker.models import Base, Installation, Item

#: rows held in memory at once
CHUNK = 5_000
#: comes last, by itself: without it nobody takes the database for an installation
LAST: Table = Base.metadata.tables[Installation.__tablename__]
_ITEM: Table = Base.metadata.tables[Item.__tablename__]

Chunk = Sequence[Sequence[Any]]
Rows = Iterator[Chunk]


def carried() -> list[Table]:
    """What is copied before the last row, each table after those it points to."""
    return [table for table in Base.metadata.sorted_tables if table is not LAST]


def read(connection: Connection, table: Table, *, ordered: bool = False) -> Rows:
    """A table in chunks; `ordered`: by its key, in the same order on both databases."""
    asked = select(*(cast(c, Text).label(c.name) if isinstance(c.type, JSON) else c
                     for c in table.columns))
    # rows that lie by number are put where they belong, one after the other
    if ordered or all(isinstance(c.type, Integer) for c in table.primary_key):
        asked = _by_key(connection, table, asked)
    return connection.execute(asked.execution_options(yield_per=CHUNK)).partitions()


def _by_key(connection: Connection, table: Table, asked: Select[Any]) -> Select[Any]:
    """By the bytes of texts: every other order depends on the server's language."""
    plain = connection.dialect.name == "sqlite"
    return asked.order_by(*(
        c.collate("C") if isinstance(c.type, String) and not plain else c
        for c in table.primary_key))


def fill(source: Connection, target: Store, table: Table) -> int:
    """One table; gives its rows. What the other database cannot hold is named, not cut."""
    count = 0

    def counted() -> Rows:
        nonlocal count
        for chunk in read(source, table):
            count += len(chunk)
            yield _before_approval(chunk) if table is _ITEM else chunk

    try:
        with target.write() as session:
            put_in = _executemany if target.sqlite else _copy
            put_in(session.connection(), table, counted())
    except DBAPIError as error:
        raise _refused(table, error.orig or error) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] == "psycopg":  # COPY is not SQLAlchemy's
            raise _refused(table, error) from error
        raise
    return count


def _refused(table: Table, error: BaseException) -> UserError:
    words = " ".join(str(error).split())
    return UserError(
        table.name, t(f"cơ sở dữ liệu đích không nhận một dòng: {words}",
                      f"the target refuses a row: {words}"),
        t("sửa dòng ấy ở bản cũ rồi chạy lại; bản cũ chưa bị đổi gì",
          "mend that row in the old one and run it again; nothing was changed there"))


def _copy(connection: Connection, table: Table, chunks: Rows) -> None:
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(c.name) for c in table.columns)
    statement = f"COPY {quote(table.name)} ({columns}) FROM STDIN"
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for chunk in chunks:
            for row in chunk:
                copy.write_row(row)


def _executemany(connection: Connection, table: Table, chunks: Rows) -> None:
    stored = _as_text(table)
    names = [c.name for c in stored.columns]
    for chunk in chunks:
        connection.execute(insert(stored), [dict(zip(names, row, strict=True)) for row in chunk])


def _as_text(table: Table) -> Table:
    """The same table with its JSON as text."""
    copy = table.to_metadata(MetaData())
    for c in copy.columns:
        if isinstance(c.type, JSON):
            c.type = Text()
    return copy


def put_last(source: Connection, target: Connection) -> None:
    """Who the installation is."""
    _executemany(target, LAST, read(source, LAST))


# An approved item is refused before its approvals are in, and rightly: it comes as submitted.
_STATE = [c.name for c in _ITEM.columns].index("state")
_APPROVED, _UNTIL_THEN = "approved", "submitted"


def _before_approval(chunk: Chunk) -> Chunk:
    return [(*row[:_STATE], _UNTIL_THEN, *row[_STATE + 1:]) if row[_STATE] == _APPROVED else row
            for row in chunk]


def approve(source: Connection, target: Store) -> None:
    """Once their approvals stand: the trigger judges every item anew."""
    asked = select(_ITEM.c.id).where(_ITEM.c.state == _APPROVED)
    for ids in source.execute(asked.execution_options(yield_per=500)).scalars().partitions():
        try:
            with target.write() as session:
                session.execute(update(Item).where(Item.id.in_(ids)).values(state=_APPROVED)
                                .execution_options(synchronize_session=False))
        except DBAPIError as error:
            raise _refused(_ITEM, error.orig or error) from error


def empty(target: Store, names: frozenset[str]) -> None:
    """Take out what an interrupted copy left: an SQLite file whole, elsewhere the rows."""
    if target.sqlite:
        target.close()
        for tail in ("", "-wal", "-shm"):
            Path(f"{target.engine.url.database}{tail}").unlink(missing_ok=True)
        return
    ours = [table.name for table in Base.metadata.sorted_tables if table.name in names]
    if ours:
        with target.write() as session:
            session.execute(text(f"TRUNCATE {', '.join(ours)}"))
