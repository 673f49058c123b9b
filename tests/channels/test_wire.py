"""What the wire proves: every row of the design's table, on real sockets."""

import socket
import threading
import time

import pytest

from channels.values import Outcome, Rejected, Retry, Uncertain
from channels.verdict import not_understood, verdict
from channels.wire import MAX_BODY, Answer, NoAnswer, Wire
from components.tcp_fault_proxy import FaultProxy
from sandbox import Sandbox
from tests.awake import Awake
from tests.channels.conftest import PATIENCE, TIMEOUT, Far, Soon, patience

SEND = {"phone": "84950005678", "text": "Canh bao", "key": "k1"}


def post(
    wire: Wire, base: str, *, idempotent: bool = False, timeout: float = PATIENCE
) -> Answer | NoAnswer:
    return wire.request(
        "POST",
        f"{base}/sms/send",
        json=SEND,
        headers={"Authorization": "Bearer khoa-bi-mat-0123"},
        deadline=time.monotonic() + 2 * PATIENCE,
        timeout=timeout,
        idempotent=idempotent,
    )


def judged(got: Answer | NoAnswer, *, idempotent: bool) -> Outcome:
    """As a channel does it that expects JSON with an id."""
    decided = verdict(got, idempotent=idempotent, codes={})
    if decided is not None:
        return decided
    assert isinstance(got, Answer)
    assert not isinstance(got.json(), dict), "a good answer has no place in this table"
    return not_understood(got, idempotent=idempotent)


ON_THE_WAY = [
    # mode of the proxy, proof, code, taken by the far side, not idempotent, idempotent
    ("refuse", "not_sent", "connect", 0, Retry, Retry),
    ("reset_after_request", "unknown", "closed", 1, Uncertain, Retry),
    ("black_hole", "unknown", "read-timeout", 0, Uncertain, Retry),
    ("cut", "unknown", "cut", 1, Uncertain, Retry),
    ("garbage", "unknown", "closed", 0, Uncertain, Retry),
    ("trickle", "unknown", "read-timeout", 1, Uncertain, Retry),
]


@pytest.mark.parametrize(("mode", "proves", "code", "taken", "once", "again"), ON_THE_WAY)
def test_a_fault_on_the_way_proves_what_the_table_says(
    wire: Wire, proxy: FaultProxy, far: Far, mode: str, proves: str, code: str, taken: int,
    once: type, again: type,
) -> None:  # fmt: skip
    """Only what provably never left may be tried again without harm."""
    proxy.mode = mode

    got = post(wire, proxy.url, timeout=patience(mode))

    assert isinstance(got, NoAnswer)
    assert (got.proves, got.code) == (proves, code)
    assert far.taken() == taken
    assert isinstance(judged(got, idempotent=False), once)
    assert isinstance(judged(got, idempotent=True), again)


ANSWERS = [
    # mode of the sandbox, taken, code, counts, scope, retry_after, not idempotent, idempotent
    ("429", 0, "http-429", False, "message", 30.0, Retry, Retry),
    ("503_later", 0, "http-503-later", False, "message", 60.0, Retry, Retry),
    ("301", 0, "http-301", False, "account", None, Retry, Retry),
    ("401", 0, "http-401", False, "account", None, Retry, Retry),
    ("500", 0, "http-500", True, "message", None, Uncertain, Retry),
    ("500_posted", 1, "http-500", True, "message", None, Uncertain, Retry),
    ("503", 0, "http-503", True, "message", None, Uncertain, Retry),
    ("html200", 0, "bad-answer", True, "message", None, Uncertain, Retry),
    ("bad_json", 1, "bad-answer", True, "message", None, Uncertain, Retry),
    ("empty200", 1, "bad-answer", True, "message", None, Uncertain, Retry),
]


@pytest.mark.parametrize(
    ("mode", "taken", "code", "counts", "scope", "wait", "once", "again"), ANSWERS
)
def test_an_answer_proves_what_the_table_says(
    wire: Wire, sandbox: Sandbox, far: Far, mode: str, taken: int, code: str, counts: bool,
    scope: str, wait: float | None, once: type, again: type,
) -> None:  # fmt: skip
    """A status is a proof only where the far side says that it did not process."""
    far.order("/sms", mode)

    got = post(wire, sandbox.base_url)

    assert far.taken() == taken
    for idempotent, kind in ((False, once), (True, again)):
        outcome = judged(got, idempotent=idempotent)
        assert isinstance(outcome, kind)
        assert outcome.code == code
        if isinstance(outcome, Retry):
            assert (outcome.counts, outcome.scope, outcome.retry_after) == (counts, scope, wait)


@pytest.mark.parametrize("status", [400, 404, 410, 413, 422, 451])
def test_another_4xx_is_refused_for_good(status: int) -> None:
    """Other 400 to 499: trying again would be refused again."""
    outcome = verdict(Answer(status, {}, b"", 0.0), idempotent=False, codes={})

    assert isinstance(outcome, Rejected)
    assert outcome.code == f"http-{status}"


@pytest.mark.parametrize("status", [402, 403, 407])
def test_a_refused_account_spends_no_message(status: int) -> None:
    """402, 403, 407: the account stops, no attempt of any message is counted."""
    outcome = verdict(Answer(status, {}, b"", 0.0), idempotent=False, codes={})

    assert isinstance(outcome, Retry)
    assert (outcome.scope, outcome.counts) == ("account", False)


@pytest.mark.parametrize("status", [101, 500, 502, 504, 507, 599])
def test_a_server_error_proves_nothing(status: int) -> None:
    """Facebook answered 500 and had posted."""
    outcome = verdict(Answer(status, {}, b"", 0.0), idempotent=False, codes={})

    assert isinstance(outcome, Uncertain)


def test_a_redirect_is_never_followed(wire: Wire, sandbox: Sandbox, far: Far) -> None:
    """A followed 301 turns POST into GET and says 200."""
    far.order("/sms", "301")

    got = post(wire, sandbox.base_url)

    assert isinstance(got, Answer)
    assert got.status == 301


def test_retry_after_as_a_date_is_measured_by_the_servers_own_clock() -> None:
    """Our clock may be wrong; the answer carries its own."""
    headers = {
        "Date": "Tue, 24 Nov 2026 01:00:00 GMT",
        "Retry-After": "Tue, 24 Nov 2026 01:02:00 GMT",
    }

    outcome = verdict(Answer(429, headers, b"", 0.0), idempotent=False, codes={})

    assert isinstance(outcome, Retry)
    assert outcome.retry_after == 120.0


def test_past_the_deadline_not_a_byte_goes_out(wire: Wire, proxy: FaultProxy) -> None:
    """The sender checks its deadline on the monotonic clock before the first byte."""
    got = wire.request("POST", proxy.url, deadline=time.monotonic() - 0.001, timeout=5, json=SEND)

    assert isinstance(got, NoAnswer)
    assert (got.proves, got.code, proxy.connections) == ("not_sent", "deadline", 0)
    outcome = judged(got, idempotent=False)
    assert isinstance(outcome, Retry)
    assert outcome.counts is False


def test_the_deadline_bounds_the_timeout(wire: Wire, proxy: FaultProxy) -> None:
    """A try never outlives its lease: the nearer of deadline and timeout ends it."""
    proxy.mode = "black_hole"
    started = time.monotonic()

    got = wire.request("POST", proxy.url, deadline=started + TIMEOUT, timeout=30, json=SEND)

    assert isinstance(got, NoAnswer)
    assert got.proves == "unknown"
    assert time.monotonic() - started < 20  # by far the nearer of the two


def test_a_trickling_answer_ends_at_the_deadline(wire: Wire, proxy: FaultProxy) -> None:
    """A socket timeout restarts with each byte; the total must not, in headers or body."""
    proxy.mode = "trickle"

    with Awake() as awake:
        got = post(wire, proxy.url, timeout=TIMEOUT)

    assert isinstance(got, NoAnswer)
    assert awake.seconds() < TIMEOUT + 0.5


def test_a_stall_after_a_first_byte_ends_at_the_deadline(wire: Wire) -> None:
    """Each read gets only what is left of the whole, not the whole again."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            client.recv(65536)
            over.wait(0.5)
            client.sendall(b"HTTP/1.1 200 OK\r\n")
            over.wait(5)

    thread = threading.Thread(target=serve)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    started = time.monotonic()

    with Awake() as awake:
        got = wire.request("POST", url, deadline=started + 5, timeout=0.7, json=SEND)

    over.set()
    thread.join()
    listener.close()
    assert isinstance(got, NoAnswer)
    assert got.proves == "unknown"
    assert awake.seconds() < 1.0


HOSTS = [
    "https://graph.facebook.com/v26.0/me",
    "http://rest.esms.vn/send",
    "http://10.0.0.1/",
    "http://127.0.0.1.vi-du.vn/",
    "http://127.0.0.1@vi-du.vn/",
    "http://localhost.vi-du.vn/",
    "http://0.0.0.0/",
    "http://[2001:db8::1]/",
]


@pytest.mark.parametrize("url", HOSTS)
def test_in_training_only_loopback_is_called(wire: Wire, url: str) -> None:
    """Training can never go live, whatever the programme says."""
    got = wire.request("POST", url, deadline=time.monotonic() + 5, timeout=1, json=SEND)

    assert isinstance(got, NoAnswer)
    assert (got.proves, got.code) == ("account", "training")
    outcome = judged(got, idempotent=False)
    assert isinstance(outcome, Retry)
    assert (outcome.scope, outcome.counts) == ("account", False)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "khong-phai-dia-chi", "http://", "", "//x"])
def test_a_wrong_address_stops_the_account(wire: Wire, url: str) -> None:
    """A mistake in the programme is no message's fault and raises nothing."""
    got = wire.request("POST", url, deadline=time.monotonic() + 5, timeout=1)

    assert isinstance(got, NoAnswer)
    assert (got.proves, got.code) == ("account", "bad-address")


def test_a_name_nobody_knows_is_not_sent() -> None:
    """DNS fails before a byte goes out."""
    live = Wire(training=False)

    got = live.request(
        "POST", "http://khong-co.invalid/", deadline=time.monotonic() + 20, timeout=20
    )

    assert isinstance(got, NoAnswer)
    assert (got.proves, got.code) == ("not_sent", "dns")


def test_a_header_that_cannot_be_written_is_not_sent(wire: Wire, proxy: FaultProxy) -> None:
    """A broken secret (a line feed in it) is the account's trouble, before the first byte."""
    got = wire.request(
        "POST",
        proxy.url,
        headers={"Authorization": "Bearer a\nb"},
        deadline=time.monotonic() + 5,
        timeout=1,
    )

    assert isinstance(got, NoAnswer)
    assert (got.proves, got.code) == ("account", "bad-address")


def test_a_stale_connection_is_not_used_for_what_may_not_come_twice(
    proxy: FaultProxy, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keep-alive that has ended looks like a lost answer: a fresh connection avoids it."""
    proxy.mode = "stale"
    monkeypatch.setattr("channels.wire.FRESH", -1.0)  # "idle for too long" without waiting
    wire = Wire(training=True)

    assert isinstance(post(wire, proxy.url), Answer)
    assert isinstance(post(wire, proxy.url), Answer)
    assert proxy.connections == 2


def test_a_warm_connection_is_used_again(wire: Wire, proxy: FaultProxy) -> None:
    """A slot's messages follow each other on one connection: that is the speed."""
    for _ in range(3):
        assert isinstance(post(wire, proxy.url), Answer)

    assert proxy.connections == 1


def test_an_answer_is_read_to_one_mebibyte_and_no_further(wire: Wire, soon: Soon) -> None:
    """A far side gone mad cannot fill our memory."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            client.recv(65536)
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n")
            try:
                while True:
                    client.sendall(b"x" * 65536)
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    port = listener.getsockname()[1]

    got = wire.request("GET", f"http://127.0.0.1:{port}/", deadline=soon(), timeout=PATIENCE)

    assert isinstance(got, Answer)
    assert len(got.body) == MAX_BODY
    listener.close()
    thread.join()


def test_no_secret_and_no_number_stands_in_a_detail(wire: Wire, proxy: FaultProxy) -> None:
    """Details reach logs and people who may not see them."""
    proxy.mode = "refuse"
    url = f"{proxy.url}/gui/khoa-bi-mat-0123/84950005678?key=khoa-bi-mat-0123"

    got = wire.request("POST", url, deadline=time.monotonic() + 5, timeout=1)

    assert isinstance(got, NoAnswer)
    assert "khoa-bi-mat" not in got.detail
    assert "950005" not in got.detail
