"""
What persons do to deliveries: cancel, let approval fall or come, resolve a doubt. Each is one
short transaction of the caller; each leaves an event.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.orm import Session

from worker.db import lock_outbox
from worker.errors import Refused, UserError
from worker.i18n import t
from worker.models import Batch, Delivery, Item, Occurrence
from worker.outbox import events, withdraw
from worker.outbox.follow import follow_originals
from worker.states import allowed

Resolution = Literal["went-out", "did-not", "send-again"]


def cancel_occurrence(
    session: Session, now: datetime, actor: str, occurrence_id: str, reason: str
) -> int:
    """Cancel what has not begun; what is on its way finishes. Gives how many were cancelled."""
    lock_outbox(session)
    occurrence = session.get(Occurrence, occurrence_id)
    if occurrence is None:
        raise UserError(
            occurrence_id, t("không có lượt phát này", "there is no such occurrence"),
            t("lấy mã ở cột `occurrence` của `giovang plan`",
              "take it from `occurrence` of `giovang plan`"),
        )
    if occurrence.picked_by == "campaign":  # its messages are no deliveries: nothing would end
        number = occurrence.entry.rpartition(":")[2]
        raise Refused(occurrence_id, t("là một đợt nhắn tin", "is a campaign"),
                      f"giovang campaign stop {number} --as …")
    if occurrence.cancelled_at is None:
        occurrence.cancelled_at = now
        session.flush()
    count = drop_unbegun(session, now, [occurrence_id], ("publish",), actor=actor)
    events.append(session, now, actor,
                  [events.Note(occurrence_id, "cancelled", None,
                               {"reason": reason, "deliveries": count})])
    return count


def drop_unbegun(
    session: Session, now: datetime, occurrence_ids: Sequence[str], kinds: Sequence[str], *,
    actor: str, channel: str | None = None, item_id: str | None = None,
) -> int:
    """
    Batches to cancelled (which fences a running begin), waiting retries too. A batch that was
    done is cancelled as well: what of it is in doubt must not come back. What stands prepared
    is withdrawn.
    """
    lock_outbox(session)
    only = [Batch.channel == channel] if channel else []
    only += [Batch.item_id == item_id] if item_id else []
    batches = session.execute(
        update(Batch)
        .where(Batch.occurrence_id.in_(occurrence_ids), Batch.kind.in_(kinds),
               Batch.state.in_(["held", "ready", "leased", "done"]), *only)
        .values(state="cancelled", lease_token=None, lease_until=None)
        .returning(Batch.id)
        .execution_options(synchronize_session=False)
    ).scalars().all()
    if not batches:
        return 0
    dropped = session.scalars(
        update(Delivery)
        .where(Delivery.batch_id.in_(batches), Delivery.state.in_(["queued", "ready"]))
        .values(state=ended("cancelled"), settled_at=now)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    withdraw.forbidden(session, now, actor)
    return len(dropped)


def ended(state: str) -> ColumnElement[str]:
    """This state, or uncertain where an earlier try may have gone out: the log never denies it."""
    return case((Delivery.maybe_out, "uncertain"), else_=state)


def follow_item(session: Session, now: datetime, item_id: str, actor: str) -> None:
    """After an item's state changed: batches of its texts become held or ready."""
    lock_outbox(session)
    item = session.get(Item, item_id)
    if item is None:
        return
    may_air = Batch.item_version == (item.version if item.state == "approved" else -1)
    changed = _move_batches(session, now, item_id, may_air, ("held",), "ready")
    changed += _move_batches(session, now, item_id, ~may_air, ("ready", "leased"), "held")
    events.append(session, now, actor,
                  [events.Note(o, "approval", None, {"state": state}) for o, state in changed])
    withdraw.forbidden(session, now, actor)


def _move_batches(
    session: Session, now: datetime, item_id: str, which: ColumnElement[bool],
    source: Sequence[str], to: str,
) -> list[tuple[str, str]]:
    # a correction held for the truth about what it edits is not let go by an approval
    kinds = ("publish",) if to == "ready" else ("publish", "correct")
    moved = session.execute(
        update(Batch)
        .where(Batch.item_id == item_id, which, Batch.kind.in_(kinds), Batch.closes_at > now,
               Batch.state.in_(source))
        .values(state=to, lease_token=None, lease_until=None)
        .returning(Batch.occurrence_id)
        .execution_options(synchronize_session=False)
    ).scalars().all()
    return [(o, to) for o in dict.fromkeys(moved)]


def resolve(
    session: Session, now: datetime, actor: str, key: str, how: Resolution, reason: str
) -> str:
    """A person ends a doubt; gives the new state."""
    lock_outbox(session)
    delivery = session.scalars(
        select(Delivery).where(Delivery.id == key).with_for_update()
    ).first()
    if delivery is None:
        raise UserError(key, t("không có lượt gửi này", "there is no such delivery"),
                        t("lấy mã ở cột `key` của `giovang log`",
                          "take it from `key` of `giovang log`"))
    if delivery.state != "uncertain":
        raise Refused(
            key,
            t(f"không ở trạng thái «Chưa rõ kết quả» (đang: {delivery.state})",
              f"is not uncertain (it is {delivery.state})"),
            t("xem `giovang log --state uncertain`", "see `giovang log --state uncertain`"),
        )
    if how == "send-again":
        _may_send_again(session, now, delivery)
    state = {"went-out": "accepted", "did-not": "cancelled", "send-again": "ready"}[how]
    end_doubt(session, now, actor, delivery, state, {"how": how, "reason": reason},
              maybe_out=True)
    return state


def _may_send_again(session: Session, now: datetime, delivery: Delivery) -> None:
    batch = session.get_one(Batch, delivery.batch_id)
    if batch.state == "cancelled":
        raise Refused(delivery.id, t("lượt phát này đã bị hủy hoặc thu hồi",
                                     "this occurrence was cancelled or recalled"),
                      t("dùng --went-out hoặc --did-not", "use --went-out or --did-not"))
    if batch.closes_at <= now:
        raise Refused(delivery.id, t("đã hết khung giờ", "its slot is over"),
                      t("chọn --did-not, rồi `giovang repeat` lượt phát",
                        "say --did-not, then `giovang repeat` the occurrence"))


def end_doubt(
    session: Session, now: datetime, actor: str, delivery: Delivery, state: str,
    detail: dict[str, object], *, at: datetime | None = None, maybe_out: bool = False,
) -> None:
    """
    Move an uncertain delivery on; the caller holds its row. `ready` again (at the moment
    `at`) only while its batch was not cancelled: else it is cancelled, too. `maybe_out`: it is
    tried again although nobody knows, so it must not end as "did not go out".
    """
    if state == "ready" and not wake_batch(session, delivery.batch_id, at or now):
        state = "cancelled"
    if not allowed(delivery.state, state):
        raise AssertionError(f"no move {delivery.state} -> {state}")
    delivery.state = state
    delivery.absent_at = None
    delivery.maybe_out = maybe_out and state == "ready"
    delivery.settled_at = None if state == "ready" else now
    delivery.next_attempt_at = (at or now) if state == "ready" else None
    session.flush()
    events.append(session, now, actor,
                  [events.Note(delivery.occurrence_id, "resolved", delivery.id,
                               {"state": state, **detail})])
    follow_originals(session, now, actor, [delivery.id])
    if delivery.prepared_at is not None:
        withdraw.forbidden(session, now, actor, [delivery.id])


def wake_batch(session: Session, batch_id: int, at: datetime) -> bool:
    """
    A delivery waits again: its batch is due at this moment, or earlier if it was. False when
    the batch was cancelled. One that has closed is woken, too, for expiry to find it.
    """
    sooner = Batch.state.in_(["ready", "held"]) & (Batch.next_attempt_at < at)
    woken = session.execute(
        update(Batch)
        .where(Batch.id == batch_id, Batch.state != "cancelled")
        .values(
            state=case((Batch.state.in_(["done", "expired"]), "ready"), else_=Batch.state),
            next_attempt_at=case((sooner, Batch.next_attempt_at), else_=at),
        )
        .returning(Batch.id)
        .execution_options(synchronize_session=False)
    ).first()
    return woken is not None
