"""
How fast a campaign over HTTP can be in Python on this machine: the bare loop of pycurl's multi
interface, and the least program that also decrypts, asks who opted out and commits begin and
outcome of each message durably (`bench/peers/floor_loop.py`), in one process and with its log in
a second. In turn, against the same gateway, each round a fresh one.

    python -m bench.floor [--count N] [--rounds N]

The gateway's CPU is told beside the sender's: it has the machine's other cores.
"""

import argparse
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import create_engine
from sqlalchemy.schema import CreateIndex, CreateTable

from bench.campaign_run import HANDLES, number
from bench.over_http import gateway
from bench.peers.floor_loop import LIST
from worker.models import Base, CampaignMessage, Recipient

COUNT, ROUNDS = 100_000, 5
KINDS = ("bare", "inside", "beside")


@dataclass
class Run:
    """Figures of one kind of program, an entry a round."""

    rates: list[float] = field(default_factory=list)  #: messages a second
    cpu: list[float] = field(default_factory=list)  #: its CPU seconds per 1,000
    gateway: list[float] = field(default_factory=list)  #: the gateway's, start and end with it

    def rate(self) -> float:
        return statistics.median(self.rates)

    def cost(self) -> float:
        return statistics.median(self.cpu)

    def far(self) -> float:
        return statistics.median(self.gateway)


def measure(count: int = COUNT, rounds: int = ROUNDS) -> dict[str, Run]:
    """By kind: the bare loop, the log in the same process, the log in a second one."""
    found = {kind: Run() for kind in KINDS}
    with TemporaryDirectory(prefix="giovang-bench-") as folder:
        kept, key = Path(folder) / "kept.sqlite3", os.urandom(32)
        _prepare(kept, key, count)
        for _ in range(rounds):
            for kind, run in found.items():
                fresh = Path(folder) / "bench.sqlite3"
                shutil.copyfile(kept, fresh)
                _one(kind, run, count, fresh, key)
                if kind != "bare":
                    _check(fresh, count)
                for file in Path(folder).glob("bench.sqlite3*"):
                    file.unlink()
    return found


def ratio(run: Run, bare: Run) -> float:
    """Median of the rounds' ratios: those of a round ran beside the same other work."""
    return statistics.median(a / b for a, b in zip(run.rates, bare.rates, strict=True))


def _one(kind: str, run: Run, count: int, database: Path, key: bytes) -> None:
    with gateway(count) as url:
        module, words = "curl_loop", [f"{url}/sms/send", str(count), str(HANDLES)]
        if kind != "bare":
            module, words = "floor_loop", [*words, str(database), key.hex(), kind]
        told = subprocess.run(
            [sys.executable, "-m", f"bench.peers.{module}", *words], check=True,
            stdout=subprocess.PIPE, text=True)
        busy = _children()
    rate, cpu = (float(word) for word in told.stdout.split())
    run.rates.append(rate)
    run.cpu.append(cpu)
    run.gateway.append((_children() - busy) / count * 1000)


def _children() -> float:
    """CPU seconds of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _prepare(path: Path, key: bytes, count: int) -> None:
    """The product's two tables with their indexes, and nothing that they point to."""
    engine, cipher = create_engine("sqlite://"), AESGCM(key)
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=WAL")
    for model in (CampaignMessage, Recipient):
        table = Base.metadata.tables[model.__tablename__]
        db.execute(str(CreateTable(table).compile(engine)))
        for index in table.indexes:
            db.execute(str(CreateIndex(index).compile(engine)))
    people, messages = [], []
    for row in range(1, count + 1):
        nine, nonce = number(row)[1:].encode(), os.urandom(12)
        sealed = nonce + cipher.encrypt(nonce, nine, b"n%d/%d" % (LIST, row))
        people.append((LIST, row, row, sealed, os.urandom(16), nine[-3:].decode()))
        messages.append((row, LIST, row, nine[-3:].decode()))
    db.executemany(
        "INSERT INTO recipient (list_id, row, source_row, number, lookup, last3, carrier, key_id) "
        "VALUES (?, ?, ?, ?, ?, ?, 'khac', 1)", people)
    db.executemany(
        "INSERT INTO campaign_message (campaign_id, row, list_id, list_row, seed, last3, carrier, "
        "state, account, attempts, counted, parts, maybe_out, ref, code, detail) "
        "VALUES (1, ?, ?, ?, '', ?, 'khac', 'waiting', '', 0, 0, 0, 0, '', '', '')", messages)
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def _check(path: Path, count: int) -> None:
    db = sqlite3.connect(path)
    [(found,)] = db.execute(
        "SELECT count(*) FROM campaign_message WHERE state='accepted' AND ref <> '' "
        "AND begun_at IS NOT NULL AND settled_at IS NOT NULL")
    db.close()
    assert found == count, found


def main() -> None:
    """One line a kind."""
    words = argparse.ArgumentParser()
    words.add_argument("--count", type=int, default=COUNT)
    words.add_argument("--rounds", type=int, default=ROUNDS)
    asked = words.parse_args()
    found = measure(asked.count, asked.rounds)
    for kind, run in found.items():
        print(f"{kind}: {run.rate():.0f} a second = {ratio(run, found['bare']):.2f} x the bare, "
              f"{run.cost():.3f} CPU seconds per 1,000, the gateway {run.far():.3f}")


if __name__ == "__main__":
    main()
