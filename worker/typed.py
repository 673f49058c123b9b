"""What people type on a command line, read strictly and explained when wrong."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from worker.errors import UserError
from worker.i18n import t
from worker.slots import to_utc

#: a year outside is a slip of the hand
YEARS = range(2000, 2101)


def a_date(option: str, text: str) -> date:
    """A local date: 2026-12-08 or 08/12/2026."""
    found: date | None
    try:
        if "/" in text:
            day, month, year = (int(part) for part in text.split("/"))
            found = date(year, month, day)
        else:
            found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.year not in YEARS:
        raise UserError(
            option, t(f"«{text}» không phải là ngày dùng được", f"“{text}” will not do as a date"),
            t("viết như 08/12/2026 hoặc 2026-12-08", "write 2026-12-08 or 08/12/2026"),
        )
    return found


def a_moment(option: str, text: str, after: datetime, zone: ZoneInfo) -> datetime:
    """A local moment: 2026-12-08 18:00, 08/12/2026 18:00; or 18:00, the first beyond `after`."""
    day, _, clock = text.strip().replace("T", " ").rpartition(" ")
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", clock):
        raise UserError(
            option, t(f"«{text}» không phải là giờ dùng được", f"“{text}” will not do as a time"),
            t("viết như 18:00 hoặc 08/12/2026 18:00", "write 18:00 or 2026-12-08 18:00"),
        )
    hour, minute = map(int, clock.split(":"))
    if day:
        return to_utc(zone, a_date(option, day.strip()), time(hour, minute))
    today = after.astimezone(zone).date()
    moment = to_utc(zone, today, time(hour, minute))
    return moment if moment > after else to_utc(zone, today + timedelta(days=1), time(hour, minute))
