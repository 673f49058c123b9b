"""
PostgreSQL comes and goes under two workers that send: its processes ended by the administrator,
no connection left for us, the network cut, the server crashed and started anew. Judged by the
gateway's own count: nobody gets a message twice, everybody gets it, and no worker was restarted.
"""

import itertools
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from tests.postgres import Cluster
from tests.process import invariant
from tests.process.cut import Cut
from tests.process.installation import (
    MAX_PARALLEL,
    Installation,
    WorkerProcess,
    installed,
    schedules,
    until,
)
from worker.models import Alarm, Node

#: who the workers are for the database: limits of connections do not hold for its superuser
USER = "tram_phat"
#: seconds for everything to be sent once the troubles are over, on a machine with other work
ENOUGH = 240.0


@pytest.fixture(scope="module")
def mortal() -> Iterator[Cluster]:
    """A cluster that may crash: what it has committed it must still have."""
    cluster = Cluster(fsync=True)
    cluster.sql(f"CREATE ROLE {USER} LOGIN")
    yield cluster
    cluster.remove()


@dataclass
class Trouble:
    """Two workers on one database, and what may happen to it."""

    cluster: Cluster
    database: str
    net: Cut
    made: Installation
    nodes: list[WorkerProcess] = field(default_factory=list)

    def add(self) -> WorkerProcess:
        """One more worker, a node with a folder of its own, behind the network that may be cut."""
        number = len(self.nodes)
        worker = self.made.node(
            number, self.made.home / f"var-{number}", GIOVANG_DATABASE_URL=
            f"postgresql://{USER}@127.0.0.1:{self.net.port}/{self.database}")
        self.nodes.append(worker)
        return worker.running()

    def terminate(self) -> int:
        """The administrator ends every connection of ours; how many there were."""
        with psycopg.connect(self.cluster.url(self.database), autocommit=True) as admin:
            return len(admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s",
                [USER]).fetchall())

    def limit(self, connections: int) -> None:
        self.cluster.sql(f"ALTER DATABASE {self.database} CONNECTION LIMIT {connections}")

    def crash(self) -> None:
        self.cluster.stop(crash=True)

    def sent(self) -> int:
        return len(self.made.taken("sms"))

    def more(self, count: int) -> None:
        """So many more have gone out: it goes on."""
        wanted = self.sent() + count
        until(f"{count} more", lambda: self.sent() >= wanted, ENOUGH, self.made.standing)

    def judged(self, *, most_uncertain: int) -> dict[str, int]:
        """Everything is over: what is right whatever happened."""
        until("all is sent", lambda: self.made.finished(1, "sms"), ENOUGH, self.made.standing)
        figures = invariant.hold(self.made, most_uncertain=most_uncertain)
        for worker in self.nodes:
            assert worker.process.poll() is None, worker.said()[-3000:]
            assert "Traceback" not in worker.said()
        until("both beat", lambda: self.beating() == len(self.nodes), told=self.made.standing)
        with self.made.store.read() as session:
            bugs = session.scalars(select(Alarm.what).where(Alarm.kind == "bug")).all()
        assert not bugs, bugs
        return figures

    def beating(self) -> int:
        with self.made.store.read() as session:
            beats = session.scalars(select(Node.heartbeat_at)).all()
        return sum(datetime.now(UTC) - beat < timedelta(seconds=40) for beat in beats)

    def told(self) -> list[Alarm]:
        with self.made.store.read() as session:
            return list(session.scalars(select(Alarm).where(Alarm.kind == "database")))


@contextmanager
def in_trouble(folder: Path, cluster: Cluster, targets: int, rate: float) -> Iterator[Trouble]:
    name = cluster.create()
    cluster.sql(f"ALTER DATABASE {name} OWNER TO {USER}")
    text = schedules(targets, rate=rate)
    with Cut(cluster.port) as net, installed(folder, cluster.url(name), text) as made:
        them = Trouble(cluster, name, net, made)
        them.add()
        them.add()
        yield them
        for worker in them.nodes:
            assert worker.end(signal.SIGTERM) == 0, worker.said()[-3000:]


@pytest.mark.long  # a minute of a server that dies, hangs and refuses
def test_two_workers_go_on_after_every_kind_of_loss(tmp_path: Path, mortal: Cluster) -> None:
    """One after another, each in the middle of sending."""
    with in_trouble(tmp_path, mortal, 450, rate=100.0) as them:
        them.more(60)
        # the administrator ends all transactions, twice
        for _ in range(2):
            assert them.terminate() > 2
            threading.Event().wait(0.3)
        them.more(60)
        # others have taken all the connections there may be
        them.limit(1)
        them.terminate()
        threading.Event().wait(3.0)
        them.limit(-1)
        them.more(60)
        # the network is cut for longer than a turn, and shorter than anybody gives up
        them.net.cut()
        threading.Event().wait(5.0)
        still = them.sent()
        threading.Event().wait(0.5)
        assert them.sent() == still  # nothing goes out that cannot be written down
        them.net.mend()
        them.more(60)
        # the server crashes and comes back
        them.crash()
        threading.Event().wait(1.0)
        mortal.start()

        figures = them.judged(most_uncertain=4 * 2 * MAX_PARALLEL)
        sys.stdout.write(f"{figures}\n")


@pytest.mark.long
def test_a_minute_without_network(tmp_path: Path, mortal: Cluster) -> None:
    """Both ends give up what was open; the duty officer's alarm opens, and closes by itself."""
    with in_trouble(tmp_path, mortal, 500, rate=100.0) as them:
        them.more(100)
        them.net.cut()
        threading.Event().wait(60.0)
        assert them.net.given_up > 2
        them.net.mend()
        back = datetime.now(UTC)
        them.more(1)
        seconds = (datetime.now(UTC) - back).total_seconds()

        figures = them.judged(most_uncertain=2 * MAX_PARALLEL)
        until("it is told", lambda: len(them.told()) == 1, told=them.made.standing)
        until("it is closed", lambda: them.told()[0].closed_at is not None, 180.0,
              them.made.standing)
        sys.stdout.write(f"{figures}, again after {seconds:.1f} s, {them.told()[0].what}\n")
        assert seconds < 20


@pytest.mark.long
def test_a_server_that_crashes_again_and_again(tmp_path: Path, mortal: Cluster) -> None:
    """Ten times, each time after a second or two of work."""
    with in_trouble(tmp_path, mortal, 1000, rate=100.0) as them:
        for turn in itertools.count(1):
            them.more(40 + 5 * turn)
            them.crash()
            threading.Event().wait(0.5 * (turn % 4))
            mortal.start()
            if turn == 10:
                break
        figures = them.judged(most_uncertain=10 * 2 * MAX_PARALLEL)
        sys.stdout.write(f"{figures}\n")
