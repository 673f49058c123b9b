"""The static site as a villager sees it: a real Chromium, phone, tablet, desktop and paper."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Attachment, Message
from channels.wire import Wire
from tests.channels.conftest import NOW
from tests.channels.sites import At, png

PAGES = ["index.html", "bai-1.html", "bai-2.html", "bai-3.html", "thang-2026-11.html"]
TEXT = """<p>Hiện nay, các đối tượng gọi điện <strong>giả danh công an</strong> xã, yêu cầu bà con \
cài ứng dụng định danh giả. Công an không làm việc qua điện thoại.</p>
<h2>Bà con cần làm gì</h2><ul><li>Không cài ứng dụng lạ.</li><li>Gọi 113 hoặc đến trụ sở.</li></ul>
<p>""" + "duongdandaikhongngat" * 12 + "</p>"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """An article with a picture, a corrected one that is pinned, and one recalled."""
    spec = ChannelSpec("trang", "static_site", (AccountSpec("chinh"),), options={
        "author": "Công an xã Lục Ngạn", "base_url": "https://tin.vi-du.invalid/"})
    channel = build_channel(spec, Context(Wire(training=True), At(NOW), lambda name: name,
                                          tmp_path, tmp_path))
    picture = png(640, 360)
    (tmp_path / "a.png").write_bytes(picture)
    (tmp_path / "trang-tin" / "xac-minh").mkdir(parents=True)
    for n, title in enumerate(("Cảnh báo giả danh công an gọi điện yêu cầu cài ứng dụng VNeID giả",
                               "Mạo danh cán bộ thuế", "Tin sai"), 1):
        message = Message(key=f"k{n}", target="trang", text=TEXT, title=title, tag=f"LN-041{n}",
                          extra={"slug": f"bai-{n}", "summary": "Công an không làm việc qua "
                                                                "điện thoại, không gửi ứng dụng."})
        if n == 1:
            message = replace(message, attachments=(
                Attachment("a.png", sha256(picture).hexdigest(), "Màn hình ứng dụng giả"),))
        channel._clock = At(NOW + timedelta(hours=n))  # type: ignore[attr-defined]
        channel.send(message, deadline=float("inf"))
        if n == 2:
            right = replace(message, text=f"{TEXT}<p>Đúng là 156.</p>")
            channel.correct(right, "bai-2", deadline=float("inf"))  # type: ignore[attr-defined]
            channel.pin(right, "bai-2", deadline=float("inf"))  # type: ignore[attr-defined]
        if n == 3:
            channel.recall(message, "bai-3")  # type: ignore[attr-defined]
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "trang-tin")))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_nothing_is_cut_or_wider_than_the_screen(
    site: str, chromium: Browser, width: int
) -> None:
    """On an old phone as on a desktop; links are tall enough for a thumb."""
    context = chromium.new_context(java_script_enabled=False,
                                   viewport={"width": width, "height": 800})
    page = context.new_page()
    for name in PAGES:
        page.goto(site + name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        boxes = [link.bounding_box() for link in page.locator("nav a, footer a").all()]
        assert all(box and box["height"] >= 32 for box in boxes), name
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(site: str, chromium: Browser, name: str) -> None:
    context = chromium.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(site + name)

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()
    context.close()


def test_it_prints_the_text_and_its_address_without_the_menus(
    site: str, chromium: Browser
) -> None:
    page = chromium.new_page()
    page.goto(f"{site}bai-2.html")
    page.emulate_media(media="print")

    assert page.locator("article").is_visible()
    assert "https://tin.vi-du.invalid/bai-2.html" in page.locator(".chi-in").inner_text()
    assert not page.locator("footer a").first.is_visible()
    page.goto(site)
    assert not page.locator("nav").is_visible()
    page.close()


def test_its_own_policy_lets_style_and_pictures_in_and_no_script(
    site: str, chromium: Browser
) -> None:
    page = chromium.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{site}bai-1.html")

    assert page.evaluate("getComputedStyle(document.querySelector('header')).borderTopWidth"
                         ) == "6px"
    assert page.locator("img").evaluate("i => i.getAttribute('width')") == "640"
    assert not [text for text in refused if "Content Security Policy" in text]
    page.close()
