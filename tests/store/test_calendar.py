"""The calendar does not wander: what was planned on Monday for Friday is still so on Thursday."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from channels.values import Rejected, Uncertain
from tests.builders import an_item
from tests.store.conftest import MakeWorld
from tests.store.world import NOON, World, a_text
from worker.models import Item, Occurrence
from worker.outbox import acts

DAY = timedelta(days=1)

MORE = """
[[segments]]
id = "luat"
name = "Pháp luật"
themes = ["phap_luat", "thu_doan"]
slots = ["trua", "chieu"]
channels = ["sms", "facebook"]
weekdays = ["t2", "t4", "t6", "cn"]
days_without_repeat = 2
stand_by = "td-01"

[[segments]]
id = "chieu"
name = "Buổi chiều"
themes = ["thu_doan", "phap_luat"]
slots = ["chieu"]
channels = ["website", "loa"]
days_without_repeat = 3
stand_by = "td-01"
"""


def calendar(world: World, until: date) -> dict[str, str]:
    with world.store.read() as s:
        return dict(s.execute(
            select(Occurrence.id, Occurrence.item_id).where(Occurrence.local_date <= until)
        ).all())


def many_items(world: World) -> None:
    world.approved(*(an_item(f"td-{n:02}") for n in range(2, 5)),
                   *(an_item(f"pl-{n:02}", theme="phap_luat") for n in range(1, 5)))


def half_open_slot(text: str) -> str:
    """The afternoon is for website and stations only: channels differ from slot to slot."""
    return text.replace('end = "18:00"\n', 'end = "18:00"\nchannels = ["website", "loa", "sms"]\n')


@pytest.mark.parametrize("outcome", [None, Rejected("x", ""), Uncertain("x", "")])
def test_planning_day_by_day_keeps_what_was_planned(
    make_world: MakeWorld, outcome: Rejected | Uncertain | None
) -> None:
    """A pick depends on the picks before it, never on when it was planned or what was sent."""
    # given a calendar of three segments in two slots
    world = make_world(half_open_slot(a_text() + MORE))
    many_items(world)
    world.plan()
    planned = calendar(world, date(2026, 12, 2))
    assert len(set(planned.values())) > 4

    # when eight days pass, planned anew each morning and noon, whatever becomes of the sending
    for n in range(8):
        for moment in (NOON + n * DAY, NOON + n * DAY + timedelta(hours=6)):
            world.to(moment)
            if outcome is not None:
                world.fakes["sms"].script = [outcome] * 4
            world.run("sms")
            world.house().sweep()
            assert world.plan().rewritten == []

    # then every airing had the item it was planned with
    after = calendar(world, date(2026, 12, 2))
    assert {k: after[k] for k in planned} == planned


def test_an_item_that_aired_keeps_its_turn_after_it_was_withdrawn(
    make_world: MakeWorld,
) -> None:
    """Yesterday's item is edited today: that it had its turn yesterday still counts."""
    world = make_world(a_text() + MORE)
    many_items(world)
    world.plan()
    world.to(NOON + timedelta(hours=7))
    aired = calendar(world, date(2026, 11, 24))
    gone = aired["canh_giac/trua/2026-11-24/1"]
    with world.store.write() as s:
        s.get_one(Item, gone).state = "returned"
        s.flush()
        acts.follow_item(s, world.clock.now(), gone, "duyet")
    world.plan()
    first = calendar(world, date(2026, 12, 1))

    world.to(NOON + DAY + timedelta(hours=7))
    assert world.plan().rewritten == []
    later = calendar(world, date(2026, 12, 1))
    assert {k: later[k] for k in first} == first


def test_what_was_taken_out_had_no_turn(make_world: MakeWorld) -> None:
    """A segment that was off for a day: its item of that day did not air and is not counted."""
    world = make_world(a_text() + MORE)
    many_items(world)
    world.plan()
    whole = calendar(world, date(2026, 12, 2))
    off = a_text() + MORE.replace('id = "luat"\n', 'id = "luat"\nvalid_from = 2026-11-28\n')
    world.programme(off)
    world.plan()
    expected = {k: v for k, v in calendar(world, date(2026, 12, 2)).items() if k in whole}
    for n in range(7):
        world.to(NOON + n * DAY + timedelta(hours=7))
        assert world.plan().rewritten == []
    after = calendar(world, date(2026, 12, 2))
    assert {k: after[k] for k in expected} == expected


def test_a_cancelled_airing_keeps_its_item_and_its_turn(make_world: MakeWorld) -> None:
    """Cancelled by a person, its item withdrawn: it had its turn, the days after do not move
    once more when that day has passed."""
    world = make_world(a_text() + MORE)
    many_items(world)
    world.plan()
    place = "canh_giac/trua/2026-11-26/1"
    gone = world.occurrence(place).item_id
    with world.store.write() as s:
        acts.cancel_occurrence(s, world.clock.now(), "soan", place, "x")
        s.get_one(Item, gone).state = "returned"
        s.flush()
        acts.follow_item(s, world.clock.now(), gone, "duyet")
    world.plan()
    before = calendar(world, date(2026, 12, 2))
    for n in range(5):
        world.to(NOON + n * DAY + timedelta(hours=7))
        assert world.plan().rewritten == []
    assert world.occurrence(place).item_id == gone
    assert {k: v for k, v in calendar(world, date(2026, 12, 2)).items() if k in before} == before
