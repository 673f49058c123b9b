"""Facebook: its code table, its doubts, and how a lost post is found again."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from channels.facebook_codes import CODES
from channels.values import (
    Absent,
    Attachment,
    Delivered,
    Rejected,
    Retry,
    Uncertain,
)
from tests.channels.conftest import Bench, Far, Soon, a_message

MESSAGE = a_message("facebook")

TABLE = [
    # code/subcode, outcome, code of ours, scope
    ("1", Uncertain, "fb-1", None),
    ("2", Uncertain, "fb-2", None),
    ("4", Retry, "fb-4", "message"),
    ("17", Retry, "fb-17", "message"),
    ("32", Retry, "fb-32", "message"),
    ("341", Retry, "fb-341", "message"),
    ("613", Retry, "fb-613", "message"),
    ("80001", Retry, "fb-80001", "message"),
    ("190", Retry, "fb-190", "account"),
    ("190/458", Retry, "fb-190-458", "account"),
    ("190/459", Retry, "fb-190-459", "account"),
    ("190/460", Retry, "fb-190-460", "account"),
    ("190/463", Retry, "fb-190-463", "account"),
    ("190/464", Retry, "fb-190-464", "account"),
    ("190/467", Retry, "fb-190-467", "account"),
    ("190/492", Retry, "fb-190-492", "account"),
    ("190/999", Retry, "fb-190", "account"),
    ("102", Retry, "fb-102", "account"),
    ("10", Retry, "fb-10", "account"),
    ("200", Retry, "fb-200", "account"),
    ("210", Retry, "fb-200", "account"),
    ("299", Retry, "fb-200", "account"),
    ("368", Retry, "fb-368", "account"),
    ("368/1390008", Retry, "fb-368-1390008", "message"),
    ("368/4854002", Retry, "fb-368-4854002", "account"),
    ("368/1404082", Rejected, "fb-368-1404082", None),
    ("506", Uncertain, "fb-506", None),
    ("1609005", Rejected, "fb-1609005", None),
    ("100", Rejected, "fb-100", None),
    ("2500", Retry, "fb-2500", "account"),
    ("4242", Rejected, "http-400", None),
]


@pytest.mark.parametrize(("order", "kind", "code", "scope"), TABLE)
def test_a_code_proves_what_the_table_says(
    bench: Bench, far: Far, soon: Soon, order: str, kind: type, code: str, scope: str | None
) -> None:
    """The code decides, never the status; only waiting and the account spend no attempt."""
    message = replace(MESSAGE, text=f"{MESSAGE.text} [fb:{order}]")

    outcome = bench.build("facebook").send(message, deadline=soon())

    assert isinstance(outcome, kind)
    assert outcome.code == code
    assert getattr(outcome, "scope", None) == scope
    assert getattr(outcome, "counts", False) is False
    assert far.taken() == 0


def test_every_row_of_the_table_is_tested() -> None:
    """A row nobody tried is a guess."""
    assert set(CODES) - {code for _, _, code, _ in TABLE} == {"image"}


def test_posting_too_fast_waits_for_hours(bench: Bench, soon: Soon) -> None:
    """368/1390008: minutes would only prolong it."""
    message = replace(MESSAGE, text="[fb:368/1390008]")

    outcome = bench.build("facebook").send(message, deadline=soon())

    assert isinstance(outcome, Retry)
    assert outcome.retry_after == 7200


ODD: list[tuple[int, object, type]] = [
    (200, {"error": {"code": 190, "message": "x"}}, Retry),
    (200, {"error": {"code": 4711}}, Uncertain),
    (200, {"error": "text"}, Uncertain),
    (200, {"id": 5}, Uncertain),
    (200, [], Uncertain),
    (200, {}, Uncertain),
    (500, {"error": {"code": 4711}}, Uncertain),
    (503, {"error": {"code": 4}}, Retry),
    (400, {"error": {"code": None}}, Rejected),
    (400, "not json", Rejected),
]


@pytest.mark.parametrize(("status", "body", "kind"), ODD)
def test_an_odd_answer_is_no_success(
    bench: Bench, httpserver: HTTPServer, soon: Soon, status: int, body: object, kind: type
) -> None:
    """Only a 2xx with an id and no error says that the post stands."""
    httpserver.expect_request("/v26.0/1234567/feed").respond_with_json(body, status=status)
    channel = bench.build("facebook", url=httpserver.url_for("/").rstrip("/"))

    assert isinstance(channel.send(MESSAGE, deadline=soon()), kind)


def test_the_throttles_own_time_is_kept(bench: Bench, httpserver: HTTPServer, soon: Soon) -> None:
    """X-Business-Use-Case-Usage says in minutes when the page may post again."""
    usage = {"1234567": [{"estimated_time_to_regain_access": 7}, {"type": "pages",
             "estimated_time_to_regain_access": 3}]}  # fmt: skip
    httpserver.expect_request("/v26.0/1234567/feed").respond_with_json(
        {"error": {"code": 80001}},
        status=400,
        headers={"X-Business-Use-Case-Usage": json.dumps(usage)},
    )
    channel = bench.build("facebook", url=httpserver.url_for("/").rstrip("/"))

    outcome = channel.send(MESSAGE, deadline=soon())

    assert isinstance(outcome, Retry)
    assert outcome.retry_after == 420


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
    httpserver.expect_ordered_request("/v26.0/1234567/feed").respond_with_json(page)
    httpserver.expect_ordered_request("/v26.0/1234567/feed").respond_with_json(last)
    channel: Any = bench.build("facebook", url=httpserver.url_for("/").rstrip("/"))

    found = channel.find(MESSAGE)

    assert isinstance(found, Delivered)
    assert found.ref == "1_2"
    assert httpserver.log[1][0].args["after"] == "c1"


def test_too_many_posts_to_look_through_is_not_absent(bench: Bench, httpserver: HTTPServer) -> None:
    """Not found in a part of the feed proves nothing."""
    page = {"data": [], "paging": {"next": "x", "cursors": {"after": "c"}}}
    httpserver.expect_request("/v26.0/1234567/feed").respond_with_json(page)
    channel: Any = bench.build("facebook", url=httpserver.url_for("/").rstrip("/"))

    assert isinstance(channel.find(MESSAGE), Uncertain)


def test_the_end_of_token_and_version_is_told(bench: Bench, httpserver: HTTPServer) -> None:
    """The nearer of the two ends is the account's."""
    ends = int(datetime(2027, 3, 1, tzinfo=UTC).timestamp())
    httpserver.expect_request("/v26.0/me").respond_with_json({"id": "1"})
    httpserver.expect_request("/v26.0/debug_token").respond_with_json(
        {"data": {"is_valid": True, "expires_at": ends}}
    )
    url = httpserver.url_for("/").rstrip("/")

    late = bench.build("facebook", url=url, version_expires="2028-07-29").check("chinh")
    early = bench.build("facebook", url=url, version_expires="2027-01-21").check("chinh")

    assert late.expires_at == datetime(2027, 3, 1, tzinfo=UTC)
    assert early.expires_at == datetime(2027, 1, 21, tzinfo=UTC)


def test_pictures_go_up_unseen_and_with_their_words(bench: Bench, far: Far, soon: Soon) -> None:
    """Only the feed post is public; each picture is the approved one, byte for byte."""
    (bench.folder / "a.jpg").write_bytes(b"anh")
    good = Attachment("a.jpg", hashlib.sha256(b"anh").hexdigest(), "Ảnh cảnh báo")
    channel = bench.build("facebook")

    assert isinstance(
        channel.send(replace(MESSAGE, attachments=(good,)), deadline=soon()), Delivered
    )
    assert far.taken() == 1


@pytest.mark.parametrize("path", ["a.jpg", "khong-co.jpg"])
@pytest.mark.parametrize("kind", ["facebook", "wordpress", "static_site"])
def test_a_picture_that_is_not_the_approved_one_is_not_published(
    bench: Bench, far: Far, soon: Soon, kind: str, path: str
) -> None:
    """Approval is bound to the hash."""
    (bench.folder / "a.jpg").write_bytes(b"anh khac")
    wrong = Attachment(path, hashlib.sha256(b"anh").hexdigest(), "Ảnh")

    outcome = bench.build(kind).send(a_message(kind, attachments=(wrong,)), deadline=soon())

    assert isinstance(outcome, Rejected)
    assert outcome.code == "image"
    assert far.taken() == 0


def test_too_long_and_foreign_links_are_refused_at_plan_time(bench: Bench) -> None:
    """63,206 characters; links only where the programme allows."""
    channel = bench.build("facebook")

    long = channel.validate(replace(MESSAGE, text="a" * 63207))
    foreign = channel.validate(replace(MESSAGE, extra={"link": "https://lua-dao.com"}))

    assert [p.code for p in long] == ["too-long"]
    assert [p.code for p in foreign] == ["url"]


def test_the_token_is_in_no_address(bench: Bench, httpserver: HTTPServer, soon: Soon) -> None:
    """Addresses end in access logs."""
    httpserver.expect_request("/v26.0/1234567/feed").respond_with_json({"id": "1_2"})
    channel = bench.build("facebook", url=httpserver.url_for("/").rstrip("/"))

    channel.send(MESSAGE, deadline=soon())

    assert "khoa-bi-mat" not in httpserver.log[0][0].url
    assert "khoa-bi-mat" in httpserver.log[0][0].headers["Authorization"]


def test_a_target_cannot_name_another_call(bench: Bench, far: Far, soon: Soon) -> None:
    """A page id with a slash stays one part of the address."""
    message = replace(MESSAGE, target="me/accounts?x=")

    outcome = bench.build("facebook").send(message, deadline=soon())

    assert (
        not isinstance(outcome, Delivered) or far.messages()[0]["target"] == "me%2Faccounts%3Fx%3D"
    )
