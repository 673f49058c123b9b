"""Fixtures of every test: no network but loopback, both databases, a clock that obeys."""

import os
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests import giving_way, memory
from tests.postgres import Cluster
from tests.wordpress import WordPressSite
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import TRAINING_UID, create

if TYPE_CHECKING:
    from tests.bucket import BucketServer

#: Tuesday 2026-11-24, 08:00 in Vietnam
START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)

memory.use()

# Hypothesis by itself fails an example that took 200 ms, or a second to be made up: any does on a
# busy machine, and how fast we are is measured elsewhere.
settings.register_profile(
    "no-clock", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("no-clock")


class OutsideNetworkError(RuntimeError):
    """A test reached for the world."""


def _is_loopback(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a unix socket
    return str(address[0]).startswith("127.") or address[0] in ("::1", "localhost", "")


@pytest.fixture(autouse=True)
def _gives_way(request: pytest.FixtureRequest) -> None:
    giving_way.give_way(request.path)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only loopback answers in a test."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if not _is_loopback(address):
            raise OutsideNetworkError(str(address))
        real(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's shell says must not change a test."""
    for name in [n for n in os.environ if n.startswith("GIOVANG_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    cluster = Cluster()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def bucket_server() -> "Iterator[BucketServer]":
    from tests.bucket import BucketServer  # noqa: PLC0415  (two seconds, for few)

    server = BucketServer().start()
    yield server
    server.stop()


@pytest.fixture
def s3(bucket_server: "BucketServer", monkeypatch: pytest.MonkeyPatch) -> "BucketServer":
    """An empty bucket, and the environment that leads to it."""
    bucket_server.empty()
    for name, value in bucket_server.environment().items():
        monkeypatch.setenv(name, value)
    return bucket_server


@pytest.fixture(scope="session")
def installed_wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPressSite]:
    site = WordPressSite(tmp_path_factory.mktemp("wordpress"))
    try:
        yield site.start()
    finally:
        site.stop()


@pytest.fixture
def wordpress(installed_wordpress: WordPressSite) -> Iterator[WordPressSite]:
    """A real WordPress without articles, every switch of it back."""
    yield installed_wordpress
    installed_wordpress.clean()


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Cluster) -> str:
    """The name of a database with our tables; tests get copies of it."""
    name = postgres.create()
    store = Store(postgres.url(name))
    create(store, VirtualClock(START), training=True, uid=TRAINING_UID)
    store.close()
    return name


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("db") / "migrated.sqlite3"
    store = Store(f"sqlite:///{path}")
    create(store, VirtualClock(START), training=True, uid=TRAINING_UID)
    store.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path
) -> Iterator[str]:
    """A fresh migrated training database; each test runs on both kinds."""
    if request.param == "sqlite":
        copy = tmp_path / "giovang.sqlite3"
        shutil.copy(migrated_sqlite, copy)
        yield f"sqlite:///{copy}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    with cluster.database(request.getfixturevalue("migrated_postgres")) as url:
        yield url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    yield store
    store.close()
