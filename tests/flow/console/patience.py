"""A busy machine: work that a page only begins, and time in which nothing ran at all."""

import threading
import time
from types import TracebackType
from typing import Self

import requests

from tests.accounts import Visitor

_PAUSE = threading.Event()
#: what a page that waits for its work has, and no other: it renews itself
_WAITS = 'hx-trigger="every 1s"'


def over(visitor: Visitor, where: str) -> requests.Response:
    """The page of some work once that is done; whoever begins it is answered after 1.5 s."""
    for _ in range(240):
        answer = visitor.get(where)
        if _WAITS not in answer.text:
            return answer
        _PAUSE.wait(0.25)
    raise AssertionError(f"{where} is never over")


class Stopwatch:
    """How long something took, but for what a thread that only sleeps overslept meanwhile."""

    def __init__(self) -> None:
        self.took = self._overslept = 0.0
        self._over = threading.Event()
        self._sleeper = threading.Thread(target=self._sleep)

    def __enter__(self) -> Self:
        self._sleeper.start()
        self._began = time.monotonic()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        took = time.monotonic() - self._began
        self._over.set()
        self._sleeper.join()
        self.took = took - self._overslept

    def _sleep(self) -> None:
        at = time.monotonic()
        while not self._over.wait(0.02):
            now = time.monotonic()
            self._overslept += max(0.0, now - at - 0.02)
            at = now
