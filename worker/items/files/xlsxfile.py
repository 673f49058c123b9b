"""Read an Excel workbook (.xlsx): its visible sheets, as they are seen."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import MergedCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from worker.i18n import t

from .columns import NOT_ITEMS
from .grid import Cell, Grid, Unusable
from .places import Found, Place

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: A zip of a few kilobytes can hold gigabytes; ten thousand items of text stay below this.
_LARGEST_UNPACKED = 50 * 1024 * 1024  # bytes
_MOST_CELLS = 400_000  # openpyxl takes about 0.5 kB for each
_MOST_COLUMNS = 200
_MERGED = re.compile(rb'<mergeCell [^>]*ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TO_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def escape(text: str) -> str:
    """Text that looks like Excel's own `_x000D_` must not be read as a sign (ECMA-376)."""
    return _TO_ESCAPE.sub("_x005F_", text)


def unescape(text: str) -> str:
    """Back from `escape`, and what Excel itself wrote so."""
    return _ESCAPED.sub(lambda m: _sign(int(m[1], 16)), text)


def _sign(code: int) -> str:
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)  # half a pair is no character


def read_xlsx(data: bytes, file: str, found: Found) -> list[Grid]:
    """A grid for every visible sheet that is not ours; none after a mistake with the file."""
    book = open_workbook(data, file, found)
    if book is None:
        return []
    sheets = [
        sheet
        for sheet in book.worksheets
        if sheet.sheet_state == "visible" and sheet.title not in NOT_ITEMS
    ]
    return [_grid(sheet, file, found) for sheet in sheets]


def open_workbook(data: bytes, file: str, found: Found) -> Workbook | None:
    """The workbook, or None and the reason why it cannot be one."""
    refused = _refused(data)
    if refused is None:
        try:
            with warnings.catch_warnings():
                # It warns of everything it leaves out (charts, newer drop-downs): not for a clerk.
                warnings.simplefilter("ignore")
                book = load_workbook(io.BytesIO(data))
            # One cell far out would make every empty cell before it.
            if all(s.max_row * s.max_column <= _MOST_CELLS for s in book.worksheets):
                return book
            refused = _too_many_cells()
        except (SyntaxError, KeyError, ValueError, TypeError, AttributeError, IndexError,
                zipfile.BadZipFile, zlib.error, OSError, EOFError,
                RuntimeError) as trouble:  # fmt: skip
            # openpyxl lets whatever goes wrong in a damaged file come out as it is; ValueError is
            # also how defusedxml refuses entities that would grow without end.
            refused = t(f"bị hỏng ({trouble})", f"is damaged ({trouble})"), ""
    what, fix = refused
    save_as = t(
        "mở bằng Excel, lưu lại kiểu «Excel Workbook (*.xlsx)»",
        "open it in Excel and save it as «Excel Workbook (*.xlsx)»",
    )
    found.mistakes.append(Place(file).mistake(what, fix or save_as))
    return None


def _refused(data: bytes) -> tuple[str, str] | None:
    """Why the bytes are no workbook to be opened, and what to do; None when they are."""
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            what = t("có mật khẩu", "is protected by a password")
            return what, t("bỏ mật khẩu rồi lưu lại", "remove the password and save it again")
        return t("là tệp Excel kiểu cũ (.xls)", "is an old Excel file (.xls)"), ""
    not_excel = t("không phải tệp Excel .xlsx", "is no Excel file (.xlsx)")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                return not_excel, ""
            if sum(part.file_size for part in archive.infolist()) > _LARGEST_UNPACKED:
                what = t("quá lớn (giải nén trên 50 MB)", "is too large (over 50 MB unpacked)")
                return what, t("bỏ ảnh, bỏ dòng thừa, chia tệp", "leave out pictures, split it")
            if _cells(archive) > _MOST_CELLS:
                return _too_many_cells()
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError):
        return not_excel, ""
    return None


def _too_many_cells() -> tuple[str, str]:
    what = t("có quá nhiều ô", "has too many cells")
    fix = t(
        "xóa các dòng, cột trống có định dạng; tối đa 10.000 dòng",
        "delete empty formatted rows and columns; 10,000 rows at most",
    )
    return what, fix


def _cells(archive: zipfile.ZipFile) -> int:
    """
    The cells openpyxl would make of all sheets, counted without parsing.

    It makes one for every cell of a merged range; `A1:XFD1048576` would be 17 thousand million.
    """
    count = 0
    for part in archive.infolist():
        if part.filename.startswith("xl/worksheets/"):
            data = archive.read(part)
            count += data.count(b"<c ") + data.count(b"<row")
            for area in _MERGED.findall(data):
                size = CellRange(area.decode()).size
                count += size["rows"] * size["columns"]
    return count


def _grid(sheet: Worksheet, file: str, found: Found) -> Grid:
    place = Place(t(f"{file}: trang «{sheet.title}»", f"{file}: sheet «{sheet.title}»"))
    width = sheet.max_column or 0
    if width > _MOST_COLUMNS:
        what = t(f"có {width} cột", f"has {width} columns")
        found.mistakes.append(place.mistake(what, t("xóa cột thừa", "delete what is not needed")))
        return Grid(place, [])
    merged = dict(_merged(sheet))
    rows: list[list[Cell]] = []
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [_cell(v, place, number, column) for column, v in enumerate(values, start=1)]
        if any(cell.filled() for cell in cells):
            # Only a row with something of its own takes a share in a merged cell.
            for column in range(width):
                top = merged.get((number, column + 1))
                cells[column] = rows[top - 1][column] if top else cells[column]
        rows.append(cells)
    return Grid(place, rows)


def _merged(sheet: Worksheet) -> Iterator[tuple[tuple[int, int], int]]:
    """Cells below the first of a merged range, in its first column -> the row of the first."""
    for area in sheet.merged_cells.ranges:
        last = min(area.max_row, sheet.max_row)
        for row in range(area.min_row + 1, last + 1):
            yield (row, area.min_col), area.min_row


def _cell(cell: SheetCell | MergedCell, sheet: Place, row: int, column: int) -> Cell:
    name = f"{get_column_letter(column)}{row}"
    words = t(f"{sheet.words}, ô {name}", f"{sheet.words}, cell {name}")
    place = Place(words, cell.parent.title, row, column)
    value: object = cell.value
    if cell.data_type == "f":
        what = t("ô có công thức", "the cell holds a formula")
        fix = t(
            "dán giá trị thay công thức; chữ bắt đầu bằng dấu = thì định dạng ô là Text",
            "paste the value instead; format the cell as Text if the text begins with =",
        )
        return Cell(Unusable(what, fix), place)
    if cell.data_type == "e":
        what = t(f"ô báo lỗi {value}", f"the cell holds the error {value}")
        return Cell(Unusable(what, t("gõ giá trị đúng", "type the value")), place)
    return Cell(unescape(value) if isinstance(value, str) else value, place)
