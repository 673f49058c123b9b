"""`make bench`: every measurement once, and a table with what was asked for."""

import os
import platform
import statistics
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from sqlite3 import sqlite_version

from bench import (
    burst,
    campaign,
    campaign_size,
    console_pages,
    floor,
    idle,
    lists,
    over_http,
    page,
    planning,
    queueing,
    queues,
    scaling,
    smpp,
    spoken,
    starting,
    stations,
)

Row = tuple[str, str, str, bool]


def main() -> None:
    """Measure, print markdown; exit code 0 whatever came of it: a figure is no test."""
    print(_machine(), flush=True)
    print("\n| measured | found | asked | reached |\n|---|---|---|---|", flush=True)
    for measure in (_planning, _starting, _spoken, _burst, _page, _pages, _lists, _queueing,
                    _smpp, _http, _floor, _campaign, _campaign_size, _stations, _scaling, _idle):
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


def _spoken() -> list[Row]:
    one, many = spoken.measure()
    return [
        ("`giovang text spoken`, one sentence, whole process", f"{one * 1000:.0f} ms", "< 500 ms",
         one < 0.5),
        (f"the same, {spoken.SENTENCES} sentences", f"{many * 1000:.0f} ms", "< 1 s", many < 1),
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


def _pages() -> list[Row]:
    found, _ = console_pages.measure()
    slowest, largest = found[0], max(found, key=lambda p: p.size)
    told = ", ".join(f"{p.path} {p.p95:.0f}" for p in found[:4])
    what = (f"{len(found)} pages of the console, {console_pages.DELIVERIES} deliveries and two "
            f"years on SQLite, p95 of {console_pages.ROUNDS}; the slowest: {told} ms")
    return [(what, f"{slowest.p95:.0f} ms", "< 150 ms", slowest.p95 < 150),
            (f"bytes of the largest of them, {largest.path}", f"{largest.size / 1000:.0f} kB",
             "< 200 kB", largest.size < 200_000)]


def _lists() -> list[Row]:
    found = lists.measure()
    what = (f"a CSV of {lists.ROWS} recipients read, validated, freed of doubles "
            f"({found.accepted} taken), median of {lists.ROUNDS}; a bare csv.reader loop takes "
            f"{found.bare:.2f} s")
    told = (f"{found.ours:.2f} s = {found.ours / found.bare:.1f} ×, "
            f"{lists.ROWS / found.ours:.0f} rows a second")
    stored = ("the same list encrypted and stored, ready to be used; SQLite, synchronous=FULL; "
              f"longest write transaction {found.longest * 1000:.0f} ms; once more, beside the "
              f"first, {found.again:.0f} s")
    return [
        (what, told, "-", True),
        (f"its peak memory, the whole process; the bare loop's {found.bare_memory:.0f} MB",
         f"{found.memory:.0f} MB", "< 250 MB", found.memory < 250),
        (stored, f"{found.stored:.0f} s, {found.stored_cpu:.0f} CPU seconds", "< 60 s",
         found.stored < 60),
        ("its peak memory, the whole process", f"{found.stored_memory:.0f} MB", "< 250 MB",
         found.stored_memory < 250),
        ("mobile numbers by our own table, one core", f"{found.figures:.0f} a second",
         "> 300000", found.figures > 300_000),
    ]


def _queueing() -> list[Row]:
    found = queueing.measure()
    both = found.imported + found.queued
    what = (f"the same list brought in and queued as a campaign ({found.waiting} to go), each "
            f"number judged against {queueing.WISHES} opt-outs; queueing alone {found.queued:.1f} "
            f"s, {found.queued_cpu:.1f} CPU seconds, longest write transaction "
            f"{found.longest * 1000:.0f} ms")
    capped = f"queued again after it was sent: {found.left_out} left out by their history"
    return [
        (what, f"{both:.0f} s", "< 60 s", both < 60),
        ("its peak memory, the whole process", f"{found.queued_memory:.0f} MB", "< 250 MB",
         found.queued_memory < 250),
        (capped, f"{found.capped:.0f} s", "-", True),
    ]


def _smpp() -> list[Row]:
    found = smpp.measure()
    ours, theirs = found.ours.rate(), found.theirs.rate()
    both, their_both = found.with_receipts.rate(), found.theirs_with_receipts.rate()
    cpu = f"{statistics.median(found.ours.cpu):.3f} CPU seconds per 1,000"
    return [
        (f"SMPP submit_sm, the client alone, window {smpp.WINDOW}; smpplib {theirs:.0f} a second",
         f"{ours:.0f} a second = {ours / theirs:.0f} ×, {cpu}", "≥ 20000", ours >= 20_000),
        (f"the same, each receipt confirmed; smpplib {their_both:.0f} a second",
         f"{both:.0f} a second = {both / their_both:.0f} ×", "≥ 10000", both >= 10_000),
        (f"SMPP paced at {smpp.PACED} a second with receipts, the client alone",
         f"{found.paced * 100:.1f} % of a core", "< 3 %", found.paced < 0.03),
    ]


def _http() -> list[Row]:
    ours, bare = over_http.measure()
    added = (ours.cost() - bare.cost()) * 1000
    what = (f"{over_http.COUNT} SMS over HTTP on {over_http.HANDLES} connections, the window "
            f"alone; a bare loop of pycurl's multi interface: {bare.rate():.0f} a second, "
            f"{bare.cost():.3f} CPU seconds per 1,000")
    told = (f"{ours.rate():.0f} a second = {ours.rate() / bare.rate():.2f} ×, "
            f"{ours.cost():.3f} CPU seconds per 1,000: {added:.0f} µs more a message")
    return [(what, told, "≤ 25 µs", added <= 25)]


def _floor() -> list[Row]:
    found = floor.measure()
    bare = found.pop("bare")
    named = {"inside": "in one process", "beside": "with its log in a second process"}
    return [
        ((f"the least program that decrypts, asks for opt-outs and keeps the log, {named[kind]}, "
          f"{floor.COUNT} SMS; the bare loop {bare.rate():.0f} a second, {bare.cost():.3f} CPU "
          f"seconds per 1,000, the gateway's {bare.far():.3f}"),
         (f"{run.rate():.0f} a second = {floor.ratio(run, bare):.2f} ×, {run.cost():.3f} CPU "
          f"seconds per 1,000, the gateway's {run.far():.3f}"), "-", True)
        for kind, run in found.items()]


def _campaign() -> list[Row]:
    found, queued = campaign.measure(), queues.measure()
    bare_rate, bare_cpu = (statistics.median(x) for x in (found.bare.rates, found.bare.cpu))
    rate, cost, memory = (campaign.median(found.http, figure) for figure in (
        lambda r: r.rate, lambda r: r.cost, lambda r: r.memory))
    plain, both = (campaign.median(x, lambda r: r.rate) for x in (found.smpp, found.receipts))
    no_queue = queued.pop(queues.BARE.name)
    best, name = max((run.rate(), name) for name, run in queued.items())
    rows: list[Row] = [
        ((f"a campaign of {campaign.COUNT} SMS over HTTP, decryption, opt-outs and full log "
         f"included; a bare loop of pycurl's multi interface: {bare_rate:.0f} a second, "
         f"{bare_cpu:.3f} CPU seconds per 1,000"),
         f"{rate:.0f} a second = {found.ratio():.2f} ×", "≥ 0.8 ×", found.ratio() >= 0.8),
        ("its CPU seconds per 1,000", f"{cost:.3f}", "≤ 0.12", cost <= 0.12),
        ("its peak memory, the whole process", f"{memory:.0f} MB", "≤ 150 MB", memory <= 150),
        (f"the same beside the best task queue with a job a message ({name}: {best:.0f} a second)",
         f"{rate / best:.0f} ×", "≥ 15 ×", rate / best >= 15),
        ("the same for equal cores: its CPU seconds per 1,000 by ours",
         f"{queued[name].cost() / cost:.1f} ×", "-", True),
        (f"{queues.BARE.name}", (f"{no_queue.rate():.0f} a second, {no_queue.cost():.2f} CPU "
         "seconds per 1,000"), "-", True),
    ]
    rows += [
        (f"{name}; of its CPU {min(100, no_queue.cost() / run.cost() * 100):.0f} % is requests",
         f"{run.rate():.0f} a second, {run.cost():.2f} CPU seconds per 1,000", "-", True)
        for name, run in queued.items()]
    share = found.share()
    return [
        *rows,
        ("a campaign over SMPP with the log", f"{plain:.0f} a second", "≥ 20000", plain >= 20_000),
        ("the same until each receipt is taken up", f"{both:.0f} a second", "≥ 10000",
         both >= 10_000),
        (f"the same paced at {campaign.PACED} a second for {campaign.PACED_SECONDS} s",
         f"{share * 100:.1f} % of a core", "< 3 %", share < 0.03),
    ]


def _campaign_size() -> list[Row]:
    found = campaign_size.measure()
    return [
        ((f"{name} in a campaign of {campaign_size.ROWS} messages, beside one of "
         f"{campaign_size.FEW} ({found.few[name] * 1000:.2f} ms)"),
         f"{found.many[name] * 1000:.2f} ms = {ratio:.2f} ×", "≤ 1.5 ×", ratio <= 1.5)
        for name, ratio in found.ratios().items()]


def _scaling() -> list[Row]:
    return [row for kind in scaling.KINDS.values() for row in kind(scaling.Asked())]


def _stations() -> list[Row]:
    found = stations.measure()
    count = len(found.ours.each)
    ours, same, bare = found.ours, found.unchanged, found.bare

    def told(x: stations.Fetched) -> str:
        return (f"{x.seconds:.0f} s, {x.rate:.0f} a second, p95 {x.p95 * 1000:.0f} ms, "
                f"{x.memory:.0f} MB")

    what = (f"{stations.STATIONS} stations fetch JSON, page and feed ({count} requests, a "
            f"connection each); a bare handler of as many bytes: {told(bare)}")
    return [
        (what, told(ours), "< 300 s", ours.seconds < 300),
        ("the same again, nothing changed: 304", told(same), "-", True),
    ]


def _idle() -> list[Row]:
    memory = idle.measure()
    what = (f"memory of an idle worker, RSS (PSS {memory.worker_pss:.0f} MB; the sandbox, a "
            f"process of its own in training only, PSS {memory.sandbox_pss:.0f} MB)")
    return [(what, f"{memory.worker_rss:.0f} MB", "< 120 MB", memory.worker_rss < 120)]


if __name__ == "__main__":
    sys.exit(main())
