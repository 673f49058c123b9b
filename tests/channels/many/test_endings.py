"""What the wire proves, for a window: the rows of tests/channels/test_wire.py, by libcurl."""

import shutil
import ssl
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.many.endings import code_of
from channels.values import Accepted, Retry, Uncertain
from channels.wire import MAX_BODY, Wire, Written
from components.tcp_fault_proxy import FaultProxy
from tests.awake import Awake
from tests.channels.conftest import PATIENCE, SECRETS, TIMEOUT, Bench, Far, a_message, patience
from tests.channels.many.conftest import PLAIN, Make, Open, Serve, through
from tests.channels.many.raw import HEAD, Deed, answer, close, reset, say, silence
from tests.channels.test_wire import HOSTS, ON_THE_WAY

MESSAGE = a_message("sms_http")


@pytest.mark.parametrize(("mode", "proves", "code", "taken", "once", "again"), ON_THE_WAY)
def test_a_fault_on_the_way_proves_what_the_table_says(
    bench: Bench, proxy: FaultProxy, far: Far, window_of: Open, mode: str, proves: str, code: str,
    taken: int, once: type, again: type,
) -> None:  # fmt: skip
    """Only what provably never left may be tried again without harm."""
    proxy.mode = mode

    outcome = through(window_of(bench.build("sms_http", timeout=patience(mode))), MESSAGE)

    assert type(outcome) is once
    assert outcome.code == code
    assert far.taken() == taken
    # a gateway that knows a key again says Retry, and the message goes by its rule
    esms = bench.build("esms", timeout=patience(mode))
    assert type(through(window_of(esms), MESSAGE)) is again


def test_a_connection_reset_at_once_is_read_by_whether_a_byte_was_written(
    bench: Bench, proxy: FaultProxy, far: Far, window_of: Open
) -> None:
    """The reset may come before the first byte or after it."""
    proxy.mode = "reset_on_connect"

    outcome = through(window_of(bench.build("sms_http")), MESSAGE)

    assert (type(outcome), outcome.code) in ((Retry, "connect"), (Uncertain, "closed"))
    assert far.taken() == 0


HALVES: dict[str, tuple[Deed, str]] = {
    "nothing of the head": (say(b"HTT", stay=False), "closed"),
    "half the head": (say(HEAD, stay=False), "bad-answer"),
    "the head alone": (say(HEAD + b"Content-Length: 20\r\n\r\n", stay=False), "cut"),
    "half the body": (say(answer()[:-5], stay=False), "cut"),
    "half a chunk": (
        say(HEAD + b'Transfer-Encoding: chunked\r\n\r\n1d\r\n{"status":', stay=False), "cut"),
    "no chunk": (say(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}", stay=False), "cut"),
    "no gzip": (
        say(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"), "unreadable"),
    "another protocol": (say(b"SSH-2.0-OpenSSH_9.2\r\n", stay=False), "closed"),
    "half, then silence": (
        lambda client: say(answer()[:-5])(client) and silence(client), "read-timeout"),
}  # fmt: skip


@pytest.mark.parametrize(("deed", "code"), HALVES.values(), ids=HALVES)
def test_half_an_answer_is_none(
    serve: Serve, make: Make, window_of: Open, deed: Deed, code: str
) -> None:
    """Whatever is missing: it was sent, and nobody knows."""
    raw = serve(deed, deed)
    channel = make(raw.url, timeout=TIMEOUT if code == "read-timeout" else PATIENCE)

    outcome = through(window_of(channel), MESSAGE)

    assert (type(outcome), outcome.code) == (Uncertain, code)
    assert len(raw.requests) == 1
    sent: Any = channel.send(MESSAGE, deadline=time.monotonic() + 2 * PATIENCE)
    assert (type(sent), sent.code) == (Uncertain, code)


def test_an_answer_of_several_heads_is_read_by_the_last(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """A 100 that nobody asked for is no answer, and nothing in it counts."""
    first = b"HTTP/1.1 100 Continue\r\nRetry-After: 5\r\n\r\n"
    raw = serve(say(first, answer()), say(first, b"HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n"))
    window = window_of(make(raw.url))

    assert isinstance(through(window, MESSAGE), Accepted)
    outcome = through(window, replace(MESSAGE, key="2"))

    assert (outcome.code, outcome.retry_after) == ("http-429", None)


def test_an_answer_is_read_to_one_mebibyte_and_no_further(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """A far side gone mad cannot fill our memory; the status was read."""

    taken = []

    def flood(client: Any) -> bool:
        client.sendall(b"HTTP/1.1 429 X\r\nRetry-After: 7\r\nContent-Length: 99999999\r\n\r\n")
        while len(taken) < 99:
            client.sendall(b"x" * MAX_BODY)
            taken.append(MAX_BODY)
        return False

    raw = serve(flood)

    outcome = through(window_of(make(raw.url)), MESSAGE)

    assert isinstance(outcome, Retry)
    assert (outcome.code, outcome.retry_after) == ("http-429", 7.0)
    assert len(taken) < 30  # what lay in the sockets' own buffers


def test_what_an_earlier_message_was_told_is_not_this_ones(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """A new connection that says nothing after an old one that said much."""
    raw = serve(say(answer(), stay=False), close)
    window = window_of(make(raw.url))
    assert isinstance(through(window, MESSAGE), Accepted)
    raw.rest()  # the end of the old connection has come

    outcome = through(window, replace(MESSAGE, key="2"))

    assert (type(outcome), outcome.code) == (Uncertain, "closed")
    assert raw.connections == 2


def test_a_redirect_is_never_followed(serve: Serve, make: Make, window_of: Open) -> None:
    """A followed 301 turns POST into GET and says 200."""
    raw = serve(say(b"HTTP/1.1 301 X\r\nLocation: /khac\r\nContent-Length: 0\r\n\r\n"))

    outcome = through(window_of(make(raw.url)), MESSAGE)

    assert (outcome.code, outcome.scope) == ("http-301", "account")
    assert len(raw.requests) == 1


@pytest.mark.parametrize("url", HOSTS)
def test_in_training_only_loopback_is_called(make: Make, window_of: Open, url: str) -> None:
    """Training can never go live, whatever the programme says."""
    channel = make(url, PLAIN | {"url": "{base}"})

    outcome = through(window_of(channel), MESSAGE)

    assert (outcome.code, outcome.scope, outcome.counts) == ("training", "account", False)


def test_an_address_is_written_so_that_it_can_be_read_in_one_way_only() -> None:
    """libcurl has a parser of its own: what was judged is what it gets."""
    made = Wire(training=True).write("GET", "http://a:b@127.0.0.1:9/x?y=1#z@vi-du.vn")

    assert isinstance(made, Written)
    assert made.url == "http://127.0.0.1:9/x?y=1"
    assert made.headers["Authorization"] == "Basic YTpi"


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "khong-phai-dia-chi", "http://", "//x"])
def test_a_wrong_address_stops_the_account(make: Make, window_of: Open, url: str) -> None:
    """A mistake in the programme is no message's fault and raises nothing."""
    outcome = through(window_of(make("", PLAIN | {"url": url})), MESSAGE)

    assert (outcome.code, outcome.scope, outcome.counts) == ("bad-address", "account", False)


def test_a_header_that_cannot_be_written_is_not_sent(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """A broken secret (a line feed in it) is the account's trouble, before the first byte."""
    raw = serve()
    channel = make(raw.url, PLAIN | {"headers": {"Authorization": "Bearer a\nb"}})

    outcome = through(window_of(channel), MESSAGE)

    assert (outcome.code, outcome.scope) == ("bad-address", "account")
    assert raw.connections == 0


def test_a_name_nobody_knows_is_not_sent(make: Make, window_of: Open) -> None:
    """DNS fails before a byte goes out."""
    channel = make("http://khong-co.invalid", wire=Wire(training=False), timeout=55)

    outcome = through(window_of(channel), MESSAGE)

    assert (type(outcome), outcome.code) == (Retry, "dns")


def test_a_trickling_answer_ends_at_the_deadline(
    bench: Bench, proxy: FaultProxy, window_of: Open
) -> None:
    """The total counts, not the time since the last byte."""
    proxy.mode = "trickle"

    with Awake() as awake:
        outcome = through(window_of(bench.build("sms_http", timeout=TIMEOUT)), MESSAGE)

    assert outcome.code == "read-timeout"
    assert awake.seconds() < TIMEOUT + 0.5


def test_nothing_is_taken_from_the_environment(
    serve: Serve, make: Make, window_of: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither a proxy nor a login."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    raw = serve()
    channel = make(raw.url, {k: v for k, v in PLAIN.items() if k != "headers"})

    assert isinstance(through(window_of(channel), MESSAGE), Accepted)
    assert b"uthorization" not in raw.requests[0]


def test_no_cookie_is_kept(serve: Serve, make: Make, window_of: Open) -> None:
    """What one message brought back is not told with the next."""
    raw = serve(say(answer().replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b; Path=/\r\n\r\n")))
    window = window_of(make(raw.url))

    for key in ("1", "2"):
        assert isinstance(through(window, replace(MESSAGE, key=key)), Accepted)

    assert b"Cookie" not in raw.requests[1]


@pytest.mark.parametrize("target", ["http://vi-du.invalid", "https://vi-du.invalid"])
def test_a_proxy_that_refuses_stops_the_account(
    serve: Serve, make: Make, window_of: Open, target: str
) -> None:
    """Nothing was sent, and nothing will be."""
    raw = serve()
    raw.stop()
    wire = Wire(training=False, proxies={"http": raw.url, "https": raw.url})

    outcome = through(window_of(make(target, wire=wire)), MESSAGE)

    assert (outcome.code, outcome.scope) == ("proxy", "account")


def test_a_proxy_that_will_not_let_us_through_has_seen_no_message(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """What it answers to CONNECT is no answer of the gateway's."""
    raw = serve(say(b"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n", stay=False))
    wire = Wire(training=False, proxies={"https": raw.url})

    outcome = through(window_of(make("https://vi-du.invalid", wire=wire)), MESSAGE)

    assert (outcome.code, outcome.scope) == ("proxy", "account")
    assert raw.requests[0].startswith(b"CONNECT vi-du.invalid:443 ")


def test_through_a_proxy_a_lost_answer_is_still_unknown(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """The note of the first byte is kept on proxied connections, too."""
    raw = serve(close)
    wire = Wire(training=False, proxies={"http": raw.url})

    outcome = through(window_of(make("http://vi-du.invalid", wire=wire)), MESSAGE)

    assert (type(outcome), outcome.code) == (Uncertain, "closed")


def test_no_secret_and_no_number_stands_in_a_detail(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """Details reach logs and people who may not see them."""
    raw = serve(close)
    gateway = PLAIN | {"url": "{base}/gui/{secret:key}/{phone}?key={secret:key}"}

    outcome = through(window_of(make(raw.url, gateway)), MESSAGE)

    assert SECRETS["env:KEY"].encode() in raw.requests[0]
    assert "khoa-bi-mat" not in outcome.detail
    assert "950005" not in outcome.detail


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """Of `localhost`, signed by itself; and a server's context with it."""
    openssl = shutil.which("openssl")
    assert openssl, "openssl is missing: apt-get install openssl"
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context


Certificate = tuple[Path, ssl.SSLContext]


def test_over_tls_a_message_goes_to_whom_the_certificate_names(
    serve: Serve, make: Make, window_of: Open, certificate: Certificate
) -> None:
    """The bundle the programme names is believed; connections are kept as without TLS."""
    cert, context = certificate
    raw = serve(tls=context)
    wire = Wire(training=True, verify=str(cert))
    window = window_of(make(f"https://localhost:{raw.port}", wire=wire))

    for key in ("1", "2", "3"):
        assert isinstance(through(window, replace(MESSAGE, key=key)), Accepted)

    assert raw.connections == 1


@pytest.mark.parametrize(("host", "trusted"), [("127.0.0.1", True), ("localhost", False)])
def test_a_certificate_of_another_or_of_nobody_stops_the_account(
    serve: Serve, make: Make, window_of: Open, certificate: Certificate, host: str, trusted: bool
) -> None:
    """TLS is verified, the host's name too; a failed handshake proves that nothing was sent."""
    cert, context = certificate
    raw = serve(tls=context)
    wire = Wire(training=True, verify=str(cert) if trusted else True)

    outcome = through(window_of(make(f"https://{host}:{raw.port}", wire=wire)), MESSAGE)

    assert (outcome.code, outcome.scope) == ("tls", "account")
    assert raw.requests == []


def test_a_handshake_with_a_plain_server_stops_the_account(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """https on a port that speaks http: nothing of the message left."""
    raw = serve(say(b"HTTP/1.1 400 X\r\n\r\n", stay=False), greedy=False)

    outcome = through(window_of(make(f"https://localhost:{raw.port}")), MESSAGE)

    assert (outcome.code, outcome.scope) == ("tls", "account")


@pytest.mark.parametrize("end", [close, reset])
def test_over_tls_too_a_used_connection_that_ends_has_seen_the_message_once(
    serve: Serve, make: Make, window_of: Open, certificate: Certificate, end: Deed
) -> None:
    """libcurl would send it again, by a new handshake."""
    cert, context = certificate
    raw = serve(say(answer()), end, tls=context)
    wire = Wire(training=True, verify=str(cert))
    window = window_of(make(f"https://localhost:{raw.port}", wire=wire))
    assert isinstance(through(window, MESSAGE), Accepted)

    outcome = through(window, replace(MESSAGE, key="2"))

    assert (type(outcome), outcome.code) == (Uncertain, "closed")
    assert len(raw.requests) == 2


def test_over_tls_too_a_connection_closed_while_idle_costs_nothing(
    serve: Serve, make: Make, window_of: Open, certificate: Certificate
) -> None:
    """Seen before a byte is written."""
    cert, context = certificate
    raw = serve(tls=context)
    wire = Wire(training=True, verify=str(cert))
    window = window_of(make(f"https://localhost:{raw.port}", wire=wire))
    assert isinstance(through(window, MESSAGE), Accepted)

    raw.hang_up()

    assert isinstance(through(window, replace(MESSAGE, key="2")), Accepted)
    assert len(raw.requests) == 2


@pytest.mark.parametrize("error", range(1, 102))
def test_no_error_of_libcurl_lets_what_was_written_go_again(error: int) -> None:
    """Whatever it is called: a byte written decides."""
    for body_begun in (False, True):
        code = code_of(error, written=True, body_begun=body_begun, over=False, proxied=False)
        assert code in ("closed", "cut", "unreadable", "read-timeout")
    before = code_of(error, written=False, body_begun=False, over=False, proxied=False)
    assert before in ("dns", "connect", "connect-timeout", "tls", "proxy", "bad-address")
