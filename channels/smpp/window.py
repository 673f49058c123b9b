"""
What drives a session: `offer` messages until it says no, `poll` for what became of them.

One thread uses a window; any number of windows share an account's binds. Bounded: a message
counts against the window from `offer` until `poll` has given its outcome.
"""

import math
import threading
from collections import deque
from collections.abc import Callable, Sequence

from channels.smpp.access import Job
from channels.smpp.session import Session
from channels.smpp.traffic import Brought
from channels.values import Health, Message, Outcome, Retry

#: a message as submit_sm bodies, or why it is not even tried
Prepare = Callable[[Message], tuple[bytes, ...] | Outcome]

_DRAIN_SLICE = 0.5  #: seconds


class Window:
    """
    A window of one account.

    Args:
        prepare: writes a message; called on the offering thread.
        elapsed: the monotonic clock of the deadlines given to `offer`.
        size: messages offered and not yet polled; by default two full windows of every bind, so
            that the wire is busy while the sender writes down what came back.
    """

    def __init__(
        self,
        session: Session,
        prepare: Prepare,
        elapsed: Callable[[], float],
        size: int | None = None,
    ) -> None:
        access = session.access
        self.size = size or 2 * access.window * access.binds
        self.done: deque[tuple[str, Outcome]] = deque()  #: filled by the session
        self.late: deque[tuple[str, Outcome]] = deque()  #: answers after an `Uncertain`
        self.outstanding = 0
        self._session = session
        self._prepare = prepare
        self._elapsed = elapsed
        self._news = threading.Event()

    def offer(
        self, message: Message, *, deadline: float = math.inf, end: float = math.inf
    ) -> bool:
        """
        Take a message, to give its outcome by `poll` exactly once; False: no room, or no bind.

        `deadline`: not a byte of the message goes out after it. `end`: no answer is waited for
        after it (else for the account's `response_timeout`).
        """
        if self.outstanding >= self.size or not self._session.bound:
            return False
        self.outstanding += 1
        made = self._prepare(message)
        if not isinstance(made, tuple):
            self.done.append((message.key, made))
            return True
        if deadline != math.inf or end != math.inf:
            shift = self._session.time() - self._elapsed()
            deadline, end = min(deadline, end) + shift, end + shift
        self._session.submit(Job(message.key, made, self, deadline, end))
        return True

    def poll(self, timeout: float) -> list[tuple[str, Outcome]]:
        """
        What became of messages, waiting up to so many seconds for the first.

        A key whose outcome was `Uncertain` may come once more, when the gateway answers late:
        then the second one holds.
        """
        if not self.done and not self.late:
            self._news.wait(timeout)
        self._news.clear()
        found = []
        done, late = self.done, self.late
        while done:
            found.append(done.popleft())
        self.outstanding -= len(found)
        while late:
            found.append(late.popleft())
        return found

    def drain(self, timeout: float) -> list[tuple[str, Outcome]]:
        """Every outcome still due, or those that came within so many seconds."""
        until = self._session.time() + timeout
        found: list[tuple[str, Outcome]] = []
        while self.outstanding and (left := until - self._session.time()) > 0:
            found += self.poll(min(left, _DRAIN_SLICE))
        return found

    def receipts(self, limit: int = 500) -> list[Brought]:
        """Receipts of this account that the gateway brought; `confirm` them once stored."""
        return self._session.receipts(limit)

    def confirm(self, receipts: Sequence[Brought], *, stored: bool = True) -> None:
        """Answer the gateway: stored, or bring it again later."""
        self._session.confirm(receipts, stored=stored)

    def ready(self, timeout: float) -> Retry | None:
        """None when a bind can send, waiting up to so many seconds; else why not."""
        return self._session.wait_bound(timeout)

    def check(self, timeout: float) -> Health:
        """Asks the gateway whether it is there."""
        trouble = self._session.probe(timeout)
        if trouble is None:
            return Health(ok=True)
        return Health(ok=False, code=trouble.code, detail=trouble.detail)

    def wake(self) -> None:
        """The session has put something into `done` or `late`."""
        self._news.set()
