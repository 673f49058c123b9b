"""Cấu hình and Kênh as staff see them: three widths, one edit from form to file, without script."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from console.server import Servers
from tests.accounts import PASSWORD, an_account
from tests.builders import settings_for
from tests.store.world import World
from worker.home import Home
from worker.models import AccountRow
from worker.outbox import orders
from worker.programme.saving import newest
from worker.programme.versions import accept
from worker.settings import PRODUCT

SHOTS = PRODUCT / "var" / "console"
#: where each page is looked at: a phone, a tablet, a desk
PAGES = {
    390: {"khung-gio": "/cau-hinh/khung-gio", "mot-dai": "/cau-hinh/dai/dai-luc-ngan",
          "kenh": "/kenh", "mot-kenh": "/kenh/sms"},
    768: {"cau-hinh": "/cau-hinh", "mot-chuyen-muc": "/cau-hinh/chuyen-muc/canh_giac"},
    1440: {"cau-hinh": "/cau-hinh", "mot-dai": "/cau-hinh/dai/dai-luc-ngan",
           "mot-ban": "/cau-hinh/lich-su/3", "kenh": "/kenh"},
}


CONTACTS = """
[[stations]]
id = "dai-cho"
name = "Đài chợ Lục Ngạn"
organisation = "luc-ngan"
airings = [{ slot = "trua", at = "11:45" }, { slot = "chieu", after_relay = true }]
contacts = [{ name = "Bà Tư", phone = "file:so.txt" }]
"""


def pause(world: World) -> None:
    with world.store.write() as session:
        orders.pause(session, world.clock.now(), "binh", "facebook", "*", "đổi khóa của trang")
        session.add(AccountRow(channel="sms", account="chinh", failures=3, value_version=0,
                               blocked_code="balance", paused_reason="",
                               blocked_until=world.clock.now() + timedelta(minutes=30)))


@pytest.fixture
def site(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Home, str]]:
    home = Home(replace(settings_for(world.var), var=world.var / "var", inner_port=0,
                        public_port=0), world.store, world.clock)
    monkeypatch.setenv("GIOVANG_HOME", str(home.settings.home))
    with world.store.read() as session:
        text = newest(session).text
    now = text.replace('end = "13:00"', 'end = "12:45"') + CONTACTS
    for one in (text + "\n# sửa\n", now):
        with world.store.write() as session:
            accept(session, world.clock.now(), one, "binh")
    home.settings.schedules.write_text(now, encoding="utf-8")
    (home.settings.home / "so.txt").write_text("0950000101\n", encoding="utf-8")
    an_account(home, "binh", "quan_tri", "dieu_phoi")
    pause(world)
    servers = Servers(home, world.office)
    servers.start()
    yield home, servers.inner_url
    servers.stop()


def entered(browser: Browser, url: str, width: int, *, script: bool = True) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900},
                                  java_script_enabled=script, locale="vi-VN")
    page = context.new_page()
    page.goto(f"{url}/dang-nhap")
    page.fill("[name=name]", "binh")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/")
    return page


def well(page: Page, width: int, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    found = Axe().run(page)
    assert found.violations_count == 0, (name, found.generate_report())


@pytest.mark.parametrize("width", PAGES)
def test_the_pages_are_whole_at_every_width(
    site: tuple[Home, str], chromium: Browser, width: int
) -> None:
    page = entered(chromium, site[1], width)
    for name, path in PAGES[width].items():
        page.goto(site[1] + path)
        if name in ("mot-dai", "mot-kenh"):
            page.locator("details > summary").first.click()
        well(page, width, name)
    if width == 390:
        page.goto(f"{site[1]}/cau-hinh/khung-gio/trua")
        for name, hour, new in (("form-sai", "mười giờ", "[name=start][aria-invalid]"),
                                ("thay-doi-nay", "11h", "button[value=luu]")):
            page.fill("[name=start]", hour)
            page.click("text=Xem trước")
            page.locator(new).wait_for()
            well(page, width, name)
    page.context.close()


def test_a_golden_hour_is_moved_from_form_to_file(
    site: tuple[Home, str], chromium: Browser
) -> None:
    """Without script: a wrong hour at its field, what it would do, a tick where asked, saved."""
    home, url = site
    page = entered(chromium, url, 390, script=False)
    page.goto(f"{url}/cau-hinh/thiet-lap")
    page.check("[name=confirm_edits]")
    page.click("text=Xem trước")
    page.click("text=Lưu và áp dụng")
    page.wait_for_url("**xong=cau-hinh-luu")

    page.goto(f"{url}/cau-hinh/khung-gio/trua")
    page.fill("[name=start]", "mười giờ")
    page.keyboard.press("Enter")
    assert page.locator("[name=start][aria-invalid]").input_value() == "mười giờ"
    page.fill("[name=start]", "11h")
    page.keyboard.press("Enter")
    page.get_by_text("giờ: 11:30–12:45 → 11:00–12:45").wait_for()
    page.check("[name=dong_y]")
    page.click("text=Lưu và áp dụng")

    page.wait_for_url("**/cau-hinh/khung-gio?xong=cau-hinh-luu")
    assert 'start = "11:00"' in home.settings.schedules.read_text(encoding="utf-8")
    page.context.close()


def test_two_at_once_are_asked_which_to_keep(site: tuple[Home, str], chromium: Browser) -> None:
    home, url = site
    one, other = (entered(chromium, url, 1440) for _ in range(2))
    one.goto(f"{url}/cau-hinh/khung-gio/trua")
    other.goto(f"{url}/cau-hinh/khung-gio/trua")
    for page, hour in ((other, "11:00"), (one, "11:15")):
        page.fill("[name=start]", hour)
        page.click("text=Xem trước")
        if page is other:
            page.click("text=Lưu và áp dụng")
            page.wait_for_url("**xong=cau-hinh-luu")

    one.get_by_text("Giữ của tôi").wait_for()
    well(one, 1440, "hai-nguoi")
    one.click("text=Giữ của tôi")
    one.click("text=Xem trước")
    one.get_by_text("Vừa có bản mới được lưu").wait_for()
    one.click("text=Lưu và áp dụng")
    one.wait_for_url("**xong=cau-hinh-luu")

    assert 'start = "11:15"' in home.settings.schedules.read_text(encoding="utf-8")
    for page in (one, other):
        page.context.close()
