"""A worker that is told to stop settles what is on the wire; a second one is refused."""

import os
import signal
from pathlib import Path

from tests.process.installation import MAX_PARALLEL, PATIENCE, installed, schedules, until
from tests.process.invariant import hold


def test_a_signal_drains(tmp_path: Path, sqlite_url: str) -> None:
    """What is on the wire when SIGTERM comes is settled: nothing uncertain, exit code 0."""
    # given: a far side that answers after a second, and a worker with its hands full
    with installed(tmp_path, sqlite_url, schedules(60)) as made:
        made.order("delay", ms=1000)
        worker = made.start().running()
        until("its hands are full", lambda: made.states("sms")["sending"] == MAX_PARALLEL)

        # when
        code = worker.end(signal.SIGTERM)

        # then: all that was begun is answered, and nothing more was begun
        states = made.states("sms")
        assert code == 0, worker.said()
        assert set(states) == {"accepted", "queued"}, worker.said()
        assert states["accepted"] == len(made.taken("sms")) >= MAX_PARALLEL
        accepted = {d.id for d in made.deliveries("sms") if d.state == "accepted"}
        assert accepted == {row["key"] for row in made.taken("sms")}

        # and the next life sends the rest, until Ctrl-C
        made.order("delay", ms=0)
        again = made.start()
        until("the rest is sent", lambda: made.finished(60, "sms"))
        assert again.end(signal.SIGINT) == 0
        hold(made, most_uncertain=0)


def test_a_stop_that_cannot_wait_any_longer_says_so(tmp_path: Path, sqlite_url: str) -> None:
    """The time for what is on the wire ran out: exit code 1 and one line; then in doubt."""
    # given a gateway that never answers, and a worker with its hands full
    with installed(tmp_path, sqlite_url, schedules(60), {"GIOVANG_GRACE": "1"}) as made:
        made.order("faults", rules=[{"path": "/sms/send", "modes": ["black_hole"] * MAX_PARALLEL}])
        worker = made.start().running()
        until("its hands are full", lambda: made.states("sms")["sending"] == MAX_PARALLEL)

        # when
        code = worker.end(signal.SIGTERM)

        # then
        assert code == 1
        assert "hết 1 giây" in worker.said()
        assert "giovang log --state uncertain" in worker.said()
        assert "Traceback" not in worker.said()
        assert made.states("sms")["sending"] == MAX_PARALLEL

        # and the next life says of each of them that nobody knows
        made.order("faults", rules=[])
        again = made.start()
        until("the rest is sent", lambda: made.finished(60, "sms"))
        assert again.end() == 0
        assert made.states("sms")["uncertain"] == MAX_PARALLEL


def test_a_second_worker_is_refused_by_name(tmp_path: Path, sqlite_url: str) -> None:
    """One worker for one SQLite file: the second says who holds it, exit 2; the first goes on."""
    with installed(tmp_path, sqlite_url, schedules(1)) as made:
        first = made.start().running()

        second = made.start()
        code = second.process.wait(PATIENCE)

        said = second.said()
        assert code == 2
        assert f"pid {first.process.pid}" in said
        assert os.uname().nodename in said
        assert "Traceback" not in said
        assert first.end() == 0


def test_the_sandbox_dies_with_its_worker(tmp_path: Path, sqlite_url: str) -> None:
    """In training the worker's own sandbox does not outlive it, even when it is killed."""
    with installed(tmp_path, sqlite_url, schedules(1), {"GIOVANG_SANDBOX_URL": ""}) as made:
        worker = made.start().running()
        children = Path(f"/proc/{worker.process.pid}/task/{worker.process.pid}/children")
        sandbox = Path(f"/proc/{children.read_text().split()[0]}/cmdline")
        assert b"sandbox" in sandbox.read_bytes()

        worker.kill()

        until("the sandbox has ended", lambda: not _lives(sandbox))


def _lives(command: Path) -> bool:
    try:
        return b"sandbox" in command.read_bytes()
    except OSError:
        return False
