"""Fixtures of the store tests: the small world of world.py on either database."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.builders import an_item
from tests.conftest import START
from tests.postgres import Cluster
from tests.store.radio import RADIO
from tests.store.world import World, a_text, a_world
from worker import migrate
from worker.clock import VirtualClock
from worker.db import Store

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(store: Store, clock: VirtualClock, tmp_path: Path) -> MakeWorld:
    """A world with a programme of the test's own."""

    def make(text: str | None = None) -> World:
        return a_world(store, clock, tmp_path, text)

    return make


@pytest.fixture
def radio(make_world: MakeWorld) -> World:
    """The usual world with a stand-by item for its station, approved."""
    world = make_world(a_text() + RADIO)
    world.approved(an_item("td-09", title="Tin dự phòng", theme="phap_luat"))
    world.plan()
    return world


@pytest.fixture
def pg(postgres: Cluster, migrated_postgres: str) -> Iterator[Store]:
    """For what only PostgreSQL does."""
    with postgres.database(migrated_postgres) as url, closing(Store(url)) as store:
        yield store


OldStore = Callable[[str], Store]


@pytest.fixture
def old_store(postgres: Cluster) -> Iterator[OldStore]:
    """An empty PostgreSQL as this version of the tables left it."""
    with ExitStack() as stack:

        def make(version: str) -> Store:
            store = stack.enter_context(closing(Store(stack.enter_context(postgres.database()))))
            migrate.upgrade_to(store, version)
            return store

        yield make


@pytest.fixture(scope="session")
def planned_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The usual world, made once; each test gets a copy."""
    folder = tmp_path_factory.mktemp("planned")
    shutil.copy(migrated_sqlite, folder / "planned.sqlite3")
    store = Store(f"sqlite:///{folder / 'planned.sqlite3'}")
    a_world(store, VirtualClock(START), folder)
    store.close()
    return folder / "planned.sqlite3"


@pytest.fixture(scope="session")
def planned_postgres(
    postgres: Cluster, migrated_postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    name = postgres.create(migrated_postgres)
    store = Store(postgres.url(name))
    a_world(store, VirtualClock(START), tmp_path_factory.mktemp("planned"))
    store.close()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def planned_url(
    request: pytest.FixtureRequest, tmp_path: Path, planned_sqlite: Path
) -> Iterator[str]:
    """Like `database_url`, with the usual world in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(planned_sqlite, tmp_path / 'world.sqlite3')}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    with cluster.database(request.getfixturevalue("planned_postgres")) as url:
        yield url


@pytest.fixture
def world(planned_url: str, clock: VirtualClock, tmp_path: Path) -> Iterator[World]:
    """Eight in the morning; noon's deliveries are planned."""
    world = World(Store(planned_url), clock, tmp_path)
    yield world
    world.store.close()
