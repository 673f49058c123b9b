"""
A commune may put an ordinary item off to a later airing, or air another approved one in its
place, with a reason. It may never change a word, and never touch an urgent or priority item.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import audit
from worker.db import insert_missing, lock_outbox
from worker.errors import Refused, UserError
from worker.i18n import t
from worker.models import BulletinRow, Delivery, Item, Rendition, StationChange
from worker.outbox import events
from worker.radio.bulletin import Section, from_json
from worker.states import FINAL


@dataclass(frozen=True)
class Wish:
    """
    Which delivery of which airing, and what instead: `to_date` for a later airing,
    `item` for another item.
    """

    station: str
    day: date
    airing: str
    delivery: str
    reason: str
    by: str
    to_date: date | None = None
    to_airing: str = ""
    item: str = ""


def change(session: Session, now: datetime, wish: Wish) -> None:
    """Write it down; the next bulletin of the airing follows it. Refused, UserError: why not."""
    lock_outbox(session)
    section = _section(session, wish)
    _may(session, now, wish, section)
    kind = "swap" if wish.item else "postpone"
    audit.record(session, now, wish.by, f"station_{kind}", wish.delivery,
                 {"station": wish.station, "reason": wish.reason.strip()})
    insert_missing(session, StationChange, [{
        "station": wish.station, "local_date": wish.day, "airing": wish.airing,
        "delivery_id": wish.delivery, "kind": kind, "to_date": wish.to_date,
        "to_airing": wish.to_airing, "item_id": wish.item, "reason": wish.reason.strip(),
        "by": wish.by, "at": now,
    }])
    delivery = session.scalars(select(Delivery).where(Delivery.id == wish.delivery)).one()
    events.append(session, now, wish.station, [
        events.Note(delivery.occurrence_id, kind, wish.delivery, {"reason": wish.reason.strip()})])


def _section(session: Session, wish: Wish) -> Section:
    row = session.scalars(
        select(BulletinRow).where(
            BulletinRow.newest, BulletinRow.station == wish.station,
            BulletinRow.local_date == wish.day, BulletinRow.airing == wish.airing)).first()
    found = [s for s in from_json(row.body).airing_sections if s.delivery == wish.delivery] \
        if row is not None else []
    if not found or not wish.delivery:
        raise UserError(
            f"{wish.station} {wish.day:%d/%m/%Y} {wish.airing}",
            t("buổi phát này không có tin đó", "this airing has no such item"),
            t("tải lại trang: có thể đã có bản mới", "load the page again: it may have changed"))
    return found[0]


def _may(session: Session, now: datetime, wish: Wish, section: Section) -> None:
    where = f"«{section.title}»"
    if section.priority != "thong_thuong":
        raise Refused(where, t("tin ưu tiên, tin khẩn cấp phải phát đúng buổi",
                               "priority and urgent items air when they are due"),
                      t("gọi trung tâm nếu không phát được", "call the centre if you cannot"))
    if not wish.reason.strip() or not wish.by.strip():
        raise UserError(where, t("chưa ghi lý do hoặc họ tên", "no reason, or no name"),
                        t("ghi lý do và họ tên người quyết định", "write the reason and a name"))
    state = session.scalars(select(Delivery.state).where(Delivery.id == wish.delivery)).one()
    if state in FINAL:
        raise Refused(where, t("buổi này đã báo «Đã phát» hoặc tin đã thu hồi",
                               "it was aired or recalled already"))
    if wish.item:
        _may_swap(session, wish.item, where)
    elif wish.to_date is None or (wish.to_date, wish.to_airing) <= (wish.day, wish.airing):
        raise UserError(where, t("chưa chọn buổi phát sau", "no later airing is chosen"),
                        t("chọn ngày, giờ phát bù", "choose its day and time"))
    elif wish.to_date < now.date() or (wish.to_date - wish.day).days > 14:
        raise UserError(where, t("chỉ hoãn trong 14 ngày", "put off by at most 14 days"),
                        t("chọn ngày gần hơn", "choose a nearer day"))


def _may_swap(session: Session, item_id: str, where: str) -> None:
    item = session.get(Item, item_id)
    if item is None or item.state != "approved" or item.priority != "thong_thuong":
        raise Refused(where, t(f"«{item_id}» không phải tin thông thường đã duyệt",
                               f"{item_id} is no approved ordinary item"),
                      t("chọn tin trong danh sách", "choose from the list"))
    texts = session.scalars(select(Rendition.texts).where(
        Rendition.item_id == item_id, Rendition.version == item.version)).all()
    if not any("seconds" in text for text in texts):
        raise Refused(where, t("tin này chưa có lời cho loa", "it has no text for loudspeakers"))
