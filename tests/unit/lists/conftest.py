"""Short ways to make a list and to read it to the end."""

from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest
from openpyxl import Workbook

from worker.lists import columns, mapping, rows
from worker.lists.source import open_source


class Result(NamedTuple):
    """All a file gave."""

    layout: columns.Layout
    rows: list[rows.Row]
    bad: list[rows.Bad]

    def people(self) -> list[tuple[str, ...]]:
        """Number and fields of each recipient."""
        return [(row.number, *row.fields) for row in self.rows]

    def refused(self) -> list[tuple[int, str]]:
        return [(bad.source_row, bad.code) for bad in self.bad]


Read = Callable[..., Result]
Csv = Callable[[str | bytes], Path]
Sheet = Callable[..., Path]


@pytest.fixture
def read() -> Read:
    """Reads a file to the end; `map` is what --map says."""

    def run(path: Path, *, sheet: str = "", map: str = "", wanted: Sequence[str] | None = None,  # noqa: A002
            split: bool = True) -> Result:
        with open_source(path, sheet) as source:
            layout = columns.find(source, mapping.parse_map(map), wanted)
            chunks = list(rows.chunks(rows.read(source, layout, split=split)))
        taken, bad = (list(chain.from_iterable(part)) for part in zip(*chunks, strict=True))
        return Result(layout, taken, bad)

    return run


@pytest.fixture
def csv(tmp_path: Path) -> Csv:
    def write(data: str | bytes) -> Path:
        path = tmp_path / "danh-sach.csv"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return write


@pytest.fixture
def xlsx(tmp_path: Path) -> Sheet:
    """Writes rows to sheets: `xlsx(*rows)`, or `xlsx(Tên=[…rows])` for named ones."""

    def write(*table: Sequence[object], **sheets: Sequence[Sequence[object]]) -> Path:
        book = Workbook()
        book.remove(book.worksheets[0])
        for title, lines in (sheets or {"Danh sách": table}).items():
            sheet = book.create_sheet(title)
            for line in lines:
                sheet.append(line)
        book.save(tmp_path / "danh-sach.xlsx")
        return tmp_path / "danh-sach.xlsx"

    return write
