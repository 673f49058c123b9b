"""Fixtures of the store tests: the small world of world.py on either database."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.world import World, a_world
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
def world(make_world: MakeWorld) -> World:
    """Eight in the morning; noon's deliveries are planned."""
    return make_world()
