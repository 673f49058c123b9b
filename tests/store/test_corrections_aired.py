"""Stations that aired what is corrected read the correction itself in their next airing."""

import pytest

from tests.builders import an_item
from tests.store.conftest import MakeWorld
from tests.store.radio import HANDED, TOMORROW, hand_over, items_of, made, newest, recall
from tests.store.world import HOUR, MINUTE, NOON, TODAY, World
from worker import corrections
from worker.home import in_force
from worker.models import Batch
from worker.outbox.correct import Ways, correct_item
from worker.radio.store import make_bulletins

WORDS = "Số đúng là một một ba"
AFTER = TODAY + 2 * (TOMORROW - TODAY)


@pytest.fixture
def aired(make_world: MakeWorld) -> World:
    """Today's noon aired td-01; tomorrow's evening is handed over, and it is 18:30."""
    world = make_world()
    for name in ("dc-01", "dc-02"):
        world.approved(an_item(name, title="Số điện thoại báo công an", body=f"{WORDS}."))
    world.to(NOON - MINUTE)
    world.run("loa")
    make_bulletins(world.store, world.clock.now())
    hand_over(world)
    world.to(HANDED + HOUR)
    return world


def correct(world: World, item: str = "td-01", by: str = "dc-01") -> None:
    now = world.clock.now()
    with world.store.write() as s:
        correct_item(s, now, "duyet", item, by, "sai số",
                     Ways(frozenset({"loa"}), frozenset(), frozenset({"loa"})),
                     corrections.Filler(s, in_force(s), now, by))


def said(world: World, day: object = TOMORROW) -> list[tuple[str, str, str]]:
    return [(s.item, s.corrects, s.standing) for s in newest(world, day).sections  # type: ignore[arg-type]
            if s.title.startswith("Đính chính")]


def words(world: World) -> str:
    return " ".join(x.written for s in newest(world).airing_sections for x in s.lines)


def test_the_correction_is_read_and_not_a_bare_notice(aired: World) -> None:
    """First of all, its own approved words; nothing is sent to a station beside its bulletin."""
    correct(aired)
    assert {b.date for b in made(aired)} >= {TOMORROW}
    assert said(aired) == [("dc-01", "td-01", "airs")]
    assert items_of(newest(aired))[0] == "dc-01"
    assert WORDS in words(aired)
    assert made(aired) == []
    with aired.store.read() as s:
        assert s.query(Batch).filter(Batch.kind == "correct").count() == 0


def test_what_was_recalled_first_is_corrected_by_the_next_airing_too(aired: World) -> None:
    """The bare notice stands there already: the correction is added."""
    recall(aired)
    made(aired)
    assert said(aired) == [("td-01", "", "airs")]
    aired.clock.advance(60)
    correct(aired)
    made(aired)
    assert ("dc-01", "td-01", "airs") in said(aired)
    assert WORDS in words(aired)


def test_a_recalled_correction_leaves_before_it_is_read(aired: World) -> None:
    """Not a word of it is served; that the first was wrong is said all the same."""
    correct(aired)
    made(aired)
    aired.clock.advance(60)
    recall(aired, "dc-01")
    made(aired)
    assert said(aired) == [("td-01", "", "airs"), ("dc-01", "td-01", "recalled")]
    assert WORDS not in words(aired)
    assert made(aired) == []


def test_a_correction_that_was_read_is_corrected_itself(aired: World) -> None:
    """The station read dc-01; it reads dc-02 in the airing after."""
    correct(aired)
    made(aired)
    aired.to(NOON + (TOMORROW - TODAY) + 6 * HOUR)
    aired.run("loa")
    make_bulletins(aired.store, aired.clock.now())
    correct(aired, item="dc-01", by="dc-02")
    made(aired)
    assert ("dc-02", "dc-01", "airs") in said(aired, AFTER)


def test_a_correction_without_words_for_the_radio_leaves_the_notice(aired: World) -> None:
    """What cannot be read aloud (an id, here) was not frozen for stations."""
    aired.approved(an_item("dc-03", body="Xem dc-01."))
    correct(aired, by="dc-03")
    made(aired)
    assert said(aired) == [("td-01", "", "airs")]
