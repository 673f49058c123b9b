"""A whole day, each person at their own screen: written, approved, on air, confirmed, told."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from console.server import Servers
from tests.accounts import PASSWORD, an_account
from tests.browser.test_console_seen import SHOTS, _page, _well
from tests.builders import settings_for
from tests.store.radio import DAY, STATION, TOMORROW, hand_over
from tests.store.world import HOUR, NOON, World
from worker.home import Home
from worker.notices.ticks import Notices
from worker.radio import links

TITLE = "Có kẻ giả danh công an gọi điện dọa bà con"
PLACE = "thôn Trại Ba"
CHANNELS = ("SMS", "Facebook", "Trang tĩnh", "Loa")


class Office:
    """Eight in the morning: an author, a leader, an administrator, and a station's link."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.home = Home(replace(settings_for(world.var), var=world.var / "var", inner_port=0,
                                 public_port=0), world.store, world.clock)
        for person, role in (("nga", "nguoi_soan"), ("lanh-dao", "nguoi_duyet"),
                             ("phuong", "quan_tri")):
            an_account(self.home, person, role)
        office = world.office()
        self.servers = Servers(self.home, lambda: office)
        self.servers.start()
        self.url = self.servers.inner_url

    def at_desk(self, browser: Browser, person: str, width: int = 1440) -> Page:
        page = _page(browser, width)
        page.goto(f"{self.url}/dang-nhap")
        page.fill("[name=name]", person)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{self.url}/")
        return page


@pytest.fixture
def office(world: World) -> Iterator[Office]:
    made = Office(world)
    yield made
    made.servers.stop()


def test_an_item_is_written_approved_aired_confirmed_and_told(
    office: Office, chromium: Browser
) -> None:
    nga = office.at_desk(chromium, "nga")
    _written(nga)
    leader = office.at_desk(chromium, "lanh-dao", 390)
    _approved(leader)
    _pinned(nga)
    hand_over(office.world)  # 17:00: tomorrow's scripts are with the stations
    phuong = office.at_desk(chromium, "phuong")
    before = _out(phuong)
    for page in (nga, leader, phuong):
        _closed(page)

    office.world.to(NOON + DAY + timedelta(minutes=5))
    for channel in ("sms", "facebook", "website"):
        office.world.run(channel)
    phuong = office.at_desk(chromium, "phuong")  # who was idle overnight logs in again
    there = "Đã đến / đã đăng"
    assert _logged(phuong) == {
        "SMS": there, "Facebook": there, "Trang tĩnh": there, "Loa": "Đã nhận, chưa xác nhận đến"}
    aired = _out(phuong)
    assert {name: aired[name] - before[name] for name in CHANNELS} == {
        "SMS": 1, "Facebook": 1, "Trang tĩnh": 1, "Loa": 0}
    _confirmed(office, chromium)
    assert _logged(phuong)["Loa"] == there
    assert _out(phuong)["Loa"] == aired["Loa"] + 1
    _closed(phuong)
    _told(office, chromium)


def _closed(page: Page) -> None:
    assert page.said == []  # type: ignore[attr-defined]
    page.context.close()


def _written(page: Page) -> None:
    """From a pattern; each channel is seen before anybody is asked."""
    page.get_by_role("link", name="Soạn tin từ mẫu").click()
    page.locator("section", has_text="Giả danh công an gọi điện").first.get_by_role(
        "link", name="Dùng mẫu này").click()
    page.wait_for_url("**/soan-tin/moi?mau=*")  # loaded, with the script that looks on
    page.fill("[name=fact_noi_xay_ra]", PLACE)
    for name in CHANNELS:
        look = page.locator(".look", has=page.get_by_role("heading", name=name, exact=True))
        expect(look).to_contain_text("thon Trai Ba" if name == "SMS" else PLACE)
        expect(look).to_contain_text("phát được")
    page.get_by_role("button", name="Lưu và trình duyệt").click()
    page.wait_for_url("**?xong=da-trinh")
    expect(page.get_by_text("Chờ một người khác duyệt")).to_be_visible()
    # nobody is played outside the sample
    expect(page.get_by_role("button", name="đóng vai")).to_have_count(0)


def _approved(page: Page) -> None:
    """On a phone, by thumb."""
    page.get_by_text("Mục lục", exact=True).click()
    page.get_by_role("link", name="Duyệt", exact=True).click()
    item = page.locator("article", has_text=TITLE)
    expect(item).to_contain_text(PLACE)
    _well(page, 390, "ngay-duyet")
    item.get_by_role("button", name="Duyệt").first.click()
    page.wait_for_url("**/duyet?xong=duyet*")
    expect(page.get_by_text(f"Vừa duyệt: {TITLE}")).to_be_visible()


def _pinned(page: Page) -> None:
    """By clicks in the calendar: tomorrow noon, instead of what came in turn."""
    page.get_by_role("link", name="Lịch phát", exact=True).click()
    page.locator(f'[data-to="{TOMORROW}/trua/canh_giac"] .title a').click()
    page.get_by_role("link", name="Xếp tin khác").click()
    page.get_by_role("button", name=f"Xếp tin này: {TITLE}").or_(
        page.locator("tr", has_text=TITLE).get_by_role("button")).first.click()
    page.wait_for_url(re.compile(r"/lich-phat/xep$|\?xong=xep-tin$"))
    if page.get_by_role("button", name="Vẫn xếp").count():
        page.get_by_role("button", name="Vẫn xếp").click()
    page.wait_for_url(f"**/lich-phat/{TOMORROW}/trua?xong=xep-tin")
    main = page.locator("main")
    expect(main.get_by_role("heading", name=TITLE)).to_be_visible()
    for name in CHANNELS:
        expect(main.locator("tr", has_text=name).first).to_contain_text("chờ phát")
    page.screenshot(path=SHOTS / "ngay-xep-1440.png", full_page=True)


def _logged(page: Page) -> dict[str, str]:
    """Each channel's state of this item, as the log has it."""
    page.get_by_role("link", name="Nhật ký phát", exact=True).click()
    page.fill("[name=text]", "gia danh cong an goi dien doa")
    page.get_by_role("button", name="Lọc").click()
    page.wait_for_url("**text=gia*")
    rows = page.locator("table.log tbody tr").all()
    cells = [row.locator("td").all_inner_texts() for row in rows]
    return {channel: state.strip() for _, channel, _, _, state in cells}


def _confirmed(office: Office, browser: Browser) -> None:
    """The operator has a phone and a link, and no account."""
    token = links.token_for(office.home, office.world.clock.now(), STATION, "nga")
    office.world.to(NOON + DAY + timedelta(minutes=20))
    page = _page(browser, 390, script=False)
    page.goto(f"{office.servers.public_url}/stations/{token}/")
    page.locator("form[action=aired] input[name=by]").first.fill("Anh Ba")
    page.get_by_role("button", name="Đã phát đủ").first.click()
    page.wait_for_url("**?done=aired")
    page.screenshot(path=SHOTS / "ngay-dai-390.png", full_page=True)
    page.context.close()


def _out(page: Page) -> dict[str, int]:
    """What is out this week by channel, from the overview's table."""
    with page.expect_navigation():
        page.get_by_role("link", name="Tổng quan", exact=True).click()
    rows = page.locator("section", has=page.locator("#do-phu")).locator("tbody tr").all()
    return {row.locator("th").inner_text(): int(row.locator("td").nth(1).inner_text())
            for row in rows}


def _told(office: Office, browser: Browser) -> None:
    """The author finds out without asking anybody."""
    office.world.to(NOON + DAY + 2 * HOUR)
    Notices(office.home).tick(office.world.clock.now())
    page = office.at_desk(browser, "nga")
    expect(page.locator(".bell .count")).to_be_visible()
    page.locator(".bell").click()
    expect(page.locator("main")).to_contain_text(f"ĐÃ PHÁT: «{TITLE}»")
    for name in CHANNELS:
        expect(page.locator("main")).to_contain_text(name)
    _well(page, 1440, "ngay-thong-bao")
    _closed(page)
