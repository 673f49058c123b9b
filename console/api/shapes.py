"""Values that every part of the API shares: what may be sent, pages, cursors."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from console.api.problems import ProblemError
from vietnamese.plain import nfc
from worker.errors import Mistake
from worker.i18n import t
from worker.typed import YEARS

T = TypeVar("T")

#: characters of a text, and texts of a body: more is no warning to the public
LONGEST, MOST = 15_000, 5_000
LARGEST_NUMBER = 2**31 - 1


def _tidy(value: Any, left: list[int], at: str = "") -> Any:
    """Texts composed (NFC), what cannot be printed refused; whatever JSON holds."""
    left[0] -= 1
    if left[0] < 0:
        raise _wrong(at, t(f"quá {MOST} giá trị", f"over {MOST} values"))
    if isinstance(value, str):
        try:
            return printable(value)
        except ValueError as error:
            raise _wrong(at, str(error)) from None
    if isinstance(value, list):
        return [_tidy(one, left, f"{at}.{n}") for n, one in enumerate(value)]
    if isinstance(value, dict):
        return {_tidy(str(name), left, at): _tidy(one, left, f"{at}.{name}")
                for name, one in value.items()}
    return value


def _wrong(at: str, what: str) -> PydanticCustomError:
    """`at` names the field: the whole body is looked at before its fields are."""
    return PydanticCustomError("text", "{what}", {"what": what, "at": at.lstrip(".")})


def printable(text: str) -> str:
    """As staff type it: composed. What no screen shows and no database takes is refused."""
    if any((c < " " and c not in "\n\r\t") or c == "\x7f" or "\ud800" <= c <= "\udfff"
           for c in text):
        raise ValueError(t("có ký tự không hiển thị được", "holds unprintable characters"))
    return nfc(text)


class In(BaseModel):
    """What is sent: no field we do not know, no text we could not keep."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _texts(cls, given: Any) -> Any:
        return _tidy(given, [MOST])


class Out(BaseModel):
    """What is answered; fields are added in time, so a program leaves alone what it is not."""


def _sensible(day: date) -> date:
    if day.year not in YEARS:
        raise ValueError(t("năm phải từ 2000 đến 2100", "the year must be 2000 to 2100"))
    return day


def _sensible_moment(moment: datetime) -> datetime:
    _sensible(moment.date())
    return moment


Day = Annotated[date, AfterValidator(_sensible)]
Moment = Annotated[AwareDatetime, AfterValidator(_sensible_moment)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", examples=["td-01"])]
Number = Annotated[int, Path(ge=1, le=LARGEST_NUMBER)]
ItemId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="An item's id.",
                             examples=["td-01"])]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S",
                              description="Why; it stands in the audit.")]
Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.")]
After = Annotated[str | None, Query(
    max_length=400, alias="cursor", description="`next` of the page before.")]


class Page(Out, Generic[T]):
    """A part of a longer list, always in the same order."""

    items: list[T]
    next: str | None = Field(description="`cursor` of the next page; null: this was the last.")


def cursor(kind: str, last: str | int | list[Any]) -> str:
    """Where a page ended; opaque to whoever gets it."""
    raw = json.dumps([kind, last], ensure_ascii=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def place(kind: str, given: str | None) -> Any:
    """Where a page begins; None: at the start. A cursor of another list is refused."""
    if given is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
        found = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if not isinstance(found, list) or len(found) != 2 or found[0] != kind:
        raise bad_cursor()
    return found[1]


def bad_cursor() -> ProblemError:
    return ProblemError("invalid", "", [Mistake(
        "cursor", t("không phải của danh sách này", "is none of this list"),
        t("lấy `next` của trang trước", "take `next` of the page before"))])


def cut(rows: Sequence[T], limit: int) -> tuple[Sequence[T], bool]:
    """Of `limit + 1` rows those of this page, and whether there are more."""
    return rows[:limit], len(rows) > limit
