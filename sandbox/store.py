"""What the far side has taken: the count that no log of the product can argue with."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Store:
    """
    Everything taken, in order. Used by the server's one thread only.

    With `state`, every message taken is a JSON line in that file before it is answered
    (O_APPEND, one write), so the count outlives whatever is killed. `counts_only`: no texts are
    kept in memory, for runs of a million.
    """

    def __init__(self, state: Path | None = None, *, counts_only: bool = False) -> None:
        self._file = None if state is None else _append_only(state)
        self._counts_only = counts_only
        self._lines: list[bytes] | None = None
        self.reset()

    def reset(self) -> None:
        """Forget everything; the state file keeps its lines."""
        self.count = 0
        self.taken: list[dict[str, Any]] = []
        self.by_key: Counter[str] = Counter()
        self.by_text: Counter[tuple[str, str]] = Counter()
        self.sms_ids: dict[str, str] = {}  #: key -> id, for a gateway asked to be idempotent
        self.campaigns: dict[str, str] = {}  #: eSMS: id -> campaign name
        self.posts: dict[str, dict[str, Any]] = {}  #: Facebook, by id
        self.posted: Counter[tuple[str, str]] = Counter()  #: page and text: how often, ever
        self.photos: dict[str, dict[str, Any]] = {}  #: uploaded to Facebook, by id
        self.expired: set[str] = set()  #: Facebook's tokens that are over
        self.articles: dict[int, dict[str, Any]] = {}  #: WordPress, by id
        self.media: dict[int, dict[str, Any]] = {}  #: its pictures, by id
        self.zalo: dict[str, Any] = {}  #: all of one Official Account
        self.hooks: dict[tuple[str, str], dict[str, Any]] = {}  #: webhooks shown, by path and id
        self.hook_names: set[tuple[str, str]] = set()
        self.hook_recalled: set[tuple[str, str]] = set()
        self.pushed: dict[str, dict[str, Any]] = {}  #: the push service, by key

    def times(self, channel: str, target: str, text: str) -> int:
        """How often this text was taken for this target: it makes a repeated id differ."""
        return self.by_text[f"{channel} {target}", text]

    def take(self, channel: str, *, key: str, target: str, text: str, ref: str) -> None:
        """Count a message as public."""
        line = {"channel": channel, "key": key, "target": target, "text": text, "ref": ref}
        if self._file is not None:
            written = json.dumps(line, ensure_ascii=False).encode() + b"\n"
            if self._lines is None:
                os.write(self._file, written)
            else:
                self._lines.append(written)
        self.count += 1
        if key:  # Facebook is given none
            self.by_key[key] += 1
        if not self._counts_only:
            self.taken.append(line)
            self.by_text[f"{channel} {target}", text] += 1

    @contextmanager
    def batch(self) -> Iterator[None]:
        """One write for all that is taken within, done when it ends: answer after that."""
        self._lines = []
        try:
            yield
        finally:
            lines, self._lines = self._lines, None
            if lines and self._file is not None:
                os.write(self._file, b"".join(lines))

    def messages(self) -> dict[str, Any]:
        """All of it, with counts per key and per target and text."""
        texts = [
            {"target": target.partition(" ")[2], "text": text, "count": count}
            for (target, text), count in self.by_text.items()
        ]
        return {"messages": self.taken, "by_key": dict(self.by_key), "by_text": texts}

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _append_only(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
