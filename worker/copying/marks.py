"""
Two marks, tables of their own that stand in no migration: `copy_unfinished` in a database that
a copy is being made in, `copy_moved` in one whose installation has gone elsewhere. Either keeps
every command and worker out of it.

A database that was moved away refuses every write by triggers as well: a worker or a console
that has it open since before can neither begin, nor record anything, nor beat.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import (
    Column,
    Inspector,
    MetaData,
    String,
    Table,
    Text,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.orm import Session

from worker.db import Store, is_sqlite
from worker.errors import UserError
from worker.i18n import t
from worker.models import Base, UtcDateTime

_OURS = MetaData()
UNFINISHED = Table("copy_unfinished", _OURS, Column("uid", String(36), primary_key=True),
                   Column("at", UtcDateTime(), nullable=False))
MOVED = Table("copy_moved", _OURS, Column("place", Text(), primary_key=True),
              Column("at", UtcDateTime(), nullable=False),
              Column("by", String(63), nullable=False))
#: what the triggers say; failures.py knows it again
WORDS = "giovang: moved to another database"
_FUNCTION = "giovang_moved() RETURNS trigger LANGUAGE plpgsql"
_VERBS = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Moved:
    """Where the installation went, without name and password."""

    place: str
    at: datetime
    by: str


def there(store: Store) -> bool:
    """False for an SQLite file that is not there or empty: asking must not make one."""
    if not store.sqlite:
        return True
    path = Path(store.engine.url.database or "")
    return path.exists() and path.stat().st_size > 0


def tables(store: Store) -> frozenset[str]:
    """Every table of this database, whosever it is."""
    return frozenset(_inspector(store).get_table_names()) if there(store) else frozenset()


def _inspector(store: Store) -> Inspector:
    """Read-only: on SQLite, asking must not wait for a writer."""
    return inspect(store.engine.execution_options(read_only=True))


def unfinished(store: Store) -> str | None:
    """The installation whose copy was begun here and not ended."""
    if not there(store) or not _inspector(store).has_table(UNFINISHED.name):
        return None
    with store.read() as session:
        return session.execute(select(UNFINISHED.c.uid)).scalar_one_or_none() or "?"


def moved(store: Store) -> Moved | None:
    """Where the installation of this database has gone, if it has."""
    if not there(store) or not _inspector(store).has_table(MOVED.name):
        return None
    with store.read() as session:
        row = session.execute(select(MOVED)).one()
    return Moved(row.place, row.at, row.by)


def refuse(store: Store) -> None:
    """UserError for a database that nobody may work in."""
    if unfinished(store) is not None:
        raise UserError(
            place(store), t("đang chép dở vào đây, chưa dùng được",
                            "a copy into this database was not finished"),
            t("chạy lại `giovang copy` từ bản cũ", "run `giovang copy` again from the old one"))
    gone = moved(store)
    if gone is not None:
        raise UserError(
            place(store),
            t(f"đã chuyển sang {gone.place} lúc {gone.at:%d/%m/%Y %H:%M} UTC, bản này chỉ để giữ",
              f"was moved to {gone.place} at {gone.at:%Y-%m-%d %H:%M} UTC; this one is only kept"),
            t("đặt GIOVANG_DATABASE_URL tới đó; bỏ nơi mới, quay về bản này: "
              "`giovang copy --reopen`",
              "point GIOVANG_DATABASE_URL there; to give the new one up and come back: "
              "`giovang copy --reopen`"))


def place(store: Store) -> str:
    """The address for people: no user, no password."""
    url = store.engine.url
    if store.sqlite:
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{url.host or url.query.get('host', '')}{port}/{url.database or ''}"


def begin(store: Store, uid: str, now: datetime) -> None:
    """From here on this database is a half copy of that installation."""
    with store.write() as session:
        UNFINISHED.create(session.connection(), checkfirst=False)  # two at once: one fails
        session.execute(insert(UNFINISHED), [{"uid": uid, "at": now}])


def finish(session: Session) -> None:
    """It is whole: anybody may open it."""
    UNFINISHED.drop(session.connection())


def move_away(session: Session, gone: Moved) -> None:
    """Close this database: the row that says where to, and triggers that refuse every write."""
    MOVED.create(session.connection())
    session.execute(insert(MOVED), [{"place": gone.place, "at": gone.at, "by": gone.by}])
    for statement in _closing(sqlite=is_sqlite(session)):
        session.execute(text(statement))


def come_back(session: Session) -> None:
    """Open it again."""
    sqlite = is_sqlite(session)
    if sqlite:
        for name in session.scalars(text(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'giovang_moved%'"
        )).all():
            session.execute(text(f"DROP TRIGGER {name}"))
    else:
        session.execute(text("DROP FUNCTION giovang_moved() CASCADE"))
    MOVED.drop(session.connection())


def _closing(*, sqlite: bool) -> list[str]:
    """One for each table and kind of write; on PostgreSQL one for each table."""
    names = [table.name for table in Base.metadata.sorted_tables]
    if sqlite:
        return [
            f"CREATE TRIGGER giovang_moved_{name}_{verb.lower()} BEFORE {verb} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
            for name in names for verb in _VERBS
        ]
    return [
        f"CREATE FUNCTION {_FUNCTION} AS $$ BEGIN RAISE EXCEPTION '{WORDS}'; END $$",
        *(f"CREATE TRIGGER giovang_moved BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {name} "
          "FOR EACH STATEMENT EXECUTE FUNCTION giovang_moved()" for name in names),
    ]
