"""Stations and notices as staff see them: a real Chromium, phone, tablet, desktop."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from tests.accounts import PASSWORD
from tests.browser.test_console_seen import WIDTHS, Console, _page, _well
from tests.store.radio import hand_over
from tests.store.world import World, a_text
from worker.models import Aired, BulletinRow, Notice, Recording, StationNotice
from worker.notices import store
from worker.notices.ticks import Notices
from worker.radio import links
from worker.radio.fetches import fetched
from worker.radio.speech.parts import text_sha256

STATION, OTHER = "dai-luc-ngan", "dai-cho-xa"
MORE = """
[[organisations]]
id = "cho-xa"
name = "Xã Chợ Xa"

[[stations]]
id = "dai-cho-xa"
name = "Đài truyền thanh xã Chợ Xa"
organisation = "cho-xa"
clusters = ["Cụm chợ", "Cụm đình"]
contacts = [{ name = "Anh Tư", phone = "env:KHONG_CO" }]
"""


class Desk(Console):
    """The day after a hand-over: one station took its bulletin, another has to be called."""

    def __init__(self, world: World) -> None:
        world.programme(a_text() + MORE)
        world.plan()
        super().__init__(world)
        hand_over(world)
        now = world.clock.now()
        with world.store.write() as s:
            rows = {r.station: r.id for r in s.scalars(select(BulletinRow))}
            fetched(s, now, [rows[STATION]], "page")
            s.add(StationNotice(bulletin_id=rows[OTHER], station=OTHER, kind="urgent", told=1,
                                told_at=now, made_at=now))
            read = s.get_one(BulletinRow, rows[OTHER]).body["sections"]
            s.add(Recording(
                station=OTHER, file_sha256="f" * 64, seconds=95, made_by="Chị Hoa", made_at=now,
                text_sha256=text_sha256("\n".join(x["voice"] for x in read[0]["lines"]))))
            store.write(s, now, [store.Told(
                "x", "waits", "Chờ duyệt: «Giả danh công an»",
                "CHỜ DUYỆT: «Giả danh công an»\nKhung giờ tới: Buổi trưa\nTrang: /duyet/td-01",
                "/duyet/td-01", person="binh")])
        Notices(self.home).tick(now)
        world.to(now + timedelta(days=1, minutes=-20))

    def inside(self, browser: Browser, *, script: bool) -> Page:
        page = _page(browser, 390, script=script)
        page.goto(f"{self.url}/dang-nhap")
        page.fill("[name=name]", "binh")
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{self.url}/")
        return page


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    made = Desk(world)
    yield made
    made.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_stations_and_notices_are_whole_at_every_width(
    desk: Desk, chromium: Browser, width: int
) -> None:
    page = desk.signed_in(chromium, width)
    for path, name in (("/dai", "cac-dai"), ("/dai/can-goi", "can-goi"),
                       ("/thong-bao", "thong-bao")):
        page.goto(f"{desk.url}{path}")
        _well(page, width, name)
    page.goto(f"{desk.url}/dai/{OTHER}")
    page.get_by_role("button", name="Cấp đường dẫn").click()
    page.wait_for_url("**/duong-dan")
    page.get_by_text("Ghi chấp thuận trước").click()
    page.get_by_text("Khóa đường dẫn").click()
    _well(page, width, "mot-dai")
    page.goto(f"{desk.url}/dai/{OTHER}/buoi/2026-11-25/1130")
    page.get_by_text("Phát thiếu hoặc không phát").click()
    page.get_by_text("Ghi thay xã: Duyệt phát").click()
    _well(page, width, "mot-ban-tin")
    page.context.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_morning_at_the_desk_of_stations(
    desk: Desk, chromium: Browser, script: bool
) -> None:
    """The station is found, gets its link, is reached by phone, and its airing is written down."""
    page = desk.inside(chromium, script=script)
    page.get_by_text("Mục lục", exact=True).click()
    page.get_by_role("link", name="Đài truyền thanh", exact=True).click()
    page.fill("[name=tim]", "cho XA")
    page.keyboard.press("Enter")
    page.wait_for_url("**tim=cho**")
    assert page.locator(".stations tbody tr").count() == 1
    page.click("text=Đài truyền thanh xã Chợ Xa")
    page.get_by_role("button", name="Cấp đường dẫn").click()
    page.wait_for_url("**/duong-dan")
    address = links.link_in_force(desk.home, OTHER)
    text = page.locator("#chu-duong-dan")
    assert address in text.input_value()
    expect(page.get_by_role("button", name="Chép")).to_be_visible(visible=script)
    if script:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Chép").click()
        page.get_by_role("button", name="Đã chép").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == text.input_value()

    page.goto(f"{desk.url}/dai/can-goi")
    page.fill("[name=by]", "Anh Tư")
    page.get_by_role("button", name="Đã nhận qua điện thoại").click()
    page.wait_for_url("**?xong=dai-nhan")
    page.goto(f"{desk.url}/dai?loc=chua-bao&tim=cho xa")
    page.click("text=Đài truyền thanh xã Chợ Xa")
    page.get_by_label("11:30, 25/11/2026").check()
    page.fill("[name=by]", "Chị Năm")
    page.select_option("[name=learned]", "dien_thoai")
    page.get_by_role("button", name="Ghi thay đài: Đã phát").click()
    page.wait_for_url("**?xong=da-phat")

    with desk.home.store.read() as s:
        told = s.scalars(select(Aired)).one()
        assert (told.station, told.by, told.said_to, told.note) == (
            OTHER, "Chị Năm", "binh", "biết qua điện thoại")
    assert "Phát đủ" in page.inner_text("main")
    _notices(desk, page, script=script)
    page.context.close()


def _notices(desk: Desk, page: Page, *, script: bool) -> None:
    """Copied into a group, ticked off one by one, then all."""
    assert page.locator(".count").inner_text().startswith("2")
    page.click("text=Thông báo")
    told = page.locator(".told")
    assert [told.nth(n).locator("h2").inner_text() for n in range(2)] == [
        "Chương trình ngày mai, Thứ Tư 25/11/2026", "Chờ duyệt: «Giả danh công an»"]
    assert "11:30 Buổi trưa: «" in told.nth(0).locator("textarea").input_value()
    if script:
        told.nth(1).get_by_role("button", name="Chép").click()
        told.nth(1).get_by_role("button", name="Đã chép").wait_for()
    told.nth(1).get_by_role("button", name="Đã xem").click()
    page.wait_for_url("**?xong=da-xem")
    assert page.locator(".count").inner_text().startswith("1")
    page.get_by_role("button", name="Đánh dấu đã xem hết").click()
    page.locator(".count").wait_for(state="detached")
    with desk.home.store.read() as s:
        assert set(s.scalars(select(Notice.seen_by).where(Notice.person == "binh"))) == {"binh"}
