"""
May this account broadcast now? Zalo's hours and quota, counted by ourselves before each call.

A follower gets one broadcast a day, and 1, 4 or 6 a month by the account's package, from the 1st
(zalooa.freshdesk); between 08:00 and 22:00 (SDK note). Days and months are Vietnam's.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from channels.zalo.options import PER_MONTH
from channels.zalo.state import Entry, Row, Stored, short

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_OPENS, _CLOSES = time(8), time(22)


def wait(now: datetime) -> float:
    """Seconds until a broadcast may go; 0 when it may now."""
    local = now.astimezone(ZONE)
    if _OPENS <= local.time() < _CLOSES:
        return 0.0
    day = local.date() + timedelta(days=local.time() >= _CLOSES)
    return (datetime.combine(day, _OPENS, ZONE) - local).total_seconds()


def left(sent: Sequence[Entry], package: str, now: datetime) -> int:
    """Broadcasts left in this month."""
    month = f"{now.astimezone(ZONE):%Y-%m}"
    return max(0, PER_MONTH[package] - sum(e.day.startswith(month) for e in sent))


def full(sent: Sequence[Entry], package: str, now: datetime) -> str:
    """Why there is no room for one more, in Vietnamese; "" when there is."""
    today = f"{now.astimezone(ZONE):%Y-%m-%d}"
    if left(sent, package, now) == 0:
        return f"hết {PER_MONTH[package]} lượt broadcast của tháng"
    return "hôm nay đã có một broadcast" if any(e.day == today for e in sent) else ""


def entry(sent: Sequence[Entry], key: str) -> Entry | None:
    return next((e for e in sent if e.key == short(key)), None)


def claim(row: Row, key: str, package: str, now: datetime) -> Entry | str | bool:
    """
    Write a broadcast down before it is asked for: a crash after this never sends a second one.

    True: it is ours to send; False: it could not be written; an Entry: it was asked for before;
    a text: there is no room, and why.
    """
    told: list[Entry | str | None] = []

    def put(stored: Stored) -> Stored | None:
        told.append(entry(stored.sent, key) or full(stored.sent, package, now) or None)
        if told[-1] is not None:
            return None
        day = f"{now.astimezone(ZONE):%Y-%m-%d}"
        return replace(stored, sent=(*stored.sent, Entry(short(key), day)))

    written = row.change(put) is not None
    return written if told[-1] is None else told[-1]


def settle(row: Row, key: str, ref: str) -> None:
    """Zalo took it under this id; or, with "", surely did not: the place is free again."""
    def put(stored: Stored) -> Stored:
        kept = tuple(e for e in stored.sent if e.key != short(key))
        if ref:
            kept = tuple(replace(e, ref=ref) if e.key == short(key) else e for e in stored.sent)
        return replace(stored, sent=kept)

    row.change(put)
