"""What the pages are made of; that every text is in both languages: test_both_languages."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from console.web import nav, words
from console.web.routes import ROUTES

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates" / "console" / "web").rglob("*.j2"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.name)
def test_nothing_is_inline(template: Path) -> None:
    """The policy forbids it, so it would silently do nothing."""
    text = template.read_text(encoding="utf-8")

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)|javascript:|hx-on", text)


def test_the_menu_leads_to_pages_there_are_for_the_same_roles() -> None:
    routes = {r.path: r.roles for r in ROUTES if r.method == "GET"}

    assert {e.path: e.roles for e in nav.MENU}.items() <= routes.items()


def test_times_are_said_the_vietnamese_way() -> None:
    at = datetime(2026, 12, 8, 17, 5, tzinfo=UTC)

    assert words.moment(at, ZoneInfo("Asia/Ho_Chi_Minh")) == "09/12/2026 00:05"
