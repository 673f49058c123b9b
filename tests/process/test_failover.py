"""
The database's server is lost and a replica takes its place, under workers that send a campaign
and a slot: nobody gets anything twice and nobody is skipped, by the gateway's own count.
"""

import shutil
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.postgres import Cluster
from tests.process.installation import (
    MAX_PARALLEL,
    Installation,
    WorkerProcess,
    installed,
    schedules,
    until,
)
from tests.process.invariant import MAY_BE_MISSING
from tests.process.standby import Standby, synchronous
from tests.process.trained import a_list, flying, hold, rest, states
from tests.store.campaigns.bed import put
from worker.models import Audit, Delivery
from worker.models import Installation as Row

ENOUGH = 240.0


@dataclass
class Pair:
    """A server with its replica, and workers that know of both."""

    primary: Cluster
    standby: Standby
    made: Installation
    campaign: int = 0
    nodes: list[WorkerProcess] = field(default_factory=list)

    def add(self) -> WorkerProcess:
        """One more node, with the keys of the lists where the first has made them."""
        number = len(self.nodes)
        var = self.made.home / ("var" if number == 0 else f"var-{number}")
        if number:
            var.mkdir(exist_ok=True)
            keys = self.made.home / "var" / "khoa-danh-sach"
            shutil.copytree(keys, var / keys.name, dirs_exist_ok=True)
        return self._run(var)

    def again(self, number: int) -> WorkerProcess:
        """The next life of a node."""
        return self._run(self.made.home / ("var" if number == 0 else f"var-{number}"))

    def _run(self, var: Path) -> WorkerProcess:
        worker = self.made.node(len(self.nodes), var)
        self.nodes.append(worker)
        until("it runs", lambda: "Đang chạy" in worker.said(), ENOUGH, self.told)
        return worker

    def let_go(self, folder: Path, count: int, workers: int) -> None:
        """The campaign, with so many workers at it."""
        self.add()
        listed = a_list(self.made, folder, count)
        for _ in range(workers - 1):
            self.add()
        self.campaign = put(self.made.store, datetime.now(UTC), listed, priority="khan_cap",
                            priority_rank=0)

    def taken(self) -> set[str]:
        """Keys that the gateway has."""
        return {row["key"] for row in self.made.taken("sms")}

    def more(self, count: int) -> None:
        wanted = len(self.taken()) + count
        until(f"{count} more", lambda: len(self.taken()) >= wanted, ENOUGH, self.told)

    def over(self) -> None:
        """Everything has an outcome."""
        until("the campaign is over", lambda: rest(self.made, self.campaign) == 0, ENOUGH,
              self.told)
        until("the slot is over", lambda: self.made.finished(1, "sms"), ENOUGH, self.told)

    def told(self) -> str:
        return "\n".join([self.made.standing(), *(x.said()[-1500:] for x in self.nodes)])

    def state_of(self, keys: set[str]) -> dict[str, str]:
        """Of these keys: what we say became of them."""
        found = states(self.made, self.campaign)
        with self.made.store.read() as session:
            found |= dict(session.execute(select(Delivery.id, Delivery.state)).all())
        return {key: found.get(key, "unknown") for key in keys}

    def slot(self, *, most_uncertain: int) -> dict[str, int]:
        """The invariant for the slot's deliveries, beside the campaign; gives the figures."""
        far = Counter(row["key"] for row in self.made.taken("sms"))
        rows = self.made.deliveries("sms")
        assert {d.id: far[d.id] for d in rows if far[d.id] > 1} == {}
        assert [d.id for d in rows if d.state not in MAY_BE_MISSING and not far[d.id]] == []
        uncertain = [d for d in rows if d.state == "uncertain"]
        assert len(uncertain) <= most_uncertain
        return {"deliveries": len(rows), "uncertain": len(uncertain)}

    def epoch(self) -> int:
        with self.made.store.read() as session:
            return session.scalars(select(Row.epoch)).one()

    def acts(self) -> list[str]:
        with self.made.store.read() as session:
            return list(session.scalars(select(Audit.act).where(Audit.act.like("failover%"))))


@contextmanager
def a_pair(folder: Path, *, targets: int, rate: float) -> Iterator[Pair]:
    primary = Cluster()
    standby = Standby(primary)
    name = primary.create()
    # what was committed outlives the processes, not a machine: that is what the replica is for
    primary.sql(f"ALTER DATABASE {name} SET synchronous_commit = on")
    url = (f"postgresql://postgres@/{name}?host=127.0.0.1,127.0.0.1"
           f"&port={primary.port},{standby.port}&target_session_attrs=read-write")
    try:
        with installed(folder, url, schedules(targets, rate=rate)) as made:
            yield Pair(primary, standby, made)
    finally:
        standby.remove()
        if primary.process.poll() is None:
            primary.stop(crash=True)
        shutil.rmtree(primary.folder, ignore_errors=True)


def _synchronous(folder: Path, *, count: int, targets: int, rate: float, workers: int) -> None:
    with a_pair(folder, targets=targets, rate=rate) as them:
        synchronous(them.primary)
        them.let_go(folder, count, workers)
        them.more(count // 4)
        them.primary.kill()
        them.standby.promote()
        them.over()

        most = workers * (flying(rate) + MAX_PARALLEL)
        figures = hold(them.made, them.campaign, most_uncertain=most)
        slot = them.slot(most_uncertain=workers * MAX_PARALLEL)
        sys.stdout.write(f"{figures} {slot}\n")
        assert them.epoch() == 1  # nothing was lost, so nothing is doubted but what was flying
        assert "failover" in them.acts()
        assert "failover" in them.made.open_alarms()


def _asynchronous(
    folder: Path, *, count: int, targets: int, rate: float, workers: int, gap: float,
    dies: bool = False,
) -> None:
    with a_pair(folder, targets=targets, rate=rate) as them:
        them.let_go(folder, count, workers)
        them.more(count // 4)
        # what is committed from here on the replica never gets
        before = them.taken()
        them.standby.net.cut()
        threading.Event().wait(gap)
        if dies:
            them.nodes[-1].kill()
        them.primary.kill()
        lost = them.taken() - before
        them.standby.promote()
        if dies:
            them.again(len(them.nodes) - 1)
        them.over()

        figures = hold(them.made, them.campaign, most_uncertain=count)
        slot = them.slot(most_uncertain=targets)
        known = them.state_of(lost)
        # those that went out right before the cut may have come over
        said = {state: sum(s == state for s in known.values()) for state in set(known.values())}
        sys.stdout.write(f"{figures} {slot} lost {len(lost)}: {said}\n")
        assert len(lost) > 10
        assert set(said) <= {"uncertain", "accepted", "delivered"}
        assert said.get("uncertain", 0) > len(lost) / 2
        assert them.epoch() == (2 if dies else 1)
        assert any(cause.startswith("failover") for cause in them.made.open_alarms())
        if not dies:  # every worker could tell: the rest went out by itself
            most = workers * (flying(rate) + MAX_PARALLEL)
            assert figures["uncertain"] <= rate * (gap + 2) + most


@pytest.mark.long
def test_an_asynchronous_replica_lacks_what_went_out_last(tmp_path: Path) -> None:
    """A second of it: it stands as uncertain, nothing goes out twice, the rest by itself."""
    _asynchronous(tmp_path, count=500, targets=20, rate=150.0, workers=1, gap=1.0)


@pytest.mark.long
def test_a_synchronous_replica_lacks_nothing(tmp_path: Path) -> None:
    _synchronous(tmp_path, count=2_000, targets=60, rate=150.0, workers=2)


@pytest.mark.long
def test_two_workers_tell_an_asynchronous_replica_what_it_lacks(tmp_path: Path) -> None:
    _asynchronous(tmp_path, count=2_000, targets=60, rate=150.0, workers=2, gap=3.0)


@pytest.mark.long
def test_a_worker_that_died_with_the_server_cannot_tell(tmp_path: Path) -> None:
    """So all that was due is doubted, once, by whoever comes first."""
    _asynchronous(tmp_path, count=2_000, targets=60, rate=150.0, workers=2, gap=3.0, dies=True)
