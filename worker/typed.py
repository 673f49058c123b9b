"""What people type on a command line, read strictly and explained when wrong."""

from datetime import date

from worker.errors import UserError
from worker.i18n import t


def a_date(option: str, text: str) -> date:
    """A local date: 2026-12-08 or 08/12/2026."""
    try:
        if "/" in text:
            day, month, year = (int(part) for part in text.split("/"))
            if year < 1000:
                raise ValueError(text)
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(
            option, t(f"«{text}» không phải là ngày", f"“{text}” is not a date"),
            t("viết như 08/12/2026 hoặc 2026-12-08", "write 2026-12-08 or 08/12/2026"),
        ) from None
