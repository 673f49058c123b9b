"""PostgreSQL: what is said when it is not there, and how soon a silent one is noticed."""

import socket
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from tests.postgres import Cluster
from worker import postgresql
from worker.db import Store, is_full_or_locked


@pytest.fixture
def name(postgres: Cluster) -> Iterator[str]:
    name = postgres.create()
    yield name
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(postgres: Cluster, name: str) -> Iterator[Store]:
    store = Store(postgres.url(name))
    yield store
    store.close()


def kind_of(act: Callable[[], object]) -> str:
    with pytest.raises(DBAPIError) as caught:
        act()
    return is_full_or_locked(caught.value)


def test_both_ends_notice_within_a_quarter_of_a_minute(store: Store) -> None:
    """The kernel is told on our side, and the server on its own: it holds our locks."""
    with store.read() as session:
        raw = session.connection().connection.dbapi_connection
        assert isinstance(raw, psycopg.Connection)
        mine = socket.socket(fileno=raw.pgconn.socket)
        ours = [mine.getsockopt(socket.IPPROTO_TCP, option) for option in (
            socket.TCP_USER_TIMEOUT, socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL,
            socket.TCP_KEEPCNT)]
        mine.detach()
        theirs = [session.execute(text(f"SHOW {option}")).scalar_one() for option in (
            "tcp_user_timeout", "tcp_keepalives_idle", "tcp_keepalives_interval",
            "tcp_keepalives_count", "idle_in_transaction_session_timeout", "timezone")]

    assert ours == [15000, 5, 3, 3]
    assert theirs == ["15000", "5", "3", "3", "5min", "UTC"]


def test_the_address_says_it_better() -> None:
    url = make_url("postgresql://x/y?connect_timeout=30&tcp_user_timeout=60000")
    given = postgresql.arguments(url, 30)
    assert not {"connect_timeout", "tcp_user_timeout"} & given.keys()
    assert given["keepalives_idle"] == 5


def test_a_server_that_says_nothing_is_given_up(postgres: Cluster) -> None:
    """Connected, and never answered: as in a cut network."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(10)
        url = f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=2"
        dead = Store(url)
        assert kind_of(dead.engine.connect) == "locked"
        dead.close()
    refused = Store(postgres.url("x").replace(f":{postgres.port}/", ":1/"))
    assert kind_of(refused.engine.connect) == "locked"
    refused.close()


@pytest.mark.parametrize("end", ["pg_terminate_backend", "pg_cancel_backend"])
def test_a_statement_ended_by_the_administrator(store: Store, postgres: Cluster, end: str) -> None:
    said: list[str] = []

    def sleep() -> None:
        with store.write() as session:
            session.execute(text("SELECT pg_sleep(30)"))

    thread = threading.Thread(target=lambda: said.append(kind_of(sleep)))
    thread.start()
    for _ in range(500):
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
            if admin.execute(f"SELECT {end}(pid) FROM pg_stat_activity WHERE query = "  # noqa: S608
                             "'SELECT pg_sleep(30)'").fetchall():
                break
        threading.Event().wait(0.02)
    thread.join(60)

    assert said == ["locked"]
    with store.read() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_no_connection_left(store: Store, postgres: Cluster, name: str) -> None:
    """At the server, and in our own pool."""
    postgres.sql("DROP ROLE IF EXISTS ai_do")
    postgres.sql("CREATE ROLE ai_do LOGIN")
    postgres.sql(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    limited = Store(postgres.url(name).replace("postgres@", "ai_do@"))
    assert kind_of(limited.engine.connect) == "locked"
    limited.close()
    postgres.sql("DROP ROLE ai_do")

    url = store.engine.url
    small = create_engine(url, **{**postgresql.pool_arguments(), "pool_size": 1,
                                  "max_overflow": 0, "pool_timeout": 0.05})
    with small.connect():
        assert kind_of(small.connect) == "locked"
    small.dispose()


def test_what_is_wrong_with_a_statement_is_not_taken_for_a_loss(store: Store) -> None:
    def run(statement: str) -> Callable[[], None]:
        def act() -> None:
            with store.write() as session:
                session.execute(text(statement))
        return act

    assert kind_of(run("SELECT * FROM khong_co")) == ""
    assert kind_of(run("SELECT 'connection'::int")) == ""
    assert kind_of(run("SELECT 1/0")) == ""
    assert kind_of(run("SET TRANSACTION READ ONLY; CREATE TABLE x (y int)")) == "disk"
