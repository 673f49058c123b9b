"""`make bench`: every measurement once, and a table with what was asked for."""

import os
import platform
import statistics
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from sqlite3 import sqlite_version

from bench import burst, idle, page, planning, starting

Row = tuple[str, str, str, bool]


def main() -> None:
    """Measure, print markdown; exit code 0 whatever came of it: a figure is no test."""
    print(_machine(), flush=True)
    print("\n| measured | found | asked | reached |\n|---|---|---|---|", flush=True)
    for measure in (_planning, _starting, _burst, _page, _idle):
        for what, found, asked, reached in measure():
            print(f"| {what} | {found} | {asked} | {'yes' if reached else 'NO'} |", flush=True)


def _machine() -> str:
    with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
        model = next((x.split(":")[1].strip() for x in file if x.startswith("model name")), "?")
    packages = ", ".join(
        f"{p} {version(p)}" for p in ("sqlalchemy", "requests", "typer", "structlog", "pydantic"))
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    return (f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. {model}, {os.cpu_count()} cores, "
            f"load {load}; {platform.platform()}; Python {platform.python_version()}, "
            f"SQLite {sqlite_version}; {packages}")


def _planning() -> list[Row]:
    seconds, stored = planning.measure()
    what = (f"a year of 50 weekly segments on 4 channels, planned and stored ({stored}), "
            f"median of {planning.ROUNDS}")
    return [(what, f"{seconds:.2f} s", "< 2 s", seconds < 2)]


def _starting() -> list[Row]:
    ours, bare, sms = starting.measure()
    ratio = ours / bare
    return [
        (f"`giovang --help`, a bare typer app's takes {bare * 1000:.0f} ms",
         f"{ours * 1000:.0f} ms = {ratio:.2f} ×", "≤ 2 ×", ratio <= 2),
        ("`giovang text sms`, whole process", f"{sms * 1000:.0f} ms", "< 500 ms", sms < 0.5),
    ]


def _burst() -> list[Row]:
    rows: list[Row] = []
    for parallel in (8, 64):  # the channel's default, and the widest a programme may ask for
        ours, bare, ratio = burst.measure(parallel)
        last, bare_last = (statistics.median(x.last_begin) for x in (ours, bare))
        cpu, bare_cpu = (statistics.median(x.cpu) for x in (ours, bare))
        what = (f"{burst.COUNT} SMS due at once on {parallel} connections: the last first try "
                f"begins; a bare loop of requests sessions takes {bare_last:.2f} s")
        figures = (f"{ours.rate():.0f} / {bare.rate():.0f} messages a second, "
                   f"{cpu:.2f} / {bare_cpu:.2f} CPU seconds")
        rows += [
            (what, f"{last:.2f} s = {ratio:.2f} ×", "≤ 1.3 ×", ratio <= 1.3),
            (f"the same, worker / bare, on {parallel} connections", figures, "-", True),
        ]
    return rows


def _page() -> list[Row]:
    found = page.measure()
    worst = max(found.values())
    told = ", ".join(f"{name} {seconds * 1000:.1f}" for name, seconds in found.items())
    return [(f"first page ({page.PAGE}) of a log of {page.ROWS} rows, worst of: {told} ms",
             f"{worst * 1000:.1f} ms", "< 100 ms", worst < 0.1)]


def _idle() -> list[Row]:
    memory = idle.measure()
    what = (f"memory of an idle worker, RSS (PSS {memory.worker_pss:.0f} MB; the sandbox, a "
            f"process of its own in training only, PSS {memory.sandbox_pss:.0f} MB)")
    return [(what, f"{memory.worker_rss:.0f} MB", "< 120 MB", memory.worker_rss < 120)]


if __name__ == "__main__":
    sys.exit(main())
