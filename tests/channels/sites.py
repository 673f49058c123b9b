"""What a static site is held to: RSS 2.0, RFC 4287, sitemaps.org, pages that end as begun."""

import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import feedparser

from channels.values import Attachment, Message
from tests.channels.conftest import NOW, Bench, a_message

ATOM, GONE = "{http://www.w3.org/2005/Atom}", "{http://purl.org/atompub/tombstones/1.0}"
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
BASE = "https://tin.vi-du.invalid/"
NEVER = float("inf")
ARTICLE = replace(a_message("static_site"), extra={"slug": "canh-bao", "summary": "Tóm tắt"})


class At:
    """A wall clock that stands where the test puts it."""

    def __init__(self, moment: datetime) -> None:
        self.at = moment

    def now(self) -> datetime:
        return self.at

    def elapsed(self) -> float:
        return 0.0


def article(slug: str, **changes: Any) -> Message:
    return replace(ARTICLE, **{"key": f"key-{slug}", "extra": {"slug": slug, "summary": "Tóm tắt"},
                               **changes})


def at(channel: Any, **later: float) -> Any:
    channel._clock = At(NOW + timedelta(**later))
    return channel


def read(bench: Bench, name: str) -> str:
    return (bench.folder / "trang-tin" / name).read_text("utf-8")


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\2\0\0\0"


def pictured(bench: Bench, alt: str = "Biển báo") -> Message:
    data = png(640, 360)
    (bench.folder / "anh.png").write_bytes(data)
    return replace(ARTICLE, attachments=(Attachment("anh.png", sha256(data).hexdigest(), alt),))


def valid_feeds(folder: Path) -> tuple[list[ET.Element], list[ET.Element]]:
    """RSS 2.0 and RFC 4287, what they demand; entries and items."""
    root = ET.parse(folder / "feed.xml").getroot()  # noqa: S314 - our own
    entries = root.findall(f"{ATOM}entry")
    for element in [root, *entries]:
        assert str(element.findtext(f"{ATOM}id")).startswith("tag:")
        assert element.findtext(f"{ATOM}title")
        moment = str(element.findtext(f"{ATOM}updated"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment)
    ids = [e.findtext(f"{ATOM}id") for e in entries]
    assert len(set(ids)) == len(ids)
    channel = ET.parse(folder / "rss.xml").getroot().find("channel")  # noqa: S314 - our own
    assert channel is not None
    assert all(channel.findtext(name) for name in ("title", "link", "description"))
    assert channel.findtext("language") == "vi"
    items = channel.findall("item")
    for item in items:
        assert item.findtext("title")
        assert item.findtext("description")
        assert str(item.findtext("link")).startswith(BASE)
        guid = item.find("guid")
        assert guid is not None
        assert guid.get("isPermaLink") == "false"
        date = str(item.findtext("pubDate"))
        assert date.endswith("+0700")
        assert parsedate_to_datetime(date).utcoffset() == timedelta(hours=7)
    assert [i.findtext("guid") for i in items] == ids
    for html in [str(i.findtext(ENCODED)) for i in items]:
        assert not re.findall(r'<(?:a|img)[^<>]*(?:src|href)="(?!https?:)', html)
    for name in ("feed.xml", "rss.xml"):
        parsed = feedparser.parse((folder / name).read_bytes())
        assert not parsed.bozo
        assert len(parsed.entries) == len(items)
    urls = ET.parse(folder / "sitemap.xml").getroot()  # noqa: S314 - our own
    assert next(str(u.findtext(f"{MAP}loc")) for u in urls) == BASE
    assert len(list(urls)) >= len(items) + 1
    return entries, items


class Strict(HTMLParser):
    """Every element is closed, in order; what stands in script and meta."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.script = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["script"]:
            self.script += data

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attrs for name, attrs in self.seen if name == tag)
