"""The worker put together, in this process: what an edit and a jump of the clock do to it."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.process.flow import new_flow, programme
from worker.app import App
from worker.clock import VirtualClock
from worker.programme.versions import accept

CHANNEL = """
[[channels]]
id = "loa_hai"
type = "loudspeaker"
name = "Loa hai"
accounts = [{ id = "chinh" }]
"""


@pytest.fixture
def app(tmp_path: Path, sqlite_url: str, sandbox: Sandbox) -> Iterator[App]:
    flow = new_flow(tmp_path, sqlite_url, programme(sandbox))
    app = App(flow.home)
    app.start()
    yield app
    assert app.stop()
    flow.home.close()


def _threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_a_channel_that_an_edit_brings_is_drained_without_a_restart(
    app: App, sandbox: Sandbox
) -> None:
    """A new channel in schedules.toml gets its dispatcher as soon as the edit is taken up."""
    assert "kenh-loa" in _threads()
    assert "kenh-loa_hai" not in _threads()

    with app.home.store.write() as session:
        accept(session, app.home.clock.now(), programme(sandbox) + CHANNEL, "soan")
    app.replan()

    assert "kenh-loa_hai" in _threads()
    assert "loa_hai" in app.office.channels


def test_after_a_jump_every_tick_comes_at_once(app: App) -> None:
    """The clock set back two hours: ticks do not wait two hours for it to catch up."""
    # given: as after the jump, every timer stands two hours ahead of the clock
    clock = app.home.clock
    assert isinstance(clock, VirtualClock)
    ahead = datetime.now(UTC) + timedelta(hours=2)  # the clock that APScheduler reads
    jobs = app._scheduler.get_jobs()
    for job in jobs:
        job.modify(next_run_time=ahead)
    app.watch_clock()
    assert {job.next_run_time for job in app._scheduler.get_jobs()} == {ahead}

    # when
    clock.jump(-7200)
    app.watch_clock()

    # then
    late = [j.id for j in app._scheduler.get_jobs() if j.next_run_time >= ahead]
    assert late == ["day"]
