"""Bulletins: a number only for what changed after handing over, and nothing recalled is read."""

import threading
from datetime import timedelta

from sqlalchemy import select

from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.wire import Wire
from tests.builders import an_item
from tests.fakes import Held
from tests.store.conftest import MakeWorld
from tests.store.radio import (
    DAY,
    HANDED,
    STATION,
    TOMORROW,
    air_now,
    hand_over,
    items_of,
    made,
    newest,
    pin,
    recall,
    rows,
    shown,
)
from tests.store.world import CLOSES, HOUR, MINUTE, NOON, TODAY, World, a_text
from worker.items import approval
from worker.items.store import import_items
from worker.models import BulletinDelivery, Content, Delivery
from worker.radio.aired import Answer, report
from worker.radio.bulletin import from_json
from worker.radio.store import PATIENCE, make_bulletins

SECOND = """
[[segments]]
id = "nhac_lai"
name = "Nhắc lại"
themes = ["phap_luat"]
slots = ["trua"]
channels = ["loa"]
days_without_repeat = 0
stand_by = "td-01"
"""


# ---------------------------------------------------------------- a number, once


def test_what_is_handed_over_becomes_number_one_and_stays_so(world: World) -> None:
    """The evening before, with every word filled in for this station; a second look is nothing."""
    hand_over(world)
    [row] = rows(world)
    bulletin = from_json(row.body)
    assert (row.number, row.newest, row.airing, row.airs_at) == (1, True, "11:30", NOON + DAY)
    assert [line.written for line in bulletin.opening] == [
        "Đây là Đài truyền thanh xã Lục Ngạn.", "Kính chào toàn thể bà con."]
    assert "báo công an xã lục ngạn, gọi một một ba." in bulletin.voice.lower()
    assert (bulletin.committee, bulletin.use_until) == ("UBND xã Lục Ngạn", CLOSES + DAY)
    assert (bulletin.airing_sections[0].editor, bulletin.airing_sections[0].approver) == (
        "SOAN", "DUYET")
    with world.store.read() as s:
        assert s.scalars(select(BulletinDelivery.delivery_id).where(
            BulletinDelivery.bulletin_id == row.id)).all() == [world.one("loa", day=TOMORROW).id]
    assert made(world) == []
    assert shown(world) == [bulletin]


def test_a_worker_that_was_away_finds_what_it_missed(world: World) -> None:
    """Nobody looked while the scripts were handed over and one recalled: who starts later does."""
    world.to(HANDED)
    world.run("loa")
    world.to(HANDED + 5 * HOUR)
    assert [(b.date, b.number) for b in made(world)] == [(TOMORROW, 1)]
    recall(world)
    world.run("loa")
    assert world.one("loa", day=TOMORROW).state == "recalled"
    world.to(NOON + DAY + MINUTE)  # it is on the air by now
    assert [(b.date, b.number, b.lines) for b in made(world)] == [(TOMORROW, 2, ())]


def test_two_nodes_at_once_give_one_number(world: World) -> None:
    """Both find the same to do: one writes it down."""
    world.to(HANDED)
    world.run("loa")
    start, found = threading.Barrier(2), list[int]()

    def work() -> None:
        start.wait()
        found.append(len(made(world)))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert sorted(found) == [0, len(rows(world))]
    assert [r.number for r in rows(world)] == [1]


def test_an_edit_of_names_after_handing_over_makes_no_number(world: World) -> None:
    """Only a change of what is read is a change."""
    hand_over(world)
    world.programme(a_text().replace('name = "Đài truyền thanh xã Lục Ngạn"', 'name = "Đài mới"')
                    .replace('committee = "UBND xã Lục Ngạn"', 'committee = "UBND"'))
    world.plan()
    world.run("loa")
    assert made(world) == []
    assert newest(world).station_name == "Đài truyền thanh xã Lục Ngạn"


def test_what_a_station_says_of_an_airing_makes_no_number(radio: World) -> None:
    """Đã phát, or not aired: a receipt, not a change."""
    hand_over(radio)
    radio.to(CLOSES + DAY - MINUTE)
    with radio.store.write() as s:
        report(s, radio.clock.now(), Answer(STATION, TOMORROW, "11:30", "not", "Nguyễn Văn A",
                                            "page", reason="mat_dien"))
    assert radio.one("loa", day=TOMORROW).state == "rejected"
    air_now(radio, "td-01", "now:td-01", TOMORROW)
    assert [b.airing for b in made(radio) if b.date == TOMORROW] == ["12:59"]
    assert items_of(from_json(rows(radio)[0].body)) == ["td-01"]


# ---------------------------------------------------------------- several items


def test_a_bulletin_waits_for_everything_handed_over_with_it(make_world: MakeWorld) -> None:
    """Two segments in one airing: one number with both, though one script comes later."""
    world = make_world(a_text() + SECOND)
    world.approved(an_item("pl-01", theme="phap_luat"))
    world.plan()
    world.to(HANDED)
    dispatcher = world.dispatcher("loa", pool=(pool := Held()))
    dispatcher.turn()
    pool.release(1)
    dispatcher.turn()
    assert sorted(world.states("loa", day=TOMORROW)) == ["delivered", "sending"]
    assert not [b for b in made(world) if b.date == TOMORROW]
    pool.release()
    dispatcher.turn()
    assert [(b.number, sorted(items_of(b))) for b in made(world) if b.date == TOMORROW] == [
        (1, ["pl-01", "td-01"])]


def test_what_is_urgent_waits_for_nothing(make_world: MakeWorld) -> None:
    world = make_world(a_text() + SECOND.replace('id = "nhac_lai"\n',
                                                 'id = "nhac_lai"\npriority = "khan_cap"\n'))
    world.approved(an_item("pl-01", theme="phap_luat"))
    world.plan()
    world.to(HANDED)
    dispatcher = world.dispatcher("loa", pool=(pool := Held()))
    dispatcher.turn()
    pool.release(1)
    dispatcher.turn()
    assert [(b.number, items_of(b)) for b in made(world) if b.date == TOMORROW] == [
        (1, ["pl-01"])]


def test_it_does_not_wait_for_ever(make_world: MakeWorld) -> None:
    """After ten minutes the station has what there is; what comes later is number two."""
    world = make_world(a_text() + SECOND)
    world.approved(an_item("pl-01", theme="phap_luat"))
    world.plan()
    world.to(HANDED)
    dispatcher = world.dispatcher("loa", pool=(pool := Held()))
    dispatcher.turn()
    pool.release(1)
    dispatcher.turn()
    world.to(HANDED + PATIENCE)
    [first] = [b for b in made(world) if b.date == TOMORROW]
    pool.release()
    dispatcher.turn()
    [second] = [b for b in made(world) if b.date == TOMORROW]
    assert (first.number, len(first.airing_sections)) == (1, 1)
    assert (second.number, second.replaces, len(second.airing_sections)) == (2, 1, 2)
    assert second.notice.startswith("Bản số 2 thay bản số 1. Thêm: «")


# ---------------------------------------------------------------- changed, recalled


def test_a_change_after_handing_over_is_the_next_number(world: World) -> None:
    """Another item is pinned: number 2 names what came and what went; number 1 stays on record."""
    world.approved(an_item("td-02", title="Giả danh shipper"))
    hand_over(world)
    first = newest(world)
    pin(world, "td-02")
    world.plan()
    world.run("loa")
    [second] = made(world)
    assert (second.number, second.replaces, items_of(second)) == (2, 1, ["td-02"])
    assert second.notice == ("Bản số 2 thay bản số 1. Bỏ, không đọc: «Giả danh công an». "
                             "Thêm: «Giả danh shipper».")
    assert [(r.number, r.newest, items_of(from_json(r.body))) for r in rows(world)] == [
        (1, False, ["td-01"]), (2, True, ["td-02"])]
    assert from_json(rows(world)[0].body) == first


def test_a_recalled_item_leaves_at_once(world: World) -> None:
    """Before its recall has reached the station: not a word of it is served, and red says so."""
    hand_over(world)
    recall(world)
    assert world.one("loa", day=TOMORROW).state == "accepted"
    [bulletin] = [b for b in made(world) if b.date == TOMORROW]
    assert (bulletin.number, bulletin.lines, bulletin.voice) == (2, (), "")
    assert bulletin.notice == ("Bản số 2 thay bản số 1. ĐÃ THU HỒI, KHÔNG ĐỌC: «Giả danh công an» "
                               "(sai số liệu, DUYET).")
    [section] = bulletin.sections
    assert (section.standing, section.lines) == ("recalled", ())
    world.run("loa")  # the recall itself changes nothing more
    assert world.one("loa", day=TOMORROW).state == "recalled"
    assert made(world) == []


def test_whoever_holds_an_old_number_still_reads_that_it_was_recalled(world: World) -> None:
    """Number 3 with another item still names what number 1 had."""
    world.approved(an_item("td-02", title="Giả danh shipper"))
    hand_over(world)
    recall(world)
    make_bulletins(world.store, world.clock.now())
    world.plan()
    world.run("loa")
    [third] = [b for b in made(world) if b.date == TOMORROW]
    assert (third.number, items_of(third)) == (3, ["td-02"])
    assert "ĐÃ THU HỒI, KHÔNG ĐỌC: «Giả danh công an»" in third.notice


def test_what_an_approver_returns_leaves_too_and_an_edit_does_not_bring_it_back(
    world: World,
) -> None:
    hand_over(world)
    with world.store.write() as s:
        approval.return_(s, world.clock.now(), "td-01", world.people["duyet"], "xem lại")
    assert items_of(next(b for b in made(world) if b.date == TOMORROW)) == []
    with world.store.write() as s:
        import_items(s, world.clock.now(), [an_item(summary="sửa")], "soan")
    assert made(world) == []
    assert newest(world).lines == ()


def test_what_was_recalled_stays_so_when_its_item_is_approved_anew(world: World) -> None:
    """Nobody looked in between: the words of the first version are still not to be read."""
    hand_over(world)
    recall(world)
    world.approved(an_item(summary="đã sửa"))
    [bulletin] = [b for b in made(world) if b.date == TOMORROW]
    assert (bulletin.number, bulletin.lines) == (2, ())


def test_nothing_else_is_touched_by_a_recall(radio: World) -> None:
    """Only bulletins that read the item get a number."""
    hand_over(radio)
    radio.approved(an_item("td-03"))
    recall(radio, "td-03")
    assert made(radio) == []


# ---------------------------------------------------------------- urgent, repeated


def test_an_urgent_item_published_at_once_has_its_bulletin_at_once(world: World) -> None:
    """Named after the minute it was published in, approved by two."""
    world.to(HANDED + 10 * MINUTE + timedelta(seconds=30))
    urgent = an_item("kc-01", title="Lũ về", priority="khan_cap")
    world.approved(urgent)
    with world.store.write() as s:
        approval.approve(s, world.clock.now(), "kc-01", world.people["duyet2"])
    air_now(world, "kc-01", "now:kc-01", TODAY)
    [bulletin] = [b for b in made(world) if b.date == TODAY]
    assert (bulletin.airing, bulletin.priority, bulletin.number) == ("17:10", "khan_cap", 1)
    assert bulletin.airing_sections[0].approver == "DUYET, DUYET2"


def test_a_repeat_is_read_on_the_day_it_is_asked_for(world: World) -> None:
    """An occurrence of three days ago, aired again today."""
    world.run("loa")
    make_bulletins(world.store, world.clock.now())
    air_now(world, "td-01", "canh_giac", TODAY - 3 * DAY, run=2)
    [bulletin] = [b for b in made(world) if b.airing == "08:00"]
    assert (bulletin.date, items_of(bulletin)) == (TODAY, ["td-01"])
    assert made(world) == []


def test_the_script_of_a_repeat_lies_in_the_folder_of_the_day_it_airs(world: World) -> None:
    """And says that day: nobody looks for it among those of three days ago."""
    world.fakes["loa"] = build_channel(
        ChannelSpec("loa", "loudspeaker", (AccountSpec("chinh"),), options={"folder": "dai"}),
        Context(wire=Wire(training=True), clock=world.clock, secrets=str, folder=world.var,
                home=world.var, durable=False))
    air_now(world, "td-01", "canh_giac", TODAY - 3 * DAY, run=2)
    folders = list((world.var / "dai" / STATION).iterdir())
    assert [p.name for p in folders] == [TODAY.isoformat()]
    assert [p.name[:4] for p in folders[0].glob("0800_*.txt")] == ["0800"]
    with world.store.read() as s:
        [spoken] = s.scalars(select(Content.payload["spoken"]).join(
            Delivery, Delivery.content_sha256 == Content.sha256).where(
            Delivery.occurrence_id.endswith("/2")))
    assert spoken["fields"]["ngay"] == f"{TODAY:%d/%m/%Y}"
