"""The page that says whether a message is genuine, as people use it: a real Chromium."""

import functools
import http.server
import re
import threading
from collections.abc import Iterator

import pytest
import tinycss2
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.builders import an_item
from tests.store.verify import Verified
from tests.store.world import NOON, World
from tests.unit.verification.test_compare import CASES
from vietnamese.plain import plain
from worker.outbox.recall import recall_item
from worker.settings import PRODUCT
from worker.verification.compare import likeness
from worker.verification.normal import codes_in, letters, marks_asked

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
SHIPPED = PRODUCT / "templates" / "verification"
HOSTILE = "</script><script>alert(1)</script> ]]> <img src=x onerror=alert(1)> \u202egnp.exe 🛑"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


class Site:
    """The folder behind a plain web server, below a path of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.verified = Verified(world)
        world.approved(
            an_item("td-05", title=f"Tin lạ {HOSTILE}",
                    texts={"facebook": f"{HOSTILE} Công an không gọi video. Gọi 113."}))
        world.to(NOON)
        for channel in ("facebook", "website", "sms"):
            world.run(channel)
        self.verified.tick()
        root = self.verified.path.parents[2]
        handler = functools.partial(Quiet, directory=str(root))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        below = self.verified.path.relative_to(root)
        self.url = f"http://127.0.0.1:{self.server.server_port}/{below}/"
        [self.text] = self.verified.of("Facebook")["text"]
        self.code = world.one("facebook").tag

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    made = Site(world)
    yield made
    made.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """One whose console says nothing: no script refused, no file from elsewhere."""
    page = chromium.new_page(viewport=PHONE)  # type: ignore[arg-type]
    said: list[str] = []
    page.on("console", lambda m: said.append(m.text) if "404" not in m.text else None)
    page.on("pageerror", lambda e: said.append(str(e)))
    page.on("dialog", lambda d: said.append(d.message))
    yield page
    page.close()
    assert said == []


def ask(page: Page, site: Site, given: str) -> str:
    page.goto(site.url)
    page.fill("#o-tim", given)
    page.click("#nut-tim")
    page.wait_for_selector("#ket-qua h2")
    return page.inner_text("#ket-qua")


def test_a_code_alone_shows_the_whole_text_and_says_to_compare(page: Page, site: Site) -> None:
    said = ask(page, site, site.code.lower().replace("-", " "))
    for words in (*filter(None, site.text.split("\n")), "chưa chứng minh gì", "so từng chữ",
                  "Xã Lục Ngạn", "24/11/2026 11:30", "Facebook"):
        assert words in said


def test_a_code_in_the_address_is_looked_up(page: Page, site: Site) -> None:
    page.goto(f"{site.url}#{site.code}")
    page.wait_for_selector("#ket-qua h2")
    assert "Mã này có trong sổ phát" in page.inner_text("#ket-qua")


@pytest.mark.parametrize("change", [
    lambda text: text, plain, lambda text: plain(text).upper().replace(" ", "  "),
])
def test_a_text_copied_from_an_sms_is_found(page: Page, site: Site, change: object) -> None:
    said = ask(page, site, change(site.text))  # type: ignore[operator]
    assert said.startswith("Trùng với tin đã phát")
    assert page.locator("#ket-qua .trung").count() == 1


def test_a_changed_number_is_near_and_not_the_same_with_the_difference_marked(
    page: Page, site: Site
) -> None:
    said = ask(page, site, site.text.replace("113", "0950000999"))
    assert said.startswith("GẦN GIỐNG, KHÔNG TRÙNG")
    assert "Tin bạn dán: «0950000999.»; tin thật: «113.»" in said
    assert page.locator("#ket-qua mark").all_inner_texts() == ["0950000999.", "113."]
    assert page.locator("#ket-qua article").count() == 1
    assert site.code in said


def test_a_code_under_another_text_is_told(page: Page, site: Site) -> None:
    said = ask(page, site, f"Bạn trúng xe máy, bấm quatang.top để nhận. Mã tin {site.code}")
    assert said.startswith("MÃ LÀ CỦA TIN KHÁC")
    assert "Công an không làm việc qua điện thoại" in said


@pytest.mark.parametrize("given", [
    "GV-AAAAAAAA", "Chúc mừng bạn trúng một xe máy SH, bấm vào quatang.top để nhận ngay hôm nay"])
def test_what_is_not_ours_is_told_with_whom_to_call(page: Page, site: Site, given: str) -> None:
    said = ask(page, site, given)
    assert said.startswith("Không có tin này trong hệ thống")
    assert "Không bấm đường dẫn" in said
    assert "113" in said


def test_a_senders_name_shows_what_they_sent(page: Page, site: Site) -> None:
    said = ask(page, site, "luc ngan")
    assert said.startswith("Các tin mới của người gửi này")
    assert "có thể bị giả" in said
    assert page.locator("#ket-qua article").count() == 3


def test_a_recalled_text_is_told_as_recalled(page: Page, site: Site) -> None:
    with site.world.store.write() as s:
        recall_item(s, site.world.clock.now(), "duyet", "td-01", "sai", {"facebook"})
    site.verified.tick()
    said = ask(page, site, site.text)
    assert said.startswith("Tin thật, nhưng ĐÃ THU HỒI")
    assert "đã thu hồi ngày 24/11/2026 11:30" in said


def test_a_half_loaded_answer_is_no_verdict(chromium: Browser, site: Site) -> None:
    page = chromium.new_page()
    page.route("**/chu/*.json", lambda route: route.abort())
    page.goto(site.url)
    page.fill("#o-tim", site.text.rpartition("\n")[0])
    page.click("#nut-tim")
    page.wait_for_selector("#ket-qua h2")
    assert page.inner_text("#ket-qua").startswith("Chưa tải hết dữ liệu")
    page.close()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_without_script_everything_is_readable(
    site: Site, chromium: Browser, size: dict[str, int]
) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport=size)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(site.url)
    read = page.inner_text("main")
    assert site.code in read
    assert "không chạy được phần tìm kiếm" in read
    assert not page.locator("#tim").is_visible()
    page.click("text=Tháng 11/2026")
    page.wait_for_url("**/thang/2026-11.html")
    page.click("text=Ngày 24/11/2026")
    page.wait_for_url("**/ngay/2026-11-24.html")
    assert site.code in page.inner_text("main")
    page.click("text=Kiểm tra một tin")
    page.wait_for_url("**/xac-minh/index.html")
    context.close()


def test_hostile_words_stay_words(page: Page, site: Site) -> None:
    world = site.world
    world.plan()
    world.to(NOON.replace(day=25))
    world.run("facebook")
    site.verified.tick()
    [said] = [r for r in site.verified.records() if "gọi video" in r["text"][0]]
    for address in ("", "ngay/2026-11-25.html", f"#{said['code']}"):
        page.goto(site.url + address)
        if address.startswith("#"):
            page.wait_for_selector("#ket-qua article")
        assert "</script><script>alert(1)</script> ]]>" in page.inner_text("main")
        assert page.locator("main img").count() == 0


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_and_nothing_runs_out_of_the_side(
    site: Site, chromium: Browser, size: dict[str, int]
) -> None:
    context = chromium.new_context(bypass_csp=True, viewport=size)  # type: ignore[arg-type]
    page = context.new_page()
    for address in ("", "ngay/2026-11-24.html", "thang/2026-11.html"):
        page.goto(site.url + address)
        if not address:
            page.fill("#o-tim", site.text.replace("113", "0950000999"))
            page.click("#nut-tim")
            page.wait_for_selector("#ket-qua h2")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    context.close()


# ------------------------------------------------------------------ one search, two languages


def test_the_script_judges_as_the_worker_does(page: Page, site: Site) -> None:
    page.goto(site.url)
    for given, pieces, _ in CASES.values():
        got = page.evaluate(
            "([given, pieces]) => [xacMinh.likeness(given, pieces), xacMinh.marksAsked(given),"
            " xacMinh.codesIn(given)]", [given, list(pieces)])
        assert got == [likeness(given, pieces), list(marks_asked(given)), list(codes_in(given))]


def test_the_script_leaves_out_the_same_signs(page: Page, site: Site) -> None:
    """Every sign that Vietnamese, its neighbours and punctuation use, and some of any kind."""
    page.goto(site.url)
    signs = "".join(map(chr, [*range(0x20, 0x600), *range(0x1780, 0x17DA), *range(0x1E00, 0x2C00),
                              *range(0x3000, 0x3100), *range(0xFE00, 0xFE30),
                              *range(0xFF01, 0xFF5F), 0x1F6D1, 0xFEFF]))
    mine = [letters(sign) for sign in signs]
    theirs = page.evaluate("signs => Array.from(signs).map(xacMinh.letters)", signs)
    assert [(s, a, b) for s, a, b in zip(signs, mine, theirs, strict=True) if a != b] == []


# ------------------------------------------------------------------ old browsers, no other host

#: CSS that Chrome 44 (Android 6) knows, or leaves out without harm
KNOWN = frozenset((
    "background", "border", "border-color", "border-left", "box-sizing", "clear", "color",
    "cursor", "display", "float", "font", "font-size", "font-weight", "left", "line-height",
    "margin", "margin-right", "max-width", "outline", "outline-offset", "overflow-wrap",
    "padding", "padding-left", "position", "text-decoration", "white-space", "width",
    "word-wrap"))


def test_the_style_uses_nothing_that_old_browsers_lack() -> None:
    used = set()
    for rule in tinycss2.parse_stylesheet((SHIPPED / "xac-minh.css").read_text(), True, True):
        assert rule.type == "qualified-rule"
        used |= {d.name for d in tinycss2.parse_blocks_contents(rule.content, True, True)
                 if d.type == "declaration"}
    assert used <= KNOWN, used - KNOWN


def test_the_script_is_of_2009_and_asks_no_other_host() -> None:
    """ECMAScript 5: no arrow, no let, no template, no fetch; `normalize` came with Chrome 34."""
    script = (SHIPPED / "xac-minh.js").read_text()
    script = re.sub(r"/\*[\s\S]*?\*/|//[^\n]*", "", script)
    for new in ("=>", "`", "...", "?.", "??", "**"):
        assert new not in script, new
    assert not re.findall(r"\b(let|const|class|async|await|fetch|Promise|Map|Set|of|includes|"
                          r"startsWith|padStart|innerHTML|eval|document\.write)\b", script)
    for file in SHIPPED.iterdir():
        assert "http:" not in file.read_text()
        assert "https:" not in file.read_text()
