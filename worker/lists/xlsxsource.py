"""A sheet of an Excel workbook (.xlsx), read row by row without the workbook in memory."""

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl.reader.excel import ExcelReader

from vietnamese.plain import slug
from worker.errors import UserError
from worker.i18n import t
from worker.items.files.names import did_you_mean
from worker.items.files.xlsxfile import unescape
from worker.unzip import Bounded

from .source import MAX_COLUMNS, Source, empty, save_as

#: Bytes. openpyxl keeps every different text of a workbook, at six bytes for one in the file:
#: this is a million numbers typed as text beside names that repeat, in some 200 MB.
_MOST_TEXT = 32_000_000
#: Bytes of the sheets, unpacked: a full sheet of twenty columns. A small zip can hold far more.
_LARGEST = 1_000_000_000
_BLOCK = 500  # rows
#: Excel's own limit. A damaged file may name a row far below it, after as many empty ones.
_MOST_ROWS = 1_048_576

#: openpyxl lets whatever goes wrong in a damaged file come out as it is: SyntaxError from either of
#: the XML parsers it may use; ValueError also where defusedxml refuses entities that would grow.
_DAMAGE = (
    SyntaxError, KeyError, ValueError, TypeError, AttributeError, IndexError, zipfile.BadZipFile,
    zlib.error, OSError, EOFError, NotImplementedError, RuntimeError,
)  # fmt: skip


@contextmanager
def open_xlsx(path: Path, sheet: str) -> Iterator[Source]:
    """
    The first visible sheet that is not empty, or the one named *sheet*, as rows of text.

    A formula gives the value Excel last saw there.

    Raises:
        UserError: no workbook, too large, damaged, no such sheet, nothing in it.
    """
    _look_inside(path)
    try:
        with warnings.catch_warnings():
            # It warns of everything it leaves out (charts, newer drop-downs): not for a clerk.
            warnings.simplefilter("ignore")
            book = _opened(path)
    except _DAMAGE as trouble:
        raise _damaged(path.name, trouble) from trouble
    try:
        for found in book.worksheets:
            # What the file says of its size may be wrong, and cells beyond it would be lost.
            found.reset_dimensions()
        chosen = _named(book, sheet, path.name) if sheet else _first(book, path.name)
        yield Source(path.name, chosen.title, lambda: _rows(chosen, path.name))
    finally:
        book.close()


def sheet_names(path: Path) -> tuple[str, ...]:
    """The visible sheets of a workbook that was opened before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = _opened(path)
    try:
        return tuple(s.title for s in book.worksheets if s.sheet_state == "visible")
    finally:
        book.close()


def _opened(path: Path) -> Any:
    """
    The workbook with nothing of its sheets read. openpyxl reads its other parts whole, by names
    that the file chooses: none may be larger than its texts may be, whatever the zip says of it.
    """
    reader = ExcelReader(path, read_only=True, data_only=True, keep_links=False)
    reader.archive.close()
    reader.archive = archive = Bounded(path)
    try:
        reader.read()
    except BaseException:
        archive.close()
        raise
    archive.opening = False
    return reader.wb


def _look_inside(path: Path) -> None:
    """Refuse what is no workbook, or one that would not fit, before openpyxl opens it."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = {part.filename: part.file_size for part in archive.infolist()}
    except _DAMAGE as trouble:
        raise _damaged(path.name, trouble) from trouble
    if "xl/workbook.xml" not in size:
        what = t("không phải tệp Excel .xlsx", "is no Excel file (.xlsx)")
        raise UserError(path.name, what, save_as())
    sheets = sum(n for name, n in size.items() if name.startswith("xl/worksheets/"))
    if size.get("xl/sharedStrings.xml", 0) > _MOST_TEXT or sheets > _LARGEST:
        what = t("tệp Excel quá lớn để đọc trực tiếp", "the Excel file is too large to be read")
        fix = t("lưu trang danh sách kiểu «CSV UTF-8»", "save the list's sheet as «CSV UTF-8»")
        raise UserError(path.name, what, fix)


def _named(book: Any, sheet: str, file: str) -> Any:
    by_slug = {slug(s.title): s for s in book.worksheets}
    exact = {s.title: s for s in book.worksheets}
    found = exact.get(sheet) or by_slug.get(slug(sheet))
    if found is None:
        what = t(f"không có trang «{sheet}»", f"has no sheet «{sheet}»")
        every = ", ".join(f"«{name}»" for name in exact)
        fix = did_you_mean(sheet, exact) + t(f"các trang: {every}", f"the sheets: {every}")
        raise UserError(file, what, fix)
    return found


def _first(book: Any, file: str) -> Any:
    for sheet in book.worksheets:
        visible = sheet.sheet_state == "visible"
        if visible and any(any(map(str.strip, row)) for row in _rows(sheet, file)):
            return sheet
    raise empty(file)


def _rows(sheet: Any, file: str) -> Iterator[Sequence[str]]:
    rows = iter(sheet.iter_rows(values_only=True))
    number = 0
    while True:
        try:
            with warnings.catch_warnings():  # held over no yield: it is the whole program's
                warnings.simplefilter("ignore")
                block = list(islice(rows, _BLOCK))
        except _DAMAGE as trouble:
            raise _damaged(file, trouble) from trouble
        if not block:
            return
        if number >= _MOST_ROWS:
            raise _damaged(file, IndexError(number))
        for number, row in enumerate(block, start=number + 1):  # noqa: B020
            yield _texts(row, file, number)


def _texts(row: Sequence[object], file: str, number: int) -> list[str]:
    if len(row) > MAX_COLUMNS and any(value is not None for value in row[MAX_COLUMNS:]):
        where = t(f"{file}: dòng {number}", f"{file}: row {number}")
        what = t(f"có trên {MAX_COLUMNS} cột", f"has more than {MAX_COLUMNS} columns")
        raise UserError(where, what, t("xóa cột thừa", "delete what is not needed"))
    return [_text(value) for value in row[:MAX_COLUMNS]]


def _text(value: object) -> str:
    """The cell as text. A number in it is one that Excel has already taken the 0 or + from."""
    if isinstance(value, str):
        return unescape(value) if "_x" in value else value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y")
    return value.strftime("%d/%m/%Y") if isinstance(value, date) else str(value)


def _damaged(file: str, trouble: Exception) -> UserError:
    return UserError(file, t(f"tệp bị hỏng ({trouble})", f"is damaged ({trouble})"), save_as())
