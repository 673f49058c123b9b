"""
Pictures and evidence that staff upload: what a picture says beside its dots (place, camera, name)
is thrown away, and a file is named by the hash of what is kept.
"""

import hashlib
import io
import re
import warnings
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from worker.errors import UserError
from worker.home import Home
from worker.i18n import t
from worker.shared.here import files_of
from worker.shared.kinds import EVIDENCE, PICTURES, FileGone, Kind

if TYPE_CHECKING:  # loaded with the first picture: a running worker does without its 4 MB
    from PIL.Image import Image

LARGEST = 20 << 20  #: bytes of a picture as it comes
LARGEST_PAPER = 10 << 20  #: bytes of a PDF
_DOTS = 40_000_000  #: of a picture as it comes: more is not a photograph, it is an attack
_SIDE = 2560  #: dots of the longer side as it is kept; no channel shows more
_FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
KINDS = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp",
         "gif": "image/gif", "pdf": "application/pdf"}
_NAME = re.compile(r"[0-9a-f]{64}\.(?:jpg|png|webp)")


@dataclass(frozen=True)
class Kept:
    """A file that is whole, below its folder."""

    name: str
    sha256: str
    kind: str


def keep_picture(home: Home, name: str, stream: BinaryIO, size: int) -> Kept:
    """Into the home's pictures. UserError: no picture, too large."""
    return _picture(home, PICTURES, name, stream, size)


def keep_evidence(home: Home, name: str, stream: BinaryIO, size: int) -> Kept:
    """A picture or a PDF, kept apart from what may be published."""
    head = stream.read(5)
    stream.seek(0)
    if head != b"%PDF-":
        return _picture(home, EVIDENCE, name, stream, size)
    if size > LARGEST_PAPER:
        raise _refused(name, t("lớn hơn 10 MB", "is larger than 10 MB"))
    return _keep(home, EVIDENCE, stream.read(LARGEST_PAPER), "pdf")


def bring_pictures(home: Home, names: Iterable[str]) -> Path:
    """
    Those among them that were uploaded, wherever that was; gives the folder they are in. Before
    a transaction is opened: it may take seconds.
    """
    files = files_of(home.settings)
    for name in filter(is_ours, names):
        with suppress(FileGone):  # said by whoever reads the form
            files.local(PICTURES, name)
    return files.at(PICTURES, f"{'0' * 64}.jpg").parent


def is_ours(name: str) -> bool:
    """Whether this is a name that `keep_picture` gives: such a one may come from a form."""
    return bool(_NAME.fullmatch(name))


def _picture(home: Home, folder: Kind, name: str, stream: BinaryIO, size: int) -> Kept:
    if size > LARGEST:
        raise _refused(name, t("lớn hơn 20 MB", "is larger than 20 MB"))
    from PIL import Image as Pictures  # noqa: PLC0415

    data = stream.read(LARGEST + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pictures.DecompressionBombWarning)
            with Pictures.open(io.BytesIO(data), formats=tuple(_FORMATS)) as opened:
                if opened.width * opened.height > _DOTS:
                    raise _refused(name, t("quá nhiều điểm ảnh", "has too many dots"))
                kind = _FORMATS[opened.format or ""]
                out = _without_traces(opened, kind)
    except UserError:
        raise
    except Exception as error:  # a damaged or hostile file: Pillow raises anything
        raise _refused(name, t("không phải ảnh JPG, PNG, WebP dùng được",
                               "is no usable JPG, PNG or WebP picture")) from error
    return _keep(home, folder, out, kind)


def _without_traces(opened: "Image", kind: str) -> bytes:
    """The dots alone, turned upright, small enough: no EXIF, no place, no name of its maker."""
    from PIL import Image as Pictures  # noqa: PLC0415
    from PIL import ImageOps  # noqa: PLC0415

    upright = ImageOps.exif_transpose(opened)
    clear = kind != "jpg" and (upright.mode in ("RGBA", "LA") or "transparency" in upright.info)
    plain = upright.convert("RGBA" if clear else "RGB")
    plain.thumbnail((_SIDE, _SIDE))
    bare = Pictures.new(plain.mode, plain.size)
    bare.paste(plain)
    out = io.BytesIO()
    if kind == "jpg":
        bare.save(out, "JPEG", quality=88, optimize=True)
    else:
        bare.save(out, kind.upper())
    return out.getvalue()


def _keep(home: Home, folder: Kind, data: bytes, kind: str) -> Kept:
    sha256 = hashlib.sha256(data).hexdigest()
    name = f"{sha256}.{kind}"
    files_of(home.settings).put(folder, name, data)
    return Kept(name, sha256, kind)


def _refused(name: str, what: str) -> UserError:
    return UserError(name, what, t("chọn tệp khác, hoặc chụp màn hình rồi lưu thành ảnh",
                                   "choose another file, or save it as a picture"))
