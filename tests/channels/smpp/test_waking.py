"""Who wakes the session's loop: a message only when nothing else will look into the queue."""

from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from channels.smpp.access import Access, Job
from channels.smpp.statuses import Table
from channels.smpp.traffic import Traffic


class Loop:
    """Keeps what it is to call."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def call_soon_threadsafe(self, function: Callable[[], None]) -> None:
        self.calls.append(function)

    def call_later(self, *_: object) -> None:
        """Nothing here waits for the clock."""

    def run(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


class Bind:
    """Has room for one message at a time."""

    def __init__(self) -> None:
        self.in_flight: list[Job] = []
        self.sent: list[Job] = []
        self.stands = True

    def is_open(self) -> bool:
        return self.stands

    def room(self) -> int:
        return 1 - len(self.in_flight) if self.stands else 0

    def write(self, queue: deque[Job], _: int) -> None:
        self.in_flight.append(queue.popleft())
        self.sent.append(self.in_flight[0])


@pytest.fixture
def given() -> tuple[Traffic, Loop, Bind]:
    loop, bind = Loop(), Bind()
    traffic = Traffic(loop, Access("localhost", 1, "a", "b"), Table())  # type: ignore[arg-type]
    traffic.senders.append(bind)  # type: ignore[arg-type]
    traffic.changed()
    return traffic, loop, bind


def job(key: str) -> Job:
    return Job(key, (b"",), WINDOW, 1e9, 1e9)


class _Window:
    def __init__(self) -> None:
        self.done: deque[Any] = deque()

    def wake(self) -> None:
        """Nobody waits."""


WINDOW: Any = _Window()


def test_a_message_wakes_the_loop_while_there_is_room(given: tuple[Traffic, Loop, Bind]) -> None:
    """Once for all that is put before it looks."""
    traffic, loop, bind = given

    traffic.put(job("a"))
    traffic.put(job("b"))

    assert len(loop.calls) == 1
    loop.run()
    assert [x.key for x in bind.sent] == ["a"]


def test_behind_a_full_bind_the_next_answer_takes_it_along(
    given: tuple[Traffic, Loop, Bind]
) -> None:
    """Nobody is woken, and nobody forgotten."""
    traffic, loop, bind = given
    traffic.put(job("a"))
    loop.run()

    traffic.put(job("b"))
    assert loop.calls == []
    bind.in_flight.clear()
    traffic.turn()

    assert [x.key for x in bind.sent] == ["a", "b"]


def test_after_the_last_answer_a_message_wakes_the_loop_again(
    given: tuple[Traffic, Loop, Bind]
) -> None:
    """The answer found the queue empty: nothing else would look."""
    traffic, loop, bind = given
    traffic.put(job("a"))
    loop.run()
    bind.in_flight.clear()
    traffic.turn()

    traffic.put(job("b"))

    assert len(loop.calls) == 1


def test_behind_a_bind_that_is_gone_a_message_wakes_the_loop(
    given: tuple[Traffic, Loop, Bind]
) -> None:
    """No answer comes from there: it must hear now that it was not sent."""
    traffic, loop, bind = given
    traffic.put(job("a"))
    loop.run()
    bind.stands = False
    traffic.changed()

    traffic.put(job("b"))

    assert len(loop.calls) == 1
