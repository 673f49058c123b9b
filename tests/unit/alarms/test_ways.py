"""The ways out: what each counts as told."""

import smtplib
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from channels.values import (
    Accepted,
    Delivered,
    Health,
    Message,
    Outcome,
    Rejected,
    RenderSpec,
    Retry,
    Uncertain,
)
from channels.wire import Wire
from worker.alarms.ways import NotToldError, beat, poster, send_mail, text_by
from worker.clock import SystemClock

elapsed = SystemClock().elapsed


def test_a_webhook_is_told_with_2xx_only(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a", method="POST", json={"x": 1}).respond_with_data("ok")
    httpserver.expect_request("/b").respond_with_data("no", status=500)
    post = poster(Wire(training=False), elapsed)

    post(httpserver.url_for("/a"), {"x": 1})
    with pytest.raises(NotToldError, match="HTTP 500"):
        post(httpserver.url_for("/b"), {"x": 1})


def test_in_training_nothing_leaves_this_machine() -> None:
    with pytest.raises(NotToldError, match="training"):
        poster(Wire(training=True), elapsed)("https://hook.example/x", {})


def test_a_webhooks_address_is_a_secret(httpserver: HTTPServer) -> None:
    """Whoever has it may speak in our name: a failure does not print it."""
    url = "http://127.0.0.1:9/hook/T0P-SECRET"

    with pytest.raises(NotToldError) as failed:
        poster(Wire(training=False), elapsed)(url, {})

    assert "T0P-SECRET" not in str(failed.value)


def test_the_outside_watcher_hears_a_get(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/ping", method="GET").respond_with_data("ok")

    beat(Wire(training=False), elapsed, httpserver.url_for("/ping"))


class OneChannel:
    """A channel that gives the outcome it was made with."""

    name, codes, secrets = "sms", {}, ()
    idempotent, key_lifetime, max_parallel, timeout = False, 0.0, 1, 5.0
    spec = RenderSpec("text")

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.sent: list[Message] = []

    def account(self, _target: str) -> str:
        return "chinh"

    def validate(self, _message: Message) -> list[Any]:
        return []

    def send(self, message: Message, *, deadline: float) -> Outcome:
        assert deadline > elapsed()
        self.sent.append(message)
        return self.outcome

    def check(self, _account: str) -> Health:
        return Health(ok=True)


@pytest.mark.parametrize("outcome", [Accepted("r"), Delivered("r")])
def test_an_sms_that_was_taken_is_told(outcome: Outcome) -> None:
    channel = OneChannel(outcome)

    text_by(channel, elapsed)("0950000101", "Dia day", "alarm-1")

    assert [(m.key, m.target, m.text) for m in channel.sent] == [
        ("alarm-1", "0950000101", "Dia day")]


@pytest.mark.parametrize(
    "outcome", [Rejected("x", "không"), Retry("x", "chờ"), Uncertain("x", "không rõ")])
def test_an_sms_that_may_not_have_gone_is_tried_once_and_not_told(outcome: Outcome) -> None:
    """Escalation is the retry: the next person is called."""
    channel = OneChannel(outcome)

    with pytest.raises(NotToldError):
        text_by(channel, elapsed)("0950000101", "Dia day", "alarm-1")

    assert len(channel.sent) == 1


class Mailbox(socketserver.StreamRequestHandler):
    """As much SMTP as one letter needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        body: list[str] | None = None
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            if body is not None:
                if line == ".":
                    self.server.letters.append("\n".join(body))  # type: ignore[attr-defined]
                    body = None
                    self.wfile.write(b"250 kept\r\n")
                else:
                    body.append(line)
            elif line.upper() == "DATA":
                body = []
                self.wfile.write(b"354 go\r\n")
            elif line.upper() == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


@pytest.fixture
def mailbox() -> Iterator[Any]:
    with socketserver.TCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.letters = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_mail_reaches_its_box(mailbox: Any) -> None:
    port = mailbox.server_address[1]

    send_mail(f"smtp://127.0.0.1:{port}", "truc@example.vn", "[giovang] Disk", "Dia day\nack 1")

    (letter,) = mailbox.letters
    assert "To: truc@example.vn" in letter
    assert "Subject: [giovang] Disk" in letter
    assert "Dia day\nack 1" in letter


def test_a_mail_server_that_is_away_is_said() -> None:
    with pytest.raises((OSError, smtplib.SMTPException)):
        send_mail("smtp://127.0.0.1:9", "a@example.vn", "s", "t")
