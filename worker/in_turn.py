"""
Writers of one process in the order they came. SQLite lets whoever finds it locked sleep and try
again, so a writer that is always there, as a campaign at full speed, kept the others out for
seconds: receipts, an urgent delivery, the press on «Tạm dừng».
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

#: seconds to wait for a turn; then SQLite decides, as it does between processes
PATIENCE = 1.0


class InTurn:
    """Who writes now, and who comes next. `patience`: seconds."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._taken = False
        self._queue: deque[threading.Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._queue)

    @contextmanager
    def one(self) -> Iterator[None]:
        """A turn; without one after `patience` seconds."""
        mine = self._given()
        try:
            yield
        finally:
            if mine:
                self._pass_on()

    def _given(self) -> bool:
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            called = threading.Lock()
            called.acquire()
            self._queue.append(called)
        if called.acquire(timeout=self._patience):
            return True
        with self._lock:
            if called in self._queue:
                self._queue.remove(called)
                return False
        return True  # called in this very moment

    def _pass_on(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().release()
            else:
                self._taken = False
