"""Give a refused table back with its mistakes shown where they stand."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from worker.errors import Mistake
from worker.i18n import t

from .columns import ERRORS_SHEET, FORM_SHEET
from .csvfile import read_csv
from .places import CellMistake, Found
from .read import read_bytes
from .sheet import put, save
from .xlsxfile import open_workbook

_AUTHOR = "giovang"
_RED = PatternFill("solid", start_color="FFFFC7CE")
_NO_FILL = PatternFill()
_WRAP = Alignment(wrap_text=True, vertical="top")
_CUT = 30_000  # characters; what is longer is a mistake already, and no cell could hold it


def write_marked(path: Path, mistakes: Sequence[Mistake], out: Path) -> bool:
    """
    Write *path* once more to *out* (.xlsx), bad cells red with what is wrong and how to mend it.

    The first sheet, «Lỗi», lists all mistakes; reading passes over it, so the mended workbook
    itself can be imported. A CSV comes back as a workbook with the same rows.

    Returns:
        False, and nothing is written, when the file has no cells to mark (TOML, not a workbook).
    """
    book = _book(path)
    if book is None:
        return False
    if ERRORS_SHEET in book.sheetnames:
        book.remove(book[ERRORS_SHEET])
    for sheet in book.worksheets:
        _unmark(sheet)
    said: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    for mistake in mistakes:
        if isinstance(mistake, CellMistake):
            place = (mistake.sheet or FORM_SHEET, mistake.row, mistake.column)
            said[place].append(f"{mistake.what}\n→ {mistake.fix}" if mistake.fix else mistake.what)
    for (name, row, column), texts in said.items():
        cell = book[name].cell(row, column)
        cell.fill = _RED
        comment = Comment("\n\n".join(texts), _AUTHOR, height=160, width=360)
        cell.comment = comment
    _list(book, mistakes)
    save(book, out)
    return True


def _book(path: Path) -> Workbook | None:
    kind = path.suffix.lower()
    data = read_bytes(path) if kind in {".csv", ".xlsx"} else b""
    if kind == ".xlsx":
        return open_workbook(data, path.name, Found())
    grid = read_csv(data, path.name, Found()) if kind == ".csv" else None
    if grid is None:
        return None
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = FORM_SHEET
    for row in grid.rows:
        for cell in row:
            if isinstance(cell.value, str) and cell.value:
                put(sheet, cell.place.row, cell.place.column, _writable(cell.value[:_CUT]))
    for number in range(1, sheet.max_column + 1):
        sheet.column_dimensions[get_column_letter(number)].width = 28
    return book


def _writable(text: str) -> str:
    """Without the signs no workbook may hold (XML 1.0, 2.2); they are a mistake already."""
    return "".join(
        c if (c >= " " and c not in "\ufffe\uffff") or c in "\t\n" else "\ufffd" for c in text
    )


def _unmark(sheet: Worksheet) -> None:
    """Take away what an earlier round marked: it may be mended now."""
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell, Cell) and cell.comment and cell.comment.author == _AUTHOR:
                cell.comment = None
                cell.fill = _NO_FILL


def _list(book: Workbook, mistakes: Sequence[Mistake]) -> None:
    sheet = book.create_sheet(ERRORS_SHEET, 0)
    heads = (
        t("Chỗ sai", "Where"), t("Sai gì", "What is wrong"), t("Sửa thế nào", "How to mend it")
    )  # fmt: skip
    for column, (head, width) in enumerate(zip(heads, (44, 50, 70), strict=True), start=1):
        put(sheet, 1, column, head).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, mistake in enumerate(mistakes, start=2):
        parts = (mistake.where, mistake.what, mistake.fix)
        for column, text in enumerate(parts, start=1):
            put(sheet, row, column, _writable(text[:_CUT])).alignment = _WRAP
        if isinstance(mistake, CellMistake):
            name = quote_sheetname(mistake.sheet or FORM_SHEET)
            link = f"{name}!{get_column_letter(mistake.column)}{mistake.row}"
            cell = sheet.cell(row, 1)
            cell.hyperlink = Hyperlink(ref=cell.coordinate, location=link)
            cell.font = Font(color="FF0563C1", underline="single")
    sheet.freeze_panes = "A2"
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    book.active = 0
