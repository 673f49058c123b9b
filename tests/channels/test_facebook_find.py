"""Facebook: how a post whose answer was lost is found again, and never sent twice."""

from dataclasses import replace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from channels.values import Absent, Delivered, Retry, Uncertain
from tests.channels.conftest import Bench, Far, Soon, a_message

MESSAGE = a_message("facebook")


def test_a_post_whose_answer_was_lost_is_found_by_its_tag(
    bench: Bench, far: Far, soon: Soon
) -> None:
    """500 though posted: the post stands, so it must be found and never sent again."""
    channel: Any = bench.build("facebook")
    far.order("/graph", "500_posted")
    assert isinstance(channel.send(MESSAGE, deadline=soon()), Uncertain)

    found = channel.find(MESSAGE)

    assert isinstance(found, Delivered)
    assert found.ref == far.messages()[0]["ref"]
    assert found.url.startswith("https://www.facebook.com/1234567/posts/")


SAME = [
    ("LN-0412", "Bài khác hẳn, có mã LN-0412", True),
    ("LN-0412", MESSAGE.text.replace("LN-0412", "LN-0413"), False),
    ("", "canh  bao lua đảo\n", False),
    ("", "CANH BAO  lua dao\nMã tin: LN-0412", True),
]


@pytest.mark.parametrize(("tag", "posted", "same"), SAME)
def test_the_tag_decides_else_the_whole_text(
    bench: Bench, soon: Soon, tag: str, posted: str, same: bool
) -> None:
    """A like text of another day is not this delivery; spaces and capitals do not matter."""
    channel: Any = bench.build("facebook")
    channel.send(replace(MESSAGE, text=posted), deadline=soon())

    found = channel.find(replace(MESSAGE, tag=tag))

    assert isinstance(found, Delivered if same else Absent)


def test_absent_is_said_only_after_the_last_page(bench: Bench, httpserver: HTTPServer) -> None:
    """The feed is read by cursors; the `next` address is not used, for it carries the token."""
    paging = {"next": "http://127.0.0.1:9/?access_token=t", "cursors": {"after": "c1"}}
    page = {"data": [{"id": "1_1", "message": "x"}], "paging": paging}
    last = {"data": [{"id": "1_2", "message": MESSAGE.text}]}
    scheduled = "/v26.0/1234567/scheduled_posts"
    httpserver.expect_ordered_request(scheduled).respond_with_json({"data": []})
    httpserver.expect_ordered_request("/v26.0/1234567/feed").respond_with_json(page)
    httpserver.expect_ordered_request("/v26.0/1234567/feed").respond_with_json(last)
    channel: Any = bench.build("facebook", url=httpserver.url_for("/").rstrip("/"))

    found = channel.find(MESSAGE)

    assert isinstance(found, Delivered)
    assert found.ref == "1_2"
    assert httpserver.log[2][0].args["after"] == "c1"


UNFINISHED = [
    {"data": [], "paging": {"next": "x", "cursors": {"after": "c"}}},  # for ever
    {"data": [], "paging": {"next": "x"}},  # more, and no way to it
    {"data": "?"},
    {"error": {"code": 100}},
    {"data": [], "error": {"code": 4711}},
]


@pytest.mark.parametrize("edge", ["feed", "scheduled_posts"])
@pytest.mark.parametrize("body", UNFINISHED)
def test_a_list_not_read_to_its_end_is_not_absent(
    bench: Bench, httpserver: HTTPServer, body: object, edge: str
) -> None:
    """Not found in a part proves nothing; `Absent` would let the post go out again."""
    other = {"feed": "scheduled_posts", "scheduled_posts": "feed"}[edge]
    httpserver.expect_request(f"/v26.0/1234567/{edge}").respond_with_json(body)
    httpserver.expect_request(f"/v26.0/1234567/{other}").respond_with_json({"data": []})
    channel: Any = bench.build("facebook", url=httpserver.url_for("/").rstrip("/"))

    assert isinstance(channel.find(MESSAGE), Uncertain)


def test_a_list_without_a_way_on_is_not_read_from_its_beginning(
    bench: Bench, httpserver: HTTPServer
) -> None:
    """More is told of, and no cursor leads there: another answer would be of other posts."""
    for body in ({"data": []}, {"data": [], "paging": {"next": "x"}}, {"data": []}):
        httpserver.expect_ordered_request("").respond_with_json(body)
    channel: Any = bench.build("facebook", url=httpserver.url_for("/").rstrip("/"))

    assert isinstance(channel.find(MESSAGE), Uncertain)


def test_what_a_visitor_wrote_is_not_ours(bench: Bench, httpserver: HTTPServer) -> None:
    """A neighbour who copies the warning, tag and all, has not published it."""
    post = {"id": "1_1", "message": MESSAGE.text, "from": {"id": "999"}}
    httpserver.expect_request("/v26.0/1234567/feed").respond_with_json({"data": [post]})
    httpserver.expect_request("/v26.0/1234567/scheduled_posts").respond_with_json({"data": []})
    channel: Any = bench.build("facebook", url=httpserver.url_for("/").rstrip("/"))

    assert isinstance(channel.find(MESSAGE), Absent)


def test_a_text_that_shows_no_tag_is_known_by_its_words(
    bench: Bench, far: Far, soon: Soon
) -> None:
    """A template may leave the tag out; looking for it then would find nothing, and send twice."""
    message = replace(MESSAGE, text="Cảnh báo không mã")
    channel: Any = bench.build("facebook")
    channel.send(message, deadline=soon())

    assert isinstance(channel.find(message), Delivered)


AWKWARD = ["[fb:dang]", "[fb:html]"]


@pytest.mark.parametrize("order", AWKWARD)
def test_posted_behind_an_error_is_in_doubt_and_then_found(
    bench: Bench, far: Far, soon: Soon, order: str
) -> None:
    """Facebook said 500, or showed an outage page, and had posted: one post, never a second."""
    message = replace(MESSAGE, text=f"{MESSAGE.text} {order}")
    channel: Any = bench.build("facebook")

    first = channel.send(message, deadline=soon())
    again = channel.send(replace(message, attempt=2), deadline=soon())

    assert isinstance(first, Uncertain)
    assert isinstance(channel.find(message), Delivered)
    assert isinstance(again, Delivered)
    assert far.taken() == 1


def test_a_feed_that_shows_a_post_late_is_asked_again(bench: Bench, soon: Soon) -> None:
    """A single `Absent` is no proof: the worker asks twice, two minutes apart."""
    message = replace(MESSAGE, text=f"{MESSAGE.text} [fb:tre:1]")
    channel: Any = bench.build("facebook")
    channel.send(message, deadline=soon())

    assert isinstance(channel.find(message), Absent)
    assert isinstance(channel.find(message), Delivered)


@pytest.mark.parametrize(("late", "kind"), [("", Delivered), ("[fb:tre:9]", Uncertain)])
def test_a_double_is_evidence_and_is_looked_for_at_once(
    bench: Bench, far: Far, soon: Soon, late: str, kind: type
) -> None:
    """506: an earlier try went out. Seen: that is the post. Not seen yet: in doubt, not sent."""
    message = replace(MESSAGE, text=f"{MESSAGE.text} [fb:trung]{late}")
    channel = bench.build("facebook")
    channel.send(message, deadline=soon())

    again = channel.send(message, deadline=soon())

    assert isinstance(again, kind)
    assert far.taken() == 1


def test_a_further_try_that_cannot_look_does_not_post(bench: Bench, far: Far, soon: Soon) -> None:
    """Not seen is not absent. Danger to life goes out all the same."""
    channel = bench.build("facebook")
    urgent = replace(MESSAGE, attempt=2, extra={"priority": "khan_cap"})

    far.order("/graph", "500")
    waits = channel.send(replace(MESSAGE, attempt=2), deadline=soon())
    far.order("/graph", "500")
    goes = channel.send(urgent, deadline=soon())

    assert isinstance(waits, Retry)
    assert isinstance(goes, Delivered)
    assert far.taken() == 1
