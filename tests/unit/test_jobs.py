"""Work started from a page: how much at one time, and how its end is told."""

import threading

import pytest

from tests.conftest import START
from worker.clock import VirtualClock
from worker.errors import Refused, UserError
from worker.jobs import KEPT, Jobs


@pytest.fixture
def jobs() -> Jobs:
    return Jobs(VirtualClock(START))


def test_one_at_a_time_for_each_person_and_few_in_all(jobs: Jobs) -> None:
    """Each may hold a whole list's numbers in the worker's memory."""
    gate = threading.Event()
    first = jobs.start("an", "x", lambda _: gate.wait(60))
    with pytest.raises(Refused, match="chưa xong"):
        jobs.start("an", "x", lambda _: None)
    second = jobs.start("binh", "x", lambda _: gate.wait(60))

    with pytest.raises(Refused, match="máy đang làm cho người khác"):
        jobs.start("chi", "x", lambda _: None)

    gate.set()
    assert first.over.wait(60)
    assert second.over.wait(60)
    assert jobs.start("an", "x", lambda _: 7).over.wait(60)


def test_a_job_is_its_persons_and_tells_what_they_did_wrong_or_that_we_failed(
    jobs: Jobs,
) -> None:
    def wrong(_: object) -> None:
        raise UserError("tệp", "trống")

    def bug(_: object) -> None:
        raise KeyError("bí mật")

    one = jobs.start("an", "x", wrong)
    assert one.over.wait(60)
    two = jobs.start("an", "x", bug)
    assert two.over.wait(60)

    assert str(one.error) == "tệp: trống"
    assert "lỗi của chương trình" in str(two.error)
    assert "bí mật" not in str(two.error)
    assert jobs.get(one.token, "an") is one
    assert jobs.get(one.token, "binh") is None


def test_what_has_ended_is_forgotten_after_an_hour() -> None:
    clock = VirtualClock(START)
    jobs = Jobs(clock)
    old = jobs.start("an", "x", lambda _: 1)
    assert old.over.wait(60)
    clock.advance(KEPT.total_seconds() + 1)

    new = jobs.start("an", "x", lambda _: 2)
    assert new.over.wait(60)

    assert jobs.get(old.token, "an") is None
    assert jobs.of("an", "x") == [new]
