"""The log as a file for Excel: CSV with a byte order mark, or a streamed XLSX."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from worker.errors import UserError
from worker.i18n import t

#: what Excel takes for the beginning of a formula (OWASP, "CSV Injection")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
#: control characters that XML 1.0, and so a workbook, cannot hold
_UNHOLDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MOST_ROWS = 1_048_576  # of a sheet, the head row included
_LONGEST = 32_767  # characters of a cell

Line = Mapping[str, Any]


def write_csv(path: Path, lines: Iterable[Line], fields: Sequence[str]) -> int:
    """Write it whole or not at all; gives the number of rows."""
    count = 0
    with _whole(path) as draft, draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(fields)
        for line in lines:
            writer.writerow([_guarded(line[f]) for f in fields])
            count += 1
    return count


def write_xlsx(path: Path, lines: Iterable[Line], fields: Sequence[str]) -> int:
    """Row by row to disk: a million rows need no more memory than ten."""
    count = 0
    with _whole(path) as draft:
        book = Workbook(write_only=True)
        sheet = book.create_sheet(t("Nhật ký phát", "Delivery log"))
        sheet.freeze_panes = "A2"
        sheet.append(list(fields))
        for line in lines:
            count += 1
            if count >= _MOST_ROWS:
                raise UserError(
                    str(path), t("nhiều dòng hơn một trang Excel chứa được",
                                 "more rows than a sheet of Excel holds"),
                    t("thu hẹp --from, --to, hoặc dùng --csv", "narrow --from, --to, or use --csv"))
            sheet.append([_cell(sheet, line[f]) for f in fields])
        book.save(draft)
    return count


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A draft beside the file, which takes its place at the end."""
    draft = path.with_name(f"{path.name}.tam")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return t("có", "yes") if value else ""
    return "" if value is None else value


def _guarded(value: Any) -> Any:
    """Text that begins like a formula is kept from being one."""
    value = _plain(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _cell(sheet: Any, value: Any) -> Any:
    value = _plain(value)
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=_UNHOLDABLE.sub(" ", value)[:_LONGEST])
    cell.data_type = "s"  # text stays text, whatever it begins with
    return cell
