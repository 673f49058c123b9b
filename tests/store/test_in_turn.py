"""Whoever writes all the time keeps nobody else out."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from tests.process.installation import until
from worker import in_turn
from worker.db import Store
from worker.in_turn import InTurn
from worker.models import Base, Installation

PATIENCE = 30.0


def _thread(run: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_writers_of_one_process_come_in_the_order_in_which_they_asked(tmp_path: Path) -> None:
    store = _store(tmp_path / "a.sqlite3")
    for _ in range(50):  # until the machine lets all of them come before one has lost patience
        until_lost = time.monotonic() + in_turn.PATIENCE
        wrote = _five_writers(store, until_lost)
        if time.monotonic() < until_lost:
            break
    store.close()

    assert wrote == list(range(5))


def _five_writers(store: Store, until_lost: float) -> list[int]:
    """They ask one after the other while somebody writes; in which order they wrote."""
    turns, wrote, threads = store.turns, list[int](), []
    assert turns is not None

    def write(number: int) -> None:
        with store.write():
            wrote.append(number)

    with store.write():
        for number in range(5):
            threads.append(_thread(lambda n=number: write(n)))  # type: ignore[misc]
            until("it waits", lambda n=number: (  # type: ignore[misc]
                turns.waiting == n + 1 or time.monotonic() > until_lost))
    for thread in threads:
        thread.join(PATIENCE)
    return wrote


def test_who_has_waited_long_goes_on_without_a_turn_and_breaks_nobody_elses() -> None:
    """The one before may be waiting itself, for another process that holds the file."""
    turns, gone, after = InTurn(patience=0.01), threading.Event(), threading.Event()

    def write(done: threading.Event) -> None:
        with turns.one():
            done.set()

    with turns.one():
        _thread(lambda: write(gone)).join(PATIENCE)
        assert gone.is_set()
        assert turns.waiting == 0
    _thread(lambda: write(after)).join(PATIENCE)

    assert after.is_set()
    with turns.one():  # free again: nobody had to be called
        assert turns.waiting == 0


def test_one_that_writes_all_the_time_keeps_no_other_process_out(tmp_path: Path) -> None:
    """Ten writes of another come between a few of its own, not after hundreds."""
    busy, over, wrote = _store(tmp_path / "a.sqlite3"), threading.Event(), [0]
    other = Store(busy.url)  # it knows of no turns of the first, as in another process

    def always() -> None:
        """It has the file nearly all the time; two thousandths of a second between two turns."""
        never = threading.Event()
        while not over.is_set():
            with busy.write() as session:
                session.scalars(select(Installation)).all()
                never.wait(0.045)
                wrote[0] += 1
            never.wait(0.002)

    thread = _thread(always)
    until("it writes", lambda: wrote[0] > 2)
    for _ in range(10):  # a machine with other work wakes it too late for many of the gaps
        before = wrote[0]
        for _ in range(10):
            with other.write() as session:
                session.scalars(select(Installation)).all()
            over.wait(0.01)  # else several go into one gap
        between = wrote[0] - before
        if between <= 2 * 10 + 5:
            break
    over.set()
    thread.join(PATIENCE)
    busy.close()
    other.close()

    assert between <= 2 * 10 + 5


def _store(file: Path) -> Store:
    store = Store(f"sqlite:///{file}")
    Base.metadata.create_all(store.engine)
    return store
