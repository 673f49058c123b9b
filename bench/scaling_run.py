"""Several workers on one PostgreSQL beside one of them: see scaling.py."""

import statistics
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from bench.campaign_run import _list
from bench.together import Workers, asked, gateway, postgresql, ready_for_workers, until, workers
from bench.world import installation, items, programme_text
from tests.postgres import Cluster
from worker.campaigns import queueing
from worker.campaigns.draft import Wish
from worker.clock import SystemClock
from worker.home import Home
from worker.models import Batch, Campaign
from worker.planner.by_hand import publish

MESSAGES, COUNTS, ROUNDS = 2_000, (1, 2, 4), 2
AFTER = 0.05  #: seconds until the gateway answers
WINDOW = 16  #: requests of a worker on the wire
RECEIVERS = 500
IDLE = 3.0  #: seconds in which idle workers are watched
TEXT = "Canh bao lua dao: khong chuyen tien cho nguoi la. Goi 113."
#: before it, a moment in which nothing is due
LATER = timedelta(hours=1)

_HOOKS = """
[[channels]]
id = "hook"
type = "webhook"
name = "Webhook"
max_parallel = {window}
options = {{ url = "https://nhan.example/hooks" }}
accounts = [{{ id = "chinh", secrets = {{ secret = "env:SECRET" }} }}]
targets = [{targets}]
"""


@dataclass(frozen=True)
class Ran:
    """One run by so many workers."""

    workers: int
    messages: int
    rate: float  #: a second, first to last
    middle: float  #: of the middle eight tenths: without the start and the last lots
    cpu: float  #: seconds per 1,000, of the workers
    database: float  #: the same of PostgreSQL
    idle: float  #: of a core, one idle worker and its part of PostgreSQL
    wal: float  #: bytes a message
    commits: float  #: a message


@dataclass(frozen=True)
class Load:
    """What stands in a database, and how it is let go."""

    database: str
    folder: Path
    release: Callable[[Workers, int], None]  #: so many messages
    rest: str  #: SQL: how many have no outcome


# ---------------------------------------------------------------- what is sent


@contextmanager
def campaign(cluster: Cluster, count: int) -> Iterator[Load]:
    """A campaign to so many numbers that waits to be run."""
    [item] = items(1)
    item = item.model_copy(update={"texts": {"sms": TEXT}})
    text = programme_text(segments=1, parallel=WINDOW).replace(
        'accounts = [{ id = "chinh", secrets = { key',
        'accounts = [{ id = "chinh", rate = 2000, secrets = { key')
    database = cluster.create()
    with installation(text, [item], SystemClock(), cluster.url(database)) as home:
        queued = queueing.create(home, Wish(item.id, (_list(home, count),)), "soan")
        queueing.accept(home, queued, "soan")
        now = home.clock.now()
        with home.store.write() as session:
            session.execute(update(Campaign).values(
                state="approved", state_at=now, until_row=0, approved_by="duyet",
                approved_at=now, priority="khan_cap", priority_rank=0))
        ready_for_workers(home)
        yield Load(database, home.settings.home, _run,
                   "SELECT c.until_row - (SELECT count(*) FROM campaign_message WHERE state IN "
                   "('accepted', 'delivered')) FROM campaign c")


def _run(them: Workers, count: int) -> None:
    them.sql("UPDATE campaign SET state = 'running', until_row = %s", (count,))


def hooks(receivers: int) -> str:
    """A webhook channel of so many, in a programme."""
    targets = ",\n".join(f'{{ id = "nhan-{n}", name = "Nhận {n}", address = "nhan-{n}" }}'
                         for n in range(receivers))
    return _HOOKS.format(window=WINDOW, targets=targets)


@contextmanager
def online(cluster: Cluster, count: int) -> Iterator[Load]:
    """Items that are published to every receiver at once, none of it due yet."""
    text = programme_text(segments=1) + hooks(RECEIVERS)
    database = cluster.create()
    needed = -(-count // RECEIVERS)
    with installation(text, items(needed), SystemClock(), cluster.url(database)) as home:
        for n in range(needed):
            _publish(home, f"tin-{n}")
        ready_for_workers(home)
        yield Load(database, home.settings.home, _due,
                   "SELECT count(*) FROM delivery d JOIN batch b ON b.id = d.batch_id "
                   "WHERE d.state <> 'accepted' AND b.next_attempt_at < now() + interval '30 min'")


def _publish(home: Home, item: str) -> None:
    now = home.clock.now()
    with home.store.write() as session:
        publish(session, now, "soan", item, ["hook"])
        session.execute(update(Batch).values(next_attempt_at=now + LATER))


def _due(them: Workers, count: int) -> None:
    them.sql("UPDATE batch SET next_attempt_at = now() WHERE id IN "
             "(SELECT id FROM batch ORDER BY id LIMIT %s)", (count // RECEIVERS,))


KINDS = {"campaign": campaign, "online": online}

# ---------------------------------------------------------------- how it is measured


def measure(
    kind: str, messages: int = MESSAGES, counts: tuple[int, ...] = COUNTS, rounds: int = ROUNDS,
    engine: str = "embedded",
) -> list[Ran]:
    """So many messages for each worker; the counts in turn, `rounds` times."""
    if kind == "online":
        messages = max(1, messages // RECEIVERS) * RECEIVERS
    with postgresql() as cluster, KINDS[kind](cluster, messages * max(counts)) as load:
        return [run(cluster, load, count, messages * count, engine)
                for _ in range(rounds) for count in counts]


def run(cluster: Cluster, load: Load, count: int, messages: int, engine: str) -> Ran:
    """One run, on fresh copies."""
    with gateway(AFTER) as url, workers(
            cluster, load.database, load.folder, url, count, engine) as them:
        threading.Event().wait(2)  # what each does when it has just begun
        before = them.busy()
        threading.Event().wait(IDLE)
        idle = them.busy().since(before)
        standing, before = _written(them), them.busy()
        load.release(them, messages)
        until("all came", lambda: asked(url)["taken"] >= messages)
        until("all have an outcome", lambda: them.sql(load.rest) == [(0,)])
        busy = them.busy().since(before)
        wal, commits = (b - a for a, b in zip(standing, _written(them), strict=True))
        taken, came = asked(url), sorted(asked(url, "times"))
    assert taken == {"taken": messages, "keys": messages}, taken
    tenth = messages // 10
    thousand = messages / 1000
    return Ran(
        count, messages, messages / (came[-1] - came[0]),
        (messages - 2 * tenth) / (came[-tenth] - came[tenth]),
        busy.workers / thousand, busy.database / thousand,
        (idle.workers + idle.database) / IDLE / count, wal / messages, commits / messages)


def _written(them: Workers) -> tuple[float, float]:
    """Bytes of WAL and commits so far."""
    [(wal, commits)] = them.sql(
        "SELECT pg_current_wal_lsn() - '0/0', (SELECT sum(xact_commit) FROM pg_stat_database "
        "WHERE datname = current_database())")
    return float(wal), float(commits)


def median(found: list[Ran], count: int, figure: Callable[[Ran], float]) -> float:
    """Of the runs by so many workers."""
    return statistics.median(figure(r) for r in found if r.workers == count)


def ratio(found: list[Ran], count: int, least: int = 1) -> float:
    """Messages a second beside one worker's, each round by itself."""
    pairs = zip((r.rate for r in found if r.workers == count),
                (r.rate for r in found if r.workers == least), strict=True)
    return statistics.median(many / one for many, one in pairs)
