"""Lịch phát over the real listener: what is shown, what may be done, what is warned of."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from console.server import Servers
from tests.accounts import Visitor, acts, an_account
from tests.builders import an_item, settings_for
from tests.store.conftest import planned_sqlite
from tests.store.world import NOON, TODAY, World, a_text
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import Home
from worker.models import Item, Occurrence, Person, Pin, Series

__all__ = ["planned_sqlite"]

DAY = timedelta(days=1)
THURSDAY = date(2026, 11, 26)
HERE = f"{THURSDAY}/trua/canh_giac"
SECOND = "Giả danh ngân hàng"
BLACKOUT = """
[[blackouts]]
name = "Quốc tang"
first = 2026-12-03
last = 2026-12-03
"""
BRANCH = """
[[organisations]]
id = "chu"
name = "Xã Chũ"
parent = "luc-ngan"
"""


@pytest.fixture
def database_url(tmp_path: Path, planned_sqlite: Path) -> str:
    copy = tmp_path / "giovang.sqlite3"
    copy.write_bytes(planned_sqlite.read_bytes())
    return f"sqlite:///{copy}"


@pytest.fixture
def home(store: Store, tmp_path: Path, clock: VirtualClock) -> Home:
    settings = replace(settings_for(tmp_path), var=tmp_path / "var", inner_port=0, public_port=0)
    return Home(settings, store, clock)


@pytest.fixture
def world(store: Store, clock: VirtualClock, tmp_path: Path) -> World:
    world = World(store, clock, tmp_path)
    world.approved(an_item("td-02", title=SECOND))
    world.plan()
    return world


@pytest.fixture
def an(home: Home, world: World, person: Visitor) -> Visitor:
    an_account(home, "an", "nguoi_soan")
    person.log_in()
    return person


@pytest.fixture
def servers(home: Home, world: World) -> Iterator[Servers]:
    office = world.office()
    running = Servers(home, lambda: office)
    running.start()
    yield running
    running.stop()


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def picked(world: World, day: date = THURSDAY) -> tuple[str, str]:
    o = world.occurrence(f"canh_giac/trua/{day}/1")
    return o.item_id, o.picked_by


def pin(an: Visitor, item: str = "td-02", to: str = HERE, **more: str) -> str:
    answer = an.post("/lich-phat/xep", item=item, to=to, **more)
    return answer.headers.get("location") or f"{answer.status_code} {words(answer.text)}"


# ------------------------------------------------------------------------------------ shown


def test_the_week_says_what_aired_and_what_will(an: Visitor, world: World) -> None:
    text = words(an.get("/lich-phat").text)
    assert "23/11/2026 - 29/11/2026" in text
    assert "Thứ Ba 24/11 hôm nay" in text
    assert text.count("chờ phát") >= 6
    world.to(NOON + timedelta(minutes=5))
    for channel in ("sms", "facebook", "website"):
        world.run(channel)

    today = an.get(f"/lich-phat/{TODAY}/trua").text

    assert words(today).count("đã phát") >= 3
    assert "Công an không làm việc qua điện thoại" in today
    assert "Tổ 1" in today
    assert "Đài truyền thanh xã Lục Ngạn" in today


def test_what_never_went_out_is_missing_once_its_hour_is_over(an: Visitor, world: World) -> None:
    """The worker was away: nobody wrote it down, and the page does not say "to come"."""
    world.to(NOON + timedelta(hours=2))

    text = words(an.get(f"/lich-phat/{TODAY}/trua").text)

    assert "lỡ, không phát được" in text
    assert "chờ phát" not in text


def test_a_day_beyond_the_plan_is_said_so_and_any_day_can_be_jumped_to(an: Visitor) -> None:
    assert "sẽ lên lịch sau" in an.get("/lich-phat?ngay=16/03/2027").text
    assert an.get("/lich-phat?ngay=31/02/2027").status_code == 400
    month = words(an.get("/lich-phat/thang?ngay=2026-12-09").text)
    assert "tháng 12/2026" in month
    assert an.get("/lich-phat/2026-11-24/khong-co").status_code == 404
    assert an.get("/lich-phat/hom-nay/trua").status_code == 404


# ------------------------------------------------------------------------------------- pins


def test_an_item_is_found_without_accents_and_pinned(an: Visitor, world: World) -> None:
    choose = an.get(f"/lich-phat/{THURSDAY}/trua/chon-tin?chuyen-muc=canh_giac&tim=NGAN+hang").text
    assert re.findall(r'name="item" value="([^"]+)"', choose) == ["td-02"]
    before = picked(world)

    # it airs nearby by rotation, so that is said first, and nothing is changed
    asked = pin(an)
    assert asked.startswith("200")
    assert "Tin này còn phát gần đó" in asked
    assert picked(world) == before
    assert pin(an, sure="1") == f"/lich-phat/{THURSDAY}/trua?xong=xep-tin"

    assert picked(world) == ("td-02", "pin")
    assert "đã xếp" in words(an.get(f"/lich-phat/{THURSDAY}/trua").text)
    assert an.post("/lich-phat/bo-xep", item="td-02", source=HERE).status_code == 303
    assert picked(world) == before
    assert acts(Home(settings_for(world.var), world.store, world.clock))[-2:] == ["pin", "unpin"]


def test_moving_a_pin_takes_it_off_where_it_was(an: Visitor, world: World) -> None:
    pin(an, sure="1")

    went = pin(an, to=f"{THURSDAY + DAY}/chieu/", source=HERE, sure="1", back="tuan")

    assert went == f"/lich-phat?ngay={THURSDAY + DAY}&xong=xep-tin"
    with world.store.read() as s:
        assert [(p.entry, p.slot, p.local_date) for p in s.scalars(select(Pin))] == [
            ("pin:td-02", "chieu", THURSDAY + DAY)]
    assert SECOND in an.get(f"/lich-phat/{THURSDAY + DAY}/chieu").text


@pytest.mark.parametrize(("why", "prepare"), [
    ("Tin chưa được duyệt", "draft"), ("Quốc tang", "blackout"), ("dài 217 giây đọc", "long"),
    ("từ 12:15 mới bắt đầu", "quiet"), ("sẽ được thay", "taken"), ("đã hủy", "cancelled"),
])
def test_what_could_go_wrong_is_said_before_and_left_to_the_person(
    an: Visitor, world: World, why: str, prepare: str
) -> None:
    day, item = THURSDAY, "td-02"
    if prepare == "draft":
        with world.store.write() as s:
            s.execute(update(Item).where(Item.id == "td-02").values(state="draft"))
    elif prepare == "blackout":
        world.programme(a_text() + BLACKOUT)
        day = date(2026, 12, 3)
    elif prepare == "quiet":
        world.programme(a_text() + '[[quiet_hours]]\nstart = "11:00"\nend = "12:15"\n')
    elif prepare == "long":
        item = "td-03"
        world.approved(an_item(item, title="Dài", texts={"sms": "Ngan.", "loudspeaker":
                                                         "Bà con không chuyển tiền. " * 60}))
    elif prepare == "taken":
        pin(an, item="td-01", sure="1")
    else:
        an.post("/lich-phat/huy", occurrence=f"canh_giac/trua/{day}/1", reason="mất điện")
    world.plan()

    asked = pin(an, item, f"{day}/trua/canh_giac")

    assert asked.startswith("200"), asked
    assert why in asked
    assert "Vẫn xếp" in asked


def test_what_cannot_be_is_refused_with_the_form_as_it_was(an: Visitor, world: World) -> None:
    over = pin(an, to="2026-11-23/trua/canh_giac")
    assert "giờ này đã qua" in over
    nowhere = pin(an, to=f"{THURSDAY}/khuya/", shown="chuyen", source=HERE)
    assert nowhere.startswith("400")
    wrong = an.post("/lich-phat/xep", item="td-02", to=HERE, shown="chon", until="2026-11-20")
    assert wrong.status_code == 400
    assert 'value="2026-11-20"' in wrong.text
    assert "trước ngày đầu" in wrong.text
    assert pin(an, item="khong-co").startswith("400")
    with world.store.read() as s:
        assert s.scalars(select(Pin)).all() == []


# ----------------------------------------------------------------------------------- series


def test_a_weekly_repeat_leaves_one_day_out_and_ends(an: Visitor, world: World) -> None:
    went = pin(an, until="2026-12-31", sure="1")
    assert went.endswith("xong=xep-tin")
    assert picked(world) == ("td-02", "pin")
    text = words(an.get(f"/lich-phat/{THURSDAY}/trua").text)
    assert "Lặp lại hằng tuần: Giả danh ngân hàng , 26/11/2026 - 31/12/2026" in text
    assert "xếp hằng tuần" in words(an.get("/lich-phat?ngay=2026-12-31").text)

    an.post("/lich-phat/bo-xep", item="td-02", source=HERE)
    assert picked(world)[1] == "rotate"
    assert "Bỏ ngày này." in words(an.get(f"/lich-phat/{THURSDAY}/trua").text)
    assert "xếp hằng tuần" in words(an.get("/lich-phat?ngay=2026-12-03").text)
    an.post("/lich-phat/tra-lai", source=HERE)
    assert picked(world) == ("td-02", "pin")

    an.post("/lich-phat/bo-xep", item="td-02", how="tu-nay",
            source="2026-12-10/trua/canh_giac")
    assert "xếp hằng tuần" not in words(an.get("/lich-phat?ngay=2026-12-10").text)
    with world.store.read() as s:
        assert s.scalars(select(Series.last)).one() == date(2026, 12, 9)


# --------------------------------------------------------------------- cancelled, once more


def test_an_airing_is_cancelled_with_a_reason_and_repeated_by_an_approver(
    an: Visitor, home: Home, world: World
) -> None:
    name = f"canh_giac/trua/{TODAY}/1"
    assert an.post("/lich-phat/huy", occurrence=name, reason=" ").status_code == 400
    assert an.post("/lich-phat/huy", occurrence=name, reason="mất điện").status_code == 303
    assert set(world.states()) == {"cancelled"}
    assert "đã hủy" in words(an.get(f"/lich-phat/{TODAY}/trua").text)
    assert an.post("/lich-phat/phat-lai", occurrence=name).status_code == 403
    an_account(home, "binh", "nguoi_duyet")
    binh = Visitor(an.url)
    binh.log_in("binh")

    assert binh.post("/lich-phat/phat-lai", occurrence=name).status_code == 303

    with world.store.read() as s:
        assert s.scalars(select(Occurrence.run).where(Occurrence.slot == "trua",
                         Occurrence.local_date == TODAY)).all() == [1, 2]
    assert binh.post("/lich-phat/phat-lai", occurrence="x/y/z").status_code == 404


# -------------------------------------------------------------------------------- ownership


def test_people_of_one_organisation_see_and_change_only_what_airs_there(
    an: Visitor, home: Home, world: World
) -> None:
    """The station and an SMS target are Lục Ngạn's; the pages are everybody's."""
    world.programme(a_text().replace("[[slots]]", BRANCH + "\n[[slots]]", 1))
    with world.store.write() as s:
        s.execute(update(Person).where(Person.id == "an").values(organisation="luc-ngan"))
        s.execute(update(Item).where(Item.id == "td-02").values(owner="chu"))

    page = an.get(f"/lich-phat/{TODAY}/trua").text
    assert "Tổ 1" in page
    assert "Trang tin" not in page
    # an item of the whole installation is not theirs, theirs may not go where others get it
    assert pin(an, "td-01").startswith("400")
    assert "đơn vị khác" in pin(an, "td-02")
    assert an.post("/lich-phat/huy", occurrence=f"canh_giac/trua/{TODAY}/1",
                   reason="x").status_code == 409
    # of another commune: there is nothing
    with world.store.write() as s:
        s.execute(update(Person).where(Person.id == "an").values(organisation="chu"))
    assert "Giả danh công an" not in an.get("/lich-phat").text
    assert an.post("/lich-phat/huy", occurrence=f"canh_giac/trua/{TODAY}/1",
                   reason="x").status_code == 404

    world.programme(a_text(on='channels = ["sms", "loa"]').replace(
        "[[slots]]", BRANCH + "\n[[slots]]", 1))
    with world.store.write() as s:
        s.execute(update(Person).where(Person.id == "an").values(organisation="luc-ngan"))
    assert pin(an, "td-02", sure="1").endswith("xong=xep-tin")


def test_who_only_reads_is_shown_no_way_to_change(home: Home, an: Visitor) -> None:
    an_account(home, "xem", "kiem_tra")
    reader = Visitor(an.url)
    reader.log_in("xem")
    pages = "".join(reader.get(p).text for p in ("/lich-phat", f"/lich-phat/{THURSDAY}/trua"))

    assert "/lich-phat/xep" not in pages
    assert "chon-tin" not in pages
    assert "grip" not in pages
    assert reader.post("/lich-phat/xep", item="td-02", to=HERE).status_code == 403
