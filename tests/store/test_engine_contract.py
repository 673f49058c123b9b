"""
What every engine keeps (engines/base.py): a wake-up that is lost, doubled or late costs seconds,
never a message, whoever dies and whatever becomes of the database meanwhile.
"""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders import settings_for
from tests.postgres import Cluster
from tests.process.installation import until
from tests.store.world import NOON, World
from worker.engines.base import Engine
from worker.engines.choose import DISTRIBUTED, EMBEDDED, choose
from worker.errors import UserError

Make = Callable[..., Engine]
#: seconds within which an engine finds what nobody woke it for, on a machine with other work
SECONDS = 60.0


@pytest.fixture(params=[(EMBEDDED, "sqlite"), (DISTRIBUTED, "postgresql")], ids="-".join)
def kind(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def planned_url(
    kind: tuple[str, str], request: pytest.FixtureRequest, tmp_path: Path, planned_sqlite: Path
) -> Iterator[str]:
    if kind[1] == "sqlite":
        yield f"sqlite:///{shutil.copy(planned_sqlite, tmp_path / 'world.sqlite3')}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    with cluster.database(request.getfixturevalue("planned_postgres")) as url:
        yield url


@pytest.fixture
def make(world: World, kind: tuple[str, str]) -> Iterator[Make]:
    """An engine of a worker of its own; every one is stopped."""
    made: list[Engine] = []

    def engine(name: str = "may-1") -> Engine:
        settings = replace(settings_for(world.var), engine=kind[0])
        made.append(choose(settings, world.store, world.office, world.worker(name), world.seen,
                           None))
        return made[-1]

    yield engine
    for one in made:
        one.stop(SECONDS)


@contextmanager
def gone(world: World, request: pytest.FixtureRequest) -> Iterator[None]:
    """The database answers nobody: no connection, or somebody holds the file."""
    if world.store.sqlite:
        holder = sqlite3.connect(world.store.engine.url.database or "", isolation_level=None,
                                 timeout=SECONDS)
        holder.execute("BEGIN EXCLUSIVE")
        yield
        holder.execute("ROLLBACK")
        holder.close()
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    name = world.store.engine.url.database
    cluster.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    everybody = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    cluster.sql(f"{everybody} WHERE datname = '{name}'")
    yield
    cluster.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def _sent(world: World) -> int:
    return world.far.taken.total()


def test_a_wake_up_that_is_lost_costs_seconds(world: World, make: Make) -> None:
    """Nobody says that something is due."""
    make().cover(["sms"])
    world.to(NOON)

    until("it is sent", lambda: world.states() == ["delivered"], SECONDS)
    assert _sent(world) == 1


def test_a_hundred_wake_ups_send_once(world: World, make: Make) -> None:
    """From many threads, before and while it is due; of a channel nobody drains, too."""
    engine = make()
    engine.cover(["sms"])
    engine.cover(["sms"])
    world.to(NOON)
    threads = [threading.Thread(target=engine.wake, args=(channel,))
               for channel in ["sms", "chua-co"] * 50]
    for thread in threads:
        thread.start()

    until("it is sent", lambda: world.states() == ["delivered"], SECONDS)
    for thread in threads:
        thread.join()
    assert _sent(world) == 1


def test_a_wake_up_that_is_late_does_nothing(world: World, make: Make) -> None:
    """It is sent already; so also after the end."""
    engine = make()
    engine.cover(["sms"])
    world.to(NOON)
    until("it is sent", lambda: world.states() == ["delivered"], SECONDS)

    engine.wake("sms")
    threading.Event().wait(0.3)
    assert engine.stop(SECONDS)
    engine.wake("sms")
    engine.halt()

    assert _sent(world) == 1


def test_what_one_worker_was_woken_for_another_sends(world: World, make: Make) -> None:
    """The one begins nothing any more: whatever it was woken for is not lost with it."""
    dead, alive = make(), make("may-2")
    dead.cover(["sms"])
    dead.halt()
    alive.cover(["sms"])
    world.to(NOON)
    dead.wake("sms")

    until("it is sent", lambda: world.states() == ["delivered"], SECONDS)
    assert _sent(world) == 1


@pytest.mark.parametrize("seconds", [
    1.0, pytest.param(60.0, marks=pytest.mark.long)], ids=lambda s: f"{s:.0f} s")
def test_a_database_that_was_gone_is_asked_again(
    world: World, make: Make, request: pytest.FixtureRequest, seconds: float
) -> None:
    """Nothing is begun meanwhile; then it goes on by itself."""
    engine = make()
    engine.cover(["sms"])
    threading.Event().wait(0.3)
    with gone(world, request):
        world.clock.advance_to(NOON)
        engine.wake("sms")
        threading.Event().wait(seconds)
        assert _sent(world) == 0

    until("it is sent", lambda: world.states() == ["delivered"], 60)
    assert _sent(world) == 1


def test_an_engine_that_cannot_run_here_says_why(world: World, kind: tuple[str, str]) -> None:
    """A name nobody knows; many machines over a file of one."""
    for name in ["celery", *([DISTRIBUTED] if kind[1] == "sqlite" else [])]:
        settings = replace(settings_for(world.var), engine=name)
        with pytest.raises(UserError, match="GIOVANG_ENGINE"):
            choose(settings, world.store, world.office, world.worker(), world.seen, None)
