"""Facebook, scheduled ahead: there before the slot, seen by nobody, and public once at its hour."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from channels.online import Prepared, Prepares
from channels.values import Absent, Attachment, Delivered, Rejected, Retry, Uncertain
from sandbox.facebook_posts import add
from tests.channels.conftest import NOW, Bench, Far, Soon, a_message, patience

OPENS = NOW + timedelta(hours=1)
MESSAGE = a_message("facebook", opens_at=OPENS, expires_at=OPENS + timedelta(hours=1))


@pytest.fixture
def channel(bench: Bench) -> Any:
    return bench.build("facebook", schedule_ahead=True)


def scheduled(far: Far) -> list[dict[str, Any]]:
    return [p for p in far.sandbox.store.posts.values() if not p["is_published"]]


@pytest.mark.parametrize(("ahead", "wanted"), [
    (timedelta(minutes=14, seconds=59), False),
    (timedelta(minutes=15), True),
    (timedelta(days=28), True),
    (timedelta(days=28, seconds=1), False),
])
def test_only_an_hour_that_facebook_schedules_is_prepared(
    bench: Bench, channel: Any, far: Far, soon: Soon, ahead: timedelta, wanted: bool
) -> None:
    """15 minutes to 28 days; all else is posted at its slot, and so is all where it is off."""
    message = replace(MESSAGE, opens_at=NOW + ahead)

    assert isinstance(channel, Prepares)
    assert channel.prepares(message) is wanted
    assert bench.build("facebook").prepares(message) is False  # type: ignore[attr-defined]
    if not wanted:
        outcome = channel.prepare(message, deadline=soon())
        assert (outcome.code, outcome.counts) == ("fb-late", False)
        assert not far.sandbox.store.posts


def test_prepared_is_seen_by_nobody_until_it_is_sent(channel: Any, far: Far, soon: Soon) -> None:
    """Prepared, found as such, public once at the slot, and sending twice is as good as once."""
    # when it is prepared
    prepared = channel.prepare(MESSAGE, deadline=soon())
    # then it stands there, hidden, for its own hour
    assert isinstance(prepared, Prepared)
    assert far.taken() == 0
    [post] = scheduled(far)
    assert post["scheduled_publish_time"] == int(OPENS.timestamp())
    assert channel.find(MESSAGE) == replace(prepared, detail="Bài đã hẹn giờ, chưa công khai")
    # when its slot comes
    message = replace(MESSAGE, ref=prepared.ref)
    sent = [channel.send(message, deadline=soon()) for _ in range(2)]
    # then it is public, once, and the permalink proves it
    assert sent == [Delivered(prepared.ref, post["permalink_url"])] * 2
    assert far.taken() == 1
    assert channel.find(MESSAGE) == sent[0]


def test_what_facebook_published_by_itself_is_delivered(
    channel: Any, far: Far, soon: Soon
) -> None:
    """At the hour nothing is left to do but to see it."""
    prepared = channel.prepare(MESSAGE, deadline=soon())
    [post] = scheduled(far)
    post["is_published"] = True  # by Facebook's clock

    assert isinstance(
        channel.send(replace(MESSAGE, ref=prepared.ref), deadline=soon()), Delivered)


def test_preparing_again_schedules_nothing_more(channel: Any, far: Far, soon: Soon) -> None:
    """A crash between the answer and its storing is no second post."""
    refs = {channel.prepare(MESSAGE, deadline=soon()).ref for _ in range(3)}

    assert len(refs) == len(scheduled(far)) == 1


@pytest.mark.parametrize("order", ["[fb:dang]", "[fb:html]"])
def test_scheduled_behind_an_error_is_found_at_once(
    channel: Any, far: Far, soon: Soon, order: str
) -> None:
    """500 though scheduled: looked at while nobody sees it."""
    message = replace(MESSAGE, text=f"{MESSAGE.text} {order}")

    prepared = channel.prepare(message, deadline=soon())

    assert isinstance(prepared, Prepared)
    assert [p["id"] for p in scheduled(far)] == [prepared.ref]


def test_an_unanswered_schedule_that_is_not_seen_is_in_doubt(
    channel: Any, far: Far, soon: Soon
) -> None:
    """Not in the list yet: the worker asks again, nothing is scheduled twice."""
    message = replace(MESSAGE, text=f"{MESSAGE.text} [fb:dang][fb:tre:1]")

    assert isinstance(channel.prepare(message, deadline=soon()), Uncertain)
    assert isinstance(channel.find(message), Prepared)


@pytest.mark.parametrize("tagged", [True, False])
def test_doubles_are_deleted_while_nobody_sees_them(
    channel: Any, far: Far, soon: Soon, tagged: bool
) -> None:
    """By the tag only: a like text may be another delivery's. Two workers keep the same one."""
    text = MESSAGE.text if tagged else "Cảnh báo không mã"
    message = replace(MESSAGE, text=text)
    given = {"message": text, "published": "false",
             "scheduled_publish_time": str(int(OPENS.timestamp()))}
    other = dict(given, message=text.replace("LN-0412", "LN-04123"))
    refs = [add("1234567", given, far.sandbox.store)["id"] for _ in range(3)]
    strange = add("1234567", other, far.sandbox.store)["id"]

    prepared = channel.prepare(message, deadline=soon())

    left = {post["id"] for post in scheduled(far)}
    assert prepared.ref == min([*refs] if tagged else [*refs, strange], key=lambda r: (len(r), r))
    assert left == ({prepared.ref, strange} if tagged else {*refs, strange})


def test_a_like_text_for_another_day_is_not_this_one(channel: Any, far: Far, soon: Soon) -> None:
    """Without a tag the hour must be its own, too: next week's is no proof of today's."""
    message = replace(MESSAGE, text="Cảnh báo không mã")
    later = {"message": message.text, "published": "false",
             "scheduled_publish_time": str(int((OPENS + timedelta(days=7)).timestamp()))}
    add("1234567", later, far.sandbox.store)

    assert isinstance(channel.find(message), Absent)
    channel.prepare(message, deadline=soon())
    assert len(scheduled(far)) == 2


def test_a_list_that_cannot_be_read_schedules_nothing(
    channel: Any, far: Far, soon: Soon
) -> None:
    """Without looking first, a repeat would be a double."""
    far.order("/graph", "500")

    assert isinstance(channel.prepare(MESSAGE, deadline=soon()), Retry)
    assert not far.sandbox.store.posts


def test_a_list_that_is_refused_schedules_nothing_and_is_in_no_doubt(
    bench: Bench, httpserver: HTTPServer, soon: Soon
) -> None:
    """Nothing was sent, so there is nothing to look for."""
    httpserver.expect_request("/v26.0/1234567/scheduled_posts").respond_with_json(
        {"error": {"code": 100}}, status=400)
    channel: Any = bench.build(
        "facebook", url=httpserver.url_for("/").rstrip("/"), schedule_ahead=True)

    outcome = channel.prepare(MESSAGE, deadline=soon())

    assert isinstance(outcome, Retry)
    assert len(httpserver.log) == 1


def test_facebook_publishing_in_the_same_moment_is_no_failure(
    channel: Any, far: Far, soon: Soon
) -> None:
    """Our order is refused because the post is public already: so it is delivered."""
    message = replace(MESSAGE, text=f"{MESSAGE.text} [fb:cung-luc]")
    prepared = channel.prepare(message, deadline=soon())

    sent = channel.send(replace(message, ref=prepared.ref), deadline=soon())

    assert isinstance(sent, Delivered)
    assert far.taken() == 1


def test_a_send_without_a_ref_looks_for_what_was_prepared(
    channel: Any, far: Far, soon: Soon
) -> None:
    """The answer to `prepare` was lost for good: what is scheduled goes public, not a second."""
    prepared = channel.prepare(MESSAGE, deadline=soon())

    sent = channel.send(MESSAGE, deadline=soon())

    assert isinstance(sent, Delivered)
    assert sent.ref == prepared.ref
    assert far.taken() == 1


@pytest.mark.parametrize(("since_opening", "kind"), [(-1, Retry), (4, Retry), (5, Rejected)])
def test_what_was_prepared_and_is_gone_is_for_a_person(
    channel: Any, far: Far, soon: Soon, since_opening: int, kind: type
) -> None:
    """Somebody took it off: it is not published over their head, and a feed may show it late."""
    prepared = channel.prepare(MESSAGE, deadline=soon())
    del far.sandbox.store.posts[prepared.ref]
    opened = NOW - timedelta(minutes=since_opening)

    outcome = channel.send(
        replace(MESSAGE, ref=prepared.ref, opens_at=opened), deadline=soon())

    assert isinstance(outcome, kind)
    assert outcome.code == "fb-gone"
    assert not getattr(outcome, "counts", False)
    assert far.taken() == 0


def test_what_was_prepared_and_has_another_id_is_found(
    channel: Any, far: Far, soon: Soon
) -> None:
    """The tag, not the id, is what a post is known by."""
    add("1234567", {"message": MESSAGE.text}, far.sandbox.store)

    sent = channel.send(replace(MESSAGE, ref="1234567_1"), deadline=soon())

    assert isinstance(sent, Delivered)
    assert far.taken() == 1


@pytest.mark.parametrize("mode", ["500", "500_posted", "html200", "cut", "bad_json"])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_no_fault_at_the_slot_publishes_twice(
    bench: Bench, far: Far, soon: Soon, mode: str, before: int
) -> None:
    """Whatever question or order is lost, a repeat ends in one public post."""
    channel: Any = bench.build(
        "facebook", schedule_ahead=True, timeout=patience(mode, ordered=True))
    prepared = channel.prepare(MESSAGE, deadline=soon())
    message = replace(MESSAGE, ref=prepared.ref)
    far.order("/graph", *["pass"] * before, mode)

    first = channel.send(message, deadline=soon())
    second = channel.send(message, deadline=soon())

    assert isinstance(first, Retry)
    assert isinstance(second, Delivered)
    assert far.taken() == 1


def test_a_scheduled_post_is_taken_back_like_a_public_one(
    channel: Any, far: Far, soon: Soon
) -> None:
    """Else Facebook would publish by itself what was recalled."""
    prepared = channel.prepare(MESSAGE, deadline=soon())

    assert isinstance(channel.recall(MESSAGE, prepared.ref), Delivered)
    assert not far.sandbox.store.posts


def test_pictures_of_a_scheduled_post_are_temporary(
    bench: Bench, channel: Any, far: Far, soon: Soon
) -> None:
    """Facebook refuses to attach others to a post that is not public yet."""
    (bench.folder / "a.jpg").write_bytes(b"anh")
    picture = Attachment("a.jpg", hashlib.sha256(b"anh").hexdigest(), "Ảnh")

    prepared = channel.prepare(replace(MESSAGE, attachments=(picture,)), deadline=soon())

    assert isinstance(prepared, Prepared)
    assert [photo["temporary"] for photo in far.sandbox.store.photos.values()] == [True]
