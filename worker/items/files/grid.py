"""A table of cells, from CSV or from a sheet, made into entries: heads first, then row by row."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

from vietnamese import legacy
from worker.i18n import t

from .columns import CHANNEL_TEXTS, COLUMNS, Column, Value, column_of
from .days import day_typed
from .judge import Entry
from .names import did_you_mean
from .places import Found, Place
from .text import accept

MAX_ROWS = 10_000
#: People put a title over the table; further down it would be text that looks like heads.
_HEAD_WITHIN = 10
_CODES: tuple[legacy.Code, ...] = ("tcvn3", "vni")
#: A `;` that is part of an entry is exported as `\;`.
_SEPARATOR = re.compile(r"(?<!\\);|\n")


class Unusable(NamedTuple):
    """A cell whose value must not be taken: a formula, an error value."""

    what: str
    fix: str


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, and where."""

    value: object  #: None, str, bool, int, float, a date or time, Unusable
    place: Place

    def filled(self) -> bool:
        return self.value is not None and not (
            isinstance(self.value, str) and not self.value.strip()
        )


@dataclass(frozen=True)
class Grid:
    """A CSV file or a sheet; every row as long as the longest. Merged cells carry one value."""

    place: Place
    rows: Sequence[Sequence[Cell]]


def read_grid(grid: Grid, found: Found) -> list[Entry]:
    """The entries below the heads; empty rows are passed over."""
    filled = [n for n, row in enumerate(grid.rows) if any(cell.filled() for cell in row)]
    if not filled:
        return []
    code = _code([cell for n in filled for cell in grid.rows[n]])
    head = head_row([[cell.value for cell in row] for row in grid.rows[: filled[-1] + 1]])
    below = [n for n in filled if n > head]
    if len(below) > MAX_ROWS:
        what = t(f"có {len(below)} dòng", f"has {len(below)} rows")
        fix = t(f"chia thành tệp tối đa {MAX_ROWS} dòng", f"split it: at most {MAX_ROWS} rows")
        found.mistakes.append(grid.place.mistake(what, fix))
        return []
    columns = _columns(grid, grid.rows[head], [grid.rows[n] for n in below], found)
    if columns is None:
        return []
    return [_entry(grid, n, columns, code, found) for n in below]


def head_row(rows: Sequence[Sequence[object]]) -> int:
    """The index of the row with the heads: the first that has two we know, else the first."""
    filled = [n for n, row in enumerate(rows) if any(str(v or "").strip() for v in row)]
    known = (n for n in filled[:_HEAD_WITHIN] if heads_in(rows[n]) >= 2)
    return next(known, filled[0] if filled else 0)


def heads_in(row: Sequence[object]) -> int:
    """How many cells of the row are heads we know."""
    return sum(_column(value) is not None for value in row)


def head_text(value: object) -> str:
    """A head as it was meant: in Unicode, without the star of a required column."""
    text = value if isinstance(value, str) else ""
    for read in (text, *(legacy.to_unicode(text, code) for code in _CODES)):
        if column_of(read) is not None:
            return " ".join(read.strip(" *:\n").split())
    return " ".join(text.strip(" *:\n").split())


def _column(value: object) -> Column | None:
    return column_of(head_text(value))


def _code(cells: Sequence[Cell]) -> legacy.Code | None:
    return legacy.detect(" ".join(c.value for c in cells if isinstance(c.value, str)))


def _columns(
    grid: Grid,
    heads: Sequence[Cell],
    rows: Sequence[Sequence[Cell]],
    found: Found,
) -> Mapping[int, Column] | None:
    """Position -> column; None when the heads are not to be understood."""
    before = len(found.mistakes)
    columns: dict[int, Column] = {}
    for position, cell in enumerate(heads):
        head = head_text(cell.value)
        if not head:
            if any(row[position].filled() for row in rows):
                what = t("cột có chữ mà không có tiêu đề cột", "the column has text but no head")
                fix = t("viết tiêu đề cột hoặc xóa cột", "write a head or delete the column")
                found.mistakes.append(cell.place.mistake(what, fix))
            continue
        column = _column(head)
        if column is None:
            what = t(f"không có cột «{head}»", f"there is no column «{head}»")
            every = ", ".join(t(c.head, c.key) for c in COLUMNS)
            fix = did_you_mean(head, [name for c in COLUMNS for name in (c.head, c.key)])
            fix += t(f"các cột: {every}", f"the columns: {every}")
            found.mistakes.append(cell.place.mistake(what, fix))
        elif column in columns.values():
            what = t(f"cột «{column.head}» có hai lần", f"column «{column.key}» stands twice")
            fix = t("giữ một cột", "keep one of them")
            found.mistakes.append(cell.place.mistake(what, fix))
        else:
            columns[position] = column
    _required(grid.place, {c.key for c in columns.values()}, found)
    return columns if len(found.mistakes) == before else None


def _required(place: Place, keys: set[str], found: Found) -> None:
    fix = t(
        "thêm cột này vào dòng tiêu đề; «giovang template TEP.xlsx» tạo mẫu đủ cột",
        "add the column to the head row; «giovang template FILE.xlsx» makes a whole form",
    )
    for column in COLUMNS:
        if column.required and column.key not in keys:
            what = t(f"thiếu cột «{column.head}»", f"the column «{column.key}» is missing")
            found.mistakes.append(place.mistake(what, fix))
    if not keys & {"body", *CHANNEL_TEXTS}:
        what = t("không có cột lời tin nào", "there is no column with a text")
        found.mistakes.append(place.mistake(what, fix))


def _entry(
    grid: Grid,
    number: int,
    columns: Mapping[int, Column],
    sheet_code: legacy.Code | None,
    found: Found,
) -> Entry:
    row = grid.rows[number]
    code = _code(row) or sheet_code
    values: dict[str, Value | date] = {}
    places: dict[str, Place] = {}
    bad = set()
    for position, column in columns.items():
        cell = row[position]
        places[column.key] = cell.place
        before = len(found.mistakes)
        value = _value(column, cell, code, found) if cell.filled() else None
        if len(found.mistakes) > before:
            bad.add(column.key)
        if value is not None:
            values[column.key] = value
    return Entry(row[min(columns)].place, values, places, frozenset(bad))


def _value(
    column: Column, cell: Cell, code: legacy.Code | None, found: Found
) -> Value | date | None:
    value = cell.value
    if isinstance(value, Unusable):
        found.mistakes.append(cell.place.mistake(value.what, value.fix))
        return None
    if column.shape == "date" and not isinstance(value, str):
        return _day(cell, found)
    text = accept(_typed(cell, found), cell.place, found, code)
    if column.shape == "date":
        return day_typed(text, cell.place, found)
    if column.shape == "list":
        parts = (" ".join(part.split()) for part in _SEPARATOR.split(text))
        return [part.replace("\\;", ";") for part in parts if part]
    return " ".join(text.split()) if column.shape == "line" else text


def _day(cell: Cell, found: Found) -> date | None:
    """A real Excel date; a number that is not formatted as one could be anything."""
    value = cell.value
    if isinstance(value, datetime) and value.time() == time():
        return value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    what = t(f"«{value}» không phải ngày", f"«{value}» is no day")
    if isinstance(value, datetime):
        what = t(f"«{value}» có cả giờ", f"«{value}» has an hour too")
    fix = t(
        "gõ ngày/tháng/năm, ví dụ 05/03/2026, định dạng ô kiểu Ngày",
        "type dd/MM/yyyy, as 05/03/2026, and format the cell as a date",
    )
    found.mistakes.append(cell.place.mistake(what, fix))
    return None


def _typed(cell: Cell, found: Found) -> str:
    """The text of a cell; Excel turns some of what people type into something else."""
    value = cell.value
    if isinstance(value, str):
        return value
    fix = t(
        "định dạng ô kiểu Text (Văn bản) rồi gõ lại", "format the cell as Text and type it again"
    )
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        what = t(
            f"Excel giữ «{value}» thay cho chữ đã gõ", f"Excel kept «{value}» for what was typed"
        )
        found.mistakes.append(cell.place.mistake(what, fix))
        return ""
    if value >= 10**8:
        # 0912345678 typed into a number cell: the zero in front is gone and nothing says so.
        what = t(f"số {value} có thể đã mất số 0 ở đầu", f"{value} may have lost its first 0")
        found.mistakes.append(cell.place.mistake(what, fix))
    return str(value)
