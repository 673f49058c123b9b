"""
`xac-minh/` below a site's folder. Each file is written whole; what is equal is left alone. A
record is written after its marks, so a record that stands can be found: a crash between the
two is mended by the next look at that day. Nothing waits for the disk here, because every file
is made from the database again.
"""

import json
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from channels.files import Write, locked, write_quick
from worker.verification.entry import Entry
from worker.verification.pages import Pages
from worker.verification.records import (
    Postings,
    as_json,
    merged,
    postings,
    record,
    record_path,
    with_senders,
)

FOLDER = "xac-minh"
_OURS = ("ma", "chu", "ngay", "thang")
_SENDERS = "nguoi-gui.json"
PER_PAGE = 100  #: messages on one page of a day


@dataclass
class Folder:
    """The files of one site, of one installation."""

    path: Path  #: …/xac-minh
    installation: str
    pages: Pages
    write: Write = write_quick

    def whole(self) -> bool:
        """It stands, it is this installation's, and no part of it is gone."""
        return self._read("cua.json") == self._mark() and all(
            (self.path / name).exists()
            for name in ("index.html", _SENDERS, *_OURS, *self.pages.assets()))

    def begin(self) -> None:
        """Make it ours: files of another installation would vouch for what is not ours."""
        with locked(self.path):
            if self._read("cua.json") != self._mark():
                for name in _OURS:
                    shutil.rmtree(self.path / name, ignore_errors=True)
                (self.path / _SENDERS).unlink(missing_ok=True)
                self._put("cua.json", as_json(self._mark()))
            for left in self.path.rglob(".*.tmp"):  # of a writer that died: the lock is ours
                left.unlink(missing_ok=True)
            for name in _OURS:
                (self.path / name).mkdir(exist_ok=True)
            if not (self.path / _SENDERS).exists():
                self._put(_SENDERS, as_json({}))
            for name, data in self.pages.assets().items():
                self._put(name, data)

    def days(self) -> set[date]:
        """Days of which something stands here."""
        found = set()
        for file in self.path.glob("ngay/*.json"):
            with suppress(ValueError):
                found.add(date.fromisoformat(file.stem))
        return found

    def put(self, days: Sequence[tuple[date, list[Entry]]], *, all_marks: bool = False) -> int:
        """
        Let these days read so; gives how many records were written. `all_marks`: put marks
        again that may be lost, not of new records alone.
        """
        with locked(self.path):
            news = [e for _, entries in days for e in entries if not self._stands(e)]
            told = news if not all_marks else [e for _, entries in days for e in entries]
            self._put_marks(postings(told))
            self._put(_SENDERS, as_json(with_senders(_mapping(self._read(_SENDERS)), told)))
            for entry in news:
                self._put(record_path(entry.id), self._record(entry))
            for day, entries in days:
                self._put_day(day, entries)
        return len(news)

    def lists(self, newest: Sequence[Entry]) -> None:
        """The first page and the months, from the days that stand."""
        with locked(self.path):
            months: dict[str, list[str]] = {}
            for file in sorted(self.path.glob("ngay/????-??-??.html"), reverse=True):
                months.setdefault(file.stem[:7], []).append(file.stem)
            for month, days in months.items():
                self._put(f"thang/{month}.html", self.pages.month(month, days))
            for file in self.path.glob("thang/*.html"):
                if file.stem not in months:
                    file.unlink(missing_ok=True)
            self._put("index.html", self.pages.index(newest, list(months)))

    def _put_day(self, day: date, entries: list[Entry]) -> None:
        known = self._read(f"ngay/{day}.json")
        ids = [e.id for e in entries]
        for gone in {str(i) for i in known if isinstance(i, str)} - set(ids) if isinstance(
                known, list) else ():
            (self.path / record_path(gone)).unlink(missing_ok=True)
        parts = [entries[i:i + PER_PAGE] for i in range(0, len(entries), PER_PAGE)]
        for n, part in enumerate(parts, 1):
            self._put(f"ngay/{page_name(day, n)}", self.pages.day(day, part, n, len(parts)))
        n = len(parts) + 1
        while (more := self.path / "ngay" / page_name(day, n)).exists():
            more.unlink()
            n += 1
        if entries:
            self._put(f"ngay/{day}.json", as_json(ids))
        else:
            (self.path / "ngay" / f"{day}.json").unlink(missing_ok=True)

    def _put_marks(self, found: Postings) -> None:
        for name, marks in found.items():
            path = f"chu/{name}.json"
            self._put(path, as_json(merged(_mapping(self._read(path)), marks)))

    def _record(self, entry: Entry) -> bytes:
        return as_json(record(entry, self.pages.zone))

    def _stands(self, entry: Entry) -> bool:
        return self._bytes(record_path(entry.id)) == self._record(entry)

    def _mark(self) -> dict[str, str]:
        return {"installation": self.installation, "form": "1"}

    def _put(self, name: str, data: bytes) -> None:
        if self._bytes(name) != data:
            self.write(self.path / name, data)

    def _bytes(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def _read(self, name: str) -> Any:
        """A file of ours; None when it is missing or half of it is."""
        try:
            return json.loads(self._bytes(name) or b"null")
        except ValueError:
            return None


def page_name(day: date, number: int) -> str:
    return f"{day}.html" if number == 1 else f"{day}-{number}.html"


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def newest_of(days: Iterable[list[Entry]], most: int) -> list[Entry]:
    """So many of the newest, of days that come newest first."""
    found: list[Entry] = []
    for entries in days:
        found += entries
        if len(found) >= most:
            break
    return sorted(found, key=lambda e: (e.when, e.id), reverse=True)[:most]
