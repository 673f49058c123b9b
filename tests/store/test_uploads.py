"""Files of numbers that were sent: whose, how they lie on the disk, when they go."""

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.lists import home_for
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import Home
from worker.lists import uploads
from worker.lists.upkeep import upkeep

DATA = b"SDT\n0950000001\n"


@pytest.fixture
def home(store: Store, clock: VirtualClock, tmp_path: Path) -> Home:
    return home_for(store, clock, tmp_path)


def put(home: Home, name: str = "dân.csv", data: bytes = DATA) -> uploads.Waiting:
    return uploads.put(home, name, io.BytesIO(data), len(data), "phoi")


def test_it_lies_under_a_random_name_for_us_alone(home: Home) -> None:
    """The name a browser sends is shown and reaches no path."""
    given = put(home, "../../etc/passwd")

    top = home.settings.var / uploads.FOLDER
    assert given.path.parent.parent == top
    assert given.path.read_bytes() == DATA
    assert {p.name for p in given.folder.iterdir()} == {"ve.json", "danh-sach.csv"}
    assert [oct(p.stat().st_mode & 0o777) for p in (top, given.folder, given.path)] == [
        "0o700", "0o700", "0o600"]


def test_it_is_its_senders_and_a_name_that_is_none_finds_nothing(home: Home) -> None:
    given = put(home)

    found = uploads.find(home, given.token, "phoi")
    assert found is not None
    assert (found.name, found.size) == ("dân.csv", len(DATA))
    assert uploads.find(home, given.token, "khac") is None
    for token in ("..", "../" + given.token, given.token + "/..", "", "x" * 30):
        assert uploads.find(home, token, "phoi") is None
    assert [w.token for w in uploads.of(home, "phoi")] == [given.token]


def test_the_worker_takes_away_what_is_an_hour_old(
    home: Home, clock: VirtualClock
) -> None:
    old = put(home)
    clock.advance(timedelta(minutes=59).total_seconds())
    upkeep(home, clock.now())
    assert old.path.exists()
    fresh = put(home)
    clock.advance(timedelta(minutes=2).total_seconds())

    upkeep(home, clock.now())

    assert not old.folder.exists()
    assert fresh.path.exists()


def test_what_a_dead_process_left_without_a_word_goes_as_well(
    home: Home, clock: VirtualClock
) -> None:
    folder = home.settings.var / uploads.FOLDER / ("x" * 32)
    folder.mkdir(parents=True)
    (folder / "danh-sach.csv").write_bytes(DATA)
    before = (clock.now() - timedelta(hours=2)).timestamp()
    os.utime(folder, (before, before))

    assert uploads.sweep(home, clock.now()) == 1
    assert not folder.exists()
