"""Orders as people see them: a line each, or all of one with its result and its story."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.i18n import t
from worker.items.files.columns import PRIORITY_WORDS
from worker.models import AreaOrder, Event, Item
from worker.output import local_iso

from .acts import STATES
from .papers import ENCODINGS, forms, moment, places, zone_of

COLUMNS: Mapping[str, tuple[str, str]] = {
    "number": ("Số", "Order"), "code": ("Mã đơn", "Code"), "item": ("Tin", "Item"),
    "state_shown": ("Trạng thái", "State"), "carrier": ("Nhà mạng", "Carrier"),
    "opens_at": ("Gửi từ", "From"), "areas_shown": ("Vùng", "Areas"),
    "sent": ("Đã gửi", "Sent"), "remark": ("Cần làm", "To do"),
}


def every(session: Session, now: datetime) -> list[dict[str, Any]]:
    """A row for each order, the newest first."""
    items = {i.id: (i.state, i.version) for i in session.scalars(select(Item))}
    return [
        {**line(order), "remark": _remark(order, items.get(order.item_id), now)}
        for order in session.scalars(select(AreaOrder).order_by(AreaOrder.id.desc()))]


def line(order: AreaOrder) -> dict[str, Any]:
    """What stands in a list."""
    zone, totals = zone_of(order), order.result.get("totals", {})
    return {
        "number": order.id, "code": order.code, "state": order.state, "item": order.item_id,
        "version": order.item_version, "carrier": order.carrier, "sender": order.sender,
        "areas": [{"code": code, "name": name} for code, name in order.areas],
        "priority": order.priority, "opens_at": local_iso(order.opens_at, zone),
        "closes_at": local_iso(order.closes_at, zone), "text_sha256": order.text_sha256,
        "parts": {form.key: form.size.parts for form in forms(order)},
        "sent": totals.get("sent"), "delivered": totals.get("delivered"),
        "failed": totals.get("failed"), "no_result": totals.get("no_result"),
    }


def short(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same for a person."""
    return {**row, "state_shown": t(*STATES[row["state"]]),
            "areas_shown": ", ".join(area["name"] for area in row["areas"])}


def whole(session: Session, order: AreaOrder, now: datetime) -> dict[str, Any]:
    """Everything of one order."""
    zone, item = zone_of(order), session.get(Item, order.item_id)
    return {
        **line(order), "remark": _remark(order, (item.state, item.version) if item else None, now),
        "training": order.letter["training"], "channel": order.channel, "text": order.text,
        "bare": order.bare, "organisation": order.organisation, "document": order.document,
        "date": order.document_date, "reason": order.reason, "made_by": order.made_by,
        "made_at": local_iso(order.made_at, zone), "approved_by": order.approved_by,
        "approved_at": local_iso(order.approved_at, zone),
        "handed_over_by": order.handed_over_by,
        "handed_over_at": local_iso(order.handed_over_at, zone), "files": order.files,
        "result": order.result, "result_file": order.result_file, "result_by": order.result_by,
        "result_at": local_iso(order.result_at, zone), "core": list(core(order)),
        "story": [
            {"at": local_iso(e.at, zone), "actor": e.actor, "what": e.kind, **e.detail}
            for e in session.scalars(select(Event).where(
                Event.occurrence_id == order.occurrence_id).order_by(Event.seq))],
    }


def core(order: AreaOrder) -> Iterator[tuple[str, str]]:
    """What a person says yes to."""
    yield t("Đơn", "Order"), f"{order.id}, {order.code}"
    yield t("Tin", "Item"), f"{order.item_id}, {t('bản', 'version')} {order.item_version}"
    yield t("Nhà mạng", "Carrier"), f"{order.carrier}, {t('tên gửi', 'sender')} {order.sender}"
    yield t("Vùng", "Areas"), "; ".join(places(order))
    yield (t("Thời gian gửi", "Hours"),
           f"{moment(order, order.opens_at)} – {moment(order, order.closes_at)}")
    yield t("Mức", "Priority"), t(*PRIORITY_WORDS[order.priority])
    yield (t("Giao theo", "Ordered by"),
           f"{order.document}, {order.document_date:%d/%m/%Y}, {order.organisation}")
    for form in forms(order):
        cost = t(f"{form.size.parts} tin", f"{form.size.parts} part(s)")
        yield f"{form.name} ({cost}, {ENCODINGS[form.size.encoding]})", form.text


def words(whole: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """One order as lines of name and value."""
    yield from whole["core"]
    yield "SHA-256", whole["text_sha256"]
    yield t("Trạng thái", "State"), t(*STATES[whole["state"]])
    if whole["remark"]:
        yield t("Cần làm", "To do"), whole["remark"]
    if whole["reason"]:
        yield t("Hủy vì", "Cancelled for"), whole["reason"]
    if whole["result"]:
        yield t("Kết quả", "Result"), f"{whole['result_file']}, {whole['result_at']}"
        for number, text in enumerate(result_lines(whole["result"]), start=1):
            yield f"  {number}", text
    for event in whole["story"]:
        rest = " ".join(f"{k}={v}" for k, v in event.items()
                        if k not in ("at", "actor", "what") and v not in ("", None))
        yield event["at"], f"{event['actor']} {event['what']} {rest}"


def result_lines(result: Mapping[str, Any]) -> Iterator[str]:
    """The carrier's figures, and what in them a person should ask about."""
    totals = result["totals"]

    def said(key: str) -> str:
        return t("không báo", "not told") if totals[key] is None else str(totals[key])

    yield t(f"đã gửi {said('sent')}, thành công {said('delivered')}, thất bại {said('failed')}, "
            f"chưa có kết quả {totals['no_result']}",
            f"sent {said('sent')}, delivered {said('delivered')}, failed {said('failed')}, "
            f"without a result {totals['no_result']}")
    for code, area, sent, delivered, failed, at in result["rows"]:
        where = " ".join(filter(None, (code, area))) or t("cả đơn", "whole order")
        figures = "/".join("-" if n is None else str(n) for n in (sent, delivered, failed))
        yield f"{where}: {figures}{f' ({at})' if at else ''}"
    if result["blank"]:
        yield t("chưa báo: ", "not reported: ") + ", ".join(result["blank"])
    if result["foreign"]:
        yield t("đơn không ghi các vùng: ", "areas the order does not name: ") + ", ".join(
            result["foreign"])
    if result["outside"]:
        yield t(f"{result['outside']} dòng gửi NGOÀI khung giờ đã giao: hỏi nhà mạng",
                f"{result['outside']} rows sent OUTSIDE the ordered hours: ask the carrier")


def _remark(order: AreaOrder, item: tuple[str, int] | None, now: datetime) -> str:
    """What somebody has to do about it now, or ""."""
    stands = item == ("approved", order.item_version)
    if order.state == "handed_over" and not stands and order.closes_at > now:
        return t("tin không còn được duyệt: GỌI NHÀ MẠNG ngừng gửi", "item fell: PHONE the carrier")
    if order.state in ("draft", "approved") and (not stands or order.closes_at <= now):
        return t("không giao được nữa: hủy, lập đơn khác", "too late or item fell: cancel it")
    return {"draft": t("duyệt", "approve"), "approved": t("xuất", "export"),
            "handed_over": t("chờ kết quả", "await the result")}.get(order.state, "")
