"""The JSON example of docs/gateways.md does what it says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from channels.build import build_channel, check_spec
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Accepted, Delivered, Rejected, Retry
from channels.wire import Wire
from tests.channels.conftest import PATIENCE, SECRETS, RealClock, Soon, a_message

MESSAGE = a_message("sms_http")


@pytest.fixture
def sao_hom(httpserver: HTTPServer, tmp_path: Path) -> Any:
    text = (Path(__file__).parents[2] / "docs" / "gateways.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- example in JSON:.*?-->\n```toml\n(.*?)```", text, re.DOTALL)
    assert found is not None
    (tmp_path / "sao-hom.toml").write_text(found[1], encoding="utf-8")
    spec = ChannelSpec(
        "sms", "sms_http",
        (AccountSpec("chinh", {"token": "env:KEY"}, {"sender": "UBND LNgan"}),),
        options={"gateway": "sao-hom.toml", "url": httpserver.url_for("")}, timeout=PATIENCE)
    assert check_spec(spec, tmp_path) == []
    return build_channel(spec, Context(
        wire=Wire(training=True), clock=RealClock(), secrets=SECRETS.__getitem__,
        folder=tmp_path, home=tmp_path))


def test_it_is_called_with_nested_json(sao_hom: Any, httpserver: HTTPServer, soon: Soon) -> None:
    """A number where it asks for one, the token in its header, the first id that is there."""
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(json.dumps({"status": 201, "data": {"messages": [{"id": 7}], "id": 1}}),
                        content_type="application/json")

    httpserver.expect_request("/v1/messages", method="POST").respond_with_handler(answer)

    assert sao_hom.send(MESSAGE, deadline=soon()) == Accepted("7", "Cổng SMS đã nhận")
    assert seen[0].headers["Authorization"] == f"Bearer {SECRETS['env:KEY']}"
    assert seen[0].json == {"from": "UBND LNgan", "messages": [
        {"to": "84950005678", "content": MESSAGE.text, "unicode": 0, "ref": MESSAGE.key}]}


def test_it_answers_as_described(sao_hom: Any, httpserver: HTTPServer, soon: Soon) -> None:
    """A wait in its own header; no money is the account's, and says so."""
    httpserver.expect_ordered_request("/v1/messages").respond_with_json(
        {}, status=429, headers={"X-Retry-In": "33"})
    httpserver.expect_ordered_request("/v1/messages").respond_with_json(
        {"status": 1, "error": {"code": 402, "message": "het tien"}})

    wait, broke = (sao_hom.send(MESSAGE, deadline=soon()) for _ in range(2))

    assert isinstance(wait, Retry)
    assert wait.retry_after == 33
    assert isinstance(broke, Retry)
    assert (broke.code, broke.scope) == ("sms-402", "account")
    assert sao_hom.codes["sms-402"].balance


def test_its_receipts_come_several_at_once(sao_hom: Any) -> None:
    told = {"reports": [{"id": "7", "state": "DELIVRD"}, {"id": "8", "state": "EXPIRED"},
                        {"id": "9", "state": "ENROUTE"}]}

    found = sao_hom.parse_report({}, json.dumps(told).encode())

    assert [(r.ref, type(r.outcome)) for r in found] == [("7", Delivered), ("8", Rejected)]
