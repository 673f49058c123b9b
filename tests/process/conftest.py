"""Fixtures of the process tests: empty databases, the far side, flows that are closed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.postgres import Cluster
from tests.process.flow import Flow, new_flow

Install = Callable[[Path, str, str], Flow]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox().start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def install() -> Iterator[Install]:
    """`new_flow`, closed at the end."""
    made: list[Flow] = []

    def make(folder: Path, url: str, text: str) -> Flow:
        made.append(new_flow(folder, url, text))
        return made[-1]

    yield make
    for flow in made:
        flow.home.close()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'giovang.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[str]:
    """The address of a database without tables; each test runs on both kinds."""
    if request.param == "sqlite":
        yield sqlite_url
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    with cluster.database() as url:
        yield url
