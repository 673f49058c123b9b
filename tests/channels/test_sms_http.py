"""The generic SMS gateway: how it is called, how it is read, what it refuses."""

import json
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from channels.build import build_channel, check_spec
from channels.options import AccountSpec, BadChannel, ChannelSpec, Context
from channels.sms_http import SmsHttp
from channels.values import Accepted, Delivered, Rejected, Retry, Uncertain
from channels.wire import Wire
from tests.awake import Awake
from tests.channels.conftest import NOW, SECRETS, Bench, Far, RealClock, Soon, a_message

MESSAGE = a_message("sms_http")

CODES = [
    # number, outcome, code, scope
    ("0910000001", Rejected, "sms-phone", None),
    ("0910000002", Rejected, "sms-blocked", None),
    ("0910000003", Retry, "sms-balance", "account"),
    ("0910000004", Retry, "sms-tps", "message"),
    ("0910000005", Uncertain, "sms-internal", None),
    ("0910000006", Rejected, "sms-keyword", None),
    ("0910000007", Uncertain, "sms-other", None),
]


@pytest.mark.parametrize(("number", "kind", "code", "scope"), CODES)
def test_the_gateways_own_code_decides_whatever_the_status(
    bench: Bench, far: Far, soon: Soon, number: str, kind: type, code: str, scope: str | None
) -> None:
    """A code of the table says what is proved; one nobody knows proves nothing."""
    outcome = bench.build("sms_http").send(replace(MESSAGE, target=number), deadline=soon())

    assert isinstance(outcome, kind)
    assert outcome.code == code
    assert getattr(outcome, "scope", None) == scope
    assert getattr(outcome, "counts", False) is False
    assert far.taken() == 0


def test_the_message_arrives_as_it_was_given(bench: Bench, far: Far, soon: Soon) -> None:
    """Key, number in the gateway's style and text, to the letter."""
    text = 'Mật khẩu: {phone} "a" \\ é'

    bench.build("sms_http", plain=False).send(replace(MESSAGE, text=text), deadline=soon())

    taken = far.messages()[0]
    assert (taken["key"], taken["target"], taken["text"]) == (MESSAGE.key, "84950005678", text)


PROBLEMS = [
    ({"text": "Gọi [113] ngay & luôn"}, "chars"),
    ({"text": "Xem bit.ly/abc"}, "url"),
    ({"text": "Xem https://gov.vn.lua-dao.com/x"}, "url"),
    ({"text": "Xem https://congan.gov.vn@lua-dao.com"}, "url"),
    ({"text": "a" * 460}, "too-long"),
    ({"text": "ấ" * 202}, "too-long"),
    ({"target": "0222123456"}, "phone"),
    ({"target": "113"}, "phone"),
]


@pytest.mark.parametrize(("change", "code"), PROBLEMS)
def test_what_a_gateway_would_refuse_is_refused_at_plan_time(
    bench: Bench, change: dict[str, str], code: str
) -> None:
    """Length, characters, links, number."""
    problems = bench.build("sms_http").validate(replace(MESSAGE, **change))

    assert code in [p.code for p in problems]


def test_what_just_fits_fits(bench: Bench) -> None:
    """Three parts are three parts: 459 septets or 201 UTF-16 units."""
    channel = bench.build("sms_http")

    assert channel.validate(replace(MESSAGE, text="a" * 459)) == []
    assert channel.validate(replace(MESSAGE, text="ấ" * 201)) == []


def test_a_link_is_allowed_by_name(bench: Bench) -> None:
    """Only to the domains that the programme lists, and their sub-domains."""
    channel: Any = bench.build("sms_http")
    channel._allowed = ("gov.vn",)

    assert channel.validate(replace(MESSAGE, text="Xem congan.gov.vn")) == []
    assert channel.validate(replace(MESSAGE, text="Xem congangov.vn")) != []


def test_an_sms_past_its_time_is_not_sent(bench: Bench, far: Far, soon: Soon) -> None:
    """A warning of yesterday must not ring a phone."""
    late = replace(MESSAGE, expires_at=NOW - timedelta(seconds=1))

    outcome = bench.build("sms_http").send(late, deadline=soon())

    assert outcome == Rejected("sms-expired", "Đã hết hạn trước khi gửi")
    assert far.taken() == 0


GATEWAY: dict[str, Any] = {
    "name": "thử",
    "method": "POST",
    "phone": "0",
    "headers": {"X-Key": "{secret:api}"},
    "form": {"to": "{phone}", "msg": "{text}", "id": "{key}", "u": "{unicode}", "from": "{sender}",
             "ttl": "{validity_seconds}"},
    "success": {"path": "result.code", "equals": ["0"]},
    "id": "result.ids.0",
    "code": "result.code",
    "errors": [{"path": "fault", "equals": ["true"], "code": "fault"}],
    "codes": {
        "124": {"outcome": "delivered", "meaning": "Đã nhận trước đó", "todo": "Không"},
        "fault": {"outcome": "retry", "meaning": "Cổng hỏng", "todo": "Chờ"},
    },
    "idempotent": True,
    "key_lifetime": 86400,
    "receipt": {"ref": "id", "key": "req", "number": "phone", "status": "st",
                "delivered": ["5"], "failed": ["4"]},
}  # fmt: skip


@pytest.fixture
def own(httpserver: HTTPServer, tmp_path: Any) -> SmsHttp:
    """A gateway of another build: form, own codes, idempotent."""
    channel = build_channel(
        ChannelSpec(
            "sms",
            "sms_http",
            (AccountSpec("chinh", {"api": "env:KEY"}, {"sender": "CA LUC NGAN"}),),
            options={"gateway": {**GATEWAY, "url": httpserver.url_for("/api/{key}")}},
        ),
        Context(
            wire=Wire(training=True),
            clock=RealClock(),
            secrets=SECRETS.__getitem__,
            folder=tmp_path,
            home=tmp_path,
        ),
    )
    assert isinstance(channel, SmsHttp)
    return channel


def test_a_described_gateway_is_called_as_described(
    own: SmsHttp, httpserver: HTTPServer, soon: Soon
) -> None:
    """Form, header, address, number style, sender, validity: all from the description."""
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(json.dumps({"result": {"code": 0, "ids": [77]}}))

    httpserver.expect_request(f"/api/{MESSAGE.key}").respond_with_handler(answer)
    message = replace(MESSAGE, text="Lừa đảo", expires_at=NOW + timedelta(minutes=5))

    outcome = own.send(message, deadline=soon())

    assert outcome == Accepted("77", "Cổng SMS đã nhận")
    assert dict(seen[0].form) == {
        "to": "0950005678", "msg": "Lừa đảo", "id": MESSAGE.key, "u": "1",
        "from": "CA LUC NGAN", "ttl": "300",
    }  # fmt: skip
    assert seen[0].headers["X-Key"] == SECRETS["env:KEY"]


BODIES = [
    ({"result": {"code": 124, "ids": [5]}}, Accepted),
    ({"result": {"code": 124}}, Accepted),
    ({"fault": True}, Retry),
    ({"result": {"code": 0}}, Retry),
    ({"result": {"code": 999}}, Retry),
    ([1, 2], Retry),
    ("x", Retry),
]


@pytest.mark.parametrize(("body", "kind"), BODIES)
def test_an_idempotent_gateways_answers(
    own: SmsHttp, httpserver: HTTPServer, soon: Soon, body: object, kind: type
) -> None:
    """ "Key seen before" is a success, told with an id or not; what is not understood is no."""
    httpserver.expect_request(f"/api/{MESSAGE.key}").respond_with_json(body)

    assert isinstance(own.send(MESSAGE, deadline=soon()), kind)


RECEIPTS: list[tuple[dict[str, str], bytes, type | None]] = [
    ({"id": "77", "st": "5", "req": "k", "phone": "84950005678"}, b"", Delivered),
    ({"id": "77", "st": "4"}, b"", Rejected),
    ({"id": "77", "st": "2"}, b"", None),
    ({"st": "5"}, b"", None),
    ({}, b'{"id": 77, "st": 5, "req": "k"}', Delivered),
    ({}, b"id=77&st=4", Rejected),
    ({}, b"\xff\x00", None),
    ({}, b"[]", None),
]


@pytest.mark.parametrize(("params", "body", "kind"), RECEIPTS)
def test_a_receipt_is_read_as_described(
    own: SmsHttp, params: dict[str, str], body: bytes, kind: type | None
) -> None:
    """By query, form or JSON; what is still on its way or none of ours settles nothing."""
    reports = own.parse_report(params, body)

    assert [type(r.outcome) for r in reports] == ([kind] if kind else [])
    assert all(r.ref == "77" for r in reports)


def test_the_check_of_an_account_without_an_address_says_so(own: SmsHttp) -> None:
    """No way to ask beforehand is no fault."""
    assert own.check("chinh").ok


MISTAKES = [
    ({"form": {"a": "{nguoi}"}}, "{nguoi}"),
    ({"body": {"a": 1}}, "form và body"),
    ({"key_lifetime": 0}, "key_lifetime"),
    ({"sucess": {}}, "không có thiết lập này"),
]


@pytest.mark.parametrize(("change", "said"), MISTAKES)
def test_a_wrong_description_is_told_with_its_place(
    tmp_path: Any, change: dict[str, Any], said: str
) -> None:
    """Every mistake at once, in Vietnamese, with the key."""
    gateway = {**GATEWAY, "url": "http://127.0.0.1/", **change}
    spec = ChannelSpec(
        "sms", "sms_http", (AccountSpec("chinh", {"api": "env:KEY"}),), options={"gateway": gateway}
    )

    problems = check_spec(spec, tmp_path)

    assert [p for p in problems if said in p.what and p.code.startswith("options.gateway")]


def test_a_missing_secret_is_named(tmp_path: Any) -> None:
    """The description says which secrets an account must have."""
    spec = ChannelSpec("sms", "sms_http", (AccountSpec("chinh"),), options={"gateway": "sandbox"})
    context = Context(Wire(training=True), RealClock(), SECRETS.__getitem__, tmp_path, tmp_path)

    with pytest.raises(BadChannel, match=r"accounts\.chinh\.secrets\.key"):
        build_channel(spec, context)


def test_a_full_slot_is_sent_in_the_time_of_a_bare_session(bench: Bench, far: Far) -> None:
    """No hidden wait between messages: fifty follow each other on one connection."""
    channel = bench.build("sms_http")
    started = time.monotonic()

    with Awake() as awake:
        for number in range(50):
            message = replace(MESSAGE, key=str(number))
            assert isinstance(channel.send(message, deadline=started + 60), Accepted)

    assert far.taken() == 50
    assert awake.seconds() < 5
