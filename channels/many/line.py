"""
One of a window's connections to be: a libcurl handle, and how far the request on it has come.

libcurl sends a request again, by itself and unasked, when a connection it had used before dies
without a byte of answer: the far side may have taken the first. Before each sending it calls
`_may_write`, which allows one.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pycurl

from channels.many.endings import code_of
from channels.many.frame import Head, Request
from channels.many.idle import End, Idle
from channels.wire import FRESH, MAX_BODY, Answer, NoAnswer, Wire, is_loopback

_ALWAYS: Final = {
    pycurl.NOSIGNAL: 1,  # a signal would be the whole worker's
    pycurl.FOLLOWLOCATION: 0,
    pycurl.NETRC: 0,
    pycurl.SSL_VERIFYPEER: 1,
    pycurl.SSL_VERIFYHOST: 2,
    pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
    pycurl.ACCEPT_ENCODING: "gzip, deflate",
}
#: libcurl writes these itself; Expect would have it wait for a 100, and send again after a 417
_OWN: Final = ("accept-encoding", "content-length", "expect")

_HUNG_UP: Final = "hung-up"
_LONG: Final = 5.0  #: seconds


class Line:
    """One request at a time; `key` says of which message."""

    def __init__(self, wire: Wire, idle: Idle, *, idempotent: bool) -> None:
        self.key = ""
        self._wire = wire
        self._idle = idle
        self._here: End = ("", 0)
        self._fresh = False  #: only a new connection will do
        self._head: Head | None = None
        self._url = ""
        self._proxy = ""
        self._milliseconds = 0
        self._end = 0.0
        self._written = False
        self._stopped = ""  #: why `_may_write` said no
        self._said: list[bytes] = []  #: lines of the answer's head
        self._body = bytearray()
        self.curl: Any = pycurl.Curl()
        self.curl.line = self
        for option, value in _ALWAYS.items():
            self.curl.setopt(option, value)
        self.curl.setopt(pycurl.CAINFO, wire.ca_bundle())
        self.curl.setopt(pycurl.PREREQFUNCTION, self._may_write)
        self.curl.setopt(pycurl.HEADERFUNCTION, self._said.append)
        self.curl.setopt(pycurl.WRITEFUNCTION, self._read)
        if not idempotent:
            self.curl.setopt(pycurl.MAXAGE_CONN, int(FRESH))

    def begin(self, key: str, request: Request, now: float, left: float) -> None:
        """Make the handle ready: to end within `left` seconds from `now` (monotonic)."""
        self.key = key
        self._end = now + left
        self._written = False
        self._stopped = ""
        self._said.clear()
        self._body.clear()
        if self._fresh:
            self._fresh = False
            self.curl.setopt(pycurl.FRESH_CONNECT, 0)
        if request.head is not self._head:
            self._take(request.head)
        if request.url != self._url:
            self._url = request.url
            self._proxy = self._wire.proxy(request.url)
            self.curl.setopt(pycurl.URL, request.url)
            self.curl.setopt(pycurl.PROXY, self._proxy)  # "": nor one of the environment
        if request.body is not None:
            self.curl.setopt(pycurl.POSTFIELDS, request.body)
        self._limit(left)

    def must_begin_again(self) -> bool:
        """True when the connection had ended before a byte was written; ready for a new one."""
        if self._stopped != _HUNG_UP:
            return False
        self._stopped = ""
        self._fresh = True
        self.curl.setopt(pycurl.FRESH_CONNECT, 1)
        self._limit(self._end - time.monotonic())
        return True

    def ended(self, error: int) -> Answer | NoAnswer:
        """What came of it; `error`: CURLE_…, 0 for none."""
        if error == 0 and (self.curl.getinfo(pycurl.NUM_CONNECTS) or self._here not in self._idle):
            self._idle.stands(self._here, self.curl.getinfo(pycurl.ACTIVESOCKET))
        if error == 0 or len(self._body) >= MAX_BODY:
            body, seconds = bytes(self._body[:MAX_BODY]), self.curl.getinfo(pycurl.TOTAL_TIME)
            status = self.curl.getinfo(pycurl.RESPONSE_CODE)
            return Answer(status, Headers(self._said.copy()), body, seconds)
        code = self._stopped or code_of(
            error, written=self._written, body_begun=self._said[-1:] == [b"\r\n"],
            over=time.monotonic() >= self._end, proxied=bool(self._proxy),
        )
        return self._wire.no_answer(code, f"libcurl {error}", self._url)

    def broken_off(self) -> NoAnswer:
        """We end it ourselves, and wait for no answer."""
        return self._wire.no_answer("closed" if self._written else "deadline", "", self._url)

    def _take(self, head: Head) -> None:
        lines = [f"{name}: {value}".encode("latin-1") for name, value in head.headers
                 if name.lower() not in _OWN]
        if not any(name.lower() == "content-type" for name, _ in head.headers):
            lines.append(b"Content-Type:")  # libcurl would call it a form
        self._head = head
        self.curl.setopt(pycurl.HTTPHEADER, [*lines, b"Expect:"])
        if head.method == "GET":
            self.curl.setopt(pycurl.HTTPGET, 1)
        else:
            self.curl.setopt(pycurl.POST, 1)
            self.curl.setopt(pycurl.POSTFIELDS, "")

    def _limit(self, left: float) -> None:
        # in steps of half a second, where that is little of it: seldom another than before
        milliseconds = int(left * 2) * 500 if left > _LONG else max(1, int(left * 1000))
        if milliseconds != self._milliseconds:
            self._milliseconds = milliseconds
            self.curl.setopt(pycurl.TIMEOUT_MS, milliseconds)

    def _may_write(self, address: str, own_address: str, _: int, own_port: int) -> int:
        """Called when the connection stands, before the first byte: each time it is to be sent."""
        if self._written:
            self._stopped = "closed"
        elif time.monotonic() >= self._end:
            self._stopped = "connect-timeout"
        elif self._wire.training and not is_loopback(address):
            self._stopped = "training"
        elif not self._fresh and self._idle.has_ended((own_address, own_port)):
            self._stopped = _HUNG_UP
        else:
            self._here = (own_address, own_port)
            self._written = True
            return int(pycurl.PREREQFUNC_OK)
        return int(pycurl.PREREQFUNC_ABORT)

    def _read(self, chunk: bytes) -> int | None:
        self._body += chunk
        return 0 if len(self._body) >= MAX_BODY else None  # 0: the rest is not for us


class Headers(Mapping[str, str]):
    """The head of an answer, read when somebody looks; names without regard to case."""

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines
        self._values: dict[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        return self._read()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def _read(self) -> dict[str, str]:
        if self._values is None:
            values: dict[str, str] = {}
            for line in self._lines:
                if line.startswith(b"HTTP/"):
                    values.clear()  # what came before was a 100
                    continue
                name, colon, value = line.decode("latin-1").partition(":")
                if colon:
                    name, value = name.strip().lower(), value.strip()
                    values[name] = f"{values[name]}, {value}" if name in values else value
            self._values = values
        return self._values
