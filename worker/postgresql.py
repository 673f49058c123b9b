"""
How we hold on to PostgreSQL: a server that has gone is noticed within a quarter of a minute, by
us and, when we are the ones who have gone, by the server.

Without that a cut network is a wait of hours: TCP itself gives up after 15 minutes when it has
something to send, and never while it only listens. The server would meanwhile keep the locks of
a worker that is no more, and every other worker would wait for them.
"""

from typing import Any

import psycopg
from sqlalchemy.engine import URL
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

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
            raise psycopg.OperationalError(f"no connection free: {error}") from error


def pool_arguments() -> dict[str, Any]:
    return {"poolclass": Pool, "pool_pre_ping": True, "pool_size": KEPT, "max_overflow": _MORE,
            "pool_timeout": _WAIT}


def trouble(error: BaseException | None) -> str | None:
    """As `db.is_full_or_locked`; None when it is no error of PostgreSQL."""
    if not isinstance(error, psycopg.Error):
        return None
    state = error.sqlstate
    if state is None:  # said by the client: it could not connect, or the connection broke
        return "locked" if isinstance(error, psycopg.OperationalError) else ""
    if state in (_READ_ONLY, _FULL):
        return "disk"
    return "locked" if state.startswith(_NOT_NOW) else ""
