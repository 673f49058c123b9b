"""
How hours, days, spans of time and weekdays are written in `schedules.toml`.

What is close but not right ("5h30", "thứ 2", a number without a unit) is not guessed at:
it is a mistake whose message says what to write. The values are plain Python ones.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from worker.guess import folded, nearest
from worker.i18n import t

WeekdayName = Literal["t2", "t3", "t4", "t5", "t6", "t7", "cn"]

CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?")
#: 5h30, 5:30, 5 giờ 30 phút, 17g, 5.30
LOOSE_CLOCK = re.compile(r"(\d{1,2})\s*(?:h|g|giờ|gio|:|\.)\s*(\d{1,2})?\s*(?:p|ph|phút|phut|')?")
SPAN = re.compile(r"(\d+)\s*(ngày|ngay|giờ|gio|phút|phut|giây|giay|d|h|m|s)")
VN_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_SECONDS = ((86400, "d", "ngay"), (3600, "h", "gio"), (60, "m", "phut"), (1, "s", "giay"))
UNITS = {unit: seconds for seconds, *units in _SECONDS for unit in units}

#: what people write for a weekday, folded (no accents, no spaces, lower case)
SPELLINGS = {
    "t2": ("t2", "thu2", "thuhai", "hai", "2", "mon", "monday"),
    "t3": ("t3", "thu3", "thuba", "ba", "3", "tue", "tues", "tuesday"),
    "t4": ("t4", "thu4", "thutu", "tu", "4", "wed", "wednesday"),
    "t5": ("t5", "thu5", "thunam", "nam", "5", "thu", "thur", "thurs", "thursday"),
    "t6": ("t6", "thu6", "thusau", "sau", "6", "fri", "friday"),
    "t7": ("t7", "thu7", "thubay", "bay", "7", "sat", "saturday"),
    "cn": ("cn", "chunhat", "cnhat", "8", "t8", "sun", "sunday"),
}
WEEKDAY_WORDS = {word: name for name, words in SPELLINGS.items() for word in words}


def wrong(what: str, fix: str) -> PydanticCustomError:
    """One value that cannot be read; `load.py` puts file, line and place before it."""
    return PydanticCustomError("giovang", "{what}", {"what": what, "fix": fix})


def guess_clock(value: str) -> str | None:
    """The hour somebody probably meant, as HH:MM."""
    found = LOOSE_CLOCK.fullmatch(value.strip().lower())
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
        return None
    return f"{int(found[1]):02d}:{int(found[2] or 0):02d}"


def clock_time(value: object) -> object:
    """A clock time: "05:30" or TOML's 05:30:00."""
    if isinstance(value, time):
        return value
    if isinstance(value, str) and (found := CLOCK.fullmatch(value)):
        return time(int(found[1]), int(found[2]))
    example = (guess_clock(value) if isinstance(value, str) else None) or "05:30"
    raise wrong(
        t(f"“{value}” không phải là giờ phút", f'"{value}" is not a clock time'),
        t(f'hãy viết "{example}"', f'write "{example}"'),
    )


def calendar_day(value: object) -> object:
    """A day: 2026-12-31 (TOML) or "31/12/2026"."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
        found = VN_DAY.fullmatch(value.strip())
        if found:
            try:
                return date(int(found[3]), int(found[2]), int(found[1]))
            except ValueError:
                pass
    raise wrong(
        t(f"“{value}” không phải là một ngày có thật", f'"{value}" is not a day that exists'),
        t('hãy viết 2026-12-31 hoặc "31/12/2026"', 'write 2026-12-31 or "31/12/2026"'),
    )


def duration(value: object) -> object:
    """A span of time: "15m", "2h", "1h30m", "90s", "2d", "30 phút", "2 giờ"."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        text = value.strip().lower()
        if re.fullmatch(rf"(?:{SPAN.pattern}\s*)+", text):
            seconds = sum(int(number) * UNITS[folded(unit)] for number, unit in SPAN.findall(text))
            return timedelta(seconds=seconds)
        if re.fullmatch(r"p(\d+d)?(t[\dhms.]+)?", text):
            return value.upper()  # ISO 8601, as a dumped model writes it
    raise wrong(
        t(f"“{value}” không phải là khoảng thời gian", f'"{value}" is not a span of time'),
        t(
            'hãy viết số kèm đơn vị, ví dụ "15m", "2h" hoặc "30 phút"',
            'write a number with its unit, such as "15m" or "2h"',
        ),
    )


def silence(value: timedelta) -> timedelta:
    """A span after which silence means something: from a minute to a day."""
    if timedelta(minutes=1) <= value <= timedelta(days=1):
        return value
    raise wrong(t("phải từ 1 phút đến 1 ngày", "must be from a minute to a day"),
                t('hãy viết "10m" hoặc "2h"', 'write "10m" or "2h"'))


def weekday(value: object) -> object:
    """A weekday: t2 (Monday) … t7 (Saturday), cn (Sunday)."""
    if value in ("t2", "t3", "t4", "t5", "t6", "t7", "cn"):
        return value
    meant = WEEKDAY_WORDS.get(folded(str(value)))
    raise wrong(
        t(f"“{value}” không phải là thứ trong tuần", f'"{value}" is not a weekday'),
        t(f'hãy viết "{meant}"', f'write "{meant}"')
        if meant
        else t('hãy viết "t2" (thứ hai) … "t7", "cn"', 'write "t2" (Monday) … "t7", "cn" (Sunday)'),
    )


def time_zone(value: str) -> str:
    """A name of the IANA time zone list."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        # "Asia/Hanoi" is near Shanghai only in its letters.
        hint = nearest(value, available_timezones(), likeness=0.85) or "Asia/Ho_Chi_Minh"
        raise wrong(
            t(f"không có múi giờ “{value}”", f'there is no time zone "{value}"'),
            t(f'hãy viết "{hint}"', f'write "{hint}"'),
        ) from None
    return value


ClockTime = Annotated[time, BeforeValidator(clock_time)]
Day = Annotated[date, BeforeValidator(calendar_day)]
Duration = Annotated[timedelta, BeforeValidator(duration)]
Silence = Annotated[timedelta, BeforeValidator(duration), AfterValidator(silence)]
Weekday = Annotated[WeekdayName, BeforeValidator(weekday)]
ZoneName = Annotated[str, AfterValidator(time_zone)]
