"""
An item repeated weekly: one row a day, made when a person says so, read beside the pins. A pin
of a place wins over the series' day there; a day left out leaves the others as they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.orm import Session

from worker import audit
from worker.db import lock_for_planning
from worker.errors import Refused, UserError
from worker.i18n import t
from worker.items.store import load_content
from worker.models import Item, Pin, Series, SeriesDay
from worker.planner.pins import Place, find_place
from worker.planner.wanted import PinKey
from worker.programme.model import Programme
from worker.slots import DAY, in_campaign, occurrence_times

WEEK = timedelta(days=7)
#: a year is a slip of the hand beyond this
LONGEST = timedelta(days=2 * 366)


class Begun(NamedTuple):
    """A series that was made."""

    id: int
    place: Place
    days: tuple[date, ...]


def pinned(session: Session, first: date, last: date | None = None) -> dict[PinKey, str]:
    """What persons chose for these days: pins, and days of series where there is no pin."""
    until = [] if last is None else [SeriesDay.local_date <= last]
    found = {
        PinKey(entry, slot, day): item for entry, slot, day, item in session.execute(
            select(SeriesDay.entry, SeriesDay.slot, SeriesDay.local_date, Series.item_id)
            .join(Series, Series.id == SeriesDay.series_id)
            .where(SeriesDay.local_date >= first, SeriesDay.left_out_by.is_(None), *until))
    }
    until = [] if last is None else [Pin.local_date <= last]
    for entry, slot, day, item in session.execute(
        select(Pin.entry, Pin.slot, Pin.local_date, Pin.item_id)
        .where(Pin.local_date >= first, *until)
    ):
        found[PinKey(entry, slot, day)] = item
    return found


def begin(
    session: Session, programme: Programme, now: datetime, by: str, item_id: str, slot_id: str,
    first: date, last: date, segment_id: str | None,
) -> Begun:
    """Every week from `first` to `last`, both included, where that place airs."""
    lock_for_planning(session)
    place = find_place(session, programme, now, item_id, slot_id, first, segment_id)
    days = days_of(session, programme, place.entry, item_id, slot_id, first, last)
    _free(session, place.entry, slot_id, days)
    series = Series(entry=place.entry, slot=slot_id, item_id=item_id, first=first, last=days[-1],
                    by=by, at=now)
    session.add(series)
    session.flush()
    session.execute(insert(SeriesDay), [
        {"local_date": day, "entry": place.entry, "slot": slot_id, "series_id": series.id,
         "left_out_by": None} for day in days])
    audit.record(session, now, by, "series", item_id, {
        "entry": place.entry, "slot": slot_id, "first": first.isoformat(),
        "last": days[-1].isoformat(), "days": len(days)})
    return Begun(series.id, place, days)


def days_of(
    session: Session, programme: Programme, entry: str, item_id: str, slot_id: str, first: date,
    last: date,
) -> tuple[date, ...]:
    """The days of such a series; refused where it cannot be."""
    return tuple(_weeks(programme, entry, slot_id, first, _until(session, item_id, first, last)))


def _until(session: Session, item_id: str, first: date, last: date) -> date:
    where = t("Đến ngày", "Until")
    if last < first:
        raise UserError(where, t("trước ngày đầu", "is before the first day"),
                        t(f"chọn từ {first:%d/%m/%Y} trở đi", f"choose {first} or later"))
    if last - first > LONGEST:
        raise UserError(where, t("xa quá hai năm", "is over two years away"),
                        t("chọn ngày gần hơn", "choose a nearer day"))
    ends = load_content(session, item_id).valid_to
    if ends is not None and last > ends:
        raise Refused(where, t(f"tin chỉ có hiệu lực đến {ends:%d/%m/%Y}",
                               f"the item is valid until {ends} only"),
                      t("chọn ngày sớm hơn, hoặc sửa hiệu lực của tin rồi duyệt lại",
                        "choose an earlier day, or mend its dates and approve it again"))
    return last


def _weeks(
    programme: Programme, entry: str, slot_id: str, first: date, last: date
) -> Iterator[date]:
    """Days of that weekday on which the segment airs there (a pin of its own: any)."""
    slot = programme.slot(slot_id)
    segment = None if entry.startswith("pin:") else programme.segment(entry)
    day = first
    while day <= last:
        if in_campaign(programme, day) if segment is None else \
                occurrence_times(programme, segment, slot, day) is not None:
            yield day
        day += WEEK


def _free(session: Session, entry: str, slot: str, days: Sequence[date]) -> None:
    if not days:
        raise Refused(slot, t("chỗ này không phát trong những ngày ấy",
                              "nothing airs there on these days"),
                      t("chọn ngày khác", "choose other days"))
    there = session.execute(
        select(Item.title, Series.last)
        .join(Series, Series.item_id == Item.id)
        .join(SeriesDay, SeriesDay.series_id == Series.id)
        .where(SeriesDay.entry == entry, SeriesDay.slot == slot, SeriesDay.local_date.in_(days))
        .limit(1)
    ).first()
    if there is not None:
        raise Refused(slot, t(f"«{there.title}» đã lặp lại hằng tuần ở chỗ này đến "
                              f"{there.last:%d/%m/%Y}",
                              f"“{there.title}” is repeated here every week until {there.last}"),
                      t("kết thúc lặp lại ấy trước, hoặc chỉ xếp một ngày",
                        "end that first, or pin a single day"))


def leave_out(session: Session, now: datetime, by: str, key: PinKey) -> str | None:
    """This day airs something else, the series goes on; its item, or None without a series."""
    return _mark(session, now, by, key, "series-leave-out")


def put_back(session: Session, now: datetime, by: str, key: PinKey) -> str | None:
    """A day left out belongs to its series again."""
    return _mark(session, now, by, key, "series-put-back")


def _mark(session: Session, now: datetime, by: str, key: PinKey, act: str) -> str | None:
    out = act == "series-leave-out"
    was = SeriesDay.left_out_by.is_(None) if out else SeriesDay.left_out_by.is_not(None)
    series = session.scalars(
        update(SeriesDay).where(*_at(key), was).values(left_out_by=by if out else None)
        .returning(SeriesDay.series_id)
    ).first()
    if series is None:
        return None
    item = session.get_one(Series, series).item_id
    audit.record(session, now, by, act, item,
                 {"entry": key.entry, "slot": key.slot, "date": key.day.isoformat()})
    return item


def end(session: Session, now: datetime, by: str, key: PinKey) -> str | None:
    """From this day on the series is over; its item, or None without a series there."""
    number = session.scalars(select(SeriesDay.series_id).where(*_at(key))).first()
    if number is None:
        return None
    series = session.get_one(Series, number)
    item = series.item_id
    session.execute(delete(SeriesDay).where(
        SeriesDay.series_id == number, SeriesDay.local_date >= key.day))
    if series.first < key.day:
        series.last = key.day - DAY
    else:
        session.delete(series)
    audit.record(session, now, by, "series-end", item,
                 {"entry": key.entry, "slot": key.slot, "from": key.day.isoformat()})
    return item


class Repeats(NamedTuple):
    """The series of a place on a day."""

    item: str
    title: str
    first: date
    last: date
    left_out: bool
    others_left_out: tuple[date, ...]  #: from this day on


def at(session: Session, key: PinKey) -> Repeats | None:
    """The series whose day this is."""
    row = session.execute(
        select(Series, Item.title, SeriesDay.left_out_by)
        .join(SeriesDay, SeriesDay.series_id == Series.id)
        .join(Item, Item.id == Series.item_id).where(*_at(key))
    ).first()
    if row is None:
        return None
    series, title, left_out_by = row
    others = session.scalars(select(SeriesDay.local_date).where(
        SeriesDay.series_id == series.id, SeriesDay.left_out_by.is_not(None),
        SeriesDay.local_date > key.day).order_by(SeriesDay.local_date))
    return Repeats(series.item_id, title, series.first, series.last, left_out_by is not None,
                   tuple(others))


def in_days(session: Session, first: date, last: date) -> Mapping[PinKey, bool]:
    """Places that belong to a series on these days; True where the day was left out."""
    return {PinKey(entry, slot, day): by is not None for entry, slot, day, by in session.execute(
        select(SeriesDay.entry, SeriesDay.slot, SeriesDay.local_date, SeriesDay.left_out_by)
        .where(SeriesDay.local_date.between(first, last)))}


def _at(key: PinKey) -> tuple[ColumnElement[bool], ...]:
    return (SeriesDay.entry == key.entry, SeriesDay.slot == key.slot,
            SeriesDay.local_date == key.day)
