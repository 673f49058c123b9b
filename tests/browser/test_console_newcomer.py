"""From the link that `make run` prints to one's own item in tonight's slot, reading nothing."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from console.run import prepare
from console.server import Servers
from tests.browser.test_console_campaigns_seen import _well
from tests.browser.test_console_seen import NEW, _page
from tests.conftest import START
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import Home
from worker.models import Approval, Pin
from worker.office import Office
from worker.planner.store import replan
from worker.settings import PRODUCT, from_environment
from worker.users.commands import PATH
from worker.users.first import first_link

#: nobody listens there: what is only looked at sends nothing
NOWHERE = "http://127.0.0.1:9"
PLACE = "thôn Trại Ba"
TITLE = "Có kẻ giả danh công an gọi điện dọa bà con"
#: of the sample's programme, this evening's golden hour is open to these
CHANNELS = ("Trang Facebook", "Cổng thông tin điện tử", "Trang tĩnh và nguồn tin Atom")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A first start on the sample, at eight in the morning."""
    shutil.copytree(PRODUCT / "content", tmp_path / "content")
    shutil.copy(PRODUCT / "schedules.toml", tmp_path)
    for name, value in (("HOME", str(tmp_path)), ("PORT", "0"), ("PUBLIC_PORT", "0")):
        monkeypatch.setenv(f"GIOVANG_{name}", value)
    settings = from_environment()
    home = Home(settings, Store(settings.database_url), VirtualClock(START))
    prepare(home)
    replan(home.store, START, "lich")
    yield home
    home.close()


@pytest.fixture
def servers(home: Home) -> Iterator[Servers]:
    office = Office(home.settings, home.store, home.clock, True, NOWHERE, home.programme()).open()
    running = Servers(home, lambda: office)
    running.start()
    yield running
    running.stop()


@dataclass
class Hand:
    """What a newcomer does, counted."""

    page: Page
    presses: int = 0
    fields: int = 0
    seen: list[str] = field(default_factory=list)

    def press(self, what: Locator) -> None:
        self.presses += 1
        with self.page.expect_navigation():
            what.first.click()

    def type(self, name: str, value: str) -> None:
        self.fields += 1
        self.page.fill(f"[name={name}]", value)

    def look(self, width: int, name: str) -> None:
        self.seen.append(name)
        _well(self.page, width, f"nguoi-moi-{len(self.seen)}-{name}")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_newcomer_has_an_item_in_tonights_slot_in_eight_presses(
    home: Home, servers: Servers, chromium: Browser, width: int
) -> None:
    page = _page(chromium, width)
    hand = Hand(page)
    button, link = (lambda name: page.get_by_role("button", name=name)), (
        lambda name: page.get_by_role("link", name=name))
    page.goto(f"{servers.inner_url}{PATH}{first_link(home)}")
    hand.type("password", NEW)
    hand.type("again", NEW)
    hand.press(button("Đặt mật khẩu và vào"))
    hand.look(width, "tong-quan")
    hand.press(link("Soạn tin từ mẫu"))
    hand.look(width, "mau")
    hand.press(link("Dùng mẫu này"))
    hand.type("fact_noi_xay_ra", PLACE)
    expect(page.locator(".look", has_text="Trang Facebook")).to_contain_text(PLACE)
    hand.press(button("Lưu và trình duyệt"))
    expect(page.get_by_role("heading", name="Việc tiếp theo")).to_be_visible()
    assert page.locator(".look").count() == 5
    hand.look(width, "da-trinh")
    hand.press(button("Tập huấn: đóng vai"))
    hand.press(button(re.compile("^Duyệt")))
    hand.look(width, "da-duyet")
    hand.press(link("Xếp vào giờ vàng"))
    hand.look(width, "chon-gio")
    hand.press(button(re.compile("Xếp vào đây.*Giờ vàng buổi tối.*24.11.2026")))

    page.wait_for_url("**/lich-phat/2026-11-24/*?xong=xep-tin")
    expect(page.locator("main").get_by_role("heading", name=TITLE)).to_be_visible()
    for name in CHANNELS:
        shown = page.locator("tr", has_text=name)
        expect(shown).to_contain_text("chờ phát")
        expect(shown.get_by_text(PLACE).first).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("<p>")  # words, not the article's markup
    hand.look(width, "da-xep")
    assert (hand.presses, hand.fields) == (8, 3)
    hand.press(button("Trở lại vai của mình"))
    expect(page.locator(".me")).to_contain_text("Quản trị tập huấn")
    with home.store.read() as session:
        yes = session.scalars(select(Approval).order_by(Approval.id.desc())).first()
        assert yes is not None
        assert (yes.author, yes.approver) == ("quan-tri", "lanh-dao")
        assert session.scalars(select(Pin.slot)).all() == ["toi"]
    assert page.said == []  # type: ignore[attr-defined]
    page.context.close()
