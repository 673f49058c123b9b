"""Numbers with what they count: money, percentages, measures, and every number left."""

import re

from vietnamese.spoken.numerals import NUMBER, digits, number
from vietnamese.spoken.spans import Reading, words

_NUMBER = re.compile(rf"(?<!\w)(?<!\d[.,])(?:{NUMBER})(?!\d)")
_SPACED_THOUSANDS = re.compile(
    r"(?<![\w.,])[1-9]\d{0,2}(?: \d{3}){1,4}(?=\s?(?:đ|đồng|VNĐ|VND)(?!\w))"
)
_DOTTED = re.compile(r"(?<![\w])\d+(?:\.\d+){2,}(?!\w)")
#: Parts of a text and versions are said with "chấm": "mục 2.1", "công nghiệp 4.0".
_PART_OF_TEXT = re.compile(
    words(r"mục|phần|điều|khoản|tiểu mục|chương|bài|phiên bản|công nghiệp|thế hệ|android|windows|"
          r"bảng|hình|biểu|điểm|chuyển đổi số|web|pm") + r"\s*$"
)
_DOT_ZERO = re.compile(r"\d\.0")  # "4.0" is a name, for decimals have a comma
_SCALE = re.compile(r"\s?(nghìn|ngàn|triệu|tỷ|tỉ|vạn)(?!\w)(?:\s+(nghìn|triệu|tỷ|tỉ)(?!\w))?"
                    r"(?:\s+(rưỡi)(?!\w))?")
_SHORT_SCALE = re.compile(r"\s?(tr|Tr|k|K)(\d)?(?!\w)")
_CURRENCY = re.compile(r"\s(?:đồng|đô la Mỹ|đô la)(?!\w)")
_PER = re.compile(
    r"\s?/\s?(?:(\d{1,3})\s?)?(người|hộ|tháng|năm|ngày|tuần|quý|giờ|phút|giây|lần|suất|con|cây|"
    r"sào|mẫu|công|vụ|ca|buổi|lượt|tờ|chuyến|khẩu|nhân khẩu|học sinh|em|cháu|lao động|tiết|bộ|"
    r"chiếc|cái|đêm|vé|xe|trường hợp|hồ sơ|bản|trang|thùng|bao|chai|lít|tấn|tạ|yến|cân|mét|thôn|xã|"
    r"đơn vị|hội viên|đại biểu|liều|mũi|viên|hectare|kg|km|ha|m2|m3|km2|kWh|ml|lít|l|g|mét vuông|"
    r"mét khối|học kỳ|năm học|khóa|đợt|kỳ|căn|phòng|nhà|giường|đầu người|cơ sở|cửa hàng)(?!\w)"
)
_BEHIND_ONE = re.compile(r"\s*\(([^()]{2,60})\)")
_COMMA_THREE = re.compile(r"[1-9]\d{0,2},\d{3}")
#: "1m65", "3kg2": the unit stands where the comma would.
_SPLIT_MEASURE = re.compile(r"(?<![\w.,])(\d{1,3})(m|km|kg)([1-9]\d?)(?!\w|[.,]\d)")
_MONEY_SIGN_FIRST = re.compile(rf"([$€])\s?({NUMBER})(?!\w)")
_GLUED = re.compile(r"\d+")
_DEGREES_BEHIND = re.compile(r"\s?(?:(?:đến|-|và)\s?-?\d+(?:,\d+)?\s?)?(?:°|độ)")
_DEGREES_BEFORE = re.compile(r"(?:\d|\d\s*độ|\d\s*(?:độ\s*|°\s?)C?)\s*$")


def read(line: Reading) -> None:
    """Claim every number that no other pass knew, with its unit."""
    _odd_shapes(line)
    for match in line.matches(_NUMBER):
        _claim(line, match.start(), match.end(), _said(line, match))
    for match in line.matches(line.dictionary.lone_unit):
        line.claim(match.start(), match.end(), line.dictionary.units[match[0]], "unit", "kept")
    for match in line.matches(_GLUED):
        line.claim(match.start(), match.end(), number(match[0]), "number", "beside")


def _odd_shapes(line: Reading) -> None:
    """Claim what is more than a number and a unit: "1 500 000 đồng", "2.1.3", "1m65", "$100"."""
    units = line.dictionary.units
    for match in line.matches(_SPACED_THOUSANDS):
        _claim(line, match.start(), match.end(), number(match[0].replace(" ", ".")))
    for match in line.matches(_DOTTED):
        if not re.fullmatch(r"\d{1,3}(?:\.\d{3})+", match[0]):
            line.claim(match.start(), match.end(), _with_dots(match[0]), "number", "beside")
    for match in line.matches(_SPLIT_MEASURE):
        if match[2] + match[3] not in units:  # "250m2" is no two metres and a half
            tail = {"1": "mốt", "4": "tư"}.get(match[3], number(match[3]))
            said = f"{number(match[1])} {units.get(match[2], match[2])} {tail}"
            line.claim(match.start(), match.end(), said, "number", "beside")
    for match in line.matches(_MONEY_SIGN_FIRST):
        whole = match[2].replace(",", ".") if _COMMA_THREE.fullmatch(match[2]) else match[2]
        said = f"{number(whole)} {units.get(match[1], match[1])}"
        line.claim(match.start(), match.end(), said, "number", "beside")


def _with_dots(written: str) -> str:
    return " chấm ".join(number(part) for part in written.split("."))


def _said(line: Reading, match: re.Match[str]) -> str:
    written = match[0]
    if "." in written and (
        _DOT_ZERO.fullmatch(written) or _PART_OF_TEXT.search(line.before(match.start()))
    ):
        return _with_dots(written)
    return _comma_three(line, match) if _COMMA_THREE.fullmatch(written) else number(written)


def _comma_three(line: Reading, match: re.Match[str]) -> str:
    """Three figures behind a comma: "500,000đ" is 500.000, "1,125 tỷ" a decimal, else unsure."""
    behind = line.after(match.end())
    money = re.match(r"\s?(?:đ|đồng|vnđ|vnd|usd)(?!\w)", behind)
    english = match[0].replace(",", ".")
    if money:
        return number(english)
    if line.dictionary.counted.match(line.lower, match.end()) and not _SCALE.match(behind):
        line.note(match.start(), match.end(), "comma_three")
        return number(english)
    return number(match[0])


def _claim(line: Reading, start: int, end: int, said: str) -> None:
    minus = _is_minus(line, start)
    end, tail = _measure(line, end)
    said += tail
    if minus and (tail.startswith(" độ") or _DEGREES_BEHIND.match(line.lower, end)):
        start, said = start - 1, "âm " + said
    elif minus:
        line.note(start - 1, end, "minus")
    if line.claim(start, end, said, "number", "beside"):
        _skip_own_words(line, end, said)


def _is_minus(line: Reading, start: int) -> bool:
    """A dash right before the number and not behind another one: "2°C -8°C" is a range."""
    before = line.text[max(0, start - 8) : start]
    if not before.endswith("-") or (len(before) > 1 and before[-2] not in " (,:;"):
        return False
    return not _DEGREES_BEFORE.search(before[:-1]) and not line.ending(len(before[:-1].rstrip())
                                                                       + start - len(before))


def _measure(line: Reading, end: int) -> tuple[int, str]:
    """Where what belongs to the number ends, and how it is said."""
    text, tail, measured = line.text, "", False
    if scale := _SHORT_SCALE.match(text, end):
        tail = _short_scale(scale)
        end, measured = scale.end(), True
    elif scale := _SCALE.match(text, end):
        tail, end = scale[0] if scale[0].startswith(" ") else " " + scale[0], scale.end()
    if unit := line.dictionary.unit.match(text, end):
        if line.free(unit.start(1), unit.end(1)):
            tail += " " + line.dictionary.units[unit[1]]
            end, measured = unit.end(), True
    elif currency := _CURRENCY.match(text, end):
        tail, end = tail + currency[0], currency.end()
    if tail and measured and tail.endswith("đồng") and (over := _CURRENCY.match(text, end)):
        end = over.end()  # "500k đồng"
    while tail and (per := _PER.match(text, end)):
        count = number(per[1]) if per[1] else "một"
        tail += f" {'trên ' if per[1] else ''}{count} {line.dictionary.units.get(per[2], per[2])}"
        end = per.end()
    return end, tail


def _short_scale(scale: re.Match[str]) -> str:
    """Thousands and millions of đồng: "500k", "2tr", "2tr5"."""
    if scale[1] in "kK":
        return " nghìn đồng" if not scale[2] else f" nghìn {digits(scale[2])} trăm đồng"
    return " triệu đồng" if not scale[2] else f" triệu {digits(scale[2])} trăm nghìn đồng"


def _skip_own_words(line: Reading, end: int, said: str) -> None:
    """A number that is repeated in words, "01 (một) buổi", is said once."""
    words_ = _BEHIND_ONE.match(line.text, end)
    if words_ and words_[1].strip().lower() in (said.lower(), f"{said} đồng".lower()):
        line.claim(end, words_.end(), "", "skip", "said")
