"""What must not be played leaves a vendor's box, and does not come back."""

import json

import pytest

from channels.values import Accepted
from tests.builders import an_item
from tests.bulletins import HALF_PAST_FIVE, a_bulletin, a_section
from tests.store.conftest import MakeWorld
from tests.store.push_desk import BOX, ENTRY, NAME, TOMORROW, Desk, a_desk
from tests.store.world import HOUR, a_text
from worker.items import approval
from worker.outbox import orders
from worker.outbox.recall import recall_item
from worker.radio.bulletin import Bulletin, Section
from worker.radio.store import make_bulletins


@pytest.fixture
def desk(make_world: MakeWorld) -> Desk:
    return a_desk(make_world)


def two(number: int = 1, **second: object) -> Bulletin:
    """Two items, the second as said."""
    sections: tuple[Section, ...] = (a_section(), a_section(item="td-02", **second))
    return a_bulletin(number=number, sections=sections)


def recall(desk: Desk, item: str, can: frozenset[str] = frozenset({"hop", "loa"})) -> None:
    with desk.world.store.write() as s:
        recall_item(s, desk.world.clock.now(), "duyet", item, "sai số liệu", can)


def test_an_item_recalled_leaves_the_box_though_everything_is_stopped(desk: Desk) -> None:
    """The second of two: the newer number, and the deletion that no stop holds up."""
    desk.world.approved(an_item("td-02"))
    desk.keep(two())
    desk.sounds.made |= {1: b"1", 2: b"2"}
    desk.tick()
    desk.run()
    assert desk.plays() == b"1"
    recall(desk, "td-02")
    desk.keep(two(2, standing="recalled", reason="sai"))
    with desk.world.store.write() as s:
        orders.stop(s, desk.world.clock.now(), "duyet", "*", "xem lại")

    assert desk.tick() == 2
    assert desk.tick() == 0
    desk.run()
    assert desk.plays() is None
    assert f"{NAME}.txt" not in desk.there()
    assert desk.stands() == [(1, 1, "recalled", True), (2, 1, "queued", True)]
    with desk.world.store.write() as s:
        orders.start(s, desk.world.clock.now(), "duyet", None)
        orders.start(s, desk.world.clock.now(), "duyet2", None)
    desk.run()
    assert desk.plays() == b"2"


def test_a_change_that_recalls_nothing_only_takes_its_place(desk: Desk) -> None:
    """No moment without a bulletin where none has to be silent."""
    for number, second in ((1, {}), (2, {"standing": "postponed"})):
        desk.keep(two(number, **second))
        desk.sounds.made[number] = b"%d" % number
        desk.tick()
        desk.run()
    assert desk.world.deliveries("hop", day=TOMORROW, kind="recall") == []
    assert desk.plays() == b"2"


def test_where_nothing_is_left_the_files_go(desk: Desk) -> None:
    desk.keep(a_bulletin())
    desk.sounds.made[1] = b"1"
    desk.tick()
    desk.run()
    desk.keep(a_bulletin(number=2, sections=(a_section(standing="recalled"),)))
    assert [desk.tick(), desk.tick()] == [1, 0]
    desk.run()
    assert set(desk.there()) == {"lich-phat.json", "lich-phat.csv"}
    assert json.loads(desk.there()["lich-phat.json"])["airings"] == []
    assert [s[2] for s in desk.stands()] == ["recalled"]
    assert desk.tick() == 0


def test_what_was_aired_and_is_recalled_does_not_stay_on_the_box(desk: Desk) -> None:
    """Its time is over, and a box keeps files: nobody may play it again by hand."""
    desk.keep(a_bulletin())
    desk.sounds.made[1] = b"1"
    desk.tick()
    desk.run()
    desk.world.to(HALF_PAST_FIVE + 2 * HOUR)
    assert desk.tick() == 0
    desk.keep(a_bulletin(number=2, sections=(a_section(standing="recalled"),)))
    assert [desk.tick(), desk.tick()] == [1, 0]
    desk.run()
    assert desk.plays() is None


def test_what_is_recalled_is_not_made_while_its_next_number_is_to_come(desk: Desk) -> None:
    """The recall is a moment old, and the bulletin still reads the item."""
    desk.world.approved(an_item("td-02"))
    desk.keep(two())
    recall(desk, "td-02")
    desk.sounds.made[1] = b"1"
    assert desk.tick() == 0
    assert desk.stands() == []


def test_an_approval_that_falls_stops_what_was_made(desk: Desk) -> None:
    """Begin asks for the first item's approval in this very version, as of every delivery."""
    desk.keep(a_bulletin())
    desk.sounds.made[1] = b"1"
    desk.tick()
    with desk.world.store.write() as s:
        approval.return_(s, desk.world.clock.now(), "td-01", desk.world.people["duyet"], "xem lại")
    desk.run()
    assert desk.there() == {}
    assert [b.state for b in desk.world.batches("hop", day=TOMORROW)] == ["held"]


def test_a_correction_rides_on_an_item_that_is_approved(desk: Desk) -> None:
    """What it corrects was recalled: its approval can let nothing out."""
    recalled = a_section(item="td-03", title="Đính chính: Tin sai")
    desk.keep(a_bulletin(sections=(recalled, a_section())))
    desk.sounds.made[1] = b"1"
    desk.tick()
    desk.run()
    assert desk.world.occurrence(f"{ENTRY}/1").item_id == "td-01"
    assert desk.plays() == b"1"


def test_a_day_of_mourning_declared_now_silences_the_box_and_its_end_brings_it_back(
    desk: Desk,
) -> None:
    """Nobody stands beside it to know."""
    desk.keep(a_bulletin())
    desk.sounds.made[1] = b"1"
    desk.tick()
    desk.run()
    mourning = (f'\n[[blackouts]]\nname = "Quốc tang"\nfirst = {TOMORROW}\n'
                f'last = {TOMORROW}\nchannels = ["loa"]\n')
    desk.world.programme(a_text() + BOX + mourning)
    assert desk.tick() == 1
    desk.run()
    assert desk.plays() is None
    desk.world.clock.advance(60)
    desk.world.programme(a_text() + BOX)
    assert desk.tick() == 1
    desk.run()
    assert desk.plays() == b"1"


def test_in_quiet_hours_of_the_night_a_bulletin_for_the_morning_is_handed_over(
    desk: Desk,
) -> None:
    """The hours judge the airing, not the moment of handing over."""
    desk.world.programme(a_text() + BOX + '\n[[quiet_hours]]\nstart = "21:00"\nend = "05:00"\n')
    desk.world.to(HALF_PAST_FIVE - 6 * HOUR)
    desk.keep(a_bulletin())
    desk.sounds.made[1] = b"1"
    desk.tick()
    desk.run()
    assert desk.plays() == b"1"


def test_from_the_stations_hand_over_to_the_box_and_back(desk: Desk) -> None:
    """The real bulletin of tomorrow noon; its only item is recalled, and the box falls silent."""
    desk.world.fakes["loa"].script = [Accepted("f")]
    desk.world.to(HALF_PAST_FIVE - 12 * HOUR)  # 17:30 the day before
    desk.world.run("loa")
    make_bulletins(desk.world.store, desk.world.clock.now())
    desk.sounds.made |= {1: b"1", 2: b"2"}
    assert desk.tick() == 1
    desk.run()
    assert desk.there()["2026-11-25_1130_T4.mp3"] == b"1"
    recall(desk, "td-01")
    desk.run()
    assert set(desk.there()) == {"lich-phat.json", "lich-phat.csv"}
    make_bulletins(desk.world.store, desk.world.clock.now())
    assert desk.tick() == 0
    assert [s[2] for s in desk.stands()] == ["recalled"]
