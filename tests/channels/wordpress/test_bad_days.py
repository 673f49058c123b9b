"""What a real WordPress says on its bad days and to accounts without rights, and what it proves."""


import pytest

from channels.values import Delivered, Retry, Uncertain
from channels.wordpress import CODES
from tests.channels.wordpress.bench import (
    MESSAGE,
    NEW,
    channel,
)
from tests.wordpress import WordPressSite


@pytest.mark.parametrize(("role", "missing"), [
    ("administrator", ""), ("editor", ""), ("author", ""),
    ("contributor", "publish_posts (xuất bản)"),
])
def test_a_role_is_told_which_right_it_lacks(
    wordpress: WordPressSite, late: float, role: str, missing: str
) -> None:
    """Before the slot by check(), at the slot by the outcome, which rests the account."""
    wp = channel(wordpress, role=role)

    health, outcome = wp.check("chinh"), wp.send(MESSAGE, deadline=late)

    assert health.ok is not bool(missing)
    assert missing in health.detail
    if missing:
        assert isinstance(outcome, Retry)
        assert (outcome.code, outcome.scope) == ("wp-rest_cannot_publish", "account")
        assert wordpress.posts() == []


@pytest.mark.parametrize("by_hand", [False, True])
def test_an_author_may_not_touch_what_another_published(
    wordpress: WordPressSite, late: float, by_hand: bool
) -> None:
    """After a change of accounts: which right is missing is said; nothing is doubled."""
    if by_hand:
        wordpress.rest("POST", "posts", "editor", title="x", slug="gv-td-01", status="publish")
    else:
        channel(wordpress, role="editor").send(MESSAGE, deadline=late)

    outcome = channel(wordpress).send(NEW, deadline=late)

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.scope) == ("wp-rest_forbidden_context", "account")
    assert "edit_others_posts" in outcome.detail
    assert len(wordpress.posts()) == 1


HTML = "header('Content-Type: text/html'); echo '<html><title>Đang bảo trì</title></html>'; exit;"
CLOSED = """add_filter('rest_authentication_errors', fn() =>
    new WP_Error('rest_cannot_access', 'x', ['status' => 401]));"""
STRIPPED = """unset($_SERVER['PHP_AUTH_USER'], $_SERVER['PHP_AUTH_PW'],
    $_SERVER['HTTP_AUTHORIZATION']);"""
MOVED = "header('Location: https://xa.example/wp-json/wp/v2/posts', true, 301); exit;"
#: what is done to the site: code, whose trouble, whether it costs a try, code of check()
BAD_DAYS: dict[str, tuple[str, str, str, bool, str]] = {
    "REST closed to visitors and us": ("plugin", CLOSED,
        "wp-rest_cannot_access", False, "wp-rest_cannot_access"),
    "application passwords off": ("plugin",
        "add_filter('wp_is_application_passwords_available', '__return_false');",
        "wp-login", False, "wp-application_passwords_disabled"),
    "login stripped by the server": ("before", STRIPPED,
        "wp-login", False, "wp-rest_not_logged_in"),
    "firewall": ("before", f"http_response_code(403); {HTML}", "http-403", False, "http-403"),
    "no REST": ("before", f"http_response_code(404); {HTML}", "http-404", False, "http-404"),
    "error page with 200": ("before", HTML, "wp-page", False, "wp-page"),
    "busy": ("before", f"http_response_code(503); header('Retry-After: 30'); {HTML}",
             "http-503-later", False, "http-503-later"),
    "busy, no time said": ("before", f"http_response_code(503); {HTML}",
                           "wp-away", False, "wp-away"),
    "error page with 500": ("before", f"http_response_code(500); {HTML}",
                            "wp-away", False, "wp-away"),
    "to https": ("before", MOVED, "http-301", False, "http-301"),
}


@pytest.mark.parametrize("day", BAD_DAYS)
def test_a_bad_day_has_its_outcome_and_its_next_step(
    wordpress: WordPressSite, late: float, day: str
) -> None:
    """Nothing is published, nothing rejected for good, and the same works once it is mended."""
    switch, php, code, counts, checked = BAD_DAYS[day]
    wp = channel(wordpress)
    getattr(wordpress, switch)(php)

    outcome, health, found = wp.send(MESSAGE, deadline=late), wp.check("chinh"), wp.find(MESSAGE)

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.counts, health.code) == (code, counts, checked)
    assert not health.ok
    assert isinstance(found, Uncertain)
    assert day != "to https" or "https://xa.example" in outcome.detail
    assert all(c in CODES or c == "http-301" for c in (code, checked))
    wordpress.clean()
    assert wordpress.posts() == []
    assert isinstance(wp.send(MESSAGE, deadline=late), Delivered)


@pytest.mark.parametrize(("role", "password"), [("author", "sai"), ("khong-ai", "sai")])
def test_a_wrong_login_stops_the_account_and_spends_no_message(
    wordpress: WordPressSite, late: float, role: str, password: str
) -> None:
    """WordPress answers it with 400, "invalid parameter": that is no fault of the message."""
    wp = channel(wordpress, role=role, password=password)
    sent = channel(wordpress).send(MESSAGE, deadline=late)

    outcomes = [wp.send(NEW, deadline=late), wp.recall(MESSAGE, sent.ref),
                wp.pin(MESSAGE, sent.ref, deadline=late)]

    assert all(isinstance(o, Retry) and o.scope == "account" and not o.counts for o in outcomes)
    assert not wp.check("chinh").ok
    assert isinstance(wp.find(MESSAGE), Uncertain)
    assert [p["status"] for p in wordpress.posts()] == ["publish"]


def test_wordpress_updating_itself_is_waited_for_but_not_for_ten_minutes(
    wordpress: WordPressSite, late: float
) -> None:
    """Retry-After is always 600 there and the update takes seconds: a slot may be shorter."""
    wordpress.maintenance()
    outcome = channel(wordpress).send(MESSAGE, deadline=late)

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.retry_after, outcome.counts) == ("http-503-later", 120, False)


def test_a_site_that_holds_articles_back_is_found_out(
    wordpress: WordPressSite, late: float
) -> None:
    """201, and yet not public: no success, and no second article at the next try."""
    wordpress.plugin("""add_filter('wp_insert_post_data', function ($data) {
        if ($data['post_type'] === 'post') $data['post_status'] = 'pending'; return $data; });""")
    wp = channel(wordpress)

    outcomes = [wp.send(MESSAGE, deadline=late) for _ in range(2)]

    assert [(type(o), o.code) for o in outcomes] == [(Retry, "wp-not-public")] * 2
    assert len(wordpress.posts()) == 1


def test_a_database_that_takes_nothing_is_tried_again(
    wordpress: WordPressSite, late: float
) -> None:
    """A full disk of theirs is no fault of the message."""
    wordpress.plugin("add_filter('query', fn($q) => "
                     "str_starts_with($q, 'INSERT INTO `wp_posts`') ? 'KHONG' : $q);")
    outcome = channel(wordpress).send(MESSAGE, deadline=late)

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.counts) == ("wp-db_insert_error", True)
