"""
The channel against a real WordPress 6.1: published, edited, recalled; what is public is counted in
its own database.
"""

import re
from datetime import UTC, datetime, timedelta

import pytest

from channels.values import Absent, Delivered, Rejected
from tests.channels.conftest import a_message
from tests.channels.wordpress.bench import (
    MESSAGE,
    NEW,
    changed,
    channel,
    double,
)
from tests.wordpress import WordPressSite


def test_published_is_what_a_visitor_reads(wordpress: WordPressSite, late: float) -> None:
    """One article, at the address that the outcome names, dated by the site's own zone."""
    outcome = channel(wordpress).send(MESSAGE, deadline=late)

    (post,) = wordpress.posts()
    assert isinstance(outcome, Delivered)
    assert (outcome.ref, outcome.url) == (str(post["id"]), f"{wordpress.url}/gv-td-01/")
    assert (post["slug"], post["status"], post["title"]) == ("gv-td-01", "publish", "Cảnh báo")
    local, utc = (datetime.fromisoformat(post[name]) for name in ("date", "date_gmt"))
    assert local - utc == timedelta(hours=7)
    status, page = wordpress.page("/gv-td-01/")
    assert status == 200
    assert "<p>Cảnh báo lừa đảo</p>" in page


def test_signs_that_mean_something_to_wordpress_are_read_as_they_were_written(
    wordpress: WordPressSite, late: float
) -> None:
    """No shortcode runs, no sign is eaten, in title, text and summary; 4-byte ones too."""
    text = "<p>[gallery] A &lt; B &amp; C 😀 \\ 100%</p>\n<ul><li>một</li><li>hai</li></ul>"
    hard = changed(title="A <b> & C [caption]", text=text)
    wp = channel(wordpress)

    first, second = (wp.send(hard, deadline=late) for _ in range(2))

    assert isinstance(first, Delivered)
    assert "giữ nguyên" in second.detail  # what WordPress made of it still reads the same
    page = wordpress.page("/gv-td-01/")[1]
    assert re.search(r"&#0?91;gallery\] A &lt; B (&amp;|&#038;) C", page)
    assert re.search(r"<h1>A &lt;b&gt; (&amp;|&#038;) C \[caption\]</h1>", page)
    assert "😀 \\ 100%" in page


def test_editors_find_blocks_and_no_broken_one(wordpress: WordPressSite, late: float) -> None:
    """WordPress' own parser reads the article as blocks and nothing beside them."""
    text = "<p>a</p>\n<h2>b</h2>\n<h3>c</h3>\n<ol><li>d</li></ol>\nlời <strong>rời</strong>"
    channel(wordpress).send(changed(text=text), deadline=late)

    content = wordpress.posts()[0]["content"]
    names = re.findall(r"<!-- wp:([a-z-]+)", content)
    assert names == ["group", "paragraph", "heading", "heading", "list", "list-item", "paragraph"]
    assert len(re.findall(r"<!-- /wp:", content)) == len(names)
    assert "<p>lời <strong>rời</strong></p>" in wordpress.page("/gv-td-01/")[1]


def test_other_words_replace_the_article_in_place(wordpress: WordPressSite, late: float) -> None:
    """The same number, address and date; one article."""
    wp = channel(wordpress)
    first = wp.send(MESSAGE, deadline=late)
    before = wordpress.posts()[0]

    second = wp.send(NEW, deadline=late)

    (post,) = wordpress.posts()
    assert (second.ref, second.url) == (first.ref, first.url)
    assert "Lời mới" in post["content"]
    assert post["date_gmt"] == before["date_gmt"]


@pytest.mark.parametrize("refresh", [False, True])
def test_aired_again_the_address_stays_and_the_date_moves_when_asked(
    wordpress: WordPressSite, late: float, refresh: bool
) -> None:
    """A week later: modified now; dated anew, and still public, with `refresh_date` only."""
    wp = channel(wordpress, refresh_date=refresh)
    first = wp.send(MESSAGE, deadline=late)
    old = "2020-01-07 01:00:00"
    wordpress.sql("UPDATE wp_posts SET post_date_gmt = '2020-01-07 01:00:00', "
                  "post_modified_gmt = post_date_gmt, post_date = '2020-01-07 08:00:00'")
    again = changed(opens_at=datetime(2020, 1, 14, 1, 0, tzinfo=UTC))

    second = wp.send(again, deadline=late)

    (post,) = wordpress.posts("publish")
    assert (second.ref, second.url) == (first.ref, first.url)
    assert post["modified_gmt"] > old
    assert (post["date_gmt"] > old) == refresh
    local, utc = (datetime.fromisoformat(post[name]) for name in ("date", "date_gmt"))
    assert local - utc == timedelta(hours=7)


def test_a_correction_says_so_in_place_and_twice_is_as_good_as_once(
    wordpress: WordPressSite, late: float
) -> None:
    """The reader of the old words sees that these are others."""
    wp = channel(wordpress)
    sent = wp.send(MESSAGE, deadline=late)

    for _ in range(2):
        assert isinstance(wp.correct(NEW, sent.ref, deadline=late), Delivered)
    wp.send(NEW, deadline=late)  # a try that comes late leaves the line

    (post,) = wordpress.posts("publish")
    assert post["content"].count("Đính chính ngày 24/11/2026") == 1
    assert "Đính chính ngày 24/11/2026" in wordpress.page("/gv-td-01/")[1]
    assert "Cảnh báo lừa đảo" not in post["content"]


def test_recalled_is_gone_for_visitors_and_twice_is_as_good_as_once(
    wordpress: WordPressSite, late: float
) -> None:
    """In the trash, where an inspector still finds it."""
    wp = channel(wordpress)
    sent = wp.send(MESSAGE, deadline=late)

    for _ in range(2):
        assert isinstance(wp.recall(MESSAGE, sent.ref), Delivered)

    assert [p["slug"] for p in wordpress.posts("trash")] == ["gv-td-01__trashed"]
    assert wordpress.page("/gv-td-01/")[0] == 404
    assert isinstance(wp.find(MESSAGE), Absent)
    assert isinstance(wp.correct(NEW, sent.ref, deadline=late), Rejected)


def test_approved_anew_it_gets_an_article_of_its_own_which_an_old_recall_leaves(
    wordpress: WordPressSite, late: float
) -> None:
    """Never two public; the good address again; the recall of the first, repeated, is over."""
    wp = channel(wordpress)
    first = wp.send(MESSAGE, deadline=late)
    wp.recall(MESSAGE, first.ref)
    wordpress.sql("UPDATE wp_posts SET post_modified_gmt = '2020-01-07 01:00:00'")

    second = wp.send(MESSAGE, deadline=late)
    wp.recall(MESSAGE, first.ref)

    (post,) = wordpress.posts("publish")
    assert second.ref != first.ref
    assert (str(post["id"]), post["slug"]) == (second.ref, "gv-td-01")


@pytest.mark.parametrize("ref", [True, False], ids=["ref known", "ref lost"])
def test_a_recall_takes_the_doubles_too(
    wordpress: WordPressSite, late: float, ref: bool
) -> None:
    """Whatever stands under our mark, wherever an editor moved it; nobody else's."""
    wp = channel(wordpress)
    sent = wp.send(MESSAGE, deadline=late)
    double(wordpress)
    wordpress.rest("POST", f"posts/{sent.ref}", slug="dia-chi-dep")
    wp.send(a_message("wordpress", extra={"slug": "gv-td-01-2"}), deadline=late)

    outcome = wp.recall(MESSAGE, sent.ref if ref else "")

    assert isinstance(outcome, Delivered)
    (left,) = wordpress.posts("publish")
    assert "giovang-gv-td-01-2" in left["content"]


def test_a_site_without_a_trash_keeps_it_as_a_draft(
    wordpress: WordPressSite, late: float
) -> None:
    """DELETE would need force, and nothing could be shown to an inspector."""
    wordpress.constant("define('EMPTY_TRASH_DAYS', 0);")
    wp = channel(wordpress)
    sent = wp.send(MESSAGE, deadline=late)

    assert isinstance(wp.recall(MESSAGE, sent.ref), Delivered)
    assert [p["status"] for p in wordpress.posts()] == ["draft"]
    assert wordpress.page("/gv-td-01/")[0] == 404
