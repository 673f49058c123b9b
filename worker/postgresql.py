"""
How we hold on to PostgreSQL: a server that has gone is noticed within a quarter of a minute, by
us and, when we are the ones who have gone, by the server.

Without that a cut network is a wait of hours: TCP itself gives up after 15 minutes when it has
something to send, and never while it only listens. The server would meanwhile keep the locks of
a worker that is no more, and every other worker would wait for them.
"""

import sys
import threading
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

# psycopg is imported where it is used: an installation on SQLite does without its 10 MB

#: seconds that reaching the server may take
REACH = 5
#: seconds without an answer of the other machine after which a connection is over
SILENT = 15
#: first question, and the next ones, whether the other machine is there, seconds
_ASK, _AGAIN, _TIMES = 5, 3, 3
#: seconds a transaction may stand still: none of ours waits for the network or a person
_STILL = 300
#: connections of one process, kept and at most; seconds to wait for one that is free
KEPT, _MORE, _WAIT = 20, 10, 10.0

#: which history a server writes: every promotion begins a new one, under the next number. Anybody
#: may ask; a server that only replays another's has none of its own
TIMELINE_ID = "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
#: … and of which cluster, for numbers of two clusters say nothing of each other
TIMELINE = (
    "SELECT CASE WHEN pg_is_in_recovery() THEN '' ELSE (SELECT system_identifier::text "  # noqa: S608  (ours)
    f"FROM pg_control_system()) || '/' || {TIMELINE_ID} END"
)

#: SQLSTATEs that say "not now", by class and whole: nothing is wrong with the statement
_NOT_NOW = ("08", "53", "57", "25P03", "55P03", "40001")
_READ_ONLY, _FULL = "25006", "53100"


def alive() -> dict[str, Any]:
    """What libpq is told, so that a silent server is noticed; for every connection of ours."""
    return {
        "connect_timeout": REACH, "keepalives": 1, "keepalives_idle": _ASK,
        "keepalives_interval": _AGAIN, "keepalives_count": _TIMES,
        "tcp_user_timeout": SILENT * 1000,
    }


def arguments(url: URL, lock_seconds: int) -> dict[str, Any]:
    """What a connection is opened with; what the address itself says goes before it."""
    options = {
        "timezone": "UTC", "lock_timeout": lock_seconds * 1000,
        "idle_in_transaction_session_timeout": _STILL * 1000,
        "tcp_keepalives_idle": _ASK, "tcp_keepalives_interval": _AGAIN,
        "tcp_keepalives_count": _TIMES, "tcp_user_timeout": SILENT * 1000,
    }
    given = {name: value for name, value in alive().items() if name not in url.query}
    return {**given, "options": " ".join(f"-c {name}={value}" for name, value in options.items())}


class Pool(QueuePool):
    """A pool in which waiting in vain is the database's trouble, as every other kind of it is."""

    def _do_get(self) -> ConnectionPoolEntry:
        try:
            return super()._do_get()
        except PoolTimeoutError as error:
            import psycopg  # noqa: PLC0415

            raise psycopg.OperationalError(f"no connection free: {error}") from error


def pool_arguments() -> dict[str, Any]:
    return {"poolclass": Pool, "pool_pre_ping": True, "pool_size": KEPT, "max_overflow": _MORE,
            "pool_timeout": _WAIT}


def trouble(error: BaseException | None) -> str | None:
    """As `db.is_full_or_locked`; None when it is no error of PostgreSQL."""
    if "psycopg" not in sys.modules:  # then it is none of its errors
        return None
    import psycopg  # noqa: PLC0415

    if not isinstance(error, psycopg.Error):
        return None
    state = error.sqlstate
    if state is None:  # said by the client: it could not connect, or the connection broke
        return "locked" if isinstance(error, psycopg.OperationalError) else ""
    if state in (_READ_ONLY, _FULL):
        return "disk"
    return "locked" if state.startswith(_NOT_NOW) else ""


def is_older(one: str, other: str) -> bool:
    """The first is a history of the same cluster that the second has replaced."""
    (cluster, _, number), (same, _, newer) = one.partition("/"), other.partition("/")
    return bool(number) and cluster == same and number < newer


class Newest:
    """
    The newest timeline that this process has seen, and its connections kept off older ones: a
    server that was replaced and comes back is not written to, whoever answers at its address.
    """

    def __init__(self, engine: Engine) -> None:
        self._lock = threading.Lock()
        self._seen = ""
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "checkout", self._taken)

    def saw(self, timeline: str) -> None:
        with self._lock:
            if timeline and not is_older(timeline, self._seen):
                self._seen = timeline

    def _connected(self, connection: Any, entry: ConnectionPoolEntry) -> None:
        connection.autocommit = True
        [found] = connection.execute(TIMELINE).fetchone()
        connection.autocommit = False
        if is_older(found, self._seen):
            import psycopg  # noqa: PLC0415

            raise psycopg.OperationalError(
                f"this server was replaced: it is on {found}, we have seen {self._seen}")
        self.saw(found)
        entry.info["timeline"] = found

    def _taken(self, _connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
        if is_older(entry.info.get("timeline", ""), self._seen):
            raise DisconnectionError("of a server that was replaced")
