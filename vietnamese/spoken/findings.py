"""
The lint of what is said: whatever a voice would stumble over or guess is named, never aired.

A finding gives its place in the line as it was written, so that a person can mend it there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from vietnamese.spoken.dictionary import Dictionary
from vietnamese.spoken.render import Piece
from vietnamese.spoken.spans import Reading
from vietnamese.spoken.written import Written, decorates
from vietnamese.syllables import is_syllable

Lang = Literal["vi", "en"]

#: Why a place is named, and what to do instead.
WHY: dict[str, tuple[str, str]] = {
    "digit": (
        "còn chữ số không rõ cách đọc; hãy viết bằng chữ",
        "a figure is left that cannot be read; write it in words",
    ),
    "capitals": (
        "chữ viết tắt chưa có trong từ điển; hãy viết đầy đủ hoặc thêm vào từ điển",
        "an abbreviation the dictionary does not know; write it in full or add it",
    ),
    "several": (
        "chữ viết tắt có nhiều nghĩa, ở đây không rõ nghĩa nào; hãy viết đầy đủ",
        "an abbreviation with several meanings, not clear here; write it in full",
    ),
    "symbol": (
        "ký hiệu không đọc được; hãy viết bằng chữ hoặc bỏ đi",
        "a sign that cannot be read; write it in words or leave it out",
    ),
    "word": (
        "không phải tiếng Việt và chưa có trong từ điển; hãy thêm cách đọc vào từ điển",
        "not Vietnamese and not in the dictionary; add its reading to the dictionary",
    ),
    "address": (
        "địa chỉ trang mạng trong bản tin; nói tên trang, không đọc địa chỉ",
        "a web address in a bulletin; say the name of the site, do not read the address",
    ),
    "web_word": (
        "chữ không dấu trong địa chỉ, chưa có trong từ điển, không đoán; hãy thêm vào mục [web]",
        "an unaccented word of an address, not in the dictionary, never guessed; add it to [web]",
    ),
    "no_such_day": (
        "không có ngày này trong lịch; hãy kiểm tra lại",
        "no calendar has this day; check it",
    ),
    "day_or_fraction": (
        "không rõ là ngày hay phân số; hãy viết “ngày …” hoặc viết phân số bằng chữ",
        "a day or a fraction; write “ngày …” or the fraction in words",
    ),
    "minus": (
        "không rõ dấu trừ hay dấu gạch; hãy viết “âm …” hoặc bỏ dấu",
        "a minus or a dash; write “âm …” or leave it out",
    ),
    "comma_three": (
        "không rõ dấu phẩy ngăn hàng nghìn hay phần lẻ; hãy viết 1.500 hoặc 1,5",
        "the comma may part thousands or decimals; write 1.500 or 1,5",
    ),
}

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_IN_WORD = re.compile(r"\w'\w")
_SILENT = frozenset(",.;:!?\"'()[]{}-|…")


@dataclass(frozen=True, slots=True)
class Finding:
    """A place of the written line, ``line[start:end] == text``, and why it must be mended."""

    start: int
    end: int
    text: str
    why: str


def find(line: Reading, written: Written, parts: list[Piece], lang: Lang) -> tuple[Finding, ...]:
    """Everything to mend, in the order of the line, each place and reason once."""
    places = {(n.start, n.end, n.why) for n in line.notes}
    for part in parts:
        places.update(_in_span(part, line.dictionary) if part.span else _in_gap(part, line))
    found = []
    for start, end, why in _runs(sorted(places)):
        first, last = written.place(start, end)
        found.append(Finding(first, last, written.source[first:last], WHY[why][lang == "en"]))
    return tuple(found)


def _runs(places: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Signs in a row are one place: a line in a symbol font is one mistake, not seventy."""
    runs: list[tuple[int, int, str]] = []
    for start, end, why in places:
        if runs and why == "symbol" == runs[-1][2] and runs[-1][1] == start:
            runs[-1] = (runs[-1][0], end, why)
        else:
            runs.append((start, end, why))
    return runs


def _in_gap(part: Piece, line: Reading) -> Iterator[tuple[int, int, str]]:
    for token in _TOKEN.finditer(line.text, part.start, part.end):
        why = _wrong(token[0], line.dictionary)
        if token[0] == "'" and _IN_WORD.match(line.text, max(0, token.start() - 1)):
            why = "symbol"
        if why:
            yield token.start(), token.end(), why


def _in_span(part: Piece, dictionary: Dictionary) -> Iterator[tuple[int, int, str]]:
    if part.span and part.span.kind in ("field", "web"):
        return  # a field is filled later; words of an address were noted one by one
    for token in _TOKEN.findall(part.voice):
        if why := _wrong(token, dictionary):
            yield part.start, part.end, why


def _wrong(token: str, dictionary: Dictionary) -> str | None:
    if token.isalpha():
        if _is_vietnamese(token):
            return None
        if token.lower() in dictionary.known and not (len(token) > 1 and token.isupper()):
            return None
        if len(token) > 1 and token[1:] != token[1:].lower():
            entries = dictionary.entries.get(token.lower(), ())
            several = any(e.written == token and e.contexts for e in entries)
            return "several" if several else "capitals"
        return "word"
    if token.isdecimal():
        return "digit"
    return None if token in _SILENT or decorates(token) else "symbol"


@lru_cache(maxsize=4096)
def _is_vietnamese(word: str) -> bool:
    """A syllable in small letters, or with a capital at its head; capitals left are none."""
    return is_syllable(word) and (len(word) == 1 or word[1:] == word[1:].lower())
