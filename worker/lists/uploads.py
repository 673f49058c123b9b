"""
Files of numbers that somebody sent to the console, until they are imported: `var/tai-len`, a
folder each under a random name, readable by the worker's account alone. Numbers stand there in
clear, so a file goes as soon as its rows are stored, and an hour after it came at the latest.
"""

import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from worker.errors import Refused
from worker.home import Home
from worker.i18n import t

FOLDER = "tai-len"
KEPT = timedelta(hours=1)
#: bytes that stay free: the worker's own database must not run out of disk
ROOM = 300_000_000

_ABOUT, _BAD = "ve.json", "khong-nhan.xlsx"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Waiting:
    """A file that waits; `name`: what the browser called it, for showing only."""

    token: str
    folder: Path
    name: str
    size: int
    by: str
    at: datetime
    typed: Mapping[str, str]  #: the form as it was sent last

    @property
    def path(self) -> Path:
        """The openers tell a workbook by this ending, too."""
        book = self.folder / "danh-sach.xlsx"
        return book if book.exists() else self.folder / "danh-sach.csv"

    @property
    def bad(self) -> Path:
        """The rows that were not taken, once it was read."""
        return self.folder / _BAD


def put(home: Home, name: str, stream: BinaryIO, size: int, by: str) -> Waiting:
    """
    Keep a file.

    Raises:
        Refused: the disk has no room for it.
    """
    now = home.clock.now()
    sweep(home, now)
    top = _top(home)
    if shutil.disk_usage(top).free < size * 3 + ROOM:
        raise Refused(t("tệp", "the file"), t("đĩa của máy chủ không đủ chỗ", "the disk is full"),
                      t("báo người quản trị máy", "tell whoever runs the machine"))
    token = secrets.token_urlsafe(24)
    folder = top / token
    folder.mkdir(mode=0o700)
    about = Waiting(token, folder, name.strip()[-200:] or "?", size, by, now, {})
    try:
        _write(about)
        start = stream.read(len(_ZIP))
        ending = "xlsx" if start == _ZIP else "csv"
        with _private(folder / f"danh-sach.{ending}") as file:
            file.write(start)
            shutil.copyfileobj(stream, file, 1 << 20)
    except BaseException:
        drop(about)
        raise
    return about


def find(home: Home, token: str, by: str) -> Waiting | None:
    """A file of this person's."""
    if not _TOKEN.fullmatch(token):
        return None
    found = _read(_top(home) / token)
    return found if found is not None and found.by == by else None


def of(home: Home, by: str) -> list[Waiting]:
    """This person's, the newest first."""
    found = (_read(folder) for folder in _top(home).iterdir())
    return sorted((w for w in found if w is not None and w.by == by and w.path.exists()),
                  key=lambda w: w.at, reverse=True)


def remember(given: Waiting, typed: Mapping[str, str]) -> Waiting:
    """Keep what was typed of it, so that nothing has to be typed twice."""
    told = Waiting(**{**vars(given), "typed": dict(typed)})
    _write(told)
    return told


def taken(given: Waiting) -> None:
    """Its rows are stored: the numbers in clear go. What was not taken may still be fetched."""
    given.path.unlink(missing_ok=True)


def drop(given: Waiting) -> None:
    shutil.rmtree(given.folder, ignore_errors=True)


def sweep(home: Home, now: datetime) -> int:
    """Take away what has been here for an hour, whatever became of it; gives how many."""
    gone = 0
    for folder in _top(home).iterdir():
        about = _read(folder)
        # without a word of it: whoever wrote it died, or begins at this very moment
        since = about.at if about is not None else datetime.fromtimestamp(
            folder.stat().st_mtime, UTC)
        if since < now - KEPT:
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone


def _top(home: Home) -> Path:
    top = home.settings.var / FOLDER
    top.mkdir(mode=0o700, parents=True, exist_ok=True)
    return top


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _write(about: Waiting) -> None:
    data = {"name": about.name, "size": about.size, "by": about.by, "at": about.at.isoformat(),
            "typed": dict(about.typed)}
    draft = about.folder / f".{_ABOUT}"
    with _private(draft) as file:
        file.write(json.dumps(data).encode())
    draft.replace(about.folder / _ABOUT)


def _read(folder: Path) -> Waiting | None:
    try:
        data: dict[str, Any] = json.loads((folder / _ABOUT).read_bytes())
        return Waiting(folder.name, folder, data["name"], data["size"], data["by"],
                       datetime.fromisoformat(data["at"]), data["typed"])
    except (OSError, ValueError, KeyError):
        return None
