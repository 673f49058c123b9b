"""Read a CSV as it comes: any of the encodings and separators Excel has used in Vietnam."""

import csv
import io

from vietnamese.encoding import encoding_of
from vietnamese.plain import nfc
from worker.i18n import t

from .grid import Cell, Grid, head_row, head_text, heads_in
from .letters import letters
from .places import Found, Place

#: Excel runs a cell that begins so; an apostrophe before it makes it text.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")
_SEPARATORS = ",;\t"


def guard(text: str) -> str:
    """The text as it may stand in a CSV that Excel opens: no formula in it is run."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def unguard(text: str) -> str:
    """Back from `guard`; an apostrophe somebody typed before a word stays."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS) else text


def read_csv(data: bytes, file: str, found: Found) -> Grid | None:
    """The rows; None after a mistake that leaves no rows."""
    text = decode(data)
    rows: list[list[str]] = []
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
        for line in lines:
            rows.append([unguard(value) for value in line])  # noqa: PERF401 (rows counts for the error)
    except csv.Error as trouble:
        words = t(f"{file}: dòng {len(rows) + 1}", f"{file}: row {len(rows) + 1}")
        what = t(f"không đọc được như CSV ({trouble})", f"cannot be read as CSV ({trouble})")
        fix = t(
            "xem dấu nháy kép ở dòng này, hoặc lưu từ Excel kiểu «CSV UTF-8»",
            "look at its double quotes, or save it from Excel as «CSV UTF-8»",
        )
        found.mistakes.append(Place(words).mistake(what, fix))
        return None
    width = max((len(row) for row in rows), default=0)
    heads = [head_text(value) for value in rows[head_row(rows)]] if rows else []
    heads += [""] * (width - len(heads))
    columns = [head or letters(n) for n, head in enumerate(heads, start=1)]
    return Grid(
        Place(file),
        [
            [
                Cell(row[n] if n < len(row) else None, _place(file, number, n, columns[n]))
                for n in range(width)
            ]
            for number, row in enumerate(rows, start=1)
        ],
    )


def _place(file: str, row: int, position: int, column: str) -> Place:
    words = t(f"{file}: dòng {row}, cột «{column}»", f"{file}: row {row}, column «{column}»")
    return Place(words, "", row, position + 1)


def decode(data: bytes) -> str:
    """The text of the file, whatever encoding it is in."""
    return nfc(data.decode(encoding_of(data), errors="replace"))


def _separator(text: str) -> str:
    """The mark by which most heads are found; a comma in a title row misleads any other test."""

    def likeness(mark: str) -> int:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        try:
            return max(
                (heads_in(line) for line, _ in zip(lines, range(10), strict=False)), default=0
            )
        except csv.Error:
            return 0

    return max(_SEPARATORS, key=likeness)
