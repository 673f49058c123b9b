"""Where a pin stands: on the segment of that slot and day, or as an entry of its own."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from worker.errors import Refused, UserError
from worker.i18n import t
from worker.items.store import load_content, load_item
from worker.programme.model import Programme, Segment
from worker.slots import occurrence_times, slot_time


class Place(NamedTuple):
    """The entry a pin is stored under, and what the person should know."""

    entry: str
    warning: str


def find_place(
    session: Session, programme: Programme, now: datetime, item_id: str, slot_id: str, day: date,
    segment_id: str | None,
) -> Place:
    """Check everything before a pin is stored."""
    item = load_item(session, item_id)
    slot = next((s for s in programme.slots if s.id == slot_id), None)
    if slot is None:
        known = ", ".join(s.id for s in programme.slots)
        raise UserError("--slot", t(f"không có khung giờ «{slot_id}»", f"no slot “{slot_id}”"),
                        t(f"dùng: {known}", f"use: {known}"))
    if slot_time(programme, slot, day).closes_at <= now:
        raise Refused("--date", t("khung giờ này đã qua", "this slot is over"),
                      t("chọn ngày khác, hoặc `giovang publish … --now`",
                        "choose another day, or `giovang publish … --now`"))
    segments = [s for s in programme.segments
                if occurrence_times(programme, s, slot, day) is not None]
    entry = _entry(segments, segment_id, item_id)
    content = load_content(session, item_id)
    if not ((content.valid_from is None or content.valid_from <= day)
            and (content.valid_to is None or day <= content.valid_to)):
        raise Refused(item_id, t(f"không còn hiệu lực vào ngày {day:%d/%m/%Y}",
                                 f"is not valid on {day}"),
                      t("sửa hiệu lực của tin rồi duyệt lại", "mend its dates, approve it again"))
    warning = "" if item.state == "approved" else t(
        f"chú ý: {item_id} chưa duyệt; chưa duyệt thì chuyên mục tự chọn tin khác",
        f"note: {item_id} is not approved; until it is, the segment picks another item")
    return Place(entry, warning)


def _entry(segments: list[Segment], wanted: str | None, item_id: str) -> str:
    names = ", ".join(s.id for s in segments)
    if wanted is not None:
        if wanted not in {s.id for s in segments}:
            raise UserError("--segment",
                            t(f"«{wanted}» không phát trong khung giờ và ngày này",
                              f"“{wanted}” does not air in this slot on this day"),
                            t(f"dùng: {names or '(không có chuyên mục nào)'}",
                              f"use: {names or '(there is none)'}"))
        return wanted
    if len(segments) > 1:
        raise UserError("--segment", t("khung giờ này có nhiều chuyên mục",
                                       "several segments air in this slot"),
                        t(f"thêm --segment, một trong: {names}", f"add --segment, one of: {names}"))
    return segments[0].id if segments else f"pin:{item_id}"
