"""
What wake-ups between processes cost and bring: an engine with Procrastinate beside one without.

Cost: the same campaign by two workers (`bench.scaling`), messages a second and CPU. Brought: a
person publishes at once in another process (here: this one, by what `giovang publish --now` and
the console call), and from its commit to the first request at the gateway; two workers that had
nothing to do, the moments spread over the second in which an idle channel asks the outbox.
"""

import statistics
import threading
import time
from dataclasses import dataclass

from bench import scaling_run
from bench.together import asked, gateway, postgresql, ready_for_workers, until, workers
from bench.world import installation, items, programme_text
from tests.postgres import Cluster
from worker.clock import SystemClock
from worker.db import Store
from worker.planner.by_hand import publish

ENGINES = ("embedded", "distributed")
WORKERS = 2
ACTS, RECEIVERS = 9, 4


@dataclass(frozen=True)
class Woken:
    """One engine: a campaign's runs, and seconds from each commit to the first request."""

    engine: str
    runs: list[scaling_run.Ran]
    waits: list[float]

    @property
    def wait(self) -> float:
        return statistics.median(self.waits)


def measure(messages: int = scaling_run.MESSAGES, rounds: int = scaling_run.ROUNDS) -> list[Woken]:
    """The engines in turn."""
    runs: dict[str, list[scaling_run.Ran]] = {engine: [] for engine in ENGINES}
    with postgresql() as cluster:
        with scaling_run.campaign(cluster, messages * WORKERS) as load:
            for _ in range(rounds):
                for engine in ENGINES:
                    runs[engine].append(
                        scaling_run.run(cluster, load, WORKERS, messages * WORKERS, engine))
        waits = _waits(cluster)
    return [Woken(engine, runs[engine], waits[engine]) for engine in ENGINES]


def _waits(cluster: Cluster) -> dict[str, list[float]]:
    """Of each engine, on fresh copies."""
    text = programme_text(segments=1) + scaling_run.hooks(RECEIVERS)
    clock, database = SystemClock(), cluster.create()
    found: dict[str, list[float]] = {}
    with installation(text, items(ACTS), clock, cluster.url(database)) as home:
        ready_for_workers(home)
        for engine in ENGINES:
            with gateway(scaling_run.AFTER) as url, workers(
                    cluster, database, home.settings.home, url, WORKERS, engine) as them:
                store = Store(cluster.url(them.database))
                found[engine] = [_wait(store, url, act) for act in range(ACTS)]
                store.close()
    return found


def _wait(store: Store, url: str, act: int) -> float:
    """Seconds from the commit to the first request that it brought."""
    threading.Event().wait(1.5 + act / ACTS)
    with store.write() as session:
        publish(session, SystemClock().now(), "soan", f"tin-{act}", ["hook"])
    committed = time.monotonic()
    until("all came", lambda: asked(url)["taken"] >= RECEIVERS * (act + 1), 0.02)
    return float(sorted(asked(url, "times"))[RECEIVERS * act] - committed)
