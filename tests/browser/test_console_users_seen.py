"""Người dùng, Nhật ký thao tác as an administrator sees them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.accounts import PASSWORD, an_account
from tests.browser.test_console_seen import WIDTHS, Console, _page, _well
from tests.store.world import World
from worker.models import UserAccount
from worker.people import add_person
from worker.users import desk


@pytest.fixture
def console(world: World) -> Iterator[Console]:
    made = Console(world)
    an_account(made.home, "chi", "nguoi_duyet")
    with made.home.store.write() as session:
        session.get_one(UserAccount, "chi").totp = "x"
        session.get_one(UserAccount, "chi").totp_at = made.home.clock.now()
        for n, name in enumerate(["Nguyễn Thị Hồng Đào", "Trần Văn Ánh", "Lê Ân", "Đỗ Dũng"]):
            desk.welcome(session, made.home, f"nguoi-{n}", name, ["nguoi_soan", "truc_dai"],
                         "luc-ngan", "binh")
        add_person(session, made.home, "vu-bac", "Vũ Bắc", ["kiem_tra"], "binh")
        desk.lock(session, made.home.clock.now(), "nguoi-3", "binh")
    yield made
    made.close()


def test_the_pages_are_whole_at_every_width(console: Console, chromium: Browser) -> None:
    for width in WIDTHS:
        _whole(console, chromium, width)


def _whole(console: Console, chromium: Browser, width: int) -> None:
    page = console.signed_in(chromium, width)
    page.goto(f"{console.url}/nguoi-dung")
    _well(page, width, "nguoi-dung")
    names = page.locator("table.log a").all_inner_texts()
    mine = ["Trần Văn Ánh", "Lê Ân", "Vũ Bắc", "Đỗ Dũng", "Nguyễn Thị Hồng Đào"]
    assert [name for name in names if name in mine] == mine
    page.click("summary")
    page.fill("form[action='/nguoi-dung'][method=post] [name=name]", "Bùi Thị Chanh")
    page.click("text=Thêm và lấy đường dẫn")
    page.get_by_text("chưa chọn vai trò nào").wait_for()
    page.said.clear()  # type: ignore[attr-defined]  # Chromium says that it was a 400
    _well(page, width, "nguoi-dung-thieu")
    page.check("input[value=nguoi_soan]")
    page.click("text=Thêm và lấy đường dẫn")
    page.locator("#duong-dan").wait_for()
    page.click("text=Sao chép")
    page.get_by_text("Đã chép").wait_for()
    _well(page, width, "nguoi-dung-duong-dan")
    page.goto(f"{console.url}/nguoi-dung/chi")
    page.click("text=Khóa người dùng")
    _well(page, width, "mot-nguoi-dung")
    page.goto(f"{console.url}/nhat-ky-thao-tac")
    _well(page, width, "nhat-ky-thao-tac")
    page.goto(f"{console.url}/nhat-ky-thao-tac/kiem-chuoi")
    _well(page, width, "kiem-chuoi")
    page.context.close()


def test_a_user_is_added_and_locked_without_script(console: Console, chromium: Browser) -> None:
    page = _page(chromium, 390, script=False)
    page.goto(f"{console.url}/dang-nhap")
    page.fill("[name=name]", "binh")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{console.url}/")
    page.goto(f"{console.url}/nguoi-dung")
    page.click("summary")
    page.fill("form[action='/nguoi-dung'][method=post] [name=name]", "Bùi Thị Chanh")
    page.check("input[value=nguoi_duyet]")
    page.click("text=Thêm và lấy đường dẫn")
    link = page.input_value("#duong-dan")
    assert "/lien-ket/" in link
    assert not page.locator("text=Sao chép").is_visible()
    page.click("text=Xong")
    page.wait_for_url("**/nguoi-dung/bui-thi-chanh")
    page.click("text=Khóa người dùng")
    page.click("button:text-is('Khóa')")

    page.wait_for_url("**xong=khoa")
    assert "Đã khóa" in page.inner_text("main")
    assert page.goto(link).status == 404
    page.context.close()
