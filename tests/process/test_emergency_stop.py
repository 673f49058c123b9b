"""DỪNG KHẨN CẤP from another process: within a second nothing new begins."""

import threading
from pathlib import Path

from tests.awake import Awake
from tests.process.installation import EDITOR, LEADER, installed, schedules, until
from tests.process.invariant import hold

#: a second so many, for twenty seconds: a command on a busy machine takes its time
RATE, TARGETS = 12, 240


def test_a_stop_holds_within_a_second_and_two_persons_end_it(
    tmp_path: Path, empty_url: str
) -> None:
    """One person stops, at once; only the second of two persons starts it again."""
    never = threading.Event()
    with Awake() as awake, installed(
        tmp_path, empty_url, schedules(TARGETS, rate=RATE)
    ) as made:
        # given: a slot that is going out
        worker = made.start().running()
        until("it is going out", lambda: len(made.taken("sms")) >= 5)

        # when
        made.command("stop", "--reason", "số liệu sai", "--as", EDITOR)
        awake.wait(1.0)
        after_a_second = len(made.taken("sms"))
        never.wait(1.5)

        # then: the far side got nothing more, and one person alone cannot start it again
        assert len(made.taken("sms")) == after_a_second < TARGETS
        assert "stop:*" in made.open_alarms()
        made.command("start", "--as", EDITOR)
        never.wait(1.0)
        assert len(made.taken("sms")) == after_a_second

        # and: the second person's start lets everything out, each once
        made.command("start", "--as", LEADER)
        until("all of it is out", lambda: made.finished(TARGETS, "sms"))
        assert worker.end() == 0
        hold(made, most_uncertain=0)
        assert made.states("sms") == {"accepted": TARGETS}
        assert "stop:*" not in made.open_alarms()
