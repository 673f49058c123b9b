"""
50,000,000 deliveries of 14 months beside 50,000, each in a database of its own on one PostgreSQL of
its own (fsync off while it is filled, on while it is measured). A tenth of the deliveries have a
try in the table of attempts; batches of 500, an occurrence each, four channels.

    python -m bench.fifty_million [--rows N] [--months N]

claim and begin: a batch that is due, its letters, eight of them begun, the commit included.
status: everything `giovang status` tells.
log: the first page of 50, of everything, one channel, one target, what failed.
one delivery: found by its key, and all that happened to it. occurrence: what its page shows.
month: what the log gives up of the oldest month, as the worker does it: partitions are dropped; the
longest that a writer of this month had to wait meanwhile. Beside it a DELETE of the next month.

Medians of 9, turn about. A year's 50 million need some 35 GB under the temporary folder.
"""

import argparse
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bench.fifty_million_rows import BATCH, DUE, fill, oldest
from bench.together import Workers, gateway, postgresql, ready_for_workers
from bench.world import installation, items, programme_text
from tests.postgres import Cluster
from worker import log_query, status
from worker.clock import SystemClock
from worker.growth import retention
from worker.growth.partitions import later, month
from worker.home import Home
from worker.log_query import Filters
from worker.models import Attempt, Batch, Delivery, Installation
from worker.outbox.begin import begin
from worker.outbox.claim import claim, letters
from worker.outbox.units import Worker
from worker.planner import place
from worker.planner.week import Entry
from worker.scope import WHOLE

ROWS, FEW, MONTHS = 50_000_000, 50_000, 14
ROUNDS, PAGE, WINDOW = 9, 50, 8
BOUND = 120  #: seconds that a DELETE may take
_SETTINGS = {
    "max_wal_size": "4GB", "maintenance_work_mem": "512MB", "shared_buffers": "1GB",
    "wal_level": "minimal", "max_wal_senders": "0", "autovacuum": "off",
}


@dataclass
class Found:
    """Median seconds by what was asked; the many, the few."""

    many: dict[str, float]
    few: dict[str, float]
    filled: float  #: seconds
    size: dict[str, float] = field(default_factory=dict)  #: GB
    drop: float = 0.0  #: seconds of giving up a month
    waited: float = 0.0  #: the longest a writer waited meanwhile
    rows: int = 0  #: of that month
    delete: float | None = None  #: seconds; None: longer than BOUND
    memory: float = 0.0  #: MB, a worker that runs on it

    def ratios(self) -> dict[str, float]:
        return {name: self.many[name] / self.few[name] for name in self.many}


def measure(rows: int = ROWS, months: int = MONTHS) -> Found:
    """Fill, ask, give up a month, run a worker."""
    with ExitStack() as stack:
        cluster = stack.enter_context(postgresql(**_SETTINGS))
        began = time.perf_counter()
        many, few = (stack.enter_context(_filled(cluster, n, months)) for n in (rows, FEW))
        filled = time.perf_counter() - began
        took: tuple[dict[str, list[float]], ...] = ({}, {})
        for number in range(ROUNDS + 1):
            for home, times in zip((many, few), took, strict=True):
                _ask(home, times if number else {})
        medians = [{name: statistics.median(each) for name, each in times.items()}
                   for times in took]
        found = Found(medians[0], medians[1], filled)
        found.size = _size(many)
        _give_up(many, found)
        found.memory = _worker(cluster, many)
    return found


@contextmanager
def _filled(cluster: Cluster, rows: int, months: int) -> Iterator[Home]:
    name = cluster.create()
    words = programme_text(segments=1).replace(
        "timezone =", "settings = { log_months = 12 }\ntimezone =", 1)
    with installation(words, items(1), SystemClock(), cluster.url(name)) as home:
        today = _today()
        with home.store.write() as session:
            session.execute(update(Installation).values(
                created_at=datetime.now(UTC) - timedelta(days=31 * (months + 1))))
        _fsync(cluster, on=False)
        with psycopg.connect(cluster.url(name), autocommit=True) as connection:
            fill(connection, rows, later(month(today), 1 - months), today)
        _fsync(cluster, on=True)
        yield home


def _today() -> date:
    """As the programme's zone has it."""
    return (datetime.now(UTC) + timedelta(hours=7)).date()


def _fsync(cluster: Cluster, *, on: bool) -> None:
    cluster.sql("CHECKPOINT")
    cluster.sql(f"ALTER SYSTEM SET fsync = {'on' if on else 'off'}")
    cluster.sql("SELECT pg_reload_conf()")
    cluster.sql("CHECKPOINT")


# ---------------------------------------------------------------- questions


def _ask(home: Home, times: dict[str, list[float]]) -> None:
    for name, ask in _questions(home).items():
        began = time.perf_counter()
        ask()
        times.setdefault(name, []).append(time.perf_counter() - began)


def _questions(home: Home) -> dict[str, Callable[[], object]]:
    with home.store.read() as session:
        last = session.execute(
            select(Delivery.id, Delivery.occurrence_id).join(Batch, Batch.id == Delivery.batch_id)
            .where(Delivery.day == oldest(session), Batch.state == "done").limit(1)).one()
    today = _today()
    pages = {
        "log, everything": Filters(today=today), "log, one channel": Filters(
            today=today, channel="website"),
        "log, one target": Filters(today=today, target="noi-7"),
        "log, what failed": Filters(today=today, state="exhausted"),
    }
    return {
        "claim and begin": lambda: _claim(home),
        "status": lambda: _status(home),
        **{name: _paged(home, wanted) for name, wanted in pages.items()},
        "one delivery": lambda: _one(home, last.id),
        "occurrence": lambda: _occurrence(home, last.occurrence_id),
    }


def _claim(home: Home) -> None:
    now, worker = home.clock.now(), Worker("bench", 1)
    with home.store.write() as session:
        [lease] = claim(session, now, now, worker, DUE, lease_for=timedelta(minutes=1), limit=1)
        waiting = letters(session, lease, now)
        begun = begin(session, now, now, worker, lease, waiting[:WINDOW], try_seconds=15,
                      programme_version=1, late_after=timedelta(days=1))
        assert (len(waiting), len(begun)) == (BATCH, WINDOW), (len(waiting), len(begun))


def _status(home: Home) -> None:
    with home.store.read() as session:
        assert status.gather(session, home.clock.now(), home.programme(), home)["today"]


def _paged(home: Home, wanted: Filters) -> Callable[[], None]:
    def ask() -> None:
        with home.store.read() as session:
            found = log_query.page(session, wanted, limit=PAGE)
        assert len(found) == PAGE, (wanted, len(found))
    return ask


def _one(home: Home, key: str) -> None:
    with home.store.read() as session:
        assert log_query.one(session, key).id == key
        log_query.story(session, key, home.programme().programme.zone())


def _occurrence(home: Home, key: str) -> None:
    entry = Entry("cm-0", None, key, 1, "tin-0", "x", "rotate", "sent")
    with home.store.read() as session:
        assert place.of_entry(session, home.programme(), home.clock.now(), WHOLE, entry,
                              _today(), "trua")


# ---------------------------------------------------------------- a month, sizes, memory


def _size(home: Home) -> dict[str, float]:
    with home.store.read() as session:
        found = session.execute(text(
            "SELECT sum(pg_table_size(relid)), sum(pg_indexes_size(relid)) "
            "FROM pg_partition_tree('delivery') WHERE isleaf")).one()
        tries = session.execute(text(
            "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('attempt') "
            "WHERE isleaf")).scalar_one()
        whole = session.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    return {"deliveries": float(found[0]) / 1e9, "their indexes": float(found[1]) / 1e9,
            "attempts with indexes": float(tries) / 1e9, "database": float(whole) / 1e9}


def _give_up(home: Home, found: Found) -> None:
    with home.store.read() as session:
        low = oldest(session)
    over, waits = threading.Event(), [0.0]
    writer = threading.Thread(target=_write, args=(home, over, waits))
    writer.start()
    began = time.perf_counter()
    done = retention.tidy(home.store, home.clock.now())
    found.drop = time.perf_counter() - began
    over.set()
    writer.join()
    found.waited = max(waits)
    assert done.gone, done
    found.rows = sum(done.gone[month(low)].values())
    began = time.perf_counter()
    if _deleted(home, later(month(low), 1)):
        found.delete = time.perf_counter() - began


def _write(home: Home, over: threading.Event, waits: list[float]) -> None:
    """A row of today is written all the while."""
    today = _today()
    with home.store.read() as session:
        key = session.scalars(select(Delivery.id).where(Delivery.day == today).limit(1)).one()
    while not over.wait(0.002):
        began = time.perf_counter()
        with home.store.write() as session:
            session.execute(update(Delivery).where(Delivery.id == key, Delivery.day == today)
                            .values(asked_at=home.clock.now()))
        waits.append(time.perf_counter() - began)


def _deleted(home: Home, low: date) -> bool:
    """What it would cost without partitions; False when it takes too long."""
    with home.store.write() as session:
        session.execute(text(f"SET LOCAL statement_timeout = '{BOUND}s'"))
        return _both(session, low)


def _both(session: Session, low: date) -> bool:
    try:
        for model in (Attempt, Delivery):
            session.execute(delete(model).where(model.day >= low, model.day < later(low, 1)))
    except DBAPIError as error:  # a timeout is an answer
        if "statement timeout" not in str(error):
            raise
        session.rollback()
        return False
    return True


def _worker(cluster: Cluster, home: Home) -> float:
    """Of one that starts on it and sends what is due."""
    ready_for_workers(home)
    with gateway(0.05) as url:
        name: Any = home.store.engine.url.database
        them = Workers(cluster, name, home.settings.home, url)
        try:
            them.start(1)
            threading.Event().wait(10)
            return float(them.processes[0].memory_info().rss / 1e6)
        finally:
            them.kill()


def main() -> None:
    """Milliseconds of each, and the ratio."""
    words = argparse.ArgumentParser()
    words.add_argument("--rows", type=int, default=ROWS)
    words.add_argument("--months", type=int, default=MONTHS)
    asked = words.parse_args()
    found = measure(asked.rows, asked.months)
    print(f"filled in {found.filled:.0f} s")
    for name, ratio in found.ratios().items():
        print(f"{name}: {found.many[name] * 1000:.1f} ms / {found.few[name] * 1000:.1f} ms "
              f"= {ratio:.2f} ×")
    print(", ".join(f"{name} {size:.2f} GB" for name, size in found.size.items()))
    delete = f"> {BOUND} s" if found.delete is None else f"{found.delete:.1f} s"
    print(f"a month of {found.rows} rows: dropped in {found.drop:.2f} s, a writer waited "
          f"{found.waited * 1000:.0f} ms at most; DELETE {delete}")
    print(f"memory of a worker: {found.memory:.0f} MB")


if __name__ == "__main__":
    main()
