"""Times of day and lengths of time: "05:30" is "năm giờ ba mươi phút", ":00" is not said."""

import re

from vietnamese.spoken.numerals import integer, number
from vietnamese.spoken.spans import Reading

_HOURS_MINUTES = re.compile(
    r"(?<![\w.,/:])(\d{1,2})\s?(?:h|g|H)\s?([0-5]?\d)(?:\s?(?:'|ph|phút|p)(?!\w))?(?![\w/]|[.,]\d)"
    r"|(?<![\w.,/:])(\d{1,2})\s+giờ\s+([0-5]?\d)(?:\s+phút(?!\w))?(?![\w/%]|[.,]\d)"
)
_CLOCK = re.compile(r"(?<![\w.,/:])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?![\w:])")
_RATIO = re.compile(r"(?<![\w.,/:])(\d{1,3}):(\d[\d.]*\d|\d)(?![\w:])")
_HOURS = re.compile(r"(?<![\w.,:])(\d{1,3}(?:,\d+)?)\s?[hH](?!\w)")
_WHOLE_HOURS = re.compile(r"(?<![\w.,/:])(\d{1,2})\s+giờ(?!\w)")
_MINUTES = re.compile(r"(?<![\w.,/:'])(\d{1,3})'(?![\w'])")
_SHARE = re.compile(r"tỷ lệ|tỉ lệ|tỷ số|tỉ số|bản đồ|pha|trộn")
_SCORED = re.compile(r"(?:tỷ số|tỉ số|thắng|thua|hòa|hoà|dẫn)\s+(?:\w+\s+)?$")
_SCORE = re.compile(r"(?<![\w.,/:-])(\d{1,2})\s?-\s?(\d{1,2})(?![\w/-]|[.,]\d)")


def read(line: Reading) -> None:
    """Claim times, and the ratios and scores that look like them."""
    text = line.text
    for match in line.matches(_SCORE):
        if _SCORED.search(line.before(match.start())):
            voice = f"{integer(int(match[1]))} {integer(int(match[2]))}"
            line.claim(match.start(), match.end(), voice, "ratio", "beside")
    for match in line.matches(_HOURS_MINUTES):
        hours, minutes = match[1] or match[3], match[2] or match[4]
        line.claim(match.start(), match.end(), said(int(hours), int(minutes)), "time", "beside")
    if ":" in text:
        _ratios(line)
        _clocks(line)
    for match in line.matches(_HOURS):
        line.claim(match.start(), match.end(), f"{number(match[1])} giờ", "time", "beside")
    for match in line.matches(_WHOLE_HOURS):
        line.claim(match.start(), match.end(), f"{integer(int(match[1]))} giờ", "time", "beside")
    if text.count("'") % 2:  # a pair is quotation marks
        for match in line.matches(_MINUTES):
            line.claim(match.start(), match.end(), f"{integer(int(match[1]))} phút", "time",
                       "beside")


def said(hours: int, minutes: int) -> str:
    """A time of day in words; minutes 0 are not said."""
    return f"{integer(hours)} giờ" + (f" {integer(minutes)} phút" if minutes else "")


def _clocks(line: Reading) -> None:
    for match in line.matches(_CLOCK):
        voice = said(int(match[1]), int(match[2]))
        if match[3]:
            voice += f" {integer(int(match[3]))} giây"
        line.claim(match.start(), match.end(), voice, "time", "beside")


def _ratios(line: Reading) -> None:
    """Claim "1:500"; what is neither a ratio for sure nor a time of day is noted."""
    for match in line.matches(_RATIO):
        first, _ = line.sentence(match.start())
        if _SHARE.search(line.lower, first, match.start()):
            voice = f"{number(match[1])} trên {number(match[2])}"
            line.claim(match.start(), match.end(), voice, "ratio", "beside")
        elif not _CLOCK.match(line.text, match.start()):
            line.note(match.start(), match.end(), "digit")
