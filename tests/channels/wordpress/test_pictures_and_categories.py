"""Pictures, categories and sticky articles, by a real WordPress' own tables."""

import hashlib
from pathlib import Path

import pytest

from channels.values import Attachment, Delivered, Rejected, Retry
from components.tcp_fault_proxy import FaultProxy
from tests.channels.wordpress.bench import (
    MESSAGE,
    NEW,
    changed,
    channel,
    lose_the_create,
    pictures,
)
from tests.wordpress import WordPressSite


def test_pictures_are_uploaded_once_and_read_aloud(
    wordpress: WordPressSite, late: float, tmp_path: Path
) -> None:
    """The first on top, the others in the text, alt words at both; not again at a re-airing."""
    wp = channel(wordpress, tmp_path)
    shown = changed(attachments=pictures(tmp_path, 2))

    outcomes = [wp.send(shown, deadline=late),
                wp.send(changed(attachments=shown.attachments, text="<p>2</p>"), deadline=late)]

    assert all(isinstance(outcome, Delivered) for outcome in outcomes)
    first, second = wordpress.pictures()
    (post,) = wordpress.posts("publish")
    assert post["picture"] == str(first["id"])
    assert f"wp-image-{second['id']}" in post["content"]
    assert [first["alt"], second["alt"]] == ["Ảnh “lừa đảo” 0", "Ảnh “lừa đảo” 1"]
    page = wordpress.page("/gv-td-01/")[1]
    assert 'alt="Ảnh “lừa đảo” 1"' in page


def test_better_words_for_a_picture_reach_the_library(
    wordpress: WordPressSite, late: float, tmp_path: Path
) -> None:
    """The same picture under other words: those are changed, it is not uploaded again."""
    wp = channel(wordpress, tmp_path)
    for alt in ("cũ", "mới"):
        wp.send(changed(attachments=pictures(tmp_path, 1, alt)), deadline=late)

    assert [p["alt"] for p in wordpress.pictures()] == ["mới 0"]


@pytest.mark.parametrize("mode", ["reset_after_request", "black_hole"])
def test_a_lost_answer_to_an_upload_leaves_one_picture(
    wordpress: WordPressSite, late: float, tmp_path: Path, mode: str
) -> None:
    with FaultProxy(wordpress.port) as proxy:
        wp = channel(wordpress, tmp_path, url=proxy.url)
        mend = lose_the_create(proxy, wp, mode)
        shown = changed(attachments=pictures(tmp_path, 1))
        assert isinstance(wp.send(shown, deadline=late), Retry)
        mend()

        assert isinstance(wp.send(shown, deadline=late), Delivered)

    assert len(wordpress.pictures()) == 1
    assert len(wordpress.posts()) == 1


def test_a_file_that_is_no_picture_is_refused_and_nothing_is_published(
    wordpress: WordPressSite, late: float, tmp_path: Path
) -> None:
    (tmp_path / "a.exe").write_bytes(b"MZ")
    shown = Attachment("a.exe", hashlib.sha256(b"MZ").hexdigest(), "a")

    outcome = channel(wordpress, tmp_path).send(changed(attachments=(shown,)), deadline=late)

    assert isinstance(outcome, Rejected)
    assert outcome.code == "wp-rest_upload_unknown_error"
    assert wordpress.posts() == []


def test_categories_by_name_and_by_number(wordpress: WordPressSite, late: float) -> None:
    """Looked up on the site; what an editor added stays at the next edit."""
    named = wordpress.rest("POST", "categories", name="Cảnh báo & tin")["id"]
    other = wordpress.rest("POST", "categories", name="Khác")["id"]
    wp = channel(wordpress, categories=["cảnh báo & tin", 1])
    sent = wp.send(MESSAGE, deadline=late)
    wordpress.rest("POST", f"posts/{sent.ref}", categories=[named, other])

    wp.send(NEW, deadline=late)

    assert wp.check("chinh").ok
    assert wordpress.categories_of(int(sent.ref)) == {
        "Cảnh báo &amp; tin", "Khác", "Uncategorized"}


@pytest.mark.parametrize("wanted", ["Không có", 99])
def test_a_category_that_is_missing_is_told_and_costs_no_warning(
    wordpress: WordPressSite, late: float, wanted: str | int
) -> None:
    """WordPress takes an unknown number in silence; it is never made silently."""
    wp = channel(wordpress, categories=[wanted])

    outcome, health = wp.send(MESSAGE, deadline=late), wp.check("chinh")

    assert isinstance(outcome, Delivered)
    assert str(wanted) in outcome.detail
    assert (health.ok, health.code) == (False, "wp-no-category")
    assert wordpress.categories_of(int(outcome.ref)) == {"Uncategorized"}


@pytest.mark.parametrize(("role", "healthy"), [("editor", True), ("author", False)])
def test_a_category_is_made_only_where_told_so_and_allowed(
    wordpress: WordPressSite, late: float, role: str, healthy: bool
) -> None:
    wp = channel(wordpress, role=role, categories=["Mới"], create_categories=True)

    health, outcome = wp.check("chinh"), wp.send(MESSAGE, deadline=late)

    assert health.ok is healthy
    assert healthy or "manage_categories" in health.detail
    assert ("Mới" in wordpress.categories_of(int(outcome.ref))) is healthy


def test_on_top_and_down_again(wordpress: WordPressSite, late: float) -> None:
    """WordPress' own list of sticky articles; the trash empties it."""
    wp = channel(wordpress)
    sent = wp.send(MESSAGE, deadline=late)

    for _ in range(2):
        assert isinstance(wp.pin(MESSAGE, sent.ref, deadline=late), Delivered)
    assert f"i:{sent.ref};" in wordpress.sticky()
    wp.unpin(MESSAGE, sent.ref, deadline=late)
    assert f"i:{sent.ref};" not in wordpress.sticky()
    wp.pin(MESSAGE, sent.ref, deadline=late)
    wp.recall(MESSAGE, sent.ref)

    assert f"i:{sent.ref};" not in wordpress.sticky()
    assert isinstance(wp.pin(MESSAGE, sent.ref, deadline=late), Rejected)
    assert isinstance(wp.unpin(MESSAGE, sent.ref, deadline=late), Delivered)
