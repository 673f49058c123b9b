"""A message is seen once, however its connection ends; libcurl alone would send some twice."""

import threading
from dataclasses import replace
from typing import Any

import pycurl
import pytest

from channels.values import Accepted, Uncertain
from tests.channels.conftest import a_message
from tests.channels.many.conftest import Make, Open, Serve, through
from tests.channels.many.raw import Deed, answer, close, reset, say
from tests.kannel import ports

FIRST = a_message("sms_http")
SECOND = replace(FIRST, key="3f1c9f0e-0000-5000-8000-000000000002")
ENDS = {"closes": close, "resets": reset}
KINDS: dict[str, Any] = {"POST": "", "GET": "kannel"}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_fresh_connection_that_ends_unanswered_has_seen_the_message_once(
    serve: Serve, make: Make, window_of: Open, kind: str, end: Deed
) -> None:
    """It was read: whether it was taken, nobody knows."""
    raw = serve(end)

    outcome = through(window_of(make(raw.url, kind)), FIRST)

    assert isinstance(outcome, Uncertain)
    assert outcome.code == "closed"
    assert len(raw.requests) == 1


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_used_connection_that_ends_unanswered_has_seen_the_message_once(
    serve: Serve, make: Make, window_of: Open, kind: str, end: Deed
) -> None:
    """The gateway reads the second request of a connection and is gone: no third."""
    good = answer(b"0: Accepted for delivery") if kind else answer()
    raw = serve(say(good), end)
    window = window_of(make(raw.url, kind))

    assert isinstance(through(window, FIRST), Accepted)
    outcome = through(window, SECOND)

    assert isinstance(outcome, Uncertain)
    assert outcome.code == "closed"
    assert len(raw.requests) == 2


def test_libcurl_by_itself_sends_it_twice(serve: Serve) -> None:
    """What the window is guarded against; should this fail, the guard can go."""
    raw = serve(say(answer()), close)
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, raw.url)
    curl.setopt(pycurl.POSTFIELDS, "tin")
    curl.setopt(pycurl.WRITEFUNCTION, lambda _: None)

    curl.perform()
    curl.perform()

    curl.close()
    assert (len(raw.requests), raw.connections) == (3, 2)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("used", [False, True])
def test_a_connection_that_ends_within_a_long_body_is_not_tried_again(
    serve: Serve, make: Make, window_of: Open, used: bool, end: Deed
) -> None:
    """Half of it was written: it may be all the gateway needs."""
    raw = serve(*([say(answer())] if used else []), end, greedy=False)
    window = window_of(make(raw.url))
    if used:
        assert isinstance(through(window, FIRST), Accepted)

    outcome = through(window, replace(SECOND, text="a" * 5_000_000))

    assert isinstance(outcome, Uncertain)
    assert outcome.code == "closed"
    assert [request[:4] for request in raw.requests] == [b"POST"] * (1 + used)


def test_a_connection_closed_while_idle_costs_nothing(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """It is seen to be closed before a byte is written: a new one, and no doubt."""
    raw = serve()
    window = window_of(make(raw.url))
    assert isinstance(through(window, FIRST), Accepted)

    raw.hang_up()

    assert isinstance(through(window, SECOND), Accepted)
    assert (len(raw.requests), raw.connections) == (2, 2)


def test_many_connections_closed_while_idle_cost_nothing_either(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """The one taken instead is a new one, not another dead one; and the new one is kept."""
    together = threading.Barrier(4)

    def meet(client: Any) -> bool:
        together.wait(60)
        return say(answer())(client)

    raw = serve(*[meet] * 4)
    window = window_of(make(raw.url))
    for n in range(4):
        assert window.offer(replace(FIRST, key=f"dau-{n}"))
    assert [type(outcome) for _, outcome in window.drain(60)] == [Accepted] * 4

    raw.hang_up()
    outcomes = [through(window, replace(SECOND, key=f"sau-{n}")) for n in range(8)]

    assert [type(outcome) for outcome in outcomes] == [Accepted] * 8
    assert len(raw.requests) == 12
    assert raw.connections < 4 + 8


def test_a_gateway_restarted_between_two_messages_gets_each_once(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """Another process at the same port, which meanwhile is nobody else's."""
    raw = serve(port=ports(1)[0])
    window = window_of(make(raw.url))
    assert isinstance(through(window, FIRST), Accepted)
    raw.stop()

    gone = through(window, SECOND)
    again = serve(port=raw.port)

    assert (gone.code, type(gone).__name__) == ("connect", "Retry")
    assert isinstance(through(window, SECOND), Accepted)
    assert (len(raw.requests), len(again.requests)) == (1, 1)


@pytest.mark.parametrize(("gateway", "connections"), [("", 2), ("esms", 1)])
def test_a_connection_idle_for_over_a_second_is_not_used_for_what_may_not_come_twice(
    serve: Serve, make: Make, window_of: Open, gateway: str, connections: int
) -> None:
    """It may be about to be closed; a gateway that knows a key again does not mind."""
    good = answer(b'{"CodeResult": "100", "SMSID": "s"}') if gateway else answer()
    raw = serve(say(good), say(good))
    window = window_of(make(raw.url, gateway))
    through(window, FIRST)

    threading.Event().wait(1.3)
    through(window, SECOND)

    assert raw.connections == connections


def test_an_answer_too_many_is_not_taken_for_the_next_messages(
    serve: Serve, make: Make, window_of: Open
) -> None:
    """What comes on a connection that nobody has asked on ends that connection."""
    stray = answer(b'{"status": "ok", "id": "la"}')
    raw = serve(say(answer() + stray))
    window = window_of(make(raw.url))

    refs = [through(window, message).ref for message in (FIRST, SECOND)]

    assert refs == ["m-1", "m-1"]
    assert (len(raw.requests), raw.connections) == (2, 2)
