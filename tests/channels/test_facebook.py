"""Facebook: its code table, what is posted, and how fast."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from requests.structures import CaseInsensitiveDict

from channels.facebook.codes import CODES
from channels.facebook.graph import code_of
from channels.facebook.usage import percent
from channels.values import (
    Attachment,
    Delivered,
    Rejected,
    Retry,
    Uncertain,
)
from channels.wire import Answer
from tests.channels.conftest import NOW, Bench, Far, Soon, a_message

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


#: codes of ours, each held by a test of its rule here or in the files beside
OURS = {"image", "fb-100-33", "fb-slow", "fb-late", "fb-gone", "fb-hidden", "fb-unseen",
        "fb-recall", "fb-pin", "fb-user-token", "fb-page", "fb-scope", "fb-task", "fb-token-end",
        "fb-version"}  # fmt: skip


def test_every_row_of_the_table_is_tested() -> None:
    """A row nobody tried is a guess."""
    assert set(CODES) - {code for _, _, code, _ in TABLE} == OURS


def test_every_way_a_token_dies_has_its_own_words() -> None:
    """190 alone says nothing to staff: each subcode has its own cause, and a step."""
    rows = [row for code, row in CODES.items() if code.startswith("fb-190")]

    assert len({row.meaning for row in rows}) == len(rows) == 8
    assert all(row.outcome == "account" and row.todo for row in rows)


def test_posting_too_fast_waits_for_hours(bench: Bench, soon: Soon) -> None:
    """368/1390008: minutes would only prolong it."""
    message = replace(MESSAGE, text="[fb:368/1390008]")

    outcome = bench.build("facebook").send(message, deadline=soon())

    assert isinstance(outcome, Retry)
    assert outcome.retry_after == 7200


def test_what_is_not_there_is_known_without_its_subcode() -> None:
    """100 is any bad parameter; only this one says that the post is gone."""
    assert code_of({"code": 100, "message": "Object with ID '1' does not exist"}) == "fb-100-33"
    assert code_of({"code": 100, "message": "Invalid parameter"}) == "fb-100"


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
    (400, "not json", Uncertain),  # Facebook says why: half of its word, or somebody else's
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


def test_an_error_under_a_200_is_an_error(bench: Bench, far: Far, soon: Soon) -> None:
    """The body decides, not the status."""
    message = replace(MESSAGE, text="[fb:190/463@200]")

    outcome = bench.build("facebook").send(message, deadline=soon())

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.scope) == ("fb-190-463", "account")


def test_a_token_that_dies_after_the_post_makes_nothing_worse(
    bench: Bench, far: Far, soon: Soon
) -> None:
    """The post stands though its permalink can no longer be read; the next one stops."""
    message = replace(MESSAGE, text=f"{MESSAGE.text} [fb:het-han]")
    channel = bench.build("facebook")

    posted = channel.send(message, deadline=soon())
    after = channel.send(replace(MESSAGE, text="Tin sau"), deadline=soon())

    assert isinstance(posted, Delivered)
    assert posted.url == f"https://www.facebook.com/{posted.ref}"
    assert isinstance(after, Retry)
    assert after.scope == "account"
    assert far.taken() == 1


def test_the_permalink_is_read_from_facebook(bench: Bench, soon: Soon) -> None:
    """The proof is Facebook's own address of the post."""
    outcome = bench.build("facebook").send(MESSAGE, deadline=soon())

    assert isinstance(outcome, Delivered)
    assert outcome.url == f"https://www.facebook.com/{outcome.ref.replace('_', '/posts/')}"


LINK = "https://lucngan.example/tin"


@pytest.mark.parametrize(("text", "kind", "count"), [
    (f"[fb:link] Xem {LINK}", Delivered, 1),
    ("[fb:link] Xem trang của xã", Rejected, 0),
])
def test_a_link_that_cannot_be_read_costs_the_preview_only(
    bench: Bench, far: Far, soon: Soon, text: str, kind: type, count: int
) -> None:
    """1609005: the text that shows the link goes out without its preview, once."""
    outcome = bench.build("facebook").send(
        replace(MESSAGE, text=text, extra={"link": LINK}), deadline=soon())

    assert isinstance(outcome, kind)
    assert far.taken() == count


def test_a_busy_page_slows_down_and_keeps_room_for_what_is_urgent(
    bench: Bench, far: Far, soon: Soon
) -> None:
    """From 75 % on: five minutes between posts; not for danger to life, not past the slot."""
    channel = bench.build("facebook")
    channel.send(replace(MESSAGE, text="[fb:nong]"), deadline=soon())

    waits = channel.send(replace(MESSAGE, text="hai"), deadline=soon())
    urgent = channel.send(
        replace(MESSAGE, text="ba", extra={"priority": "khan_cap"}), deadline=soon())
    closing = channel.send(
        replace(MESSAGE, text="tư", expires_at=NOW + timedelta(minutes=4)), deadline=soon())

    assert isinstance(waits, Retry)
    assert (waits.code, waits.counts, waits.scope) == ("fb-slow", False, "message")
    assert waits.retry_after is not None
    assert 290 < waits.retry_after <= 300
    assert isinstance(urgent, Delivered)
    assert isinstance(closing, Delivered)


def test_a_page_that_has_cooled_down_posts_as_before(bench: Bench, soon: Soon) -> None:
    """The last answer counts."""
    channel = bench.build("facebook")
    channel.send(replace(MESSAGE, text="[fb:nong]"), deadline=soon())
    urgent = replace(MESSAGE, text="[fb:nguoi]", extra={"priority": "khan_cap"})
    channel.send(urgent, deadline=soon())

    assert isinstance(channel.send(replace(MESSAGE, text="ba"), deadline=soon()), Delivered)


USAGE = [
    ("X-App-Usage", {"call_count": 75}, 75),
    ("X-App-Usage", {"call_count": 1, "total_time": 99, "total_cputime": 3}, 99),
    ("x-business-use-case-usage", {"1": [{"total_cputime": 80}, {"call_count": 2}]}, 80),
    ("X-App-Usage", [], None),
    ("X-App-Usage", {"call_count": "?"}, None),
]


@pytest.mark.parametrize(("header", "told", "wanted"), USAGE)
def test_usage_is_the_highest_figure_of_any_header(
    header: str, told: object, wanted: int | None
) -> None:
    """Facebook shuts out by whichever is full first; a header nobody understands says nothing."""
    headers = CaseInsensitiveDict({header: json.dumps(told)})

    assert percent(Answer(200, headers, b"", 0.0)) == wanted


@pytest.mark.parametrize("count", [1, 3])
def test_pictures_go_up_unseen_and_with_their_words(
    bench: Bench, far: Far, soon: Soon, count: int
) -> None:
    """Only the feed post is public: one post, one permalink, found by its tag like any other."""
    pictures = []
    for number in range(count):
        data = f"anh {number}".encode()
        (bench.folder / f"{number}.jpg").write_bytes(data)
        name = hashlib.sha256(data).hexdigest()
        pictures.append(Attachment(f"{number}.jpg", name, f"Ảnh {number}"))
    message = replace(MESSAGE, attachments=tuple(pictures))
    channel: Any = bench.build("facebook")

    outcome = channel.send(message, deadline=soon())

    store = far.sandbox.store
    assert isinstance(outcome, Delivered)
    assert [store.photos[p] for p in store.posts[outcome.ref]["pictures"]] == [
        {"published": False, "temporary": False, "alt": f"Ảnh {number}"} for number in range(count)
    ]
    assert channel.find(message) == outcome
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
    httpserver.expect_request("/v26.0/1_2").respond_with_json({"permalink_url": "https://x"})
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
