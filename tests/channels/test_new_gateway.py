"""A gateway nobody has described yet: the worked example of docs/gateways.md, and its language."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from channels.base import Reconciles
from channels.build import build_channel, check_spec
from channels.gateway_rules import Rule, decide, meets
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Absent, Accepted, Delivered, Rejected, Retry
from channels.wire import Wire
from tests.channels.conftest import GATEWAYS, NOW, PATIENCE, SECRETS, RealClock, Soon, a_message

MESSAGE = a_message("sms_http")


def example() -> str:
    """The worked example of docs/gateways.md."""
    text = (Path(__file__).parents[2] / "docs" / "gateways.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- example:.*?-->\n```toml\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def sao_mai(httpserver: HTTPServer, tmp_path: Path) -> Any:
    """The example, in a file beside the programme, pointed at a server of the test's."""
    (tmp_path / "sao-mai.toml").write_text(example(), encoding="utf-8")
    spec = ChannelSpec(
        "sms", "sms_http",
        (AccountSpec("chinh", {"user": "env:USER", "password": "env:KEY"}),),
        options={"gateway": "sao-mai.toml", "url": httpserver.url_for(""), "plain": False,
                 "fields": {"route": "2"}},
        timeout=PATIENCE,
    )
    assert check_spec(spec, tmp_path) == []
    return build_channel(spec, Context(
        wire=Wire(training=True), clock=RealClock(), secrets=SECRETS.__getitem__,
        folder=tmp_path, home=tmp_path,
    ))


def test_the_worked_example_calls_as_it_says(
    sao_mai: Any, httpserver: HTTPServer, soon: Soon
) -> None:
    """Form, Basic, fields; what has no value is left out; a text answer is read by its pattern."""
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response("OK|8812345\n")

    httpserver.expect_request("/api/send", method="POST").respond_with_handler(answer)
    message = replace(MESSAGE, text="Lừa đảo", expires_at=NOW + timedelta(minutes=5, seconds=59))

    assert sao_mai.send(message, deadline=soon()) == Accepted("8812345", "Cổng SMS đã nhận")
    assert dict(seen[0].form) == {
        "to": "0950005678", "msg": "Lừa đảo", "type": "unicode", "ref": MESSAGE.key, "ttl": "5",
        "route": "2",  # no `from`, no `report`: neither sender nor callback is set
    }  # fmt: skip
    assert seen[0].authorization is not None
    assert (seen[0].authorization.username, seen[0].authorization.password) == (
        SECRETS["env:USER"], SECRETS["env:KEY"])


ANSWERS: list[tuple[str, int, type, str | None]] = [
    ("ERR|05|so khong hop le", 200, Rejected, "sms-05"),
    ("ERR|09|het tien", 200, Retry, "sms-09"),
    ("ERR|12|", 200, Accepted, None),
    ("ERR|99|la", 200, Retry, "sms-other"),
    ("OK|1|cho duyet", 200, Retry, "sms-waiting"),  # the rule goes before success
    ("OK|", 200, Retry, "bad-answer"),
    ("OK|8812345 <html>", 200, Retry, "bad-answer"),  # the whole answer, not how it begins
    ("<html>bao tri</html>", 200, Retry, "bad-answer"),
    ("OK|8812345", 500, Retry, "http-500"),
    ("", 404, Retry, "http-404"),
]


@pytest.mark.parametrize(("text", "status", "kind", "code"), ANSWERS)
def test_the_worked_example_reads_as_it_says(
    sao_mai: Any, httpserver: HTTPServer, soon: Soon, text: str, status: int, kind: type,
    code: str | None,
) -> None:
    """Codes, rules, statuses: nothing but the described success is one."""
    httpserver.expect_request("/api/send").respond_with_data(text, status)

    got = sao_mai.send(MESSAGE, deadline=soon())

    assert isinstance(got, kind)
    assert getattr(got, "code", None) == code
    assert isinstance(got, Accepted | Rejected) or (got.scope == "account") == (
        code in ("sms-09", "http-404"))


def test_the_worked_example_answers_for_an_account_and_a_message(
    sao_mai: Any, httpserver: HTTPServer
) -> None:
    """check, find, and both receipts."""
    httpserver.expect_request("/api/balance").respond_with_data("OK|250000")
    httpserver.expect_request("/api/status", query_string=f"ref={MESSAGE.key}").respond_with_data(
        f"OK|8812345|{MESSAGE.key}")
    httpserver.expect_request("/api/status").respond_with_data("OK|none")

    assert sao_mai.check("chinh").detail == "Còn 250000"
    assert isinstance(sao_mai, Reconciles)
    assert sao_mai.find(MESSAGE) == Accepted("8812345", "Cổng đã nhận, chưa có kết quả")
    assert isinstance(sao_mai.find(replace(MESSAGE, key="khac")), Absent)
    told = [sao_mai.parse_report({"id": "1", "ref": "k", "st": st, "why": "w"}, b"")
            for st in ("1", "100", "2", "3")]
    assert [[type(r.outcome) for r in reports] for reports in told] == [
        [Delivered], [Rejected], [Accepted], []]


def test_several_receipts_in_one_call(httpserver: HTTPServer, tmp_path: Path) -> None:
    """`each` names the list; what is in it that is none of ours is passed over."""
    described = {
        "name": "x", "url": httpserver.url_for("/"), "id": "id", "body": {"a": "{text}"},
        "success": {"path": "s", "equals": ["0"]},
        "receipt": {"each": "data.list", "ref": "id", "status": "st", "delivered": ["1"]},
    }
    sms: Any = build_channel(
        ChannelSpec("sms", "sms_http", (AccountSpec("a"),), options={"gateway": described}),
        Context(Wire(training=True), RealClock(), SECRETS.__getitem__, tmp_path, tmp_path),
    )
    body = {"data": {"list": [{"id": 1, "st": 1}, {"id": 2, "st": 0}, "?", {"id": 3, "st": 1}]}}

    reports = sms.parse_report({}, json.dumps(body).encode())

    assert [r.ref for r in reports] == ["1", "3"]
    assert sms.parse_report({}, b'{"data": 5}') == []


CONDITIONS = [
    ("5", "5", True), ("5", "05", False), ("5", "", False), ("5", None, False),
    ("*", "x", True), ("*", "", False), ("*", None, False),
    ("", "", True), ("", None, True), ("", "0", False),
    (">0", "1", True), (">0", "0", False), (">0", "-1", False), (">0", None, False),
    (">0", "1.5", False), (">0", "nhieu", False),
    (">=64", "64", True), (">=64", "63", False), ("<64", "63", True), ("<=-1", "-1", True),
]


@pytest.mark.parametrize(("condition", "value", "holds"), CONDITIONS)
def test_a_condition_holds_or_not(condition: str, value: str | None, holds: bool) -> None:
    """Equal, compared as whole numbers, any, none."""
    assert meets(value, condition) == holds


def test_the_first_rule_that_holds_decides() -> None:
    """Every condition of it, any of the values of one."""
    rules = [
        Rule(when={"a": ("1", "2"), "b": ("x",)}, outcome="rejected"),
        Rule(when={"a": ("2",)}, outcome="delivered"),
    ]

    def said(**values: str) -> str | None:
        rule = decide(rules, values.get)
        return rule.outcome if rule else None

    assert [said(a="2", b="x"), said(a="2"), said(a="1"), said(a="1", b="x")] == [
        "rejected", "delivered", None, "rejected"]


def test_what_a_programme_sets_must_have_its_place(tmp_path: Path) -> None:
    """url without base, a field that the gateway has not: told before anything is sent."""
    secrets = GATEWAYS["kannel"]
    account = AccountSpec("a", secrets, {"fields": {"smcs": "x"}})
    bad = ChannelSpec("sms", "sms_http", (account,),
                      options={"gateway": "kannel", "fields": {"duong": "1"}})
    sandbox = ChannelSpec("sms", "sms_http", (AccountSpec("a", {"key": "env:K"}),),
                          options={"gateway": "sandbox", "url": "http://x"})

    assert [p.code for p in check_spec(bad, tmp_path)] == [
        "options.fields.duong", "accounts.a.options.fields.smcs"]
    assert [p.code for p in check_spec(sandbox, tmp_path)] == ["options.url"]
