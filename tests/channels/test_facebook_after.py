"""Facebook after the post: taken back, corrected, pinned, measured; and the account's check."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from channels.base import Recalls
from channels.build import build_channel
from channels.online import Corrects, Figures, Measures, Pins
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Attachment, Delivered, Rejected, Retry, Uncertain
from sandbox.facebook_posts import add
from tests.channels.conftest import NOW, SECRETS, Bench, Far, RealClock, Soon, a_message

MESSAGE = a_message("facebook")


@pytest.fixture
def channel(bench: Bench) -> Any:
    return bench.build("facebook")


# -- recall --


def test_a_recall_takes_every_copy_and_nothing_else(channel: Any, far: Far, soon: Soon) -> None:
    """A post sent twice in danger, or scheduled by hand, would stay public."""
    store = far.sandbox.store
    ref = channel.send(MESSAGE, deadline=soon()).ref
    add("1234567", {"message": MESSAGE.text}, store)
    add("1234567", {"message": MESSAGE.text, "published": "false"}, store)
    other = add("1234567", {"message": MESSAGE.text.replace("0412", "0413")}, store)["id"]

    outcome = channel.recall(MESSAGE, ref)

    assert isinstance(outcome, Delivered)
    assert list(store.posts) == [other]


def test_without_a_tag_only_the_post_itself_is_taken(channel: Any, far: Far, soon: Soon) -> None:
    """A like text may be another delivery's."""
    message = replace(MESSAGE, text="Cảnh báo không mã")
    ref = channel.send(message, deadline=soon()).ref
    other = add("1234567", {"message": message.text}, far.sandbox.store)["id"]

    assert isinstance(channel.recall(message, ref), Delivered)
    assert list(far.sandbox.store.posts) == [other]


@pytest.mark.parametrize(("minutes", "kind"), [(4, Retry), (5, Delivered)])
def test_a_recall_without_a_ref_waits_until_the_feed_is_up_to_date(
    channel: Any, minutes: int, kind: type
) -> None:
    """Nothing seen just after a try is not nothing there."""
    message = replace(MESSAGE, first_try_at=NOW - timedelta(minutes=minutes))

    assert isinstance(channel.recall(message, ""), kind)


def test_a_recall_without_a_ref_finds_the_post_by_its_tag(
    channel: Any, far: Far, soon: Soon
) -> None:
    """The answer was lost, the post is public all the same."""
    channel.send(MESSAGE, deadline=soon())

    assert isinstance(channel.recall(MESSAGE, ""), Delivered)
    assert not far.sandbox.store.posts


def test_copies_that_cannot_be_looked_for_leave_the_recall_open(
    channel: Any, far: Far, soon: Soon
) -> None:
    """Taken back is what is surely gone."""
    ref = channel.send(MESSAGE, deadline=soon()).ref
    far.order("/graph", "pass", "500")

    assert isinstance(channel.recall(MESSAGE, ref), Retry)
    assert isinstance(channel.recall(MESSAGE, ref), Delivered)


def test_half_an_answer_to_a_deletion_is_no_refusal(
    bench: Bench, httpserver: HTTPServer
) -> None:
    """The post may be gone or not: tried again, and no person is sent to look."""
    httpserver.expect_request("/v26.0/1_2").respond_with_data('{"error": {"mess', status=400)
    channel = bench.build("facebook", url=httpserver.url_for("/").rstrip("/"))
    assert isinstance(channel, Recalls)

    assert isinstance(channel.recall(MESSAGE, "1_2"), Retry)


def test_where_deleting_is_refused_the_text_becomes_a_notice(
    channel: Any, far: Far, soon: Soon
) -> None:
    """An app may edit its own post: the warning is no longer read."""
    message = replace(MESSAGE, text=f"{MESSAGE.text} [fb:xoa]")
    ref = channel.send(message, deadline=soon()).ref

    outcome = channel.recall(message, ref)

    assert isinstance(outcome, Delivered)
    text = far.sandbox.store.posts[ref]["message"]
    assert text.startswith("[ĐÃ THU HỒI]")
    assert "lua dao" not in text


def test_pictures_that_cannot_be_deleted_are_for_a_person(
    bench: Bench, channel: Any, soon: Soon
) -> None:
    """A text edited away leaves the poster public: that is no recall."""
    (bench.folder / "a.jpg").write_bytes(b"anh")
    picture = Attachment("a.jpg", hashlib.sha256(b"anh").hexdigest(), "Ảnh")
    message = replace(MESSAGE, text=f"{MESSAGE.text} [fb:xoa]", attachments=(picture,))
    ref = channel.send(message, deadline=soon()).ref

    outcome = channel.recall(message, ref)

    assert isinstance(outcome, Rejected)
    assert outcome.code == "fb-recall"


# -- corrected, pinned, measured --


def test_a_correction_edits_the_post_where_it_stands(channel: Any, far: Far, soon: Soon) -> None:
    """The same address, twice as good as once; what is gone cannot be corrected."""
    ref = channel.send(MESSAGE, deadline=soon()).ref
    message = replace(MESSAGE, text="Đính chính. Mã tin: LN-0412")

    assert isinstance(channel, Corrects)
    done = [channel.correct(message, ref, deadline=soon()) for _ in range(2)]

    assert [d.ref for d in done] == [ref, ref]
    assert done[0].url == far.sandbox.store.posts[ref]["permalink_url"]
    assert [p["message"] for p in far.sandbox.store.posts.values()] == [message.text]
    gone = channel.correct(message, "1234567_9", deadline=soon())
    assert isinstance(gone, Rejected)
    assert gone.code == "fb-100-33"


def test_a_pin_is_set_and_taken_away(channel: Any, far: Far, soon: Soon) -> None:
    """Twice is as good as once; what is gone is as good as unpinned, and cannot be pinned."""
    ref = channel.send(MESSAGE, deadline=soon()).ref
    post = far.sandbox.store.posts[ref]

    assert isinstance(channel, Pins)
    for _ in range(2):
        assert isinstance(channel.pin(MESSAGE, ref, deadline=soon()), Delivered)
        assert post["is_pinned"]
    for _ in range(2):
        assert isinstance(channel.unpin(MESSAGE, ref, deadline=soon()), Delivered)
        assert not post["is_pinned"]
    assert isinstance(channel.unpin(MESSAGE, "1234567_9", deadline=soon()), Delivered)
    assert isinstance(channel.pin(MESSAGE, "1234567_9", deadline=soon()), Rejected)


def test_a_pin_that_facebook_does_not_take_is_for_a_person(channel: Any, soon: Soon) -> None:
    """The post stands; only its place is not what was wanted."""
    message = replace(MESSAGE, text=f"{MESSAGE.text} [fb:ghim]")
    ref = channel.send(message, deadline=soon()).ref

    outcome = channel.pin(message, ref, deadline=soon())

    assert isinstance(outcome, Rejected)
    assert outcome.code == "fb-pin"


@pytest.mark.parametrize(("order", "views"), [("", {"views": 120}), ("[fb:insights]", {})])
def test_figures_are_those_facebook_gives(
    channel: Any, soon: Soon, order: str, views: dict[str, int]
) -> None:
    """No permission for insights leaves the other figures; what is not given is left out."""
    message = replace(MESSAGE, text=f"{MESSAGE.text} {order}")
    ref = channel.send(message, deadline=soon()).ref

    assert isinstance(channel, Measures)
    figures = channel.measure(message, ref, deadline=soon())

    assert figures == Figures({"shares": 0, "reactions": 4, "comments": 2} | views)
    assert isinstance(channel.measure(message, "1234567_9", deadline=soon()), Rejected)


# -- the account --


def debugged(bench: Bench, server: HTTPServer, told: dict[str, Any], **options: Any) -> Any:
    """The health of an account of which `debug_token` tells this."""
    headers = {"facebook-api-version": options.pop("served", "v26.0")}
    if used := options.pop("used", 0):
        headers["X-App-Usage"] = f'{{"call_count": {used}}}'
    server.expect_request("/v26.0/me").respond_with_json({"id": "1"}, headers=headers)
    server.expect_request("/v26.0/debug_token").respond_with_json({"data": told})
    page = options.pop("page", {"id": "1234567"})
    server.expect_request("/v26.0/1234567").respond_with_json(page)
    url = server.url_for("/").rstrip("/")
    return bench.build("facebook", url=url, **options).check("chinh")


GOOD = {"is_valid": True, "type": "PAGE", "profile_id": "1234567", "expires_at": 0,
        "scopes": ["pages_manage_posts", "pages_read_engagement", "pages_show_list"]}


@pytest.mark.parametrize(("wrong", "code"), [
    ({}, "ok"),
    ({"is_valid": False}, "fb-190"),
    ({"type": "USER"}, "fb-user-token"),
    ({"profile_id": "999"}, "fb-page"),
    ({"scopes": ["pages_read_engagement"]}, "fb-scope"),
    ({"scopes": ["pages_manage_posts"]}, "fb-scope"),
])
def test_a_token_that_could_not_post_is_found_before_the_slot(
    bench: Bench, httpserver: HTTPServer, wrong: dict[str, Any], code: str
) -> None:
    """A person's token, another page's, one without the permissions: each with its step."""
    health = debugged(bench, httpserver, GOOD | wrong)

    assert health.code == code
    assert health.ok == (code == "ok")


@pytest.mark.parametrize(("page", "code"), [
    ({"tasks": ["ANALYZE"]}, "fb-task"),
    ({"tasks": ["ANALYZE", "CREATE_CONTENT"]}, "ok"),
    ({"error": {"code": 100, "message": "nonexisting field (tasks)"}}, "ok"),
])
def test_the_task_is_judged_only_where_facebook_tells_it(
    bench: Bench, httpserver: HTTPServer, page: dict[str, Any], code: str
) -> None:
    """A question that a version does not know is no fault of the account."""
    assert debugged(bench, httpserver, GOOD, page=page).code == code


@pytest.mark.parametrize(("token", "version", "code", "ends", "days"), [
    (6, 400, "fb-token-end", 6, 7),
    (8, 400, "ok", 8, 7),
    (300, 59, "fb-version", 59, 60),
    (300, 61, "ok", 61, 60),
    (20, 50, "fb-version", 50, 60),  # the token's week has not come, the version's time has
    (3, 50, "fb-token-end", 3, 7),
])
def test_each_end_is_told_of_in_its_own_time(
    bench: Bench, httpserver: HTTPServer, token: int, version: int, code: str, ends: int, days: int
) -> None:
    """A token takes a log-in and is told a week ahead; a version takes a test: 60 days."""
    day = NOW.replace(hour=0)
    until = int((day + timedelta(days=token)).timestamp())
    options = {"version_expires": str((day + timedelta(days=version)).date())}

    health = debugged(bench, httpserver, GOOD | {"expires_at": until}, **options)

    assert (health.ok, health.code) == (True, code)
    assert (health.expires_at, health.warn_days) == (day + timedelta(days=ends), days)


def test_a_version_whose_end_is_known_needs_no_date(bench: Bench) -> None:
    """v21.0 ends on 2027-01-21; an older one has ended; an end nobody knows is asked for."""
    def check(version: str) -> Any:
        return bench.build("facebook", version=version).check("chinh")

    assert check("v21.0").expires_at == datetime(2027, 1, 21, tzinfo=UTC)
    assert check("v21.0").code == "fb-version"
    assert check("v19.0").expires_at < NOW
    assert check("v26.0").expires_at is None
    assert "version_expires" in check("v26.0").detail


def test_a_version_that_facebook_no_longer_serves_is_told(
    bench: Bench, httpserver: HTTPServer
) -> None:
    """It answers with its oldest, and says which."""
    health = debugged(bench, httpserver, GOOD, served="v27.0", version_expires="2028-07-29")

    assert (health.code, health.expires_at) == ("fb-version", NOW)


def test_usage_is_told_by_the_check(bench: Bench, httpserver: HTTPServer) -> None:
    """Before the slot: whoever else uses the token can still be stopped."""
    assert "80%" in debugged(bench, httpserver, GOOD, used=80).detail


def test_each_page_has_its_own_token(sandbox: Any, bench: Bench, soon: Soon) -> None:
    """One page's dead token leaves the others publishing."""
    spec = ChannelSpec(
        "fb", "facebook",
        (AccountSpec("a", {"token": "env:KEY"}), AccountSpec("b", {"token": "env:WRONG"})),
        targets={"111": "a", "222": "b"},
        options={"version": "v26.0", "url": f"{sandbox.base_url}/graph"},
    )
    channel: Any = build_channel(spec, Context(
        wire=bench.wire, clock=RealClock(), secrets=SECRETS.__getitem__,
        folder=bench.folder, home=bench.folder))

    good = channel.send(replace(MESSAGE, target="111"), deadline=soon())
    bad = channel.send(replace(MESSAGE, target="222"), deadline=soon())

    assert isinstance(good, Delivered)
    assert (bad.code, bad.scope) == ("fb-190-463", "account")
    assert (channel.check("a").ok, channel.check("b").ok) == (True, False)
    assert isinstance(channel.find(replace(MESSAGE, target="111")), Delivered)
    assert isinstance(channel.find(replace(MESSAGE, target="222")), Uncertain)
