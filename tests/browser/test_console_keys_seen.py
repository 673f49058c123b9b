"""API keys as an administrator sees them: a real Chromium, phone, tablet, desktop."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.accounts import PASSWORD, an_account
from tests.browser.test_console_seen import WIDTHS, Console, _page, _well
from tests.store.world import World


@pytest.fixture
def console(world: World) -> Iterator[Console]:
    made = Console(world)
    yield made
    made.close()


def signed_in(console: Console, page: Page) -> Page:
    page.goto(f"{console.url}/dang-nhap")
    page.fill("[name=name]", "binh")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{console.url}/")
    page.goto(f"{console.url}/khoa-api")
    return page


def make(page: Page, name: str) -> str:
    """Filled in as a person does; gives the key."""
    page.fill("[name=name]", name)
    page.select_option("[name=person]", "binh")
    page.check("[name=scopes][value=items]")
    page.click("form[action='/khoa-api'] button")
    return page.input_value("#khoa")


def test_a_key_is_made_copied_and_revoked_at_every_width(
    console: Console, chromium: Browser
) -> None:
    an_account(console.home, "dai-ten", "dieu_phoi")
    for width in WIDTHS:
        page = signed_in(console, _page(chromium, width))
        _well(page, width, "khoa-api-trong" if width == WIDTHS[0] else "khoa-api")
        if width != WIDTHS[0]:
            page.click("details.add > summary")
        token = make(page, f"Cổng thông tin điện tử {width}")
        assert token.startswith("gv_")
        page.locator("[data-copy]").wait_for()  # the page's script brings it
        _well(page, width, "khoa-api-moi")
        with page.expect_navigation():
            page.get_by_role("link", name="Xong").click()
        assert token not in page.content()
        page.click("details.confirm summary")
        _well(page, width, "khoa-api-thu-hoi")
        page.click("details.confirm button.danger")
        page.wait_for_url("**/khoa-api?xong=thu-hoi-khoa")
        assert "Đã thu hồi khóa" in page.inner_text("main")
        page.context.close()


def test_it_works_without_script_and_keeps_what_was_typed(
    console: Console, chromium: Browser
) -> None:
    page = signed_in(console, _page(chromium, 390, script=False))
    page.fill("[name=name]", "Phần mềm xã")
    page.click("form[action='/khoa-api'] button")  # nobody is chosen
    page.locator("[aria-invalid=true]").first.wait_for()
    assert page.input_value("[name=name]") == "Phần mềm xã"
    assert page.locator("[aria-invalid=true]").count() == 1

    assert make(page, "Phần mềm xã").startswith("gv_")
    page.context.close()
