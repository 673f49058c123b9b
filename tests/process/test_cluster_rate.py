"""
Several workers on one PostgreSQL send by one account no faster than one worker does, and as
fast: by the gateway's clock, in parts, with one killed and one whose wall clock is wrong.
"""

import json
import math
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.values import Reply, Request
from tests.awake import Awake
from tests.postgres import Cluster
from tests.process.installation import (
    RUN,
    Installation,
    WorkerProcess,
    installed,
    schedules,
    until,
)
from tests.process.trained import a_list
from tests.store.campaigns.bed import put
from worker.lists.keys import FOLDER
from worker.pace import SLICE
from worker.settings import PRODUCT

RESULTS = PRODUCT / "var" / "ket-qua" / "nhip-chung.jsonl"
#: seconds that a message may take longer to the gateway than another, on a machine with other work
NOISE = 0.05


class Gateway(Sandbox):
    """Notes by its own clock when a message came, before anything is done with it."""

    def __init__(self) -> None:
        super().__init__(counts_only=True)
        self.came: list[float] = []

    def answer(self, request: Request) -> Reply:
        if request.path == "/sms/send":
            self.came.append(time.monotonic())
        return super().answer(request)


@dataclass
class Together:
    """Workers of one installation, each a node with a folder of its own."""

    made: Installation
    gateway: Gateway
    nodes: list[WorkerProcess] = field(default_factory=list)

    def add(self, *, shifted: float | None = None) -> WorkerProcess:
        """One more worker; `shifted`: its wall clock is so many seconds ahead."""
        made, number = self.made, len(self.nodes)
        var = made.home / ("var" if number == 0 else f"var-{number}")
        if number:
            var.mkdir()
            (var / FOLDER).symlink_to(made.home / "var" / FOLDER)
        words = RUN if shifted is None else ("tests.process.shifted", str(shifted))
        worker = made.node(number, var, words, GIOVANG_SANDBOX_URL=self.gateway.base_url,
                           GIOVANG_ENGINE="distributed")
        self.nodes.append(worker)
        return worker.running()

    def sent_by(self) -> Counter[str]:
        """Node -> messages that have an outcome by it."""
        with self.made.store.read() as session:
            rows = session.connection().exec_driver_sql(
                "SELECT node, sum(messages) FROM campaign_tally "
                "WHERE state IN ('accepted', 'delivered') GROUP BY node").all()
        return Counter(dict(map(tuple, rows)))


@contextmanager
def together(folder: Path, cluster: Cluster, rate: float) -> Iterator[Together]:
    gateway = Gateway()
    gateway.start()
    try:
        with cluster.database() as url, installed(
                folder, url, schedules(1, rate=rate)) as made:
            yield Together(made, gateway)
    finally:
        gateway.stop()


def fullest(came: list[float]) -> int:
    """Messages in the second in which most came."""
    first, most = 0, 0
    for last, at in enumerate(came):
        while at - came[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def too_many(came: list[float], rate: float, awake: Awake) -> list[tuple[float, int]]:
    """
    Seconds in which more came than the rate, a slice and the noise allow. What went out before
    such a second came in it where nothing ran around its begin: so long is allowed for.
    """
    found, last = [], 0
    for first, since in enumerate(came):
        while last < len(came) and came[last] - since < 1.0:
            last += 1
        late = NOISE + awake.lost(since - 1.0, since + 0.5)
        if last - first > math.floor(rate * (1 + SLICE + late)) + 1:
            found.append((late, last - first))
    return found


def used(came: list[float], start: float, end: float, rate: float, lost: float = 0) -> float:
    """Which part of the rate went out in this span, in which the machine stood still so long."""
    return sum(1 for at in came if start <= at < end) / (rate * (end - start - lost))


def test_two_workers_share_an_accounts_rate(tmp_path: Path, postgres: Cluster) -> None:
    """One of them with its wall clock 5 s ahead; then it is killed, and the other has all."""
    rate = 40.0
    with together(tmp_path, postgres, rate) as them, Awake() as awake:
        # given two workers and three lots of one campaign
        them.add()
        them.add(shifted=5.0)
        put(them.made.store, datetime.now(UTC), a_list(them.made, tmp_path, 1_500))
        came = them.gateway.came
        until("it goes out", lambda: len(came) > rate)

        # when both send, one is killed, and the other goes on alone
        both = _part(came, rate, awake, 4.0)
        them.nodes[1].kill()
        awake.wait(1.0)
        alone = _part(came, rate, awake, 2.0)

        # then
        shares, gateway = them.sent_by(), list(came)
        sys.stdout.write(f"{fullest(gateway)} {both:.3f} {alone:.3f} {shares}\n")
        assert not too_many(gateway, rate, awake)
        # how much of it: test_leased.py, and the long count, which wants a machine to itself
        assert both >= 0.5
        assert alone >= 0.5
        assert min(shares.values()) >= rate / 2
        assert len(shares) == 2
        for worker in them.nodes:
            assert "Traceback" not in worker.said()


def _part(came: list[float], rate: float, awake: Awake, seconds: float) -> float:
    """Which part of the rate goes out from now on, in so many seconds of a machine that runs."""
    start = time.monotonic()
    awake.wait(seconds)
    end = time.monotonic()
    return used(came, start, end, rate, awake.lost(start, end))


@pytest.mark.long
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_minute_of_workers(tmp_path: Path, postgres: Cluster, workers: int) -> None:
    """A minute each, one clock wrong and one killed; the figures are kept for docs/proof.md."""
    rate, seconds = 100.0, 60.0
    with together(tmp_path, postgres, rate) as them:
        for number in range(workers):
            them.add(shifted=-5.0 if number == 1 else None)
        put(them.made.store, datetime.now(UTC), a_list(them.made, tmp_path, 9_000))
        came = them.gateway.came
        until("it goes out", lambda: len(came) > rate)
        start = time.monotonic()
        threading.Event().wait(seconds)
        figures = {"workers": workers, "rate": rate, "fullest": fullest(came),
                   "used": round(used(came, start, start + seconds, rate), 4),
                   "shares": sorted(them.sent_by().values())}
        if workers > 1:
            them.nodes[-1].kill()
            alone = time.monotonic()
            threading.Event().wait(seconds / 4)
            figures["after_kill"] = round(
                used(came, alone, alone + seconds / 4, rate), 4)
            figures["fullest"] = fullest(came)
    sys.stdout.write(f"{figures}\n")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **figures}
        file.write(json.dumps(line) + "\n")
    assert figures["fullest"] <= math.floor(rate * (1 + SLICE + NOISE)) + 1
    assert figures["used"] >= 0.98
