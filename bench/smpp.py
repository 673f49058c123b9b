"""
submit_sm a second: our SMPP client against the sandbox's SMSC in a process of its own, and beside
it smpplib against the same one, in turn. The client alone: no log, no list; every message is
offered as a `Message` and its outcome polled.
"""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests

from channels.smpp.access import Access
from channels.smpp.session import Session
from channels.smpp.statuses import Table
from channels.smpp.submit import Style, Writer
from channels.smpp.window import Window
from channels.values import Accepted, Message, Outcome
from worker.sandboxed import SandboxProcess

COUNT, THEIR_COUNT = 100_000, 5_000
ROUNDS = 3
WINDOW = 50
PACED, PACED_SECONDS = 100, 20  #: messages a second, for so long
_SLICE = 0.02  #: seconds
TEXT = "Canh bao lua dao: khong chuyen tien cho nguoi la. Goi 113."


def number(n: int) -> str:
    """Fictitious, and none that orders an error of the sandbox."""
    return f"8495000{n % 9000 + 1000:04}"


@dataclass
class Run:
    """Figures of one kind of sender, an entry a round."""

    rates: list[float] = field(default_factory=list)  #: messages a second
    cpu: list[float] = field(default_factory=list)  #: CPU seconds per 1,000

    def add(self, rate: float, cpu: float) -> None:
        self.rates.append(rate)
        self.cpu.append(cpu)

    def rate(self) -> float:
        return statistics.median(self.rates)


@dataclass
class Found:
    """What was measured."""

    ours: Run = field(default_factory=Run)
    with_receipts: Run = field(default_factory=Run)
    theirs: Run = field(default_factory=Run)
    theirs_with_receipts: Run = field(default_factory=Run)
    paced: float = 0.0  #: share of a core at `PACED`


def measure() -> Found:
    """All of them, in turn, each round against a fresh SMSC."""
    found = Found()
    for _ in range(ROUNDS):
        found.ours.add(*_ours(receipts=False))
        found.theirs.add(*_theirs(receipts=False))
        found.with_receipts.add(*_ours(receipts=True))
        found.theirs_with_receipts.add(*_theirs(receipts=True))
    found.paced = _paced()
    return found


@contextmanager
def _gateway(count: int) -> Iterator[int]:
    """A port; in the end the SMSC must have each of so many messages once."""
    sandbox = SandboxProcess(counts_only=True)
    try:
        yield int(sandbox.url.rpartition(":")[2])
        taken = requests.get(f"{sandbox.url}/_sandbox/count", timeout=10).json()
        assert taken["taken"] == count, taken
    finally:
        sandbox.stop()


@contextmanager
def _window(port: int, *, receipts: bool) -> Iterator[Window]:
    session = Session(Access("127.0.0.1", port, "gio-vang", "mat-khau", window=WINDOW), Table())
    writer = Writer(Style(sender="CA LUC NGAN", receipts=receipts))

    def prepare(message: Message) -> tuple[bytes, ...] | Outcome:
        return writer.bodies(message.key, message.target, message.text, b"\0")

    window = Window(session, prepare, time.monotonic)
    assert window.ready(10) is None
    yield window
    session.close()


def _ours(*, receipts: bool) -> tuple[float, float]:
    with _gateway(COUNT) as port, _window(port, receipts=receipts) as window:
        began, cpu = time.perf_counter(), time.process_time()
        answered = confirmed = n = 0
        while answered < COUNT or confirmed < COUNT * receipts:
            while n < COUNT:
                message = Message(key=f"khoa-{n}", target=number(n), text=TEXT)
                if not window.offer(message):
                    break
                n += 1
            for _, outcome in window.poll(0.01 if receipts else 1):
                assert isinstance(outcome, Accepted), outcome
                answered += 1
            if receipts and (got := window.receipts()):
                window.confirm(got)
                confirmed += len(got)
        cpu = time.process_time() - cpu
        return COUNT / (time.perf_counter() - began), cpu / COUNT * 1000


def _theirs(*, receipts: bool) -> tuple[float, float]:
    with _gateway(THEIR_COUNT) as port:
        words = [str(n) for n in (port, THEIR_COUNT, WINDOW, int(receipts))]
        told = subprocess.run(
            [sys.executable, "-m", "bench.peers.smpplib_window", *words],
            check=True, stdout=subprocess.PIPE, text=True,
        )
        rate, cpu = (float(word) for word in told.stdout.split())
        return rate, cpu


def _paced() -> float:
    """Share of a core at an even pace, a slice of 20 ms at a time, receipts confirmed."""
    count, pause = PACED * PACED_SECONDS, threading.Event()
    a_slice = round(PACED * _SLICE)
    with _gateway(count) as port, _window(port, receipts=True) as window:
        began, cpu = time.perf_counter(), time.process_time()
        for n in range(count):
            if n % a_slice == 0:
                pause.wait(max(0.0, began + n / PACED - time.perf_counter()))
                window.poll(0)
                window.confirm(window.receipts())
            assert window.offer(Message(key=f"khoa-{n}", target=number(n), text=TEXT))
        window.drain(10)
        return (time.process_time() - cpu) / (time.perf_counter() - began)
