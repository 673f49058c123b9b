"""Roman numerals: quarters, terms of the Assembly, congresses, chapters, heads of a list."""

import re

from vietnamese.spoken.numerals import integer, ordinal
from vietnamese.spoken.spans import Reading, words
from vietnamese.syllables import is_syllable

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_VALID = re.compile(r"(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")

#: What is counted in Roman numerals; behind these one letter is a numeral as well.
_COUNTED = (
    r"khóa|khoá|quý|chương|phần|mục|tiểu mục|đại hội|lần thứ|thế kỷ|thế kỉ|kỳ|học kỳ|học kì|cấp|"
    r"loại|hạng|đợt|giai đoạn|tập|vòng|bậc|phụ lục|bảng|nhóm|thứ|nhiệm kỳ|lần|danh mục|vùng|"
    r"khu vực|quân khu|tiểu khu|biểu|hội nghị|độ|tuyến|trung ương"
)
_BEHIND_COUNTED = re.compile(words(_COUNTED) + r"\s+$")
_NUMERAL = re.compile(r"(?<![\w.&/])([IVXLC]+)(?:\.(\d+))?(?![\w&])")
_HEAD = re.compile(r"^\s*([IVX]+)[.)/](?=\s)", re.MULTILINE)
_JOINED = re.compile(r"(?:[IVX]+)\s*(?:,|-|và)\s*$")
_ORDINAL = re.compile(r"thứ\s+$")


def value(written: str) -> int | None:
    """The number, from 1, or None when it is no Roman numeral."""
    if not written or not _VALID.fullmatch(written):
        return None
    total = 0
    for here, behind in zip(written, [*written[1:], "I"], strict=True):
        one = _VALUES[here]
        total += -one if one < _VALUES[behind] else one
    return total


def read(line: Reading) -> None:
    """Claim the numerals that their place or their shape proves to be some."""
    for head in line.matches(_HEAD):
        if found := value(head[1]):
            line.claim(head.start(1), head.end(1), integer(found), "roman", "beside")
    for match in line.matches(_NUMERAL):
        found = value(match[1])
        if found is None or not _is_numeral(line, match):
            continue
        ranked = _ORDINAL.search(line.before(match.start()))
        said = ordinal(found) if ranked else integer(found)
        if match[2]:
            said += f" chấm {integer(int(match[2]))}"
        line.claim(match.start(), match.end(), said, "roman", "beside")


def _is_numeral(line: Reading, match: re.Match[str]) -> bool:
    written = match[1]
    before = line.before(match.start())
    if _BEHIND_COUNTED.search(before):
        return written not in ("L", "C")  # "loại C", "hạng C" are letters
    if _JOINED.search(line.text, max(0, match.start() - 12), match.start()):
        return written not in ("L", "C")
    if len(written) < 2 or not set(written) <= set("IVX"):
        return False
    # "HÀNH VI" in capitals is a word.
    return not is_syllable(written) or not _beside_capitals(line, match)


def _beside_capitals(line: Reading, match: re.Match[str]) -> bool:
    left = re.search(r"(\w+)\W*$", line.text[max(0, match.start() - 24) : match.start()])
    right = re.match(r"\W*(\w+)", line.text[match.end() : match.end() + 24])
    return any(m and len(m[1]) > 1 and m[1].isupper() for m in (left, right))
