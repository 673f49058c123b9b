"""Other people's SMPP: installed where missing, started for a test, ended with it."""

import json
import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


@cache
def install() -> None:
    """Once a run; costs nothing where all is there."""
    subprocess.run(["bash", ".ci/smpp-node"], cwd=ROOT, check=True)


class Node:
    """The SMPP server in `node/smsc.js`."""

    def __init__(self, *arguments: str) -> None:
        install()
        self._process = subprocess.Popen(
            ["node", "smsc.js", *arguments], cwd=Path(__file__).parent / "node",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self._lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.told: list[dict[str, Any]] = []

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(json.loads(line))

    def heard(self, what: str) -> list[dict[str, Any]]:
        """What it has told of this kind so far."""
        while not self._lines.empty():
            self.told.append(self._lines.get())
        return [one for one in self.told if one["what"] == what]

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._reader.join()
        self._process.stdout.close()


@contextmanager
def node(*arguments: str) -> Iterator[Node]:
    running = Node(*arguments)
    try:
        yield running
    finally:
        running.close()
