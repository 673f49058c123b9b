"""
Dates: "08/12/2023" is "mùng tám tháng mười hai năm hai nghìn không trăm hai mươi ba".

Days one to ten are "mùng", the fourth month is "tháng tư". Months, quarters and weekdays stand in
`calendar_words`; whether "2/3" is a day or a fraction is decided in `pairs`.
"""

import re
from datetime import date

from vietnamese.spoken.numerals import integer
from vietnamese.spoken.spans import Reading, words

YEAR = r"(?:19|20)\d{2}"
_FULL = re.compile(
    r"(?<![\w/.,])(\d{1,2})(?:/(\d{1,2})/|\.(\d{1,2})\.|-(\d{1,2})-"
    r"|\s/\s?(\d{1,2})\s/\s?)(1\d{3}|20\d{2})(?!\w|/\w)"
)
_SHORT_YEAR = re.compile(r"(?<![\w/.,])(\d{1,2})/(\d{1,2})/(\d{2})(?![\w/])")
_ISO = re.compile(rf"(?<![\w/.,-])({YEAR})-(\d{{2}})-(\d{{2}})(?![\w/-])")
_MONTH_YEAR = re.compile(rf"(?<![\w/.,])(?:T\.?)?(0?[1-9]|1[0-2])\s?/\s?({YEAR})(?!\w|/\w)")
_DASHED_MONTH = re.compile(rf"(?<=tháng )(0?[1-9]|1[0-2])\s?[-.]\s?({YEAR})(?!\w|/\w)")

_FIRST_DAYS = re.compile(r"(?:mùng|mồng)\s+$")
#: Days before a date that share its month: "ngày 22, 23 và 24/12", "22 - 24/12".
_EARLIER_DAYS = re.compile(r"(?<![\w/.,-])\d{1,2}(?:\s*(?:,|-|và|đến|tới|&)\s*\d{1,2})*"
                           r"\s*(?:,|-|và|đến|tới|&)\s*(?:ngày\s+)?$")
_DAY_WORD = re.compile(words(r"ngày|sáng|trưa|chiều|tối|đêm|hôm|mùng|mồng|từ|lễ|rạng sáng")
                       + r"\s+$")
_EARLIER_MONTHS = re.compile(r"tháng\s+(\d{1,2}(?:\s*(?:,|-|và|đến|tới|&)\s*\d{1,2})*)"
                             r"\s*(?:,|-|và|đến|tới|&)\s*(?:tháng\s+)?$")

#: "đợt 1/2024" is the first of its year, no month.
_ISSUE = re.compile(
    words("đợt|kỳ|lần|lần thứ|vòng|số|khóa|khoá|tập|học kỳ|phiên|kỳ họp|quý") + r"\s+$"
)


def day(value: int) -> str:
    """The day of a month: one to ten are "mùng"."""
    return f"mùng {integer(value)}" if 1 <= value <= 10 else integer(value)


def month(value: int) -> str:
    """The month without the word "tháng"."""
    return "tư" if value == 4 else integer(value)


def full(day_: int, month_: int, year: int | None) -> str:
    """A date without the word "ngày"; *year* None leaves it out."""
    said = f"{day(day_)} tháng {month(month_)}"
    return said if year is None else f"{said} năm {integer(year)}"


def said(line: Reading, start: int, written: tuple[int, int, int | None]) -> str:
    """A date as it is said at this place: "mồng 10/3" has its "mùng" already."""
    voice = full(*written)
    return voice.removeprefix("mùng ") if _FIRST_DAYS.search(line.before(start)) else voice


def exists(day_: int, month_: int, year: int | None) -> bool:
    """Whether the calendar has such a day; without a year, whether any year has."""
    try:
        date(2024 if year is None else year, month_, day_)
    except ValueError:
        return False
    return True


def check(line: Reading, start: int, end: int, written: tuple[int, int, int | None]) -> None:
    """Note a day that no calendar has: read out, it would send people home or out in vain."""
    if not exists(*written):
        line.note(start, end, "no_such_day")


def read(line: Reading) -> None:
    """Claim the dates with a year, and months with one, with the days or months listed before."""
    for match in line.matches(_FULL):
        month_ = next(m for m in match.groups()[1:5] if m)
        _claim(line, match, (int(match[1]), int(month_), int(match[6])))
    for match in line.matches(_ISO):
        _claim(line, match, (int(match[3]), int(match[2]), int(match[1])))
    for match in line.matches(_SHORT_YEAR):
        if exists(int(match[1]), int(match[2]), None):
            voice = f"{full(int(match[1]), int(match[2]), None)} năm {integer(int(match[3]))}"
            line.claim(match.start(), match.end(), voice, "date")
    for pattern in (_MONTH_YEAR, _DASHED_MONTH):
        for match in line.matches(pattern):
            _claim_month(line, match)


def _claim(line: Reading, match: re.Match[str], written: tuple[int, int, int]) -> None:
    day_, month_, _ = written
    if not (1 <= day_ <= 31 and 1 <= month_ <= 12):
        line.note(match.start(), match.end(), "no_such_day")
        return
    check(line, match.start(), match.end(), written)
    if line.claim(match.start(), match.end(), said(line, match.start(), written), "date"):
        earlier_days(line, match.start())


def earlier_days(line: Reading, place: int) -> None:
    """Claim the days that stand before the date at *place* and belong to its month."""
    found = _EARLIER_DAYS.search(line.lower, max(0, place - 40), place)
    if not found:
        return
    dashed = re.search(r"[-đ]\S*\s*(?:ngày\s+)?$", found[0])
    if not dashed and not _DAY_WORD.search(line.before(found.start())):
        return
    for one in re.finditer(r"\d+", found[0]):
        if 1 <= int(one[0]) <= 31:
            start = found.start() + one.start()
            line.claim(start, start + len(one[0]), day(int(one[0])), "date")


def _claim_month(line: Reading, match: re.Match[str]) -> None:
    year = f"năm {integer(int(match[2]))}"
    if _ISSUE.search(line.before(match.start())):
        line.claim(match.start(), match.end(), f"{integer(int(match[1]))} {year}", "date")
        return
    word = "" if re.search(r"tháng\s+$", line.before(match.start())) else "tháng "
    listed = _EARLIER_MONTHS.search(line.lower, max(0, match.start() - 40), match.start())
    if listed and line.free(listed.start(1), listed.end(1)):
        for one in re.finditer(r"\d+", listed[1]):
            start = listed.start(1) + one.start()
            line.claim(start, start + len(one[0]), month(int(one[0])), "date")
    line.claim(match.start(), match.end(), f"{word}{month(int(match[1]))} {year}", "date")
