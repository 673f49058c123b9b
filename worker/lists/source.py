"""
Open a recipients file, CSV or XLSX, as rows of text that can be gone through more than once.

What the file is shows its first bytes, not its name: people rename .xls to .csv and hope.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from worker.errors import UserError
from worker.i18n import t

#: An Excel sheet cannot be wider than this and still be a list of people.
MAX_COLUMNS = 200

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Source:
    """A file that can be read row by row, from the top, as often as wanted."""

    file: str  #: its name, for messages
    sheet: str  #: the sheet read; "" in a CSV, which has one
    #: Every row from the first, blank ones too, so that their count is what Excel shows. Raises
    #: UserError where the file turns out to be damaged.
    rows: Callable[[], Iterator[Sequence[str]]]


@contextmanager
def open_source(path: Path, sheet: str = "") -> Iterator[Source]:
    """
    The file as rows; of a workbook the first visible sheet that is not empty, or *sheet*.

    Raises:
        UserError: the file cannot be read as a list: missing, empty, of another kind, old Excel,
            protected by a password, no such sheet.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_OLE))
    except OSError as trouble:
        what = t("không mở được tệp", "the file cannot be opened") + f" ({trouble.strerror})"
        fix = t("xem lại tên và thư mục", "look at its name and folder again")
        raise UserError(str(path), what, fix) from trouble
    if not start:
        raise empty(path.name)
    if start == _OLE:
        raise _old_or_locked(path)
    if start.startswith(_ZIP):
        from .xlsxsource import open_xlsx  # noqa: PLC0415  (with it comes the Excel library)

        with open_xlsx(path, sheet) as source:
            yield source
        return
    if sheet:
        what = t("là tệp CSV, không có trang", "is a CSV file and has no sheets")
        raise UserError(path.name, what, t("bỏ --sheet", "leave out --sheet"))
    from .csvsource import open_csv  # noqa: PLC0415

    yield open_csv(path)


def empty(file: str) -> UserError:
    """There is nothing in the file."""
    return UserError(
        file,
        t("tệp trống", "the file is empty"),
        t("ghi mỗi người một dòng, có cột số điện thoại", "write a person a row, with the number"),
    )


def save_as() -> str:
    """What to do with a workbook that is not taken."""
    return t(
        "mở bằng Excel, lưu lại kiểu «Excel Workbook (*.xlsx)» hoặc «CSV UTF-8»",
        "open it in Excel and save it as «Excel Workbook (*.xlsx)» or «CSV UTF-8»",
    )


def _old_or_locked(path: Path) -> UserError:
    """A protected .xlsx hides in the container of the old .xls, under a name of its own."""
    locked = "EncryptedPackage".encode("utf-16-le")
    kept = b""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if locked in kept + block:
                what = t("tệp có mật khẩu", "the file is protected by a password")
                fix = t(
                    "mở bằng Excel, bỏ mật khẩu (Tệp, Thông tin, Bảo vệ sổ làm việc), lưu lại",
                    "open it in Excel, remove the password (File, Info, Protect) and save it",
                )
                return UserError(path.name, what, fix)
            kept = block[-len(locked) :]
    return UserError(path.name, t("là tệp Excel kiểu cũ (.xls)", "is an old Excel file (.xls)"),
                     save_as())
