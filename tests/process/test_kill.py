"""Kills: whatever moment a worker dies at, nothing goes out twice and nothing is lost."""

import json
import platform
import random
import secrets
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.process.installation import (
    MAX_PARALLEL,
    PATIENCE,
    Installation,
    installed,
    schedules,
    until,
)
from tests.process.invariant import hold
from worker.settings import PRODUCT

#: messages a second: so many that the slot outlasts the kills
RATE = 100
#: what the far side takes for an answer: something is on the wire at every moment, ms
DELAY = 60
RESULTS = PRODUCT / "var" / "ket-qua" / "kill.jsonl"


def _kill_through(made: Installation, kills: int, deliveries: int, rng: random.Random) -> None:
    """Start and kill; one life in five dies before it says that it runs."""
    never = threading.Event()
    alive = deliveries / RATE / kills  # seconds of sending between two kills, about
    for _ in range(kills):
        worker = made.start()
        if rng.random() < 0.2:
            never.wait(rng.uniform(0.2, 2.0))
        else:
            worker.running()
            never.wait(rng.uniform(0.0, 1.6 * alive))
        worker.kill()


def _prove(folder: Path, database_url: str, kills: int, deliveries: int) -> dict[str, object]:
    seed = secrets.randbits(32)
    sys.stdout.write(f"seed {seed}\n")
    with installed(folder, database_url, schedules(deliveries, rate=RATE)) as made:
        made.order("delay", ms=DELAY)
        _kill_through(made, kills, deliveries, random.Random(seed))
        last = made.start().running()
        until("everything is settled", lambda: made.finished(deliveries, "sms"),
              PATIENCE + 3 * deliveries / RATE, made.standing)
        assert last.end() == 0
        figures = hold(made, most_uncertain=MAX_PARALLEL * kills)
        figures |= {"kills": kills, "crashed": sum(d.code == "crash" for d in made.deliveries())}
    sys.stdout.write(f"{figures}\n")
    return {"seed": seed, **figures}


def test_a_killed_worker_neither_doubles_nor_loses(tmp_path: Path, empty_url: str) -> None:
    """Five kills at random moments while 300 SMS go out: the invariant holds."""
    figures = _prove(tmp_path, empty_url, kills=5, deliveries=300)
    assert figures["deliveries"] == 300


@pytest.mark.long
def test_thirty_kills_of_two_thousand(tmp_path: Path, empty_url: str) -> None:
    """Thirty kills while 2,000 SMS go out; the figures are kept for docs/proof.md."""
    figures = _prove(tmp_path, empty_url, kills=30, deliveries=2000)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        line = {"at": datetime.now(UTC).isoformat(timespec="seconds"),
                "database": empty_url.partition(":")[0], "python": platform.python_version(),
                **figures}
        file.write(json.dumps(line) + "\n")
    assert figures["deliveries"] == 2000
