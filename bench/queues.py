"""
Task queues with one job a message, beside the same POSTs without a queue: Huey, Dramatiq and
Celery, each with its own worker from a venv of its own (`.ci/peers`), against the gateway that our
campaign is measured against. The worker is warm; the clock runs from the first job put to the
gateway's last message. No queue keeps a log of what became of each.
"""

import os
import shutil
import socket
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import perf_counter
from typing import Any

import psutil
import requests

from bench.over_http import gateway
from worker.settings import PRODUCT

COUNT = 2_000
ROUNDS = 3
WARM = 100
_LOOK = 0.01  #: seconds between two questions to the gateway
_LONGEST = 300  #: seconds; a queue that lost a message would be waited for
_PYTHON = PRODUCT / "var/bench-peers/venv/bin"


@dataclass(frozen=True)
class Queue:
    """How one is run: its worker's words, none where the feeder does the work itself."""

    name: str
    module: str
    worker: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  #: of the feeder
    redis: bool = True


BARE = Queue("requests sessions in 8 threads, no queue", "requests_threads", words=("8",),
             redis=False)
QUEUES = (
    Queue("Huey, SQLite, 8 threads", "huey_jobs",
          ("huey_consumer", "bench.peers.huey_jobs.huey", "-w", "8", "-d", "0.01", "-m", "0.1",
           "-q"), redis=False),
    Queue("Huey, Redis, 2 processes", "huey_jobs",
          ("huey_consumer", "bench.peers.huey_jobs.huey", "-w", "2", "-k", "process", "-q")),
    Queue("Dramatiq, Redis, 2 × 8", "dramatiq_jobs",
          ("dramatiq", "bench.peers.dramatiq_jobs", "-p", "2", "-t", "8")),
    Queue("Celery, Redis, prefork 2", "celery_jobs",
          ("celery", "-A", "bench.peers.celery_jobs", "worker", "-P", "prefork", "-c", "2",
           "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "ERROR")),
)


@dataclass
class Run:
    """An entry a round."""

    rates: list[float] = field(default_factory=list)  #: messages a second
    cpu: list[float] = field(default_factory=list)  #: seconds per 1,000, without the broker's

    def rate(self) -> float:
        return statistics.median(self.rates)

    def cost(self) -> float:
        return statistics.median(self.cpu)


def measure(count: int = COUNT, rounds: int = ROUNDS) -> dict[str, Run]:
    """By name, in turn; `BARE` first. Those on Redis only where there is one."""
    subprocess.run(["/bin/bash", PRODUCT / ".ci/peers"], check=True)
    able = [q for q in (BARE, *QUEUES) if not q.redis or shutil.which("redis-server")]
    found = {q.name: Run() for q in able}
    for _ in range(rounds):
        for queue in able:
            rate, cpu = _one(queue, count)
            found[queue.name].rates.append(rate)
            found[queue.name].cpu.append(cpu)
    return found


def _one(queue: Queue, count: int) -> tuple[float, float]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="giovang-bench-")))
        url = stack.enter_context(gateway(WARM + count))
        broker = stack.enter_context(_redis(folder)) if queue.redis else str(folder / "huey.db")
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PRODUCT), "BENCH_BROKER": broker,
               "BENCH_GATEWAY": f"{url}/sms/send", "HOME": str(folder)}
        log = stack.enter_context((folder / "worker.log").open("w"))
        workers = []
        if queue.worker:
            name, *words = queue.worker
            workers.append(stack.enter_context(_ended(subprocess.Popen(
                [_PYTHON / name, *words], cwd=folder, env=env, stdout=log, stderr=log))))
        feeder = stack.enter_context(_ended(subprocess.Popen(
            [_PYTHON / "python", "-m", f"bench.peers.{queue.module}", *queue.words],
            cwd=folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)))
        _feed(feeder, url, 0, WARM)
        busy, began = _cpu(workers), perf_counter()
        cpu = _feed(feeder, url, WARM, count)
        seconds = perf_counter() - began
        return count / seconds, (cpu + _cpu(workers) - busy) / count * 1000


def _feed(feeder: "subprocess.Popen[Any]", url: str, first: int, count: int) -> float:
    """Put so many jobs, wait until the gateway has them; gives the feeder's CPU seconds."""
    assert feeder.stdin is not None
    assert feeder.stdout is not None
    feeder.stdin.write(f"{first} {count}\n")
    feeder.stdin.flush()
    cpu, began = float(feeder.stdout.readline()), perf_counter()
    while _taken(url) < first + count:
        assert perf_counter() - began < _LONGEST, "the queue lost a message"
        Event().wait(_LOOK)
    return cpu


def _taken(url: str) -> int:
    return int(requests.get(url, timeout=10).json()["taken"])


def _cpu(workers: "list[subprocess.Popen[Any]]") -> float:
    """Of these processes and their children, seconds."""
    trees = [psutil.Process(w.pid) for w in workers]
    return sum(sum(p.cpu_times()[:2]) for tree in trees
               for p in (tree, *tree.children(recursive=True)))


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """Its address; keeps what it was given as Redis does by `appendonly`, each second."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
             "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
    with _ended(subprocess.Popen(words, stdout=subprocess.DEVNULL)):
        began = perf_counter()
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert perf_counter() - began < 10, "redis-server does not start"
                Event().wait(_LOOK)
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _ended(process: "subprocess.Popen[Any]") -> "Iterator[subprocess.Popen[Any]]":
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
