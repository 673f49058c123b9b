"""One article a slug, by a real WordPress' own count, whatever is lost or comes twice."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.values import Absent, Delivered, Rejected, Retry
from components.tcp_fault_proxy import FaultProxy
from tests.channels.conftest import a_message
from tests.channels.wordpress.bench import (
    MESSAGE,
    NEW,
    changed,
    channel,
    double,
    lose_the_create,
)
from tests.wordpress import WordPressSite


def test_of_two_standing_the_first_is_kept(wordpress: WordPressSite, late: float) -> None:
    """Found at the next try, whatever that try was for."""
    wp = channel(wordpress)
    sent = wp.send(MESSAGE, deadline=late)
    double(wordpress)

    outcome = wp.send(MESSAGE, deadline=late)

    assert outcome.ref == sent.ref
    assert [p["slug"] for p in wordpress.posts("publish")] == ["gv-td-01"]


def test_a_create_that_was_second_takes_itself_back(wordpress: WordPressSite, late: float) -> None:
    """Between our look and our create another made it: the slug given back is not ours."""
    wordpress.plugin("""
        add_filter('rest_pre_insert_post', function ($post) {
            if (!empty($post->ID)) return $post;
            wp_insert_post(['post_title' => 'x', 'post_name' => $post->post_name,
                'post_content' => $post->post_content, 'post_status' => 'publish',
                'post_author' => get_current_user_id()]);
            return $post;
        });""")

    outcome = channel(wordpress).send(MESSAGE, deadline=late)

    (post,) = wordpress.posts("publish")
    assert (post["slug"], post["title"]) == ("gv-td-01", "Cảnh báo")
    assert outcome.ref == str(post["id"])
    assert len(wordpress.posts("trash")) == 1


def test_another_items_article_is_nobodys_double(wordpress: WordPressSite, late: float) -> None:
    """`gv-td-01-2` may be an item's own slug: its mark decides."""
    wp = channel(wordpress)
    for slug in ("gv-td-01-2", "gv-td-01"):
        wp.send(a_message("wordpress", extra={"slug": slug}), deadline=late)

    wp.send(NEW, deadline=late)

    assert sorted(p["slug"] for p in wordpress.posts("publish")) == ["gv-td-01", "gv-td-01-2"]


def test_a_slug_held_by_a_draft_we_may_not_see_costs_no_warning(
    wordpress: WordPressSite, late: float
) -> None:
    """An author cannot see an editor's draft: published beside it, once, and found again."""
    wordpress.rest("POST", "posts", "editor", title="x", slug="gv-td-01", status="draft")
    wp = channel(wordpress)

    first, second = (wp.send(MESSAGE, deadline=late) for _ in range(2))

    assert first.ref == second.ref
    assert [p["slug"] for p in wordpress.posts("publish")] == ["gv-td-01-2"]


def test_what_an_editor_trashed_after_our_try_is_not_put_back(
    wordpress: WordPressSite, late: float
) -> None:
    """A lost answer, and a person who took it down meanwhile: the person decides."""
    began = datetime(2020, 1, 1, tzinfo=UTC)
    wp = channel(wordpress)
    sent = wp.send(MESSAGE, deadline=late)
    wordpress.rest("DELETE", f"posts/{sent.ref}", "editor")

    outcome = wp.send(changed(attempt=2, first_try_at=began), deadline=late)

    assert isinstance(outcome, Rejected)
    assert outcome.code == "wp-trashed"
    assert wordpress.posts("publish") == []


LOST = ("reset_after_request", "cut", "garbage", "black_hole", "refuse")


@pytest.mark.parametrize("mode", LOST)
def test_a_lost_answer_leaves_one_article(
    wordpress: WordPressSite, late: float, mode: str
) -> None:
    """WordPress may have got it, we did not hear: looked for, never blindly made again."""
    with FaultProxy(wordpress.port) as proxy:
        wp = channel(wordpress, url=proxy.url)
        mend = lose_the_create(proxy, wp, mode)

        first = wp.send(MESSAGE, deadline=late)
        there = len(wordpress.posts("publish"))
        mend()
        found = wp.find(MESSAGE)
        second = wp.send(changed(attempt=2), deadline=late)

    assert isinstance(first, Retry)
    assert there == (mode in ("reset_after_request", "cut"))
    assert isinstance(found, Delivered if there else Absent)
    assert isinstance(second, Delivered)
    (post,) = wordpress.posts()
    assert post["slug"] == "gv-td-01"


@pytest.mark.parametrize("mode", ["reset_after_request", "cut"])
def test_a_lost_edit_and_a_lost_recall_end_as_they_were_meant(
    wordpress: WordPressSite, late: float, mode: str
) -> None:
    """Both may be repeated."""
    with FaultProxy(wordpress.port) as proxy:
        wp = channel(wordpress, url=proxy.url)
        sent = wp.send(MESSAGE, deadline=late)
        proxy.mode = mode
        edit, recall = wp.send(NEW, deadline=late), wp.recall(MESSAGE, sent.ref)
        proxy.mode = "pass"
        assert isinstance(edit, Retry)
        assert isinstance(recall, Retry)

        assert isinstance(wp.send(NEW, deadline=late), Delivered)
        assert ["Lời mới" in p["content"] for p in wordpress.posts()] == [True]
        assert isinstance(wp.recall(MESSAGE, sent.ref), Delivered)
        assert wordpress.posts("publish") == []


def test_an_edit_that_never_landed_is_not_found(wordpress: WordPressSite, late: float) -> None:
    """The old words are public, the new ones are not: that is no proof of the new ones."""
    wp = channel(wordpress)
    wp.send(MESSAGE, deadline=late)
    later = datetime.now(UTC) + timedelta(hours=1)

    assert isinstance(wp.find(changed(first_try_at=later)), Delivered)
    assert isinstance(wp.find(changed(first_try_at=later, text="<p>Khác</p>")), Absent)
