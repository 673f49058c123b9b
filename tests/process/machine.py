"""Trouble with the machine on order: a full disk, a database that somebody else holds."""

import os
import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.process.installation import Installation, WorkerProcess

#: root is held back by no permission bit, but may mount a disk that is full or read-only
ROOT = os.geteuid() == 0


@contextmanager
def file_limit(made: Installation, worker: WorkerProcess) -> Iterator[Callable[[], None]]:
    """No file of this process may grow: a full disk for whoever is not root."""
    del made
    free = resource.RLIM_INFINITY
    small = 1 << 17  # bytes: the log is smaller, the database's journal larger by now
    yield lambda: resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (small, free))
    resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (free, free))


@contextmanager
def filled_up(made: Installation, worker: WorkerProcess) -> Iterator[Callable[[], None]]:
    """The small disk that the database lies on is filled by somebody else."""
    del worker
    filler = Path(made.database_url.removeprefix("sqlite:///")).parent / "rac"

    def fill() -> None:
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 4096)
            except OSError:
                return

    yield fill
    filler.unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 16 MB; where only root may mount one, a folder like any other."""
    folder.mkdir()
    if not ROOT:
        yield folder
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def locked(url: str, table: str = "delivery") -> Iterator[None]:
    """Somebody else holds the database as long as the block lasts."""
    if url.startswith("sqlite"):
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=60)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    with psycopg.connect(url) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()
