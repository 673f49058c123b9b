"""A window says of a message what `send` says of it, and writes what `send` writes."""

import json
import tomllib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels.values import Outcome
from components.tcp_fault_proxy import MODES as WIRE_MODES
from components.tcp_fault_proxy import FaultProxy
from sandbox.faults import MODES as ANSWER_MODES
from tests.channels.conftest import GATEWAYS, HTTP_PATHS, NOW, Bench, Far, Soon, a_message, patience
from tests.channels.many.conftest import PLAIN, Make, Open, Serve, through
from tests.channels.many.raw import answer, say
from tests.channels.test_gateways import CODES as SHIPPED_CODES
from tests.channels.test_new_gateway import ANSWERS, example
from tests.channels.test_sms_http import BODIES, GATEWAY
from tests.channels.test_sms_http import CODES as SANDBOX_CODES

MESSAGE = a_message("sms_http")
OTHER = replace(MESSAGE, key="3f1c9f0e-0000-5000-8000-000000000002")
KINDS = ["sms_http", *GATEWAYS]

NUMBERS = [("sms_http", row[0]) for row in SANDBOX_CODES] + [row[:2] for row in SHIPPED_CODES]


def alike(one: Outcome, other: Outcome, *, words: bool = True) -> bool:
    """The same but for the gateway's id and, without an answer, for the transport's own words."""
    left = {"ref": ""} if words else {"ref": "", "detail": ""}
    shown = [{**vars(outcome), "kind": type(outcome)} | left for outcome in (one, other)]
    return shown[0] == shown[1]


@pytest.mark.parametrize(("kind", "number"), NUMBERS)
def test_every_code_of_a_gateway_is_read_alike(
    bench: Bench, far: Far, soon: Soon, window_of: Open, kind: str, number: str
) -> None:
    """The gateways that come described, on their imitations."""
    channel = bench.build(kind)

    sent = channel.send(replace(MESSAGE, target=number), deadline=soon())
    taken = far.taken()
    windowed = through(window_of(channel), replace(OTHER, target=number))

    assert alike(sent, windowed), (sent, windowed)
    assert far.taken() == 2 * taken


@pytest.mark.parametrize("mode", sorted(ANSWER_MODES.keys() - {"slow"}))
@pytest.mark.parametrize("kind", KINDS)
def test_every_bad_day_of_a_gateway_is_read_alike(
    bench: Bench, far: Far, soon: Soon, window_of: Open, kind: str, mode: str
) -> None:
    """Statuses, redirects, pages, half answers, resets, silence."""
    channel = bench.build(kind, timeout=patience(mode, ordered=True))
    # bad_json: its length is told, and with it how long the gateway's id was
    words = mode not in ("reset_before", "reset_after", "black_hole", "cut", "bad_json")
    path = HTTP_PATHS[kind]

    far.order(path, mode)
    sent = channel.send(MESSAGE, deadline=soon())
    taken = far.taken()
    far.order(path, mode)
    windowed = through(window_of(channel), OTHER)

    assert alike(sent, windowed, words=words), (sent, windowed)
    assert far.taken() == 2 * taken


# reset_on_connect: the reset may be seen before anything is written, or after
@pytest.mark.parametrize("mode", sorted(WIRE_MODES - {"stale", "reset_on_connect"}))
@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_on_the_way_is_read_alike(
    bench: Bench, far: Far, proxy: FaultProxy, soon: Soon, window_of: Open, kind: str, mode: str
) -> None:
    """What only a transport can tell, told by two of them."""
    channel = bench.build(kind, timeout=patience(mode))
    proxy.mode = mode

    sent = channel.send(MESSAGE, deadline=soon())
    taken = far.taken()
    windowed = through(window_of(channel), OTHER)

    assert alike(sent, windowed, words=mode == "pass"), (sent, windowed)
    assert far.taken() == 2 * taken


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_credentials_are_read_alike(
    bench: Bench, soon: Soon, window_of: Open, kind: str
) -> None:
    """The account rests, whoever sends."""
    channel = bench.build(kind, wrong=True)

    sent = channel.send(MESSAGE, deadline=soon())

    assert alike(sent, through(window_of(channel), OTHER))


#: gateways of other builds: a form with our key in the address, the worked example, JSON with
#: numbers and a list, everything in the address, a POST of nothing, our key in a header
OWN: dict[str, Any] = {**GATEWAY, "base": "http://127.0.0.1:9", "url": "{base}/api/{key}"}
EXAMPLE: dict[str, Any] = tomllib.loads(example())
NUMBERED = PLAIN | {
    "phone": "0",
    "body": {"so": "{phone:int}", "ttl": "{validity_seconds:int}", "x": ["{phone}, {text}: 100%"],
             "unicode": "{unicode:int}", "from": "{sender}"},
}  # fmt: skip
LONG_ADDRESS = {k: v for k, v in PLAIN.items() if k != "body"} | {
    "method": "GET", "url": "{base}/gui/{text}?sdt={phone}&nd={text}&t=100%25",
    "query": {"again": "{text}", "bao": "{callback}&k={key}"},
}  # fmt: skip
NO_BODY = LONG_ADDRESS | {"method": "POST"}
KEY_IN_HEADER = PLAIN | {"headers": {"X-Key": "{secret:key}", "Idempotency-Key": "{key}"}}
EVERY: dict[str, Any] = {name: name for name in GATEWAYS} | {
    "plain": PLAIN, "own": OWN, "example": EXAMPLE, "numbered": NUMBERED,
    "long address": LONG_ADDRESS, "no body": NO_BODY, "key in a header": KEY_IN_HEADER,
}  # fmt: skip
TEXTS = {
    "plain": "Canh bao lua dao. Goi 113.",
    "accents": "Lừa đảo: gọi 113",
    "signs": """{phone} "a" \\ %41 %s + & = ? # / ' ~ é ^€ 730816429513085711""",
    "astral": "Cảnh báo \U0001f4a5\nhai dòng",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("gateway", EVERY.values(), ids=EVERY)
def test_a_window_writes_what_send_writes(
    serve: Serve, make: Make, soon: Soon, window_of: Open, gateway: Any, text: str
) -> None:
    """To the byte: the address, the body, every header but who decodes what."""
    raw = serve()
    channel = make(raw.url, gateway, plain=False, sender="CA LUC NGAN")
    window = window_of(channel)
    first = replace(MESSAGE, text=text)
    second = replace(OTHER, text=text + "!", target="0950004321",
                     expires_at=NOW + timedelta(minutes=5))

    third = replace(OTHER, text=TEXTS["accents" if text.isascii() else "plain"])

    for message in (first, second, third):
        channel.send(message, deadline=soon())
        through(window, message)

    requests = [read(request) for request in raw.requests]
    assert requests[::2] == requests[1::2]
    assert len(requests) == 6


def read(request: bytes) -> tuple[bytes, dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    headers = dict(line.decode().split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in headers.items()}
    return first, {n: v for n, v in headers.items() if n != "accept-encoding"}, body


@pytest.mark.parametrize(("text", "status"), [row[:2] for row in ANSWERS])
def test_the_worked_example_is_read_alike(
    serve: Serve, make: Make, soon: Soon, window_of: Open, text: str, status: int
) -> None:
    """A text answer, read by its pattern."""
    said = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(text), text.encode())
    raw = serve(*[say(said)] * 2)
    channel = make(raw.url, EXAMPLE)

    sent = channel.send(MESSAGE, deadline=soon())

    assert alike(sent, through(window_of(channel), MESSAGE))


@pytest.mark.parametrize("body", [row[0] for row in BODIES])
def test_an_idempotent_gateway_is_read_alike(
    serve: Serve, make: Make, soon: Soon, window_of: Open, body: object
) -> None:
    """Nothing that may come twice is uncertain."""
    raw = serve(*[say(answer(json.dumps(body).encode()))] * 2)
    channel = make(raw.url, OWN)

    sent = channel.send(MESSAGE, deadline=soon())

    assert alike(sent, through(window_of(channel), MESSAGE))


def test_the_wait_that_a_gateway_asks_for_is_kept(
    bench: Bench, soon: Soon, window_of: Open
) -> None:
    """In a header of its own."""
    windowed = through(window_of(bench.build("speedsms")), replace(MESSAGE, target="0910000004"))

    assert (windowed.retry_after, windowed.counts) == (7.0, False)
