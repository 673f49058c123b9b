"""Fixtures of the SMPP tests: sessions against the sandbox, against a script, behind faults."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from channels.smpp.access import Access
from channels.smpp.session import Session
from channels.smpp.statuses import Table
from channels.smpp.submit import Style, Writer
from channels.smpp.window import Window
from channels.values import Message, Outcome
from sandbox import Sandbox
from sandbox.smpp_text import KEY_TLV
from tests.channels.conftest import Far

STYLE = Style(sender="CA LUC NGAN", key_tlv=KEY_TLV)
TEXT = "Canh bao lua dao"
LONG_TEXT = "Canh bao lua dao. " * 20  #: three parts


def message(number: int = 0, text: str = TEXT, **changes: Any) -> Message:
    """A message of its own key, to a fictitious number that orders nothing of the sandbox."""
    return Message(key=f"khoa-{number}", target=f"8495000{1000 + number:04}", text=text, **changes)


SILENCE = 0.5  #: seconds for an answer, where the gateway gives none


def until(what: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for something that happens in another thread."""
    pause, end = threading.Event(), time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it does not happen"
        pause.wait(0.005)


class Line:
    """
    A session, and windows of it. Patient: only where a test is about an answer that does not come
    does it say how long one is waited for, else a stalled machine would be a silent gateway.
    """

    def __init__(self, port: int, table: Table | None = None, **access: Any) -> None:
        given = {"system_id": "gio-vang", "password": "mat-khau", "response_timeout": 30.0,
                 "connect_timeout": 30.0, "first_wait": 0.02, "longest_wait": 0.05, **access}
        self.session = Session(Access("127.0.0.1", port, **given), table or Table())

    def window(self, style: Style = STYLE, size: int | None = None) -> Window:
        writer = Writer(style)

        def prepare(sent: Message) -> tuple[bytes, ...] | Outcome:
            return writer.bodies(sent.key, sent.target, sent.text, b"\0")

        return Window(self.session, prepare, time.monotonic, size)

    def ready(self, style: Style = STYLE, size: int | None = None) -> Window:
        """A window over a bind that stands."""
        window = self.window(style, size)
        until(lambda: window.ready(1) is None)
        return window


MakeLine = Callable[..., Line]


@pytest.fixture
def line() -> Iterator[MakeLine]:
    made: list[Line] = []

    def make(port: int, table: Table | None = None, **access: Any) -> Line:
        made.append(Line(port, table, **access))
        return made[-1]

    yield make
    for one in made:
        one.session.close(0.2)


def drained(window: Window, *sent: Message, **offer: float) -> dict[str, Outcome]:
    """Offer these and wait for what became of each: exactly one outcome a key."""
    for one in sent:
        assert window.offer(one, **offer)
    found = window.drain(60)
    assert window.outstanding == 0
    assert sorted(key for key, _ in found) == sorted(one.key for one in sent)
    return dict(found)


def order(sandbox: Sandbox, *modes: str) -> None:
    Far(sandbox).order("/smpp", *modes)


class Script:
    """A gateway that says exactly what it is told to: for what the sandbox never says."""

    def __init__(self, *answers: Callable[[int, int], bytes], deaf: bool = False) -> None:
        self._deaf = deaf  #: reads nothing behind the bind
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.port = self._listener.getsockname()[1]
        self.units: list[tuple[int, int, int, bytes]] = []  #: command, status, sequence, body
        self._answers = list(answers)
        self._closed = threading.Event()
        self._client: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def commands(self) -> list[int]:
        return [unit[0] for unit in self.units]

    def say(self, octets: bytes) -> None:
        assert self._client is not None
        self._client.sendall(octets)

    def close(self) -> None:
        self._closed.set()
        for one in (self._client, self._listener):
            if one is not None:
                with contextlib.suppress(OSError):  # closed already
                    one.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(OSError):
                self._client, _ = self._listener.accept()
                with self._client:
                    self._talk(self._client)

    def _talk(self, client: socket.socket) -> None:
        buffer = b""
        while data := client.recv(65536):
            if self._deaf and self.units:
                self._closed.wait()
                return
            buffer += data
            while len(buffer) >= 16:
                length = int.from_bytes(buffer[:4], "big")
                if len(buffer) < length:
                    break
                _, command, status, sequence = struct.unpack(">IIII", buffer[:16])
                self.units.append((command, status, sequence, buffer[16:length]))
                buffer = buffer[length:]
                if command in (1, 2, 9):
                    client.sendall(unit(command | 0x80000000, sequence, b"KICH BAN\0"))
                elif command == 6:
                    client.sendall(unit(0x80000006, sequence))
                elif command == 4 and self._answers:
                    client.sendall(self._answers.pop(0)(command, sequence))


def unit(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    """A unit by hand."""
    return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body


@pytest.fixture
def script() -> Iterator[Callable[..., Script]]:
    made: list[Script] = []

    def make(*answers: Callable[[int, int], bytes], deaf: bool = False) -> Script:
        made.append(Script(*answers, deaf=deaf))
        return made[-1]

    yield make
    for one in made:
        one.close()
