"""
Several worker processes on one PostgreSQL, as `giovang worker` starts them on several machines:
each with a folder of its own that has the lists' key, all against one gateway.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import psycopg

from tests.postgres import Cluster, free_port
from worker import mark
from worker.home import Home
from worker.models import Installation, ProgrammeVersion
from worker.settings import PRODUCT

PATIENCE = 300.0  #: seconds
RUNS = "Đang chạy"


@contextmanager
def postgresql(**settings: str) -> Iterator[Cluster]:
    """A cluster of its own with fsync on, then removed; `settings` beside the tests' own."""
    cluster = Cluster(fsync=True)
    try:
        for name, value in settings.items():
            cluster.sql(f"ALTER SYSTEM SET {name} = '{value}'")
        if settings:
            cluster.stop()
            cluster.start()
        yield cluster
    finally:
        cluster.remove()


@contextmanager
def gateway(after: float) -> Iterator[str]:
    """The address of one that answers so many seconds later; it is ended here."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.answering", str(after)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True, cwd=PRODUCT,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.stdin.close()


def asked(url: str, path: str = "") -> Any:
    """What it says of what it has."""
    with urllib.request.urlopen(f"{url}/{path}", timeout=30) as answer:  # noqa: S310  (loopback)
        return json.load(answer)


def until(what: str, holds: Callable[[], bool], pause: float = 0.1) -> None:
    """Other processes give no signal."""
    never, end = threading.Event(), time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(what)
        never.wait(pause)


def ready_for_workers(home: Home) -> None:
    """What the first worker of an installation finds in its folder."""
    with home.store.read() as session:
        [made] = session.query(Installation)
        [version] = session.query(ProgrammeVersion)
    mark.write(home.settings.var, mark.Mark(made.uid, made.epoch, made.created_at))
    home.settings.schedules.write_text(version.text, encoding="utf-8")
    home.store.close()


@dataclass
class Busy:
    """CPU seconds: of our processes, and of PostgreSQL with all its backends."""

    workers: float
    database: float

    def since(self, before: "Busy") -> "Busy":
        return Busy(self.workers - before.workers, self.database - before.database)


@dataclass
class Workers:
    """Processes of `giovang worker` on one database."""

    cluster: Cluster
    database: str
    home: Path
    url: str  #: of the gateway
    engine: str = "embedded"
    processes: list[psutil.Popen] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)  #: of their public listeners

    def start(self, count: int) -> None:
        """So many, and wait until each runs."""
        for number in range(count):
            var = self.home / f"var-{number}"
            self.ports.append(free_port())
            copytree(self.home / "var", var)
            with (self.home / f"worker-{number}.log").open("wb") as log:
                self.processes.append(psutil.Popen(
                    [sys.executable, *self.command()], cwd=PRODUCT, stdin=subprocess.DEVNULL,
                    stdout=log, stderr=log, env=self._environment(var, self.ports[number])))
        until("the workers run", lambda: all(self._runs(n) for n in range(count)))

    def command(self) -> list[str]:
        return ["-m", "console.main", "worker"]

    def _environment(self, var: Path, port: int) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"], "PYTHONUTF8": "1", "GIOVANG_HOME": str(self.home),
            "GIOVANG_VAR": str(var), "GIOVANG_DATABASE_URL": self.cluster.url(self.database),
            "GIOVANG_SANDBOX_URL": self.url, "GIOVANG_PORT": "0",
            "GIOVANG_PUBLIC_PORT": str(port), "GIOVANG_ENGINE": self.engine,
            "GIOVANG_LOG_JSON": "1",
        }

    def _runs(self, number: int) -> bool:
        said = self.said(number)
        assert self.processes[number].poll() is None, said
        return RUNS in said

    def said(self, number: int) -> str:
        return (self.home / f"worker-{number}.log").read_text(encoding="utf-8", errors="replace")

    def busy(self) -> Busy:
        """So far; what backends that ended used counts with their parent."""
        parent = psutil.Process(self.cluster.process.pid)
        times = parent.cpu_times()
        database = times.user + times.system + times.children_user + times.children_system
        database += sum(map(_seconds, parent.children()))
        return Busy(sum(map(_seconds, self.processes)), database)

    def sql(self, statement: str, values: tuple[int, ...] | None = None) -> list[tuple[Any, ...]]:
        """One transaction of somebody else's; gives its rows."""
        with psycopg.connect(self.cluster.url(self.database)) as connection:
            found = connection.execute(statement.encode(), values)
            return found.fetchall() if found.description else []

    def end(self) -> None:
        """In order: all are asked at once."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for number, process in enumerate(self.processes):
            process.wait(60)
            assert "Traceback" not in self.said(number), self.said(number)

    def kill(self) -> None:
        """Whoever still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait(10)


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


@contextmanager
def workers(
    cluster: Cluster, template: str, home: Path, url: str, count: int, engine: str = "embedded",
) -> Iterator[Workers]:
    """So many on a fresh copy of this database and of the folder."""
    database = cluster.create(template)
    with TemporaryDirectory(prefix="giovang-bench-") as folder:
        copytree(home, folder, dirs_exist_ok=True)
        made = Workers(cluster, database, Path(folder), url, engine)
        try:
            made.start(count)
            yield made
            made.end()
        finally:
            made.kill()
            cluster.sql(f"DROP DATABASE {database} WITH (FORCE)")
