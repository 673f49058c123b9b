"""
Files that are whole or not there: written beside, flushed to disk, then moved into place.

Used by the channels that publish by writing. Trouble with the disk is the account's: nothing
is lost, every message of the channel waits until somebody mends it.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from channels.values import Advice, Health, Retry

#: A file and its new content.
Write = Callable[[Path, bytes], None]

CODES: Final[Mapping[str, Advice]] = {
    "disk": Advice("account", "Không ghi được thư mục", "Xem chỗ trống và quyền ghi của thư mục"),
    "deadline": Advice("wait", "Quá hạn chót trước khi ghi", "Không phải làm gì, sẽ thử lại"),
}

_WHY = {
    errno.ENOSPC: "hết chỗ trên đĩa",
    errno.EDQUOT: "hết hạn mức đĩa",
    errno.EFBIG: "tệp quá lớn",
    errno.EROFS: "đĩa chỉ cho đọc",
    errno.EACCES: "không có quyền ghi",
    errno.EPERM: "không có quyền ghi",
    errno.ENOTDIR: "đường dẫn không phải thư mục",
    errno.EIO: "đĩa hỏng",
}

_ROOM = 16 << 20  #: bytes free below which a folder is reported before it is full


def write_whole(path: Path, data: bytes) -> None:
    """Replace the file at once: a reader sees the old or the new, after a power cut too."""
    _replace(path, data, durable=True)


def write_quick(path: Path, data: bytes) -> None:
    """The same without waiting for the disk: for a rehearsal, which is thrown away."""
    _replace(path, data, durable=False)


def _replace(path: Path, data: bytes, *, durable: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o644)  # a web server under another user reads it
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    if durable:
        _sync_folder(path.parent)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One writer at a time, threads and processes alike."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".khoa").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def disk_trouble(error: OSError, folder: Path) -> Retry:
    """What a failed write means: the folder's fault, not the message's."""
    why = _WHY.get(error.errno or 0, os.strerror(error.errno) if error.errno else str(error))
    return Retry("disk", f"Không ghi được {folder}: {why}", counts=False, scope="account")


def folder_health(folder: Path) -> Health:
    """Can a file be written here, and is there room?"""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"giovang")
            probe.flush()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Health(ok=False, code="disk", detail=disk_trouble(error, folder).detail)
    if free < _ROOM:
        return Health(ok=False, code="disk", detail=f"{folder}: chỉ còn {free >> 20} MB trống")
    return Health(ok=True)


def _sync_folder(folder: Path) -> None:
    # The move itself must survive a power cut, or a delivery in the log is not on the disk.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
