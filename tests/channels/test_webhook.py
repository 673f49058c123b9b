"""Signed webhooks: as the receiver of docs/hooks.md understands them, and to nobody else."""

import json
import re
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from channels.build import build_channel, check_spec
from channels.connection import is_public
from channels.options import AccountSpec, BadChannel, ChannelSpec, Context
from channels.values import Accepted, Attachment, Message, Rejected, Retry, Uncertain
from channels.wire import Answer, NoAnswer, Wire
from tests.channels.conftest import NOW, PATIENCE, SECRETS, Bench, Far, RealClock, Soon, a_message
from tests.channels.hostile import HOSTILE

MESSAGE = a_message("webhook", extra={"item": "gia-danh", "slug": "gv-gia-danh"})
OLD = {"env:OLD": "khoa-cu-bi-mat-9"}


def receiver() -> dict[str, Any]:
    """The receiver that docs/hooks.md gives to its programmer."""
    text = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- example: .*?-->\n```python\n(.*?)```", text, re.DOTALL)
    assert found is not None
    program: dict[str, Any] = {}
    exec(found[1], program)  # noqa: S102 - our own documentation
    return program


class Heard(Wire):
    """A wire that ends at the documented receiver; nothing leaves."""

    def __init__(self, secrets: list[str]) -> None:
        super().__init__(training=False)
        self.program, self.known = receiver(), secrets
        self.requests: list[dict[str, Any]] = []

    def request(self, method: str, url: str, **kwargs: Any) -> Answer | NoAnswer:
        self.requests.append({"method": method, "url": url, **kwargs})
        heads = {name.lower(): value for name, value in kwargs["headers"].items()}
        status, said = self.program["receive"](
            heads, kwargs["data"], self.known, NOW.timestamp() + 2)
        return Answer(status, {"Content-Type": "application/json"}, json.dumps(said).encode(), 0.1)

    @property
    def shown(self) -> dict[str, str]:
        shown: dict[str, str] = self.program["SHOWN"]
        return shown


def webhook(wire: Wire, folder: Path = Path(), *, secrets: dict[str, str] | None = None,
            **options: Any) -> Any:
    target = options.pop("target", "https://hook.vi-du.invalid/a")
    spec = ChannelSpec(
        "hook", "webhook", (AccountSpec("a", secrets or {"secret": "env:KEY"}),),
        targets={target: "a"}, options={"answer": "id", **options}, timeout=PATIENCE,
        allowed_domains=("vi-du.invalid",))
    return build_channel(spec, Context(wire, RealClock(), (SECRETS | OLD).__getitem__, folder,
                                       folder))


def to(message: Message) -> Message:
    return replace(message, target="https://hook.vi-du.invalid/a")


def test_the_documented_receiver_shows_corrects_and_takes_back_once(soon: Soon) -> None:
    """Its own check of signature and time; doubles do nothing; a late publish stays away."""
    wire = Heard([SECRETS["env:KEY"]])
    channel, message = webhook(wire), to(MESSAGE)

    for _ in range(2):
        assert channel.send(message, deadline=soon()) == Accepted(MESSAGE.key, "Bên nhận đã nhận")
    assert wire.shown == {MESSAGE.key: MESSAGE.text}

    edited = replace(message, key="khac", text="Lời đã sửa")
    for _ in range(2):
        channel.correct(edited, MESSAGE.key, deadline=soon())
    assert wire.shown == {MESSAGE.key: "Lời đã sửa"}
    again = replace(edited, text="Sửa lần nữa")
    channel.correct(again, MESSAGE.key, deadline=soon())
    assert wire.shown == {MESSAGE.key: "Sửa lần nữa"}

    for _ in range(2):
        assert isinstance(channel.recall(message, MESSAGE.key), Accepted)
    wire.program["SEEN"].clear()  # as if the publish had not arrived before
    channel.send(message, deadline=soon())
    assert wire.shown == {}


def test_a_recall_tells_the_words_to_nobody_again(soon: Soon) -> None:
    """What is taken back is named by its id alone."""
    wire = Heard([SECRETS["env:KEY"]])
    picture = Attachment("/bi-mat/anh.jpg", "ab" * 32, "lời tả ảnh")
    channel = webhook(wire)

    channel.send(replace(to(MESSAGE), attachments=(picture,)), deadline=soon())
    channel.recall(replace(to(MESSAGE), attachments=(picture,)), MESSAGE.key)

    sent, gone = (json.loads(r["data"]) for r in wire.requests)
    assert sent["attachments"] == [{"sha256": "ab" * 32, "alt": "lời tả ảnh"}]
    assert b"bi-mat" not in wire.requests[0]["data"]
    assert (gone["kind"], gone["supersedes"]) == ("recall", MESSAGE.key)
    assert (gone["title"], gone["text"], gone["summary"], gone["attachments"]) == ("", "", "", [])


def test_what_the_json_says(soon: Soon) -> None:
    """Every field of the documented table, times in Vietnam's."""
    wire = Heard([SECRETS["env:KEY"]])
    message = replace(to(MESSAGE), opens_at=NOW, expires_at=NOW + timedelta(hours=1), extra={
        "item": "gia-danh", "slug": "gv-gia-danh", "priority": "khan_cap", "summary": "Ngắn",
        "supersedes": "cu"})

    webhook(wire, sender="UBND xã", link="https://tin.vi-du.invalid/{slug}.html").send(
        message, deadline=soon())

    assert json.loads(wire.requests[0]["data"]) == {
        "id": MESSAGE.key, "kind": "publish", "item": "gia-danh", "title": MESSAGE.title,
        "text": MESSAGE.text, "summary": "Ngắn", "priority": "khan_cap", "sender": "UBND xã",
        "tag": "LN-0412", "opens_at": "2026-11-24T08:00:00+07:00",
        "expires_at": "2026-11-24T09:00:00+07:00", "supersedes": "cu",
        "url": "https://tin.vi-du.invalid/gv-gia-danh.html", "attachments": [],
    }


@pytest.mark.parametrize("known", ["khoa-bi-mat-0123", "khoa-cu-bi-mat-9"])
def test_while_a_secret_is_changed_either_verifies(soon: Soon, known: str) -> None:
    """Two signatures, one a secret: the receiver may change at any moment."""
    wire = Heard([known])
    channel = webhook(wire, secrets={"secret": "env:KEY", "secret_old": "env:OLD"})

    assert isinstance(channel.send(to(MESSAGE), deadline=soon()), Accepted)
    assert set(channel.secrets) == {"khoa-bi-mat-0123", "khoa-cu-bi-mat-9"}


def test_a_forged_or_altered_message_is_refused(soon: Soon) -> None:
    """Another secret, another body, another id, another time: the receiver says 401 or 400."""
    wire = Heard([SECRETS["env:KEY"]])
    webhook(wire).send(to(MESSAGE), deadline=soon())
    heads, body = wire.requests[0]["headers"], wire.requests[0]["data"]
    heads = {name.lower(): value for name, value in heads.items()}
    receive, now = wire.program["receive"], NOW.timestamp()

    assert receive(heads, body, ["khoa-khac-hoan-toan"], now)[0] == 401
    assert receive(heads, body + b" ", wire.known, now)[0] == 401
    assert receive({**heads, "webhook-id": "x"}, body, wire.known, now)[0] == 401
    assert receive(heads, body, wire.known, now + 301)[0] == 400
    assert receive(heads, body, wire.known, now)[0] == 200


ORDERS: list[tuple[str, dict[str, Any], type, str, int]] = [
    ("500", {}, Retry, "http-500", 1),  # taken all the same: the same id comes again
    ("500", {"idempotent": False}, Uncertain, "http-500", 1),
    ("error", {}, Retry, "bad-answer", 0),
    ("410", {}, Rejected, "http-410", 0),
]


@pytest.mark.parametrize(("order", "options", "kind", "code", "taken"), ORDERS)
def test_what_an_answer_proves(
    bench: Bench, far: Far, soon: Soon, order: str, options: dict[str, Any], kind: type,
    code: str, taken: int,
) -> None:
    """2xx with a no is none; 410 is this target's end and no other's."""
    channel = bench.build("webhook", **options)

    outcome: Any = channel.send(replace(MESSAGE, text=f"x [hook:{order}]"), deadline=soon())

    assert (type(outcome), outcome.code) == (kind, code)
    assert far.taken() == taken


def test_any_2xx_will_do_but_a_page_for_people(httpserver: HTTPServer, soon: Soon) -> None:
    """204 is a yes; a site under repair says 200, too."""
    httpserver.expect_ordered_request("/a").respond_with_data("", 204)
    httpserver.expect_ordered_request("/a").respond_with_data("ok", content_type="text/plain")
    httpserver.expect_ordered_request("/a").respond_with_data("<p>", content_type="text/html")
    target = httpserver.url_for("/a")
    channel = webhook(Wire(training=True), answer="2xx", allow_private=True, target=target)

    got = [channel.send(replace(MESSAGE, target=target), deadline=soon()) for _ in range(3)]

    assert [type(g) for g in got] == [Accepted, Accepted, Retry]


def test_a_redirect_is_not_followed(httpserver: HTTPServer, soon: Soon) -> None:
    """A warning goes where the programme says, and nowhere else."""
    seen: list[Request] = []

    def elsewhere(request: Request) -> Response:
        seen.append(request)
        return Response('{"id": 1}')

    httpserver.expect_request("/a").respond_with_data("", 307, {"Location": "/b"})
    httpserver.expect_request("/b").respond_with_handler(elsewhere)
    target = httpserver.url_for("/a")
    channel = webhook(Wire(training=True), allow_private=True, target=target)

    outcome = channel.send(replace(MESSAGE, target=target), deadline=soon())

    assert isinstance(outcome, Retry)
    assert outcome.scope == "account"
    assert not seen


def test_live_a_private_address_is_refused_before_a_byte(
    httpserver: HTTPServer, soon: Soon
) -> None:
    """By who answered, also on a connection that another channel opened; then nothing is sent."""
    httpserver.expect_request("/a").respond_with_json({"id": MESSAGE.key})
    wire = Wire(training=False)
    url = f"http://localhost:{httpserver.port}/a"
    ask: Callable[..., Any] = wire.request
    given = {"deadline": soon(), "timeout": PATIENCE, "data": b"{}", "idempotent": True}
    allowed = ask("POST", url, **given)
    refused = ask("POST", url, **given, public=True)

    assert isinstance(allowed, Answer)
    assert isinstance(refused, NoAnswer)
    assert (refused.proves, refused.code) == ("account", "private")
    assert len(httpserver.log) == 1


def test_live_a_webhook_asks_for_no_private_machine(soon: Soon) -> None:
    """Not even a TLS greeting reaches a listener inside, unless it has leave."""
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.settimeout(30)
        target = f"https://localhost:{inside.getsockname()[1]}/a"
        outcome = webhook(Wire(training=False), target=target).send(
            replace(MESSAGE, target=target), deadline=soon())
        with inside.accept()[0] as heard:
            assert heard.recv(100) == b""

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.scope) == ("private", "account")


@pytest.mark.parametrize(("address", "public"), [
    ("8.8.8.8", True), ("2001:4860:4860::8888", True), ("127.0.0.1", False), ("10.1.2.3", False),
    ("192.168.0.1", False), ("172.16.0.1", False), ("169.254.169.254", False), ("0.0.0.0", False),
    ("100.64.0.1", False), ("224.0.0.1", False), ("::1", False), ("fe80::1%eth0", False),
    ("fd00::1", False), ("::ffff:10.0.0.1", False), ("64:ff9b::a00:1", False),
    ("2002:0a00:0001::", False), ("ten-may", False),
])  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    """Loopback, private, link-local, shared, multicast; none hides inside IPv6."""
    assert is_public(address) == public


def test_without_leave_nothing_goes_in_clear(soon: Soon) -> None:
    """An address read from a secret is not seen by `giovang check`: it is refused here."""
    wire = Heard([SECRETS["env:KEY"]])
    wire.no_answer = Wire(training=True).no_answer  # type: ignore[method-assign]

    outcome = webhook(wire, target="env:DIA_CHI").send(
        replace(MESSAGE, target="http://hook.vi-du.invalid/a"), deadline=soon())

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.scope) == ("bad-address", "account")
    assert not wire.requests


def test_every_mistake_of_a_description_at_once(tmp_path: Path) -> None:
    """No https, a shared secret, a link to a domain that is not allowed, a missing secret."""
    spec = ChannelSpec(
        "hook", "webhook", (AccountSpec("a", {"secret": "env:KEY"}), AccountSpec("b")),
        targets={"https://mot.vi-du.invalid/x": "a", "https://hai.vi-du.invalid/x": "a",
                 "http://ba.vi-du.invalid/x": "b", "khong-ro": "b"},
        options={"link": "https://la.invalid/{slug}"}, allowed_domains=("vi-du.invalid",))

    problems = check_spec(spec, tmp_path)

    assert sorted(p.code for p in problems) == [
        "accounts.a", "accounts.b", "accounts.b", "accounts.b.secrets.secret", "options.link"]


@pytest.mark.parametrize("secret", ["", "ngan", "whsec_khong-phai-base64!", "whsec_YWJj"])
def test_a_secret_that_could_be_guessed_is_refused(secret: str) -> None:
    """Whoever guesses it warns in our name."""
    spec = ChannelSpec("hook", "webhook", (AccountSpec("a", {"secret": "env:X"}),))
    context = Context(Wire(training=True), RealClock(), lambda _: secret, Path(), Path())

    with pytest.raises(BadChannel):
        build_channel(spec, context)


def test_a_ping_finds_a_wrong_secret_before_the_slot(bench: Bench, far: Far) -> None:
    """It shows nothing, and is asked only where the receiver knows it."""
    assert bench.build("webhook").check("chinh").ok
    assert bench.build("webhook", wrong=True).check("chinh").code == "http-401"
    assert "không có cách hỏi" in bench.build("webhook", wrong=True, ping=False).check(
        "chinh").detail
    assert far.taken() == 0


@given(HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_hostile_text_arrives_as_it_is(title: str, text: str, alt: str) -> None:
    """Signed, read as JSON, and the same; halves of pairs as U+FFFD."""
    wire = Heard([SECRETS["env:KEY"]])
    message = replace(to(MESSAGE), title=title, text=text,
                      attachments=(Attachment("a.jpg", "00" * 32, alt),))

    outcome = webhook(wire).send(message, deadline=time.monotonic() + 60)

    assert isinstance(outcome, Accepted)
    said = json.loads(wire.requests[0]["data"].decode("utf-8"))
    whole = [re.sub("[\ud800-\udfff]", "\ufffd", x) for x in (title, text, alt)]
    assert [said["title"], said["text"], said["attachments"][0]["alt"]] == whole

