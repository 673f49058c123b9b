"""Duyệt in a real Chromium: three widths, a leader's phone, and without script."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from tests.accounts import PASSWORD, an_account
from tests.browser.test_console_seen import WIDTHS, Console, _page, _well
from tests.builders import an_item, settings_for
from tests.store.world import NOON, World
from worker.home import in_force
from worker.items import approval, authority
from worker.items.authority import Wish
from worker.items.codes import short_code
from worker.items.model import ItemContent
from worker.items.store import import_items
from worker.models import Approval, Item, ItemVersion, Person

LONG = ("Công an, ngân hàng, bưu điện không bao giờ gọi điện thoại yêu cầu chuyển tiền, đọc mã "
        "OTP hay cài ứng dụng lạ. Gặp cuộc gọi như vậy, bà con tắt máy, rồi báo {{ cong_an }}. ")


def _submit(world: World, *items: ItemContent) -> None:
    now = world.clock.now()
    with world.store.write() as s:
        programme = in_force(s).programme
        import_items(s, now, items, "soan")
        for item in items:
            approval.submit(s, now, programme, settings_for(world.var), item.id,
                            world.people["soan"])


@pytest.fixture
def console(world: World) -> Iterator[Console]:
    """Something urgent, something changed, something too long for SMS; two leaders, a deputy."""
    _submit(
        world,
        an_item("kc-01", title="Lũ quét trên sông Lục Nam, sơ tán ngay", priority="khan_cap",
                body="Nước lên nhanh. Bà con ven sông lên nhà văn hóa thôn. Gọi 112."),
        an_item(body="Công an không làm việc qua mạng. Báo {{ cong_an }}, gọi 113 ngay.",
                source="Công an xã Lục Ngạn", legal_basis=["Kế hoạch 15/KH-UBND"]),
        an_item("td-05", title="Giả danh ngân hàng báo khóa thẻ", body=LONG * 2,
                priority="uu_tien"))
    made = Console(world)
    an_account(made.home, "lanh-dao", "nguoi_duyet")
    an_account(made.home, "pho", "truc_dai")
    with world.store.write() as s:
        today = NOON.date()
        for days, leader in ((7, "lanh-dao"), (2, "duyet")):
            number = authority.delegate(s, world.clock.now(), s.get_one(Person, leader), Wish(
                leader, "pho", today, today + timedelta(days=days), ("thong_thuong", "uu_tien"),
                "12/UQ-TTVH", today))
        authority.revoke(s, world.clock.now(), s.get_one(Person, "duyet"), number)
    yield made
    made.close()


def _leader(console: Console, browser: Browser, width: int, *, script: bool = True) -> Page:
    page = _page(browser, width, script=script)
    page.goto(f"{console.url}/dang-nhap")
    page.fill("[name=name]", "lanh-dao")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{console.url}/")
    return page


def _state(console: Console, item: str) -> str:
    with console.home.store.read() as s:
        return s.get_one(Item, item).state


def test_every_page_is_whole_at_every_width(console: Console, chromium: Browser) -> None:
    for width in WIDTHS:
        page = _leader(console, chromium, width)
        page.goto(f"{console.url}/duyet")
        _well(page, width, "duyet")
        page.get_by_text("Trả lại để sửa").first.click()
        page.goto(f"{console.url}/duyet/td-01")
        _well(page, width, "duyet-mot-tin")
        page.goto(f"{console.url}/duyet/tuan")
        page.get_by_text("Đọc các lời").first.click()
        _well(page, width, "duyet-tuan")
        page.goto(f"{console.url}/duyet/uy-quyen")
        page.get_by_text("Thôi ủy quyền").first.click()
        _well(page, width, "duyet-uy-quyen")
        page.context.close()


def test_a_leader_judges_on_the_phone_without_script(
    console: Console, chromium: Browser
) -> None:
    page = _leader(console, chromium, 390, script=False)
    page.get_by_text("Mục lục", exact=True).click()
    page.get_by_role("link", name="Duyệt", exact=True).click()
    page.wait_for_url("**/duyet")
    assert page.locator("article h2").all_inner_texts() == [
        "Lũ quét trên sông Lục Nam, sơ tán ngay", "Giả danh ngân hàng báo khóa thẻ",
        "Giả danh công an"]

    # one of two for what is urgent
    urgent = page.locator("article").first
    assert "0/2 người duyệt" in urgent.inner_text()
    urgent.get_by_role("button", name="Duyệt", exact=False).first.click()
    page.wait_for_url("**/duyet?xong=duyet-1")
    assert "1/2 người duyệt" in page.locator("article").first.inner_text()

    # back to its author, with the reason
    long = page.locator("article", has_text="khóa thẻ")
    long.get_by_text("Trả lại để sửa").click()
    long.get_by_label("Lý do").first.fill("Rút gọn còn một tin SMS")
    long.get_by_role("button", name="Trả lại", exact=True).click()
    page.wait_for_url("**/duyet?xong=tra-lai")
    assert _state(console, "td-05") == "returned"

    # the rest by the week
    page.get_by_role("link", name="Duyệt cả tuần").click()
    page.get_by_label("Giả danh công an").check()
    page.get_by_role("button", name="Duyệt các tin đã tích").click()
    page.wait_for_url("**/duyet/tuan?xong=duyet*")
    assert _state(console, "td-01") == "approved"
    page.context.close()


def test_a_signed_sheet_is_recorded_from_the_page(console: Console, chromium: Browser) -> None:
    page = console.signed_in(chromium, 768)
    page.goto(f"{console.url}/duyet/td-01")
    with page.expect_download() as down:
        page.get_by_role("link", name="Tải phiếu PDF").click()
    assert down.value.suggested_filename == "phieu-trinh-duyet-td-01-ban-2.pdf"
    with console.home.store.read() as s:
        sha256 = s.get_one(ItemVersion, ("td-01", 2)).renditions_sha256 or ""
    page.get_by_text("Ghi nhận phiếu đã ký", exact=True).click()
    page.get_by_label("Người ký duyệt").select_option("lanh-dao")
    page.get_by_label("Số phiếu").fill("15/PTD")
    page.get_by_label("Ngày ký").fill("24/11/2026")
    page.get_by_label("Mã đối chiếu in trên phiếu").fill("1111 1111 1111 1111")
    scan = {"name": "phieu.png", "mimeType": "image/png", "buffer": b"\x89PNG quet"}
    page.get_by_label("Bản quét phiếu đã ký").set_input_files(scan)  # type: ignore[arg-type]
    page.get_by_role("button", name="Ghi nhận đã duyệt").click()
    page.get_by_text("Mã không khớp lời đang trình").wait_for()
    assert page.get_by_label("Số phiếu").input_value() == "15/PTD"
    _well_after_mistake(page)

    page.get_by_label("Mã đối chiếu in trên phiếu").fill(short_code(sha256).lower())
    page.get_by_label("Bản quét phiếu đã ký").set_input_files(scan)  # type: ignore[arg-type]
    page.get_by_role("button", name="Ghi nhận đã duyệt").click()

    page.wait_for_url("**/duyet?xong=phieu")
    with console.home.store.read() as s:
        yes = s.scalars(select(Approval).order_by(Approval.id.desc())).first()
        assert yes is not None
        assert (yes.approver, yes.recorded_by) == ("lanh-dao", "binh")
    page.context.close()


def _well_after_mistake(page: Page) -> None:
    """The answer 400 is in the browser's console, and that is all that is."""
    said: list[str] = page.said  # type: ignore[attr-defined]
    assert [line for line in said if "400" not in line] == []
    said.clear()
    _well(page, 768, "duyet-phieu")
