"""A service nobody has described yet: the worked example of docs/hooks.md, and its mistakes."""

import json
import re
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from channels.base import Recalls, Reconciles
from channels.build import build_channel, check_spec
from channels.online import Corrects
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Absent, Accepted, Delivered, Rejected, Retry, Uncertain
from channels.wire import Answer, NoAnswer, Wire
from tests.channels.conftest import NOW, PATIENCE, SECRETS, Bench, Far, RealClock, Soon, a_message
from tests.channels.hostile import HOSTILE

MESSAGE = replace(a_message("http_json"), expires_at=NOW + timedelta(minutes=10))


def example() -> str:
    """The worked example of docs/hooks.md."""
    text = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- example for http_json:.*?-->\n```toml\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def built(service: Any, folder: Path, wire: Wire | None = None, **options: Any) -> Any:
    spec = ChannelSpec(
        "push", "http_json", (AccountSpec("chinh", {"token": "env:KEY"}),),
        options={"service": service, **options}, timeout=PATIENCE)
    assert check_spec(spec, folder) == []
    return build_channel(spec, Context(
        wire or Wire(training=True), RealClock(), SECRETS.__getitem__, folder, folder))


@pytest.fixture
def hoa_ban(httpserver: HTTPServer, tmp_path: Path) -> Any:
    """The example, in a file beside the programme, pointed at a server of the test's."""
    (tmp_path / "hoa-ban.toml").write_text(example(), encoding="utf-8")
    return built("hoa-ban.toml", tmp_path, url=httpserver.url_for(""), fields={"level": "alert"})


def test_the_worked_example_calls_as_it_says(
    hoa_ban: Any, httpserver: HTTPServer, soon: Soon
) -> None:
    """Nested JSON, a number, a field, a secret in a header; the link proves that it is public."""
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        said = {"ok": True, "data": {"id": 71, "url": "https://hoa-ban.example/71"}}
        return Response(json.dumps(said), content_type="application/json")

    httpserver.expect_request("/notices", method="POST").respond_with_handler(answer)

    assert hoa_ban.send(MESSAGE, deadline=soon()) == Delivered(
        "71", "https://hoa-ban.example/71", "Nơi nhận đã nhận")
    assert seen[0].json == {
        "channel": "kenh-xa", "level": "alert", "ttl": 600,
        "content": {"heading": "Cảnh báo", "body": "Canh bao lua dao\n\nMã tin: LN-0412"}}
    assert seen[0].headers["Authorization"] == f"Bearer {SECRETS['env:KEY']}"
    assert seen[0].headers["Idempotency-Key"] == MESSAGE.key


ANSWERS: list[tuple[Any, int, type, str | None]] = [
    ({"ok": True, "data": {"id": "9"}}, 200, Accepted, None),
    ({"ok": False, "error": {"code": "NO_CHANNEL"}}, 400, Rejected, "json-NO_CHANNEL"),
    ({"ok": False, "error": {"code": "TOKEN"}}, 200, Retry, "json-TOKEN"),
    ({"ok": False, "error": {"code": "LA"}}, 200, Retry, "json-other"),
    ({"ok": True}, 200, Retry, "bad-answer"),  # no id: no proof
    ({}, 500, Retry, "http-500"),
]


@pytest.mark.parametrize(("said", "status", "kind", "code"), ANSWERS)
def test_the_worked_example_reads_as_it_says(
    hoa_ban: Any, httpserver: HTTPServer, soon: Soon, said: Any, status: int, kind: type,
    code: str | None,
) -> None:
    """Nothing but the described success is one; a code has its row."""
    httpserver.expect_request("/notices").respond_with_json(said, status)

    got = hoa_ban.send(MESSAGE, deadline=soon())

    assert (type(got), getattr(got, "code", None)) == (kind, code)


def test_the_worked_example_is_asked_taken_back_and_corrected(
    hoa_ban: Any, httpserver: HTTPServer, soon: Soon
) -> None:
    """check, find page by page, PATCH, DELETE; what is gone already is as good as recalled."""
    httpserver.expect_request("/me").respond_with_json({"ok": True, "data": {"left": 7}})
    listed = [{"idempotency_key": f"k{n}", "id": n} for n in range(49)]
    httpserver.expect_request("/notices", method="GET").respond_with_json(
        {"ok": True, "data": [*listed, {"idempotency_key": MESSAGE.key, "id": 71}]})
    httpserver.expect_request("/notices/71", method="PATCH").respond_with_json({"ok": True})
    httpserver.expect_oneshot_request("/notices/71", method="DELETE").respond_with_json(
        {"ok": True})
    httpserver.expect_oneshot_request("/notices/71", method="DELETE").respond_with_json(
        {"ok": False, "error": {"code": "NOT_FOUND"}}, 404)

    assert isinstance(hoa_ban, Reconciles)
    assert isinstance(hoa_ban, Corrects)
    assert hoa_ban.check("chinh").detail == "Còn 7"
    assert hoa_ban.find(MESSAGE) == Accepted("71", "Cổng đã nhận, chưa có kết quả")
    assert isinstance(hoa_ban.find(replace(MESSAGE, key="khac")), Uncertain)  # no last page
    assert isinstance(hoa_ban.correct(MESSAGE, "71", deadline=soon()), Delivered)
    assert [type(hoa_ban.recall(MESSAGE, "71")) for _ in range(2)] == [Delivered, Delivered]


def test_a_service_can_what_its_description_says(tmp_path: Path) -> None:
    """No find, no edit: not claimed. A recall without a call is refused, and calls a person."""
    bare = {"name": "x", "url": "https://x.invalid/", "id": "id", "body": {"t": "{text}"},
            "headers": {"k": "{secret:token}"}, "success": {"path": "ok", "equals": ["true"]}}
    channel = built(bare, tmp_path)

    assert not isinstance(channel, Reconciles | Corrects)
    assert isinstance(channel, Recalls)
    outcome = channel.recall(MESSAGE, "1")
    assert isinstance(outcome, Rejected)
    assert outcome.code == "json-no-recall"


def test_a_recall_is_never_uncertain(
    httpserver: HTTPServer, tmp_path: Path, soon: Soon
) -> None:
    """A service that knows no key again: sending is in doubt, taking back is tried again."""
    httpserver.expect_request("/").respond_with_json({}, 500)
    service = {"name": "x", "url": httpserver.url_for("/"), "id": "id", "body": {"t": "{text}"},
               "headers": {"k": "{secret:token}"}, "success": {"path": "ok", "equals": ["true"]},
               "recall": {"url": httpserver.url_for("/"), "method": "DELETE"}}
    channel = built(service, tmp_path)

    assert isinstance(channel.send(MESSAGE, deadline=soon()), Uncertain)
    assert isinstance(channel.recall(MESSAGE, "1"), Retry)


def test_an_edit_reaches_the_far_side(bench: Bench, far: Far, soon: Soon) -> None:
    """The shipped description of the sandbox: one message, its text replaced, then away."""
    channel: Any = bench.build("http_json")
    sent = channel.send(MESSAGE, deadline=soon())

    edited = channel.correct(replace(MESSAGE, text="Lời mới"), sent.ref, deadline=soon())

    assert isinstance(edited, Delivered)
    assert [m["text"] for m in far.sandbox.store.pushed.values()] == ["Lời mới"]
    assert far.taken() == 1
    channel.recall(MESSAGE, sent.ref)
    assert isinstance(channel.find(MESSAGE), Absent)


def test_an_address_that_must_be_a_number_is_one(tmp_path: Path, soon: Soon) -> None:
    """A word where the service wants a number is this target's mistake, not a bug."""
    service = {"name": "x", "url": "https://x.invalid/", "id": "id",
               "body": {"to": "{target:int}", "t": "{text}", "k": "{secret:token}"},
               "success": {"path": "ok", "equals": ["true"]}}

    outcome = built(service, tmp_path).send(MESSAGE, deadline=soon())

    assert isinstance(outcome, Rejected)
    assert outcome.code == "json-number"


def test_what_is_over_is_not_sent(hoa_ban: Any, httpserver: HTTPServer, soon: Soon) -> None:
    """A stale warning is a wrong one."""
    outcome = hoa_ban.send(replace(MESSAGE, expires_at=NOW), deadline=soon())

    assert isinstance(outcome, Rejected)
    assert not httpserver.log


def test_every_mistake_of_a_description_at_once(tmp_path: Path) -> None:
    """Holes nothing fills, a rule without its row, an unknown field, a missing secret."""
    bad = example().replace("{title}", "{phone}").replace("{field:level}", "{field:muc}").replace(
        "{ref}", "{page}")
    (tmp_path / "xau.toml").write_text(bad, encoding="utf-8")
    spec = ChannelSpec("push", "http_json", (AccountSpec("a"),),
                       options={"service": "xau.toml", "fields": {"la": "1"}})

    found = {p.code for p in check_spec(spec, tmp_path)}

    assert found == {
        "xau.toml.body.content.heading", "xau.toml.body.level", "xau.toml.recall.url",
        "xau.toml.correct.url", "xau.toml.correct.body.content.heading"}


class Kept(Wire):
    """A wire that keeps what would be written."""

    def __init__(self) -> None:
        super().__init__(training=True)
        self.bodies: list[Any] = []

    def request(self, method: str, url: str, **kwargs: Any) -> Answer | NoAnswer:
        made = self.write(method, url, json=kwargs["json"])
        assert not isinstance(made, NoAnswer)
        self.bodies.append(json.loads(made.body or b""))
        return Answer(200, {}, b'{"ok": true, "id": 1}', 0.1)


SERVICE = {"name": "x", "url": "http://127.0.0.1:9/", "id": "id",
           "body": {"a": ["{title}"], "t": "{text}", "k": "{secret:token}"},
           "success": {"path": "ok", "equals": ["true"]}}


@given(HOSTILE, HOSTILE)
@settings(max_examples=60)
def test_a_hostile_text_arrives_as_it_is(title: str, text: str) -> None:
    """Placeholders in a text are words of it; halves of pairs become U+FFFD."""
    wire = Kept()

    outcome = built(SERVICE, Path(), wire).send(
        replace(MESSAGE, title=title, text=text), deadline=time.monotonic() + 60)

    assert isinstance(outcome, Accepted)
    whole = [re.sub("[\ud800-\udfff]", "\ufffd", x) for x in (title, text)]
    assert [wire.bodies[0]["a"][0], wire.bodies[0]["t"]] == whole
