"""A black-out declared after the hand-over: what it covers is withdrawn, and told like a recall."""

from datetime import timedelta

import pytest

from tests.builders import an_item
from tests.bulletins import ZONE
from tests.store.conftest import MakeWorld
from tests.store.radio import (
    HANDED,
    RADIO,
    TOMORROW,
    hand_over,
    items_of,
    made,
    newest,
    recall,
    rows,
    shown,
)
from tests.store.world import CLOSES, MINUTE, TODAY, World, a_text
from worker.home import in_force
from worker.models import StationNotice
from worker.radio import fetches, notices
from worker.radio.affected import affected
from worker.radio.bulletin import from_json
from worker.radio.paper.sheet import sheet_of

DAY = timedelta(days=1)
URGENT = """
[[segments]]
id = "khan"
name = "Khẩn"
priority = "khan_cap"
themes = ["phap_luat"]
slots = ["trua"]
channels = ["loa"]
days_without_repeat = 0
stand_by = "td-01"
"""


def mourning(world: World, more: str = "", text: str = "") -> None:
    world.clock.advance(1)
    world.programme((text or a_text()) + RADIO + f'[[blackouts]]\nname = "Quốc tang"\n'
                    f'first = {TOMORROW}\nlast = {TOMORROW}\n{more}')


def over(world: World, text: str = "") -> None:
    world.clock.advance(1)
    world.programme((text or a_text()) + RADIO)


def looks(world: World) -> set[str]:
    with world.store.read() as s:
        return affected(s, in_force(s), world.clock.now())


def test_what_was_handed_over_is_not_read_and_comes_back_when_the_black_out_is_lifted(
    world: World,
) -> None:
    """No word of it is served, every form names it with the reason, and nothing stands by."""
    hand_over(world)
    mourning(world)

    [silent] = made(world)

    assert (silent.number, silent.replaces, silent.lines, silent.seconds) == (2, 1, (), 0)
    assert not silent.stand_by
    assert "NGỪNG PHÁT, KHÔNG ĐỌC: «Giả danh công an» (Ngừng phát: Quốc tang)." in silent.notice
    assert shown(world) == [silent]
    assert sheet_of(silent, ZONE).groups == ()
    assert "Quốc tang" in sheet_of(silent, ZONE).left_out[0]
    assert (made(world), looks(world)) == ([], set())

    over(world)
    [again] = made(world)
    assert (again.number, items_of(again)) == (3, ["td-01"])
    assert again.voice == from_json(rows(world)[0].body).voice
    assert (made(world), looks(world)) == ([], set())


def test_what_the_black_out_does_not_stop_is_read_on(make_world: MakeWorld) -> None:
    """
    An urgent item airs in mourning, the ordinary one beside it is named. Afterwards nothing makes
    that one read: not even a number made for a recall.
    """
    world, text = beside_an_urgent_one(make_world)
    mourning(world, text=text)
    [silent] = made(world)
    assert (items_of(silent), silent.number) == (["pl-01"], 2)
    assert (made(world), looks(world)) == ([], set())

    world.to(CLOSES + DAY + MINUTE)
    over(world, text)
    recall(world, "pl-01")
    made(world)
    assert [(s.item, s.standing) for s in newest(world).sections] == [
        ("pl-01", "recalled"), ("td-01", "silenced")]


def beside_an_urgent_one(make_world: MakeWorld) -> tuple[World, str]:
    """An ordinary item and an urgent one, handed over for one airing; and the programme."""
    text = a_text() + URGENT
    world = make_world(text + RADIO)
    world.approved(an_item("pl-01", theme="phap_luat"))
    world.plan()
    hand_over(world)
    assert items_of(newest(world)) == ["pl-01", "td-01"]
    return world, text


def test_the_station_is_told_as_of_a_recall(world: World) -> None:
    """Whoever took the old number; nobody else."""
    hand_over(world)
    old = rows(world)[0].id
    mourning(world)
    made(world)
    with world.store.write() as s:
        assert notices.find_new(s, world.clock.now(), TODAY).new == 0
        fetches.fetched(s, world.clock.now(), [old], "mp3")
        assert notices.find_new(s, world.clock.now(), TODAY).new == 1
        [notice] = s.query(StationNotice).all()
        assert notice.kind == "silenced"
    assert notices.text_of(newest(world), "silenced").startswith(
        "TAP HUAN. Dai truyen thanh xa Luc Ngan: NGUNG PHAT, KHONG PHAT BAN DA LAY, buoi 11:30")


def test_a_stand_by_already_handed_over_is_silent_too(make_world: MakeWorld) -> None:
    text = a_text(when='id = "canh_giac"\nweekdays = ["t6"]\n')
    world = make_world(text + RADIO)
    world.approved(an_item("td-09", theme="phap_luat"))
    world.plan()
    world.to(HANDED)
    [stand_by] = made(world)
    assert items_of(stand_by) == ["td-09"]
    mourning(world, text=text)
    [silent] = made(world)
    assert (silent.number, silent.lines, [s.standing for s in silent.sections]) == (
        2, (), ["silenced"])
    assert (made(world), looks(world)) == ([], set())


def test_what_is_over_stays_as_it_was_aired(make_world: MakeWorld) -> None:
    """
    Mourning declared in the afternoon for the whole day: noon's was read, and a number made for
    a recall afterwards says so.
    """
    world, text = beside_an_urgent_one(make_world)
    world.to(CLOSES + DAY + MINUTE)
    made(world)
    mourning(world, text=text)
    assert (made(world), looks(world)) == ([], set())
    recall(world, "pl-01")
    made(world)
    assert [(s.item, s.standing) for s in newest(world).sections] == [
        ("td-01", "airs"), ("pl-01", "recalled")]


@pytest.mark.parametrize(("from_time", "numbers"), [("15:00", [1]), ("09:00", [1, 2])])
def test_only_an_airing_that_begins_in_it_is_silent(
    world: World, from_time: str, numbers: list[int]
) -> None:
    hand_over(world)
    mourning(world, f'from_time = "{from_time}"\n')
    made(world)
    assert [r.number for r in rows(world)] == numbers
