"""
Every row of a list becomes recipients or a reason: nothing is dropped without a word.

A stream: whoever stores takes chunk after chunk, and however long the list is, only one chunk and
a bit for each number seen are in memory.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple

from vietnamese import mobile, phone
from vietnamese.plain import nfc
from worker.i18n import english, t

from . import fields
from .columns import Layout
from .source import Source

#: Rows in a chunk: what one short transaction writes.
CHUNK = 2_000

#: Why a row or number is refused, beside `phone.REASONS`.
REASONS = {
    "double": ("số đã có trong danh sách", "the number is in the list already"),
    "wide": (
        "có nhiều ô hơn số cột, có lẽ thiếu dấu nháy kép quanh một ô có dấu phân cách",
        "has more cells than columns: a cell with the separator in it lacks its double quotes",
    ),
    "field_long": (
        f"dài quá {fields.MAX_VALUE} ký tự: {{0}}",
        f"longer than {fields.MAX_VALUE} characters: {{0}}",
    ),
    "field_lines": ("có xuống dòng trong ô: {0}", "a line break in the cell: {0}"),
    "field_url": ("có địa chỉ web trong ô: {0}", "a web address in the cell: {0}"),
    "field_signs": (
        "có ký tự không được có trong ô: {0}", "signs in the cell that may not be there: {0}"
    ),
}  # fmt: skip

_SIGN = re.compile(r"\w")
_SHOWN = 40  # characters of a masked cell
_TELLING = 6  # digits, of which three may be shown


class Row(NamedTuple):
    """One recipient. *fields* are the values of `Layout.fields`, in its order; "" where empty."""

    number: str  #: E.164, +84…
    carrier: str  #: by prefix, "" where unknown: numbers are portable
    fields: tuple[str, ...]
    source_row: int  #: as Excel shows it, from 1; several recipients may stand in one
    mended: phone.Mend | None  #: what Excel had done to the number

    def __repr__(self) -> str:
        """Without what is personal: a row in a log or a traceback must not tell."""
        return f"Row({phone.masked(self.number)}, row {self.source_row})"


@dataclass(frozen=True, slots=True)
class Bad:
    """A number, or a row without one, that is not taken."""

    source_row: int
    text: str  #: what stood there, masked but for the last three digits: may be shown
    code: str  #: a key of `REASONS` or `phone.REASONS`
    reason: str
    hint: str = field(repr=False, default="")  #: an old number's new form: not to be shown
    cells: tuple[str, ...] = field(repr=False, default=())  #: the row as it is in the file


class Chunk(NamedTuple):
    """What so many rows gave, in the file's order."""

    rows: list[Row]
    bad: list[Bad]


class Seen:
    """The numbers met so far, a bit each: at most 47 MB for all there can be."""

    def __init__(self) -> None:
        self._pages = {prefix: bytearray() for prefix in mobile.PREFIXES}

    def add(self, nine: str) -> bool:
        """Note a number (nine digits after the 0); False if it was here before."""
        page = self._pages[nine[:3]]
        if not page:
            page.extend(bytes(125_000))  # a million bits
        place, bit = divmod(int(nine[3:]), 8)
        bit = 1 << bit
        if page[place] & bit:
            return False
        page[place] |= bit
        return True


def read(
    source: Source, layout: Layout, *, split: bool = True, seen: Seen | None = None
) -> Iterator[Row | Bad]:
    """
    Every recipient and every refusal below the heads; wholly empty rows are passed over.

    Two numbers in a cell, or in two columns, are two recipients with the same fields; without
    *split*, a cell with two is refused. *seen* may hold what other files of the list gave.

    Raises:
        UserError: the file turns out to be damaged further down.
    """
    seen = Seen() if seen is None else seen
    prefixes, plain = mobile.PREFIXES, mobile.plain
    judge = _judge(layout)
    for number, cells in enumerate(source.rows(), start=1):
        if number <= layout.head:
            continue
        written = [text for n in layout.phones if n < len(cells) and (text := cells[n].strip())]
        if not written:
            if any(map(str.strip, cells)):
                yield _refused(number, cells, "", phone.Refusal("blank"))
            continue
        values, fault = judge(cells)
        for text in written:
            for piece in (text,) if (nine := plain(text)) else _pieces(text, split=split):
                found = nine or phone.national(piece)
                if isinstance(found, phone.Refusal):
                    yield _refused(number, cells, piece, found)
                elif fault is not None:
                    yield _fault(number, cells, piece, *fault)
                elif not seen.add(found):
                    yield _fault(number, cells, piece, "double")
                else:
                    # A plain number with its 0 or + has lost nothing: most are so.
                    whole = nine and piece[0] in "0+"
                    mended = None if whole else phone.mended(piece)
                    yield Row("+84" + found, prefixes[found[:3]], values, number, mended)


def chunks(items: Iterator[Row | Bad], size: int = CHUNK) -> Iterator[Chunk]:
    """The stream in pieces that fit a short transaction."""
    while block := list(islice(items, size)):
        rows = [item for item in block if isinstance(item, Row)]
        bad = [item for item in block if isinstance(item, Bad)] if len(rows) < len(block) else []
        yield Chunk(rows, bad)


_Judged = tuple[tuple[str, ...], tuple[str, str] | None]


def _judge(layout: Layout) -> Callable[[Sequence[str]], _Judged]:
    """A function from a row to the values of its fields, and what is wrong with the first bad."""
    # Villages and family names repeat; the cache ends with the reading.
    value = lru_cache(16_384)(partial(fields.value, code=layout.code))
    wanted = list(layout.fields)

    def judge(cells: Sequence[str]) -> _Judged:
        fault: tuple[str, str] | None = None
        if 0 < layout.width < len(cells) and any(map(str.strip, cells[layout.width :])):
            fault = "wide", ""
        values = []
        for n in wanted:
            read, wrong = value(cells[n]) if n < len(cells) else ("", None)
            values.append(read)
            if wrong and fault is None:
                fault = wrong, layout.heads[n]
        return tuple(values), fault

    return judge


def _pieces(text: str, *, split: bool) -> Sequence[str]:
    found = phone.national(text)
    several = split and isinstance(found, phone.Refusal) and found.code == "two"
    return phone.pieces(text) if several else (text,)


def _refused(number: int, cells: Sequence[str], text: str, why: phone.Refusal) -> Bad:
    # What the sentence shows are signs that stood in a number's place: perhaps a name.
    shown = why if why.code != "letters" else phone.Refusal("letters", "…")
    sentence = shown.sentence("en" if english() else "vi")
    hint = t(f"có thể là {why.renewed}", f"may be {why.renewed}") if why.renewed else ""
    return Bad(number, _masked(text), why.code, sentence, hint, tuple(cells))


def _fault(number: int, cells: Sequence[str], text: str, code: str, head: str = "") -> Bad:
    reason = t(*REASONS[code]).format(head)
    return Bad(number, _masked(text), code, reason, "", tuple(cells))


def _masked(text: str) -> str:
    """Every letter and digit but the last three digits as a dot; a long text cut."""
    text = nfc(text)[:_SHOWN]
    digits = [n for n, char in enumerate(text) if char.isdigit()]
    kept = digits[-3:] if len(digits) >= _TELLING else []
    return "".join(c if n in kept else _SIGN.sub("•", c) for n, c in enumerate(text))
