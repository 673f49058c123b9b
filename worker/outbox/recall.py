"""
Recall: one person's act, at once. Approval is withdrawn, what has not begun is cancelled,
and for everything that is or may be public on a channel that can take back, a recall is
opened: urgent, at any hour, tried for seven days. An SMS cannot be taken back; `status`
counts who has it. One that fails ends, and a person has it tried again or takes it down by hand.
"""

from collections.abc import Collection, Container
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from worker import audit
from worker.db import lock_outbox
from worker.errors import Refused, UserError
from worker.i18n import t
from worker.models import Batch, Delivery, Installation, Item
from worker.outbox import acts, events
from worker.outbox.follow import follow_originals
from worker.outbox.holders import holders
from worker.outbox.keys import edits
from worker.outbox.takeback import AGAIN, OUT, open_recall, reopen, send_again
from worker.states import MAY_BE_OUT


@dataclass(frozen=True)
class Recalled:
    """What a recall did."""

    cancelled: int
    opened: int  #: recalls on their way
    beyond: int  #: out on a channel that cannot take back (SMS)


def recall_item(
    session: Session, now: datetime, actor: str, item_id: str, reason: str,
    can_recall: Collection[str],
) -> Recalled:
    """
    Take an item back everywhere; once more, where the first time failed. `can_recall`: channels
    that implement Recalls.
    """
    lock_outbox(session)
    if session.get(Item, item_id) is None:
        raise UserError(item_id, t("không có tin này", "there is no such item"),
                        t("xem `giovang items`", "see `giovang items`"))
    cancelled = withdraw_item(session, now, actor, item_id)
    if cancelled is None:
        return _recall_again(session, now, actor, item_id, reason, can_recall)
    opened, beyond = _open_recalls(session, now, item_id, can_recall)
    audit.record(session, now, actor, "recall", item_id,
                 {"reason": reason, "cancelled": cancelled, "opened": opened, "beyond": beyond})
    events.append(session, now, actor,
                  [events.Note(o, "recall", None, {"reason": reason})
                   for o in _occurrences(session, item_id)])
    return Recalled(cancelled, opened, beyond)


def withdraw_item(session: Session, now: datetime, actor: str, item_id: str) -> int | None:
    """
    Approval withdrawn, and what has not begun cancelled: gives how many deliveries, corrections
    by this item included; None when it was recalled before.
    """
    item = session.get_one(Item, item_id)
    if item.state == "recalled":
        return None
    item.state, item.changed_at = "recalled", now
    session.flush()
    return acts.drop_unbegun(session, now, _occurrences(session, item_id),
                             ("publish", "correct"), item_id=item_id, actor=actor)


def _occurrences(session: Session, item_id: str) -> list[str]:
    return list(session.scalars(
        select(Batch.occurrence_id).where(Batch.item_id == item_id).distinct()
        .order_by(Batch.occurrence_id)))


def _recall_again(
    session: Session, now: datetime, actor: str, item_id: str, reason: str,
    can_recall: Collection[str],
) -> Recalled:
    opened, beyond = _open_recalls(session, now, item_id, can_recall)
    if not opened:
        raise Refused(
            item_id, t("đã thu hồi từ trước, không còn nơi nào phải gỡ lại",
                       "was recalled before, and nothing is left to be tried again"),
            t(f"xem `giovang log --item {item_id}`", f"see `giovang log --item {item_id}`"))
    audit.record(session, now, actor, "recall", item_id, {"reason": reason, "again": opened})
    return Recalled(0, opened, beyond)


def resolve_failed(
    session: Session, now: datetime, actor: str, key: str, how: acts.Resolution, reason: str
) -> str | None:
    """
    A person decides on a recall that took nothing back, or may not have, or on a correction that
    did not get through: tried again, or done by hand ("it went out"). Gives its new state; None
    when `key` is neither; a message that may have gone out is decided on as any other.
    """
    lock_outbox(session)
    recall = session.scalars(
        select(Delivery).where(Delivery.id == key, Delivery.kind != "publish",
                               Delivery.state.in_(AGAIN)).with_for_update()
    ).first()
    if recall is None:
        return None
    tied = recall.kind == "recall" or edits(recall.kind, recall.id, recall.tag)
    if not tied and recall.state == "uncertain":
        return None
    original = session.scalars(select(Delivery).where(Delivery.id == recall.refers_to)).one()
    withdrawn = original.withdrawn_at is not None
    if original.state not in MAY_BE_OUT and not withdrawn:
        raise Refused(key, t("nơi này không còn tin nữa", "nothing is left there"), "")
    if how == "did-not":
        raise Refused(key, t("tin vẫn còn ở nơi đó", "the item is still there"),
                      t("dùng --send-again, hoặc gỡ tay rồi --went-out",
                        "use --send-again, or take it down by hand and say --went-out"))
    if how == "went-out" and tied and original.state not in OUT and not withdrawn:
        raise Refused(
            key, t("chưa rõ tin gốc đã ra ngoài chưa", "whether the original is out is not known"),
            t(f"trước hết: giovang resolve {original.id}", f"first: giovang resolve {original.id}"))
    if how == "send-again":
        (reopen(session, now, recall, original) if tied else send_again(session, now, recall))
    else:
        recall.state, recall.settled_at = "accepted", now
    events.append(session, now, actor, [
        events.Note(recall.occurrence_id, "resolved", recall.id,
                    {"state": "ready" if how == "send-again" else recall.state, "how": how,
                     "reason": reason})])
    follow_originals(session, now, actor, [recall.id])
    return "ready" if how == "send-again" else recall.state


def unreachable(session: Session, reachable: Container[tuple[str, str]]) -> list[Delivery]:
    """Recalls and corrections due now to a (channel, target) that the programme no longer has."""
    due = session.scalars(
        select(Delivery).join(Batch, Batch.id == Delivery.batch_id)
        .where(Batch.kind != "publish", Batch.state == "ready",
               Delivery.state.in_(["queued", "ready"]))
        .order_by(Delivery.id)
    )
    return [d for d in due if (d.channel, d.target) not in reachable]


def end_unreachable(
    session: Session, now: datetime, actor: str, reachable: Container[tuple[str, str]]
) -> int:
    """Nobody here can make these: they end, for a person to be told of them."""
    lock_outbox(session)
    gone = unreachable(session, reachable)
    for recall in gone:
        recall.state, recall.settled_at, recall.next_attempt_at = "rejected", now, None
        recall.code = "programme"
        recall.detail = t("nơi này không còn trong chương trình",
                          "this place is no longer in the programme")
    session.execute(
        update(Batch).where(Batch.id.in_([d.batch_id for d in gone]), Batch.state == "ready")
        .values(state="done").execution_options(synchronize_session=False)
    )
    events.append(session, now, actor, [
        events.Note(d.occurrence_id, "settled", d.id, {"state": d.state, "code": d.code})
        for d in gone])
    return len(gone)


def _open_recalls(
    session: Session, now: datetime, item_id: str, can_recall: Collection[str]
) -> tuple[int, int]:
    installation = session.scalars(select(Installation.uid)).one()
    out = holders(session, item_id)
    opened = 0
    for original in out:
        if original.channel in can_recall and open_recall(session, now, installation, original):
            opened += 1
    return opened, sum(d.channel not in can_recall and d.state in MAY_BE_OUT for d in out)
