"""Wake-ups between processes: brought at once, lost without harm, never in our tables' way."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from procrastinate.schema import SchemaManager

from tests.postgres import Cluster
from tests.process.installation import until
from worker import migrate
from worker.db import Store
from worker.engines.wakeups import SCHEMA, WakeUps, install
from worker.models import Base


class Process:
    """One process's channels, and what woke them."""

    def __init__(self, url: str) -> None:
        self.woken: list[str] = []
        self.resting = True
        self.wakeups = WakeUps(url, self.woken.append, lambda _: self._looks())
        self._n = 0

    def _looks(self) -> int:
        self._n += self.resting
        return self._n


@pytest.fixture
def url(postgres: Cluster, migrated_postgres: str) -> Iterator[str]:
    with postgres.database(migrated_postgres) as url:
        yield url


@contextmanager
def processes(url: str, count: int = 2) -> Iterator[list[Process]]:
    """They run, and have said so."""
    install(url)
    made = [Process(url) for _ in range(count)]
    for process in made:
        process.wakeups.start()
    try:
        until("they have signed in", lambda: _count(url, "workers") == count)
        yield made
    finally:
        for process in made:
            process.wakeups.stop()


def hang_up(cluster: Cluster, database: str) -> None:
    everybody = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    cluster.sql(f"{everybody} WHERE datname = '{database}'")


def _count(url: str, table: str, where: str = "true") -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            f"SELECT count(*) FROM {SCHEMA}.procrastinate_{table} WHERE {where}"  # noqa: S608
        ).fetchone()
        assert row is not None
        return int(row[0])


def test_one_of_the_processes_is_woken_at_once(url: str) -> None:
    """Not after the seconds of a poll; nothing is left of the job."""
    with processes(url) as [one, other]:
        one.wakeups.give("sms")

        until("somebody is woken", lambda: one.woken + other.woken == ["sms"])
        until("the job is gone", lambda: _count(url, "jobs") == 0)


def test_what_is_given_while_a_channel_is_busy_is_a_job_of_its_own(url: str) -> None:
    """One stays with its process until the channel has begun what it could; nobody's is lost."""
    with processes(url) as both:
        for process in both:
            process.resting = False
        both[0].wakeups.give("sms")
        until("one works", lambda: sum(len(p.woken) for p in both) == 1)

        both[0].wakeups.give("sms")
        until("a second job runs", lambda: sum(len(p.woken) for p in both) == 2)
        assert _count(url, "jobs", "status = 'doing'") == 2

        for process in both:
            process.resting = True
        until("both have ended", lambda: _count(url, "jobs") == 0)


def test_a_hundred_wake_ups_of_a_channel_are_few(url: str) -> None:
    """One waits at a time; those given meanwhile are the same."""
    with processes(url) as [one, other]:
        for _ in range(10):  # a machine that takes its time over giving wakes more often meanwhile
            one.woken.clear()
            other.woken.clear()
            for _ in range(100):
                one.wakeups.give("sms")
                other.wakeups.give("sms")
            until("they are woken", lambda: bool(one.woken or other.woken))
            until("no job is left", lambda: _count(url, "jobs") == 0)
            if len(one.woken + other.woken) < 20:
                break

        assert len(one.woken + other.woken) < 20


def test_the_job_of_a_killed_process_is_thrown_away(url: str) -> None:
    """Its channel is woken in its place; no engine but ours repeats anything."""
    # given what a killed process leaves
    install(url)
    with psycopg.connect(url) as connection:
        connection.execute(f"SET search_path TO {SCHEMA}")
        connection.execute("""
            WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)
                          VALUES (now() - interval '1 minute') RETURNING id)
            INSERT INTO procrastinate_jobs
                (queue_name, task_name, args, status, worker_id, queueing_lock)
            SELECT 'giovang', 'drain', '{"channel": "sms"}', 'doing', id, 'sms' FROM dead""")

    process = Process(url)
    process.wakeups.start()
    until("the channel is woken", lambda: process.woken == ["sms"])
    until("nothing is left", lambda: _count(url, "jobs") == 0)
    until("the dead one is forgotten", lambda: _count(url, "workers") == 1)
    process.wakeups.stop()


@pytest.mark.parametrize("seconds", [
    1.0, pytest.param(60.0, marks=pytest.mark.long)], ids=lambda s: f"{s:.0f} s")
def test_a_database_that_was_gone(url: str, postgres: Cluster, seconds: float) -> None:
    """What is given meanwhile is lost; what is given afterwards comes."""
    name = url.rpartition("/")[2]
    with processes(url, 1) as [process]:
        postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        hang_up(postgres, name)
        process.wakeups.give("sms")
        threading.Event().wait(seconds)
        postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

        def given() -> bool:
            process.wakeups.give("loa")
            return "loa" in process.woken

        until("it comes again", given)


def test_one_that_is_stopped_as_soon_as_it_began_ends(url: str) -> None:
    """Its thread had no loop yet to be told: it would have gone on connecting for ever."""
    install(url)
    before = set(threading.enumerate())
    for _ in range(20):
        process = Process(url)
        process.wakeups.start()
        process.wakeups.stop()
    until("all have ended", lambda: set(threading.enumerate()) <= before)


def test_its_tables_are_none_of_ours(url: str) -> None:
    """Alembic sees nothing of them: nothing is pending, nothing would be dropped."""
    install(url)
    install(url)
    store = Store(url)

    assert not migrate.pending(store)
    with store.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert not [change for change in found if "procrastinate" in str(change)]
    store.close()


def test_a_newer_version_changes_its_tables_in_order(url: str) -> None:
    """Its own files, each once."""
    # given the tables of an older version
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    old, new = [f for f in files if f.name < "03.04"], [f for f in files if f.name >= "03.04"]
    assert old
    assert new
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        connection.execute(f"SET search_path TO {SCHEMA}")
        connection.execute("CREATE TABLE giovang_applied (name text PRIMARY KEY)")
        for file in old:
            connection.execute(file.read_bytes())
            connection.execute("INSERT INTO giovang_applied VALUES (%s)", [file.name])

    with processes(url, 1) as [process]:
        process.wakeups.give("sms")
        until("it is woken", lambda: process.woken == ["sms"])
    with psycopg.connect(url) as connection:
        connection.execute(f"SET search_path TO {SCHEMA}")
        applied = connection.execute("SELECT name FROM giovang_applied").fetchall()
    assert {name for (name,) in applied} == {f.name for f in files}
