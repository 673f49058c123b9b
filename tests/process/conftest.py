"""Fixtures of the process tests: an empty database of either kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Cluster


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'giovang.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(
    request: pytest.FixtureRequest, sqlite_url: str
) -> Iterator[str]:
    """The address of a database without tables; each test runs on both kinds."""
    if request.param == "sqlite":
        yield sqlite_url
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    name = cluster.create()
    yield cluster.url(name)
    cluster.sql(f"DROP DATABASE {name} WITH (FORCE)")
