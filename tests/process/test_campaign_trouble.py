"""
A campaign on a machine in trouble: a full disk, a held database, a clock set wrong. Nobody
twice, nobody skipped, by the far side's count; it goes on by itself when the trouble is over.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.process.campaigns import invariant, programme, running
from tests.process.flow import GATEWAY
from tests.process.installation import (
    Installation,
    WorkerProcess,
    installed,
    schedules,
    until,
)
from tests.process.machine import ROOT, file_limit, filled_up, locked, small_disk
from tests.process.trained import a_list, hold, rest
from tests.store.campaigns.bed import put

MANY, RATE = 400, 100


@contextmanager
def _under_way(folder: Path, url: str) -> Iterator[tuple[Installation, WorkerProcess]]:
    """So many are out, the rest follows; at the end all have gone out, once."""
    with installed(folder, url, schedules(1, rate=RATE)) as made:
        worker = made.start().running()
        campaign = put(made.store, datetime.now(UTC), a_list(made, folder, MANY),
                       priority="khan_cap", priority_rank=0)
        until("it is going out", lambda: len(made.taken("sms")) >= MANY // 10)
        yield made, worker
        until("everything is settled", lambda: rest(made, campaign) == 0, told=made.standing)
        assert worker.end() == 0, worker.said()
        figures = hold(made, campaign, most_uncertain=0)
        assert figures["taken"] == MANY
        assert "Traceback" not in worker.said()


@pytest.mark.parametrize("full", [file_limit, *([filled_up] if ROOT else [])])
def test_a_full_disk(
    tmp_path: Path,
    full: "Callable[[Installation, WorkerProcess], contextmanager[Callable[[], None]]]",
) -> None:
    """What cannot be written down is not sent; free again, all goes on."""
    with small_disk(tmp_path / "dia") as disk, _under_way(
        tmp_path, f"sqlite:///{disk / 'giovang.sqlite3'}"
    ) as (made, worker), full(made, worker) as fill:
        fill()
        until("it is told", lambda: "database.trouble" in worker.said())
        _stands_still(made)


@pytest.mark.parametrize(
    "seconds", [3, pytest.param(30, marks=pytest.mark.long)], ids=lambda s: f"{s} s")
def test_a_database_that_somebody_else_holds(
    tmp_path: Path, empty_url: str, seconds: float
) -> None:
    """Nothing is begun meanwhile, whatever waits; then all goes on."""
    with _under_way(tmp_path, empty_url) as (made, _worker), locked(empty_url, "campaign_message"):
        threading.Event().wait(0.5)
        _stands_still(made, seconds)


def _stands_still(made: Installation, seconds: float = 2.5) -> None:
    before = made.come("sms")  # what was begun before has arrived
    threading.Event().wait(seconds)
    assert len(made.taken("sms")) == before < MANY


@pytest.mark.parametrize("hours", [2, -2])
def test_a_clock_set_wrong_in_the_middle(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, hours: int
) -> None:
    """The wall clock jumps while messages are on the wire, and is put right again."""
    channel = GATEWAY.format(
        id="sms", name="sms", gateway=sandbox.base_url, timeout=20, known=0, idempotent="")
    channel = channel.replace('id = "chinh",', f'id = "chinh", rate = {RATE},')
    with running(tmp_path, sqlite_url, programme(channel), MANY,
                 [("sms-key", "khoa-sms")]) as sent:
        sent.under_way(MANY // 10)
        sent.clock.shift = timedelta(hours=hours)
        threading.Event().wait(2.5)
        sent.clock.shift = timedelta()
        states = sent.over()

        far = Counter(f"0{row['target'].removeprefix('84')}" for row in sandbox.store.taken)
        assert not invariant(sent, far)
    assert states == {"accepted": MANY}
