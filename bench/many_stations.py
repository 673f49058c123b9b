"""
The stations' pages of 1, 2 and 4 workers on one PostgreSQL: callers take the next worker each
time, as a reverse proxy gives them out. Each station fetches JSON, page and feed, a connection
each, from the worker that is next: what one has made, another makes again; beside it, each station
always from the same one, as a proxy does that goes by the address.

The callers (`bench.stations`) run on the same cores; CPU is the workers' and PostgreSQL's alone.
"""

import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.stations import FORMS, HEAD, fetch, fill, stations_text
from bench.together import postgresql, ready_for_workers, workers
from bench.world import installation, items
from tests.postgres import Cluster
from worker.clock import SystemClock

STATIONS, COUNTS, ROUNDS = 200, (1, 2, 4), 1


@dataclass(frozen=True)
class Served:
    """One pass of all stations, by so many workers."""

    workers: int
    same: bool  #: each station from the same worker
    requests: int
    rate: float  #: a second
    p95: float  #: seconds
    cpu: float  #: seconds per 1,000, of the workers
    database: float  #: the same of PostgreSQL


def measure(
    stations: int = STATIONS, counts: tuple[int, ...] = COUNTS, rounds: int = ROUNDS,
) -> list[Served]:
    """The counts in turn, `rounds` times."""
    with postgresql() as cluster, _filled(cluster, stations) as (database, folder, paths):
        return [_pass(cluster, database, folder, paths, count, same)
                for _ in range(rounds) for count in counts for same in (False, True)
                if count > 1 or not same]


@contextmanager
def _filled(cluster: Cluster, stations: int) -> Iterator[tuple[str, Path, list[str]]]:
    """Bulletins that stand; nothing is planned, so that the workers do nothing else."""
    text = "segments = []" + HEAD[:HEAD.index("[[segments]]")] + stations_text(stations)
    clock, database = SystemClock(), cluster.create()
    with installation(text, items(2), clock, cluster.url(database)) as home:
        evening = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
        tokens = fill(home, stations, evening)
        ready_for_workers(home)
        yield database, home.settings.home, [
            f"/stations/{token}/{form}" for token in tokens for form in FORMS]


def _pass(
    cluster: Cluster, database: str, folder: Path, paths: list[str], count: int, same: bool,
) -> Served:
    """On fresh copies; the first answer of each worker is not counted."""
    with workers(cluster, database, folder, "http://127.0.0.1:9", count) as them:
        threading.Event().wait(2)  # what each does when it has just begun
        fetch(them.ports, paths[:1] * count, {})
        ports = [port for port in them.ports for _ in FORMS] if same else them.ports
        before = them.busy()
        seconds, each, _, _ = fetch(ports, paths, {})
        busy = them.busy().since(before)
    thousand = len(paths) / 1000
    return Served(count, same, len(paths), len(paths) / seconds,
                  statistics.quantiles(each, n=20)[-1], busy.workers / thousand,
                  busy.database / thousand)
