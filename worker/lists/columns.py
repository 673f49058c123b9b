"""
Find the columns of a list: where the numbers are, and what the others are called as fields.

A head says it, in Vietnamese or English, with or without diacritics, in an old font code too;
else the content does. What is not clear is asked: a guess here would be somebody else's number.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from vietnamese import legacy, phone
from vietnamese.plain import slug
from worker.errors import UserError
from worker.i18n import t
from worker.items.fields import FIELDS, OF_LISTS
from worker.items.files.letters import letters
from worker.items.files.names import did_you_mean

from .mapping import PHONE, SKIP
from .source import Source, empty

#: Filled rows looked at.
_SAMPLE = 300
#: … and given back to be shown.
_SHOWN = 5
#: People put a title over the table; further down it would be data that looks like heads.
_HEAD_WITHIN = 10
#: A column without a telling head holds numbers if so many of its filled cells do.
_SHARE = 0.5
MAX_FIELDS = 20
MAX_NAME = 30

_PHONE = re.compile(
    r"(?:^|-)(?:(?:so-)?(?:dien-thoai|di-dong|thue-bao|dt|dtdd|lien-(?:he|lac))|sdt|sddd|so-may|"
    r"(?:cell|mobile|tele)?phone|mobile|cell|tel|msisdn|zalo)(?=-|\d|$)"
)
_LANDLINE = re.compile(r"(?:^|-)(?:co-dinh|ban|fax|landline)(?=-|$)")
#: What we add to the rows we give back: a mended file is brought again with them.
REPORT_HEADS = ("Dòng trong tệp", "Lý do không nhận", "Gợi ý")
#: Never a field unless mapped: nothing to tell people, or what no text should carry.
_NO_FIELD = re.compile(
    r"|stt|tt|so-thu-tu|no|id|index|(?:.*-)?(?:cmnd|cmt|cccd|can-cuoc|chung-minh|dinh-danh|bhxh|bhyt|"
    r"tai-khoan|stk|ma-so-thue|mst)(?:-.*)?|" + "|".join(map(slug, REPORT_HEADS))
)
#: Fields people head in many ways, by the names texts use.
_KNOWN = {
    "ten": "ten ho-ten ho-va-ten ho-ten-chu-ho chu-ho ten-chu-ho nguoi-nhan ten-nguoi-nhan "
           "ten-khach-hang khach-hang name full-name fullname customer customer-name",
    "dia_chi": "dia-chi noi-o cho-o dia-chi-thuong-tru address",
    "thon": "thon xom to to-dan-pho thon-xom thon-to ban-lang khu-dan-cu village hamlet",
    "xa": "xa phuong xa-phuong commune ward",
}  # fmt: skip
_NAMES = {head: name for name, heads in _KNOWN.items() for head in heads.split()}
_LONG_DIGITS = re.compile(r"\d(?:[\s.\-]*\d){6}")
_CODES: tuple[legacy.Code, ...] = ("tcvn3", "vni")


@dataclass(frozen=True)
class Layout:
    """Which columns of a file are what; positions count from 0."""

    head: int  #: row of the heads, from 1 as Excel shows it; 0 where there is none
    heads: tuple[str, ...]  #: of every column, its letter where it has none
    phones: tuple[int, ...]
    fields: Mapping[int, str]  #: position -> the name in a text: {{ name }}
    left_out: tuple[int, ...]  #: columns with something in them that are not taken
    code: legacy.Code | None  #: the old font code the file is typed in
    #: A CSV row with something beyond so many columns has been shifted by a separator inside a
    #: value; 0 where that cannot be or does no harm.
    width: int = 0


@dataclass(frozen=True)
class _Table:
    """The top of a file: its heads and a sample of what is below."""

    file: str
    head: int
    heads: tuple[str, ...]
    below: Sequence[Sequence[str]]
    code: legacy.Code | None

    def column(self, position: int) -> list[str]:
        """The filled cells of a column in the sample."""
        cells = (row[position] for row in self.below if position < len(row))
        return [cell for cell in cells if cell.strip()]

    def label(self, position: int) -> str:
        """A column as people find it: «Họ tên» (B)."""
        return f"«{self.heads[position]}» ({letters(position + 1)})"


@dataclass(frozen=True)
class Guess:
    """What a column with something in it seems to be: "phone", a field of texts, or "-"."""

    position: int
    head: str
    kind: str
    like_phone: bool  #: it holds numbers, and its head does not say so
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Guesses:
    """The top of a file, for somebody to say what is what."""

    head: int
    columns: tuple[Guess, ...]
    code: legacy.Code | None


def guess(source: Source) -> Guesses:
    """What each column seems to be; what is not clear is left to whoever looks at it."""
    table = _top(source)
    filled = [n for n in range(len(table.heads)) if table.column(n)]
    headed = [n for n in filled if _is_phone(table.heads[n]) and _may_hold(table.column(n))]
    holding = [n for n in filled if _holds(table.column(n))]
    phones = headed or (holding if len(holding) == 1 else [])
    kinds: dict[int, str] = dict.fromkeys(phones, PHONE)
    for n in filled:
        name = _NAMES.get(slug(table.heads[n]), SKIP)
        kinds.setdefault(n, SKIP if n in holding or name in kinds.values() else name)
    return Guesses(table.head, tuple(
        Guess(n, table.heads[n], kinds[n], n in holding and n not in phones,
              tuple(row[n] if n < len(row) else "" for row in table.below[:_SHOWN]))
        for n in filled), table.code)


def find(
    source: Source, mapping: Mapping[str, str] | Mapping[int, str] | None = None,
    wanted: Collection[str] | None = None,
) -> Layout:
    """
    The columns of the file.

    *mapping* is what `--map` says, head or letter -> "phone", a field's name or "-", or the same
    by position; columns it does not name are guessed. With *wanted*, the fields of the text to
    be sent, no other column is read into a row: what is not needed is not kept.

    Raises:
        UserError: nothing in the file, no column of numbers, several that may be, a mapping that
            does not fit, a wanted field without a column.
    """
    table = _top(source)
    told = _told(table, mapping or {})
    phones = _phones(table, told)
    names = _names(table, told, phones)
    if wanted is not None:
        _complete(table, names, wanted)
        names = {position: name for position, name in names.items() if name in wanted}
    elif len(names) > MAX_FIELDS:
        what = t(f"có {len(names)} cột trường", f"has {len(names)} columns of fields")
        fix = t('bỏ bớt bằng --map "TÊN CỘT=-"', 'leave some out with --map "HEAD=-"')
        raise UserError(table.file, what, fix)
    taken = {*phones, *names}
    left_out = tuple(n for n in range(len(table.heads)) if n not in taken and table.column(n))
    width = len(table.heads) if names and not source.sheet else 0
    return Layout(table.head, table.heads, phones, names, left_out, table.code, width)


def _top(source: Source) -> _Table:
    filled = list(islice(_filled(source), _HEAD_WITHIN + _SAMPLE))
    if not filled:
        raise empty(source.file)
    code = legacy.detect(" ".join(cell for _, row in filled for cell in row))
    at = _head([row for _, row in filled])
    below = [row for _, row in filled[at + 1 :]]
    above = filled[at][1] if at >= 0 else []
    widths = [_width(row) for row in below]
    # Cells beyond the heads are columns without a head if most rows have them; if few have, a
    # separator inside a value has shifted those rows.
    width = _width(above)
    if 2 * sum(w > width for w in widths) >= len(widths):
        width = max([width, *widths])
    heads = [_head_text(cell, code) for cell in above[:width]] + [""] * (width - len(above))
    named = tuple(head or letters(n) for n, head in enumerate(heads, start=1))
    return _Table(source.file, filled[at][0] if at >= 0 else 0, named, below, code)


def _filled(source: Source) -> Iterator[tuple[int, Sequence[str]]]:
    for number, row in enumerate(source.rows(), start=1):
        if any(map(str.strip, row)):
            yield number, row


def _width(row: Sequence[str]) -> int:
    return max((n for n, cell in enumerate(row, start=1) if cell.strip()), default=0)


def _head(rows: Sequence[Sequence[str]]) -> int:
    """
    The index of the row of heads, -1 where there is none.

    A row with a number in it is somebody's, even a refused one: taken for heads, it would be lost.
    """
    telling = [_tells(row) for row in rows[:_HEAD_WITHIN]]
    numbers = (
        n for n, row in enumerate(rows[:_HEAD_WITHIN])
        if any(map(_LONG_DIGITS.search, row)) and not telling[n]
    )
    above = rows[: next(numbers, _HEAD_WITHIN)]
    if not above:
        return -1
    cells = [sum(map(bool, map(str.strip, row))) for row in above]
    # One cell alone over a wider table is its title: "Danh sách số điện thoại xã …".
    widest = [n for n in range(len(above)) if cells[n] == max(cells)]
    best = next((n for n in widest if telling[n]), widest[0])
    digits = any(cell.strip().isdigit() for cell in above[best])
    return -1 if digits and not telling[best] else best


def _tells(row: Sequence[str]) -> bool:
    """Whether heads we know stand in the row; "ĐT: 3885113" is none, "Năm 2024-2025" harms none."""
    digits = [sum(map(str.isdigit, cell)) for cell in row]
    if max(digits, default=0) > 8:
        return False  # "Lan;di động;0950…" is somebody
    texts = [_head_text(cell, None) for cell, n in zip(row, digits, strict=True) if n < 3]
    return any(map(_is_phone, texts)) or sum(map(_is_known, texts)) > 1


def _head_text(cell: str, code: legacy.Code | None) -> str:
    """A head as it was meant: in Unicode, on one line, without a star or colon."""
    readings = [cell, *(legacy.to_unicode(cell, c) for c in _CODES)]
    known = (text for text in readings if _is_known(text))
    text = next(known, legacy.to_unicode(cell, code) if code else cell)
    return " ".join(text.strip(" *:\n\ufeff").split())


def _is_known(head: str) -> bool:
    return _is_phone(head) or slug(head) in _NAMES


def _is_phone(head: str) -> bool:
    words = slug(head)
    return bool(_PHONE.search(words)) and not _LANDLINE.search(words)


def _told(
    table: _Table, mapping: Mapping[str, str] | Mapping[int, str]
) -> dict[int, str]:
    """Position -> what the mapping says of it."""
    told: dict[int, str] = {}
    for head, name in mapping.items():
        if isinstance(head, int):
            told |= {head: name} if head < len(table.heads) else {}
            continue
        found = [n for n, text in enumerate(table.heads) if slug(text) == slug(head)]
        if not found and re.fullmatch(r"[A-Za-z]{1,2}", head):
            called = [letters(n) for n in range(1, len(table.heads) + 1)]
            found = [called.index(head.upper())] if head.upper() in called else []
        if not found:
            what = t(f"không có cột «{head}»", f"there is no column «{head}»")
            raise UserError(f"{table.file}: --map", what, did_you_mean(head, table.heads) + _all(
                table, range(len(table.heads))))
        if len(found) > 1 and name not in {PHONE, SKIP}:
            what = t(f"có nhiều cột «{head}»", f"there are several columns «{head}»")
            fix = t("ghi chữ cái của cột: ", "write the column's letter: ") + _all(table, found)
            raise UserError(f"{table.file}: --map", what, fix)
        told |= dict.fromkeys(found, name)
    return told


def _phones(table: _Table, told: Mapping[int, str]) -> tuple[int, ...]:
    mapped = tuple(sorted(n for n, name in told.items() if name == PHONE))
    if mapped:
        return mapped
    free = [n for n in range(len(table.heads)) if n not in told]
    headed = [n for n in free if _is_phone(table.heads[n]) and _may_hold(table.column(n))]
    # "DT" is also "dân tộc" or "diện tích"; a column of something else is not a second phone.
    holding = [n for n in free if _holds(table.column(n))]
    strays = [n for n in holding if n not in headed]
    if not headed and len(strays) == 1:
        return tuple(strays)
    if strays:
        raise _ambiguous(table, [*headed, *strays])
    if not headed:
        what = t("không tìm thấy cột số điện thoại", "there is no column of phone numbers")
        first = table.heads[0]
        fix = t(f'viết --map "TÊN CỘT=phone", ví dụ --map "{first}=phone"; các cột: ',
                f'write --map "HEAD=phone", such as --map "{first}=phone"; the columns: ')
        raise UserError(table.file, what, fix + _all(table, range(len(table.heads))))
    return tuple(headed)


def _may_hold(cells: Sequence[str]) -> bool:
    """Nothing yet, or something as long as a number in at least one cell."""
    return not cells or any(_LONG_DIGITS.search(c) or "E+" in c.upper() for c in cells)


def _holds(cells: Sequence[str]) -> bool:
    numbers = sum(
        any(isinstance(phone.national(piece), str) for piece in phone.pieces(cell))
        for cell in cells
    )
    return numbers > 0 and numbers >= _SHARE * len(cells)


def _ambiguous(table: _Table, candidates: Sequence[int]) -> UserError:
    what = t("có nhiều cột giống số điện thoại: ", "several columns look like phone numbers: ")
    one = f'--map "{table.heads[candidates[0]]}=phone"'
    both = ",".join(f"{table.heads[n]}=phone" for n in candidates)
    fix = t(f'viết {one} để chỉ nhắn cột ấy, --map "{both}" để nhắn mọi cột',
            f'write {one} to send to that one only, --map "{both}" to send to all')
    return UserError(table.file, what + _all(table, candidates), fix)


def _names(table: _Table, told: Mapping[int, str], phones: Collection[int]) -> dict[int, str]:
    """Position -> name of the field, for the columns that are fields."""
    names = {n: name for n, name in told.items() if name not in {PHONE, SKIP}}
    for n, head in enumerate(table.heads):
        cells = table.column(n)
        # Another person's number is no value for a text: it would stand there in clear.
        skipped = n in told or n in phones or bool(_NO_FIELD.fullmatch(slug(head))) or _holds(cells)
        if not cells or skipped:
            continue
        names[n] = _free(_field_name(head), names.values())
    return dict(sorted(names.items()))


def _field_name(head: str) -> str:
    """A head as a name for a text: ASCII, and none that means something else there."""
    name = _NAMES.get(slug(head)) or slug(head).replace("-", "_")[:MAX_NAME].strip("_")
    other = name in FIELDS and name not in OF_LISTS
    unfit = name[0].isdigit() or len(name) == 1 or other or name == PHONE
    return f"cot_{name}" if unfit else name


def _free(name: str, taken: Collection[str]) -> str:
    candidates = (name, *(f"{name}_{n}" for n in range(2, MAX_FIELDS + MAX_NAME)))
    return next((c for c in candidates if c not in taken), name)


def _complete(table: _Table, names: Mapping[int, str], wanted: Collection[str]) -> None:
    missing = sorted(set(wanted) - set(names.values()))
    if not missing:
        return
    fields = ", ".join(f"{{{{ {name} }}}}" for name in missing)
    what = t(f"lời tin cần {fields} mà danh sách không có cột ấy",
             f"the text needs {fields} and the list has no such column")
    fix = t(f'viết --map "TÊN CỘT={missing[0]}"; các cột: ',
            f'write --map "HEAD={missing[0]}"; the columns: ')
    raise UserError(table.file, what, fix + _all(table, range(len(table.heads))))


def _all(table: _Table, positions: Collection[int]) -> str:
    return ", ".join(table.label(n) for n in positions)
