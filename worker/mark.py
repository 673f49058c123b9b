"""
A mark beside the database: which installation and epoch last sent from here, and when. It is
forced to disk at each opening and every ten seconds while sending, so that a database put
back from a backup is seen to be older than what already went out.
"""

import json
import os
import socket
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Mark:
    """What was written last."""

    installation: str
    epoch: int
    last_begin: datetime
    timeline: str = ""  #: of the PostgreSQL that it stood in


def path(var: Path) -> Path:
    return var / "mark"


def read(var: Path) -> Mark | None:
    """The mark, or None when there is none (or none that can be read: as good as none)."""
    try:
        given = json.loads(path(var).read_text(encoding="utf-8"))
        return Mark(given["installation"], int(given["epoch"]),
                    datetime.fromisoformat(given["last_begin"]),
                    str(given.get("timeline", "")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(var: Path, mark: Mark) -> None:
    """Whole or not at all, and on the disk when this returns."""
    var.mkdir(parents=True, exist_ok=True)
    target = path(var)
    # of this process alone: workers of several machines may share the folder
    draft = target.with_name(f"mark.{socket.gethostname()}-{os.getpid()}.new")
    data = json.dumps({**asdict(mark), "last_begin": mark.last_begin.isoformat()})
    with draft.open("w", encoding="utf-8") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
    folder = os.open(var, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
