"""
Where tests keep their files: in memory, where there is room. Nothing is tested there that a disk
would do otherwise: a process dies in tests, never the machine. It is half of their time.
"""

import os
import shutil
from pathlib import Path

_SHM = Path("/dev/shm")  # noqa: S108  (only pytest and PostgreSQL make folders in it, each its own)
#: the whole run's files, of tests that passed taken away, need about a quarter of this
_ROOM = 6 * 1024**3


def folder() -> Path | None:
    """A folder in memory; None: there is none, or too little room."""
    try:
        roomy = shutil.disk_usage(_SHM).free >= _ROOM and os.access(_SHM, os.W_OK)
    except OSError:
        return None
    return _SHM if roomy else None


def use() -> None:
    """For pytest's own temporary folders, before it makes them."""
    found = folder()
    if found is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(found))
