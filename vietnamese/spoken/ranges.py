"""
Ranges: "100 - 150 triệu đồng" is "một trăm đến một trăm năm mươi triệu đồng".

Works on what the passes before have claimed: a dash between two numbers, times or dates. Phone
numbers in a row are no range.
"""

import re
from itertools import pairwise

from vietnamese.spoken.spans import Reading, Span

_DASH = re.compile(r"\s*-\s*")
_LAST_WORD = re.compile(r"([^\W\d_]+)\s+$")
_UNIT_BETWEEN = re.compile(r"\s+[^\W\d_]+")
#: "7 - 11h": the first is a bare number still.
_MIXED = frozenset({"number", "time", "code"})
_RANGED = frozenset({"number", "time", "date", "roman", "fraction", "code"})


def read(line: Reading) -> None:
    """Claim every dash of a range, and make one span of two numbers for a person's eye."""
    spans = [s for s in line.spans() if s.kind in _RANGED]
    pairs = list(pairwise(spans))
    dashes = [_dash(line, left, right) for left, right in pairs]
    for place, ((left, right), dash) in enumerate(zip(pairs, dashes, strict=True)):
        if dash is None:
            continue
        start, end = dash
        if any(dashes[max(0, place - 1) : place] + dashes[place + 1 : place + 2]):
            line.claim(start, end, ", ", "range")  # "80% - 95% - 100%" is a list
        elif left.form == right.form == "beside" and right.start == end and left.end == start:
            line.join(left, right, f"{left.voice} đến {right.voice}")
        else:
            line.claim(start, end, " đến ", "range")


def _dash(line: Reading, left: Span, right: Span) -> tuple[int, int] | None:
    """Where the dash stands: next to both, or with the word that both have: "tổ 1 - tổ 5"."""
    if left.kind != right.kind and not {left.kind, right.kind} <= _MIXED:
        return None
    dash = _DASH.match(line.text, left.end)
    if dash is None:
        unit = _UNIT_BETWEEN.match(line.text, left.end)
        dash = _DASH.match(line.text, unit.end()) if unit else None
        if dash is None or "-" not in dash[0]:
            return None
        if dash.end() != right.start:
            return None
        return (dash.start(), dash.end()) if _same_unit(line, unit, right) else None
    if dash.end() == right.start:
        return dash.start(), dash.end()
    return (dash.start(), dash.end()) if _same_word(line, left, dash.end(), right) else None


def _same_unit(line: Reading, unit: re.Match[str] | None, right: Span) -> bool:
    """Whether the word behind the first stands behind the second: "5 ngày - 7 ngày"."""
    return bool(unit) and line.lower.startswith(unit[0].lower(), right.end)  # type: ignore[index]


def _same_word(line: Reading, left: Span, place: int, right: Span) -> bool:
    """Whether the word before the first stands before the second: "tháng 3 - tháng 5"."""
    word = _LAST_WORD.search(line.text, max(0, left.start - 12), left.start)
    if not word:
        return False
    return line.text[place : right.start].strip().lower() == word[1].lower()
