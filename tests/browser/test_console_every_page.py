"""
Every page of the console in a real Chromium: those that an area's own test does not look at are
opened here, found by the table of routes, so that a new one is looked at by itself.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from console.web.routes import ROUTES
from tests.browser.test_console_seen import _page, _well
from tests.everything import Everything, everything
from worker.programme.sections import SECTIONS

#: looked at by the test of their area, tests/browser/test_console_*.py, at all widths
ELSEWHERE = (
    r"/|/nhat-ky(/\{key\})?|/tai-khoan|/ma-xac-thuc(/thiet-lap)?|/dang-nhap|/lien-ket/.*",
    r"/lich-phat(/thang|/\{day\}.*)?", r"/duyet(/tuan|/uy-quyen|/\{item\})?", r"/soan-tin.*",
    r"/dai(/can-goi|/\{station\}|/\{station\}/buoi/\{day\}/\{airing\})?", r"/thong-bao",
    r"/nguoi-dung.*|/nhat-ky-thao-tac(/kiem-chuoi)?|/khoa-api", r"/kenh.*",
    r"/cau-hinh(/\{section\}/\{mark\}|/lich-su/\{number\})?",
    r"/dot-nhan-tin(/moi.*|/danh-sach.*|/tim-so|/tu-choi.*|/vung|/\{number\})?",
)
#: no page: a file, a part of one, the way to another server
NO_PAGES = (r".*/tep\.\{kind\}|/static/.*|.*\.(wav|mp3|docx|pdf|\{kind\})|/dang-nhap/co-quan.*",
            r"/tong-quan/moi|.*/phan|.*/tien-do|.*/ban-quet/.*")


@pytest.fixture
def inn(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Everything]:
    made = everything(migrated_sqlite, tmp_path)
    yield made
    made.close()


def test_every_other_page_is_whole_on_phone_and_desk(inn: Everything, chromium: Browser) -> None:
    paths = [inn.path(r) for r in ROUTES if r.method == "GET"
             and not any(re.fullmatch(p, r.path) for p in (*ELSEWHERE, *NO_PAGES))]
    paths += [f"/cau-hinh/{s.slug}" for s in SECTIONS if f"/cau-hinh/{s.slug}" not in paths]
    an = inn.visitor("an")
    page = _page(chromium, 390)
    page.context.add_cookies([{"name": "giovang-phien", "value": an.token or "",
                               "url": inn.servers.inner_url}])
    for path in paths:
        page.set_viewport_size({"width": 390, "height": 900})
        answer = page.goto(inn.servers.inner_url + path)
        assert answer is not None
        assert answer.status == 200, path
        name = path.strip("/").replace("/", "-")
        _well(page, 390, name)
        page.set_viewport_size({"width": 1440, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 1440, path
    assert len(paths) > len(SECTIONS)
    page.context.close()
    an.web.close()
