"""
Two workers on one PostgreSQL are brought to the next version one after the other while a slot and
campaigns go out, twice: a version that adds, and one that takes away. By the gateway's own count
everybody gets each thing once.
"""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tests.awake import Awake
from tests.builders import in_force
from tests.postgres import Cluster
from tests.process.installation import (
    PATIENCE,
    Installation,
    WorkerProcess,
    installed,
    schedules,
    until,
)
from tests.process.releases import FIRST, SECOND, THIRD, Release, release
from tests.process.trained import a_list, hold, rest
from tests.store.campaigns.bed import put
from worker.lists.keys import FOLDER

COUNT, RATE, TARGETS = 700, 150.0, 20
#: seconds without a message while a machine is exchanged: the other one goes on
GAP = 5.0


@dataclass
class Pair:
    """Two machines, each with its folder, on one database."""

    made: Installation
    running: dict[int, WorkerProcess]

    def environment(self, number: int) -> dict[str, str]:
        return self.made.surroundings(GIOVANG_VAR=str(self.var(number)), GIOVANG_LOG="json",
                                      GIOVANG_ENGINE="distributed")

    def var(self, number: int) -> Path:
        return self.made.home / f"var{number or ''}"

    def start(self, number: int, version: Release, *, first: bool = False) -> None:
        words = ("run", "--no-rehearsal") if first else ("worker",)
        log = self.made.home / f"may-{number}.log"
        self.running[number] = version.start(log, self.environment(number), *words)
        self.made.workers.append(self.running[number])  # ended with the installation
        self.running[number].running()

    def exchange(self, number: int, version: Release) -> None:
        """Stopped in order, and started as this version."""
        assert self.running[number].end() == 0, self.running[number].said()
        self.start(number, version)

    def errors(self) -> list[str]:
        """What either said that is an error, in every version."""
        lines = [line for number in self.running
                 for line in (self.made.home / f"may-{number}.log").read_text().splitlines()]
        said = [json.loads(line) for line in lines if line.startswith("{")]
        assert said
        return [str(one) for one in said if one["level"] in ("error", "critical")] + [
            line for line in lines if "Traceback" in line]

    def versions(self, version: Release) -> dict[str, bool]:
        """Version -> whether one of it lives, as that version's `status` says."""
        found = json.loads(version.command(self.environment(0), "status", "--json").stdout)
        return {node["version"]: node["alive"] for node in found["nodes"]}


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Release]:
    folder = tmp_path_factory.mktemp("phien-ban")
    return {version: release(folder, version) for version in (FIRST, SECOND, THIRD)}


@pytest.fixture
def url(postgres: Cluster, migrated_postgres: str) -> Iterator[str]:
    """An installation in training, of this tree's version."""
    with postgres.database(migrated_postgres) as url:
        yield url


@contextmanager
def watched(made: Installation, campaign: int) -> Iterator[list[float]]:
    """
    The longest time without a message at the gateway while some were left, in seconds of a
    machine that ran.
    """
    longest, over = [0.0], threading.Event()

    def look() -> None:
        count, since = 0, time.monotonic()
        while not over.wait(0.05):
            now = len(made.taken("sms"))
            if now != count:
                count, since = now, time.monotonic()
            if rest(made, campaign):
                end = time.monotonic()
                longest[0] = max(longest[0], end - since - awake.lost(since, end))

    thread = threading.Thread(target=look)
    with Awake() as awake:
        thread.start()
        try:
            yield longest
        finally:
            over.set()
            thread.join()


def test_two_versions_side_by_side_lose_and_double_nothing(
    tmp_path: Path, url: str, releases: dict[str, Release]
) -> None:
    first, second, third = (releases[v] for v in (FIRST, SECOND, THIRD))
    programme = schedules(TARGETS, rate=RATE)
    with installed(tmp_path, url, programme) as made:
        # given two workers of the first version
        in_force(made.store, programme)
        pair = Pair(made, {})
        pair.start(0, first, first=True)
        pair.var(1).mkdir()
        (pair.var(1) / FOLDER).symlink_to(pair.var(0) / FOLDER)
        pair.start(1, first)
        told = []
        for old, new in ((first, second), (second, third)):
            numbers = a_list(made, tmp_path, COUNT, first=len(told) * COUNT)
            campaign = put(made.store, datetime.now(UTC), numbers)
            until("it goes out", lambda c=campaign: rest(made, c) < COUNT - 50)

            # when the first machine comes back as the next version, beside the other, then that one
            with watched(made, campaign) as gap:
                pair.exchange(0, new)
            beside = pair.versions(old)  # by the older one's command, on the newer's tables
            if new is second:
                early = third.command(pair.environment(0), "migrate")
                assert (early.returncode, FIRST in early.stderr) == (1, True), early.stderr
            pair.exchange(1, new)
            until("all is out", lambda c=campaign: rest(made, c) == 0, told=made.standing)

            # then both were there, neither stood in the other's way, and nothing is in doubt
            assert beside == {old.version: True, new.version: True}
            assert gap[0] < GAP
            told.append((round(gap[0], 1), hold(made, campaign, most_uncertain=0)))
        until("the slot is out", lambda: made.finished(TARGETS, "sms"), told=made.standing)
        for number in (0, 1):
            assert pair.running[number].end() == 0

        # then everybody has each thing once, and who needs what is gone is told so
        sys.stdout.write(f"{told}\n")
        far = Counter(row["key"] for row in made.taken("sms"))
        assert len(far) == far.total() == 2 * COUNT + TARGETS
        assert set(made.states("sms")) <= {"accepted", "delivered"}
        assert pair.errors() == []
        too_old = first.command(pair.environment(0), "worker")
        assert (too_old.returncode, SECOND in too_old.stderr) == (2, True), too_old.stderr


def test_a_worker_that_starts_while_its_columns_go_is_seen(
    url: str, tmp_path: Path, releases: dict[str, Release]
) -> None:
    """It registers between the first look and the end of the migration: nothing is changed."""
    environment = {"GIOVANG_HOME": str(tmp_path), "GIOVANG_DATABASE_URL": url}
    assert releases[SECOND].command(environment, "migrate").returncode == 0
    with psycopg.connect(url, autocommit=True) as db:
        with releases[THIRD].held():
            running = releases[THIRD].start(tmp_path / "ra.txt", environment, "migrate")
            until("it takes away", lambda: db.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
            ).fetchone() == (1,), told=running.said)
            db.execute(
                "INSERT INTO node (id, incarnation, version, started_at, heartbeat_at) "
                "VALUES ('may-cu', 1, %s, now(), now())", (FIRST,))

        assert running.process.wait(PATIENCE) == 1
        assert f"may-cu ({FIRST})" in running.said()
        assert db.execute("SELECT rack FROM node").fetchall() == [(None,)]
        assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [("r2",)]

        # and once it has gone
        db.execute("UPDATE node SET stopped_at = now()")
        assert releases[THIRD].command(environment, "migrate").returncode == 0
        assert db.execute("SELECT version FROM oldest_version").fetchall() == [(SECOND,)]
