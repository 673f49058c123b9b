"""A text that is public is pinned for some days, and nothing of that touches its delivery."""

from collections.abc import Callable
from typing import Any

import pytest

from channels.build import KINDS
from channels.online import PinOptions, Pins
from channels.values import Delivered, Rejected, Retry, Uncertain
from tests.store.pages import DAY, a_page, published, rows, tick
from tests.store.world import CLOSES, HOUR, MINUTE, NOON, World, a_text
from worker.aftercare import figures
from worker.models import Item
from worker.outbox import orders
from worker.outbox.recall import recall_item

PLAIN = 'options = { version = "v26.0" }'
PINNED = 'options = { version = "v26.0", pin_days = 3 }'
URGENT = 'options = { version = "v26.0", pin_days = 3, pin_urgent_only = true }'
MakeWorld = Callable[..., World]


@pytest.fixture
def pinning(make_world: MakeWorld) -> World:
    """Facebook's page keeps a text on top for three days."""
    return make_world(a_text().replace(PLAIN, PINNED))


def as_it_was(world: World) -> tuple[Any, ...]:
    d = world.one("facebook")
    return d.state, d.attempts, d.ref, d.code, d.settled_at


def test_a_text_is_pinned_after_publishing_and_comes_down_after_its_days(pinning: World) -> None:
    page = a_page(pinning)
    ref = published(pinning)
    before = as_it_was(pinning)

    tick(pinning)
    assert page.top == [ref]
    pinning.to(NOON + 3 * DAY - MINUTE)
    tick(pinning)
    assert page.top == [ref]
    pinning.to(NOON + 3 * DAY)
    tick(pinning)

    assert page.top == []
    assert [rows(pinning)[k].state for k in ("pin", "unpin")] == ["done", "done"]
    assert as_it_was(pinning) == before


def test_a_round_done_twice_asks_nothing_twice(pinning: World) -> None:
    page = a_page(pinning)
    published(pinning)

    for _ in range(3):
        tick(pinning)

    assert [what for what, _ in page.done] == ["pin"]


def test_a_pin_is_tried_again_on_trouble_and_changes_nothing_of_the_delivery(
    pinning: World
) -> None:
    """Nobody knows whether the first one took: it must come down all the same."""
    page = a_page(pinning)
    ref = published(pinning)
    before = as_it_was(pinning)
    page.answers = [Uncertain("lost", "x"), Retry("busy", "y", retry_after=600)]

    tick(pinning)
    assert rows(pinning)["unpin"].state == "open"
    tick(pinning)
    assert len(page.done) == 1  # it waits
    pinning.clock.advance(80)
    tick(pinning)
    pinning.clock.advance(590)
    tick(pinning)
    assert len(page.done) == 2  # the page asked for ten minutes
    pinning.clock.advance(20)
    tick(pinning)

    assert page.top == [ref]
    assert as_it_was(pinning) == before


def test_a_refused_pin_is_left_and_nothing_comes_down(pinning: World) -> None:
    page = a_page(pinning)
    published(pinning)
    page.answers = [Rejected("fb-pin", "x")]

    tick(pinning)
    pinning.to(NOON + 4 * DAY)
    tick(pinning)

    assert [what for what, _ in page.done if what != "measure"] == ["pin"]
    assert [rows(pinning)[k].state for k in ("pin", "unpin")] == ["failed", "dropped"]
    assert not pinning.alarms()


def test_a_newer_text_takes_the_place_of_the_older(pinning: World) -> None:
    page = a_page(pinning)
    first = published(pinning)
    tick(pinning)
    pinning.to(NOON + DAY)
    pinning.plan()
    pinning.run("facebook")
    pinning.clock.advance(60)

    tick(pinning)

    assert len(page.top) == 1
    assert page.top != [first]


def test_of_two_that_wait_only_the_newer_is_pinned(pinning: World) -> None:
    """The page asked to be left alone for a day."""
    page = a_page(pinning)
    published(pinning)
    page.answers = [Retry("busy", "x", retry_after=24 * 3600)]
    tick(pinning)
    pinning.to(NOON + DAY)
    pinning.plan()
    pinning.run("facebook")
    pinning.clock.advance(3600)

    tick(pinning)

    assert [what for what, _ in page.done if what != "measure"] == ["pin", "pin", "unpin"]
    assert len(page.top) == 1


def test_an_answer_that_comes_too_late_ends_nothing(pinning: World) -> None:
    """It took ten minutes; another node has asked since and waits to ask again."""
    page = a_page(pinning)
    published(pinning)
    page.answers = [Retry("busy", "x"), Rejected("fb-pin", "x")]  # the other node's comes first

    def once() -> None:
        page.meanwhile = bool
        pinning.clock.advance(600)
        tick(pinning)

    page.meanwhile = once
    tick(pinning)

    assert (rows(pinning)["pin"].state, page.answers) == ("open", [])


def test_a_text_updated_in_place_stays_on_top(pinning: World) -> None:
    """Aired again under the same `ref`: the older unpin would take down the newer pin."""
    page = a_page(pinning)
    page.script = [Delivered("bai-1"), Delivered("bai-1")]
    published(pinning)
    tick(pinning)
    pinning.to(NOON + DAY)
    pinning.plan()
    pinning.run("facebook")
    tick(pinning)

    pinning.to(NOON + 3 * DAY + HOUR)
    tick(pinning)
    assert page.top == ["bai-1"]
    pinning.to(NOON + 4 * DAY)
    tick(pinning)
    assert page.top == []


def test_a_recalled_text_comes_down_at_once_and_is_asked_about_no_more(pinning: World) -> None:
    page = a_page(pinning)
    published(pinning)
    tick(pinning)
    with pinning.store.write() as s:
        recall_item(s, pinning.clock.now(), "duyet", "td-01", "sai", {"facebook"})

    tick(pinning)
    assert page.top == []
    pinning.to(NOON + 8 * DAY)
    tick(pinning)

    assert [what for what, _ in page.done] == ["pin", "unpin"]


def test_what_was_recalled_before_its_pin_is_never_pinned(pinning: World) -> None:
    page = a_page(pinning)
    published(pinning)
    page.answers = [Retry("busy", "x")]
    tick(pinning)
    with pinning.store.write() as s:
        s.get_one(Item, "td-01").state = "recalled"

    pinning.clock.advance(3600)
    tick(pinning)

    assert [what for what, _ in page.done] == ["pin", "unpin"]


def test_an_unpin_that_fails_for_a_day_is_told_and_closed_once_it_worked(pinning: World) -> None:
    page = a_page(pinning)
    published(pinning)
    tick(pinning)
    page.meanwhile = lambda: page.answers.append(Rejected("190", "khóa hết hạn"))

    pinning.to(NOON + 3 * DAY)
    tick(pinning)
    pinning.clock.advance(23 * 3600)
    tick(pinning)
    assert not pinning.alarms()
    pinning.clock.advance(2 * 3600)
    tick(pinning)
    assert [a.partition(":")[0] for a in pinning.alarms()] == ["unpin"]
    page.meanwhile = bool
    pinning.clock.advance(2 * 3600)
    tick(pinning)

    assert page.top == []
    assert not pinning.alarms()


def test_an_unpin_is_given_up_after_a_week_and_its_trouble_stays(pinning: World) -> None:
    page = a_page(pinning)
    published(pinning)
    tick(pinning)
    page.meanwhile = lambda: page.answers.append(Rejected("190", "khóa hết hạn"))

    for day in range(3, 12):
        pinning.to(NOON + day * DAY)
        tick(pinning)

    assert rows(pinning)["unpin"].state == "failed"
    assert len(pinning.alarms()) == 1


def test_nothing_is_pinned_under_a_stop_or_a_pause(pinning: World) -> None:
    page = a_page(pinning)
    published(pinning)
    with pinning.store.write() as s:
        orders.pause(s, pinning.clock.now(), "duyet", "facebook", "*", "xem lại")

    tick(pinning)
    assert not page.done
    with pinning.store.write() as s:
        orders.resume(s, pinning.clock.now(), "duyet", "facebook", "*")
        orders.stop(s, pinning.clock.now(), "duyet", "*", "lộ khóa")
    tick(pinning)

    assert not page.done


@pytest.mark.parametrize("options", [PLAIN, URGENT], ids=["no days", "urgent only"])
def test_only_what_the_programme_wishes_is_pinned(make_world: MakeWorld, options: str) -> None:
    """No `pin_days`, or an ordinary text where only urgent ones are pinned."""
    world = make_world(a_text().replace(PLAIN, options))
    page = a_page(world)
    published(world)

    tick(world)

    assert not page.done
    assert "pin" not in rows(world)


def test_every_channel_that_pins_has_the_same_two_options() -> None:
    """The worker reads them by these names."""
    able = {name for name, kind in KINDS.items() if issubclass(kind.cls, Pins)}

    assert able == {name for name, kind in KINDS.items() if issubclass(kind.options, PinOptions)}
    assert able


def test_the_story_of_a_delivery_tells_of_its_aftercare(pinning: World) -> None:
    a_page(pinning)
    published(pinning)
    tick(pinning)
    pinning.to(CLOSES)
    tick(pinning)

    with pinning.store.read() as s:
        told = [line["what"] for _, line in figures.told(s, pinning.one("facebook").id)]

    assert told == ["pin", "figures-1h"]
