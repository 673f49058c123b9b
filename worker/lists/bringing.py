"""
A list brought in step by step, for somebody who looks at its columns before anything is read: what
the file holds, then the reading, with a count of rows while it lasts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from vietnamese import legacy
from worker.home import Home
from worker.i18n import t
from worker.items.files.letters import letters
from worker.jobs import Job

from . import columns, fields, store, uploads
from .badfile import open_bad_rows
from .columns import Layout
from .origin import Origin
from .secret import ready_ring
from .source import Source, open_source
from .uploads import Waiting

#: rows shown of a file, and characters of a cell
ROWS, CELL = 5, 40
_DIGITS = re.compile(r"\d(?:[\s.\-]?\d){5,}")


@dataclass(frozen=True)
class Column:
    """A column of the file as it is shown: whoever brings it says what it is."""

    position: int
    letter: str
    head: str
    guess: str  #: "phone", a field's name, or "-"
    like_phone: bool  #: it holds numbers, too, and is not taken for them by itself
    cells: tuple[str, ...]  #: numbers masked


@dataclass(frozen=True)
class Look:
    """The top of a file."""

    sheet: str
    sheets: tuple[str, ...]  #: of a workbook
    head: int  #: row of the heads, 0: none
    columns: tuple[Column, ...]
    code: legacy.Code | None  #: an old font code, converted


def look(path: Path, sheet: str = "") -> Look:
    """
    What there is to choose from.

    Raises:
        UserError: the file cannot be read as a list.
    """
    with open_source(path, sheet) as source:
        found = columns.guess(source)
        shown = tuple(
            Column(g.position, letters(g.position + 1), g.head, g.kind, g.like_phone,
                   tuple(_masked(cell, found.code) for cell in g.cells[:ROWS]))
            for g in found.columns)
        return Look(source.sheet, _sheets(path) if source.sheet else (), found.head, shown,
                    found.code)


def _masked(cell: str, code: legacy.Code | None) -> str:
    """A cell that may be shown: of a long run of digits the last three."""
    text = fields.value(cell, code)[0][:CELL]
    return _DIGITS.sub(lambda m: "•••••••" + re.sub(r"\D", "", m[0])[-3:], text)


def _sheets(path: Path) -> tuple[str, ...]:
    from .xlsxsource import sheet_names  # noqa: PLC0415  (with it comes the Excel library)

    return sheet_names(path)


def layout_of(path: Path, sheet: str, told: Mapping[int, str]) -> Layout:
    """The columns as they were told; UserError when they will not do."""
    with open_source(path, sheet) as source:
        return columns.find(source, told)


def bring(
    home: Home, given: Waiting, origin: Origin, sheet: str, told: Mapping[int, str], by: str,
    job: Job,
) -> store.Staged:
    """Read and store; nothing counts before `store.accept`. The file goes when it is stored."""
    ring = ready_ring(home.store, home.settings.var, home.clock.now(), by)
    job.total, job.step = _lines(given.path), t("đang đọc tệp", "reading the file")
    with ExitStack() as stack:
        source = stack.enter_context(open_source(given.path, sheet))
        layout = columns.find(source, told)
        refuse = stack.enter_context(open_bad_rows(given.bad, layout, given.path))
        watched = replace(source, file=given.name, rows=lambda: counted(source, job))
        staged = store.stage(home, ring, origin, store.Given(watched, layout, refuse), by)
    uploads.taken(given)
    return staged


def counted(source: Source, job: Job) -> Iterator[Sequence[str]]:
    """The rows, with a count for whoever waits."""
    job.done = 0
    for job.done, row in enumerate(source.rows(), start=1):
        yield row
    job.step = t("đang lập chỉ mục và tìm số trùng, số từ chối",
                 "indexing, looking for doubles and opt-outs")


def _lines(path: Path) -> int | None:
    """Rows of a CSV, about: what a person waits for. Of a workbook nobody knows."""
    if path.suffix != ".csv":
        return None
    count = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            count += block.count(b"\n")
    return count or None
