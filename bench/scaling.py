"""
1, 2 and 4 workers, each a `giovang worker` process, on one PostgreSQL (fsync on) against a gateway
that answers in 50 ms.

    python -m bench.scaling [--messages N] [--workers 1,2,4] [--rounds N] [--kinds ...]

campaign: one SMS campaign of N messages for each worker. The account's rate never binds; the
channel's window is 16 requests a worker, as an HTTP gateway allows a client, so that the wire by
itself lets 16 / 0.05 s = 320 a second through a worker: what is asked is whether the next worker
adds as much.
online: deliveries of a webhook channel, 500 receivers, N (whole batches of 500) for each worker,
the same window.
stations: `many_stations.py`; wakeups: `woken.py`.

Rates are the gateway's: messages between the first and the last that came, by its own clock; each
number once. CPU is all of the workers' and all of PostgreSQL's from the start to the last outcome
written, what idle workers use included (told beside it). Rounds in turn, medians. Of WAL: bytes and
commits a message.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bench import many_stations, scaling_run, woken

Row = tuple[str, str, str, bool]
#: times one worker's
LEAST = {2: 1.8, 4: 3.0}


@dataclass(frozen=True)
class Asked:
    """How much is measured."""

    messages: int = scaling_run.MESSAGES  #: for each worker
    counts: tuple[int, ...] = scaling_run.COUNTS
    rounds: int = scaling_run.ROUNDS
    engine: str = "embedded"


def _sent(kind: str, asked: Asked) -> list[Row]:
    found = scaling_run.measure(kind, asked.messages, asked.counts, asked.rounds, asked.engine)
    first, rows = asked.counts[0], list[Row]()
    for count in asked.counts:
        messages, rate, cpu, database, idle, wal, commits = (
            scaling_run.median(found, count, figure) for figure in (
                lambda r: r.messages, lambda r: r.rate, lambda r: r.cpu, lambda r: r.database,
                lambda r: r.idle, lambda r: r.wal, lambda r: r.commits))
        what = (f"{kind}: {messages:.0f} messages by {_workers(count)} on one PostgreSQL, a "
                f"gateway that answers in 50 ms; CPU per 1,000: {cpu:.2f} s of workers, "
                f"{database:.2f} s of PostgreSQL; {wal / 1000:.1f} kB of WAL and {commits:.2f} "
                f"commits a message; idle {idle * 100:.1f} % of a core a worker")
        rows.append(_row(what, rate, count, first, scaling_run.ratio(found, count, first)))
    return rows


def _stations(asked: Asked) -> list[Row]:
    stations = min(many_stations.STATIONS, asked.messages // 10)
    found = many_stations.measure(stations, asked.counts)
    first, rows = asked.counts[0], list[Row]()
    for x in found:
        how = "each station from the same" if x.same else "the next each time"
        what = (f"stations: {x.requests} requests to {_workers(x.workers)}"
                f"{'' if x.workers == 1 else f', {how}'}; p95 {x.p95 * 1000:.0f} ms; CPU per "
                f"1,000: {x.cpu:.2f} s of workers, {x.database:.2f} s of PostgreSQL")
        rows.append(_row(what, x.rate, x.workers, first, x.rate / found[0].rate))
    return rows


def _wakeups(asked: Asked) -> list[Row]:
    rows: list[Row] = []
    for x in woken.measure(asked.messages, asked.rounds):
        rate, cpu, database, idle = (
            scaling_run.median(x.runs, woken.WORKERS, figure) for figure in (
                lambda r: r.rate, lambda r: r.cpu, lambda r: r.database, lambda r: r.idle))
        sent = (f"wakeups, {x.engine}: the campaign by {_workers(woken.WORKERS)}; CPU per 1,000: "
                f"{cpu + database:.2f} s, {database:.2f} of it PostgreSQL's; idle "
                f"{idle * 100:.1f} % of a core a worker")
        begun = (f"wakeups, {x.engine}: from “publish now” committed by another process to the "
                 f"first request, median of {len(x.waits)}, {min(x.waits):.2f} to "
                 f"{max(x.waits):.2f} s")
        rows += [(sent, f"{rate:.0f} a second", "-", True),
                 (begun, f"{x.wait:.2f} s", "-", True)]
    return rows


def _row(what: str, rate: float, count: int, first: int, ratio: float) -> Row:
    least = LEAST.get(count) if first == 1 else None
    return (what, f"{rate:.0f} a second = {ratio:.2f} ×", f"≥ {least} ×" if least else "-",
            least is None or ratio >= least)


def _workers(count: int) -> str:
    return "1 worker" if count == 1 else f"{count} workers"


KINDS: dict[str, Callable[[Asked], list[Row]]] = {
    "campaign": partial(_sent, "campaign"), "online": partial(_sent, "online"),
    "stations": _stations, "wakeups": _wakeups,
}


def main() -> None:
    """Rows as `make bench` prints them."""
    words = argparse.ArgumentParser()
    words.add_argument("--messages", type=int, default=scaling_run.MESSAGES,
                       help="for each worker")
    words.add_argument("--workers", default=",".join(map(str, scaling_run.COUNTS)))
    words.add_argument("--rounds", type=int, default=scaling_run.ROUNDS)
    words.add_argument("--kinds", default=",".join(KINDS))
    words.add_argument("--engine", default="embedded")
    got = words.parse_args()
    asked_for = Asked(got.messages, tuple(map(int, got.workers.split(","))), got.rounds,
                      got.engine)
    print("| measured | found | asked | reached |\n|---|---|---|---|", flush=True)
    for kind in got.kinds.split(","):
        for what, found, goal, reached in KINDS[kind](asked_for):
            print(f"| {what} | {found} | {goal} | {'yes' if reached else 'NO'} |", flush=True)


if __name__ == "__main__":
    main()
