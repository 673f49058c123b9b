"""
The rows that were not taken, written to a file for the owner of the list to mend.

It holds the rows as they came, numbers in clear: it is the owner's own list going back, and with
dots in it nobody could mend it. So it is written only where the person who brought the list says,
readable by that account alone, and never shown, logged or kept by the worker.
"""

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from worker.errors import UserError
from worker.i18n import t
from worker.items.files.csvfile import guard
from worker.items.files.sheet import not_written
from worker.items.files.xlsxfile import escape

from .columns import REPORT_HEADS, Layout
from .rows import Bad

#: Rows of a sheet; what is more goes on the next.
_SHEET = 1_048_576

Write = Callable[[Bad], None]


@contextmanager
def open_bad_rows(path: Path, layout: Layout, source: Path) -> Iterator[Write]:
    """
    A function that writes a refusal to a .csv or .xlsx file, which replaces *path* at the end.

    An error on the way leaves what was there before. The heads are those of the list, so that the
    mended file can be brought again.

    Raises:
        UserError: another ending, the list itself, or a file that cannot be written.
    """
    if path.suffix.lower() not in {".csv", ".xlsx"}:
        what = t("không ghi được tệp kiểu này", "files of this kind are not written")
        raise UserError(path.name, what, t("dùng tệp .csv hoặc .xlsx", "use a .csv or .xlsx file"))
    if path.exists() and path.samefile(source):
        what = t("chính là tệp danh sách", "is the list itself")
        raise UserError(path.name, what, t("chọn tên khác", "choose another name"))
    part = path.with_name(f".{path.name}.{os.getpid()}")
    heads = (*layout.heads, *REPORT_HEADS)
    kind = _csv if path.suffix.lower() == ".csv" else _xlsx
    reading = True
    try:
        with _private(part) as file, kind(file, heads) as put:

            def write(bad: Bad) -> None:
                try:
                    put(_cells(bad, len(layout.heads)))
                except OSError as trouble:
                    raise not_written(path, trouble) from trouble

            yield write
            reading = False
        part.replace(path)
    except OSError as trouble:
        if reading and part.exists():
            raise  # of whoever writes to us: no trouble of this file
        raise not_written(path, trouble) from trouble
    finally:
        part.unlink(missing_ok=True)


def _private(path: Path) -> BinaryIO:
    """A new file that no other account may read."""
    path.unlink(missing_ok=True)  # of a run that was killed
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _cells(bad: Bad, width: int) -> list[str]:
    """The row, its number, reason and hint under their heads; cells beyond the heads at the end."""
    cells = [*bad.cells[:width], *[""] * (width - len(bad.cells))]
    return [*cells, str(bad.source_row), bad.reason, bad.hint, *bad.cells[width:]]


@contextmanager
def _csv(file: BinaryIO, heads: Sequence[str]) -> Iterator[Callable[[list[str]], None]]:
    # Excel takes UTF-8 for UTF-8 only with a mark, and in Vietnam parts columns by semicolons.
    text = TextIOWrapper(file, "utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerow(heads)
    yield lambda cells: writer.writerow(map(guard, cells))
    text.flush()
    text.detach()


@contextmanager
def _xlsx(
    file: BinaryIO, heads: Sequence[str], per_sheet: int = _SHEET
) -> Iterator[Callable[[list[str]], None]]:
    book = Workbook(write_only=True)
    sheet: Any = None
    rows = 0

    def begin() -> None:
        nonlocal sheet, rows
        sheet, rows = book.create_sheet(), 1
        sheet.append([_cell(sheet, head) for head in heads])

    def put(cells: Sequence[str]) -> None:
        nonlocal rows
        if rows == per_sheet:
            begin()
        sheet.append([_cell(sheet, cell) for cell in cells])
        rows += 1

    begin()
    yield put
    book.save(file)


def _cell(sheet: Any, text: str) -> Any:
    """Text that stays text: no formula, and no number without its 0."""
    cell: Any = WriteOnlyCell(sheet, escape(ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)))
    cell.data_type = "s"
    cell.number_format = "@"
    return cell
