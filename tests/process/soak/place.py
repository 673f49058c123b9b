"""
One PostgreSQL that may crash, workers and consoles that share what the design lets them share,
and far sides in a process of their own that write each message down before they answer.
"""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from console.run import prepare
from tests.builders import settings_for
from tests.postgres import Cluster, free_port
from tests.process.installation import (
    Installation,
    WorkerProcess,
    installed,
    launched,
    until,
)
from worker.clock import SystemClock
from worker.home import Home
from worker.lists.keys import FOLDER
from worker.receipt_secret import KEY_FILE, ready_key

#: below var, the same for every machine (docs/scale.md)
SHARED = (FOLDER, KEY_FILE, "phat", "tieng", "thu-am", "bang-chung", "van-ban")


@dataclass
class Member:
    """A worker or a console: one place, any number of lives, always at the same ports."""

    name: str
    words: tuple[str, ...]
    environment: dict[str, str]
    log: Path
    inner: int = field(default_factory=free_port)
    public: int = field(default_factory=free_port)
    lives: list[WorkerProcess] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)  #: of those asked to stop

    def start(self) -> WorkerProcess:
        self.lives.append(launched(self.log, ("console.main", *self.words), {
            **self.environment, "GIOVANG_PORT": str(self.inner),
            "GIOVANG_PUBLIC_PORT": str(self.public)}))
        return self.lives[-1]

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        return self.lives[-1].process

    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        self.lives[-1].kill()

    def stop(self) -> None:
        """As an orderly shutdown does."""
        self.exits.append(self.lives[-1].end(signal.SIGTERM))

    def tend(self) -> None:
        """
        As a supervisor does: whoever found no database when it started, is started again. Once
        it runs, nothing ends it but us.
        """
        if not self.alive():
            assert not self._ran(), f"{self.name} ended by itself:\n{self.lives[-1].said()[-3000:]}"
            self.start()

    def serves(self) -> bool:
        """It says that it runs."""
        self.tend()
        return self._ran()

    def _ran(self) -> bool:
        said = self.lives[-1].said()
        return "Đang chạy" in said or "Trang điều hành" in said

    def said(self) -> str:
        """All its lives."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@dataclass
class Place:
    """The whole installation."""

    cluster: Cluster
    made: Installation
    home: Home
    workers: list[Member]  #: the first is never killed
    consoles: list[Member]

    @property
    def members(self) -> list[Member]:
        return [*self.workers, *self.consoles]

    def start(self) -> None:
        """The first worker plans; the others join it, not waited for."""
        for member in (self.workers[0], *self.consoles):
            member.start()
        until("it plans, and pages are there",
              lambda: all(m.serves() for m in (self.workers[0], *self.consoles)), 240)
        for member in self.workers[1:]:
            member.start()

    def crash_database(self) -> None:
        self.cluster.stop(crash=True)

    def kill_backend(self) -> None:
        """kill -9 of one of its processes: the server ends all the others and starts anew."""
        database = self.made.database_url.rpartition("/")[2]
        for process in psutil.Process(self.cluster.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if database in " ".join(process.cmdline()):
                    process.kill()
                    return


def memory_of(pid: int) -> float:
    """Resident megabytes; 0 when it is no more."""
    try:
        return float(psutil.Process(pid).memory_info().rss) / 2**20
    except psutil.NoSuchProcess:
        return 0.0


@contextmanager
def a_place(
    folder: Path, cluster: Cluster, texts: tuple[str, str], workers: int, consoles: int
) -> Iterator[Place]:
    """Made, its items approved, nothing started; every process ends with the block."""
    database = cluster.create()
    with installed(folder, cluster.url(database), texts[0], counts_only=True) as made:
        (made.home / "content" / "content.toml").write_text(texts[1], encoding="utf-8")
        settings = replace(settings_for(made.home), database_url=made.database_url)
        home = Home(settings, made.store, SystemClock())
        prepare(home)
        ready_key(home)
        base = made.surroundings(GIOVANG_ENGINE="distributed")
        place = Place(cluster, made, home, [], [])
        for number in range(workers):
            var = made.home / ("var" if number == 0 else f"var-{number}")
            _share(made.home / "var", var)
            place.workers.append(Member(
                f"worker {number}", ("worker",), {**base, "GIOVANG_VAR": str(var)},
                made.home / f"worker-{number}.log"))
        for number in range(consoles):
            place.consoles.append(Member(
                f"console {number}", ("console",), base, made.home / f"console-{number}.log"))
        try:
            yield place
        finally:
            for member in place.members:
                if member.lives and member.alive():
                    member.kill()


def _share(var: Path, own: Path) -> None:
    """
    Two machines have one folder of files; here they are on one host, where a worker is known by
    its folder.
    """
    var.mkdir(exist_ok=True)
    for name in SHARED:
        if name != KEY_FILE:
            (var / name).mkdir(exist_ok=True)
    if own != var:
        own.mkdir()
        for name in SHARED:
            (own / name).symlink_to(var / name)
