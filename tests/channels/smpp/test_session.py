"""A session against the sandbox: windows, parts, throttling, deadlines, threads."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from channels.values import Accepted, Outcome, Rejected, Retry, Uncertain
from sandbox import Sandbox
from tests.channels.smpp.conftest import (
    LONG_TEXT,
    SILENCE,
    STYLE,
    MakeLine,
    Script,
    drained,
    message,
    order,
    unit,
    until,
)

MakeScript = Callable[..., Script]
#: modes of the sandbox in which no answer comes, and nothing else ends the wait
UNANSWERED = ("no_answer", "ignored", "wrong_sequence")


def patience(*modes: str) -> float:
    """Seconds for an answer: few only where none will come."""
    return SILENCE if set(modes) & set(UNANSWERED) else 30.0


def test_every_message_is_taken_once_and_named(sandbox: Sandbox, line: MakeLine) -> None:
    """More messages than the window: each comes back with the gateway's id for it."""
    window = line(sandbox.port, window=7).ready()
    messages = [message(n) for n in range(100)]
    found: dict[str, Outcome] = {}

    for one in messages:
        while not window.offer(one):
            found |= dict(window.poll(1))
    found |= dict(window.drain(60))

    refs = {line["key"]: line["ref"] for line in sandbox.store.taken}
    assert found == {one.key: Accepted(refs[one.key]) for one in messages}
    assert set(sandbox.store.by_key.values()) == {1}


def test_a_window_is_bounded(sandbox: Sandbox, line: MakeLine) -> None:
    """What is neither answered nor polled counts: the rest stays with whoever has it."""
    window = line(sandbox.port).ready(size=5)

    assert [window.offer(message(n)) for n in range(7)] == [True] * 5 + [False] * 2
    assert len(window.drain(60)) == 5
    assert window.offer(message(8))


def test_no_more_is_on_the_wire_than_the_gateway_permits(
    sandbox: Sandbox, line: MakeLine
) -> None:
    """A gateway that never answers gets one full window and not a message more."""
    order(sandbox, *["no_answer"] * 50)
    window = line(sandbox.port, window=4, response_timeout=30).ready(size=20)

    for n in range(20):
        assert window.offer(message(n))
    until(lambda: sandbox.store.count == 4)
    pause = threading.Event()
    pause.wait(0.3)

    assert sandbox.store.count == 4


def test_several_binds_share_the_work(sandbox: Sandbox, line: MakeLine) -> None:
    """All of them are used, and no message goes by two."""
    access = line(sandbox.port, binds=3, window=2, response_timeout=30)
    window = access.ready(size=30)
    until(lambda: access.session.bound == 3)
    order(sandbox, *["no_answer"] * 50)

    for n in range(30):
        assert window.offer(message(n))
    until(lambda: sandbox.store.count == 6)

    assert set(sandbox.store.by_key.values()) == {1}


@pytest.mark.parametrize("long", ["udh8", "udh16", "sar"])
def test_the_parts_of_a_long_message_follow_each_other(
    sandbox: Sandbox, line: MakeLine, long: str
) -> None:
    """One outcome with every part's id."""
    window = line(sandbox.port).ready(replace(STYLE, long=long))  # type: ignore[arg-type]

    outcome = drained(window, message(1, LONG_TEXT))["khoa-1"]

    taken = sandbox.store.taken
    assert [one["key"] for one in taken] == ["khoa-1/1", "khoa-1/2", "khoa-1/3"]
    assert "".join(one["text"] for one in taken) == LONG_TEXT
    assert outcome == Accepted(taken[0]["ref"], parts=tuple(one["ref"] for one in taken))


def test_a_message_that_has_begun_goes_before_the_next(
    sandbox: Sandbox, line: MakeLine
) -> None:
    """Its parts arrive together, and a stop leaves no half message behind a whole queue."""
    window = line(sandbox.port, window=1).ready(size=3)

    drained(window, message(1, LONG_TEXT), message(2), message(3))

    assert [one["key"] for one in sandbox.store.taken] == [
        "khoa-1/1", "khoa-1/2", "khoa-1/3", "khoa-2", "khoa-3"]


@pytest.mark.parametrize(("modes", "kind", "code", "taken"), [
    (["bad_number"], Rejected, "smpp-0x0b", 0),  # the first part proves it for all
    (["throttled"], Retry, "smpp-0x58", 0),
    (["pass", "bad_number"], Uncertain, "smpp-partial", 1),
    (["pass", "refused"], Uncertain, "smpp-partial", 1),
    (["pass", "sys_error"], Uncertain, "smpp-partial", 1),
    (["pass", "drop"], Uncertain, "closed", 2),
    (["pass", "pass", "no_answer"], Uncertain, "read-timeout", 3),
])  # fmt: skip
def test_a_long_message_that_stops_half_way_is_uncertain(
    sandbox: Sandbox, line: MakeLine, modes: list[str], kind: type, code: str, taken: int
) -> None:
    """Some parts are out: nobody may send it again by himself."""
    window = line(sandbox.port, response_timeout=patience(*modes)).ready()
    order(sandbox, *modes)

    outcome = drained(window, message(1, LONG_TEXT))["khoa-1"]

    assert isinstance(outcome, kind)
    assert outcome.code == code  # type: ignore[attr-defined]
    assert sandbox.store.count == taken


def test_a_part_that_came_too_fast_goes_again(sandbox: Sandbox, line: MakeLine) -> None:
    """Of that part nothing was taken: the message is not lost half-way, and no part is doubled."""
    window = line(sandbox.port, response_timeout=30).ready()
    order(sandbox, "pass", "throttled")

    outcome = drained(window, message(1, LONG_TEXT))["khoa-1"]

    assert isinstance(outcome, Accepted)
    assert dict(sandbox.store.by_key) == {"khoa-1/1": 1, "khoa-1/2": 1, "khoa-1/3": 1}


def test_too_fast_holds_the_account_back(sandbox: Sandbox, line: MakeLine) -> None:
    """
    The message comes back as not sent; what follows waits, and goes out by itself, unless its
    time is up before.
    """
    window = line(sandbox.port, window=1, response_timeout=30).ready(size=3)
    order(sandbox, "throttled")

    assert window.offer(message(1))
    until(lambda: window._session._traffic._held)
    assert window.offer(message(2))
    assert window.offer(message(3), deadline=time.monotonic() + 0.1)
    found = dict(window.drain(60))

    assert found["khoa-1"] == Retry("smpp-0x58", "Gửi quá nhanh (ESME_RTHROTTLED)", 1.0, False)
    assert isinstance(found["khoa-2"], Accepted)
    assert found["khoa-3"] == Retry("deadline", "Quá hạn chót trước khi gửi", counts=False)


@pytest.mark.parametrize(("mode", "kind", "code", "taken"), [
    ("queue_full", Retry, "smpp-0x14", 0),
    ("refused", Retry, "smpp-0x45", 0),
    ("bad_number", Rejected, "smpp-0x0b", 0),
    ("sys_error", Uncertain, "smpp-0x08", 0),
    ("sys_error_taken", Uncertain, "smpp-0x08", 1),
    ("vendor", Uncertain, "smpp-other", 0),
    ("nack", Uncertain, "smpp-0x08", 0),
    ("no_answer", Uncertain, "read-timeout", 1),
    ("ignored", Uncertain, "read-timeout", 0),
    ("drop", Uncertain, "closed", 1),
    ("drop_before", Uncertain, "closed", 0),
    ("garbage", Uncertain, "unreadable", 1),
    ("half", Uncertain, "cut", 1),
    ("wrong_sequence", Uncertain, "read-timeout", 1),
    ("unbind", Accepted, "", 1),
])  # fmt: skip
def test_what_a_bad_day_of_the_gateway_proves(
    sandbox: Sandbox, line: MakeLine, mode: str, kind: type, code: str, taken: int
) -> None:
    """Retry and Rejected only where it took nothing; and then the next message goes out."""
    window = line(sandbox.port, response_timeout=patience(mode)).ready()
    order(sandbox, mode)

    outcome = drained(window, message(1))["khoa-1"]

    assert isinstance(outcome, kind)
    assert getattr(outcome, "code", "") == code
    until(lambda: sandbox.store.count >= taken)  # we may have given up before it had read
    assert sandbox.store.count == taken
    if mode == "unbind":  # it comes behind the answer
        until(lambda: sandbox.smsc.binds_seen == 2)
    until(lambda: window.ready(1) is None and window.offer(message(2)))
    assert isinstance(dict(window.drain(60))["khoa-2"], Accepted)


def test_a_late_answer_ends_the_doubt(script: MakeScript, line: MakeLine) -> None:
    """`Uncertain` when its time was up, and the gateway's own word when it comes."""
    asked: list[int] = []

    def not_yet(_: int, sequence: int) -> bytes:
        asked.append(sequence)
        return b""

    gateway = script(not_yet, lambda _, sequence: unit(0x80000004, sequence, b"hai\0"))
    window = line(gateway.port).ready()  # patient: a slow machine is not a gateway gone silent
    found: list[tuple[str, Outcome]] = []

    assert window.offer(message(1), end=time.monotonic() + SILENCE)
    assert window.offer(message(2))
    first = dict(window.drain(60))
    gateway.say(unit(0x80000004, asked[0], b"mot\0"))
    until(lambda: found.extend(window.poll(0.1)) or found)

    assert first == {"khoa-1": Uncertain("read-timeout", "Đã gửi. Hết giờ chờ trả lời"),
                     "khoa-2": Accepted("hai")}
    assert found == [("khoa-1", Accepted("mot"))]
    assert window.outstanding == 0


def test_after_its_deadline_not_a_byte_goes_out(sandbox: Sandbox, line: MakeLine) -> None:
    """Neither at once nor when a place in the window becomes free later."""
    window = line(sandbox.port, window=1, response_timeout=30).ready(size=2)
    order(sandbox, "late")

    assert window.offer(message(1))
    assert window.offer(message(2), deadline=time.monotonic() + 0.1)
    found = dict(window.drain(60))

    assert isinstance(found["khoa-1"], Accepted)
    assert found["khoa-2"] == Retry("deadline", "Quá hạn chót trước khi gửi", counts=False)
    assert sandbox.store.count == 1


def test_what_is_offered_too_late_is_not_sent(sandbox: Sandbox, line: MakeLine) -> None:
    """Room in the window or not."""
    window = line(sandbox.port).ready()

    found = drained(window, message(1), deadline=time.monotonic() - 0.001)

    assert found["khoa-1"] == Retry("deadline", "Quá hạn chót trước khi gửi", counts=False)
    assert sandbox.store.count == 0


def test_what_was_only_queued_when_the_bind_broke_was_not_sent(
    sandbox: Sandbox, line: MakeLine
) -> None:
    """One is uncertain, the one behind it surely not sent."""
    window = line(sandbox.port, window=1, first_wait=30, longest_wait=30).ready(size=2)
    order(sandbox, "no_answer")

    assert window.offer(message(1))
    assert window.offer(message(2))
    until(lambda: sandbox.store.count == 1)
    sandbox.soon(sandbox.smsc.drop)
    found = dict(window.drain(60))

    assert isinstance(found["khoa-1"], Uncertain)
    assert found["khoa-2"] == Retry("smpp-down", "Chưa có kết nối với cổng", counts=False)
    assert not window.offer(message(3))
    assert sandbox.store.count == 1


def test_two_windows_share_a_bind_and_not_their_outcomes(
    sandbox: Sandbox, line: MakeLine
) -> None:
    """A campaign and an urgent message on one account."""
    one = line(sandbox.port)
    first, second = one.ready(), one.ready()

    for n in range(10):
        assert (first if n % 2 else second).offer(message(n))

    assert sorted(key for key, _ in first.drain(60)) == [f"khoa-{n}" for n in (1, 3, 5, 7, 9)]
    assert sorted(key for key, _ in second.drain(60)) == [f"khoa-{n}" for n in (0, 2, 4, 6, 8)]


def test_windows_of_many_threads(sandbox: Sandbox, line: MakeLine) -> None:
    """The dispatcher sends with a window of one from every thread."""
    one = line(sandbox.port, window=3)
    one.ready()
    found: list[dict[str, Outcome]] = []

    def send(first: int) -> None:
        window = one.window(size=1)
        for n in range(first, first + 50):
            while not window.offer(message(n)):
                pass
            found.append(dict(window.drain(60)))

    threads = [threading.Thread(target=send, args=(50 * n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({key for one in found for key in one}) == 300
    assert set(sandbox.store.by_key.values()) == {1}
