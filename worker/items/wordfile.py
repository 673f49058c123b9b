"""A Word file (.docx) to a title and words. What it says of itself is not believed."""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from worker.errors import UserError
from worker.i18n import t
from worker.items.files.text import MAX_TEXT, tidy
from worker.unzip import fits

LARGEST = 8 << 20  #: bytes as it comes
_UNPACKED = 40 << 20  #: bytes unpacked; a zip of a few kilobytes can hold gigabytes
_WORDS_XML = 10 << 20  #: bytes of the text's own part, unpacked
_PARTS = 2000
_TAGS = 500_000  #: of all parts: a text of the longest kind has some thousands
_OLE = b"\xd0\xcf\x11\xe0"
_TITLE = 150
_LISTS = re.compile(r"list|bullet", re.IGNORECASE)


@dataclass(frozen=True)
class Words:
    """What was found: the first heading or short first line, and all the rest."""

    title: str
    body: str
    pictures: int  #: left out: they need a description and a permission of their own


def read_docx(name: str, stream: BinaryIO, size: int) -> Words:
    """
    Title and text.

    Raises:
        UserError: too large, no Word file, damaged, without words, too long.
    """
    if size > LARGEST:
        raise _refused(name, t("lớn hơn 8 MB", "is larger than 8 MB"))
    data = stream.read(LARGEST + 1)
    _guard(name, data)
    try:
        title, paragraphs, pictures = _read(data)
    except Exception as error:  # python-docx lets whatever a damaged file causes come out
        raise _refused(name, t("bị hỏng, không đọc được", "is damaged")) from error
    body = tidy("\n\n".join(paragraphs))
    if not body and not title:
        raise _refused(name, t("không có chữ nào", "holds no words"))
    if len(body) > MAX_TEXT:
        raise UserError(name, t(f"dài {len(body)} ký tự, tối đa {MAX_TEXT}",
                                f"{len(body)} characters long, at most {MAX_TEXT}"),
                        t("bớt phần không cần rồi chọn lại", "leave out what is not needed"))
    return Words(tidy(title), body, pictures)


def _guard(name: str, data: bytes) -> None:
    if data.startswith(_OLE):
        raise _refused(name, t("là tệp Word kiểu cũ (.doc) hoặc có mật khẩu",
                               "is an old Word file (.doc) or has a password"))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            sizes = {part.filename: part.file_size for part in parts}
            small = len(parts) <= _PARTS and sizes.get("word/document.xml", 0) <= _WORDS_XML \
                and fits(archive, _UNPACKED, _TAGS)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError,
            NotImplementedError) as error:
        raise _refused(name, t("không phải tệp Word", "is no Word file")) from error
    if "word/document.xml" not in sizes:
        raise _refused(name, t("không phải tệp Word", "is no Word file"))
    if not small:
        raise _refused(name, t("giải nén ra quá lớn", "is too large when unpacked"))


def _read(data: bytes) -> tuple[str, list[str], int]:
    from docx import Document  # noqa: PLC0415  (only where a Word file comes)
    from docx.table import Table  # noqa: PLC0415

    document = Document(io.BytesIO(data))
    title, found, in_list = "", list[str](), False
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            found += _rows(block)
            in_list = False
            continue
        text = "\n".join(" ".join(line.split()) for line in block.text.splitlines()).strip()
        style = (block.style.name if block.style is not None else "") or ""
        if not text:
            continue
        heads = style.startswith(("Heading", "Title")) or not found
        if not title and not found and heads and len(text) <= _TITLE:
            title = " ".join(text.split())
        elif _LISTS.search(style):
            line = f"- {text}"
            found[-1:] = [f"{found[-1]}\n{line}"] if in_list else [*found[-1:], line]
            in_list = True
            continue
        else:
            found.append(text)
        in_list = False
    return title, found, len(document.inline_shapes)


def _rows(table: object) -> list[str]:
    """A line a row; a cell that spans several is said once."""
    lines = []
    for row in table.rows:  # type: ignore[attr-defined]
        cells = {id(cell._tc): " ".join(cell.text.split()) for cell in row.cells}  # noqa: SLF001
        if line := " | ".join(filter(None, cells.values())):
            lines.append(line)
    return ["\n".join(lines)] if lines else []


def _refused(name: str, what: str) -> UserError:
    return UserError(name, what, t("mở bằng Word, lưu lại kiểu .docx; hoặc chép chữ rồi dán vào ô",
                                   "save it again as .docx in Word, or copy the words and paste"))
