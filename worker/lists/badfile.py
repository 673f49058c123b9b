"""
The rows that were not taken, written to a file for the owner of the list to mend.

It holds the rows as they came, numbers in clear: it is the owner's own list going back, and with
dots in it nobody could mend it. So it is written only where the person who brought the list says,
readable by that account alone, and never shown, logged or kept by the worker.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.errors import UserError
from worker.i18n import t
from worker.rowfile import must_be_rows, open_rows

from .columns import REPORT_HEADS, Layout
from .rows import Bad

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
    must_be_rows(path)
    if path.exists() and path.samefile(source):
        what = t("chính là tệp danh sách", "is the list itself")
        raise UserError(path.name, what, t("chọn tên khác", "choose another name"))
    with open_rows(path, (*layout.heads, *REPORT_HEADS)) as put:
        yield lambda bad: put(_cells(bad, len(layout.heads)))


def _cells(bad: Bad, width: int) -> list[str]:
    """The row, its number, reason and hint under their heads; cells beyond the heads at the end."""
    cells = [*bad.cells[:width], *[""] * (width - len(bad.cells))]
    return [*cells, str(bad.source_row), bad.reason, bad.hint, *bad.cells[width:]]
