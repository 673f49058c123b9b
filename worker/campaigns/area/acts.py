"""
draft → approved → handed_over → reported, or cancelled. Each move is one UPDATE from the state it
leaves: of two persons at one instant one wins, and the other is told.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from worker.db import lock_audit
from worker.errors import Refused, UserError
from worker.i18n import t
from worker.models import AreaOrder, Item, Occurrence
from worker.outbox import orders as stops
from worker.programme.model import Programme

from .lawful import check_window
from .orders import note

STATES = {
    "draft": ("chờ duyệt", "to be approved"), "approved": ("đã duyệt", "approved"),
    "handed_over": ("đã giao nhà mạng", "with the carrier"),
    "reported": ("nhà mạng đã báo kết quả", "reported"), "cancelled": ("đã hủy", "cancelled"),
}


def order_of(session: Session, number: int) -> AreaOrder:
    """The order as it stands now; UserError when there is none."""
    order = session.get(AreaOrder, number, populate_existing=True)
    if order is None:
        raise UserError(t(f"đơn {number}", f"order {number}"), t("không có", "there is none"),
                        t("xem `giovang area list`", "see `giovang area list`"))
    return order


def approve(
    session: Session, now: datetime, programme: Programme, number: int, person: str
) -> AreaOrder:
    """A second person's yes to exactly these words, places and hours."""
    lock_audit(session)
    order = order_of(session, number)
    if order.made_by == person:
        raise Refused(_name(order), t("người lập không tự duyệt", "its author cannot approve it"),
                      t("nhờ một người duyệt khác", "ask another approver"))
    _must_stand(session, order)
    check_window(programme, order.channel, order.priority,  # type: ignore[arg-type]
                 (order.opens_at, order.closes_at), now)
    _move(session, order, ("draft",), {
        "state": "approved", "approved_by": person, "approved_at": now})
    note(session, now, person, order, "area-approved", {"text_sha256": order.text_sha256})
    return order


def cancel(session: Session, now: datetime, number: int, person: str, reason: str) -> AreaOrder:
    """No more of it; what the carrier has already, a person must call back by phone."""
    if not reason.strip():
        raise UserError("--reason", t("cần ghi lý do", "a reason is needed"),
                        t('thêm --reason "…"', 'add --reason "…"'))
    lock_audit(session)
    order = order_of(session, number)
    was = order.state
    _move(session, order, ("draft", "approved", "handed_over"),
          {"state": "cancelled", "reason": reason.strip()})
    session.execute(update(Occurrence).where(Occurrence.id == order.occurrence_id)
                    .values(cancelled_at=now))
    note(session, now, person, order, "area-cancelled", {"was": was, "reason": reason.strip()})
    return order


def may_go(session: Session, now: datetime, order: AreaOrder) -> None:
    """
    What every export asks, the second one as well: nothing leaves that must not go out.

    Raises:
        Refused: not approved, cancelled, its item lost its approval, an emergency stop, too late.
    """
    lock_audit(session)  # no stop and no recall falls between this and the commit
    if order.state not in ("approved", "handed_over"):
        raise Refused(_name(order), t(*STATES[order.state]), _instead(order))
    _must_stand(session, order)
    if stops.in_force(session):
        raise Refused(_name(order), t("đang DỪNG KHẨN CẤP", "an emergency stop is in force"),
                      t("hai người `giovang start` rồi xuất lại", "two persons `giovang start`"))
    if order.closes_at <= now:
        raise Refused(_name(order), t("khung giờ đã qua", "its hours are over"),
                      t("hủy đơn, lập đơn khác", "cancel it, make another"))


def hand_over(
    session: Session, now: datetime, order: AreaOrder, person: str, files: Mapping[str, str]
) -> bool:
    """
    The files are written: the order counts as given to the carrier. `files`: name -> SHA-256.
    False: other bytes than those handed over before (another version of this software).
    """
    again = order.state == "handed_over"
    same = not again or dict(files) == order.files
    if not again:
        _move(session, order, ("approved",), {
            "state": "handed_over", "handed_over_by": person, "handed_over_at": now,
            "files": dict(files)})
    note(session, now, person, order, "area-exported", {**files, "again": again, "same": same})
    return same


def report(
    session: Session, now: datetime, order: AreaOrder, person: str, file: str, sha256: str,
    result: Mapping[str, Any],
) -> str | None:
    """
    The carrier's figures. The same file again changes nothing; another one takes the place of
    the first, whose figures stay in the events. Gives what happened to the one before: "" there
    was none, None it is the same, else its name.
    """
    lock_audit(session)
    order = order_of(session, order.id)
    if order.result_sha256 == sha256:
        return None
    before, old = order.result_file, order.result_sha256
    # cancelled too late, it may have been sent all the same
    late = ("cancelled",) if order.handed_over_at else ()
    _move(session, order, ("handed_over", "reported", *late), {
        "state": "reported", "result": dict(result), "result_sha256": sha256,
        "result_file": file, "result_by": person, "result_at": now})
    note(session, now, person, order, "area-reported", {
        "file": file, "sha256": sha256, "replaces": old, **result["totals"]})
    return before


def still_with_carriers(session: Session, now: datetime, item: str) -> list[AreaOrder]:
    """Orders of an item that a carrier has and may still send: somebody must phone."""
    return list(session.scalars(
        select(AreaOrder)
        .where(AreaOrder.item_id == item, AreaOrder.state == "handed_over",
               AreaOrder.closes_at > now)
        .order_by(AreaOrder.id)))


def call_carrier(order: AreaOrder) -> str:
    """What only a person can do: the carrier has it, and sends it without asking us again."""
    n, who = f"{order.id} ({order.code})", order.carrier
    return t(f"đơn {n} đang ở {who}: gọi ngay yêu cầu không gửi, ghi lại người nhận lời",
             f"order {n} is with {who}: phone now that it must not be sent")


def _must_stand(session: Session, order: AreaOrder) -> None:
    item = session.get_one(Item, order.item_id, populate_existing=True)
    if (item.state, item.version) != ("approved", order.item_version):
        raise Refused(_name(order), t(
            f"tin {item.id} không còn là bản đã duyệt lúc lập đơn",
            f"item {item.id} is no longer approved in the version ordered"),
            t("hủy đơn, lập đơn khác khi tin được duyệt", "cancel it; order anew once approved"))
    occurrence = session.get_one(Occurrence, order.occurrence_id, populate_existing=True)
    if occurrence.cancelled_at is not None:
        raise Refused(_name(order), t("lượt phát đã bị hủy", "its occurrence was cancelled"),
                      t("`giovang area cancel`, lập đơn khác", "`giovang area cancel`, order anew"))


def _move(
    session: Session, order: AreaOrder, sources: tuple[str, ...], values: Mapping[str, Any]
) -> None:
    moved = session.execute(
        update(AreaOrder).where(AreaOrder.id == order.id, AreaOrder.state.in_(sources))
        .values(dict(values)).returning(AreaOrder.id)
        .execution_options(synchronize_session=False)).first()
    session.refresh(order)
    if moved is None:
        raise Refused(_name(order), t(*STATES[order.state]), _instead(order))


def _name(order: AreaOrder) -> str:
    return t(f"đơn {order.id}", f"order {order.id}")


def _instead(order: AreaOrder) -> str:
    n = order.id
    return {
        "draft": t(f"duyệt trước: giovang area approve {n}", f"first: giovang area approve {n}"),
        "approved": t(f"xuất cho nhà mạng: giovang area export {n} THƯ-MỤC",
                      f"export it: giovang area export {n} FOLDER"),
        "handed_over": t(f"xem giovang area show {n}", f"see giovang area show {n}"),
        "reported": t(f"xem giovang area show {n}", f"see giovang area show {n}"),
        "cancelled": t("lập đơn khác", "make another order"),
    }[order.state]
