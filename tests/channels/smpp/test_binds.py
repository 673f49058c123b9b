"""Binds and what comes over them: receipts, enquiries, coming back, leaving in order."""

import math
import threading

import pytest

from channels.smpp.access import Job
from channels.smpp.window import Window
from channels.values import Accepted, Retry
from sandbox import Sandbox
from tests.channels.smpp.conftest import LONG_TEXT, MakeLine, drained, message, order, until


def receipts(window: Window, count: int) -> list[str]:
    """States of so many receipts, confirmed; one that comes twice counts once."""
    found: dict[str, str] = {}

    def come() -> bool:
        got = window.receipts()
        window.confirm(got)
        found.update({receipt.digest: receipt.state for receipt in got})
        return len(found) >= count

    until(come)
    return list(found.values())


def test_receipts_wait_until_they_are_confirmed(sandbox: Sandbox, line: MakeLine) -> None:
    """Nothing is lost with a connection: what was not confirmed comes again."""
    first = line(sandbox.port).ready()
    drained(first, *[message(n) for n in range(5)])
    until(lambda: first._session._traffic._unconfirmed == 5)
    assert len(first.receipts(2)) == 2  # fetched, and a crash before they were stored

    sandbox.soon(sandbox.smsc.drop)
    first._session.close(0.2)
    second = line(sandbox.port).ready()

    assert receipts(second, 5) == ["DELIVRD"] * 5
    until(lambda: sandbox.smsc.confirmed == 5)


def test_a_receipt_that_cannot_be_stored_comes_again(sandbox: Sandbox, line: MakeLine) -> None:
    """The disk is full for a moment."""
    window = line(sandbox.port).ready()
    drained(window, message(9))  # a number that ends in 9 is not reached
    until(lambda: window.confirm(got := window.receipts(), stored=False) or got)

    assert receipts(window, 1) == ["UNDELIV"]
    until(lambda: sandbox.smsc.confirmed == 1)


def test_receipts_nobody_fetches_stay_with_the_gateway(sandbox: Sandbox, line: MakeLine) -> None:
    """Bounded here, kept there, and delivered once somebody fetches."""
    window = line(sandbox.port, max_receipts=3).ready()
    drained(window, *[message(n) for n in range(8)])
    until(lambda: len(window._session.receipts(0)) == 0 and sandbox.smsc.refused >= 5)

    assert len(window._session._traffic._receipts) == 3
    assert sorted(receipts(window, 8)) == ["DELIVRD"] * 8


def test_separate_binds_bring_receipts_to_the_receiver(
    sandbox: Sandbox, line: MakeLine
) -> None:
    """Transmitters send, one receiver hears."""
    window = line(sandbox.port, separate=True, binds=2).ready()
    until(lambda: len(sandbox.smsc.connections) == 3)

    drained(window, *[message(n) for n in range(6)])

    assert receipts(window, 6) == ["DELIVRD"] * 6


def test_both_sides_ask_whether_the_other_is_there(sandbox: Sandbox, line: MakeLine) -> None:
    """The gateway is answered; and a silent bind stays up by our own asking."""
    window = line(sandbox.port, enquire_link=0.05).ready()
    sandbox.soon(sandbox.smsc.enquire)
    until(lambda: sandbox.smsc.pongs >= 1 and sandbox.smsc.pings >= 3)

    assert window.check(60).ok
    assert len(sandbox.smsc.connections) == 1


@pytest.mark.parametrize(("password", "code", "scope"), [("sai-mat-khau", "smpp-0x0e", "account")])
def test_a_wrong_password_is_said_so_at_once(
    sandbox: Sandbox, line: MakeLine, password: str, code: str, scope: str
) -> None:
    """And not tried again and again: the account would be locked."""
    window = line(sandbox.port, password=password, longest_wait=30.0).window()

    for _ in range(3):
        trouble = window.ready(60)
        assert trouble is not None
        assert (trouble.code, trouble.scope, trouble.counts) == (code, scope, False)
    assert not window.offer(message(1))
    assert not window.check(1).ok
    pause = threading.Event()
    pause.wait(0.3)
    assert sandbox.smsc.binds_seen == 1


def test_nobody_there_is_said_so(line: MakeLine) -> None:
    """A closed port: nothing was sent, try later."""
    window = line(9).window()

    trouble = window.ready(60)

    assert trouble is not None
    assert (trouble.code, trouble.scope) == ("connect", "message")


def test_a_gateway_that_comes_back_is_found_again(sandbox: Sandbox, line: MakeLine) -> None:
    """However often it goes."""
    window = line(sandbox.port).ready()

    for n in range(5):
        sandbox.soon(sandbox.smsc.drop)
        until(lambda: window.ready(1) is None and window.offer(message(n)))  # noqa: B023
        window.drain(60)

    assert max(sandbox.store.by_key.values()) == 1


def test_leaving_waits_for_answers_and_unbinds(sandbox: Sandbox, line: MakeLine) -> None:
    """What is on the wire is answered, a long message to its last part; then unbind, then close."""
    one = line(sandbox.port, window=1, response_timeout=30)
    window = one.ready(size=3)
    order(sandbox, "late")
    for n in range(2):
        assert window.offer(message(n, LONG_TEXT))
    until(lambda: sandbox.store.count == 1)

    one.session.close()
    found = dict(window.drain(60))

    assert isinstance(found["khoa-0"], Accepted)
    assert found["khoa-1"] == Retry("smpp-closing", "Đang đóng kết nối, chưa gửi", counts=False)
    assert sandbox.store.count == 3
    assert sandbox.smsc.unbinds == 1
    assert not window.offer(message(3))


def test_what_comes_in_while_nothing_can_be_sent_goes_back(
    sandbox: Sandbox, line: MakeLine
) -> None:
    """Between a look at the bind and the queue the bind may go: no message is left lying."""
    dead, ended = line(9, first_wait=30, longest_wait=30), line(sandbox.port)
    one, other = dead.window(), ended.ready()
    one.ready(60)
    ended.session.close()

    for window, session, code in ((one, dead.session, "connect"),
                                  (other, ended.session, "smpp-closing")):  # fmt: skip
        session.submit(Job("khoa-1", (b"",), window, math.inf, math.inf))
        ((key, outcome),) = window.poll(60)

        assert key == "khoa-1"
        assert isinstance(outcome, Retry)
        assert outcome.code == code
