"""Trouble with the machine: a clear error, nothing lost, nothing doubled, the rest goes on."""

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.postgres import Cluster
from tests.process.installation import (
    PATIENCE,
    Installation,
    WorkerProcess,
    installed,
    schedules,
    until,
)
from tests.process.invariant import hold
from tests.process.machine import ROOT, file_limit, filled_up, locked, small_disk

#: so many SMS, so many a second: the trouble comes in the middle
TARGETS, RATE = 160, 40


def _going_out(made: Installation) -> WorkerProcess:
    made.order("delay", ms=150)  # something is on the wire at every moment
    worker = made.start().running()
    until("it is going out", lambda: len(made.taken("sms")) >= 10)
    return worker


def _all_once(made: Installation, worker: WorkerProcess) -> None:
    until("all of it is out", lambda: made.finished(TARGETS, "sms"))
    assert worker.end() == 0, worker.said()
    hold(made, most_uncertain=0)
    assert made.states("sms") == {"accepted": TARGETS}
    assert "Traceback" not in worker.said()


# ---------------------------------------------------------------------- disk


@pytest.mark.parametrize("full", [file_limit, *([filled_up] if ROOT else [])])
def test_a_full_disk(
    tmp_path: Path,
    full: "Callable[[Installation, WorkerProcess], contextmanager[Callable[[], None]]]",
) -> None:
    """The database cannot be written: said by name, nothing new begins; free again: all goes on."""
    with small_disk(tmp_path / "dia") as disk, installed(
        tmp_path, f"sqlite:///{disk / 'giovang.sqlite3'}", schedules(TARGETS, rate=RATE)
    ) as made:
        worker = _going_out(made)
        with full(made, worker) as fill:
            fill()
            until("it is told", lambda: "database.trouble" in worker.said()
                  and "trouble=disk" in worker.said())
            before = made.come("sms")
            threading.Event().wait(2.5)
            assert len(made.taken("sms")) == before < TARGETS
        _all_once(made, worker)


@pytest.mark.parametrize("out_before", [0, 10])
def test_a_log_that_nobody_can_take_stops_nothing(
    tmp_path: Path, sqlite_url: str, out_before: int
) -> None:
    """The reader has gone (`| head`), at once or in the middle: every message still goes out."""
    with installed(tmp_path, sqlite_url, schedules(TARGETS, rate=RATE)) as made:
        reading, writing = os.pipe()
        worker = made.start(log_to=writing)
        os.close(writing)
        until("it is going out", lambda: len(made.taken("sms")) >= out_before)

        os.close(reading)

        until("all of it has come", lambda: len(made.taken("sms")) >= TARGETS)
        until("all of it is out", lambda: made.finished(TARGETS, "sms"))
        assert worker.end() == 0
        hold(made, most_uncertain=0)


@contextmanager
def _below_a_file(folder: Path) -> Iterator[Path]:
    blocked = folder / "khong-phai-thu-muc"
    blocked.write_text("")
    yield blocked


@contextmanager
def _read_only_disk(folder: Path) -> Iterator[Path]:
    with small_disk(folder / "dia") as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        yield disk


@pytest.mark.parametrize("place", [_below_a_file, *([_read_only_disk] if ROOT else [])])
@pytest.mark.parametrize(("name", "value"), [
    ("GIOVANG_VAR", "{}/var"), ("GIOVANG_DATABASE_URL", "sqlite:///{}/a/b.sqlite3"),
])
def test_a_folder_that_cannot_be_written(
    tmp_path: Path, sqlite_url: str, place: "Callable[[Path], contextmanager[Path]]",
    name: str, value: str,
) -> None:
    """Exit 2 and one line that names the folder; no traceback."""
    with place(tmp_path) as blocked, installed(
        tmp_path, sqlite_url, schedules(1), {name: value.format(blocked)}
    ) as made:
        worker = made.start()
        assert worker.process.wait(PATIENCE) == 2
        said = worker.said().strip()
    assert str(blocked) in said
    assert len(said.splitlines()) == 1, said
    assert "Traceback" not in said


# ---------------------------------------------------------------------- database


def test_a_locked_database(tmp_path: Path, empty_url: str) -> None:
    """Held by another for some seconds: nothing begins meanwhile, then everything goes on."""
    with installed(tmp_path, empty_url, schedules(TARGETS, rate=RATE)) as made:
        worker = _going_out(made)
        with locked(empty_url):
            before = made.come("sms")  # what was on the wire has arrived
            threading.Event().wait(3.0)
            assert len(made.taken("sms")) == before < TARGETS
        _all_once(made, worker)


def test_a_database_server_that_crashes(tmp_path: Path) -> None:
    """PostgreSQL dies and comes back: told, then everything goes on; what was begun is known."""
    cluster = Cluster(fsync=True)
    try:
        url = cluster.url(cluster.create())
        with installed(tmp_path, url, schedules(TARGETS, rate=RATE)) as made:
            worker = _going_out(made)
            cluster.stop(crash=True)
            until("it is told", lambda: "database.trouble" in worker.said())
            cluster.start()
            _all_once(made, worker)
    finally:
        cluster.remove()


# ---------------------------------------------------------------------- far side


def test_half_the_targets_black_holed(tmp_path: Path, sqlite_url: str) -> None:
    """Half the pages never answer: the other half is delivered meanwhile, each once."""
    good = tuple(f"1{n:03d}" for n in range(12))
    silent = tuple(f"2{n:03d}" for n in range(12))
    text = schedules(1, timeout=2, pages=good + silent).replace("timeout = 2", "timeout = 15", 1)
    with installed(tmp_path, sqlite_url, text) as made:
        made.order("faults", rules=[{"path": "/graph/v26.0/2", "modes": ["black_hole"] * 200}])
        worker = made.start().running()

        def states_of(pages: tuple[str, ...]) -> set[str]:
            wanted = {f"trang-{page}" for page in pages}
            return {d.state for d in made.deliveries("facebook") if d.target in wanted}

        # one that did not answer in time on a busy machine is asked what it has, and has it
        until("the good half is out", lambda: states_of(good) == {"delivered"})
        until("the other half is in doubt", lambda: states_of(silent) == {"uncertain"})
        until("the message is out", lambda: made.states("sms") == {"accepted": 1})
        until("it is told", lambda: "uncertain:facebook" in made.open_alarms())

        assert worker.end() == 0
        posts = [row["target"] for row in made.taken("facebook")]
        assert sorted(posts) == sorted(good + silent)  # these took it and said nothing
