"""Whoever watches hears of every try once, in order, and soon. Both databases."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from channels.values import Rejected
from tests.fakes import FailingStore, Held, Recorder
from tests.store.conftest import MakeWorld
from tests.store.world import NOON, World, a_text
from worker.dispatcher import Dispatcher
from worker.telling import SOON


@dataclass
class Answers:
    """A dispatcher whose tries are answered one at a time, with more to begin behind them."""

    world: World
    pool: Held = field(default_factory=Held)
    store: FailingStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = FailingStore(self.world.store.url)
        office = self.world.office()
        office.store = self.store
        self.world.fakes["sms"].max_parallel = 2
        self.seen: Recorder = self.world.seen
        self.dispatcher = Dispatcher(office, "sms", self.world.worker(), self.pool, self.seen)
        self.world.to(NOON)
        self.dispatcher.turn()

    def one(self) -> None:
        """The oldest try has its answer, and a turn is made of it."""
        self.pool.release(1)
        self.dispatcher.turn()

    def told(self) -> list[str]:
        return [state for _, state in self.seen.attempts]


@pytest.fixture
def answers(make_world: MakeWorld) -> Iterator[Answers]:
    made = Answers(make_world(a_text(targets=8)))
    yield made
    made.store.close()


def test_successes_wait_while_there_is_more_to_begin(answers: Answers) -> None:
    """A burst is on its way before it is told of; at its end, and not later than soon, it is."""
    answers.one()
    answers.one()
    assert answers.told() == []

    answers.world.clock.advance(SOON)
    answers.one()
    assert answers.told() == ["delivered"] * 2

    for _ in range(3):
        answers.one()
    # then, with the last of them begun, nothing waits any more
    assert answers.told() == ["delivered"] * 6
    answers.one()
    answers.one()
    assert answers.told() == ["delivered"] * 8
    assert len(dict(answers.seen.attempts)) == 8


def test_what_is_no_success_is_told_at_once(answers: Answers) -> None:
    """With what came before it, in order: an alarm may follow from it."""
    answers.one()
    answers.world.fakes["sms"].script = [Rejected("x", "từ chối")]
    answers.one()

    assert answers.told() == ["delivered", "rejected"]


def test_what_was_committed_is_told_although_the_database_refuses_more(answers: Answers) -> None:
    """Disk full: the tries before it are in the log soon, those after it are told once."""
    answers.one()
    answers.world.clock.advance(SOON)
    answers.store.failing = 2
    for _ in range(2):
        with pytest.raises(OSError, match="full"):
            answers.one()
    assert answers.told() == ["delivered"]

    answers.dispatcher.turn()
    while answers.pool.calls:
        answers.one()
    assert answers.told() == ["delivered"] * 8
    assert len(dict(answers.seen.attempts)) == 8


@pytest.mark.parametrize("on_the_wire", [True, False])
def test_a_stop_leaves_nothing_untold(answers: Answers, on_the_wire: bool) -> None:
    """What waited to be told is told before the end, with what was still on the wire."""
    if not on_the_wire:
        answers.world.fakes["sms"].max_parallel = 0  # begins nothing more
    answers.one()
    answers.one()
    assert answers.told() == []

    answers.pool.release()
    answers.dispatcher.drain()

    assert answers.told() == ["delivered"] * (4 if on_the_wire else 2)
