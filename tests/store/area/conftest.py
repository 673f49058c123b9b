"""The world of bed.py: eight in the morning, one item approved."""

from pathlib import Path

import pytest

from tests.builders import some_people
from tests.store.area.bed import TEXT, Areas
from tests.store.world import World
from worker.clock import VirtualClock
from worker.db import Store


@pytest.fixture
def areas(store: Store, clock: VirtualClock, tmp_path: Path) -> Areas:
    some_people(store)
    world = World(store, clock, tmp_path)
    world.programme(TEXT)
    made = Areas(world)
    made.approved_item()
    return made
