"""Receipts gathered until they are worth a transaction, and confirmed by then. Both databases."""

import threading
from typing import Any

import pytest

from tests.store.campaigns.desk import Desk, Line, a_desk, told
from tests.store.world import World
from worker.campaigns import basket
from worker.engines.embedded import Embedded


@pytest.fixture
def desk(world: World) -> Desk:
    return a_desk(world)


def _look(desk: Desk, *things: Any, after: float = basket.AGAIN) -> int:
    """A look so many seconds later; gives how many are confirmed by then."""
    desk.bed.world.clock.advance(after)
    desk.line.coming.extend(things)
    desk.basket.look(desk.office)
    return len(desk.line.confirmed)


def test_receipts_that_come_one_by_one_are_taken_up_together(desk: Desk) -> None:
    """Those to whose messages the answers have had time to be written."""
    confirmed = [_look(desk, told(f"r{n}")) for n in range(40)]

    assert set(confirmed[:17]) == {0}
    assert confirmed[18] in (9, 10)
    assert len(set(confirmed)) <= 5
    assert desk.basket.rest(desk.office) == 40 - confirmed[-1]


def test_many_receipts_are_taken_up_at_once(desk: Desk) -> None:
    assert _look(desk, *(told(f"r{n}") for n in range(basket.MANY))) == basket.MANY


def test_a_gateway_that_waits_for_each_answer_is_answered_at_once(desk: Desk) -> None:
    """Twice it stood still with one; then one is all it lets stand, and it is known."""
    for n in range(2):
        assert _look(desk, told(f"r{n}")) == n
        assert _look(desk, after=basket.STALLED) == n + 1

    assert [_look(desk, told(f"r{n}")) for n in (2, 3)] == [3, 4]
    assert desk.basket.pause(desk.bed.world.clock.elapsed()) == basket.SOON


def test_what_comes_while_others_are_stored_waits_for_no_answer(desk: Desk) -> None:
    for n in range(2):
        _look(desk, told(f"r{n}"))
        _look(desk, after=basket.STALLED)
    desk.line.during = [told("r3")]

    assert _look(desk, told("r2")) == 3
    assert _look(desk, told("r4")) == 3


def test_receipts_kept_of_a_channel_that_was_edited_are_not_lost(desk: Desk) -> None:
    _look(desk, told("r1"))
    desk.office.channels["sms"] = Line(desk.bed.world.far)

    assert _look(desk) == 1
    assert desk.kept() == ["r1"]


@pytest.mark.parametrize("how", ["ended", "edited"])
def test_what_comes_while_the_rest_is_stored_is_left_to_the_next(desk: Desk, how: str) -> None:
    """A gateway with a backlog holds no shutdown up; what we took from it is always confirmed."""
    _look(desk, told("r1"))
    desk.line.coming.append(told("r2"))

    if how == "ended":
        assert desk.basket.rest(desk.office) == 1
    else:
        desk.office.channels["sms"] = Line(desk.bed.world.far)
        _look(desk)

    assert desk.line.confirmed == [(told("r1"), True)]
    assert list(desk.line.coming) == [told("r2")]


def test_what_is_kept_is_bounded(desk: Desk) -> None:
    """However many there are: a few transactions of one look, and one's worth in hand."""
    many = 2 * (basket.ROUNDS + 1)

    confirmed = _look(desk, *(told(f"r{n}") for n in range(many * basket.MOST)))

    assert confirmed == basket.ROUNDS * basket.MOST
    assert len(desk.line.coming) == (many - basket.ROUNDS - 1) * basket.MOST


def test_an_account_that_brings_nothing_is_not_looked_at_in_between(desk: Desk) -> None:
    _look(desk)

    assert desk.basket.pause(desk.bed.world.clock.elapsed()) == float("inf")


def test_a_worker_that_ends_takes_up_what_it_kept(desk: Desk) -> None:
    """Its clock stands still here: nothing is due before."""
    desk.bed.change(desk.campaign, state="paused")
    engine = Embedded(lambda: desk.office, desk.bed.world.worker(), desk.bed.world.seen)
    desk.line.coming.append(told())
    engine.cover(["sms"])
    for _ in range(6_000):
        if not desk.line.coming and engine.rests("sms"):
            break
        threading.Event().wait(0.01)
    assert desk.line.confirmed == []

    assert engine.stop(60)

    assert desk.line.confirmed == [(told(), True)]
