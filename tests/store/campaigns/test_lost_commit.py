"""
A commit whose answer is lost: begun or not, nobody knows until it is looked up. Nothing that is
not known to be begun goes out, nothing is begun twice, and nobody is left in doubt for it.
"""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from components.tcp_fault_proxy import StreamFaultProxy
from tests.postgres import Cluster
from tests.store.campaigns.bed import Bed, a_bed
from tests.store.world import World
from worker.campaigns.runner import Runner
from worker.clock import VirtualClock
from worker.db import Store
from worker.models import CampaignRef


class Line(StreamFaultProxy):
    """Loses the answer to the COMMIT it is armed for, or that COMMIT itself."""

    after = 0  #: which COMMIT of a writer from now on; 0: none
    counts = False  #: a writer is at it: others only read
    arrives = True
    lost = 0

    def _request(self, data: bytes, client: socket.socket, server: socket.socket) -> bool:
        if not (b"COMMIT\0" in data and self.counts and self.after):
            return super()._request(data, client, server)
        self.after -= 1
        if self.after:
            return super()._request(data, client, server)
        self.lost += 1
        if self.arrives:
            server.sendall(data)
            server.recv(65536)
        return False


@pytest.fixture
def line(postgres: Cluster) -> Iterator[Line]:
    with Line(postgres.port) as line:
        yield line


@pytest.fixture
def bed(
    postgres: Cluster, planned_postgres: str, line: Line, clock: VirtualClock, tmp_path: Path
) -> Iterator[Bed]:
    with postgres.database(planned_postgres) as url:
        store = Store(url.replace(f":{postgres.port}/", f":{line.port}/"))
        yield a_bed(World(store, clock, tmp_path))
        store.close()


def _run(bed: Bed, runner: Runner, line: Line) -> int:
    """Both steps in turn until both rest, whatever the database says; how often it was lost."""
    errors = quiet = 0
    while quiet < 60:
        if runner.wants_to_write():
            line.counts = True
            try:
                runner.write()
            except DBAPIError:
                errors += 1
            line.counts = False
        runner.send(0)
        bed.world.clock.advance(0.05)
        quiet = quiet + 1 if runner.is_idle() and not line.after else 0
    return errors


@pytest.mark.parametrize("arrives", [True, False], ids=["committed", "not-committed"])
@pytest.mark.parametrize("which", [1, 2, 3])
def test_a_lost_commit_neither_doubles_nor_leaves_a_doubt(
    bed: Bed, line: Line, which: int, arrives: bool
) -> None:
    """The one that begins the first slice, and those that settle it and begin the next."""
    bed.world.worker("may-1")
    campaign = bed.campaign(40)
    runner = bed.runner()
    line.after, line.arrives = which, arrives

    assert _run(bed, runner, line) == 1

    assert line.lost == 1
    assert set(bed.world.far.taken.values()) == {1}
    assert bed.world.far.taken.total() == 40
    assert bed.states(campaign) == {"accepted": 40}
    assert bed.lots() == ["done"]
    with bed.world.store.read() as s:  # a gateway's ids are kept once
        kept = s.execute(select(CampaignRef.row, func.count())
                         .group_by(CampaignRef.row).having(func.count() > 1)).all()
    assert kept == []
