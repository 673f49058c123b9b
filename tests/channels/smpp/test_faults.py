"""A session behind a network that breaks, and before gateways that say what none should."""

import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

import pytest

from channels.smpp import pdu
from channels.values import Accepted, Retry, Uncertain
from components.tcp_fault_proxy import StreamFaultProxy
from sandbox import Sandbox
from tests.channels.smpp.conftest import (
    SILENCE,
    MakeLine,
    Script,
    drained,
    message,
    unit,
    until,
)

MakeScript = Callable[..., Script]

FAULTS = [
    # mode, outcome, code, does the gateway have it
    ("reset_after_request", Uncertain, "closed", True),
    ("black_hole", Uncertain, "read-timeout", False),
    ("mute", Uncertain, "read-timeout", True),
    ("garbage", Uncertain, "unreadable", True),
    ("cut", Uncertain, "cut", True),
    ("stale", Uncertain, "closed", False),
    ("trickle", Accepted, "", True),
]


@pytest.mark.parametrize(("mode", "kind", "code", "taken"), FAULTS)
def test_what_breaks_while_an_answer_is_due_leaves_a_doubt(
    sandbox: Sandbox, stream: StreamFaultProxy, line: MakeLine, mode: str, kind: type, code: str,
    taken: bool,
) -> None:
    """Never a retry, whatever the gateway has; and once the fault is gone it goes on."""
    timeout = SILENCE if mode in ("black_hole", "mute") else 30.0
    # it may connect again before the fault is gone
    window = line(stream.port, response_timeout=timeout, connect_timeout=timeout).ready()
    stream.mode = mode

    outcome = drained(window, message(1))["khoa-1"]

    assert isinstance(outcome, kind)
    assert getattr(outcome, "code", "") == code
    until(lambda: sandbox.store.count >= taken)  # we may have given up before it had read
    assert sandbox.store.count == taken
    stream.mode = "pass"
    until(lambda: window.ready(1) is None and window.offer(message(2)))
    assert isinstance(dict(window.drain(60))["khoa-2"], Accepted)
    assert sandbox.store.by_key["khoa-2"] == 1


@pytest.mark.parametrize("mode", sorted(StreamFaultProxy.modes - {"pass", "trickle"}))
def test_what_breaks_before_the_bind_proves_that_nothing_was_sent(
    sandbox: Sandbox, stream: StreamFaultProxy, line: MakeLine, mode: str
) -> None:
    """No bind, no message: a try that may be repeated."""
    stream.mode = mode
    silent = mode in ("black_hole", "mute")
    window = line(stream.port, connect_timeout=SILENCE if silent else 30.0).window()

    trouble = window.ready(60)

    assert isinstance(trouble, Retry)
    assert trouble.code in ("connect", "smpp-bind-timeout")
    assert not window.offer(message(1))
    assert sandbox.store.count == 0


def test_a_window_in_flight_is_uncertain_message_by_message(
    sandbox: Sandbox, stream: StreamFaultProxy, line: MakeLine
) -> None:
    """As many as were on the wire, no more; those behind them were surely not sent."""
    window = line(stream.port, window=5, first_wait=30, longest_wait=30).ready(size=20)
    stream.mode = "mute"

    for n in range(20):
        assert window.offer(message(n))
    until(lambda: sandbox.store.count == 5)
    stream.mode = "reset_after_request"
    sandbox.soon(sandbox.smsc.enquire)
    found = [outcome for _, outcome in window.drain(60)]

    assert sorted(type(o).__name__ for o in found) == ["Retry"] * 15 + ["Uncertain"] * 5
    assert sandbox.store.count == 5


def test_a_gateway_that_says_not_a_word_is_left_with_the_first_message(
    sandbox: Sandbox, stream: StreamFaultProxy, line: MakeLine
) -> None:
    """Whatever else went there would be uncertain, too: a new bind is made at once."""
    window = line(stream.port, response_timeout=0.2, connect_timeout=SILENCE).ready()
    stream.mode = "mute"

    assert isinstance(drained(window, message(1))["khoa-1"], Uncertain)
    stream.mode = "pass"

    # more than two, when it was quicker than we: its first bind is then not answered, either
    until(lambda: stream.connections >= 2 and window.ready(1) is None)


def test_a_gateway_gone_silent_is_left(
    stream: StreamFaultProxy, line: MakeLine
) -> None:
    """Nobody answers enquire_link: the connection is given up, and another one made."""
    window = line(
        stream.port, enquire_link=0.05, response_timeout=0.1, connect_timeout=SILENCE).ready()
    before = stream.connections

    stream.mode = "black_hole"
    until(lambda: stream.connections > before)
    stream.mode = "pass"

    until(lambda: window.ready(1) is None)


def answered(ref: bytes = b"1\0", status: int = 0) -> Callable[[int, int], bytes]:
    return lambda command, sequence: unit(command | 0x80000000, sequence, ref, status)


def test_units_of_every_size_of_piece(script: MakeScript, line: MakeLine) -> None:
    """Two answers in one piece, one in two pieces: each goes to its message."""
    pieces: list[bytes] = []

    def both(_: int, sequence: int) -> bytes:
        first = unit(0x80000004, sequence - 1, b"mot\0")
        second = unit(0x80000004, sequence, b"hai\0")
        pieces.append(second[7:])
        return first + second[:7]

    gateway = script(lambda *_: b"", both)
    window = line(gateway.port, response_timeout=30).ready()

    assert window.offer(message(1))
    assert window.offer(message(2))
    found = window.poll(60)
    gateway.say(pieces[0])
    found += window.drain(60)

    assert found == [("khoa-1", Accepted("mot")), ("khoa-2", Accepted("hai"))]


@pytest.mark.parametrize("body", [b"", b"\0", b"khong-co-NUL"])
def test_an_answer_without_a_proper_id_is_still_an_acceptance(
    script: MakeScript, line: MakeLine, body: bytes
) -> None:
    """The status says taken; to call it anything else would send it twice."""
    window = line(script(answered(body)).port).ready()

    assert drained(window, message(1)) == {"khoa-1": Accepted(body.rstrip(b"\0").decode())}


REQUESTS = [
    # command and body of the gateway, command, status and body of our answer
    (pdu.DELIVER_SM, b"\xff" * 40, 0x80000005, 0x65),
    (pdu.DATA_SM, b"", 0x80000103, 0x65),
    (0x00000021, b"\0", 0x80000000, 3),  # submit_multi: not for us
    (0x0001F000, b"", 0x80000000, 3),
    (pdu.ENQUIRE_LINK, b"", 0x80000015, 0),
]


@pytest.mark.parametrize(("command", "body", "answer", "status"), REQUESTS)
def test_every_request_of_the_gateway_is_answered(
    script: MakeScript, line: MakeLine, command: int, body: bytes, answer: int, status: int
) -> None:
    """By its sequence number; what is nonsense is refused, and the bind goes on."""
    gateway = script(answered())
    window = line(gateway.port).ready()

    gateway.say(unit(command, 77, body))

    until(lambda: (answer, status, 77) in [one[:3] for one in gateway.units])
    assert isinstance(drained(window, message(1))["khoa-1"], Accepted)


@pytest.mark.parametrize("octets", [
    unit(pdu.ALERT_NOTIFICATION, 5, b"\0\0\0\0\0\0"), unit(pdu.OUTBIND, 5, b"a\0b\0"),
    unit(0x80000004, 999, b"1\0"), unit(0x80000015, 999), unit(0x80000021, 9),
])  # fmt: skip
def test_what_needs_no_answer_gets_none(
    script: MakeScript, line: MakeLine, octets: bytes
) -> None:
    """Notices, answers nobody waits for, of whatever kind."""
    gateway = script(answered())
    window = line(gateway.port).ready()

    gateway.say(octets)
    outcome = drained(window, message(1))["khoa-1"]

    assert isinstance(outcome, Accepted)
    assert gateway.commands() == [pdu.BIND_TRANSCEIVER, pdu.SUBMIT_SM]


@pytest.mark.parametrize("octets", [
    b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\xff rac", struct.pack(">I", 3), b"\xff" * 64,
    unit(pdu.GENERIC_NACK, 0, status=2), unit(pdu.GENERIC_NACK, 4321, status=3),
])  # fmt: skip
def test_a_stream_that_is_no_smpp_ends_the_connection(
    script: MakeScript, line: MakeLine, octets: bytes
) -> None:
    """What is on the wire becomes uncertain, never a crash; then a new bind."""
    gateway = script(lambda *_: octets, answered())
    window = line(gateway.port, response_timeout=30).ready()

    assert drained(window, message(1)) == {
        "khoa-1": Uncertain("unreadable", "Đã gửi. Không đọc được trả lời")}
    until(lambda: window.ready(1) is None and window.offer(message(2)))
    assert isinstance(dict(window.drain(60))["khoa-2"], Accepted)


def test_an_answer_before_the_garbage_still_holds(script: MakeScript, line: MakeLine) -> None:
    """The first message was taken, whatever comes behind its answer."""
    gateway = script(lambda c, s: answered(b"7\0")(c, s) + b"\xff\xff\xff\xff rac")
    window = line(gateway.port).ready()

    assert drained(window, message(1)) == {"khoa-1": Accepted("7")}


def test_an_error_of_our_own_leaves_a_doubt_and_no_silence(
    script: MakeScript, line: MakeLine, caplog: Any
) -> None:
    """A bug in reading receipts: the message in hand is uncertain, the next one goes out."""
    gateway = script(lambda *_: unit(pdu.DELIVER_SM, 1, b""), answered())
    one = line(gateway.port, response_timeout=30)
    window = one.ready()
    whole, one.session._traffic.told = one.session._traffic.told, broken

    assert drained(window, message(1)) == {
        "khoa-1": Uncertain("closed", "Đã gửi. Kết nối đứt khi chờ trả lời")}
    assert "smpp" in caplog.text
    one.session._traffic.told = whole
    until(lambda: window.ready(1) is None and window.offer(message(2)))
    assert isinstance(dict(window.drain(60))["khoa-2"], Accepted)


def test_an_error_before_the_wire_leaves_the_message_unsent(
    sandbox: Sandbox, line: MakeLine, caplog: Any
) -> None:
    """A bug where messages are handed over: nothing hangs, and nothing is doubted needlessly."""
    one = line(sandbox.port, response_timeout=30)
    window = one.ready()
    one.session._traffic.senders[0].write = broken  # type: ignore[method-assign]

    found = drained(window, message(1))

    assert isinstance(found["khoa-1"], Retry)
    assert "smpp" in caplog.text
    assert sandbox.store.count == 0


def broken(*_: object) -> None:
    raise AssertionError("ordered by the test")


def test_a_gateway_that_reads_nothing_gets_no_more(script: MakeScript, line: MakeLine) -> None:
    """What the transport cannot pass on is not handed to it: it stays provably unsent."""
    gateway = script(deaf=True)
    one = line(gateway.port, window=5000, response_timeout=30, first_wait=30, longest_wait=30)
    window = one.ready(size=5000)
    link = one.session._traffic.senders[0]
    link._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)

    def stuck() -> bool:
        before = len(link.in_flight)
        threading.Event().wait(0.1)
        return link._paused and len(link.in_flight) == before

    for n in range(5000):
        assert window.offer(message(n, "x" * 150))
    until(stuck)
    on_the_wire = len(link.in_flight)
    gateway.close()
    found = [outcome for _, outcome in window.drain(60)]

    uncertain = sum(isinstance(o, Uncertain) for o in found)
    assert 0 < on_the_wire <= uncertain  # as it closes, the system may take a little more
    assert sum(isinstance(o, Retry) for o in found) == 5000 - uncertain > 2500
