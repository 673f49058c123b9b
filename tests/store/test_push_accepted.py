"""A vendor's box plays by itself: it is given only what the commune has accepted."""

import json

import pytest

from tests.bulletins import HALF_PAST_FIVE, a_bulletin, a_section
from tests.store.conftest import MakeWorld
from tests.store.push_desk import NAME, STATION, Desk, a_desk
from tests.store.world import HOUR, MINUTE
from worker.models import BulletinRow
from worker.radio.acceptance import Yes, accept, revoke_standing
from worker.radio.bulletin import to_json
from worker.radio.push import LAST_CALL


@pytest.fixture
def desk(make_world: MakeWorld) -> Desk:
    return a_desk(make_world, standing=False)


def accepted(desk: Desk, row: int) -> None:
    with desk.world.store.write() as s:
        accept(s, desk.world.clock.now(), row, Yes("Phó Chủ tịch", "page", STATION))


def test_nothing_goes_before_the_communes_yes(desk: Desk) -> None:
    """Neither with its sound, nor as text at the last call; and at once when the yes comes."""
    row = desk.keep(a_bulletin())
    desk.sounds.made[1] = b"mot"
    assert desk.tick() == 0
    desk.world.to(HALF_PAST_FIVE - LAST_CALL + MINUTE)
    assert desk.tick() == 0
    assert desk.there() == {}

    accepted(desk, row)

    assert [desk.tick(), desk.tick()] == [1, 0]
    desk.run()
    assert desk.plays() == b"mot"
    assert "CHƯA DUYỆT PHÁT" not in desk.there()[f"{NAME}.txt"].decode("utf-8-sig")
    assert json.loads(desk.there()["lich-phat.json"])["airings"][0]["accepted"] is True


def test_the_accepted_number_stays_until_the_newer_one_is_accepted(desk: Desk) -> None:
    """Also when it has not come to the box yet; and the box's list names what is there."""
    accepted(desk, desk.keep(a_bulletin(body="Bản 1")))
    newer = desk.keep(a_bulletin(number=2, body="Bản 2"))
    desk.sounds.made |= {1: b"1", 2: b"2"}
    assert desk.tick() == 1
    desk.run()
    assert (desk.plays(), desk.tick()) == (b"1", 0)
    assert [a["number"] for a in json.loads(desk.there()["lich-phat.json"])["airings"]] == [1]

    accepted(desk, newer)
    assert desk.tick() == 1
    desk.run()
    assert desk.plays() == b"2"
    assert [s[:3] for s in desk.stands()] == [(1, 1, "accepted"), (2, 1, "accepted")]


def test_the_list_names_nothing_that_waits_for_its_yes(desk: Desk) -> None:
    accepted(desk, desk.keep(a_bulletin()))
    b = a_bulletin(airing="06:00", airs_at=HALF_PAST_FIVE + HOUR,
                   use_until=HALF_PAST_FIVE + 2 * HOUR)
    with desk.world.store.write() as s:
        s.add(BulletinRow(station=b.station, local_date=b.date, airing=b.airing, number=1,
                          airs_at=b.airs_at, body=to_json(b), sha256=b.sha256(),
                          made_at=b.made_at, newest=True))
    desk.sounds.made[1] = b"mot"
    assert desk.tick() == 1
    desk.run()
    told = json.loads(desk.there()["lich-phat.json"])
    assert (told["files"], [a["airing"] for a in told["airings"]]) == ([NAME], ["05:30"])


def test_an_accepted_number_that_reads_what_was_recalled_leaves_at_once(desk: Desk) -> None:
    """The newer number waits for its yes, the recall for nobody."""
    two = (a_section(), a_section(item="td-02"))
    accepted(desk, desk.keep(a_bulletin(sections=two)))
    desk.sounds.made |= {1: b"1", 2: b"2"}
    desk.tick()
    desk.run()
    desk.keep(a_bulletin(number=2, sections=(
        a_section(), a_section(item="td-02", standing="recalled", reason="sai"))))
    assert [desk.tick(), desk.tick()] == [1, 0]
    desk.run()
    assert [n for n in desk.there() if not n.startswith("lich-phat")] == []
    assert [s[:3] for s in desk.stands()] == [(1, 1, "recalled")]


def test_what_is_urgent_is_played_at_once(desk: Desk) -> None:
    """Circular 39/2020/TT-BTTTT; its text and the list say that nobody has accepted it."""
    desk.keep(a_bulletin(sections=(a_section(priority="khan_cap"),)))
    desk.sounds.made[1] = b"mot"
    assert desk.tick() == 1
    desk.run()
    assert desk.plays() == b"mot"
    assert "CHƯA DUYỆT PHÁT" in desk.there()[f"{NAME}.txt"].decode("utf-8-sig")
    assert json.loads(desk.there()["lich-phat.json"])["airings"][0]["accepted"] is False


def test_a_yes_that_is_taken_back_empties_the_box(desk: Desk) -> None:
    numbers = desk.allow()
    desk.keep(a_bulletin())
    desk.sounds.made[1] = b"1"
    desk.tick()
    desk.run()
    with desk.world.store.write() as s:
        for number in numbers:
            revoke_standing(s, desk.world.clock.now(), STATION, number)
    assert [desk.tick(), desk.tick()] == [1, 0]
    desk.run()
    assert desk.plays() is None


def test_what_was_aired_under_a_yes_stays_as_it_was(desk: Desk) -> None:
    """Taken back after the airing, it ends no delivery as recalled."""
    numbers = desk.allow()
    desk.keep(a_bulletin())
    desk.sounds.made[1] = b"1"
    desk.tick()
    desk.run()
    desk.world.to(HALF_PAST_FIVE + 2 * HOUR)
    with desk.world.store.write() as s:
        for number in numbers:
            revoke_standing(s, desk.world.clock.now(), STATION, number)
    assert desk.tick() == 0
    assert [s[2] for s in desk.stands()] == ["accepted"]


def test_the_last_number_accepted_by_itself_takes_the_place_again(desk: Desk) -> None:
    """The newer one was there by a standing yes that is no more."""
    accepted(desk, desk.keep(a_bulletin(body="Bản 1")))
    desk.sounds.made |= {1: b"1", 2: b"2"}
    desk.tick()
    desk.run()
    numbers = desk.allow()
    desk.keep(a_bulletin(number=2, body="Bản 2"))
    desk.world.clock.advance(60)
    desk.tick()
    desk.run()
    assert desk.plays() == b"2"
    with desk.world.store.write() as s:
        for number in numbers:
            revoke_standing(s, desk.world.clock.now(), STATION, number)
    for _ in range(3):
        desk.world.clock.advance(60)
        desk.tick()
        desk.run()
    assert desk.plays() == b"1"
    assert [s[:3] for s in desk.stands()] == [
        (1, 1, "accepted"), (1, 2, "accepted"), (2, 1, "recalled")]
    assert desk.tick() == 0
