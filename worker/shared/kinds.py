"""What kinds of files there are, and what may be done about one that is gone."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from worker.errors import Refused, UserError
from worker.i18n import t

_HASH = re.compile(r"[0-9a-f]{64}")
#: one name, below its kind; pictures that staff copied by hand may lie in folders
_NAME = re.compile(r"(?!\.)[^/\\\x00-\x1f]{1,200}(?:/(?!\.)[^/\\\x00-\x1f]{1,200}){0,8}")


@dataclass(frozen=True)
class Kind:
    """One kind; `folder`: its name below var/ and below the bucket's prefix."""

    folder: str
    most: int  #: bytes of one file; a larger one is not ours
    kept: bool  #: in a backup; False: made again from what is
    days: int = 0  #: thrown away after so many; 0 never

    def takes(self, name: str) -> bool:
        """A name of ours: it leads nowhere else."""
        return bool(_NAME.fullmatch(name))

    def path(self, name: str) -> str:
        """Below the top. ValueError: not a name of ours."""
        if not self.takes(name):
            raise ValueError(name)
        return f"{self.folder}/{name}"


EVIDENCE = Kind("bang-chung", 40 << 20, kept=True)
SCANS = Kind("van-ban", 16 << 20, kept=True)
RECORDINGS = Kind("thu-am", 400 << 20, kept=True)
PICTURES = Kind("anh", 40 << 20, kept=True)
SOUNDS = Kind("tieng", 100 << 20, kept=False, days=14)
TRIALS = Kind("nghe", 100 << 20, kept=False, days=2)  #: a text read aloud for its author
KINDS = {k.folder: k for k in (EVIDENCE, SCANS, RECORDINGS, PICTURES, SOUNDS, TRIALS)}


@dataclass(frozen=True)
class Entry:
    """A file that stands."""

    name: str
    size: int
    at: datetime  #: when it came


class FilesAway(Refused):
    """The shared files cannot be reached now; nothing says that the file is gone."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "GIOVANG_FILES", t(f"kho tệp chung không dùng được lúc này ({why})",
                               f"the shared files cannot be used now ({why})"),
            t("thử lại sau một phút; kéo dài thì xem mạng và kho S3",
              "try again in a minute; if it lasts, look at the network and the bucket"))
        self.why = why


class FileGone(Refused):
    """It is not there, or not what it was: only a backup has it."""

    def __init__(self, kind: Kind, name: str, changed: bool = False) -> None:
        what = t("đã khác tệp được cất", "is not what was kept") if changed else t(
            "không còn", "is gone")
        super().__init__(
            kind.path(name), what,
            t("lấy lại từ bản sao lưu", "put it back from a backup") if kind.kept else
            t("chờ vài phút, máy làm lại", "wait some minutes, it is made again"))
        self.changed = changed


class SharedFiles(Protocol):
    """
    Where they are. Every call may raise FilesAway, but for a folder, whose trouble is OSError.
    A file is there whole or not at all; names of files that never change are their SHA-256.
    """

    @property
    def where(self) -> str:
        """For people; holds no secret."""
        ...

    def put(self, kind: Kind, name: str, data: bytes) -> None:
        """Keep it; when this returns it outlives this machine's process."""

    def offer(self, kind: Kind, path: Path) -> None:
        """Let the other machines find what was made here; costs little when they do already."""

    def read(self, kind: Kind, name: str) -> bytes:
        """All of it, straight from where it is kept. FileGone."""

    def at(self, kind: Kind, name: str) -> Path:
        """Where it stands on this machine once it is brought; asks nobody."""

    def local(self, kind: Kind, name: str) -> Path:
        """The same, brought. FileGone."""

    def entries(self, kind: Kind) -> Iterator[Entry]:
        """Those that stand, in no order."""

    def drop(self, kind: Kind, name: str) -> None:
        """Away with it; a missing one is fine."""

    def probe(self) -> None:
        """Write and read a little. UserError: set up wrongly."""


def is_hash(name: str) -> bool:
    """A name that says what must be in it."""
    return bool(_HASH.fullmatch(name.partition(".")[0]))


def checked(kind: Kind, name: str, data: bytes) -> bytes:
    """The data; FileGone when its name says that it is another file."""
    if len(data) > kind.most or (kind.kept and is_hash(name)
                                 and hashlib.sha256(data).hexdigest() != name.partition(".")[0]):
        raise FileGone(kind, name, changed=True)
    return data


def too_large(kind: Kind, name: str) -> UserError:
    limit = f"{kind.most >> 20} MB"
    return UserError(name, t(f"lớn hơn {limit}", f"is larger than {limit}"))
