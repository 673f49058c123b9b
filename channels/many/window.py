"""
A window over HTTP: `offer` messages until it says no, `poll` for what became of them.

One thread drives libcurl and everything else in here: nothing moves on the wire but within `poll`
and `drain`. As many requests are under way as there are lines; their connections are kept.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable

import pycurl

from channels.many.frame import Request
from channels.many.idle import Idle
from channels.many.line import Line
from channels.values import Message, Outcome
from channels.wire import Answer, NoAnswer, Wire

#: a message as a request, or why there is none
Write = Callable[[Message], Request | NoAnswer | Outcome]
Read = Callable[[Answer | NoAnswer, str], Outcome]

_SLICE = 0.05  #: seconds: libcurl's own deadlines are looked at so often
_PAUSE = 0.002  #: seconds, where there is no socket to wait for (a name is being looked up)


class HttpWindow:
    """
    A window of one account.

    Args:
        write: called when a message is offered.
        read: what an answer, or that there was none, proves of the message with this key.
        lines: requests under way at once, at most.
        timeout: seconds one try may take, connect and answer together.
        elapsed: the monotonic clock of the deadlines given to `offer`.
        idempotent: the same request may arrive twice without harm.
    """

    def __init__(
        self,
        write: Write,
        read: Read,
        wire: Wire,
        *,
        lines: int,
        timeout: float,
        elapsed: Callable[[], float],
        idempotent: bool,
    ) -> None:
        self.size = lines
        self.outstanding = 0
        self._write = write
        self._read = read
        self._wire = wire
        self._timeout = timeout
        self._elapsed = elapsed
        self._idempotent = idempotent
        self._waiting: deque[tuple[str, Request, float]] = deque()
        self._done: list[tuple[str, Outcome]] = []
        self._free: list[Line] = []
        self._busy: set[Line] = set()
        self._closed = False
        self._idle = Idle()
        self._pause = threading.Event()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, lines)

    def offer(self, message: Message, *, deadline: float = math.inf) -> bool:
        """
        Take a message, whose outcome `poll` then gives exactly once; False: no room now.

        Not a byte goes out after `deadline` (monotonic).
        """
        if self.outstanding >= self.size or self._closed:
            return False
        self.outstanding += 1
        made = self._write(message)
        if isinstance(made, Request):
            self._waiting.append((message.key, made, deadline))
        else:
            outcome = self._read(made, message.key) if isinstance(made, NoAnswer) else made
            self._done.append((message.key, outcome))
        return True

    def poll(self, timeout: float) -> list[tuple[str, Outcome]]:
        """Keys and outcomes, waiting up to so many seconds for the first."""
        until = time.monotonic() + timeout
        self._pump()
        while not self._done and (left := until - time.monotonic()) > 0:
            self._wait(left)
            self._pump()
        found, self._done = self._done, []
        self.outstanding -= len(found)
        return found

    def drain(self, timeout: float) -> list[tuple[str, Outcome]]:
        """Every outcome still due, or those that came within so many seconds."""
        until = time.monotonic() + timeout
        found: list[tuple[str, Outcome]] = []
        while self.outstanding and (left := until - time.monotonic()) > 0:
            found += self.poll(left)
        return found

    def close(self) -> None:
        """Break off what is under way, and take nothing more; `poll` then gives what is due."""
        if self._closed:
            return
        self._closed = True
        for key, _, _ in self._waiting:
            self._done.append((key, self._read(self._wire.no_answer("deadline"), key)))
        self._waiting.clear()
        for line in self._busy:
            self._multi.remove_handle(line.curl)
            self._done.append((line.key, self._read(line.broken_off(), line.key)))
        for line in (*self._busy, *self._free):
            line.curl.close()
        self._busy.clear()
        self._free.clear()
        self._multi.close()

    def _pump(self) -> None:
        """Begin what waits, let libcurl do what it can without waiting, read what has ended."""
        if self._closed:
            return
        if self._waiting:
            self._begin()
        if not self._busy:
            return
        again = True
        while again:
            self._multi.perform()
            again, more = False, 1
            while more:
                more, good, bad = self._multi.info_read(self.size)
                for curl in good:
                    self._end(curl.line, 0)
                for curl, error, _ in bad:
                    if self._again(curl.line):
                        again = True
                    else:
                        self._end(curl.line, error)

    def _begin(self) -> None:
        now, shown = time.monotonic(), self._elapsed()
        for key, request, deadline in self._waiting:
            left = min(self._timeout, deadline - shown)
            if left <= 0:
                self._done.append((key, self._read(self._wire.no_answer("deadline"), key)))
                continue
            line = self._free.pop() if self._free else self._line()
            line.begin(key, request, now, left)
            self._multi.add_handle(line.curl)
            self._busy.add(line)
        self._waiting.clear()

    def _line(self) -> Line:
        return Line(self._wire, self._idle, idempotent=self._idempotent)

    def _again(self, line: Line) -> bool:
        if not line.must_begin_again():
            return False
        self._multi.remove_handle(line.curl)
        self._multi.add_handle(line.curl)
        return True

    def _end(self, line: Line, error: int) -> None:
        got = line.ended(error)  # before it is removed: then its connection is not known any more
        self._multi.remove_handle(line.curl)
        self._busy.discard(line)
        self._free.append(line)
        self._done.append((line.key, self._read(got, line.key)))

    def _wait(self, left: float) -> None:
        if not self._busy:
            self._pause.wait(left)
            return
        began = time.monotonic()
        left = min(left, _SLICE)
        if self._multi.select(left) == 0 and time.monotonic() - began < min(left, _PAUSE):
            self._pause.wait(min(left, _PAUSE))
