"""
1,000 SMS due at once: the worker's engine against a bare loop of requests sessions, in turn.

Both send the same requests from as many threads, over keep-alive connections, to the sandbox
in a process of its own. The worker has everything it has in production: the outbox on SQLite
with synchronous=FULL, a begin committed before each try, events, the log line. It runs when
they fall due, and has sent one message before.
"""

import logging
import os
import queue
import statistics
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import requests
from sqlalchemy import func, select, update

from bench.world import installation, items, programme_text
from channels.base import Channel
from channels.values import Message, Outcome
from worker import logs, memory
from worker.clock import SystemClock
from worker.engines.embedded import Embedded
from worker.home import Home
from worker.models import Attempt, Batch, Content, Delivery
from worker.nodes import register
from worker.observer import Bell
from worker.office import Office
from worker.outbox.units import Result
from worker.planner.store import replan
from worker.sandboxed import SandboxProcess

COUNT = 1000
LEAD = 1.5  #: seconds the worker has to start in before they are due
ROUNDS = 5


class Run:
    """Figures of one kind of sender, a list entry a round."""

    def __init__(self) -> None:
        self.last_begin: list[float] = []  #: seconds until the last first try began
        self.whole: list[float] = []  #: seconds until the last answer
        self.cpu: list[float] = []  #: CPU seconds of our process

    def add(self, last_begin: float, whole: float, cpu: float) -> None:
        self.last_begin.append(last_begin)
        self.whole.append(whole)
        self.cpu.append(cpu)

    def rate(self) -> float:
        return COUNT / statistics.median(self.whole)


@dataclass
class Counting(Bell):
    """Writes the log lines, and says when all have been told."""

    left: int = COUNT + 1
    all_told: threading.Event = field(default_factory=threading.Event)

    def attempted(self, result: Result, state: str) -> None:
        super().attempted(result, state)
        self.left -= 1
        if self.left == 0:
            self.all_told.set()


class Watched:
    """A channel that notes when each try begins."""

    def __init__(self, channel: Channel, began: list[float]) -> None:
        self._channel, self._began = channel, began

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def send(self, message: Message, *, deadline: float) -> Outcome:
        self._began.append(time.perf_counter())
        return self._channel.send(message, deadline=deadline)


def measure(parallel: int) -> tuple[Run, Run, float]:
    """
    The worker's run, the bare run, and the median ratio of the rounds, both on so many
    connections.
    """
    clock = SystemClock()
    worker_run, bare_run = Run(), Run()
    for _ in range(ROUNDS):
        local = clock.now() - timedelta(minutes=1) + timedelta(hours=7)
        text = programme_text(numbers=COUNT + 1, opens=local, parallel=parallel)
        sandbox = SandboxProcess()
        try:
            with installation(text, items(2), clock) as home:
                replan(home.store, clock.now(), "bench", since=local.date(), until=local.date())
                bodies = _bodies(home)[:COUNT]
                bare_run.add(*_bare(sandbox.url, bodies, parallel))
                _reset(sandbox.url)
                worker_run.add(*_worker(home, sandbox.url))
                taken = requests.get(f"{sandbox.url}/_sandbox/count", timeout=10).json()
                assert taken["keys"] == taken["taken"] == COUNT + 1, taken
        finally:
            sandbox.stop()
    ratios = [w / b for w, b in zip(worker_run.last_begin, bare_run.last_begin, strict=True)]
    return worker_run, bare_run, statistics.median(ratios)


def _bodies(home: Home) -> list[dict[str, str]]:
    """What the worker is going to send, as the gateway description writes it."""
    addresses = {x.id: x.address for x in home.programme().programme.channel("sms").targets}
    with home.store.read() as session:
        rows = session.execute(
            select(Delivery.id, Delivery.target, Content.payload)
            .join(Content, Content.sha256 == Delivery.content_sha256)
        ).all()
    return [{"phone": "84" + addresses[target][1:], "text": payload["text"], "key": key}
            for key, target, payload in rows]


def _bare(
    url: str, bodies: list[dict[str, str]], parallel: int
) -> tuple[float, float, float]:
    work: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
    for body in bodies:
        work.put(body)
    began: list[float] = []

    def loop() -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Authorization"] = "Bearer tap-huan"
            while True:
                try:
                    body = work.get_nowait()
                except queue.Empty:
                    return
                began.append(time.perf_counter())
                answer = session.post(f"{url}/sms/send", json=body, timeout=15)
                assert answer.json()["status"] == "ok", answer.text

    threads = [threading.Thread(target=loop) for _ in range(parallel)]
    started, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(began) - started, time.perf_counter() - started, time.process_time() - cpu


def _reset(url: str) -> None:
    requests.post(f"{url}/_sandbox/reset", timeout=10).raise_for_status()


def _worker(home: Home, url: str) -> tuple[float, float, float]:
    """From the moment they are due."""
    began: list[float] = []

    def office() -> Office:
        made = _office(home, url)
        made.channels["sms"] = cast("Channel", Watched(made.channels["sms"], began))
        return made

    due = home.clock.now() + timedelta(seconds=LEAD)
    started = time.perf_counter() + LEAD
    with home.store.write() as session:
        first = session.scalars(select(func.max(Batch.id))).one()
        session.execute(update(Batch).where(Batch.id != first).values(next_attempt_at=due))
        worker = register(session, home.clock.now(), "bench")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        logs.configure(home.clock, as_json=True, stream=nowhere)
        bell = Counting(home.store, home.clock, _office(home, url))
        engine = Embedded(office, worker, bell)
        engine.cover(["sms"])
        memory.keep()
        threading.Event().wait((due - home.clock.now()).total_seconds())
        cpu = time.process_time()
        assert bell.all_told.wait(120), "the burst does not end"
        cpu = time.process_time() - cpu
        engine.stop(30)
        logging.getLogger().handlers.clear()
    with home.store.read() as session:
        last_end = session.scalars(select(func.max(Attempt.ended_at))).one()
    assert len(began) == COUNT + 1, len(began)
    assert began[0] < started < began[1], "the first was to be alone before they are due"
    return max(began) - started, (last_end - due).total_seconds(), cpu


def _office(home: Home, url: str) -> Office:
    return Office(home.settings, home.store, home.clock, training=True, sandbox_url=url,
                  force=home.programme()).open()


if __name__ == "__main__":
    w, b, ratio = measure(8)
    for name, run in (("worker", w), ("bare", b)):
        print(name, run.last_begin, run.rate(), run.cpu)
    print(ratio)
