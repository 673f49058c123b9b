"""
`giovang copy` of an installation whose campaign has so many messages: from SQLite into an empty
PostgreSQL and back, each with every row compared. Seconds by the wall and of our own CPU, and the
process's highest memory, its start included. The database named must be empty; it is left closed.

    python -m bench.copying postgresql://HOST/NAME [ROWS]
"""

import resource
import sys
import time
from dataclasses import replace
from typing import NamedTuple

from bench.campaign_size import filled
from worker.copying import move
from worker.db import Store
from worker.home import Home

ROWS = 1_000_000


class Found(NamedTuple):
    """Of one direction."""

    seconds: float
    cpu: float
    highest_mb: int
    sums: dict[str, str]


def measure(url: str, rows: int = ROWS) -> tuple[Found, Found]:
    """There and back; the sums of both are the same."""
    with filled(rows) as home:
        there, back = Store(url), Store(f"sqlite:///{home.settings.var / 'back.sqlite3'}")
        try:
            first = _copied(home.store, there, home)
            second = _copied(there, back, home)
        finally:
            there.close()
            back.close()
    different = {t for t in first.sums if first.sums[t] != second.sums[t]} - {"audit"}
    if different:
        raise AssertionError(different)
    return first, second


def _copied(source: Store, target: Store, home: Home) -> Found:
    wall, cpu = time.perf_counter(), time.process_time()
    done = move.copy(replace(home, store=source), target, "soan", lambda _step, _rows: None)
    return Found(time.perf_counter() - wall, time.process_time() - cpu,
                 resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                 {c.table: c.sha256 for c in done.tables})


if __name__ == "__main__":
    for name, one in zip(("SQLite > PostgreSQL", "PostgreSQL > SQLite"), measure(
            sys.argv[1], *map(int, sys.argv[2:])), strict=True):
        print(f"{name}: {one.seconds:.1f} s, {one.cpu:.1f} s of CPU, {one.highest_mb} MB")
