"""Bulletins to vendors' boxes: once a number, never an older after a newer, nothing recalled."""

import hashlib
import json
import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.box.channel import HANDED
from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Absent, Accepted, Rejected, Retry
from channels.wire import Wire
from tests.builders import an_item, settings_for
from tests.bulletins import HALF_PAST_FIVE, a_bulletin, a_section
from tests.fakes import Held
from tests.store.conftest import MakeWorld
from tests.store.world import HOUR, MINUTE, TODAY, World, a_text
from worker.home import Home
from worker.items import approval
from worker.models import BulletinRow, Content, Delivery, Installation, Occurrence, Rendition
from worker.outbox import acts, orders
from worker.outbox.recall import recall_item
from worker.planner.view import view
from worker.programme.model import Programme
from worker.radio import aired
from worker.radio.acceptance import Yes, accept
from worker.radio.bulletin import Bulletin, Section, to_json
from worker.radio.push import AGAIN, LAST_CALL, Push
from worker.radio.speech.sounds import Sound, Sounds
from worker.radio.store import make_bulletins

DAY = timedelta(days=1)
TOMORROW = TODAY + DAY
STATION = "dai-luc-ngan"
NAME = "2026-11-25_0530_T4"
ENTRY = f"hop:{STATION}:0530/-/{TOMORROW}"
BOX = """
[[channels]]
id = "hop"
type = "box"
name = "Máy phát"
options = { way = "folder", folder = "hop" }
accounts = [{ id = "chinh" }]
[[channels.targets]]
id = "dai-luc-ngan"
name = "Máy phát xã Lục Ngạn"
address = "luc-ngan"
"""


@dataclass
class Shelf(Sounds):
    """Sounds that a test makes, by bulletin number."""

    made: dict[int, bytes] = field(default_factory=dict)

    def mp3_for(self, programme: Programme, bulletin: Bulletin) -> Sound | None:
        data = self.made.get(bulletin.number)
        if data is None:
            return None
        path = self.home.settings.var / f"{hashlib.sha256(data).hexdigest()}.mp3"
        if not path.is_file():
            path.write_bytes(data)
        return Sound(path, 1.0, len(data))


@dataclass
class Desk:
    """A world with a box, and the tick that serves it."""

    world: World
    sounds: Shelf
    push: Push

    def tick(self) -> int:
        return self.push.tick(self.world.clock.now())

    def again(self) -> Push:
        """Another node, or this one after a restart."""
        return Push(self.sounds.home, self.sounds)

    def keep(self, bulletin: Bulletin) -> int:
        """The newest number of its airing."""
        with self.world.store.write() as s:
            for old in s.scalars(select(BulletinRow).where(BulletinRow.newest)):
                old.newest = False
            s.flush()
            row = BulletinRow(
                station=bulletin.station, local_date=bulletin.date, airing=bulletin.airing,
                number=bulletin.number, airs_at=bulletin.airs_at, body=to_json(bulletin),
                sha256=bulletin.sha256(), made_at=bulletin.made_at, newest=True)
            s.add(row)
            s.flush()
            return row.id

    def stands(self) -> list[tuple[int, int, str, bool]]:
        """Number, version, state, and whether there is sound in it."""
        with self.world.store.read() as s:
            rows = s.execute(
                select(Occurrence.run, Delivery, Content.payload)
                .join(Delivery, Delivery.occurrence_id == Occurrence.id)
                .join(Content, Content.sha256 == Delivery.content_sha256)
                .where(Delivery.channel == "hop", Delivery.kind == "publish")
                .order_by(Occurrence.run, Delivery.version))
            return [(run, d.version, d.state, bool(payload["attachments"]))
                    for run, d, payload in rows]

    def run(self) -> None:
        self.world.run("hop")

    def there(self) -> dict[str, bytes]:
        folder = self.world.var / "may" / "luc-ngan"
        return {p.name: p.read_bytes() for p in folder.iterdir()} if folder.is_dir() else {}

    def plays(self) -> bytes | None:
        return self.there().get(f"{NAME}.mp3")


@pytest.fixture
def desk(make_world: MakeWorld) -> Desk:
    """Eight in the morning; a real box in a folder, and no bulletin yet."""
    world = make_world(a_text() + BOX)
    world.fakes["hop"] = build_channel(
        ChannelSpec("hop", "box", (AccountSpec("chinh"),), targets={"luc-ngan": "chinh"},
                    options={"way": "folder", "folder": "may"}),
        Context(wire=Wire(training=True), clock=world.clock, secrets=str, folder=world.var,
                home=world.var, durable=False))
    home = Home(replace(settings_for(world.var), var=world.var), world.store, world.clock)
    sounds = Shelf(home)
    return Desk(world, sounds, Push(home, sounds))


def two(number: int = 1, **second: object) -> Bulletin:
    """Two items, the second as said."""
    sections: tuple[Section, ...] = (a_section(), a_section(item="td-02", **second))
    return a_bulletin(number=number, sections=sections)


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
        f"{NAME}.mp3", "2026-11-25T05:30:00+07:00", 1, False)
    assert airing["sha256"] == hashlib.sha256(b"mot").hexdigest()


def test_the_communes_yes_comes_after(desk: Desk) -> None:
    """The text says CHƯA DUYỆT PHÁT until then, and the box is told of the yes."""
    row = desk.keep(a_bulletin())
    desk.sounds.made[1] = b"mot"
    desk.tick()
    desk.run()
    assert "CHƯA DUYỆT PHÁT" in desk.there()[f"{NAME}.txt"].decode("utf-8-sig")
    with desk.world.store.write() as s:
        accept(s, desk.world.clock.now(), row, Yes("Phó Chủ tịch", "page", STATION))
    desk.world.clock.advance(5)
    assert [desk.tick(), desk.tick()] == [1, 0]
    desk.run()
    assert "CHƯA DUYỆT PHÁT" not in desk.there()[f"{NAME}.txt"].decode("utf-8-sig")
    assert json.loads(desk.there()["lich-phat.json"])["airings"][0]["accepted"] is True


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


def test_an_older_number_is_not_tried_again_behind_the_newer(desk: Desk) -> None:
    """Its answer was lost, the newer came: the doubt ends as what is there, and nothing is sent."""
    box = desk.world.fakes["hop"]
    send, box.send = box.send, lambda *_, **__: Retry("half", "đứt")
    desk.keep(a_bulletin(body="Bản 1"))
    desk.sounds.made |= {1: b"1", 2: b"2"}
    desk.tick()
    dispatcher = desk.world.dispatcher("hop")
    dispatcher.turn()
    dispatcher.turn()
    assert desk.stands() == [(1, 1, "ready", True)]
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


def _message(desk: Desk, number: int) -> object:
    with desk.world.store.read() as s:
        payload = s.scalars(
            select(Content.payload).join(Delivery, Delivery.content_sha256 == Content.sha256)
            .where(Delivery.occurrence_id == f"{ENTRY}/{number}")).one()
    from channels.values import Message  # noqa: PLC0415

    return Message("k", "luc-ngan", payload["text"], extra=payload["extra"])


# ---------------------------------------------------------------- what must not be played


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


def test_a_programme_without_boxes_costs_nothing(world: World, tmp_path: Path) -> None:
    home = Home(replace(settings_for(tmp_path), var=tmp_path), world.store, world.clock)
    sounds = Shelf(home, made={1: b"1"})
    Desk(world, sounds, Push(home, sounds)).keep(a_bulletin())
    assert Push(home, sounds).tick(world.clock.now()) == 0
    with world.store.read() as s:
        assert s.scalars(select(Installation.training)).one() is True
