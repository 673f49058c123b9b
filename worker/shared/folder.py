"""Shared files below var/: of one machine, or of a folder that machines share."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from channels.files import write_whole
from worker.shared.kinds import PICTURES, TRIALS, Entry, FileGone, Kind, checked, too_large


@dataclass(frozen=True)
class Folder:
    """`images`: pictures stand beside the content, where staff put them by hand, too."""

    var: Path
    images: Path

    @property
    def where(self) -> str:
        return str(self.var)

    def put(self, kind: Kind, name: str, data: bytes) -> None:
        if len(data) > kind.most:
            raise too_large(kind, name)
        path = self.at(kind, name)
        if not (path.is_file() and path.read_bytes() == data):  # half a file is mended
            write_whole(path, data)

    def offer(self, kind: Kind, path: Path) -> None:
        """Whoever shares the folder has it."""

    def read(self, kind: Kind, name: str) -> bytes:
        path = self.at(kind, name)
        try:
            if path.stat().st_size > kind.most:
                raise FileGone(kind, name, changed=True)
            return checked(kind, name, path.read_bytes())
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise FileGone(kind, name) from error

    def at(self, kind: Kind, name: str) -> Path:
        kind.path(name)
        return self._top(kind) / name

    def local(self, kind: Kind, name: str) -> Path:
        path = self.at(kind, name)
        if not path.is_file():
            raise FileGone(kind, name)
        return path

    def entries(self, kind: Kind) -> Iterator[Entry]:
        top = self._top(kind)
        found = top.rglob("*") if kind is PICTURES else top.glob("*")
        for path in found:
            name = path.relative_to(top).as_posix()
            try:
                kind.path(name)
                if path.suffix in (".moi", ".tmp") or not path.is_file():
                    continue
                stat = path.stat()
            except (ValueError, FileNotFoundError):
                continue
            yield Entry(name, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))

    def drop(self, kind: Kind, name: str) -> None:
        self.at(kind, name).unlink(missing_ok=True)

    def probe(self) -> None:
        """The disk has its own watch."""

    def _top(self, kind: Kind) -> Path:
        if kind is PICTURES:
            return self.images
        return self.var / ("tieng/manh" if kind is TRIALS else kind.folder)
