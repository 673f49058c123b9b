"""Lịch phát in a real Chromium: three widths, drag, keys, and the same by form without script."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from tests.accounts import PASSWORD
from tests.browser.test_console_seen import WIDTHS, Console, _page, _well
from tests.builders import an_item
from tests.store.world import World
from worker.models import Pin, SeriesDay

SECOND = "Giả danh ngân hàng"
FRIDAY, SATURDAY = date(2026, 11, 27), date(2026, 11, 28)


@pytest.fixture
def console(world: World) -> Iterator[Console]:
    world.approved(an_item("td-02", title=SECOND))
    world.plan()
    made = Console(world)
    yield made
    made.close()


def pins(console: Console) -> list[tuple[str, str, date]]:
    with console.home.store.read() as session:
        return [(p.item_id, p.slot, p.local_date) for p in session.scalars(
            select(Pin).order_by(Pin.local_date))]


def place(page: Page, day: date, slot: str) -> str:
    return f'[data-to^="{day}/{slot}/"]'


def test_the_calendar_is_whole_at_every_width(console: Console, chromium: Browser) -> None:
    for width in WIDTHS:
        _whole(console, chromium, width)


def _whole(console: Console, chromium: Browser, width: int) -> None:
    page = console.signed_in(chromium, width)
    page.goto(f"{console.url}/lich-phat")
    page.click("text=Ký hiệu")
    _well(page, width, "lich-phat")
    page.goto(f"{console.url}/lich-phat/thang")
    _well(page, width, "lich-phat-thang")
    page.goto(f"{console.url}/lich-phat/2026-11-27/trua")
    page.get_by_text("Chuyển sang chỗ khác").click()
    _well(page, width, "lich-phat-gio")
    page.get_by_role("link", name="Xếp tin khác").click()
    page.get_by_text("Lặp lại hằng tuần").click()
    _well(page, width, "lich-phat-chon")
    page.get_by_role("button", name=SECOND).click()
    page.get_by_role("button", name="Vẫn xếp").wait_for()
    _well(page, width, "lich-phat-xem-lai")
    page.context.close()


def test_an_item_is_dragged_to_another_place_and_carried_by_keys(
    console: Console, chromium: Browser
) -> None:
    page = console.signed_in(chromium, 1440)
    page.goto(f"{console.url}/lich-phat")
    page.click("text=Tin đã duyệt để kéo vào lịch")

    # by pointer, onto a slot of Saturday where nothing airs
    grip = page.locator(".hand .grip", has_text=SECOND).bounding_box()
    to = page.locator(place(page, SATURDAY, "chieu")).bounding_box()
    assert grip is not None
    assert to is not None
    page.mouse.move(grip["x"] + 9, grip["y"] + 9)
    page.mouse.down()
    page.mouse.move(to["x"] + 20, to["y"] + 9, steps=5)
    assert page.locator(".ghost").inner_text() == SECOND
    page.mouse.up()
    page.get_by_role("button", name="Vẫn xếp").click()
    page.wait_for_url("**/lich-phat?ngay=2026-11-28&xong=xep-tin")
    assert pins(console) == [("td-02", "chieu", SATURDAY)]

    # by keys, a day back; let go once before
    page.locator(f'.grip[data-source="{SATURDAY}/chieu/pin:td-02"]').focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowLeft")
    said = page.locator("#noi")
    expect(said).to_contain_text("Thả vào: Buổi chiều")
    expect(said).to_contain_text("Thứ Sáu 27/11")
    page.keyboard.press("Escape")
    expect(page.locator(".target")).to_have_count(0)
    for key in ("Enter", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    page.get_by_role("button", name="Vẫn xếp").click()
    page.wait_for_url("**/lich-phat?ngay=2026-11-27&xong=xep-tin")

    assert pins(console) == [("td-02", "chieu", FRIDAY)]
    assert page.said == []  # type: ignore[attr-defined]
    page.context.close()


def test_without_script_a_phone_pins_weekly_moves_one_day_and_takes_it_off(
    console: Console, chromium: Browser
) -> None:
    page = _page(chromium, 390, script=False)
    page.goto(f"{console.url}/dang-nhap?next=/lich-phat")
    page.fill("[name=name]", "binh")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{console.url}/lich-phat")  # `**` would be the log-in's own address, too
    assert page.locator(".grip:visible").count() == 0
    page.locator(f'a[href="/lich-phat/{FRIDAY}/chieu/chon-tin"]').click()
    page.fill("[name=tim]", "ngan hang")
    page.get_by_role("button", name="Tìm").click()
    page.wait_for_url("**tim=ngan**")
    page.get_by_text("Lặp lại hằng tuần").click()
    page.fill("[name=until]", "18/12/2026")
    page.get_by_role("button", name="Xếp tin này").click()
    page.get_by_role("button", name="Vẫn xếp").click()
    page.wait_for_url(f"**/lich-phat/{FRIDAY}/chieu?xong=xep-tin")
    page.get_by_text("Chuyển sang chỗ khác").click()
    page.fill("[name=day]", f"{SATURDAY:%d/%m/%Y}")
    page.get_by_role("button", name="Chuyển", exact=True).click()
    page.get_by_role("button", name="Vẫn xếp").click()
    page.wait_for_url(f"**/lich-phat/{SATURDAY}/chieu?xong=xep-tin")
    assert pins(console) == [("td-02", "chieu", SATURDAY)]
    page.get_by_role("button", name="Bỏ xếp").click()
    page.wait_for_url(f"**/lich-phat/{SATURDAY}/chieu?xong=bo-xep")

    with console.home.store.read() as session:
        days = session.execute(select(SeriesDay.local_date, SeriesDay.left_out_by)
                               .order_by(SeriesDay.local_date)).all()
    week = timedelta(days=7)
    assert [tuple(row) for row in days] == [
        (FRIDAY, "binh"), *((FRIDAY + n * week, None) for n in (1, 2, 3))]
    assert pins(console) == []
    page.context.close()
