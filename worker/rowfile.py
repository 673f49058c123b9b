"""
Rows written to a file for Excel as they come: CSV, or an XLSX that begins another sheet when one
is full. A million rows need no more memory than ten, and what is written is readable by this
account alone: such files may hold numbers.
"""

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO

from worker.errors import UserError
from worker.i18n import t
from worker.items.files.csvfile import guard
from worker.items.files.unwritten import not_written

#: rows of a sheet; what is more goes on the next
SHEET = 1_048_576

#: takes the cells of a row
Put = Callable[[Sequence[str | int]], None]


@contextmanager
def open_rows(path: Path, heads: Sequence[str], *, per_sheet: int = SHEET) -> Iterator[Put]:
    """
    A function that writes a row to a .csv or .xlsx file, which replaces *path* at the end. An
    error on the way leaves what was there before. `per_sheet`: rows, the heads included.

    Raises:
        UserError: another ending, or a file that cannot be written.
    """
    must_be_rows(path)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    reading = True
    try:
        with _private(part) as file, _kind(path, file, heads, per_sheet) as put:

            def write(cells: Sequence[str | int]) -> None:
                try:
                    put(cells)
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


def must_be_rows(path: Path) -> None:
    """UserError unless the name says a kind that is written."""
    if path.suffix.lower() not in {".csv", ".xlsx"}:
        what = t("không ghi được tệp kiểu này", "files of this kind are not written")
        raise UserError(path.name, what, t("dùng tệp .csv hoặc .xlsx", "use a .csv or .xlsx file"))


def _private(path: Path) -> BinaryIO:
    """A new file that no other account may read."""
    path.unlink(missing_ok=True)  # of a run that was killed
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


@contextmanager
def _kind(path: Path, file: BinaryIO, heads: Sequence[str], per_sheet: int) -> Iterator[Put]:
    kind = _csv(file, heads) if path.suffix.lower() == ".csv" else _xlsx(file, heads, per_sheet)
    with kind as put:
        yield put


@contextmanager
def _csv(file: BinaryIO, heads: Sequence[str]) -> Iterator[Put]:
    # Excel takes UTF-8 for UTF-8 only with a mark, and in Vietnam parts columns by semicolons.
    text = TextIOWrapper(file, "utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerow(heads)
    yield lambda cells: writer.writerow([guard(c) if isinstance(c, str) else c for c in cells])
    text.flush()
    text.detach()


@contextmanager
def _xlsx(file: BinaryIO, heads: Sequence[str], per_sheet: int) -> Iterator[Put]:
    from openpyxl import Workbook  # noqa: PLC0415  (the Excel library, only where it is written)
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415

    from worker.items.files.xlsxfile import escape  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet: Any = None
    rows = 0

    def text(value: str) -> Any:
        """Text that stays text: no formula, and no number without its 0."""
        cell: Any = WriteOnlyCell(sheet, escape(ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)))
        cell.data_type = "s"
        cell.number_format = "@"
        return cell

    def begin() -> None:
        nonlocal sheet, rows
        sheet, rows = book.create_sheet(), 1
        sheet.append([text(head) for head in heads])

    def put(cells: Sequence[str | int]) -> None:
        nonlocal rows
        if rows == per_sheet:
            begin()
        sheet.append([text(c) if isinstance(c, str) else c for c in cells])
        rows += 1

    begin()
    yield put
    book.save(file)
