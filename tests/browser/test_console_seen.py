"""The console as staff see it: a real Chromium, phone, tablet, desktop."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from console.server import Servers
from tests.accounts import PASSWORD, a_link, an_account, code_now
from tests.builders import settings_for
from tests.store.world import NOON, World
from worker.alarms.store import raise_alarm
from worker.home import Home
from worker.models import Alarm
from worker.people import ROLES
from worker.settings import PRODUCT

WIDTHS = [390, 768, 1440]
_ASKED: set[str] = set()  #: pages that axe has seen in this run
NEW = "ba con mèo đuổi bướm"
SHOTS = PRODUCT / "var" / "console"


class Console:
    """A world after noon with something gone wrong, its console, and one account."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.home = Home(replace(settings_for(world.var), var=world.var / "var", inner_port=0,
                                 public_port=0), world.store, world.clock)
        world.to(NOON + timedelta(minutes=5))
        world.run("sms")
        world.run("facebook")
        with world.store.write() as session:
            raise_alarm(session, world.clock.now(), "disk", "disk", "serious",
                        "đĩa /du-lieu chỉ còn 2 %")
            raise_alarm(session, world.clock.now(), "empty:x", "empty_slot", "warning",
                        "«Cảnh giác» ngày 27/11/2026 phải dùng tin dự phòng")
        an_account(self.home, "an", *ROLES, password=False)
        an_account(self.home, "binh", *ROLES)
        office = world.office()
        self.servers = Servers(self.home, lambda: office)
        self.servers.start()
        self.url = self.servers.inner_url

    def signed_in(self, browser: Browser, width: int) -> Page:
        page = _page(browser, width)
        page.goto(f"{self.url}/dang-nhap")
        page.fill("[name=name]", "binh")
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{self.url}/")
        return page

    def close(self) -> None:
        self.servers.stop()


@pytest.fixture
def console(world: World) -> Iterator[Console]:
    made = Console(world)
    yield made
    made.close()


def _page(browser: Browser, width: int, *, script: bool = True) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900},
                                  java_script_enabled=script, locale="vi-VN")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: said.append(str(e)))
    page.said = said  # type: ignore[attr-defined]
    return page


def _well(page: Page, width: int, name: str) -> None:
    """
    Not wider than the screen, nothing in the console, axe finds nothing; a picture is kept. Axe,
    which takes its time, is not asked once more on the middle screen.
    """
    page.wait_for_load_state()
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert page.said == [], name  # type: ignore[attr-defined]
    if width == WIDTHS[1] and name in _ASKED:
        return
    _ASKED.add(name)
    # axe runs from outside the page: the page's own policy would, rightly, not let it be added
    found = Axe().run(page)
    assert found.violations_count == 0, (name, found.generate_report())


def test_every_page_is_whole_at_every_width(console: Console, chromium: Browser) -> None:
    for width in WIDTHS:
        _whole(console, chromium, width)


def _whole(console: Console, chromium: Browser, width: int) -> None:
    page = console.signed_in(chromium, width)
    assert "Be Vietnam Pro" in page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].filter(f => f.status === 'loaded')"
        ".map(f => f.family).join())")
    _well(page, width, "tong-quan")
    page.goto(f"{console.url}/nhat-ky")
    _well(page, width, "nhat-ky")
    page.locator("table.log a").first.click()
    page.wait_for_url("**/nhat-ky/*-*")
    _well(page, width, "mot-luot")
    page.goto(f"{console.url}/tai-khoan")
    _well(page, width, "tai-khoan")
    page.goto(f"{console.url}/ma-xac-thuc/thiet-lap")
    _well(page, width, "thiet-lap-ma")
    page.context.clear_cookies()
    page.goto(f"{console.url}/dang-nhap")
    _well(page, width, "dang-nhap")
    page.goto(f"{console.url}/lien-ket/{a_link(console.home, 'an')}")
    _well(page, width, "duong-dan")
    page.context.close()


def test_a_newcomer_gets_in_by_link_sets_codes_up_and_comes_back_with_one(
    console: Console, chromium: Browser
) -> None:
    """By keyboard alone."""
    page = _page(chromium, 390)
    page.goto(f"{console.url}/lien-ket/{a_link(console.home, 'an')}")
    page.locator("[name=password]:focus").wait_for()  # a browser gives it with its first frame
    page.keyboard.type(NEW)
    page.keyboard.press("Tab")
    page.keyboard.type(NEW)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{console.url}/")
    page.goto(f"{console.url}/ma-xac-thuc/thiet-lap")
    box, dots = (page.locator(f".qr {x}").bounding_box() for x in ("svg", "path.qrline"))
    assert box is not None
    assert dots is not None
    # whole, large enough for a camera, with the white edge that it needs
    assert box["width"] >= 200
    assert box["x"] + 8 < dots["x"] < dots["x"] + dots["width"] < box["x"] + box["width"] - 8
    page.fill("[name=code]", code_now(console.home, "an"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/tai-khoan?xong=ma")
    page.click("text=Đăng xuất")
    page.wait_for_url("**/dang-nhap?xong=ra")
    console.world.clock.advance(60)

    page.fill("[name=name]", "an")
    page.fill("[name=password]", NEW)
    page.keyboard.press("Enter")
    page.wait_for_url("**/ma-xac-thuc")
    _well(page, 390, "ma-xac-thuc")
    page.locator("[name=code]:focus").wait_for()
    page.keyboard.type(code_now(console.home, "an"))
    page.keyboard.press("Enter")

    page.wait_for_url(f"{console.url}/")
    assert "Tổng quan" in page.inner_text("h1")
    page.context.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_an_alarm_is_taken_with_one_press(
    console: Console, chromium: Browser, script: bool
) -> None:
    page = _page(chromium, 390, script=script)
    page.goto(f"{console.url}/dang-nhap")
    page.fill("[name=name]", "binh")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{console.url}/")
    serious = page.locator(".alarms .serious")
    assert "đĩa /du-lieu" in serious.inner_text()

    serious.get_by_role("button").click()

    page.wait_for_url("**/?xong=xu-ly")
    assert "Người binh" in page.locator(".alarms .serious").inner_text()
    with console.home.store.read() as session:
        assert session.scalars(select(Alarm.acked_by).where(Alarm.cause == "disk")).one() == "binh"
    page.context.close()


def test_the_overview_renews_itself_and_keeps_the_focus(
    console: Console, chromium: Browser
) -> None:
    page = _page(chromium, 1440)
    page.clock.install()
    page.goto(f"{console.url}/dang-nhap")
    page.fill("[name=name]", "binh")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{console.url}/")
    page.locator(".alarms button").first.focus()
    with console.home.store.write() as session:
        raise_alarm(session, console.world.clock.now(), "new", "bug", "warning", "vừa mới xảy ra")

    with page.expect_response("**/tong-quan/moi"):
        page.clock.run_for(31_000)

    page.get_by_text("vừa mới xảy ra", exact=True).wait_for()
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    assert page.said == []  # type: ignore[attr-defined]
    page.context.close()


def test_the_log_is_found_without_accents_and_leads_to_a_story(
    console: Console, chromium: Browser
) -> None:
    page = console.signed_in(chromium, 768)
    page.goto(f"{console.url}/nhat-ky")
    every = page.locator("table.log tbody tr").count()

    page.fill("[name=text]", "gia danh CONG an")
    page.select_option("[name=channel]", "sms")
    page.keyboard.press("Tab")
    page.click("text=Lọc")
    page.wait_for_url("**text=gia**")

    found = page.locator("table.log tbody tr").count()
    assert 1 <= found < every
    page.locator("table.log a").first.click()
    page.wait_for_url("**/nhat-ky/*-*")
    story = page.inner_text(".story")
    assert "Thử lần 1" in story
    page.goto(f"{console.url}/nhat-ky?text=khongcogi")
    assert "Không có lượt nào như vậy" in page.inner_text("main")
    page.context.close()


def test_the_log_comes_down_as_files(
    console: Console, chromium: Browser, tmp_path: Path
) -> None:
    page = console.signed_in(chromium, 1440)
    page.goto(f"{console.url}/nhat-ky")
    for name in ("Excel", "CSV"):
        with page.expect_download() as down:
            page.get_by_role("link", name=name, exact=True).click()
        down.value.save_as(tmp_path / down.value.suggested_filename)

    text = (tmp_path / "nhat-ky-phat.csv").read_bytes()
    assert text.startswith("\ufeffNgày,Lúc,Kênh".encode())
    assert (tmp_path / "nhat-ky-phat.xlsx").read_bytes().startswith(b"PK")
    page.context.close()
