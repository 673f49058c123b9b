"""
What was brought from the bucket, kept on this machine up to a size: a rush of stations at five
o'clock asks the bucket once for each file. It may be deleted at any time.
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from channels.files import write_quick
from worker.shared.kinds import Kind

FOLDER = "kho-tam"
#: makers of one file at a time; more files than this share a lock, which only makes them wait
_STRIPES = 64


class Cache:
    """Files below var/kho-tam, the longest unused ones thrown away first."""

    def __init__(self, top: Path, most: int) -> None:
        self._top, self._most = top, most
        self._lock = threading.Lock()
        self._one = [threading.Lock() for _ in range(_STRIPES)]
        self._size: int | None = None  #: not looked yet

    def at(self, kind: Kind, name: str) -> Path:
        return self._top / kind.path(name)

    def bring(self, kind: Kind, name: str, fetch: Callable[[], bytes]) -> Path:
        """The file, fetched by one of those who ask at once."""
        path = self.at(kind, name)
        with self._one[hash(path) % _STRIPES]:
            if not self._used(path):
                self.keep(path, fetch())
        return path

    def keep(self, path: Path, data: bytes) -> None:
        # not flushed to disk: after a power cut it may be empty, and is brought again
        write_quick(path, data)
        self.grown(len(data))

    def grown(self, by: int) -> None:
        """Something came in; make room for it."""
        with self._lock:
            if self._size is None:
                self._size = sum(size for _, size, _ in self._files())
            else:
                self._size += by
            if self._size > self._most:
                self._make_room()

    def _used(self, path: Path) -> bool:
        try:
            if not path.stat().st_size:
                return False
            os.utime(path)
        except FileNotFoundError:
            return False
        return True

    def _make_room(self) -> None:
        found = self._files()
        total = sum(size for _, size, _ in found)
        for _, size, path in found[:-1]:  # the newest stays: somebody is about to read it
            if total <= self._most * 9 // 10:
                break
            path.unlink(missing_ok=True)
            total -= size
        self._size = total

    def _files(self) -> list[tuple[float, int, Path]]:
        """The longest unused first."""
        found = []
        for path in self._top.rglob("*"):
            with suppress(FileNotFoundError):
                if path.is_file():
                    stat = path.stat()
                    found.append((stat.st_mtime, stat.st_size, path))
        return sorted(found, key=lambda f: f[0])
