"""What an order's papers say, from its frozen row alone: made twice they are the same bytes."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from vietnamese import sms
from worker.models import AreaOrder
from worker.radio.paper.bundle import whole_file

PRIORITIES: Mapping[str, str] = {
    "thong_thuong": "Thông thường", "uu_tien": "Ưu tiên", "khan_cap": "Khẩn cấp"}
ENCODINGS: Mapping[str, str] = {"gsm7": "GSM-7", "ucs2": "UCS-2"}
#: a zip's own first day: no entry says when it was written
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


class Form(NamedTuple):
    """One way to write the text."""

    key: str  #: text, bare
    name: str
    text: str
    size: sms.SmsCount
    parts: tuple[str, ...]
    sha256: str  #: of its UTF-8


def forms(order: AreaOrder) -> tuple[Form, ...]:
    """As approved, and without accents where that is another text."""
    found = [("text", "Nguyên văn đã duyệt", order.text)]
    if order.bare != order.text:
        found.append(("bare", "Bản không dấu", order.bare))
    return tuple(
        Form(key, name, text, sms.count(text), tuple(sms.split(text)),
             hashlib.sha256(text.encode()).hexdigest())
        for key, name, text in found)


def zone_of(order: AreaOrder) -> ZoneInfo:
    """Of the programme when it was ordered."""
    return ZoneInfo(order.letter["zone"])


def moment(order: AreaOrder, at: datetime) -> str:
    """As a letter says it: 08 giờ 00 ngày 25/11/2026."""
    return f"{at.astimezone(zone_of(order)):%H giờ %M ngày %d/%m/%Y}"


def places(order: AreaOrder) -> tuple[str, ...]:
    """The areas in words."""
    return tuple(f"{name} (mã {code})" if code else name for code, name in order.areas)


def file_name(order: AreaOrder) -> str:
    """Without its ending; ASCII."""
    return f"don-vung-{order.id}-{order.code.lower()}"


def same_zip(data: bytes) -> bytes:
    """An XLSX or DOCX without the moments at which its parts were written."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            info = zipfile.ZipInfo(part.filename, _FIRST_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(part))
    return out.getvalue()


def made(order: AreaOrder) -> dict[str, bytes]:
    """The files for the carrier, by name."""
    from .letter import docx  # noqa: PLC0415  (libraries for paper come with the first paper)
    from .workbook import xlsx  # noqa: PLC0415

    name = file_name(order)
    return {f"{name}.xlsx": xlsx(order), f"{name}.docx": docx(order)}


def sums(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 (hex) by name."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def write(stack: ExitStack, folder: Path, files: Mapping[str, bytes]) -> None:
    """Drafts in the folder, moved into place when the stack ends well: both files or none."""
    for name, data in files.items():
        stack.enter_context(whole_file(folder / name)).write_bytes(data)
