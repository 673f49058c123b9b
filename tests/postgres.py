"""A throwaway PostgreSQL cluster for the tests, also as root (postgres itself refuses uid 0)."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests import memory


def binaries() -> Path:
    """Where initdb and postgres are; the run fails by name when they are missing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    if not found:
        raise RuntimeError("PostgreSQL is missing: `make test` installs it (apt: postgresql)")
    return found[-1]


def share(first: int, end: int) -> range:
    """
    Of these ports those of this test process. Others that run beside it have theirs: they begin
    together, and in the seconds before its server listens two would find the same port free.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")  # gw0, gw1, …; more of them once one has died
    if worker is None:
        return range(first, end)
    count = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    size, number = (end - first) // count, int(worker.removeprefix("gw")) % count
    return range(first + number * size, first + (number + 1) * size)


def free_port() -> int:
    """
    Below the ports that the kernel gives by itself, to whoever connects or asks for any: it is
    still free when its server comes, and when that is started anew. tests/kannel.py has others.
    """
    while True:
        with socket.socket() as s, suppress(OSError):
            s.bind(("127.0.0.1", random.choice(share(12_000, 20_000))))
            return int(s.getsockname()[1])


class Cluster:
    """One cluster per test process; each test gets a database copied from a migrated one."""

    def __init__(self, *, fsync: bool = False) -> None:
        # with fsync it is about a disk
        self.folder = Path(tempfile.mkdtemp(
            prefix="giovang-pg", dir=None if fsync else memory.folder()))
        self.port, self.fsync, self._count = free_port(), fsync, 0
        self.drop: dict[str, Any] = {}
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.drop = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self.env = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}
        self._fill()
        self.process = self.start()

    def _fill(self) -> None:
        self._run("initdb", "-A", "trust", "-E", "UTF8")

    def _run(self, program: str, *words: str) -> None:
        """One that fills the folder."""
        subprocess.run(
            [binaries() / program, "-D", self.folder / "data", "-U", "postgres", "--no-sync",
             *words],
            check=True, env=self.env, cwd=self.folder, stdout=subprocess.DEVNULL, **self.drop,
        )

    def start(self) -> "subprocess.Popen[bytes]":
        options = ["listen_addresses=127.0.0.1", f"port={self.port}", "max_connections=200",
                   f"unix_socket_directories={self.folder}", "shared_buffers=64MB"]
        if not self.fsync:  # the process dies in tests, never the machine
            options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        args: list[Any] = [binaries() / "postgres", "-D", self.folder / "data"]
        for option in options:
            args += ["-c", option]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                args, env=self.env, cwd=self.folder, stdout=log, stderr=log, **self.drop
            )
        with suppress(PermissionError):  # whoever it is started by: all the tests to come ask it
            os.setpriority(os.PRIO_PROCESS, self.process.pid, 0)
        ready = [binaries() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        self._until(lambda: subprocess.run(ready, check=False).returncode == 0)
        return self.process

    def _until(self, holds: Callable[[], bool]) -> None:
        """Within two minutes and more: it may have a busy disk to put in order first."""
        pause = threading.Event()
        for _ in range(2_400):
            if holds():
                return
            pause.wait(0.05)
        raise RuntimeError((self.folder / "log").read_text())

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def sql(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def create(self, template: str = "template1") -> str:
        self._count += 1
        name = f"t{os.getpid()}_{self._count}"
        # the files lie in memory, where a checkpoint costs less than a log of every page
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The address of a fresh copy, gone with the block."""
        name = self.create(template)
        try:
            yield self.url(name)
        finally:
            self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self, *, crash: bool = False) -> None:
        """Fast shutdown, or as in a crash."""
        self.process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
        self.process.wait(120)

    def kill(self) -> None:
        """SIGKILL to all its processes, as when its machine loses power."""
        server = psutil.Process(self.process.pid)
        server.suspend()  # it makes no more of them
        children = server.children()
        for one in (server, *children):
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait(120)
        # the next server refuses to start beside a process of the last one
        self._until(lambda: not any(map(_lives, children)))

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
