"""Views and shares are taken at three ages of a text, and sending does not suffer from it."""

from collections.abc import Callable

import pytest

from channels.values import Accepted, Retry, Uncertain
from tests.store.pages import DAY, Page, a_page, published, rows, taken, tick
from tests.store.world import HOUR, MINUTE, NOON, World, a_text
from worker.aftercare import figures, ticks
from worker.models import Item
from worker.reconcile import reconcile

MakeWorld = Callable[..., World]


def test_figures_are_taken_at_three_ages(world: World) -> None:
    a_page(world)
    published(world)
    for age in (HOUR - MINUTE, HOUR, DAY, 7 * DAY):
        world.to(NOON + age)
        tick(world)

    assert taken(world) == [("1h", HOUR), ("24h", DAY), ("7d", 7 * DAY)]


def test_a_figure_missed_is_taken_once_with_its_real_age(world: World) -> None:
    """The worker was away for two days: one question, not two."""
    page = a_page(world)
    published(world)
    world.to(NOON + 2 * DAY)

    tick(world)

    assert taken(world) == [("24h", 2 * DAY)]
    assert len(page.done) == 1
    with world.store.read() as s:
        [row] = figures.rows(s, world.office().force.programme.zone(), item="td-01")
    assert (row["late"], row["counts"]) == (True, {"views": 10, "shares": 0})


def test_the_age_counts_from_the_try_that_published(world: World) -> None:
    """Its answer was lost, and it was found half an hour later."""
    page = a_page(world)
    page.script, page.takes = [Uncertain("lost", "x")], True
    world.to(NOON)
    world.run("facebook")
    world.clock.advance(1800)
    reconcile(world.office(), world.clock.now())
    assert world.one("facebook").state == "delivered"
    world.to(NOON + HOUR)

    tick(world)

    assert taken(world) == [("1h", HOUR)]


def test_what_the_far_side_gave_no_name_is_left_alone(world: World) -> None:
    page = a_page(world)
    page.script = [Accepted("")]
    published(world)
    world.to(NOON + HOUR)

    assert tick(world) == 0


def test_three_failures_end_a_figure_quietly(world: World) -> None:
    """A limit that is used up is no failure: it is asked again as told."""
    page = a_page(world)
    published(world)
    page.answers = [Retry("limit", "x", retry_after=60, counts=False),
                    *[Uncertain("html", "x")] * 3]
    world.to(NOON + HOUR)
    for _ in range(6):
        tick(world)
        world.clock.advance(1200)

    assert len(page.done) == 4
    assert rows(world)["1h"].state == "failed"
    assert not world.alarms()


def test_a_bug_of_one_channel_keeps_no_other_waiting(world: World) -> None:
    page, other = a_page(world), Page("website", world.far)
    world.fakes["website"] = other
    world.to(NOON)
    world.run("facebook")
    world.run("website")
    page.answers = [ValueError("bug")]
    world.to(NOON + HOUR)

    with pytest.raises(ExceptionGroup):
        tick(world)

    assert [what for what, _ in other.done] == ["measure"]


def test_an_account_is_asked_one_question_at_a_time(world: World) -> None:
    """While one node asks, another finds nothing to ask this account."""
    page = a_page(world)
    published(world)
    world.to(NOON + DAY)
    world.plan()
    world.run("facebook")
    world.to(NOON + DAY + HOUR)
    inner: list[int] = []

    def once() -> None:
        page.meanwhile = bool
        inner.append(tick(world))

    page.meanwhile = once
    outer = tick(world)

    assert inner == [0]
    assert outer == 2


def test_a_backlog_leaves_an_account_its_calls_for_sending(make_world: MakeWorld) -> None:
    """Eight pages of one account, each with a figure due."""
    pages = "".join(f"""[[channels.targets]]
id = "trang-{n}"
name = "Trang {n}"
address = "10000000000010{n}"

""" for n in range(7))
    world = make_world(a_text().replace('[[channels]]\nid = "website"',
                                        f'{pages}[[channels]]\nid = "website"'))
    page = a_page(world)
    published(world)
    world.to(NOON + HOUR)

    assert tick(world) == ticks.FIGURES
    assert tick(world) == 8 - ticks.FIGURES
    assert [what for what, _ in page.done] == ["measure"] * 8


def test_no_session_is_held_while_a_far_side_is_asked(world: World) -> None:
    page = a_page(world)
    published(world)
    world.to(NOON + HOUR)

    def write() -> None:
        with world.store.write() as s:
            s.get_one(Item, "td-01").changed_at = world.clock.now()

    page.meanwhile = write

    assert tick(world) == 1
