"""Bulletins to vendors' boxes: once a number, never an older after a newer, nothing recalled."""

import hashlib
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.box.channel import HANDED
from channels.values import Absent, Message, Outcome, Rejected, Retry, Uncertain
from tests.builders import an_item, settings_for
from tests.bulletins import HALF_PAST_FIVE, a_bulletin
from tests.fakes import Held
from tests.store.conftest import MakeWorld
from tests.store.push_desk import DAY, ENTRY, NAME, STATION, TOMORROW, Desk, Shelf, a_desk
from tests.store.world import HOUR, MINUTE, TODAY, World
from worker.home import Home
from worker.models import BulletinRow, Content, Delivery, Installation, Rendition
from worker.outbox import acts
from worker.planner.view import view
from worker.radio import aired
from worker.radio.bulletin import to_json
from worker.radio.push import AGAIN, LAST_CALL, Push


@pytest.fixture
def desk(make_world: MakeWorld) -> Desk:
    return a_desk(make_world)


# ---------------------------------------------------------------- once a number


def test_a_bulletin_goes_with_its_sound_once(desk: Desk) -> None:
    """Whoever looks, however often: a second tick, another node, the same after a restart."""
    desk.keep(a_bulletin())
    assert desk.tick() == 0  # the sound is not ready, and the airing is tomorrow
    desk.sounds.made[1] = b"mot"

    assert [desk.tick(), desk.tick(), desk.again().tick(desk.world.clock.now())] == [1, 0, 0]

    assert desk.stands() == [(1, 1, "queued", True)]
    desk.run()
    delivery = desk.world.one("hop", day=TOMORROW)
    assert (delivery.state, delivery.detail, delivery.target) == ("accepted", HANDED, STATION)
    assert delivery.occurrence_id == f"{ENTRY}/1"
    assert desk.plays() == b"mot"
    assert "Đừng chuyển tiền." in desk.there()[f"{NAME}.txt"].decode("utf-8-sig")
    assert desk.there()[f"{NAME}.txt"].decode("utf-8-sig").splitlines()[2] == "TẬP HUẤN, KHÔNG PHÁT"
    assert desk.tick() == 0


def test_two_nodes_at_one_moment_make_one_delivery(desk: Desk) -> None:
    desk.keep(a_bulletin())
    desk.sounds.made[1] = b"mot"
    ready, made = threading.Barrier(4), list[int]()

    def look(push: Push) -> None:
        ready.wait()
        made.append(push.tick(desk.world.clock.now()))

    threads = [threading.Thread(target=look, args=(desk.again(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [0, 0, 0, 1]
    assert len(desk.stands()) == 1


def test_without_sound_the_text_goes_half_an_hour_before_and_the_sound_follows(
    desk: Desk,
) -> None:
    """A failed voice delays nothing; and a text that was read never replaces its own sound."""
    desk.keep(a_bulletin())
    desk.world.to(HALF_PAST_FIVE - LAST_CALL - MINUTE)
    assert desk.tick() == 0
    desk.world.to(HALF_PAST_FIVE - LAST_CALL)
    assert desk.tick() == 1
    desk.run()
    assert (desk.stands(), desk.plays()) == ([(1, 1, "accepted", False)], None)

    desk.sounds.made[1] = b"mot"
    assert desk.tick() == 1
    desk.run()

    assert desk.stands()[1:] == [(1, 2, "accepted", True)]
    assert desk.plays() == b"mot"
    del desk.sounds.made[1]  # the cache was thrown away
    assert desk.tick() == 0


def test_a_bulletin_whose_time_is_over_is_not_made(desk: Desk) -> None:
    """The worker was away: nobody wants last hour's sound on the box."""
    desk.keep(a_bulletin())
    desk.world.to(HALF_PAST_FIVE + HOUR)
    desk.sounds.made[1] = b"mot"
    assert desk.tick() == 0


def test_the_list_names_what_the_station_has_from_today_on(desk: Desk) -> None:
    """With its number, times and the sound's hash; passed and empty airings are left out."""
    desk.keep(a_bulletin(airing="04:00", airs_at=HALF_PAST_FIVE - DAY - HOUR, date=TODAY,
                         use_until=HALF_PAST_FIVE - DAY))
    with desk.world.store.write() as s:
        for b in (a_bulletin(), a_bulletin(airing="06:00", sections=())):
            s.add(BulletinRow(station=b.station, local_date=b.date, airing=b.airing, number=1,
                              airs_at=b.airs_at, body=to_json(b), sha256=b.sha256(),
                              made_at=b.made_at, newest=True))
    desk.sounds.made[1] = b"mot"
    desk.tick()
    desk.run()

    told = json.loads(desk.there()["lich-phat.json"])
    [airing] = told["airings"]
    assert (told["station"], told["training"]) == (STATION, True)
    assert told["files"] == ["2026-11-24_0430_T3", NAME]
    assert (airing["mp3"], airing["airs_at"], airing["number"], airing["accepted"]) == (
        f"{NAME}.mp3", "2026-11-25T05:30:00+07:00", 1, True)
    assert airing["sha256"] == hashlib.sha256(b"mot").hexdigest()


# ---------------------------------------------------------------- a newer number


def test_a_newer_number_cancels_what_has_not_begun(desk: Desk) -> None:
    for number in (1, 2):
        desk.keep(a_bulletin(number=number, body=f"Bản {number}"))
        desk.sounds.made[number] = b"%d" % number
        desk.tick()
    assert [s[2] for s in desk.stands()] == ["cancelled", "queued"]
    desk.run()
    assert desk.plays() == b"2"
    assert [s[2] for s in desk.stands()] == ["cancelled", "accepted"]


def test_a_newer_number_waits_for_the_older_on_the_wire(desk: Desk) -> None:
    """Else the older might arrive last, and be what is heard."""
    held = Held()
    dispatcher = desk.world.dispatcher("hop", pool=held)
    desk.keep(a_bulletin(body="Bản 1"))
    desk.sounds.made |= {1: b"1", 2: b"2"}
    desk.tick()
    dispatcher.turn()
    desk.keep(a_bulletin(number=2, body="Bản 2"))

    assert desk.tick() == 0
    assert desk.stands() == [(1, 1, "sending", True)]
    held.release()
    dispatcher.turn()
    assert desk.tick() == 1
    desk.run()

    assert [s[:3] for s in desk.stands()] == [(1, 1, "accepted"), (2, 1, "accepted")]
    assert desk.plays() == b"2"


@pytest.mark.parametrize(("answer", "state"), [
    (Retry("half", "đứt"), "ready"), (Uncertain("crash", "máy chết"), "uncertain")])
def test_an_older_number_is_not_tried_again_behind_the_newer(
    desk: Desk, answer: Outcome, state: str
) -> None:
    """Its answer was lost, the newer came: the doubt ends as what is there, and nothing is sent."""
    box = desk.world.fakes["hop"]
    send, box.send = box.send, lambda *_, **__: answer
    desk.keep(a_bulletin(body="Bản 1"))
    desk.sounds.made |= {1: b"1", 2: b"2"}
    desk.tick()
    dispatcher = desk.world.dispatcher("hop")
    dispatcher.turn()
    dispatcher.turn()
    assert desk.stands() == [(1, 1, state, True)]
    desk.keep(a_bulletin(number=2, body="Bản 2"))
    box.send = send
    desk.tick()
    assert desk.stands()[0][2] == "uncertain"  # maybe out: the log never denies it
    desk.run()
    desk.world.to(desk.world.clock.now() + 3 * HOUR)
    desk.world.house().sweep()
    desk.run()
    assert desk.plays() == b"2"
    assert isinstance(box.find(_message(desk, 1)), Absent)


def _message(desk: Desk, number: int) -> Message:
    with desk.world.store.read() as s:
        payload = s.scalars(
            select(Content.payload).join(Delivery, Delivery.content_sha256 == Content.sha256)
            .where(Delivery.occurrence_id == f"{ENTRY}/{number}")).one()
    return Message("k", "luc-ngan", payload["text"], extra=payload["extra"])


# ---------------------------------------------------------------- persons, refusals, receipts


def test_what_a_person_cancelled_is_not_made_again(desk: Desk) -> None:
    desk.keep(a_bulletin())
    desk.sounds.made[1] = b"1"
    desk.tick()
    with desk.world.store.write() as s:
        acts.cancel_occurrence(s, desk.world.clock.now(), "duyet", f"{ENTRY}/1", "thôi")
    desk.sounds.made[1] = b"khac"
    assert desk.tick() == 0
    assert [s[2] for s in desk.stands()] == ["cancelled"]


def test_what_a_box_refused_is_offered_again_until_its_airing_is_over(desk: Desk) -> None:
    """Somebody mends the box at four in the morning."""
    box = desk.world.fakes["hop"]
    send, box.send = box.send, lambda *_, **__: Rejected("http-413", "quá lớn")
    desk.keep(a_bulletin())
    desk.sounds.made[1] = b"1"
    desk.tick()
    desk.run()
    assert desk.tick() == 0
    desk.world.clock.advance(AGAIN.total_seconds())
    box.send = send
    assert desk.tick() == 1
    desk.run()
    assert [s[2] for s in desk.stands()] == ["rejected", "accepted"]
    assert desk.plays() == b"1"
    desk.world.to(HALF_PAST_FIVE + 2 * HOUR)
    desk.sounds.made[1] = b"2"
    assert desk.tick() == 0


@pytest.mark.parametrize(("extent", "state"), [("full", "delivered"), ("not", "rejected")])
def test_what_the_station_says_it_aired_ends_the_boxs_delivery(
    desk: Desk, extent: aired.Extent, state: str
) -> None:
    """Never by itself; and afterwards nothing more goes there."""
    desk.keep(a_bulletin())
    desk.world.to(HALF_PAST_FIVE - LAST_CALL)
    desk.tick()
    desk.run()
    desk.sounds.made[1] = b"1"
    desk.tick()
    desk.run()
    desk.world.to(HALF_PAST_FIVE + 10 * MINUTE)
    with desk.world.store.write() as s:
        told = aired.report(s, desk.world.clock.now(), aired.Answer(
            STATION, TOMORROW, "05:30", extent, "Anh Ba", "page", reason="mat_dien"))
    assert told.moved == 2
    assert [s[2] for s in desk.stands()] == [state, state]
    detail = desk.world.deliveries("hop", day=TOMORROW)[1].detail
    assert ("Mất điện" in detail, "Anh Ba" in detail) == (True, False)
    desk.sounds.made[1] = b"2"
    assert desk.tick() == 0


# ---------------------------------------------------------------- the rest of the house


def test_planning_leaves_boxes_alone_and_items_are_not_written_for_them(desk: Desk) -> None:
    """No rendition, no problem, no surplus; and the calendar shows the delivery."""
    desk.keep(a_bulletin())
    desk.sounds.made[1] = b"1"
    desk.tick()
    before = desk.stands()
    desk.world.approved(an_item("td-05"))
    report = desk.world.plan()
    assert desk.stands() == before
    assert [o for o in (*report.rewritten, *report.removed) if o.startswith("hop:")] == []
    assert not [c for w in report.wants if w.planned for c in w.planned.channels
                if c.channel == "hop" or c.problem]
    with desk.world.store.read() as s:
        assert "hop" not in s.scalars(select(Rendition.channel)).all()
    rows = view(desk.sounds.home, TOMORROW, TOMORROW)
    assert [(r["occurrence"], r["state"]) for r in rows if r["channel"] == "hop"] == [
        (f"{ENTRY}/1", "ready")]


def test_a_programme_without_boxes_costs_nothing(world: World, tmp_path: Path) -> None:
    home = Home(replace(settings_for(tmp_path), var=tmp_path), world.store, world.clock)
    sounds = Shelf(home, made={1: b"1"})
    Desk(world, sounds, Push(home, sounds)).keep(a_bulletin())
    assert Push(home, sounds).tick(world.clock.now()) == 0
    with world.store.read() as s:
        assert s.scalars(select(Installation.training)).one() is True
