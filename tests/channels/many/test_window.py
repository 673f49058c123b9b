"""The window itself: room, deadlines, each key once, and a gateway that is slow or gone."""

import json
import math
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels.many.idle import Idle
from channels.many.line import Line
from channels.values import Accepted, Rejected, Retry, Uncertain
from channels.wire import NoAnswer, Wire
from sandbox import Sandbox
from tests.channels.conftest import NOW, Bench, Far, a_message
from tests.channels.many.conftest import Make, Open, Serve, through
from tests.channels.many.raw import silence

MESSAGE = a_message("sms_http")


def test_a_thousand_messages_over_sixteen_connections_arrive_once_each(
    sandbox: Sandbox, far: Far, bench: Bench, window_of: Open
) -> None:
    """Every key one outcome, every message one arrival, with its own text and number."""
    bench.base_url = sandbox.base_url
    channel = bench.build("sms_http", connections=16)
    window = window_of(channel)
    messages = {
        f"khoa-{n}": replace(
            MESSAGE, key=f"khoa-{n}", target=f"095000{1000 + n}", text=f"Tin so {n}"
        )
        for n in range(1000)
    }
    found = []

    for message in messages.values():
        while not window.offer(message, deadline=time.monotonic() + 60):
            found += window.poll(1)
    found += window.drain(60)

    assert Counter(key for key, _ in found) == dict.fromkeys(messages, 1)
    assert {type(outcome) for _, outcome in found} == {Accepted}
    came = {line["key"]: (line["target"], line["text"]) for line in far.messages()}
    assert came == {k: ("84" + m.target[1:], m.text) for k, m in messages.items()}
    assert far.taken() == 1000


def test_there_is_room_for_so_many_and_no_more(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """`connections`, else `max_parallel`; room comes back with the outcomes."""
    raw = serve()
    window = window_of(make(raw.url, parallel=8, connections=3))

    taken = [window.offer(replace(MESSAGE, key=str(n))) for n in range(5)]

    assert taken == [True, True, True, False, False]
    assert len(window.drain(60)) == 3
    assert window.offer(MESSAGE)
    assert window_of(make(raw.url, parallel=8)).size == 8


def test_offering_does_not_wait(serve: Serve, make: Make, window_of: Open) -> None:
    """Not even to connect: nothing moves before `poll`."""
    raw = serve(silence)
    window = window_of(make(raw.url))

    assert window.offer(MESSAGE)
    assert window.poll(0) == []
    assert window.outstanding == 1


@pytest.mark.parametrize("late", [False, True])
def test_past_the_deadline_not_a_byte_goes_out(
    serve: Serve, make: Make, window_of: Open, late: bool
) -> None:
    """Whether it had passed when the message was offered or only when it would have gone out."""
    raw = serve()
    window = window_of(make(raw.url))
    deadline = time.monotonic() + (0.05 if late else -1)

    assert window.offer(MESSAGE, deadline=deadline)
    threading.Event().wait(0.1)
    [(key, outcome)] = window.drain(60)

    assert isinstance(outcome, Retry)
    assert (key, outcome.code, outcome.counts) == (MESSAGE.key, "deadline", False)
    assert raw.connections == 0


def test_a_connection_that_stands_too_late_is_not_written_to(make: Make) -> None:
    """The last look at the clock is just before the first byte."""
    line = Line(Wire(training=True), Idle(), idempotent=False)
    request = window_request(make)
    line.begin("k", request, time.monotonic() - 2, 1)

    assert line._may_write("127.0.0.1", "127.0.0.1", 80, 40000) == 1
    got = line.ended(42)

    line.curl.close()
    assert isinstance(got, NoAnswer)
    assert (got.proves, got.code) == ("not_sent", "connect-timeout")


def test_in_training_a_name_that_leads_elsewhere_is_not_written_to(make: Make) -> None:
    """The address that was reached is looked at, too."""
    line = Line(Wire(training=True), Idle(), idempotent=False)
    line.begin("k", window_request(make), time.monotonic(), 5)

    assert line._may_write("192.0.2.1", "127.0.0.1", 80, 40000) == 1
    got = line.ended(42)

    line.curl.close()
    assert isinstance(got, NoAnswer)
    assert (got.proves, got.code) == ("account", "training")


def window_request(make: Make) -> Any:
    window = make("http://127.0.0.1:9").open("chinh")
    return window._write(MESSAGE)  # type: ignore[attr-defined]


def test_the_deadline_bounds_the_timeout(serve: Serve, make: Make, window_of: Open) -> None:
    """A try never outlives its lease: the nearer of deadline and timeout ends it."""
    raw = serve(silence)
    window = window_of(make(raw.url, timeout=30))
    started = time.monotonic()

    outcome = through(window, MESSAGE, deadline=started + 0.5)

    assert isinstance(outcome, Uncertain)
    assert outcome.code == "read-timeout"
    assert time.monotonic() - started < 20  # by far the nearer of the two


REFUSED = [
    ({"target": "113"}, "sms-phone"),
    ({"text": " "}, "sms-empty"),
    ({"expires_at": NOW - timedelta(seconds=1)}, "sms-expired"),
]


@pytest.mark.parametrize(("change", "code"), REFUSED)
def test_what_is_not_even_tried_has_an_outcome_too(
    serve: Serve, make: Make, window_of: Open, change: dict[str, Any], code: str
) -> None:
    """As `send` says it, and nothing goes out."""
    raw = serve()
    channel = make(raw.url)
    message = replace(MESSAGE, **change)

    outcome = through(window_of(channel), message)

    assert isinstance(outcome, Rejected)
    assert outcome.code == code
    assert outcome == channel.send(message, deadline=math.inf)
    assert raw.connections == 0


def test_one_that_hangs_holds_up_no_other(serve: Serve, make: Make, window_of: Open) -> None:
    """Outcomes come as they are known."""
    raw = serve(silence)
    window = window_of(make(raw.url, timeout=30))
    assert window.offer(MESSAGE)
    assert window.poll(0.1) == []

    others = [through_others(window, str(n)) for n in range(20)]

    assert others == [str(n) for n in range(20)]
    assert window.outstanding == 1


def through_others(window: Any, key: str) -> str:
    assert window.offer(replace(MESSAGE, key=key))
    [(found, outcome)] = window.poll(60)
    assert isinstance(outcome, Accepted)
    return str(found)


def test_a_closed_window_still_tells_what_it_owes(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """Exactly one outcome each, and by what is known: written, or only offered."""
    raw = serve(silence)
    window = window_of(make(raw.url))
    assert window.offer(replace(MESSAGE, key="tren-duong"))
    while not raw.requests:
        window.poll(0.02)
    assert window.offer(replace(MESSAGE, key="chua-di"))

    window.close()
    window.close()
    found = dict(window.poll(0))

    assert {key: (type(o), o.code) for key, o in found.items()} == {  # type: ignore[union-attr]
        "tren-duong": (Uncertain, "closed"), "chua-di": (Retry, "deadline"),
    }  # fmt: skip
    assert not window.offer(MESSAGE)
    assert window.poll(0) == window.drain(0) == []
    assert window.outstanding == 0


def test_two_windows_of_an_account_do_not_mix(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """Each thread has its own."""
    raw = serve()
    channel = make(raw.url)
    found: dict[str, list[str]] = {}

    def send(name: str) -> None:
        window = window_of(channel)
        for n in range(50):
            while not window.offer(replace(MESSAGE, key=f"{name}-{n}")):
                found.setdefault(name, []).extend(key for key, _ in window.poll(60))
        found.setdefault(name, []).extend(key for key, _ in window.drain(60))

    threads = [threading.Thread(target=send, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {n: sorted(keys) for n, keys in found.items()} == {
        n: sorted(f"{n}-{i}" for i in range(50)) for n in ("a", "b")}
    keys = [json.loads(request.partition(b"\r\n\r\n")[2])["key"] for request in raw.requests]
    assert len(keys) == len(set(keys)) == 100
