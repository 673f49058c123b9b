"""A pause takes effect within a second, by what the gateway got."""

from dataclasses import replace

import pytest

from channels.values import Accepted, Message, Outcome
from tests.store.campaigns.bed import a_bed
from tests.store.conftest import MakeWorld
from tests.store.world import a_text
from worker.campaigns.lane import Lane
from worker.campaigns.runner import Runner
from worker.pace import Pace


@pytest.mark.parametrize("how", ["paused", "stopped"])
@pytest.mark.parametrize("rate", [None, 40])
def test_a_pause_holds_within_a_second_what_was_begun_and_is_not_on_the_wire(
    make_world: MakeWorld, how: str, rate: float | None
) -> None:
    """A gateway with a window of 8 that answers 4 a second, with an account's rate and without."""
    bed = a_bed(make_world(a_text(rate=rate)))
    bed.campaign(300)
    clock = bed.world.clock
    answered = [clock.elapsed()]

    def answer(message: Message) -> Outcome | None:
        if clock.elapsed() - answered[-1] < 0.25:
            return None
        answered.append(clock.elapsed())
        return Accepted(message.key)

    bed.gateway.answer = answer
    runner = bed.run(turns=1_000)
    paused_at = clock.elapsed()
    bed.change(1, state=how)

    bed.run(runner, turns=600)

    assert max(bed.gateway.at) - paused_at < 0.5
    assert len(bed.gateway.sent) > 20
    assert "sending" not in bed.states()
    assert bed.states()["waiting"] == 300 - len(bed.gateway.sent)
    assert "leased" not in bed.lots()


def test_a_channel_that_an_edit_removed_gives_back_what_was_begun(make_world: MakeWorld) -> None:
    """What is on the wire has its outcome, nothing more is offered; no thread ends by it."""
    bed = a_bed(make_world(a_text(rate=40)))
    bed.campaign(300)
    runner, answers = bed.run(turns=100), bed.gateway.answer
    bed.gateway.answer = lambda _message: None
    bed.run(runner, turns=20)  # some are on the wire
    office = runner.lane.office
    kept = [c for c in office.force.programme.channels if c.id != "sms"]
    office.force = replace(
        office.force, programme=office.force.programme.model_copy(update={"channels": kept}))
    del office.channels["sms"]
    offered = len(bed.gateway.sent)

    bed.run(runner, turns=100)
    bed.gateway.answer = answers
    bed.run(runner, turns=600)

    assert len(bed.gateway.sent) == offered > 10
    assert bed.states() == {"accepted": len(bed.gateway.sent),
                            "waiting": 300 - len(bed.gateway.sent)}
    assert "leased" not in bed.lots()


def test_no_more_of_an_accounts_time_is_wanted_than_its_window_has_room_for(
    make_world: MakeWorld,
) -> None:
    """Of a window of 8 that is full: others would wait for a time that nobody uses."""
    bed = a_bed(make_world(a_text(rate=400)))
    bed.campaign(100)
    wanted: list[int] = []

    class Noting(Pace):
        def want(self, now: float, wait: float, rank: int, each: int, total: int) -> None:
            wanted.append(total)

    lane = Lane(bed.world.office(), "sms", bed.world.seen.bug,
                make_pace=lambda _channel, _account, rate: Noting(rate))
    bed.gateway.answer = lambda _message: None
    runner = bed.run(Runner(lane, bed.world.worker()), turns=100, step=0.001)
    assert len(bed.gateway.sent) == 8
    wanted.clear()

    bed.run(runner, turns=100, step=0.001)

    assert max(wanted, default=0) <= 8
