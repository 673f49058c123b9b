"""How a campaign stands is told without counting its rows; whatever moved, it says the same."""

import random
from datetime import timedelta

import pytest

from channels.values import (
    Accepted,
    Delivered,
    Message,
    Outcome,
    Rejected,
    Report,
    Retry,
    Uncertain,
)
from tests.store.campaigns.bed import Bed, a_bed
from tests.store.conftest import MakeWorld
from worker.campaigns import moves
from worker.campaigns.figures import figures
from worker.campaigns.runner import Runner
from worker.housekeeping import Housekeeping
from worker.outbox.doubt import GIVE_UP
from worker.receipts import store_each

COUNT, MOVES = 1_100, 14  #: three lots


@pytest.fixture
def bed(make_world: MakeWorld) -> Bed:
    return a_bed(make_world(), room=60)


@pytest.mark.parametrize("seed", range(2))
def test_the_counts_are_those_of_the_rows_after_any_moves(bed: Bed, seed: int) -> None:
    rng = random.Random(seed)
    bed.campaign(COUNT)
    bed.campaign(70, first=COUNT)  # another one's lots and tally count for nothing here
    bed.gateway.answer = lambda message: _answer(rng, message)
    runner = bed.runner()

    for _ in range(MOVES):
        runner = _move(bed, rng, runner)
        _same(bed)

    assert len(bed.states()) >= 4


def _answer(rng: random.Random, message: Message) -> Outcome | None:
    return rng.choices(
        [Accepted(f"r-{message.key}"), Rejected("sai-so", ""), Uncertain("cut", ""),
         Retry("ban", "", retry_after=30, counts=False), None], [70, 3, 2, 10, 15])[0]


def _move(bed: Bed, rng: random.Random, runner: Runner) -> Runner:
    """Some turns, then a pause, receipts, time, or the death of the worker."""
    bed.run(runner, turns=rng.randrange(1, 40))
    kind = rng.randrange(5)
    if kind == 0:
        bed.change(1, state=rng.choice(["paused", "running"]), state_at=bed.world.clock.now())
    elif kind == 1:
        _receipts(bed, rng)
    elif kind == 2:
        bed.world.clock.advance(rng.uniform(1, 60))
    elif kind == 3:  # it is gone, and what it had on the wire is in doubt
        house = Housekeeping(bed.world.office(), bed.world.worker("may-2"), bed.world.var)
        house.watch_clock()
        bed.world.clock.advance((GIVE_UP + timedelta(minutes=5)).total_seconds())
        house.sweep()
        return bed.runner()
    else:
        bed.change(1, state="running", pause_code="", state_at=bed.world.clock.now())
    return runner


def _receipts(bed: Bed, rng: random.Random) -> None:
    told = rng.sample(bed.gateway.sent, min(40, len(bed.gateway.sent)))
    reports = [
        Report(f"r-{m.key}", Delivered(f"r-{m.key}") if rng.random() < 0.8
               else Rejected("sms-undelivered", ""), key=m.key, target=m.target) for m in told]
    named = [(f"{bed.world.clock.elapsed()}/{n}", r) for n, r in enumerate(reports)]
    with bed.world.store.write() as s:
        store_each(s, bed.world.clock.now(), "sms", "chinh", named, "may-1")


def _same(bed: Bed) -> None:
    for campaign, total in ((1, COUNT), (2, 70)):
        found = bed.states(campaign)  # it compares with `moves.counts` and the lots
        with bed.world.store.read() as s:
            ended = sum(n for state, n in found.items() if state not in ("waiting", "sending"))
            assert moves.unsettled(s, campaign, ended) == (
                found.get("waiting", 0), found.get("sending", 0))
            shown = figures(s, campaign)
        assert shown.total == total
        assert (shown.waiting, shown.sending, shown.accepted, shown.delivered, shown.rejected,
                shown.uncertain) == tuple(found.get(state, 0) for state in (
                    "waiting", "sending", "accepted", "delivered", "rejected", "uncertain"))
