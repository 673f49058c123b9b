"""
A campaign of SMS with everything a worker has in production: numbers decrypted, opt-outs asked
once more before each slice, every message begun and settled on SQLite with synchronous=FULL,
events, the log line. The sender is a process of its own; so is the far side, fresh for each run.

Over HTTP beside a bare loop of pycurl's multi interface, in turn, against the same gateway; over
SMPP against the sandbox's SMSC, as fast as it goes and at an even pace.

    python -m bench.campaign [--count N] [--rounds N] [--paced SECONDS] [--only http|smpp|paced]
"""

import argparse
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from bench.campaign_run import HANDLES, Ran, prepared, programme, run
from bench.over_http import gateway
from worker.sandboxed import SandboxProcess

COUNT, ROUNDS = 100_000, 5
SMPP_ROUNDS = 3
PACED, PACED_SECONDS = 100, 60  #: messages a second, for so long


@dataclass
class Bare:
    """The loop's figures, an entry a round."""

    rates: list[float] = field(default_factory=list)  #: messages a second
    cpu: list[float] = field(default_factory=list)  #: seconds per 1,000


@dataclass
class Found:
    """What was measured; of each kind an entry a round."""

    http: list[Ran] = field(default_factory=list)
    bare: Bare = field(default_factory=Bare)
    smpp: list[Ran] = field(default_factory=list)
    receipts: list[Ran] = field(default_factory=list)
    paced: list[Ran] = field(default_factory=list)

    def ratio(self) -> float:
        """Median of the rounds' ratios: the two of a round ran beside the same other work."""
        return statistics.median(
            ours.rate / bare for ours, bare in zip(self.http, self.bare.rates, strict=True))

    def share(self) -> float:
        """Of a core, at the even pace."""
        return statistics.median(r.cpu / r.seconds for r in self.paced)


def median(runs: list[Ran], figure: Callable[[Ran], float]) -> float:
    """Of a figure over the rounds."""
    return statistics.median(figure(r) for r in runs)


def http(found: Found, count: int = COUNT, rounds: int = ROUNDS) -> None:
    """Ours and the bare loop in turn."""
    with prepared(programme(), count) as folder:
        for _ in range(rounds):
            with _copy(folder) as fresh, gateway(count) as url:
                found.http.append(run(fresh, url, count))
            with gateway(count) as url:
                words = [f"{url}/sms/send", str(count), str(HANDLES)]
                told = subprocess.run(
                    [sys.executable, "-m", "bench.peers.curl_loop", *words], check=True,
                    stdout=subprocess.PIPE, text=True)
            rate, cpu = (float(word) for word in told.stdout.split())
            found.bare.rates.append(rate)
            found.bare.cpu.append(cpu)


def smpp(found: Found, count: int = COUNT, rounds: int = SMPP_ROUNDS) -> None:
    """With the log; and until the receipt of each message was taken up, too."""
    for runs, receipts in ((found.smpp, False), (found.receipts, True)):
        with prepared(programme("smpp", receipts=receipts), count) as folder:
            for _ in range(rounds):
                with _copy(folder) as fresh, _smsc(count) as url:
                    runs.append(run(fresh, url, count, receipts=receipts))


def paced(found: Found, seconds: int = PACED_SECONDS) -> None:
    """At the account's rate, with receipts."""
    count = PACED * seconds
    text = programme("smpp", receipts=True, rate=PACED)
    with prepared(text, count) as folder, _smsc(count) as url:
        found.paced.append(run(folder, url, count, receipts=True))


def measure() -> Found:
    """All of it."""
    found = Found()
    http(found)
    smpp(found)
    paced(found)
    return found


@contextmanager
def _copy(folder: Path) -> Iterator[Path]:
    with TemporaryDirectory(prefix="giovang-bench-") as fresh:
        shutil.copytree(folder, fresh, dirs_exist_ok=True)
        yield Path(fresh)


@contextmanager
def _smsc(count: int) -> Iterator[str]:
    """Its address; in the end it must have each of so many messages once."""
    sandbox = SandboxProcess(counts_only=True)
    try:
        yield sandbox.url
        taken = requests.get(f"{sandbox.url}/_sandbox/count", timeout=10).json()
        assert taken["taken"] == count, taken
    finally:
        sandbox.stop()


def main() -> None:
    """One line a run."""
    words = argparse.ArgumentParser()
    words.add_argument("--count", type=int, default=COUNT)
    words.add_argument("--rounds", type=int, default=ROUNDS)
    words.add_argument("--paced", type=int, default=PACED_SECONDS)
    words.add_argument("--only", choices=("http", "smpp", "paced"))
    asked = words.parse_args()
    found = Found()
    if asked.only in (None, "http"):
        http(found, asked.count, asked.rounds)
    if asked.only in (None, "smpp"):
        smpp(found, asked.count, asked.rounds)
    if asked.only in (None, "paced"):
        paced(found, asked.paced)
    for name in ("http", "smpp", "receipts", "paced"):
        for ran in getattr(found, name):
            print(f"{name}: {ran.rate:.0f} a second, {ran.cost:.3f} CPU seconds per 1,000, "
                  f"{ran.cpu / ran.seconds * 100:.1f} % of a core, {ran.memory:.0f} MB")
    for rate, cpu in zip(found.bare.rates, found.bare.cpu, strict=True):
        print(f"bare: {rate:.0f} a second, {cpu:.3f} CPU seconds per 1,000")
    if found.http:
        print(f"ours / bare: {found.ratio():.2f}")


if __name__ == "__main__":
    main()
