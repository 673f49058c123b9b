"""Who took what, written down before the answer: many callers share one commit."""

import threading
from collections.abc import Sequence
from datetime import datetime

from worker.home import Home
from worker.radio.fetches import fetched

#: what was written down so lately is not written again, seconds
AGAIN = 600.0
#: remembered in memory at most; beyond it is written once more, which does no harm
REMEMBERED = 200_000


class Ledger:
    """
    Each caller waits until its own line is committed. Whoever comes first commits for all that
    wait behind it, so that a country fetching at five in the morning costs few commits.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._waiting: list[tuple[list[int], str, threading.Event]] = []
        self._written: dict[tuple[int, str], float] = {}

    def took(self, rows: Sequence[int], form: str) -> None:
        """DBAPIError when it cannot be kept now."""
        elapsed = self._home.clock.elapsed()
        with self._lock:
            new = [n for n in rows
                   if elapsed - self._written.get((n, form), -AGAIN) >= AGAIN]
            if not new:
                return
            done = threading.Event()
            self._waiting.append((new, form, done))
        with self._turn:
            if done.is_set():
                return
            with self._lock:
                batch, self._waiting = self._waiting, []
            try:
                self._commit(batch, self._home.clock.now())
            except Exception:
                with self._lock:  # whoever waits behind tries its own line again
                    self._waiting[:0] = [line for line in batch if line[2] is not done]
                raise
            with self._lock:
                if len(self._written) > REMEMBERED:
                    self._written.clear()
                for numbers, kind, _ in batch:
                    self._written.update(((n, kind), elapsed) for n in numbers)
        for *_, event in batch:
            event.set()

    def _commit(
        self, batch: Sequence[tuple[list[int], str, threading.Event]], now: datetime
    ) -> None:
        by_form: dict[str, set[int]] = {}
        for numbers, form, _ in batch:
            by_form.setdefault(form, set()).update(numbers)
        with self._home.store.write() as session:
            for form, taken in sorted(by_form.items()):
                fetched(session, now, sorted(taken), form)
