"""A dispatcher's day in a real Chromium: numbers in, a campaign out, watched as it goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accounts import PASSWORD, an_account
from tests.browser.test_console_seen import SHOTS, WIDTHS, Console, _page
from tests.browser.test_console_seen import _well as _wholly_well
from tests.store.campaigns.bed import Bed, a_bed
from tests.store.campaigns.world import Campaigns, campaigns
from tests.store.world import World

HERE = "/dot-nhan-tin"


@pytest.fixture
def console(world: World) -> Iterator[Console]:
    made = Console(world)
    an_account(made.home, "duyet", "nguoi_duyet")
    yield made
    made.close()


@pytest.fixture
def bed(console: Console) -> Bed:
    """A gateway that takes messages while the page looks on."""
    return a_bed(console.world)


def signed_in(console: Console, browser: Browser, name: str, *, script: bool = True) -> Page:
    page = _page(browser, 1440, script=script)
    page.goto(f"{console.url}/dang-nhap")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{console.url}/")
    return page


def _well(page: Page, width: int, name: str) -> None:
    """As everywhere; axe, which takes its time, once a page, where it is narrowest."""
    if width == min(WIDTHS):
        _wholly_well(page, width, name)
        return
    page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert page.said == [], name  # type: ignore[attr-defined]


def a_file(folder: Path, count: int = 2000) -> Path:
    path = folder / "ho-dan.csv"
    rows = [f"{n};0950{n:06d};Nguyễn Văn An {n};Thôn {n % 9}" for n in range(1, count + 1)]
    more = [f"{count + 1};0950000001;trùng;", f"{count + 2};02413885113;cố định;"]
    path.write_text("\n".join(["STT;Điện thoại;Họ và tên;Thôn", *rows, *more, ""]),
                    encoding="utf-8")
    return path


def _over(page: Page, button: str, *, script: bool) -> None:
    """A work is over, and asks; without script the page that says how far it is is renewed."""
    asks, again = (page.get_by_role("button", name=button),
                   page.get_by_role("link", name="Xem lại", exact=True))
    asks.or_(again).wait_for()
    while not script and again.is_visible():
        with page.expect_navigation():
            again.click()
    asks.wait_for()


def bring_in(page: Page, console: Console, file: Path, *, script: bool = True) -> None:
    page.goto(f"{console.url}{HERE}/danh-sach/moi")
    page.set_input_files("[name=file]", file)
    page.get_by_role("button", name="Tải lên").click()
    page.wait_for_url("**/danh-sach/tep/*")
    for name, value in [("ordered_by", "UBND xã Lục Ngạn"), ("document", "12/KH-UBND"),
                        ("date", "20/11/2026"), ("expires", "31/01/2027"),
                        ("source", "sổ hộ dân")]:
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name="Đọc tệp").click()
    _over(page, "Nhận danh sách này", script=script)


def test_numbers_are_brought_in_and_a_campaign_goes_out_without_script(
    console: Console, bed: Bed, chromium: Browser, tmp_path: Path
) -> None:
    """From the file to the last message: two persons, a trial, a pause, each look by a press.
    With script: test_console_dispatcher.py."""
    count = 600
    page = signed_in(console, chromium, "binh", script=False)
    bring_in(page, console, a_file(tmp_path, count), script=False)
    shown = f"{count:,}".replace(",", ".")
    assert f"{shown} số nhận được" in page.inner_text("main")
    page.get_by_role("button", name="Nhận danh sách này").click()
    page.wait_for_url(f"**{HERE}/danh-sach/1?*")

    page.get_by_role("link", name="Lập đợt nhắn tin tới danh sách này").click()
    page.select_option("[name=item]", "td-01")
    page.get_by_text("Giá, trần chi phí, tài khoản").click()
    page.fill("[name=dong_per_part]", "350")
    page.get_by_role("button", name="Tính thử").click()
    _over(page, "Lập đợt này", script=False)
    page.get_by_text(f"{350 * count:,}".replace(",", ".")).wait_for()
    page.get_by_role("button", name="Lập đợt này").click()
    page.wait_for_url(f"**{HERE}/1?*")

    other = signed_in(console, chromium, "duyet", script=False)
    other.goto(f"{console.url}{HERE}/1")
    other.get_by_text("Duyệt đợt này").click()
    other.get_by_role("button", name="Tôi duyệt").click()
    other.wait_for_url("**xong=dot-duyet")
    other.context.close()

    page.goto(f"{console.url}{HERE}/1")
    page.locator("summary", has_text="Bắt đầu").click()
    page.get_by_role("button", name="Bắt đầu gửi").click()
    page.wait_for_url("**xong=dot-chay")
    runner = bed.run(turns=2000)
    assert bed.states() == {"accepted": 500, "waiting": count - 500}
    page.get_by_role("link", name="Cập nhật").click()
    expect(page.locator("#tien-do")).to_contain_text(f"500 / {shown} số")
    expect(page.locator("main")).to_contain_text("tốt thì cho chạy tiếp")
    page.get_by_role("button", name="Chạy tiếp").click()
    page.wait_for_url("**xong=dot-chay-tiep")
    page.get_by_role("button", name="Tạm dừng").click()
    page.wait_for_url("**xong=dot-tam-dung")
    bed.run(runner)
    assert bed.states()["accepted"] == 500
    page.get_by_role("button", name="Tiếp tục").click()
    page.wait_for_url("**xong=dot-tiep-tuc")
    bed.run(runner, turns=4000)
    assert bed.states() == {"accepted": count}
    page.get_by_role("link", name="Cập nhật").click()
    expect(page.locator("#tien-do")).to_contain_text(f"{shown} / {shown} số")
    assert page.said == []  # type: ignore[attr-defined]
    page.context.close()


def _seen(console: Console) -> tuple[Campaigns, int]:
    """A campaign with every outcome there is, on a list with a hostile name."""
    made = campaigns(console.world)
    people = [f"0950000{n:03d}" for n in range(60)]
    made.wish(people[59], "opt_out")
    number = made.running(made.a_list(people), trial=20)
    for state, rows in [("delivered", range(1, 31)), ("accepted", range(31, 40)),
                        ("rejected", range(40, 44)), ("exhausted", range(44, 46)),
                        ("uncertain", range(46, 49))]:
        made.reached(number, state, *rows)
    return made, number


def test_every_page_of_campaigns_is_whole_at_every_width(
    console: Console, chromium: Browser, tmp_path: Path
) -> None:
    made, number = _seen(console)
    draft = made.draft(made.a_list(["0950002001"]))
    page = console.signed_in(chromium, 1440)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if width == WIDTHS[1]:  # between the two: what changes there are tables and pairs
            for path, name in [("", "dot"), (f"/{number}", "mot-dot"), ("/tu-choi", "tu-choi")]:
                page.goto(f"{console.url}{HERE}{path}")
                _well(page, width, name)
            continue
        for path, name in [
            ("", "dot"), (f"/{number}", "mot-dot"), (f"/{draft}", "dot-cho-duyet"),
            ("/moi", "lap-dot"), ("/danh-sach", "danh-sach"), ("/danh-sach/1", "mot-danh-sach"),
            ("/danh-sach/moi", "tai-len"), ("/tu-choi", "tu-choi"), ("/tim-so", "tim-so"),
            ("/vung", "don-vung"),
        ]:
            page.goto(f"{console.url}{HERE}{path}")
            _well(page, width, name)
        _steps(page, console, width, tmp_path)
    page.context.close()


def _steps(page: Page, console: Console, width: int, folder: Path) -> None:
    """What comes of forms: the columns, a mistake, the counts, the estimate, a number found."""
    page.goto(f"{console.url}{HERE}/danh-sach/moi")
    page.set_input_files("[name=file]", a_file(folder, 30))
    page.get_by_role("button", name="Tải lên").click()
    page.wait_for_url("**/danh-sach/tep/*")
    _well(page, width, "cot")
    bring_in(page, console, a_file(folder, 30))
    _well(page, width, "doc-xong")
    page.get_by_role("button", name="Bỏ, không giữ gì").click()
    page.wait_for_url("**/danh-sach?xong=ds-bo")
    page.goto(f"{console.url}{HERE}/moi")
    page.select_option("[name=item]", "td-01")
    page.fill("[name=closes]", "25:99")
    page.check("[name=list] >> nth=0")
    page.get_by_role("button", name="Tính thử").click()
    page.locator("#loi-closes").wait_for()
    _well_but_for_status(page, width, "lap-dot-sai")
    page.fill("[name=closes]", "")
    page.get_by_role("button", name="Tính thử").click()
    page.get_by_role("button", name="Lập đợt này").wait_for()
    _well(page, width, "xem-truoc")
    page.get_by_role("button", name="Sửa lại").click()
    page.wait_for_url(f"**{HERE}/moi/*/sua")
    page.goto(f"{console.url}{HERE}/tim-so")
    page.fill("form[action$=tim-so] [name=number]", "0950000003")
    page.get_by_role("button", name="Tìm", exact=True).click()
    page.get_by_text("•••••••003").wait_for()
    _well(page, width, "tim-thay")


def _well_but_for_status(page: Page, width: int, name: str) -> None:
    """A browser itself writes of a 400 into its console."""
    page.said[:] = [x for x in page.said if "400" not in x]  # type: ignore[attr-defined]
    _well(page, width, name)
