"""When an area may be written to, and which areas there are. Pure."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

from vietnamese.plain import nfc, slug
from worker.errors import UserError
from worker.i18n import t
from worker.items.files.names import did_you_mean
from worker.programme.model import Priority, Programme
from worker.slots import Span, local_date, span, windows

#: hours of a message that is not `khan_cap`, whatever the programme's quiet hours say; local time
DAY_HOURS = (time(7), time(22))
#: a carrier wants to know a day, not a season
LONGEST = timedelta(days=1)


class Area(NamedTuple):
    """A place as the order names it."""

    code: str  #: "" where it has none
    name: str


def check_window(
    programme: Programme, channel: str, priority: Priority, window: Span, now: datetime
) -> None:
    """
    Refuse hours in which nobody may be written to.

    Raises:
        UserError: it is over, has no length, is too long, or lies partly in quiet hours or on a
            black-out day.
    """
    opens_at, closes_at = window
    where = "--from --to"
    if closes_at <= opens_at or closes_at - opens_at > LONGEST:
        raise UserError(where, t("phải có đầu trước cuối, dài nhất 24 giờ",
                                 "must begin before it ends and last 24 hours at most"),
                        t("nhiều ngày thì mỗi ngày một đơn", "an order for each day"))
    if closes_at <= now:
        raise UserError(where, t("khung giờ đã qua", "these hours are over"),
                        t("chọn giờ sắp tới", "choose hours to come"))
    free = _free(programme, channel, priority, window)
    if free == [window]:
        return
    allowed = "; ".join(shown(programme, one) for one in free) or t("không giờ nào", "none")
    raise UserError(
        where, t(f"có giờ không được nhắn; trong đó được: {allowed}",
                 f"has hours without messages; of them allowed: {allowed}"),
        t("chọn trong các giờ ấy; ngoài 07:00–22:00 chỉ tin khẩn cấp (khan_cap)",
          "choose among them; outside 07:00–22:00 only khan_cap"))


def _free(
    programme: Programme, channel: str, priority: Priority, window: Span
) -> list[Span]:
    free = windows(programme, channel, priority, "cong_ich", *window)
    if priority == "khan_cap":
        return list(free)
    day = local_date(programme, window[0])
    allowed = [span(programme.zone(), day + timedelta(days=n), *DAY_HOURS) for n in (0, 1)]
    cut = [(max(a, c), min(b, d)) for a, b in free for c, d in allowed]
    return [(a, b) for a, b in cut if a < b]


def shown(programme: Programme, window: Span) -> str:
    """A window as people read it: one day, or from a day to another."""
    first, last = (moment.astimezone(programme.zone()) for moment in window)
    if first.date() == last.date():
        return f"{first:%H:%M}–{last:%H:%M} {first:%d/%m/%Y}"
    return f"{first:%H:%M %d/%m/%Y} – {last:%H:%M %d/%m/%Y}"


def areas_named(programme: Programme, typed: Sequence[str]) -> tuple[Area, ...]:
    """
    The areas as typed: an area of the programme by id or name, else `CODE=Name`. Where the
    programme names no areas a bare name will do; where it does, a slip must not be an area.
    """
    found = tuple(dict.fromkeys(_area(programme, nfc(text).strip()) for text in typed))
    if not found:
        raise UserError("--area", t("chưa ghi vùng", "no area"), '--area "24016=Xã Lục Ngạn"')
    return found


def _area(programme: Programme, typed: str) -> Area:
    for code, name in programme.areas.items():
        if typed == code or slug(typed) == slug(name):
            return Area(code, name)
    code, told, name = (part.strip() for part in typed.partition("="))
    if told and slug(code) and slug(name):
        return Area(code, name)
    if not told and slug(typed) and not programme.areas:
        return Area("", typed)
    known = ", ".join(f"{code} ({name})" for code, name in programme.areas.items())
    raise UserError(
        f"--area {typed}", t("không có vùng này trong chương trình",
                             "the programme has no such area"),
        did_you_mean(typed, [*programme.areas, *programme.areas.values()])
        + t(f'viết --area "MÃ=TÊN"; có sẵn: {known or "(không có)"}',
            f'write --area "CODE=NAME"; there are: {known or "(none)"}'))
