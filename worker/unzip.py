"""
What is inside an Office file that somebody sends, before a library unpacks it: the zip may say
less of a part than comes out of it, and a part may be nothing but tags, each an object in memory.
"""

import copy
import zipfile
from typing import Any

_BLOCK = 1 << 16
#: others unpack any amount at a time, however little is asked for
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def fits(archive: zipfile.ZipFile, most: int, tags: int) -> bool:
    """
    Whether its parts unpack to what the zip says, together to no more than `most` bytes and to
    no more than `tags` tags. Raises what zipfile and zlib raise of a damaged file.
    """
    for told in archive.infolist():
        if told.compress_type not in _KINDS:
            return False
        more = copy.copy(told)
        more.file_size = told.file_size + 1  # zipfile stops there, and would hide the rest
        size = 0
        with archive.open(more) as part:
            while block := part.read(_BLOCK):
                size += len(block)
                most -= len(block)
                tags -= block.count(b"<") if told.filename.endswith((".xml", ".rels")) else 0
                if size > told.file_size or most < 0 or tags < 0:
                    return False
    return True


class Bounded(zipfile.ZipFile):
    """
    For a library that reads parts whole: while `opening`, none may be larger than `most` bytes,
    nor, read whole, have more than `tags` tags. ValueError where one is.
    """

    opening = True
    most = 32_000_000
    tags = 400_000

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        with self.open(name, pwd=pwd) as part:
            data: bytes = part.read(self.most + 1)
        if len(data) > self.most or data.count(b"<") > self.tags:
            raise ValueError(str(name))
        return data

    def open(self, name: str | zipfile.ZipInfo, *how: Any, **more: Any) -> Any:
        told = self.getinfo(name) if isinstance(name, str) else name
        if told.compress_type not in _KINDS or (self.opening and told.file_size > self.most):
            raise ValueError(told.filename)
        return super().open(told, *how, **more)
