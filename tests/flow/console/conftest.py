"""The console on its real listener, and a browser as far as most tests need one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.server import Servers
from tests.accounts import Visitor
from tests.api import Program, a_key
from tests.builders import in_force, settings_for
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import Home
from worker.office import Office


@pytest.fixture
def database_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    """The rules are tested on both databases (tests/store/users); pages ask no other."""
    copy = tmp_path / "giovang.sqlite3"
    copy.write_bytes(migrated_sqlite.read_bytes())
    return f"sqlite:///{copy}"


@pytest.fixture
def home(store: Store, tmp_path: Path, clock: VirtualClock) -> Home:
    in_force(store)
    settings = replace(settings_for(tmp_path), var=tmp_path / "var", inner_port=0, public_port=0)
    return Home(settings, store, clock)


@pytest.fixture
def servers(home: Home) -> Iterator[Servers]:
    office = Office(home.settings, home.store, home.clock, True, None, home.programme()).open()
    running = Servers(home, lambda: office)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def person(servers: Servers) -> Iterator[Visitor]:
    one = Visitor(servers.inner_url)
    yield one
    one.web.close()


@pytest.fixture
def call(home: Home, servers: Servers) -> Iterator[Program]:
    """A program whose key may do everything a key may."""
    program = Program(servers.inner_url, a_key(home))
    yield program
    program.web.close()
