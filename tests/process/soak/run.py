"""One run: everything is started, used, struck by faults, left alone until all is settled."""

import json
import platform
import random
import re
import statistics
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from tests.accounts import an_account
from tests.postgres import Cluster
from tests.process.installation import OPEN, until
from tests.process.soak import programme
from tests.process.soak.callers import Caller, Person, Sampler, Station
from tests.process.soak.faults import DATABASE, WORKER, Faults
from tests.process.soak.judge import Verdict, judge
from tests.process.soak.place import Place, a_place, memory_of
from tests.process.trained import a_list, flying, rest
from tests.store.campaigns.bed import put
from worker import postgresql
from worker.home import SYSTEM
from worker.models import Batch, Campaign, Delivery
from worker.radio import links

#: connections of a process beside those of its pool: wake-ups between workers, an account's rate
BESIDE = 6
#: how much a worker's memory may have grown between the first and the last quarter
GROWTH = 1.15

_TRACE = re.compile(r"^Traceback.*?(?=^\d{4}-|\Z)", re.DOTALL | re.MULTILINE)
_LOST_WAKEUPS = "procrastinate.exceptions.ConnectorException"


@dataclass(frozen=True)
class Size:
    """How long, how much, how often."""

    seconds: float
    count: int
    rate: float
    every: tuple[float, float]
    down: tuple[float, float]
    deck: tuple[tuple[str, str], ...]
    settle: float  #: seconds that everything may take to be settled, on a machine with other work
    workers: int = 3
    consoles: int = 2

    @property
    def slots(self) -> int:
        return int(self.seconds // 60) + 4


@dataclass
class Figures:
    """Sampled while it ran."""

    memory: list[float] = field(default_factory=list)  #: MB of the worker that is never killed
    highest: Counter[str] = field(default_factory=Counter)  #: member -> MB
    connections: int = 0

    def flat(self) -> tuple[float, float]:
        """Medians of the first quarter after a warm-up, and of the last."""
        warm = self.memory[len(self.memory) // 10:]
        quarter = max(1, len(warm) // 4)
        return statistics.median(warm[:quarter]), statistics.median(warm[-quarter:])


class _Phases:
    """Says how long each part of the test took."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def over(self, what: str) -> None:
        now = time.monotonic()
        sys.stdout.write(f"{what}: {now - self._since:.1f} s\n")
        self._since = now


def soak(folder: Path, cluster: Cluster, size: Size, seed: int) -> dict[str, Any]:
    """Everything; the figures, and under "wrong" what must not be."""
    sys.stdout.write(f"seed {seed}\n")
    clock = _Phases()
    rng, begun = random.Random(seed), datetime.now(UTC)
    texts = programme.written(begun, size.slots, size.rate)
    with a_place(folder, cluster, texts, size.workers, size.consoles) as place:
        an_account(place.home, "bien-tap")
        tokens = {name: links.token_for(place.home, begun, name, SYSTEM)
                  for name in programme.STATIONS}
        listed = a_list(place.made, folder, size.count)
        place.made.order("delay", ms=20)
        clock.over("made")
        place.start()
        clock.over("started")
        stop, figures = threading.Event(), Figures()
        person, stations = _callers(place, stop, rng, tokens)
        person.log_in()
        campaign = put(place.made.store, datetime.now(UTC), listed, item_id=programme.item(0))
        sampler = Sampler(stop, 1.0, look=lambda: _sample(place, figures))
        everybody: list[Caller] = [person, *stations, sampler]
        for caller in everybody:
            caller.start()
        faults = Faults(place, rng, size.every, size.down, size.deck)
        started = time.monotonic()
        clock.over("used")
        faults.run(size.seconds)
        clock.over("faults")
        ran, cut = time.monotonic() - started, datetime.now(UTC)
        _settled(place, campaign, cut, size.settle)
        settled = time.monotonic() - started - ran
        until("what aired is told", lambda: _all_told(place, cut), size.settle,
              place.made.standing)
        clock.over("settled")
        stop.set()
        for caller in everybody:
            caller.join()
        verdict = judge(place, campaign, stations, cut, _lives_lost(place, faults),
                        {"campaign": flying(size.rate),
                         "channel": programme.MAX_PARALLEL})
        _judge_life(place, person, everybody, figures, verdict)
        ended = [member.lives[-1].end() for member in place.members]
        verdict.must(set(ended) == {0}, f"ended with {ended}")
        clock.over("judged and ended")
    return _report(size, seed, ran, settled, faults, figures, verdict, person, stations)


def _callers(
    place: Place, stop: threading.Event, rng: random.Random, tokens: dict[str, str]
) -> tuple[Person, list[Station]]:
    paths = ("/", "/", "/dot-nhan-tin", "/dot-nhan-tin/1", "/nhat-ky")
    person = Person(stop, 0.5, consoles=place.consoles, name="bien-tap", paths=paths,
                    seed=rng.getrandbits(32))
    stations = [Station(stop, 1.0, workers=place.workers, name=name, token=token,
                        seed=rng.getrandbits(32)) for name, token in tokens.items()]
    return person, stations


def _sample(place: Place, figures: Figures) -> None:
    for number, member in enumerate(place.members):
        used = memory_of(member.process.pid)
        figures.highest[member.name] = max(figures.highest[member.name], round(used))
        if number == 0:
            figures.memory.append(used)
    try:
        with psycopg.connect(place.made.database_url, autocommit=True, connect_timeout=3) as asked:
            row = asked.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = "
                                "current_database() AND pid <> pg_backend_pid()").fetchone()
    except psycopg.Error:
        return  # it is away
    figures.connections = max(figures.connections, row[0] if row else 0)


def _lives_lost(place: Place, faults: Faults) -> int:
    """One worker's with each kill; with each loss of the database perhaps every worker's."""
    return faults.count(WORKER) + len(place.workers) * faults.count(DATABASE)


def _settled(place: Place, campaign: int, cut: datetime, seconds: float) -> None:
    """The faults are over, everything runs, and nothing is still to come of what is due."""
    def over() -> bool:
        try:
            return rest(place.made, campaign) == 0 and not _open(place, cut)
        except DBAPIError:  # a connection that broke is only seen when it is used
            return False

    until("all of them run", lambda: all(m.serves() for m in place.members))
    until("everything is settled", over, seconds, lambda: _standing(place, campaign, cut))


def _open(place: Place, cut: datetime) -> list[tuple[str, str, str]]:
    with place.made.store.read() as session:
        return [tuple(row) for row in session.execute(
            select(Delivery.channel, Delivery.target, Delivery.state)
            .join(Batch, Batch.id == Delivery.batch_id)
            .where(Batch.opens_at <= cut, Batch.state.in_(["held", "ready", "leased", "done"]),
                   Delivery.state.in_(OPEN)).limit(20))]


def _all_told(place: Place, cut: datetime) -> bool:
    """The stations have said of every airing that it was."""
    with place.made.store.read() as session:
        return session.scalars(
            select(Delivery.id).join(Batch, Batch.id == Delivery.batch_id)
            .where(Batch.opens_at <= cut, Delivery.channel == "loa",
                   Delivery.state == "accepted").limit(1)).first() is None


def _standing(place: Place, campaign: int, cut: datetime) -> str:
    with place.made.store.read() as session:
        row = session.get_one(Campaign, campaign)
    said = "\n".join(f"{m.name}: {m.lives[-1].said()[-600:]}" for m in place.members)
    return (f"{rest(place.made, campaign)} {row.state} {row.reason} {_open(place, cut)} "
            f"{place.made.open_alarms()}\n{said}")


def _judge_life(
    place: Place, person: Person, everybody: list[Caller], figures: Figures, verdict: Verdict
) -> None:
    for caller in everybody:
        verdict.must(not caller.wrong, f"{type(caller).__name__}: {caller.wrong[:5]}")
    verdict.must(person.still_in(), "a session was lost")
    verdict.must(person.answers["200"] > 0, f"no page was seen: {person.answers}")
    for member in place.members:
        for trace in _TRACE.findall(member.said()):
            # Procrastinate writes one for each connection that it loses
            verdict.must(_LOST_WAKEUPS in trace, f"{member.name}: {trace[:3000]}")
        verdict.must(set(member.exits) <= {0}, f"{member.name} ended with {member.exits}")
    verdict.must(len(place.workers[0].lives) == 1, "the first worker was to live on")
    most = len(place.members) * (postgresql.KEPT + BESIDE)
    verdict.must(figures.connections <= most, f"{figures.connections} connections, {most} at most")


def _report(
    size: Size, seed: int, ran: float, settled: float, faults: Faults, figures: Figures,
    verdict: Verdict, person: Person, stations: list[Station],
) -> dict[str, Any]:
    first, last = figures.flat()
    if size.seconds >= 300:  # of a shorter run memory says nothing
        verdict.must(last <= first * GROWTH, f"memory: {first:.0f} MB, then {last:.0f} MB")
    found: dict[str, Any] = {
        "seed": seed, "python": platform.python_version(), "seconds": round(ran),
        "settled_after": round(settled), "rate": size.rate, "faults": dict(faults.happened),
        "campaign": dict(verdict.campaign),
        "channels": {name: dict(c) for name, c in sorted(verdict.channels.items())},
        "events": verdict.events, "alarms": dict(verdict.alarms),
        "memory_first": round(first), "memory_last": round(last),
        "memory_highest": dict(figures.highest), "connections": figures.connections,
        "pages": dict(person.answers),
        "stations": dict(sum((s.answers for s in stations), Counter())),
        "airings_told": sum(len(s.said) for s in stations), "wrong": verdict.wrong}
    sys.stdout.write(table(found) + json.dumps(found, ensure_ascii=False) + "\n")
    return found


def table(found: dict[str, Any]) -> str:
    """As it stands in docs/proof.md."""
    campaign, channels = Counter(found["campaign"]), found["channels"]
    faults = ", ".join(f"{what} {n}" for what, n in sorted(found["faults"].items()))
    rows = [("faults", faults),
            ("seconds, until settled", f"{found['seconds']}, {found['settled_after']}"),
            ("numbers of the campaign, taken by the gateway",
             f"{campaign['messages']:,}, {campaign['taken']:,}"),
            ("… left `uncertain`, of these taken",
             f"{campaign['uncertain']:,}, {campaign['uncertain_taken']:,}")]
    for name, given in channels.items():
        c = Counter(given)
        rows.append((f"{name}: deliveries, there, `uncertain`",
                     f"{c['deliveries']}, {c['taken']}, {c['uncertain']}"))
    rows += [("twice, lost, denied by the log", f"{len(found['wrong'])}"),
             ("memory of the worker that lived on, MB, first and last quarter",
              f"{found['memory_first']}, {found['memory_last']}"),
             ("connections at most", f"{found['connections']}"),
             ("alarms by kind", ", ".join(f"{k} {n}" for k, n in found["alarms"].items()))]
    return "\n".join(["| what | count |", "|---|---|",
                      *(f"| {what} | {n} |" for what, n in rows), ""])
