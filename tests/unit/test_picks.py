"""Which item a segment airs: themes in turn, the longest unaired first, no repeat too soon."""

from datetime import date, timedelta

import pytest

from tests.builders import an_item
from worker.planner.picks import Candidate, Choice, History, Shelf, choose
from worker.programme.model import Segment

DAY = date(2026, 12, 1)
CHANNELS = ("loa",)


def a_segment(**changes: object) -> Segment:
    values: dict[str, object] = {
        "id": "sang", "name": "Buổi sáng", "themes": ["a", "b"], "slots": ["sang"],
        "channels": ["loa"], "days_without_repeat": 3, "stand_by": "du-phong", **changes,
    }
    return Segment.model_validate(values)


def candidates(*specs: tuple[str, str], **changes: object) -> dict[str, Candidate]:
    found = {i: Candidate(an_item(i, theme=theme, **changes), 1, frozenset(CHANNELS))
             for i, theme in specs}
    return found | {"du-phong": Candidate(an_item("du-phong", theme="khac"), 1,
                                          frozenset(CHANNELS))}


def air(
    items: dict[str, Candidate], days: int, segment: Segment | None = None,
    pins: dict[int, str] | None = None,
) -> list[Choice]:
    """The choices of so many days in a row."""
    segment, history, found = segment or a_segment(), History(), []
    shelf = Shelf(items)
    for n in range(days):
        day = DAY + timedelta(days=n)
        choice = choose(segment, day, CHANNELS, shelf, history, (pins or {}).get(n))
        assert choice.item is not None
        history.add(segment.id, CHANNELS, choice.item.id, choice.item.content.theme, day)
        found.append(choice)
    return found


def ids(choices: list[Choice]) -> list[str]:
    return [c.item.id for c in choices if c.item]


def test_themes_come_in_turn_and_the_longest_unaired_first() -> None:
    """a, b, a, b …; within a theme the one picked longest ago."""
    items = candidates(("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b"))
    assert ids(air(items, 8)) == ["a1", "b1", "a2", "b2", "a1", "b1", "a2", "b2"]


def test_nothing_is_repeated_within_the_days_and_the_stand_by_fills_in() -> None:
    """One item a theme and three days without repeat: the third day has only the stand-by."""
    items = candidates(("a1", "a"), ("b1", "b"))
    choices = air(items, 5)
    assert ids(choices) == ["a1", "b1", "du-phong", "a1", "b1"]
    assert choices[2].how == "stand_by"
    assert choices[2].missing == "a, b"


def test_a_theme_without_items_gives_its_turn_to_the_next() -> None:
    """An empty theme leaves no empty slot."""
    assert ids(air(candidates(("b1", "b"), ("b2", "b")), 2)) == ["b1", "b2"]


def test_a_pin_replaces_the_pick_of_its_day_only() -> None:
    """The pinned item airs that day; the turn goes on after it."""
    items = candidates(("a1", "a"), ("b1", "b"), ("a9", "a"))
    choices = air(items, 2, pins={0: "a9"})
    assert ids(choices) == ["a9", "b1"]
    assert choices[0].how == "pin"


def test_a_pin_that_is_not_approved_leaves_the_regular_pick_and_is_named() -> None:
    """An unapproved item is never aired, and the slot is not left empty for it."""
    choice = air(candidates(("a1", "a")), 1, pins={0: "nhap"})[0]
    assert (choice.item and choice.item.id, choice.missing) == ("a1", "nhap")


@pytest.mark.parametrize("changes", [
    {"valid_from": "2026-12-02"}, {"valid_to": "2026-11-30"}, {"audience": ["hoc_sinh"]},
    {"area": ["vung_cao"]},
])
def test_what_is_not_for_that_day_or_those_people_is_not_picked(changes: dict[str, object]) -> None:
    """Validity, audience and area."""
    items = candidates(("a1", "a"), **changes)
    segment = a_segment(audience=["nguoi_gia"], area=["trung_tam"])
    assert ids(air(items, 1, segment)) == ["du-phong"]


def test_what_reads_too_long_is_not_picked() -> None:
    """The segment's reading time is a limit, not a wish."""
    items = candidates(("a1", "a"))
    items["a1"] = Candidate(items["a1"].content, 1, frozenset(CHANNELS), seconds=999)
    assert ids(air(items, 1)) == ["du-phong"]


def test_what_another_segment_just_aired_on_the_channel_waits() -> None:
    """Two segments of one channel do not air the same item one after the other."""
    items = candidates(("a1", "a"), ("a2", "a"))
    history = History()
    history.add("chieu", CHANNELS, "a1", "a", DAY)
    choice = choose(a_segment(), DAY, CHANNELS, Shelf(items), history, None)
    assert choice.item is not None
    assert choice.item.id == "a2"


def test_one_channel_of_several_is_enough_to_wait() -> None:
    """Aired since by a segment that shares only one channel: it was heard there all the same."""
    shelf, history = Shelf(candidates(("a1", "a"), ("a2", "a"))), History()
    both = ("loa", "sms")
    assert choose(a_segment(), DAY, both, shelf, history, None).item == shelf.items["a1"]

    history.add("chieu", ("sms",), "a1", "a", DAY)
    assert choose(a_segment(), DAY, both, shelf, history, None).item == shelf.items["a2"]
    assert choose(a_segment(), DAY, ("loa",), shelf, history, None).item == shelf.items["a1"]


def test_a_segment_that_is_only_pinned_airs_its_stand_by_otherwise() -> None:
    """pick = "pinned": no rotation."""
    assert ids(air(candidates(("a1", "a")), 1, a_segment(pick="pinned"))) == ["du-phong"]
