"""A CSV of any usual encoding and separator, read line by line: its length does not matter."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from vietnamese import phone
from vietnamese.encoding import encoding_of
from worker.errors import UserError
from worker.i18n import t

from .source import Source

_MARKS = ",;\t|"
#: Rows looked at to tell the separator.
_LOOKED_AT = 100
#: Characters. A list has no such line; a file of something else may be one line of gigabytes.
_LONGEST_LINE = 65_536
_SAMPLE = 65_536  # bytes of accented lines that tell an old encoding


def open_csv(path: Path) -> Source:
    """
    The file as rows of text.

    Raises:
        UserError: it is no text file.
    """
    encoding = _encoding(path)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        top = list(islice(file, _LOOKED_AT))
    # Excel itself writes and heeds a first line «sep=;».
    told = top[0].strip() if top else ""
    if told.lower().startswith("sep=") and len(told) == len("sep=") + 1:
        return Source(path.name, "", lambda: _rows(path, encoding, told[-1], above=1))
    mark = _separator(top)
    return Source(path.name, "", lambda: _rows(path, encoding, mark, above=0))


def _rows(path: Path, encoding: str, mark: str, *, above: int) -> Iterator[list[str]]:
    number = above
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        yield from ([] for _ in islice(file, above))
        # Not strict, a stray quote would swallow the people of the lines up to the next one.
        rows = csv.reader(file, delimiter=mark, strict=True)
        try:
            for number, row in enumerate(rows, start=above + 1):  # noqa: B007 (for the error)
                yield row
        except csv.Error as trouble:
            where = t(f"{path.name}: dòng {number + 1}", f"{path.name}: row {number + 1}")
            what = t(f"không đọc được như CSV ({trouble})", f"cannot be read as CSV ({trouble})")
            fix = t(
                "xem dấu nháy kép ở dòng này, hoặc lưu từ Excel kiểu «CSV UTF-8»",
                "look at its double quotes, or save it from Excel as «CSV UTF-8»",
            )
            raise UserError(where, what, fix) from trouble


def _encoding(path: Path) -> str:
    """
    The encoding of the whole file, each line of which is looked at once.

    One torn line in a file of UTF-8 does not make its names cp1258: they would go out garbled.
    Such a line is decoded with U+FFFD, which no field may hold.
    """
    with path.open("rb") as file:
        start = file.read(_LONGEST_LINE)
    encoding = encoding_of(start[:4])
    if encoding.startswith("utf-16"):
        for _ in _lines(path, encoding):
            pass
        return encoding
    if b"\0" in start:
        raise _no_text(path.name)
    good, torn, size = 0, 0, 0
    sample: list[bytes] = []
    for line in _lines(path, "latin-1"):
        if line.isascii():
            continue
        data = line.encode("latin-1")
        try:
            data.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            torn += 1
            if size < _SAMPLE:
                sample.append(data)
                size += len(data)
    return "utf-8-sig" if good >= torn else encoding_of(b"".join(sample))


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """The lines, whatever ends them."""
    with path.open(encoding=encoding, errors="replace") as file:
        while line := file.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                raise _no_text(path.name)
            yield line


def _no_text(file: str) -> UserError:
    what = t("không phải tệp danh sách dạng chữ", "is no list in a text file")
    fix = t("dùng tệp .xlsx hoặc .csv", "use a .xlsx or .csv file")
    return UserError(file, what, fix)


def _separator(top: list[str]) -> str:
    """The mark that leaves whole phone numbers in the most rows, else the most even columns."""

    def likeness(mark: str) -> tuple[int, int]:
        numbers, widths = 0, []
        try:
            for row in csv.reader(top, delimiter=mark):
                numbers += any(isinstance(phone.national(cell), str) for cell in row)
                widths += [len(row)] if row else []
        except csv.Error:
            return 0, 0
        usual = max(widths, key=widths.count, default=1)
        return numbers, widths.count(usual) if usual > 1 else 0

    return max(_MARKS, key=likeness)
