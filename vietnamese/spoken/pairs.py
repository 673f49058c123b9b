"""
"a/b" in figures: a day, a fraction, a house number, or "24/7".

What stands round it decides. Where nothing does, it is read as a day and noted: a wrong date in a
warning is worse than a question to its author.
"""

import re

from vietnamese.spoken import dates
from vietnamese.spoken.codes import alternating
from vietnamese.spoken.numerals import integer, number
from vietnamese.spoken.spans import Reading, words

_PAIR = re.compile(r"(?<![\w/.,])(\d{1,5}[A-Za-z]?)/(\d{1,4})(?![\w/]|[.,]\d)")
_TALLY = re.compile(
    r"(?<![\w/.,])(\d{1,3}(?:\.\d{3})+|\d+,\d+|\d+)"
    r"/(\d{1,3}(?:\.\d{3})+|\d+,\d+|\d+)(?![\w/]|[.,]\d)"
)
_LONG_ADDRESS = re.compile(r"(?<![\w/.,])\d{1,4}[A-Za-z]?(?:/\d{1,4}[A-Za-z]?){2,4}(?![\w/])")
_DASHED_DAY = re.compile(r"(?<=ngày )(\d{1,2})[-.](\d{1,2})(?![\w/-]|[.,]\d|\s+tháng)")
_ROUND_THE_CLOCK = re.compile(r"(?<![\w/.,])24h?/(?:24|7)h?(?![\w/])")

_ADDRESS = re.compile(words(
    r"ngõ|ngách|hẻm|kiệt|số nhà|nhà số|số|nhà|lô|thửa|thửa đất|căn hộ|phòng|quốc lộ|địa chỉ:?"
) + r"\s+(?:số\s+)?$")
_DAY_BEFORE = re.compile(words(
    r"ngày|hôm|sáng|trưa|chiều|tối|đêm|rạng sáng|mùng|mồng|lễ|dịp|tết|kỷ niệm|kỉ niệm|mừng|nghỉ|"
    r"độc lập|quốc khánh|thứ \w+|chủ nhật|nhật"
) + r"[\s,(]+$")
_WHEN_BEFORE = re.compile(words(
    r"từ|đến|tới|trước|sau|hết|vào|lúc|đến hết|kể từ|và|hoặc|giờ|\d+h\d*|phút|khai giảng|bế mạc|"
    r"khai mạc|diễn ra|hạn|thời gian:?|hạn cuối:?"
) + r"\s+$")
_SHARE_BEFORE = re.compile(words(
    r"hơn|gần|khoảng|trên|dưới|quá|chiếm|đạt|ít nhất|tối thiểu|bằng|tỷ lệ|tỉ lệ|còn|giảm|tăng|mất|"
    r"được|có|vòng"
) + r"\s+$")
#: Days listed before: "sáng 7 - 8/9".
_LISTED = re.compile(words(r"ngày|hôm|sáng|trưa|chiều|tối|đêm|mùng|mồng")
                     + r"\s+(?:\d{1,2}\s*(?:,|-|và|đến|tới)\s*)+(?:ngày\s+)?$")
_SHARE_BEHIND = re.compile(
    r"\s+(?:tổng|số|dân số|diện tích|quân số|chiều|giá trị|quãng đường|thời gian|lượng|khối lượng|"
    r"sản lượng|kinh phí|vốn|mức|của|nhu cầu|công suất|dung tích|cả nước|địa bàn)(?!\w)"
)
#: What is ticked off one by one: "5/7 thôn" is five out of seven.
_ONE_BY_ONE = re.compile(
    r"\s+(?:thôn|xã|xóm|bản|tổ|phường|tiêu chí|chỉ tiêu|phiếu|trường|chi bộ|đơn vị|trạm|điểm|"
    r"nội dung|nhiệm vụ|huyện|tỉnh|chi hội|cơ quan|khu|môn|bài|câu|hồ sơ|đồng chí|ý kiến|"
    r"ủy viên)(?!\w)"
)
#: Days that everybody knows by their figures.
_KNOWN_DAYS = frozenset({
    (1, 1), (3, 2), (27, 2), (8, 3), (26, 3), (30, 4), (1, 5), (7, 5), (19, 5), (1, 6), (5, 6),
    (21, 6), (28, 6), (27, 7), (19, 8), (2, 9), (5, 9), (10, 10), (13, 10), (14, 10), (20, 10),
    (9, 11), (18, 11), (20, 11), (1, 12), (19, 12), (22, 12), (10, 3), (28, 7), (23, 9),
})  # fmt: skip


def read(line: Reading) -> None:
    """Claim every pair of figures with a stroke between."""
    for match in line.matches(_ROUND_THE_CLOCK):
        if not _DAY_BEFORE.search(line.before(match.start())) or "24/24" in match[0]:
            said = " trên ".join(
                integer(int(part.rstrip("h"))) + (" giờ" if part.endswith("h") else "")
                for part in match[0].split("/")
            )
            line.claim(match.start(), match.end(), said, "fraction", "beside")
    for match in line.matches(_LONG_ADDRESS):
        if _ADDRESS.search(line.before(match.start())):
            line.claim(match.start(), match.end(), over(match[0]), "address", "beside")
    for match in line.matches(_DASHED_DAY, lower=True):
        _claim_dashed(line, match)
    for match in line.matches(_PAIR):
        _claim_pair(line, match)
    for match in line.matches(_TALLY):  # "12,6/15 tỷ", "1.200/1.500 hộ"
        if "," in match[0] or "." in match[0]:
            said = f"{number(match[1])} trên {number(match[2])}"
            line.claim(match.start(), match.end(), said, "fraction", "beside")


def over(written: str) -> str:
    """An address or a tally, "15/2": "mười lăm trên hai"; letters keep their names."""
    return " trên ".join(alternating(part) for part in written.split("/"))


def _claim_dashed(line: Reading, match: re.Match[str]) -> None:
    """A day in the old style, "ngày 2-9", unless it may be two days."""
    day, month = int(match[1]), int(match[2])
    dot = "." in match[0]
    if dates.exists(day, month, None) and (dot or day > month or (day, month) in _KNOWN_DAYS):
        line.claim(match.start(), match.end(), dates.full(day, month, None), "date")


def _claim_pair(line: Reading, match: re.Match[str]) -> None:
    start, end = match.span()
    before = line.before(start)
    if _ADDRESS.search(before) or match[1][-1].isalpha():
        line.claim(start, end, over(match[0]), "address", "beside")
        return
    above, below = int(match[1]), int(match[2])
    if not below:
        return
    if _is_day(line, match, before, above, below):
        if line.claim(start, end, dates.said(line, start, (above, below, None)), "date"):
            dates.earlier_days(line, start)
    else:
        line.claim(start, end, _fraction(line, end, match[1], match[2]), "fraction", "beside")


def _is_day(line: Reading, match: re.Match[str], before: str, above: int, below: int) -> bool:
    start, end = match.span()
    if not (1 <= above <= 31 and 1 <= below <= 12):
        if _DAY_BEFORE.search(before) and below <= 12:
            line.note(start, end, "no_such_day")
        return False
    if _DAY_BEFORE.search(before) or _LISTED.search(before):
        dates.check(line, start, end, (above, below, None))
        return True
    counted = line.dictionary.counted.match(line.lower, end)
    share = _SHARE_BEHIND.match(line.lower, end)
    if share or (counted and above <= below and not _padded(match)):
        return False
    if not dates.exists(above, below, None):
        return False
    if _WHEN_BEFORE.search(before) or (above, below) in _KNOWN_DAYS or _padded(match):
        return True
    if re.match(r"\s*-\s*\d{1,2}/\d", line.text[end:]) or re.search(r"/\d+\s*-\s*$", before):
        return True
    if _SHARE_BEFORE.search(before) and above < below:
        return False
    if above <= below:
        line.note(start, end, "day_or_fraction")
    return True


def _padded(match: re.Match[str]) -> bool:
    return match[1].startswith("0") or match[2].startswith("0")


def _fraction(line: Reading, end: int, above: str, below: str) -> str:
    whole = int(below)
    proper = int(above) < whole <= 10 and not _ONE_BY_ONE.match(line.lower, end)
    said = "tư" if whole == 4 else integer(whole)
    return f"{number(above)} phần {said}" if proper else f"{number(above)} trên {integer(whole)}"
