"""Read a file of items: whole and without a mistake, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from worker.errors import Mistake, UserError
from worker.i18n import t
from worker.items.model import ItemContent

from .columns import EVERYONE
from .csvfile import read_csv
from .grid import read_grid
from .judge import Entry, Known, judge
from .names import Names
from .places import Found, Place
from .tomlfile import read_toml

_LARGEST = 20 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Imported:
    """What a file held, and what was put right on the way and should be looked at."""

    items: tuple[ItemContent, ...]
    notes: tuple[Mistake, ...]


def read_items(
    path: Path,
    *,
    themes: Mapping[str, str],
    audiences: Mapping[str, str],
    areas: Mapping[str, str],
    images_dir: Path,
) -> Imported:
    """
    The items of a .toml, .csv or .xlsx file, in the file's order.

    *themes*, *audiences* and *areas* are the programme's, id -> name; "tat_ca" is always an
    audience. Pictures lie below *images_dir*.

    Raises:
        UserError: with every mistake of the file; those in a cell are `CellMistake`.
    """
    found = Found()
    known = Known(Names(themes), Names({**EVERYONE, **audiences}), Names(areas), images_dir)
    entries = _entries(path, found)
    items = judge(entries, known, found)
    if not entries and not found.mistakes:
        what = t("không có tin nào", "holds no items")
        fix = t("ghi mỗi tin một dòng dưới tiêu đề cột", "write an item a row below the heads")
        found.mistakes.append(Place(path.name).mistake(what, fix))
    if found.mistakes:
        raise UserError.many(tuple(found.mistakes))
    return Imported(tuple(items), tuple(found.notes))


def _entries(path: Path, found: Found) -> list[Entry]:
    kind = path.suffix.lower()
    if kind not in {".toml", ".csv", ".xlsx"}:
        what = t(f"không đọc được tệp kiểu «{kind}»", f"files of the kind «{kind}» are not read")
        fix = t("dùng tệp .xlsx, .csv hoặc .toml", "use a .xlsx, .csv or .toml file")
        raise UserError(path.name, what, fix)
    data = read_bytes(path)
    if kind == ".toml":
        return read_toml(data, path.name, found)
    if kind == ".xlsx":
        from .xlsxfile import read_xlsx  # noqa: PLC0415  (with it comes the Excel library)

        grids = read_xlsx(data, path.name, found)
    elif data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        what = t("là tệp Excel, không phải CSV", "is an Excel file, not CSV")
        raise UserError(path.name, what, t("đổi tên đuôi thành .xlsx", "rename it to .xlsx"))
    else:
        grid = read_csv(data, path.name, found)
        grids = [grid] if grid else []
    return [entry for grid in grids for entry in read_grid(grid, found)]


def read_bytes(path: Path) -> bytes:
    """The bytes of a file a person named."""
    try:
        if path.stat().st_size > _LARGEST:
            raise UserError(
                path.name,
                t("lớn hơn 20 MB", "is larger than 20 MB"),
                t("chia thành nhiều tệp", "split it into several files"),
            )
        return path.read_bytes()
    except OSError as trouble:
        what = t("không mở được tệp", "the file cannot be opened") + f" ({trouble.strerror})"
        fix = t("xem lại tên và thư mục", "look at its name and folder again")
        raise UserError(str(path), what, fix) from trouble
