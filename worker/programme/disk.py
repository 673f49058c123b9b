"""
`schedules.toml` on the disk: replaced whole or not at all.

Lines that did not change keep their bytes (a file from Windows its line ends), the file its mode
and owner. It is replaced by renaming, so that whoever reads meanwhile finds the old or the new.
"""

import errno
import os
import re
import secrets
from pathlib import Path

from worker.errors import Refused
from worker.i18n import t

_END = re.compile(r"(\r\n|\r|\n)")


def plain(data: bytes) -> str:
    """The text as `read_text` gives it. UnicodeDecodeError when it is not UTF-8."""
    return _END.sub("\n", data.decode("utf-8"))


def as_written(old: bytes, text: str) -> bytes:
    """`text` with the line ends of the file it was made from."""
    parts = _END.split(old.decode("utf-8"))
    lines = [a + b for a, b in zip(parts[::2], [*parts[1::2], ""], strict=True)]
    before, after = plain(old).split("\n"), text.split("\n")
    head = 0
    while head < min(len(before), len(after)) - 1 and before[head] == after[head]:
        head += 1  # not the last one, which has no end of its own
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    ending = "\r\n" if old.count(b"\r\n") * 2 > old.count(b"\n") else "\n"
    middle = [line + ending for line in after[head:len(after) - tail]]
    if not tail:
        middle[-1] = after[-1]
    whole = [*lines[:head], *middle, *lines[len(lines) - tail:]]
    # a lone CR before an empty line with an LF would be read as one end of both
    joined = [line[:-1] + "\n" if line.endswith("\r") and below.startswith("\n") else line
              for line, below in zip(whole, [*whole[1:], ""], strict=True)]
    return "".join(joined).encode()


def hindrance(path: Path) -> str:
    """Why the file cannot be replaced, in words; '' when it seems that it can."""
    path = path.resolve()
    try:
        found = path.stat()
    except OSError as error:
        return t(f"không đọc được tệp ({error.strerror})",
                 f"the file cannot be read ({error.strerror})")
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return t("tệp chỉ cho đọc", "the file is read-only")
    if os.geteuid() not in (0, found.st_uid):
        return t("tệp thuộc về người dùng khác của máy", "the file belongs to another user")
    return ""


def read_only(path: Path, why: str) -> Refused:
    return Refused(
        str(path), why,
        t("nhờ người quản trị máy cho trạm phát quyền ghi tệp này và thư mục của nó, hoặc sửa trên "
          "máy chủ; chưa thay đổi gì",
          "have the machine's administrator give the worker leave to write the file and its "
          "folder, or edit it there; nothing was changed"))


def replace(path: Path, data: bytes) -> None:
    """
    Put these bytes in the file's place.

    Raises:
        Refused: they cannot be written here. The file is as it was.
    """
    path = path.resolve()  # a link stays a link
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        found = path.stat()
        write_new(draft, data, found.st_mode & 0o777)
        if (found.st_uid, found.st_gid) != (os.geteuid(), draft.stat().st_gid):
            os.chown(draft, found.st_uid, found.st_gid)
        draft.replace(path)
        _sync(path.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        why = {errno.EBUSY: t("tệp được gắn riêng vào container, không thay được",
                              "the file is mounted by itself and cannot be replaced"),
               errno.EPERM: t("tệp thuộc về người dùng khác của máy",
                              "the file belongs to another user")}
        raise read_only(path, why.get(error.errno or 0, error.strerror or str(error))) from error


def write_new(path: Path, data: bytes, mode: int) -> None:
    """A file that was not there, on the disk when this returns; its folder is made."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
