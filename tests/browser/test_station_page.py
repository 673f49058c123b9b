"""The station's page as its operator sees it: a real Chromium, no script, phone and desktop."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import feedparser
import pytest
import requests
import tinycss2
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from console.server import Servers
from tests.builders import settings_for
from tests.store.world import World
from worker.home import Home
from worker.models import Aired, BulletinAcceptance, BulletinRow, Delivery, Fetched
from worker.outbox.recall import recall_item
from worker.radio import links
from worker.radio.speech.sounds import Sounds
from worker.radio.store import make_bulletins
from worker.settings import PRODUCT

STATION = "dai-luc-ngan"
#: 25/11/2026 11:30 in Vietnam, the airing that is handed over the evening before
AIRING = datetime(2026, 11, 25, 4, 30, tzinfo=UTC)
EVENING = AIRING - timedelta(hours=15)
PHONE, DESKTOP = {"width": 360, "height": 640}, {"width": 1280, "height": 800}


class Station:
    """One station the evening before, its page served by the real listener."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.home = Home(replace(settings_for(world.var), var=world.var / "var", inner_port=0,
                                 public_port=0), world.store, world.clock)
        world.to(EVENING)
        world.plan()
        self.hand_over()
        office = world.office()
        self.servers = Servers(self.home, lambda: office)
        self.servers.start()
        token = links.token_for(self.home, world.clock.now(), STATION, "soan")
        self.url = f"{self.servers.public_url}/stations/{token}/"
        self.web = requests.Session()
        self.web.trust_env = False

    def hand_over(self) -> None:
        """What is due for loudspeakers goes out, and the bulletins follow."""
        self.world.run("loa")
        make_bulletins(self.home.store, self.world.clock.now())

    def sounds(self) -> None:
        Sounds(self.home).make(self.world.clock.now())

    def get(self, path: str = "", **headers: str) -> requests.Response:
        return self.web.get(self.url + path, headers=headers, timeout=20)

    def close(self) -> None:
        self.servers.stop()
        self.web.close()


@pytest.fixture
def station(world: World) -> Iterator[Station]:
    made = Station(world)
    yield made
    made.close()


def _page(browser: Browser, size: dict[str, int]) -> Page:
    return browser.new_context(java_script_enabled=False, viewport=size).new_page()  # type: ignore[arg-type]


# ------------------------------------------------------------------ what a person sees


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_tomorrows_bulletin_is_read_tonight_without_script(
    station: Station, chromium: Browser, size: dict[str, int]
) -> None:
    page = _page(chromium, size)
    page.goto(station.url)
    assert page.inner_text("h1") == "Đài truyền thanh xã Lục Ngạn"
    assert "TẬP HUẤN, KHÔNG PHÁT" in page.inner_text("body")
    assert "CHƯA DUYỆT PHÁT" in page.inner_text("body")

    page.locator("section", has_text="ngày 25/11/2026").locator("text=Đọc").first.click()
    page.wait_for_url("**/2026-11-25/*")

    read = page.inner_text("main")
    assert "Công an không làm việc qua điện thoại" in read
    assert "gọi 113 (một một ba)" in read
    assert "Không dùng sau 13:00 ngày 25/11/2026" in read
    # and nothing runs out of the side of a phone
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.context.close()


def test_the_keyboard_alone_accepts_and_confirms(station: Station, chromium: Browser) -> None:
    page = _page(chromium, DESKTOP)
    page.goto(f"{station.url}2026-11-25/1130")
    page.focus("input[name=by]")
    page.keyboard.type("Nguyễn Văn A, Phó Chủ tịch")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**?done=accept")
    assert "Đã duyệt phát" in page.inner_text("body")

    station.world.to(AIRING + timedelta(minutes=20))
    page.goto(station.url)
    assert page.locator("input[name=place]").count() >= 1
    page.focus("form[action=aired] input[name=by]")
    page.keyboard.type("Anh Ba")
    page.keyboard.press("Enter")
    page.wait_for_url("**?done=aired")

    with station.home.store.read() as s:
        assert s.scalars(select(BulletinAcceptance.by)).all() == ["Nguyễn Văn A, Phó Chủ tịch"]
        aired = s.scalars(select(Aired).where(Aired.airing == "11:30")).all()
        assert "full" in {a.extent for a in aired}
        states = s.scalars(select(Delivery.state).where(
            Delivery.channel == "loa", Delivery.day == AIRING.date())).all()
    assert states == ["delivered"]
    page.context.close()


@pytest.mark.parametrize("path", ["", "2026-11-25/1130"])
def test_axe_finds_nothing(station: Station, chromium: Browser, path: str) -> None:
    station.sounds()
    context = chromium.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(station.url + path)

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()
    context.close()


def test_it_prints_the_words_and_none_of_the_buttons(
    station: Station, chromium: Browser, tmp_path: Path
) -> None:
    page = chromium.new_page()
    page.goto(f"{station.url}2026-11-25/1130")
    page.emulate_media(media="print")
    assert page.locator("p.say").first.is_visible()
    assert not page.locator("form").first.is_visible()
    assert len(page.pdf()) > 5000
    page.close()


# ------------------------------------------------------------------ recalled, changed


def test_a_recalled_item_leaves_every_form_and_is_named_in_red(
    station: Station, chromium: Browser
) -> None:
    station.sounds()
    before = station.get("bulletins.json").json()["bulletins"]
    [old] = [b for b in before if b["date"] == "2026-11-25" and b["airing"] == "11:30"]
    old_files = old["files"]
    assert "docx" in old_files
    with station.home.store.write() as s:
        recall_item(s, station.world.clock.now(), "soan", "td-01", "sai số máy", {"loa": True})
    station.hand_over()
    station.sounds()

    for path in ("", "2026-11-25/1130", "mot-tep.html", "feed.xml", "bulletins.json"):
        text = station.get(path).text
        assert "không làm việc qua điện thoại" not in text, path
    assert "THU HỒI" in station.get("2026-11-25/1130").text
    for url in old_files.values():
        assert station.web.get(url, timeout=10).status_code in (404, 410)


# ------------------------------------------------------------------ machines


def test_json_costs_a_304_while_nothing_has_changed(station: Station) -> None:
    first = station.get("bulletins.json", **{"If-None-Match": ""})
    assert first.headers["content-type"] == "application/json"
    again = station.get("bulletins.json", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    day = station.get("bulletins.json?date=2026-11-25").json()["bulletins"]
    assert {b["date"] for b in day} == {"2026-11-25"}
    station.web.post(f"{station.url}accept", data={
        "slug": "2026-11-25/1130", "number": "1", "by": "Chủ tịch"}, timeout=10)
    changed = station.get("bulletins.json", **{"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


def test_a_podcatcher_takes_the_feed_and_a_player_the_sound(station: Station) -> None:
    station.sounds()
    feed = feedparser.parse(station.get("feed.xml").content)
    assert feed.bozo == 0
    assert feed.feed.language == "vi"
    entry = next(e for e in feed.entries if "25/11/2026" in e.title)
    [enclosure] = entry.enclosures

    head = station.web.head(enclosure.href, timeout=10)
    whole = station.web.get(enclosure.href, timeout=10)
    part = station.web.get(enclosure.href, headers={"Range": "bytes=100-199"}, timeout=10)

    assert int(head.headers["content-length"]) == int(enclosure.length) == len(whole.content)
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert whole.content[:3] == b"ID3"
    assert int(entry.itunes_duration) > 10
    # changed sound is another guid and another address
    assert entry.id.endswith("-1")
    assert enclosure.href.endswith("-1.mp3")


def test_a_phone_takes_the_calendar(station: Station) -> None:
    text = station.get("lich.ics").text
    assert text.startswith("BEGIN:VCALENDAR")
    assert "DTSTART:20261125T043000Z" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_what_is_taken_along_is_whole_and_remembered(station: Station) -> None:
    station.sounds()
    assert station.get("goi.zip").content[:2] == b"PK"
    assert station.get("usb.zip").content[:2] == b"PK"
    assert station.get("sheet/2026-11-25/1130-1.pdf").content[:5] == b"%PDF-"
    assert station.get("sheet/2026-11-25/1130-1.docx").content[:2] == b"PK"
    with station.home.store.read() as s:
        assert {"bundle", "usb", "pdf", "docx"} <= set(s.scalars(select(Fetched.form)))


# ------------------------------------------------------------------ wrong, revoked, guessed


def test_a_wrong_a_revoked_and_no_address_are_one_404(station: Station) -> None:
    wrong = station.web.get(f"{station.servers.public_url}/stations/{'a' * 32}/", timeout=10)
    links.revoke(station.home, station.world.clock.now(), STATION, "soan")
    revoked = station.get()
    assert (wrong.status_code, wrong.text) == (revoked.status_code, revoked.text)
    assert wrong.status_code == 404


def test_guessing_is_stopped_and_the_right_address_goes_on_after_a_minute(
    station: Station,
) -> None:
    guess = f"{station.servers.public_url}/stations/{'b' * 32}/"
    seen = [station.web.get(guess, timeout=10).status_code for _ in range(40)]
    assert seen[0] == 404
    assert seen[-1] == 429
    assert station.get().status_code == 429
    station.world.clock.advance(61)
    assert station.get().status_code == 200


def test_bad_forms_are_told_in_vietnamese_and_change_nothing(station: Station) -> None:
    for act, given in (("aired", {"by": "Ba"}), ("aired", {"by": "Ba", "place": "hôm qua"}),
                       ("aired", {"by": "Ba", "place": "2026-11-25|11:30"}),
                       ("accept", {"slug": "2026-11-25/1130", "number": "9", "by": "x"}),
                       ("accept", {"slug": "2026-11-25/1130", "number": "1"}),
                       ("change", {"place": "2026-11-25|11:30", "delivery": "x"})):
        got = station.web.post(station.url + act, data=given, timeout=10)
        assert got.status_code in (400, 409), (act, got.text)
        assert "Chưa ghi được" in got.text
    assert station.web.post(f"{station.url}khac", data={"a": "b"}, timeout=10).status_code == 404
    with station.home.store.read() as s:
        assert not s.scalars(select(Aired)).all()
        assert not s.scalars(select(BulletinAcceptance)).all()


def test_the_address_stands_in_no_log(
    station: Station, capfd: pytest.CaptureFixture[str]
) -> None:
    station.get()
    station.get("feed.xml")
    station.web.post(f"{station.url}aired", data={"by": "Ba"}, timeout=10)
    token = station.url.rstrip("/").rpartition("/")[2]
    out = capfd.readouterr()
    assert token not in out.out + out.err


# ------------------------------------------------------------------ old browsers

#: CSS that Chrome 109 and older web views know; a property that is not here is looked up first
KNOWN = frozenset((
    "background", "border", "border-bottom", "border-collapse", "border-top", "box-sizing",
    "color", "cursor", "display", "font", "font-family", "font-size", "font-weight", "height",
    "left", "line-height", "margin", "margin-right", "margin-top", "max-width", "outline",
    "outline-offset", "padding", "padding-left", "padding-top", "page-break-before",
    "position", "src", "text-align", "text-decoration", "text-transform", "vertical-align",
    "width"))


@pytest.mark.parametrize("file", sorted((PRODUCT / "templates").glob("*/*.html.j2")),
                         ids=lambda p: p.name)
def test_pages_use_no_script_and_no_css_newer_than_chrome_109(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "<script" not in text
    assert " on" not in "".join(part.partition(">")[0] for part in text.split("<")[1:]
                                if " onc" in part or " onl" in part)
    if "<style>" not in text:
        return
    style = text.partition("<style>")[2].partition("</style>")[0]
    style = "\n".join(line for line in style.splitlines() if "{%" not in line)
    used = set()
    for rule in tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True):
        for inner in ([rule] if rule.type == "qualified-rule" else
                      tinycss2.parse_rule_list(rule.content or [], True, True)):
            if inner.type != "qualified-rule":
                continue
            assert not {":has(", "&"} & {t.serialize() for t in inner.prelude}
            used |= {d.name for d in tinycss2.parse_blocks_contents(inner.content, True, True)
                     if d.type == "declaration"}
    assert used <= KNOWN, used - KNOWN


def test_the_feed_is_well_formed_whatever_a_title_says(station: Station) -> None:
    with station.home.store.read() as s:
        assert s.scalars(select(BulletinRow)).first() is not None
    ET.fromstring(station.get("feed.xml").content)  # noqa: S314  (our own)
