"""The calendar of airings for a phone or a mail program: iCalendar, RFC 5545."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from icalendar import Calendar, Event

from worker.i18n import t
from worker.programme.model import Programme

#: no calendar shows these, and some stop reading at them
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_STATUS = {"empty": "TENTATIVE", "blocked": "TENTATIVE", "cancelled": "CANCELLED"}


def programme_ics(
    rows: Iterable[Mapping[str, Any]], programme: Programme, made_at: datetime, uid: str
) -> bytes:
    """
    One event for each airing in each slot, naming what goes out on which channel. `rows`: of
    `view()`; `uid`: of the installation, so that two of them never share an event.
    """
    names = {f"channel {c.id}": c.name for c in programme.channels}
    names |= {f"slot {s.id}": s.name for s in programme.slots}
    names |= {f"segment {s.id}": s.name for s in programme.segments}
    calendar = Calendar()
    calendar.add("prodid", "-//giovang//lich phat//VI")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _clean(programme.name))
    airings: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        airings.setdefault(row["occurrence"], []).append(row)
    for occurrence, cells in airings.items():
        calendar.add_component(_event(occurrence, cells, names, made_at, uid))
    return bytes(calendar.to_ical())


def _event(
    occurrence: str, cells: list[Mapping[str, Any]], names: Mapping[str, str],
    made_at: datetime, uid: str,
) -> Event:
    first = cells[0]
    what = _clean(first.get("title") or first["item"] or "") or t("(chưa có tin)", "(no item yet)")
    slot = names.get(f"slot {first['slot']}", first["slot"])
    place = names.get(f"segment {first['segment']}", first["segment"]) or slot
    channels = [names.get(f"channel {c['channel']}", c["channel"]) for c in cells]
    event = Event()
    event.add("uid", f"{occurrence.replace('/', '-')}@{uid}")
    event.add("dtstamp", made_at)
    event.add("dtstart", datetime.fromisoformat(first["opens_at"]).astimezone(made_at.tzinfo))
    event.add("dtend", datetime.fromisoformat(first["closes_at"]).astimezone(made_at.tzinfo))
    event.add("summary", f"{_clean(place)}: {what}")
    event.add("status", "CONFIRMED" if len({_status(c) for c in cells}) > 1 else _status(first))
    event.add("categories", [_clean(name) for name in channels])
    said = [t(f"Khung giờ: {slot}", f"Slot: {slot}")]
    said += [f"{name}: {c['problem'] or c['item']}"
             for name, c in zip(channels, cells, strict=True)]
    event.add("description", _clean("\n".join(said)))
    return event


def _status(cell: Mapping[str, Any]) -> str:
    return _STATUS.get(cell["state"], "CONFIRMED")


def _clean(text: str) -> str:
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
