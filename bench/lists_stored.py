"""The child of lists.py that stores a list as `giovang list import` does."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import event

from bench.lists import peak
from worker.clock import SystemClock
from worker.db import Store
from worker.home import Home, create
from worker.lists import columns, store
from worker.lists.origin import Origin
from worker.lists.secret import ready_ring
from worker.lists.source import open_source
from worker.settings import from_environment


def stored(path: Path) -> dict[str, float]:
    """Twice, into a database of its own on this disk, synchronous=FULL."""
    with TemporaryDirectory(prefix="giovang-bench-", dir=path.parent) as folder:
        settings = replace(from_environment(), home=Path(folder), var=Path(folder) / "var")
        home = Home(settings, Store(f"sqlite:///{folder}/ds.sqlite3"), SystemClock())
        create(home.store, home.clock, training=True)
        longest = watched(home.store.engine)
        took, cpu, memory = [], [], 0.0
        for _ in range(2):
            started, busy = time.perf_counter(), time.process_time()
            staged = imported(home, path, "bench")
            took.append(time.perf_counter() - started)
            cpu.append(time.process_time() - busy)
            memory = memory or peak()
        assert staged.elsewhere == staged.tally.accepted, staged.elsewhere
        home.close()
    return {"count": staged.tally.accepted, "seconds": took[0], "again": took[1],
            "cpu": cpu[0], "memory": memory, "longest": longest()}


def imported(home: Home, path: Path, who: str) -> store.Staged:
    """The list in the database, ready."""
    now = home.clock.now()
    origin = Origin("cong_ich", "public_task", "UBND xã", "12/KH-UBND", now.date(), "sổ hộ dân",
                    now.date() + timedelta(days=90))
    ring = ready_ring(home.store, home.settings.var, now, who)
    with open_source(path) as source:
        given = store.Given(source, columns.find(source))
        staged = store.stage(home, ring, origin, given, who)
    store.accept(home, ring, staged, who)
    return staged


def watched(engine: Any) -> Callable[[], float]:
    """The longest time from a BEGIN IMMEDIATE to the end of its COMMIT."""
    begun, longest = 0.0, 0.0

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        nonlocal begun
        writes = not connection.get_execution_options().get("read_only")
        begun = time.perf_counter() if writes else 0.0

    @event.listens_for(engine.pool, "checkin")
    def end(*_: object) -> None:
        nonlocal begun, longest
        if begun:
            longest = max(longest, time.perf_counter() - begun)
        begun = 0.0

    return lambda: longest


if __name__ == "__main__":
    print(json.dumps(stored(Path(sys.argv[-1]))))
