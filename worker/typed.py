"""What people type on a command line, read strictly and explained when wrong."""

from datetime import date

from worker.errors import UserError
from worker.i18n import t

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
