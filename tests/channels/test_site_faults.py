"""The static site after a crash, over an older folder, and with hostile text."""

import contextlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels import files
from channels.values import Delivered
from tests.channels.conftest import NOW, Bench, Soon
from tests.channels.sites import (
    ATOM,
    BASE,
    ENCODED,
    NEVER,
    Strict,
    article,
    pictured,
    read,
    valid_feeds,
)


class Dies(BaseException):
    """The power goes."""


def dying_at(number: int) -> Any:
    """Writes until the nth file, which is not written."""
    left = iter(range(number, -1, -1))

    def write(path: Path, data: bytes) -> None:
        if not next(left):
            raise Dies
        files.write_quick(path, data)

    return write


ACTS: dict[str, Any] = {
    "send": lambda c: c.send(article("ra"), deadline=NEVER),
    "correct": lambda c: c.correct(article("cu", text="<p>đúng</p>"), "cu", deadline=NEVER),
    "recall": lambda c: c.recall(article("cu"), "cu"),
}


@pytest.mark.parametrize("number", range(12))
@pytest.mark.parametrize("act", ACTS)
def test_a_crash_between_any_two_files_heals_at_the_next_publication(
    bench: Bench, act: str, number: int
) -> None:
    """
    What readers could see is finished, a recall always is; what nobody saw is not published by
    something else's publication.
    """
    channel: Any = bench.build("static_site")
    channel.send(article("cu"), deadline=NEVER)
    channel._write = dying_at(number)
    with contextlib.suppress(Dies):
        ACTS[act](channel)
    folder = bench.folder / "trang-tin"
    begun = (folder / "tin" / ".dang-ghi").exists() or number > 0
    public = (folder / "ra.html").exists()

    bench.build("static_site").send(article("tiep"), deadline=NEVER)

    _, items = valid_feeds(folder)
    links = {str(i.findtext("link"))[len(BASE):-5] for i in items}
    assert {f"{link}.html" for link in links} | {"index.html", "thang-2026-11.html"} == {
        p.name for p in folder.glob("*.html") if "Tin đã thu hồi" not in p.read_text("utf-8")}
    assert not (folder / "tin" / ".dang-ghi").exists()
    assert ("ra" in links) == public
    kept = json.loads(read(bench, "tin/cu.json"))["html"]  # page, sidecar and feed say one thing
    right = ["đúng" in said for said in (kept, read(bench, "cu.html"), read(bench, "rss.xml"))]
    assert len(set(right)) == 1
    if act == "recall":
        assert ("cu" in links) == (not begun)
    else:
        assert "cu" in links


OLD = {"slug": "cu", "title": "Tin cũ", "summary": "Tóm", "published": "2026-10-02T22:30:00Z",
       "html": '<p>Lời cũ</p>\n<p><img src="anh/0123456789abcdef.jpg" alt="ảnh"></p>',
       "updated": "2026-10-02T22:30:00Z", "recalled": False}


def test_a_folder_of_the_older_version_is_taken_over(bench: Bench, soon: Soon) -> None:
    """Its articles keep address, id and date, get the new look, and can be recalled."""
    folder = bench.folder / "trang-tin"
    (folder / "anh").mkdir(parents=True)
    (folder / "tin").mkdir()
    (folder / "anh" / "0123456789abcdef.jpg").write_bytes(b"x")
    (folder / "cu.html").write_text("<h1>Tin cũ</h1>")
    (folder / "tin" / "cu.json").write_text(json.dumps(OLD))
    channel: Any = bench.build("static_site")

    channel.send(article("moi"), deadline=soon())

    entries, items = valid_feeds(folder)
    assert [e.findtext(f"{ATOM}id") for e in entries][1] == "tag:tin.vi-du.invalid,2026:tin/cu"
    assert f'src="{BASE}anh/0123456789abcdef.jpg"' in str(items[1].findtext(ENCODED))
    assert "05:30 ngày 03/10/2026" in read(bench, "cu.html")
    assert "Lời cũ" in read(bench, "thang-2026-10.html") + read(bench, "cu.html")
    channel.recall(article("cu"), "cu")
    assert "Lời cũ" not in read(bench, "cu.html")
    assert list((folder / "anh").iterdir()) == []


# ------------------------------------------------------------------ hostile text

NASTY = ["]]>", "</script><script>alert(1)</script>", "<!--", "\x00\x0b\x1f\x7f\x9f", "\ud800",
         "\udfff", "\u200f\u202eabc", "\U0001f6a8\U00020000", "\ufffe\uffff\U0001ffff", "&amp;&#8;",
         '"\'`', "\u2028\u2029\x85", "{{ x }}", "{title}%s", "\r\n\r", "a" * 200_000]
HOSTILE = st.lists(st.sampled_from(NASTY) | st.text(alphabet=st.characters(), max_size=30),
                   max_size=5).map("".join)
UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\ufffe\uffff]")


@given(title=HOSTILE, summary=HOSTILE, text=HOSTILE, alt=HOSTILE, tag=HOSTILE)
@settings(suppress_health_check=[*HealthCheck], max_examples=60, deadline=None)
def test_no_text_breaks_a_page_or_a_feed(
    bench: Bench, title: str, summary: str, text: str, alt: str, tag: str
) -> None:
    """Whatever staff paste; the body as the renderer escapes it."""
    channel: Any = bench.build("static_site", title="Tin <A> & B", author='Xã "C" ]]>')
    channel._write = files.write_quick
    message = replace(pictured(bench, alt), title=title, tag=tag, text=f"<p>{escape(text)}</p>",
                      extra={"slug": "x", "summary": summary})

    assert isinstance(channel.send(message, deadline=NEVER), Delivered)

    entries, items = valid_feeds(bench.folder / "trang-tin")
    assert len(entries) == len(items) == 1
    page = Strict(read(bench, "x.html"))
    Strict(read(bench, "index.html"))
    assert json.loads(page.script)["@type"] == "NewsArticle"
    assert len(list(page.all("script"))) == 1
    for name in ("x.html", "index.html", "feed.xml", "rss.xml", "sitemap.xml", "tin/x.json"):
        assert not UNFIT.search(read(bench, name))
    told = datetime.fromisoformat(json.loads(page.script)["datePublished"])
    assert told.astimezone(UTC) == NOW
