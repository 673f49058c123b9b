"""What people type on the command line."""

from datetime import date

from worker.errors import UserError
from worker.i18n import t
from worker.items.files.days import day_typed
from worker.items.files.places import Found, Place


def day_given(name: str, typed: str) -> date:
    """25/11/2026 or 2026-11-25; `name` is the option. UserError: it is no day."""
    found = Found()
    day = day_typed(typed, Place(name), found)
    if day is not None:
        return day
    if found.mistakes:
        raise UserError.many(tuple(found.mistakes))
    raise UserError(name, t("chưa ghi ngày", "no date"), "25/11/2026")
