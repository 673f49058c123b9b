"""
The only place that asks which database it is, but for `given.py`.

SQLite: WAL, `synchronous=FULL` always (a begin lost in a power cut would be a double),
foreign keys, a busy timeout, and BEGIN IMMEDIATE so that two writers queue instead of
failing half-way. PostgreSQL: as it comes, with a lock timeout, noticed when it has gone
(`postgresql.py`).
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Engine,
    Integer,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from worker import postgresql
from worker.clock import Clock, SystemClock
from worker.errors import UserError
from worker.i18n import t
from worker.in_turn import InTurn
from worker.models.base import Base
from worker.witness import Witness

#: how long a writer waits for another before it says so, seconds
BUSY_SECONDS = 30
#: … and how often it looks, seconds
_LOOK, _NEVER = 0.001, threading.Event()
#: by which it waits; in a rehearsal, too, whose days are others
_CLOCK = SystemClock()


def connect(url: str, *, durable: bool = True) -> Engine:
    """An engine for this address; the folder of an SQLite file is made."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UserError(
            "GIOVANG_DATABASE_URL", t("không phải địa chỉ cơ sở dữ liệu", "is no database address"),
            t("viết sqlite:///… hoặc postgresql://…", "write sqlite:///… or postgresql://…"),
        ) from None
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, Path(parsed.database or ""), durable=durable)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"), **postgresql.pool_arguments(),
            connect_args=postgresql.arguments(parsed, BUSY_SECONDS),
        )
    raise UserError(
        "GIOVANG_DATABASE_URL",
        t(f"không dùng được loại cơ sở dữ liệu «{parsed.get_backend_name()}»",
          f"database kind “{parsed.get_backend_name()}” is not supported"),
        t("viết sqlite:///… hoặc postgresql://…", "write sqlite:///… or postgresql://…"),
    )


def _sqlite(url: str, path: Path, *, durable: bool) -> Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            str(path.parent),
            t(f"không tạo được thư mục ({error.strerror})",
              f"cannot make the folder ({error.strerror})"),
            t("kiểm tra quyền ghi, dung lượng đĩa", "check write permission and disk space"),
        ) from error
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_size=20,
                           max_overflow=20)
    sync = "FULL" if durable else "OFF"  # OFF: a rehearsal, thrown away anyway

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin below decides, not the driver
        # cache_size: 1 MB for each of up to twenty connections, half of what SQLite takes by itself
        for pragma in ("journal_mode=WAL", f"synchronous={sync}", "foreign_keys=ON",
                       f"busy_timeout={BUSY_SECONDS * 1000}", "cache_size=-1000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("read_only", False):
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_to_write(connection)

    return engine


def _begin_to_write(connection: Connection) -> None:
    """
    SQLite by itself looks ten times a second whether another process is done, and a campaign at
    full speed leaves gaps of a thousandth: a pause on the command line would wait seconds.
    """
    driver: Any = connection.connection.driver_connection
    until = _CLOCK.elapsed() + BUSY_SECONDS
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while (taken := _taken(driver)) is False and _CLOCK.elapsed() < until:
            _CLOCK.wait(_NEVER, _LOOK)
        if not taken:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # SQLAlchemy says what is in the way
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")


def _taken(driver: sqlite3.Connection) -> bool | None:
    """The file is ours to write; False: another process has it just now; None: other trouble."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        return False if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY else None
    return True


class Store:
    """
    The database, as every step uses it: one `with` block is one transaction, short, and
    never held across the network, the rendering of media, or a wait.
    """

    def __init__(self, url: str, *, durable: bool = True) -> None:
        self.url = url
        self.engine = connect(url, durable=durable)
        self.sqlite = self.engine.dialect.name == "sqlite"
        self.witness = Witness(active=not self.sqlite)
        self.newest = None if self.sqlite else postgresql.Newest(self.engine)
        self.turns = InTurn() if self.sqlite else None

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that may write; committed when the block ends well."""
        turn = self.turns.one() if self.turns is not None else nullcontext()
        with turn, Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads: on SQLite it does not queue behind writers."""
        reader = self.engine.execution_options(read_only=True)
        with Session(reader, expire_on_commit=False, autoflush=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Give every connection back; the file may be moved afterwards."""
        self.engine.dispose()


def is_sqlite(session: Session) -> bool:
    """True for the embedded database: one worker per file, no database time."""
    return session.get_bind().dialect.name == "sqlite"


def store_now(session: Session, clock: Clock) -> datetime:
    """The time by which leases are judged: the database's own where it has one."""
    if is_sqlite(session):
        return clock.now()
    moment: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return moment


def timeline(session: Session) -> str | None:
    """Of the server we speak to (`postgresql.TIMELINE`); None where there is no server."""
    if is_sqlite(session):
        return None
    return str(session.execute(text(postgresql.TIMELINE)).scalar_one())


class on_its_timeline(FunctionElement[bool]):  # noqa: N801  (it stands in a statement as SQL would)
    """
    `on_its_timeline(Installation.timeline)`: this server is the one on which the installation was
    found whole, or nobody has looked yet. Prevents: a begin on a replica that has taken the
    server's place and may lack what already went out.
    """

    type = Boolean()
    inherit_cache = True


@compiles(on_its_timeline, "sqlite")
def _on_its_timeline_sqlite(element: on_its_timeline, compiler: SQLCompiler, **_: Any) -> str:
    del element, compiler
    return "1 = 1"


@compiles(on_its_timeline)
def _on_its_timeline(element: on_its_timeline, compiler: SQLCompiler, **options: Any) -> str:
    [known] = (compiler.process(part, **options) for part in element.clauses)
    return f"({known} IS NULL OR right({known}, 8) = (SELECT {postgresql.TIMELINE_ID}))"


def insert_missing(session: Session, table: type[Any], rows: list[dict[str, Any]]) -> None:
    """INSERT … ON CONFLICT DO NOTHING: rows whose key stands already are left as they are."""
    if rows:
        kind = sqlite_insert if is_sqlite(session) else postgresql_insert
        session.flush()
        session.connection().execute(kind(table).on_conflict_do_nothing(), rows)


def add_up(
    session: Session, table: type[Any], sums: tuple[str, ...], rows: list[dict[str, Any]]
) -> None:
    """Add these numbers to rows, which are made where there are none: by key, in its order."""
    if not rows:
        return
    statement, keys = _adding(table, sums, is_sqlite(session))  # type: ignore[arg-type]
    session.flush()
    session.connection().execute(statement, sorted(rows, key=lambda r: [r[k] for k in keys]))


@lru_cache
def _adding(table: Any, sums: tuple[str, ...], sqlite: bool) -> tuple[Any, list[str]]:
    keys = [column.name for column in table.__table__.primary_key]
    statement = (sqlite_insert if sqlite else postgresql_insert)(table)
    return statement.on_conflict_do_update(index_elements=keys, set_={
        name: getattr(table, name) + statement.excluded[name] for name in sums}), keys


def next_ids(session: Session, table: type[Any], count: int) -> Sequence[int]:
    """
    The ids that so many rows get, inserted next by this transaction: rows that name them can
    be written without asking for each.
    """
    if is_sqlite(session):  # nobody else writes meanwhile
        highest = session.execute(select(func.max(table.id))).scalar_one() or 0
        return range(highest + 1, highest + 1 + count)
    sequence = func.pg_get_serial_sequence(table.__tablename__, "id")
    numbers = func.generate_series(1, count).table_valued("n")
    return session.execute(select(func.nextval(sequence)).select_from(numbers)).scalars().all()


def reset_sequences(session: Session) -> None:
    """After rows were put in with their ids: the next id follows the highest."""
    if is_sqlite(session):
        return  # SQLite takes the highest rowid plus one by itself
    for table in Base.metadata.sorted_tables:
        numbered = "id" in table.c and isinstance(table.c["id"].type, Integer)
        if numbered and table.name != "installation":
            highest = session.execute(select(func.max(table.c["id"]))).scalar_one() or 0
            sequence = func.pg_get_serial_sequence(table.name, "id")
            session.execute(select(func.setval(sequence, highest + 1, False)))


def lock_for_planning(session: Session) -> None:
    """One planner at a time writes; the others would only find its rows already there."""
    if not is_sqlite(session):
        session.execute(text("SELECT pg_advisory_xact_lock(7311)"))


def lock_outbox(session: Session, *, shared: bool = False) -> None:
    """
    Turns of the dispatchers share it; whoever moves batches or deliveries past them (cancel,
    recall, approval, expiry, planning) has it alone: both lock many rows, in different orders.
    Asked for before the first row is locked, planning's lock before it, the audit's after it.
    """
    if not is_sqlite(session):
        kind = "_shared" if shared else ""
        session.execute(text(f"SELECT pg_advisory_xact_lock{kind}(7313)"))


def lock_for_bulletins(session: Session) -> None:
    """One node at a time gives numbers to bulletins: what it reads is what it writes about."""
    if not is_sqlite(session):
        session.execute(text("SELECT pg_advisory_xact_lock(7314)"))


def lock_aftercare(session: Session) -> None:
    """One node at a time chooses whom to ask next: an account answers one question at a time."""
    if not is_sqlite(session):
        session.execute(text("SELECT pg_advisory_xact_lock(7316)"))


def lock_lists(session: Session) -> None:
    """
    One at a time makes a key, lets a list count, or forgets a number: a number forgotten while
    its list becomes ready must not stay on it.
    """
    if not is_sqlite(session):
        session.execute(text("SELECT pg_advisory_xact_lock(7315)"))


def lock_audit(session: Session) -> None:
    """One writer at a time extends the audit chain: its hash covers the row before."""
    if not is_sqlite(session):
        lock_outbox(session)  # an act that is audited may go on to the outbox
        session.execute(text("SELECT pg_advisory_xact_lock(7312)"))


def is_full_or_locked(error: DBAPIError) -> str:
    """
    'disk' or 'locked' when the database cannot write now, or is not there; '' for any other
    error.
    """
    if (kind := postgresql.trouble(error.orig)) is not None:
        return kind
    words = str(error.orig).lower()
    if "disk is full" in words or "disk i/o" in words or "no space" in words or "readonly" in words:
        return "disk"
    if "locked" in words or "lock timeout" in words or "connection" in words:
        return "locked"
    return ""
