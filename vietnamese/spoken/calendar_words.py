"""Days, months, quarters, weekdays and years that stand beside their own word: "tháng 4"."""

import re
from collections.abc import Callable

from vietnamese.spoken.dates import YEAR, check, day, month
from vietnamese.spoken.numerals import integer, ordinal
from vietnamese.spoken.roman import value
from vietnamese.spoken.spans import Reading

_LIST = r"\d{1,2}(?:\s*(?:,|-|và|đến|tới|&)\s*\d{1,2})*(?![\w%°]|[./:,]\d|\s?(?:giờ|phút))"
_MONTHS = re.compile(rf"(?<!\d)tháng\s+({_LIST})(?P<length>\s+(?:ngày|tuần)(?!\w))?")
_QUARTERS = re.compile(
    rf"quý\s+((?:[ivx]+|\d)(?:\s*(?:,|-|và|đến)\s*(?:quý\s+)?(?:[ivx]+|\d))*)(?:\s*[/-]\s*({YEAR}))?"
    r"(?!\w|[./,]\d)"
)
_DAYS = re.compile(rf"(?P<word>ngày|đêm|sáng|trưa|chiều|tối|hôm|mùng|mồng)\s+(?P<days>{_LIST})")
_MONTH_BEHIND = re.compile(rf"\s+tháng\s+(\d{{1,2}})(?:\s+năm\s+({YEAR}))?")
_WEEKDAYS = re.compile(r"thứ\s+(\d+(?:\s*(?:,|-|và|đến|tới)\s*[2-7](?!\d))*)(?![\w%]|[./:,]\d)")
_SHORT_WEEKDAY = re.compile(r"(?<![\w.])T([2-7])(?!\w|[./]\d)")
_DATED = re.compile(r"\s*[(,]?\s*(?:ngày\s+)?\d{1,2}/\d")
_OTHER_WEEKDAY = re.compile(r"\s*(?:,|-|và|đến|tới)\s*(?:T[2-7]|CN|[Tt]hứ|[Cc]hủ nhật)(?!\w)")
_WEEKDAY_BEFORE = re.compile(
    r"(?:(?:T[2-7]|CN|[Tt]hứ \w+|nhật)\s*(?:,|-|và|đến|tới)\s*|(?:sáng|trưa|chiều|tối|ngày|từ|các|"
    r"Sáng|Chiều|Tối|hằng tuần|hàng tuần)\s+)$"
)
_YEARS = re.compile(rf"năm\s+({YEAR}(?:\s*(?:,|-|và|đến)\s*{YEAR})*)(?![\w%]|[./,]\d)")
_SHORT_QUARTER = re.compile(rf"(?<!\w)Q([1-4])\s?[/-]\s?({YEAR})(?!\w)")
#: A law is named with its year: "Luật Đất đai 2024".
_LAW = re.compile(
    rf"(?:Bộ luật|Luật|Hiến pháp|Pháp lệnh)(?:\s+(?!năm\b)[^\W\d]+,?){{0,10}}?\s+({YEAR})"
    r"(?![\w%]|[./,]\d)"
)
#: "mỗi ngày 3 lần" counts; "ngày 3" alone, or before a month or a pause, is a date.
_RATE_BEFORE = re.compile(r"(?<!\w)(?:mỗi|một|cả|nửa|trong|số|ngày|\d+|hai|ba|bốn|năm|mấy)\s+$")
_DATE_BEHIND = re.compile(
    r"\s*(?:$|[.,;:!?)\"]|-|\n|(?:tháng|và|đến|tới|hàng|hằng|âm|dương|tết|này|tới|vừa|hoặc|nhưng|"
    r"tại|ở|của|mỗi|là|theo|năm|để|thì|do|khi|sẽ|bà con|mời|đã|có|được)(?!\w))"
)


def read(line: Reading) -> None:
    """Claim them; a word that counts ("ngày 3 lần") is left to the numbers."""
    _quarters_and_years(line)
    for match in _DAYS.finditer(line.lower):
        _claim_days(line, match)
    for match in _MONTHS.finditer(line.lower):
        # "2 tháng 4 ngày" is a length of time
        counts = re.search(r"(?:\d|một|hai|ba|sáu|chín|vài|mấy)\s+$", line.before(match.start()))
        if not (match["length"] and counts):
            _claim_months(line, match)
    for match in _WEEKDAYS.finditer(line.lower):
        _claim_each(line, match, ordinal, 99)
    _short_weekdays(line)


def _short_weekdays(line: Reading) -> None:
    """Claim "T2", "T7" where they stand among weekdays or dates; elsewhere they are codes."""
    for match in line.matches(_SHORT_WEEKDAY):
        left = line.text[max(0, match.start() - 20) : match.start()]
        named = [p.match(line.text, match.end()) for p in (_OTHER_WEEKDAY, _DATED)]
        if any(named) or _WEEKDAY_BEFORE.search(left):
            line.claim(match.start(), match.end(), f"thứ {ordinal(int(match[1]))}", "date")


def _quarters_and_years(line: Reading) -> None:
    for match in line.matches(_QUARTERS, lower=True):
        _claim_quarters(line, match)
    for match in line.matches(_YEARS, lower=True):
        for one in re.finditer(r"\d+", match[1]):
            start = match.start(1) + one.start()
            line.claim(start, start + len(one[0]), integer(int(one[0])), "date")
    for match in line.matches(_SHORT_QUARTER):
        said = f"quý {integer(int(match[1]))} năm {integer(int(match[2]))}"
        line.claim(match.start(), match.end(), said, "date")
    for match in line.matches(_LAW):
        line.claim(match.start(1), match.end(1), f"năm {integer(int(match[1]))}", "date")


def _claim_days(line: Reading, match: re.Match[str]) -> None:
    if match["word"] == "ngày" and _RATE_BEFORE.search(line.before(match.start())):
        return
    if not _DATE_BEHIND.match(line.lower, match.end()):
        return
    say = integer if match["word"] in ("mùng", "mồng") else day
    for one in re.finditer(r"\d+", match["days"]):
        start = match.start("days") + one.start()
        if not 1 <= int(one[0]) <= 31:
            continue
        line.claim(start, start + len(one[0]), say(int(one[0])), "date")
        if behind := _MONTH_BEHIND.match(line.lower, match.end()):
            year = int(behind[2]) if behind[2] else None
            check(line, start, behind.end(), (int(one[0]), int(behind[1]), year))


def _claim_each(
    line: Reading, match: re.Match[str], say: Callable[[int], str], most: int
) -> None:
    """Claim each number of a list as *say* says it."""
    for one in re.finditer(r"\d+", match[1]):
        if 1 <= int(one[0]) <= most:
            start = match.start(1) + one.start()
            line.claim(start, start + len(one[0]), say(int(one[0])), "date")


def _claim_months(line: Reading, match: re.Match[str]) -> None:
    """Claim the months of a list; behind a dash the word is said again: "tháng 1 - 3"."""
    for one in re.finditer(r"((?:-|đến|tới)\s*)?(\d+)", match[1]):
        if 1 <= int(one[2]) <= 12:
            start = match.start(1) + one.start(2)
            said = f"tháng {month(int(one[2]))}" if one[1] else month(int(one[2]))
            line.claim(start, start + len(one[2]), said, "date")


def _claim_quarters(line: Reading, match: re.Match[str]) -> None:
    for one in re.finditer(r"[ivx]+|\d", match[1]):
        found = int(one[0]) if one[0].isdigit() else value(one[0].upper())
        if found and found <= 4:
            start = match.start(1) + one.start()
            line.claim(start, start + len(one[0]), integer(found), "date")
    if match[2]:
        line.claim(match.end(1), match.end(2), f" năm {integer(int(match[2]))}", "date")
