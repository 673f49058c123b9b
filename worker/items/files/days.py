"""Days as people type them in Vietnam: day, month, year. Never the American order."""

import re
from datetime import date

from worker.errors import Mistake
from worker.i18n import t

from .places import Found, Place

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_TYPED = re.compile(r"(\d{1,2})\s*([/.-])\s*(\d{1,2})\s*\2\s*(\d{2}|\d{4})")


def day_typed(text: str, place: Place, found: Found) -> date | None:
    """dd/MM/yyyy, d-M-yyyy, d.M.yyyy or yyyy-MM-dd; None for nothing or a mistake."""
    if not text:
        return None
    iso = _ISO.fullmatch(text)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
    else:
        typed = _TYPED.fullmatch(text)
        if not typed:
            what = t(f"«{text}» không phải ngày", f"«{text}» is no day")
            fix = t("viết ngày/tháng/năm, ví dụ 05/03/2026", "write dd/MM/yyyy, as 05/03/2026")
            found.mistakes.append(place.mistake(what, fix))
            return None
        day, month = int(typed[1]), int(typed[3])
        if len(typed[4]) == 2:
            what = t(f"«{text}» viết năm hai chữ số", f"«{text}» has a year of two digits")
            fix = t(
                f"viết đủ năm: {day:02d}/{month:02d}/20{typed[4]}?",
                f"write the whole year: {day:02d}/{month:02d}/20{typed[4]}?",
            )
            found.mistakes.append(place.mistake(what, fix))
            return None
        year = int(typed[4])
    try:
        return date(year, month, day)
    except ValueError:
        found.mistakes.append(_no_such_day(text, year, month, day, place))
        return None


def _no_such_day(text: str, year: int, month: int, day: int, place: Place) -> Mistake:
    if month > 12 and 1 <= day <= 12:
        what = t(f"«{text}»: không có tháng {month}", f"«{text}»: there is no month {month}")
        fix = t(
            f"viết ngày trước, tháng sau: {month:02d}/{day:02d}/{year}?",
            f"write the day first: {month:02d}/{day:02d}/{year}?",
        )
        return place.mistake(what, fix)
    what = t(f"«{text}»: không có ngày này trong lịch", f"«{text}»: there is no such day")
    return place.mistake(what, t("xem lại ngày và tháng", "look at day and month again"))
