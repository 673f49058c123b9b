"""eSMS.vn: a key known again, a list to look a lost message up in."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Absent, Accepted, Delivered, Rejected, Retry, Uncertain
from channels.wire import Wire
from tests.channels.conftest import (
    GATEWAYS,
    NOW,
    PATIENCE,
    SECRETS,
    Bench,
    Far,
    RealClock,
    Soon,
    a_message,
)

MESSAGE = a_message("sms_http")


@pytest.fixture
def esms(httpserver: HTTPServer, tmp_path: Path) -> Any:
    """eSMS as described, its answers as a test says."""
    spec = ChannelSpec(
        "sms", "sms_http", (AccountSpec("chinh", GATEWAYS["esms"], {"sender": "CA LUC NGAN"}),),
        options={"gateway": "esms", "url": httpserver.url_for("")}, timeout=PATIENCE,
    )
    return build_channel(spec, Context(
        wire=Wire(training=True), clock=RealClock(), secrets=SECRETS.__getitem__,
        folder=tmp_path, home=tmp_path,
    ))


def test_a_lost_answer_of_esms_costs_nothing(bench: Bench, far: Far, soon: Soon) -> None:
    """The same RequestId again: 124, and the far side has it once."""
    sms = bench.build("esms")
    far.order("/esms/SendMultiple", "reset_after")

    first = sms.send(MESSAGE, deadline=soon())
    second = sms.send(MESSAGE, deadline=soon())

    assert isinstance(first, Retry)
    assert second == Accepted(MESSAGE.key, "eSMS đã nhận tin này ở lần gửi trước")
    assert far.taken() == 1


SEEN: list[tuple[dict[str, str], type, str | None]] = [
    # 124 says what became of the earlier message, or nothing
    ({"SendStatus": "5"}, Accepted, None),
    ({"SendStatus": "1"}, Accepted, None),
    ({"SendStatus": "4"}, Rejected, "sms-seen-refused"),
    ({}, Retry, "sms-124"),
]


@pytest.mark.parametrize(("more", "kind", "code"), SEEN)
def test_124_is_taken_when_esms_says_what_became_of_it(
    esms: Any, httpserver: HTTPServer, soon: Soon, more: dict[str, str], kind: type,
    code: str | None,
) -> None:
    """A key seen in a try that was refused must not pass for a message that went out."""
    httpserver.expect_request("/SendMultipleMessage_V4_post_json/").respond_with_json(
        {"CodeResult": "124", "CountRegenerate": 0, "ErrorMessage": "Request exist 1", **more})

    got = esms.send(MESSAGE, deadline=soon())

    assert isinstance(got, kind)
    assert getattr(got, "code", None) == code


def test_invalid_request_without_a_code_rests_the_account(
    esms: Any, httpserver: HTTPServer, soon: Soon
) -> None:
    """eSMS's generic refusal has no CodeResult."""
    httpserver.expect_request("/SendMultipleMessage_V4_post_json/").respond_with_json(
        {"error": "Invalid request"})

    got = esms.send(MESSAGE, deadline=soon())

    assert isinstance(got, Retry)
    assert (got.code, got.scope) == ("sms-invalid-request", "account")


def test_what_is_asked_of_esms(esms: Any, httpserver: HTTPServer) -> None:
    """The time of the first try to now, Vietnam's clock, page by page."""
    asked: list[dict[str, Any]] = []

    def answer(request: Request) -> Response:
        asked.append(json.loads(request.data))
        size = 500 if asked[-1]["Page"] == 1 else 1
        rows = [{"Campaign": f"khac-{n}", "ReferenceId": "x"} for n in range(size)]
        return Response(json.dumps({"CodeResult": "100", "CountTotal": 501, "SentData": rows}))

    httpserver.expect_request("/GetSmsSentData_V2").respond_with_handler(answer)
    tried = NOW - timedelta(hours=3)

    assert isinstance(esms.find(replace(MESSAGE, first_try_at=tried)), Absent)
    pages = [(a["Page"], a["PageSize"], a["SmsType"]) for a in asked]
    assert pages == [(1, 500, "2"), (2, 500, "2")]
    # 01:00 UTC is 08:00 in Vietnam; ten minutes on either side for clocks that differ
    assert {(a["From"], a["To"]) for a in asked} == {
        ("2026-11-24 04:50:00", "2026-11-24 08:10:00")}


def mine(**more: object) -> dict[str, object]:
    return {"Campaign": MESSAGE.key, "ReferenceId": "sms-1", **more}


FOUND: list[tuple[dict[str, Any], Any]] = [
    ({"CodeResult": "100", "CountTotal": 1, "SentData": [mine(SendStatus=5, SendResult=1)]},
     Delivered("sms-1", detail="Cổng báo đã tới")),
    ({"CodeResult": "100", "CountTotal": 1, "SentData": [mine(SendStatus=5, SendResult=2)]},
     Accepted("sms-1", "Cổng đã nhận, chưa có kết quả")),
    ({"CodeResult": "100", "CountTotal": 1, "SentData": [mine(SendStatus=7)]},
     Accepted("sms-1", "Cổng đã nhận, chưa có kết quả")),
    ({"CodeResult": "100", "CountTotal": 1, "SentData": [mine(SendStatus=5, SendResult=0)]},
     Rejected("sms-undelivered", "Cổng báo không tới máy nhận")),
    ({"CodeResult": "100", "CountTotal": 1, "SentData": [mine(SendStatus=4)]},
     Rejected("sms-refused", "Cổng báo không tới máy nhận")),
    ({"CodeResult": "100", "CountTotal": 0, "SentData": []}, Absent),
    # nothing of these says that it is not there
    ({"CodeResult": "100", "CountTotal": 3, "SentData": []}, Uncertain),
    ({"CodeResult": "100", "SentData": []}, Uncertain),
    ({"CodeResult": "100", "CountTotal": 0}, Uncertain),
    ({"CodeResult": "101", "ErrorMessage": "Authorize Failed"}, Uncertain),
    ({"CodeResult": "101", "CountTotal": 0, "SentData": []}, Uncertain),
    ({"CodeResult": "105"}, Uncertain),
    ({"CodeResult": "777"}, Uncertain),
    ({}, Uncertain),
]


@pytest.mark.parametrize(("body", "expected"), FOUND)
def test_what_esms_answers_when_asked_for_a_message(
    esms: Any, httpserver: HTTPServer, body: dict[str, Any], expected: Any
) -> None:
    """`Absent` lets it go out again: only a whole list without it says so."""
    httpserver.expect_request("/GetSmsSentData_V2").respond_with_json(body)

    found = esms.find(MESSAGE)

    if isinstance(expected, type):
        assert isinstance(found, expected)
    else:
        assert found == expected


def test_a_list_without_end_is_not_read_for_ever(esms: Any, httpserver: HTTPServer) -> None:
    """A page always full: given up, and nothing is claimed."""
    rows = [{"Campaign": "khac", "ReferenceId": "x"}] * 500
    httpserver.expect_request("/GetSmsSentData_V2").respond_with_json(
        {"CodeResult": "100", "CountTotal": 10**6, "SentData": rows})

    assert isinstance(esms.find(MESSAGE), Uncertain)
    assert len(httpserver.log) == 40
