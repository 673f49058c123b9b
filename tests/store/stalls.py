"""How long the machine let nobody run: what a bound of seconds must not be blamed for."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_STEP = 0.02
#: seconds by which any thread may wake up late
_USUAL = 0.05


@contextmanager
def stalls() -> Iterator[Callable[[], float]]:
    """
    The call gives the seconds lost until now: a thread that only sleeps woke up so much late.
    Only beside what waits (for a database, a lock): what computes would hold the thread up itself.
    """
    lock, over = threading.Lock(), threading.Event()
    lost, due = 0.0, time.monotonic() + _STEP

    def late() -> float:
        found = time.monotonic() - due
        return found if found > _USUAL else 0.0

    def sleeps() -> None:
        nonlocal lost, due
        while not over.wait(_STEP):
            with lock:
                lost += late()
                due = time.monotonic() + _STEP

    def told() -> float:
        with lock:  # it may be on its way
            return lost + late()

    thread = threading.Thread(target=sleeps)
    thread.start()
    try:
        yield told
    finally:
        over.set()
        thread.join()
