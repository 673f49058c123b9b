"""Soạn tin as an author sees it: live previews, pasting from Word, a draft that survives."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image as Pictures
from playwright.sync_api import Browser, Page

from console.server import Servers
from tests.accounts import PASSWORD, an_account
from tests.builders import an_item, settings_for
from tests.store.world import World
from worker.home import Home
from worker.items.store import import_items, load_content
from worker.settings import PRODUCT

WIDTHS = [390, 768, 1440]
SHOTS = PRODUCT / "var" / "console"
#: as Word 365 puts a heading, a paragraph and two bullets on the clipboard
WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p{color:red}</style>
</head><body><!--StartFragment--><p class=MsoNormal><b>Kẻ gian
gọi điện</b><o:p></o:p></p><p class=MsoListParagraphCxSpFirst style='mso-list:l0 level1 lfo1'>
<span style='font-family:Symbol'><span style='mso-list:Ignore'>·<span>&nbsp;&nbsp;</span></span>
</span>Không nghe<o:p></o:p></p><p class=MsoListParagraphCxSpLast
style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·</span>Báo công\u200b an</p>
<!--EndFragment--></body></html>"""


@pytest.fixture
def home(world: World) -> Home:
    made = Home(replace(settings_for(world.var), var=world.var / "var", inner_port=0,
                        public_port=0), world.store, world.clock)
    an_account(made, "an", "nguoi_soan")
    an_account(made, "binh", "nguoi_soan")
    title = "Bắt nhóm giả danh công an"
    full = an_item("can-dien", title=title, requires=["so_vu"], note="Hỏi lại số vụ với công an xã",
                   body="Bắt {{ so_vu }} vụ trong tháng. Đừng chuyển tiền cho kẻ lạ. Gọi XYZQ "
                   "hoặc {{ cong_an }}.",
                   texts={"sms": "Công an không gọi điện đòi tiền [lừa đảo]. Đừng chuyển tiền. "
                          "Báo {{ cong_an }}, gọi 113. Nhắc người thân cùng biết, cảnh giác với "
                          "số lạ, không đọc mã xác thực cho bất cứ ai hỏi qua điện thoại."})
    short = an_item("can-dien", title=title, body="Bắt nhiều vụ.")
    with made.store.write() as session:
        for content, who in ((full, "an"), (short, "binh"), (full, "an")):
            import_items(session, world.clock.now(), [content], who)
    return made


@pytest.fixture
def url(home: Home, world: World) -> Iterator[str]:
    office = world.office()
    servers = Servers(home, lambda: office)
    servers.start()
    yield servers.inner_url
    servers.stop()


def _page(browser: Browser, url: str, width: int, *, script: bool = True, who: str = "an") -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900},
                                  java_script_enabled=script, locale="vi-VN")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: said.append(str(e)))
    page.said = said  # type: ignore[attr-defined]
    page.goto(f"{url}/dang-nhap")
    page.fill("[name=name]", who)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/")
    return page


def _well(page: Page, width: int, name: str, *, axe: bool = True) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"soan-tin-{name}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert page.said == [], name  # type: ignore[attr-defined]
    if axe:
        found = Axe().run(page)
        assert found.violations_count == 0, (name, found.generate_report())


def test_every_page_of_compose_is_whole(url: str, chromium: Browser) -> None:
    page = _page(chromium, url, 1440)
    for path, name in (("/soan-tin", "danh-sach"), ("/soan-tin/can-dien", "tin"),
                       ("/soan-tin/can-dien/lich-su/3", "ban"), ("/soan-tin/gop-y", "gop-y"),
                       ("/soan-tin/mau", "mau"), ("/soan-tin/can-dien/lich-su", "lich-su")):
        page.goto(f"{url}{path}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            _well(page, width, name, axe=width == 390 or name == "tin")
    page.context.close()


def test_the_preview_follows_and_never_touches_the_field(
    url: str, home: Home, chromium: Browser, tmp_path: Path
) -> None:
    """Typed, pasted from Word, kept while typing, a picture added, saved."""
    page = _page(chromium, url, 1440)
    page.goto(f"{url}/soan-tin/moi")
    page.fill("[name=title]", "Việc nhẹ lương cao")
    page.select_option("[name=theme]", "thu_doan")
    body = page.locator("[name=body]")
    body.click()
    with page.expect_response("**/soan-tin/xem"):
        page.keyboard.type("Đừng chuyển tiền. Báo {{ cong_an }}.")
    page.locator("#xem .bubble", has_text="Dung chuyen tien").first.wait_for()
    assert page.evaluate("document.activeElement.name") == "body"
    # a sign composed in place (NFD) stays as it was typed: Unikey goes on from there
    body.fill("Ke\u0309 gian")
    page.locator("#xem .fb", has_text="Kẻ gian").wait_for()
    assert body.input_value() == "Ke\u0309 gian"

    body.fill("")
    page.evaluate("""html => {
        const data = new DataTransfer();
        data.setData("text/html", html);
        data.setData("text/plain", "x");
        const field = document.querySelector("[name=body]");
        field.focus();
        field.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true,
                                                         cancelable: true}));
    }""", WORD)
    assert body.input_value() == "Kẻ gian gọi điện\n\n- Không nghe\n- Báo công an"
    page.get_by_text("Đã giữ bản nháp").wait_for()

    out = io.BytesIO()
    Pictures.new("RGB", (640, 360), (20, 80, 140)).save(out, "PNG")
    (tmp_path / "anh.png").write_bytes(out.getvalue())
    page.click("summary:has-text('Thêm ảnh')")
    page.set_input_files("[name=picture]", tmp_path / "anh.png")
    page.fill("[name=picture_alt]", "Tờ rơi cảnh báo")
    page.fill("[name=picture_source]", "Đài xã")
    page.click("button[value=anh]")
    page.locator(".fb img").wait_for()
    _well(page, 1440, "moi")
    page.click("button[value=luu]")
    page.wait_for_url("**/soan-tin/viec-nhe-luong-cao?xong=da-luu")

    with home.store.read() as session:
        content = load_content(session, "viec-nhe-luong-cao")
    assert content.body == "Kẻ gian gọi điện\n\n- Không nghe\n- Báo công an"
    assert content.images[0].source == "Đài xã"
    page.context.close()


def test_a_session_that_ends_loses_nothing_and_the_script_is_heard(
    url: str, chromium: Browser
) -> None:
    page = _page(chromium, url, 1440)
    page.goto(f"{url}/soan-tin/can-dien")
    page.click("#nghe")
    page.locator("#tieng audio").wait_for(timeout=120_000)  # espeak, on a busy machine
    assert page.evaluate("""new Promise(done => {
        const sound = document.querySelector('audio');
        sound.onerror = () => done(0);
        if (sound.readyState) done(sound.duration);
        sound.onloadedmetadata = () => done(sound.duration);
    })""") > 3
    kept = page.context.cookies()

    page.context.clear_cookies()
    page.fill("[name=summary]", "Gõ sau khi hết phiên")
    page.get_by_text("Phiên đăng nhập đã hết").wait_for()
    page.click("button[value=luu]")  # does not leave the page
    assert page.input_value("[name=summary]") == "Gõ sau khi hết phiên"
    page.context.add_cookies(kept)
    page.get_by_text("Đã giữ bản nháp").wait_for()
    page.goto(f"{url}/soan-tin")
    assert "Bản nháp bạn chưa lưu" in page.inner_text("main")
    page.goto(f"{url}/soan-tin/can-dien")

    assert page.input_value("[name=summary]") == "Gõ sau khi hết phiên"
    page.context.close()


def test_two_persons_and_no_script(url: str, home: Home, chromium: Browser) -> None:
    """An older version saved over a newer one shows both; without script a button previews."""
    mine = _page(chromium, url, 390)
    hers = _page(chromium, url, 390, script=False, who="binh")
    for page, words in ((mine, "Lời của An"), (hers, "Lời của Bình")):
        page.goto(f"{url}/soan-tin/can-dien")
        page.fill("[name=text_facebook]", words)
    mine.get_by_text("Đã giữ bản nháp").wait_for()
    hers.click("button[value=xem]")
    hers.locator("#xem .fb", has_text="Lời của Bình").wait_for()
    assert "Người an đang sửa tin này" in hers.inner_text("#nguoi-khac")
    hers.click("button[value=luu]")
    hers.wait_for_url("**?xong=da-luu")

    mine.click("button[value=luu]")

    mine.get_by_text("Người binh vừa lưu bản 4").wait_for()
    mine.said.clear()  # type: ignore[attr-defined]  # that it was answered 409
    _well(mine, 390, "hai-nguoi")
    mine.check("[name=take]")
    mine.click("button[value=luu]")
    mine.wait_for_url("**?xong=da-luu")
    with home.store.read() as session:
        assert load_content(session, "can-dien").texts["facebook"] == "Lời của Bình"
    mine.context.close()
    hers.context.close()
