"""
How files get to a box: each way writes beside and moves into place, so that the box never plays
half a file. Here the contract, and the nearest way: a folder.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from channels import files
from channels.values import Rejected, Retry

#: what stopped a visit
Trouble = Retry | Rejected
T = TypeVar("T")

SMALL = 1 << 20  #: bytes; what is read at a box are our own texts, or how a sound begins


class Shelf(Protocol):
    """A box during one visit. Names are relative, with "/"; anything raised ends the visit."""

    def put(self, name: str, data: bytes) -> None:
        """Whole or not at all; an older file of that name is replaced at once."""
        ...

    def delete(self, name: str) -> None:
        """Gone afterwards; it need not have been there."""
        ...

    def size(self, name: str) -> int | None:
        """Bytes of the file; None: there is none."""
        ...

    def read(self, name: str) -> bytes | None:
        """Its first `SMALL` bytes; None: there is none."""
        ...


class Way(Protocol):
    """How one account's boxes are reached."""

    def visit(self, act: Callable[[Shelf], T], deadline: float, draft: str) -> T | Trouble:
        """
        What `act` gives, or what stopped it: one connection, until `deadline` (monotonic).
        `draft` names a file that is not in place yet.
        """
        ...

    def alive(self, deadline: float) -> Trouble | None:
        """A harmless question that needs the login and the folder; None: all is well."""
        ...


@dataclass(frozen=True)
class FolderWay:
    """A folder of this machine, or one mounted from the vendor's: then it must be there."""

    root: Path
    write: files.Write
    mounted: bool = False

    def visit(self, act: Callable[[Shelf], T], deadline: float, draft: str) -> T | Trouble:
        del deadline, draft  # the disk is near, and every file has a draft of its own
        if self.mounted and not self.root.is_dir():  # else the files of a lost drive pile up here
            return Retry("away", f"Không có thư mục {self.root}", counts=False, scope="account")
        try:
            return act(_Folder(self.root, self.write))
        except OSError as error:
            return files.disk_trouble(error, self.root)

    def alive(self, deadline: float) -> Trouble | None:
        gone = self.visit(lambda _: None, deadline, "")
        health = files.folder_health(self.root) if gone is None else None
        if health is None or health.ok:
            return gone
        return Retry(health.code, health.detail, counts=False, scope="account")


@dataclass(frozen=True)
class _Folder:
    root: Path
    write: files.Write

    def put(self, name: str, data: bytes) -> None:
        self.write(self.root / name, data)

    def delete(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)

    def size(self, name: str) -> int | None:
        with contextlib.suppress(FileNotFoundError):
            return (self.root / name).stat().st_size
        return None

    def read(self, name: str) -> bytes | None:
        with contextlib.suppress(FileNotFoundError), (self.root / name).open("rb") as file:
            return file.read(SMALL)
        return None
