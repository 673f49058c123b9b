"""
POSTs a second: our window over HTTP against a gateway that answers from memory in a process of its
own, and beside it a bare loop of pycurl's multi interface against the same one, in turn. The
window alone: no log, no list; every message is offered as a `Message` and its outcome polled.
"""

import json
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from channels.base import Windowed
from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.values import Accepted, Message
from channels.wire import Wire
from worker.clock import SystemClock

COUNT = 20_000
ROUNDS = 5
HANDLES = 64
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

    def cost(self) -> float:
        return statistics.median(self.cpu)


def measure() -> tuple[Run, Run]:
    """The window's run and the bare run, each round against a fresh gateway."""
    ours, bare = Run(), Run()
    for _ in range(ROUNDS):
        ours.add(*_in_a_process("bench.over_http"))
        bare.add(*_in_a_process("bench.peers.curl_loop"))
    return ours, bare


def _in_a_process(module: str) -> tuple[float, float]:
    with gateway(COUNT) as url:
        words = [f"{url}/sms/send", str(COUNT), str(HANDLES)]
        told = subprocess.run(
            [sys.executable, "-m", module, *words], check=True, stdout=subprocess.PIPE, text=True)
        rate, cpu = (float(word) for word in told.stdout.split())
        return rate, cpu


@contextmanager
def gateway(count: int) -> Iterator[str]:
    """Its address; in the end it must have each of so many messages once."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.answering"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        yield url
        with urllib.request.urlopen(url, timeout=10) as answer:
            taken = json.load(answer)
        assert taken == {"taken": count, "keys": count}, taken
        process.stdin.close()


def main() -> None:
    """Ours: the same words and figures as `bench.peers.curl_loop`."""
    url, count, handles = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    spec = ChannelSpec("sms", "sms_http", (AccountSpec("chinh", {"key": "env:KEY"}),),
                       options={"gateway": "sandbox"}, max_parallel=handles)
    here = Path()
    channel = build_channel(spec, Context(
        wire=Wire(training=True), clock=SystemClock(), secrets=lambda _: "tap-huan", folder=here,
        home=here, sandbox_url=url.removesuffix("/sms/send")))
    assert isinstance(channel, Windowed)
    window = channel.open("chinh")
    began, cpu = time.perf_counter(), time.process_time()
    answered = n = 0
    while answered < count:
        while n < count:
            deadline = time.monotonic() + 60
            message = Message(key=f"khoa-{n}", target=number(n), text=TEXT)
            if not window.offer(message, deadline=deadline):
                break
            n += 1
        for _, outcome in window.poll(1):
            assert isinstance(outcome, Accepted), outcome
            answered += 1
    cpu = time.process_time() - cpu
    print(count / (time.perf_counter() - began), cpu / count * 1000, flush=True)


if __name__ == "__main__":
    main()
