"""Lost answers of a prepare, and of making public: one post is public. Both databases."""

from collections.abc import Callable

import pytest

from channels.values import Uncertain
from tests.fakes import Held
from tests.store.conftest import MakeWorld
from tests.store.prepared import (
    DUE,
    a_page,
    cancel,
    find_twice,
    killed,
    led,
    lost_answer,
    page,
    prepared,
)
from tests.store.world import MINUTE, NOON, World
from worker.outbox import acts


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return a_page(make_world)


# ---------------------------------------------------------------- answers that were lost


@pytest.mark.parametrize("lose", [lost_answer, killed])
def test_a_prepare_whose_answer_was_lost_is_found(
    world: World, lose: Callable[[World], None]
) -> None:
    """Never prepared a second time, and one post is public."""
    lose(world)
    world.run("facebook")
    find_twice(world)
    found = world.one("facebook")
    assert (found.state, found.ref, found.maybe_out) == ("ready", "p0", False)
    world.to(NOON)
    world.run("facebook")
    assert page(world).shown == [found.id] == page(world).left()
    assert len(page(world).prepared) == 1


def test_while_nobody_knows_of_a_prepare_nothing_is_published(world: World) -> None:
    """At noon it still is in doubt: a plain post might be the second."""
    lost_answer(world)
    world.to(NOON)
    world.run("facebook")
    world.house().sweep()
    world.run("facebook")
    assert (page(world).shown, world.states("facebook")) == ([], ["uncertain"])
    find_twice(world)
    world.run("facebook")
    assert len(page(world).shown) == 1 == len(page(world).left())


@pytest.mark.parametrize("at_noon", [False, True])
def test_what_is_surely_absent_is_prepared_again_or_published(
    world: World, *, at_noon: bool
) -> None:
    """Before its slot it is prepared again, after that published; once."""
    lost_answer(world)
    page(world).posts.clear()
    if at_noon:
        world.to(NOON)
    find_twice(world)
    world.run("facebook")
    assert (len(page(world).prepared), len(page(world).sent)) == ((1, 1) if at_noon else (2, 0))
    world.to(NOON + 10 * MINUTE)
    world.run("facebook")
    assert len(page(world).shown) == 1 == len(page(world).left())


def test_a_prepare_that_was_lost_may_turn_out_to_be_public(world: World) -> None:
    """The far side published it by itself: it is out, and not sent again."""
    lost_answer(world)
    page(world).posts["p0"].public = True
    find_twice(world)
    world.to(NOON)
    world.run("facebook")
    assert (world.states("facebook"), page(world).sent) == (["delivered"], [])


@pytest.mark.parametrize("reached", [True, False])
def test_making_public_is_repeated_when_its_answer_was_lost(
    world: World, *, reached: bool
) -> None:
    """Twice is as good as once, so nobody has to find out."""
    there = prepared(world)
    page(world).loses = reached
    page(world).script = [] if reached else [Uncertain("cut", "")]
    world.to(NOON)
    world.run("facebook")
    assert world.states("facebook") == ["uncertain"]
    page(world).loses = False
    world.clock.advance(60)
    world.house().sweep()
    world.run("facebook")
    assert [m.ref for m in page(world).sent] == ["p0", "p0"]
    assert (world.states("facebook"), page(world).shown) == (["delivered"], [there.id])


def test_a_prepared_post_that_is_gone_is_published_anew(world: World) -> None:
    """Asked twice, neither public nor prepared: its ref means nothing any more."""
    prepared(world)
    page(world).script = [Uncertain("cut", "")]
    world.to(NOON)
    world.run("facebook")
    page(world).posts["p0"].gone = True
    find_twice(world)
    world.run("facebook")
    assert [m.ref for m in page(world).sent] == ["p0", ""]
    assert len(page(world).shown) == 1


def test_prepared_after_a_doubt_it_is_in_no_doubt(world: World) -> None:
    """A person had it tried again: cancelled, it ends cancelled, and is taken back."""
    page(world).script = [Uncertain("cut", "")]
    there = prepared(world)
    with world.store.write() as s:
        acts.resolve(s, world.clock.now(), "duyet", there.id, "send-again", "không thấy")
    world.run("facebook")
    cancel(world)
    world.run("facebook")
    assert (world.states("facebook"), page(world).left()) == (["cancelled"], [])


def test_a_plain_post_in_doubt_is_not_repeated(world: World) -> None:
    """Only what was prepared has a post to be made public."""
    page(world).prepares_all = False
    page(world).loses = True
    world.to(NOON)
    world.run("facebook")
    world.clock.advance(60)
    world.house().sweep()
    world.run("facebook")
    assert (len(page(world).sent), world.states("facebook")) == (1, ["uncertain"])


def test_resend_waits_for_the_slot(make_world: MakeWorld) -> None:
    """Danger to life outweighs a double, but ahead of the slot there is time to ask."""
    world = a_page(make_world, led(when='id = "canh_giac"\nwhen_uncertain = "resend"\n'))
    lost_answer(world)
    world.clock.advance(600)
    world.house().sweep()
    assert world.states("facebook") == ["uncertain"]
    world.to(NOON)
    world.house().sweep()
    world.run("facebook")
    assert len(page(world).shown) == 1


def test_a_late_answer_of_a_prepare_ends_its_doubt(world: World) -> None:
    """The lease died, the try was given up, then the answer came after all."""
    pool = Held()
    world.to(DUE)
    dispatcher = world.dispatcher("facebook", pool=pool)
    dispatcher.turn()
    world.clock.advance(120)
    other = world.worker("may-2")
    world.house(other).sweep()
    world.run("facebook", world.dispatcher("facebook", worker=other))  # finds nothing to begin
    assert world.states("facebook") == ["uncertain"]
    pool.release()
    dispatcher.turn()
    assert world.states("facebook") == ["ready"]
    world.to(NOON)
    world.run("facebook")
    assert len(page(world).shown) == 1
