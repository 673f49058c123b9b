"""How our sheets look: heads, widths, wrapped text, dates; and text that can be no formula."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from worker.errors import UserError
from worker.i18n import t

from .columns import COLUMNS, Column
from .unwritten import not_written
from .xlsxfile import escape

DATE_FORMAT = "dd/mm/yyyy"
_TEXT_FORMAT = "@"
_LARGEST_CELL = 32_767  # UTF-16 units; openpyxl would cut what is longer without a word
_HEAD_FILL = PatternFill("solid", start_color="FF1F4E78")
_WRAP = Alignment(wrap_text=True, vertical="top")


def put(sheet: Worksheet, row: int, column: int, value: str | date) -> Cell:
    """Write a cell. Text stays text, whatever it begins with: no formula, no number, no date."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)  # noqa: S101 (never a merged cell: our sheets have none)
    if isinstance(value, date):
        cell.value = value
        cell.number_format = DATE_FORMAT
        return cell
    text = escape(value)
    if len(text.encode("utf-16-le")) > 2 * _LARGEST_CELL:
        name = f"{cell.coordinate}: «{text[:30]}…»"
        what = t("dài quá một ô Excel", "is longer than a cell of Excel can be")
        raise UserError(name, what, t("xuất ra tệp .toml", "export to a .toml file"))
    cell.value = text
    cell.data_type = "s"
    # What Excel's apostrophe does: the cell stays text after somebody edits it.
    cell.quotePrefix = text.startswith(("=", "+", "-", "@", "'"))
    cell.alignment = _WRAP
    return cell


def write_heads(sheet: Worksheet, columns: Sequence[Column] = COLUMNS) -> None:
    """The head row, frozen, and the format each column has further down."""
    for number, column in enumerate(columns, start=1):
        cell = put(sheet, 1, number, column.head + (" *" if column.required else ""))
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = _HEAD_FILL
        below = sheet.column_dimensions[get_column_letter(number)]
        below.width = column.width
        below.alignment = _WRAP
        below.number_format = number_format(column)
    # The id and the title stay in sight.
    sheet.freeze_panes = "C2"


def number_format(column: Column) -> str:
    """Text keeps 0912… and 12/5 as typed; long text is General, for old Excel shows it as ####."""
    if column.shape == "date":
        return DATE_FORMAT
    return "General" if column.shape == "text" else _TEXT_FORMAT


def save(book: Workbook, path: Path) -> None:
    """Write the workbook to a file."""
    try:
        book.save(path)
    except OSError as trouble:
        raise not_written(path, trouble) from trouble
