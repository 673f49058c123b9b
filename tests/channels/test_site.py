"""The static site: pages and lists, what is recalled, corrected, pinned."""

import json
import re
import struct
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest

from channels.static_site.sizes import pixels
from channels.static_site.text import absolute
from channels.values import Delivered, Rejected, Retry
from tests.channels.conftest import Bench, Soon
from tests.channels.sites import (
    ARTICLE,
    ATOM,
    BASE,
    ENCODED,
    GONE,
    NEVER,
    Strict,
    article,
    at,
    pictured,
    png,
    read,
    valid_feeds,
)


def test_feeds_hold_their_rules(bench: Bench, soon: Soon) -> None:
    channel = bench.build("static_site")
    text = '<p><a href="khac.html">a</a> <a href="https://xa.gov.vn/x">b</a></p>'
    for n, slug in enumerate(("mot", "hai", "ba")):
        at(channel, hours=n).send(article(slug, text=text), deadline=soon())
    at(channel, hours=4).send(pictured(bench), deadline=soon())

    entries, items = valid_feeds(bench.folder / "trang-tin")

    assert [link.get("href") for e in entries for link in e.findall(f"{ATOM}link")] == [
        i.findtext("link") for i in items]
    assert [i.findtext("link") for i in items] == [f"{BASE}{s}.html"
                                                   for s in ("canh-bao", "ba", "hai", "mot")]
    assert f'src="{BASE}anh/' in str(items[0].findtext(ENCODED))
    assert f'href="{BASE}khac.html"' in str(items[1].findtext(ENCODED))
    assert read(bench, "robots.txt").endswith(f"Sitemap: {BASE}sitemap.xml\n")


def test_robots_of_the_portal_stays(bench: Bench, soon: Soon) -> None:
    (bench.folder / "trang-tin").mkdir()
    (bench.folder / "trang-tin" / "robots.txt").write_text("của cổng")

    bench.build("static_site").send(ARTICLE, deadline=soon())

    assert read(bench, "robots.txt") == "của cổng"


def test_an_address_is_completed_in_tags_only() -> None:
    html = '<p>ghi href="x" và <img src="anh/a.png" alt="b"> <a href="//k.vn/a?b=1&amp;c">c</a></p>'

    assert absolute(html, BASE) == (
        f'<p>ghi href="x" và <img src="{BASE}anh/a.png" alt="b"> '
        '<a href="https://k.vn/a?b=1&amp;c">c</a></p>')


# ------------------------------------------------------------------ pages


def test_a_page_says_to_machines_what_it_says_to_people(bench: Bench, soon: Soon) -> None:
    """JSON-LD, canonical link, description, picture with words and size."""
    channel = bench.build("static_site", author="Công an xã A & B")

    at(channel).send(replace(pictured(bench, 'Biển "cấm"'), title='Giả "VNeID" <b>'),
                     deadline=soon())

    page = Strict(read(bench, "canh-bao.html"))
    told = json.loads(page.script)
    assert told["@type"] == "NewsArticle"
    assert told["headline"] == 'Giả "VNeID" <b>'
    assert told["datePublished"] == told["dateModified"] == "2026-11-24T08:00:00+07:00"
    assert told["publisher"]["name"] == "Công an xã A & B"
    assert (told["inLanguage"], told["description"]) == ("vi", "Tóm tắt")
    (image,) = page.all("img")
    assert told["image"] == [f"{BASE}{image['src']}"]
    assert (image["alt"], image["width"], image["height"]) == ('Biển "cấm"', "640", "360")
    assert {"rel": "canonical", "href": f"{BASE}canh-bao.html"} in list(page.all("link"))
    assert "Mã tin: LN-0412" in read(bench, "canh-bao.html")
    channel.send(article("hai", text="<p>Mã tin: LN-0412</p>"), deadline=soon())
    assert read(bench, "hai.html").count("Mã tin: LN-0412") == 1


SIZES = [
    (png(640, 360), (640, 360)),
    (b"GIF89a" + struct.pack("<HH", 20, 10), (20, 10)),
    (b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x64\0\xc8\x03", (200, 100)),
    (b"\xff\xd8\xff\xda\0\x04", (0, 0)), (b"\xff\xd8\xff\xe0", (0, 0)), (b"", (0, 0)),
    (b"RIFF\0\0\0\0WEBP", (0, 0)),
]


@pytest.mark.parametrize(("data", "size"), SIZES)
def test_a_picture_says_its_size_or_nothing(data: bytes, size: tuple[int, int]) -> None:
    assert pixels(data) == size


def test_old_articles_stay_in_their_month(bench: Bench, soon: Soon) -> None:
    """The index has the newest; a month keeps its address, and goes with its last article."""
    channel: Any = bench.build("static_site")
    for n in range(32):
        at(channel, days=n).send(article(f"bai-{n:02}"), deadline=soon())

    listed = re.findall(r'<a href="(bai-\d\d)\.html"', read(bench, "index.html"))
    assert listed == [f"bai-{n:02}" for n in range(31, 1, -1)]
    assert 'href="thang-2026-11.html"' in read(bench, "index.html")
    assert re.findall(r'<a href="(bai-\d\d)\.html"', read(bench, "thang-2026-11.html")) == [
        f"bai-{n:02}" for n in range(6, -1, -1)]

    for n in range(7):
        at(channel, days=40).recall(article(f"bai-{n:02}"), f"bai-{n:02}")
    assert not (bench.folder / "trang-tin" / "thang-2026-11.html").exists()
    assert "thang-2026-11" not in read(bench, "index.html")


def test_no_article_takes_the_place_of_a_page_of_ours(bench: Bench, soon: Soon) -> None:
    """An item may be called "index", or have a name too long for a file."""
    channel = bench.build("static_site")

    refs = [getattr(channel.send(article(slug), deadline=soon()), "ref", "")
            for slug in ("index", "thang-2026-11", "x" * 400, "x" * 401, "警告")]

    assert refs[:2] == ["tin-index", "tin-thang-2026-11"]
    assert len(set(refs)) == 5
    assert all((bench.folder / "trang-tin" / f"{ref}.html").exists() for ref in refs)


def test_the_footer_leads_to_the_check_only_where_there_is_one(bench: Bench, soon: Soon) -> None:
    """When the folder appears, pages that stand already get the link, too."""
    channel = bench.build("static_site")
    channel.send(article("mot"), deadline=soon())
    assert "xac-minh" not in read(bench, "mot.html") + read(bench, "index.html")

    (bench.folder / "trang-tin" / "xac-minh").mkdir()
    channel.send(article("hai"), deadline=soon())

    for name in ("mot.html", "hai.html", "index.html"):
        assert 'href="xac-minh/"' in read(bench, name)


# ------------------------------------------------------------------ recalled, corrected, pinned


def test_what_is_recalled_is_nowhere(bench: Bench, soon: Soon) -> None:
    """Page, lists, feeds, sitemap, sidecar and picture lose it; Atom says so to who took it."""
    channel: Any = at(bench.build("static_site"))
    sent = channel.send(pictured(bench), deadline=soon())
    channel.send(article("khac"), deadline=soon())

    for minutes in (5, 9):
        assert isinstance(at(channel, minutes=minutes).recall(ARTICLE, sent.ref), Delivered)

    folder = bench.folder / "trang-tin"
    entries, items = valid_feeds(folder)
    assert len(entries) == len(items) == 1
    for name in ("index.html", "thang-2026-11.html", "sitemap.xml", "rss.xml"):
        assert "canh-bao" not in read(bench, name)
    assert list((folder / "anh").iterdir()) == []
    page = read(bench, "canh-bao.html")
    assert "đã được" in page
    assert ARTICLE.title not in page
    assert {"name": "robots", "content": "noindex, noarchive"} in list(Strict(page).all("meta"))
    gone = ET.fromstring(read(bench, "feed.xml")).find(f"{GONE}deleted-entry")  # noqa: S314
    assert gone is not None
    assert gone.get("ref") == "tag:tin.vi-du.invalid,2026:tin/canh-bao"
    assert gone.get("when") == "2026-11-24T01:05:00Z"


def test_a_picture_that_another_article_shows_stays(bench: Bench, soon: Soon) -> None:
    channel: Any = bench.build("static_site")
    channel.send(pictured(bench), deadline=soon())
    channel.send(replace(pictured(bench), key="k2", extra={"slug": "khac"}), deadline=soon())

    channel.recall(ARTICLE, "canh-bao")

    assert len(list((bench.folder / "trang-tin" / "anh").iterdir())) == 1


def test_a_recalled_article_may_be_removed_altogether(bench: Bench, soon: Soon) -> None:
    channel: Any = bench.build("static_site", recalled="remove")
    channel.send(ARTICLE, deadline=soon())

    for _ in range(2):
        assert channel.recall(ARTICLE, "canh-bao") == Delivered(
            "canh-bao", detail="Bài đã gỡ khỏi trang tin")

    assert not (bench.folder / "trang-tin" / "canh-bao.html").exists()
    valid_feeds(bench.folder / "trang-tin")


def test_a_late_try_does_not_bring_it_back_and_a_new_version_does(
    bench: Bench, soon: Soon
) -> None:
    channel: Any = bench.build("static_site")
    channel.send(ARTICLE, deadline=soon())
    channel.recall(ARTICLE, "canh-bao")

    assert channel.send(ARTICLE, deadline=soon()) == Rejected("recalled", "Bài này đã thu hồi")
    assert isinstance(channel.send(replace(ARTICLE, key="moi"), deadline=soon()), Delivered)
    assert isinstance(channel.send(ARTICLE, deadline=soon()), Rejected)
    assert ARTICLE.text in read(bench, "canh-bao.html")


def test_a_correction_is_made_in_place_and_says_so(bench: Bench, soon: Soon) -> None:
    """The same address, one new date however often it is tried."""
    channel: Any = at(bench.build("static_site"))
    channel.send(ARTICLE, deadline=soon())
    right = replace(ARTICLE, key="k2", text="<p>Đúng là 113</p>")

    for hours in (2, 3):
        outcome = at(channel, hours=hours).correct(right, "canh-bao", deadline=NEVER)
        assert outcome == Delivered("canh-bao", f"{BASE}canh-bao.html", "Bài đã đính chính")

    page = read(bench, "canh-bao.html")
    assert '>Đính chính</strong> lúc <time datetime="2026-11-24T03:00:00Z">10:00 ngày' in page
    assert "lừa đảo" not in page
    told = json.loads(Strict(page).script)
    assert told["datePublished"] == "2026-11-24T08:00:00+07:00"
    assert told["dateModified"] == told["correction"]["datePublished"]
    assert told["dateModified"] == "2026-11-24T10:00:00+07:00"
    entries, _ = valid_feeds(bench.folder / "trang-tin")
    assert entries[0].findtext(f"{ATOM}updated") == "2026-11-24T03:00:00Z"
    assert isinstance(channel.send(ARTICLE, deadline=NEVER), Delivered)  # late: it changes nothing
    assert read(bench, "canh-bao.html") == page
    assert channel.correct(right, "khong-co", deadline=NEVER).code == "gone"
    channel.recall(ARTICLE, "canh-bao")
    assert channel.correct(right, "canh-bao", deadline=NEVER).code == "gone"


def test_a_pinned_article_is_on_top_for_its_days(bench: Bench, soon: Soon) -> None:
    channel: Any = at(bench.build("static_site", pin_days=2))
    channel.send(article("ghim"), deadline=soon())
    at(channel, hours=1).send(article("moi"), deadline=soon())

    def listed() -> list[str]:
        return re.findall(r'<a href="(\w+)\.html">Cảnh', read(bench, "index.html"))

    assert listed() == ["moi", "ghim"]
    for _ in range(2):
        assert isinstance(channel.pin(article("ghim"), "ghim", deadline=NEVER), Delivered)
    assert listed() == ["ghim", "moi"]
    assert "Tin cần chú ý" in read(bench, "index.html")
    at(channel, hours=50).send(article("sau"), deadline=soon())
    assert listed() == ["sau", "moi", "ghim"]

    channel.pin(article("ghim"), "ghim", deadline=NEVER)
    assert isinstance(channel.unpin(article("ghim"), "ghim", deadline=NEVER), Delivered)
    assert listed() == ["sau", "moi", "ghim"]
    assert isinstance(channel.unpin(article("mat"), "mat", deadline=NEVER), Delivered)
    assert channel.pin(article("mat"), "mat", deadline=NEVER).code == "gone"


def test_past_the_deadline_nothing_is_corrected_or_pinned(bench: Bench, soon: Soon) -> None:
    channel: Any = bench.build("static_site")
    channel.send(ARTICLE, deadline=soon())
    before = read(bench, "canh-bao.html") + read(bench, "index.html")

    for outcome in (channel.correct(replace(ARTICLE, text="<p>x</p>"), "canh-bao", deadline=0),
                    channel.pin(ARTICLE, "canh-bao", deadline=0)):
        assert isinstance(outcome, Retry)
        assert outcome.code == "deadline"
    assert read(bench, "canh-bao.html") + read(bench, "index.html") == before
