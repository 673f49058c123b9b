"""Where nothing else is read, what is read elsewhere, what is corrected, what a station sees."""

import pytest
from sqlalchemy import select, update

from channels.values import Accepted
from tests.builders import an_item
from tests.store.conftest import MakeWorld
from tests.store.radio import (
    DAY,
    HANDED,
    RADIO,
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
from tests.store.world import HOUR, MINUTE, NOON, TODAY, World, a_text
from worker.home import in_force
from worker.models import Aired, Rendition, StationChange
from worker.radio.acceptance import Yes, accept
from worker.radio.aired import Answer, report
from worker.radio.read import bulletin_id, bulletins_for
from worker.radio.store import make_bulletins

# ---------------------------------------------------------------- stand-by


def test_where_everything_was_recalled_the_stand_by_is_read(radio: World) -> None:
    hand_over(radio)
    recall(radio)
    [bulletin] = [b for b in made(radio) if b.date == TOMORROW]
    assert (bulletin.number, bulletin.stand_by, items_of(bulletin)) == (2, True, ["td-09"])
    assert bulletin.airing_sections[0].delivery == ""


def test_an_airing_without_items_has_the_stand_by_when_it_would_be_handed_over(
    make_world: MakeWorld,
) -> None:
    """Shown ahead as planned; with a number, so that it can be accepted, from 17:00."""
    world = make_world(a_text(when='id = "canh_giac"\nweekdays = ["t6"]\n') + RADIO)
    world.approved(an_item("td-09", theme="phap_luat"))
    world.plan()
    [ahead] = shown(world)
    assert (ahead.stand_by, ahead.planned, ahead.number, items_of(ahead)) == (
        True, True, 0, ["td-09"])
    world.to(HANDED - MINUTE)
    make_bulletins(world.store, world.clock.now())
    assert rows(world) == []
    air_now(world, "td-01", "now:td-01", TODAY)  # something else for the station changes nothing
    assert [b.date for b in made(world)] == [TODAY]
    world.to(HANDED)
    make_bulletins(world.store, world.clock.now())
    assert (newest(world).number, newest(world).stand_by) == (1, True)
    assert made(world) == []


def test_the_stand_by_does_not_step_in_for_what_is_still_to_come(radio: World) -> None:
    """The station's folder cannot be written: the script is not there yet, but it may come."""
    radio.to(HANDED + HOUR)
    assert not [b for b in made(radio) if b.date == TOMORROW]
    radio.to(NOON + DAY - 20 * MINUTE)  # nobody waits any longer
    assert [(b.number, b.stand_by) for b in made(radio) if b.date == TOMORROW] == [(1, True)]


def test_a_stand_by_item_must_be_approved_and_leaves_when_recalled(radio: World) -> None:
    hand_over(radio)
    recall(radio)
    make_bulletins(radio.store, radio.clock.now())
    recall(radio, "td-09")
    [bulletin] = [b for b in made(radio) if b.date == TOMORROW]
    assert (bulletin.number, bulletin.lines) == (3, ())
    assert bulletin.notice.count("ĐÃ THU HỒI") == 2
    assert shown(radio, TODAY + 2 * DAY) == []


def test_in_a_black_out_nothing_stands_by(make_world: MakeWorld) -> None:
    """From three in the afternoon: noon's bulletin is made, five o'clock has none at all."""
    world = make_world(a_text(at='slots = ["trua", "chieu"]') + RADIO
                       + f'[[blackouts]]\nname = "Quốc tang"\nfirst = {TOMORROW}\n'
                         f'last = {TOMORROW}\nfrom_time = "15:00"\n')
    world.approved(an_item("td-09", theme="phap_luat"))
    world.plan()
    hand_over(world)
    assert [r.airing for r in rows(world)] == ["11:30"]
    assert [b.airing for b in shown(world)] == ["11:30"]


def test_what_was_written_for_the_stand_by_is_not_written_again(make_world: MakeWorld) -> None:
    """The commune's number changes in the evening: the bulletin handed over stays as it is."""
    world = make_world(a_text(when='id = "canh_giac"\nweekdays = ["t6"]\n') + RADIO)
    world.approved(an_item("td-09", theme="phap_luat", hotline=[]))
    world.plan()
    hand_over(world)
    before = newest(world)
    assert [x.written for x in before.lines if x.kind == "hotline"] == [
        "Đường dây nóng của địa phương: số 113."]
    world.programme((a_text(when='id = "canh_giac"\nweekdays = ["t6"]\n') + RADIO)
                    .replace('hotline = "113"', 'hotline = "1022"'))
    air_now(world, "td-01", "now:td-01", TODAY)
    assert [b.date for b in made(world)] == [TODAY]
    assert newest(world) == before


def test_nothing_stands_by_before_a_new_programme_is_planned(make_world: MakeWorld) -> None:
    """A moment after an edit the plan is still being written: two minutes later it is there."""
    text = a_text(when='id = "canh_giac"\nweekdays = ["t6"]\n') + RADIO
    world = make_world(text)
    world.approved(an_item("td-09", theme="phap_luat"))
    world.plan()
    world.to(HANDED)
    world.programme(text + "\n")
    assert made(world) == []
    world.to(HANDED + 2 * MINUTE)
    assert [b.stand_by for b in made(world)] == [True]


# ---------------------------------------------------------------- the commune's changes


def change(world: World, kind: str, **more: object) -> None:
    with world.store.write() as s:
        s.add(StationChange(
            station=STATION, local_date=TOMORROW, airing="11:30", kind=kind, reason="mất điện",
            delivery_id=world.one("loa", day=TOMORROW).id, by="UBND xã", at=world.clock.now(),
            **more))


def test_what_is_put_off_is_read_in_the_other_airing(make_world: MakeWorld) -> None:
    """It leaves its own, with the reason, and stands in the one it was put off to, once."""
    world = make_world(a_text(at='slots = ["trua", "chieu"]') + RADIO)
    world.approved(an_item("td-09", theme="phap_luat"), an_item("td-02"))
    world.plan()
    hand_over(world)
    change_id = next(d.id for d in world.deliveries("loa", day=TOMORROW)
                     if "/trua/" in d.occurrence_id)
    world.to(world.clock.now() + MINUTE)
    with world.store.write() as s:
        s.add(StationChange(
            station=STATION, local_date=TOMORROW, airing="11:30", kind="postpone",
            reason="mất điện", delivery_id=change_id, by="UBND xã", at=world.clock.now(),
            to_date=TOMORROW, to_airing="17:00"))
    found = {b.airing: b for b in made(world) if b.date == TOMORROW}
    assert (found["11:30"].number, found["11:30"].stand_by) == (2, True)
    assert found["11:30"].sections[-1].standing == "postponed"
    assert "Hoãn: «Giả danh công an» (sang 17:00 ngày 25/11/2026, mất điện, UBND xã)" in \
        found["11:30"].notice
    assert found["17:00"].number == 2
    assert [s.delivery for s in found["17:00"].airing_sections].count(change_id) == 1
    assert made(world) == []


def test_what_is_put_off_to_another_day_is_shown_there_and_only_there(radio: World) -> None:
    hand_over(radio)
    radio.to(radio.clock.now() + MINUTE)
    key = radio.one("loa", day=TOMORROW).id
    change(radio, "postpone", to_date=TODAY + 2 * DAY, to_airing="11:30")
    [bulletin] = shown(radio, TODAY + 2 * DAY)
    assert bulletin.date == TODAY + 2 * DAY
    assert key in [s.delivery for s in bulletin.airing_sections]


def test_what_is_swapped_in_is_read_instead(radio: World) -> None:
    radio.approved(an_item("td-02", title="Giả danh shipper"))
    hand_over(radio)
    radio.to(radio.clock.now() + MINUTE)
    change(radio, "swap", item_id="td-02")
    [bulletin] = [b for b in made(radio) if b.date == TOMORROW]
    assert (bulletin.number, items_of(bulletin), bulletin.stand_by) == (2, ["td-02"], False)
    assert bulletin.sections[-1].standing == "swapped"
    assert bulletin.airing_sections[0].delivery == ""  # nobody's delivery: no receipt of it


# ---------------------------------------------------------------- corrected


def test_what_is_recalled_after_it_was_aired_is_corrected_in_the_next_airing(
    world: World,
) -> None:
    """Once, in words approved together with the item."""
    world.to(NOON - MINUTE)
    world.run("loa")  # today's
    make_bulletins(world.store, world.clock.now())
    hand_over(world)
    world.approved(an_item("td-02", title="Giả danh shipper"))
    pin(world, "td-02")
    world.plan()
    world.run("loa")
    make_bulletins(world.store, world.clock.now())
    assert items_of(newest(world)) == ["td-02"]
    world.to(HANDED + HOUR)
    recall(world)
    found = {b.date: b for b in made(world)}
    assert found[TODAY].lines == ()  # today's page must not show it either
    said = found[TOMORROW]
    assert [s.title for s in said.airing_sections] == [
        "Đính chính: Giả danh công an", "Giả danh shipper"]
    assert said.airing_sections[0].lines[0].written.startswith("Đính chính. Tin đã phát")
    assert "không làm việc" not in " ".join(x.written for x in said.airing_sections[0].lines)
    assert made(world) == []
    air_now(world, "td-02", "now:td-02", TODAY)
    assert [(b.date, b.airing) for b in made(world)] == [(TODAY, "18:00")]
    world.plan()
    world.to(HANDED + DAY)
    world.run("loa")
    [after] = [b for b in made(world) if b.date == TODAY + 2 * DAY]
    assert not [s for s in after.airing_sections if s.title.startswith("Đính chính")]


def test_a_recall_days_later_is_corrected_too(world: World) -> None:
    """No bulletin still served has it, yet the station's people heard it."""
    world.approved(an_item("td-02", title="Giả danh shipper"))
    world.to(NOON - MINUTE)
    world.run("loa")  # td-01 today; td-02 from tomorrow on
    for day in (TOMORROW, TODAY + 2 * DAY):
        pin(world, "td-02", day)
    world.plan()
    world.to(HANDED + DAY)
    world.run("loa")
    make_bulletins(world.store, world.clock.now())
    assert items_of(newest(world, TODAY + 2 * DAY)) == ["td-02"]
    world.to(HANDED + DAY + 8 * HOUR)  # after midnight
    recall(world)
    assert [(b.date, items_of(b)) for b in made(world)] == [(TODAY + 2 * DAY, ["td-01", "td-02"])]
    assert newest(world, TODAY + 2 * DAY).airing_sections[0].title.startswith("Đính chính")
    assert made(world) == []


def test_a_station_that_did_not_air_it_has_nothing_to_correct(world: World) -> None:
    world.fakes["loa"].script = [Accepted("f")]
    world.to(NOON - MINUTE)
    world.run("loa")
    make_bulletins(world.store, world.clock.now())
    hand_over(world)
    with world.store.write() as s:
        report(s, world.clock.now(), Answer(STATION, TODAY, "11:30", "not", "Nguyễn Văn A", "page",
                                            reason="mat_dien"))
        assert s.scalars(select(Aired.extent)).all() == ["not"]
    recall(world)
    assert [b.lines for b in made(world) if b.date == TOMORROW] == [()]


# ---------------------------------------------------------------- what a station is shown


def test_a_week_is_shown_in_order_and_later_days_as_planned(radio: World) -> None:
    """Numbered where handed over, planned behind it; a day over that had none is left out."""
    hand_over(radio)
    week = shown(radio, TODAY - DAY, 9)
    assert [(b.date, b.planned, b.number) for b in week[:2]] == [
        (TOMORROW, False, 1), (TODAY + 2 * DAY, True, 0)]
    assert [b.airs_at for b in week] == sorted(b.airs_at for b in week)
    with radio.store.read() as s:
        assert [bulletin_id(s, b) is None for b in week[:2]] == [False, True]
        assert bulletins_for(s, in_force(s), "dai-la", TODAY, 8, radio.clock.now()) == []


@pytest.mark.parametrize(("languages", "sections"), [
    ("", []), ('languages = ["vi", "tay"]\n', [("td-02", "tay")])])
def test_an_item_in_another_language_reaches_the_stations_that_read_it(
    make_world: MakeWorld, languages: str, sections: list[tuple[str, str]]
) -> None:
    """Whoever cannot read it gets nothing of it."""
    station = 'organisation = "luc-ngan"\n\n[[segments]]'
    assert station in a_text()
    world = make_world(a_text().replace(
        station, station.replace("\n\n", f"\n{languages}\n")))
    world.approved(an_item("td-02", language="tay"))
    pin(world, "td-02")
    world.plan()
    assert [(s.item, s.language) for b in shown(world) for s in b.airing_sections] == sections


def test_the_communes_yes_is_shown_and_holds_for_its_number_only(world: World) -> None:
    world.approved(an_item("td-02"))
    hand_over(world)
    with world.store.write() as s:
        accept(s, world.clock.now(), rows(world)[0].id, Yes("Phó Chủ tịch", "page", STATION))
    [yes] = shown(world)
    assert yes.accepted is not None
    assert (yes.accepted.by, yes.sha256()) == ("Phó Chủ tịch", newest(world).sha256())
    pin(world, "td-02")
    world.plan()
    world.run("loa")
    make_bulletins(world.store, world.clock.now())
    assert [(b.number, b.accepted) for b in shown(world)] == [(2, None)]


def test_a_bulletin_too_long_for_its_airing_is_told_the_evening_before(
    make_world: MakeWorld,
) -> None:
    world = make_world(a_text().replace(
        'organisation = "luc-ngan"\n\n[[segments]]',
        'organisation = "luc-ngan"\nairings = [{ slot = "trua", at = "11:45", max_minutes = 1 }]'
        "\n\n[[segments]]"))
    world.approved(an_item(body="Công an không làm việc qua điện thoại. " * 20))
    world.plan()
    hand_over(world)
    bulletin = newest(world)
    assert bulletin.airing == "11:45"
    assert bulletin.seconds > bulletin.limit == 60
    assert f"bulletin-long:{TOMORROW}" in world.alarms()


def test_an_item_approved_before_there_were_bulletins_is_read_as_it_was_handed_over(
    world: World,
) -> None:
    """No frozen lines behind it: its script word by word, never silence."""
    with world.store.write() as s:
        for rendition in s.scalars(select(Rendition).where(Rendition.channel == "loa")):
            texts = {k: v for k, v in rendition.texts.items() if k != "lines"}
            s.execute(update(Rendition).where(Rendition.id == rendition.id).values(texts=texts))
    hand_over(world)
    bulletin = newest(world)
    assert [line.written for line in bulletin.lines][:2] == [
        "Đây là Đài truyền thanh xã Lục Ngạn.",
        "Kính chào toàn thể bà con. Sau đây là bản tin: Giả danh công an."]
    assert bulletin.voice.splitlines()[:2] == [
        "Tập huấn, không phát.", "Đây là Đài truyền thanh xã Lục Ngạn."]
