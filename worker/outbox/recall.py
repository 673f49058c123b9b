"""
Recall: one person's act, at once. Approval is withdrawn, what has not begun is cancelled,
and for everything that is or may be public on a channel that can take back, a recall is
opened: urgent, at any hour, tried for seven days. An SMS cannot be taken back; `status`
counts who has it. One that fails ends, and a person has it tried again or takes it down by hand.
"""

from collections.abc import Collection, Container
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from worker import audit
from worker.db import lock_outbox
from worker.errors import Refused, UserError
from worker.i18n import t
from worker.models import Batch, Delivery, Installation, Item, Occurrence
from worker.outbox import acts, events
from worker.outbox.follow import follow_originals
from worker.outbox.keys import delivery_key
from worker.states import MAY_BE_OUT

#: how long a recall is tried
RECALL_FOR = timedelta(days=7)
#: a recall in these took nothing back: nothing happens any more without a person
FAILED = ("rejected", "exhausted", "expired")
#: what a person may have tried again: taking back twice is as good as once
_AGAIN = (*FAILED, "uncertain")
#: the original is known to be out
_OUT = ("accepted", "delivered")


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
    item = session.get(Item, item_id)
    if item is None:
        raise UserError(item_id, t("không có tin này", "there is no such item"),
                        t("xem `giovang items`", "see `giovang items`"))
    if item.state == "recalled":
        return _recall_again(session, now, actor, item_id, reason, can_recall)
    item.state, item.changed_at = "recalled", now
    session.flush()
    occurrences = list(
        session.scalars(
            select(Batch.occurrence_id).where(Batch.item_id == item_id).distinct()
            .order_by(Batch.occurrence_id)
        )
    )
    cancelled = acts.drop_unbegun(session, now, occurrences, ("publish",), item_id=item_id)
    opened, beyond = _open_recalls(session, now, item_id, can_recall)
    audit.record(session, now, actor, "recall", item_id,
                 {"reason": reason, "cancelled": cancelled, "opened": opened, "beyond": beyond})
    events.append(session, now, actor,
                  [events.Note(o, "recall", None, {"reason": reason}) for o in occurrences])
    return Recalled(cancelled, opened, beyond)


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
    A person decides on a recall that took nothing back, or may not have: tried again, or taken
    down by hand ("it went out"). Gives its new state; None when `key` is no such recall.
    """
    lock_outbox(session)
    recall = session.scalars(
        select(Delivery).where(Delivery.id == key, Delivery.kind == "recall",
                               Delivery.state.in_(_AGAIN)).with_for_update()
    ).first()
    if recall is None:
        return None
    original = session.scalars(select(Delivery).where(Delivery.id == recall.refers_to)).one()
    if original.state not in MAY_BE_OUT:
        raise Refused(key, t("nơi này không còn tin nữa", "nothing is left there"), "")
    if how == "did-not":
        raise Refused(key, t("tin vẫn còn ở nơi đó", "the item is still there"),
                      t("dùng --send-again, hoặc gỡ tay rồi --went-out",
                        "use --send-again, or take it down by hand and say --went-out"))
    if how == "went-out" and original.state not in _OUT:
        raise Refused(
            key, t("chưa rõ tin gốc đã ra ngoài chưa", "whether the original is out is not known"),
            t(f"trước hết: giovang resolve {original.id}", f"first: giovang resolve {original.id}"))
    if how == "send-again":
        _reopen(session, now, recall, original)
    else:
        recall.state, recall.settled_at = "accepted", now
    events.append(session, now, actor, [
        events.Note(recall.occurrence_id, "resolved", recall.id,
                    {"state": "ready" if how == "send-again" else recall.state, "how": how,
                     "reason": reason})])
    follow_originals(session, now, actor, [recall.id])
    return "ready" if how == "send-again" else recall.state


def _reopen(session: Session, now: datetime, recall: Delivery, original: Delivery) -> None:
    """As new: tried as often and as long as the first time."""
    known = original.state in _OUT
    recall.state, recall.counted, recall.settled_at = "ready" if known else "queued", 0, None
    recall.next_attempt_at, recall.ref = now, original.ref or recall.ref
    recall.code, recall.detail = "", ""
    session.execute(
        update(Batch).where(Batch.id == recall.batch_id)
        .values(closes_at=now + RECALL_FOR, next_attempt_at=now,
                # still leased: whoever holds it finds that something waits when it gives it back
                state=case((Batch.state == "leased", "leased"), else_="ready" if known else "held"))
        .execution_options(synchronize_session=False)
    )
    session.flush()


def unreachable(session: Session, reachable: Container[tuple[str, str]]) -> list[Delivery]:
    """Recalls due now to a (channel, target) that the programme no longer has."""
    due = session.scalars(
        select(Delivery).join(Batch, Batch.id == Delivery.batch_id)
        .where(Batch.kind == "recall", Batch.state == "ready",
               Delivery.state.in_(["queued", "ready"]))
        .order_by(Delivery.id)
    )
    return [d for d in due if (d.channel, d.target) not in reachable]


def end_unreachable(
    session: Session, now: datetime, actor: str, reachable: Container[tuple[str, str]]
) -> int:
    """Nobody here can make these recalls: they end, for a person to be told of them."""
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
    out = session.scalars(
        select(Delivery)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Batch.item_id == item_id, Delivery.kind == "publish",
               Delivery.state.in_(MAY_BE_OUT))
        .order_by(Delivery.id)
    ).all()
    opened = 0
    for original in out:
        if original.channel in can_recall and open_recall(session, now, installation, original):
            opened += 1
    return opened, sum(1 for d in out if d.channel not in can_recall)


def open_recall(session: Session, now: datetime, installation: str, original: Delivery) -> bool:
    occurrence = session.get_one(Occurrence, original.occurrence_id)
    key = delivery_key(installation, occurrence, "recall", original.version, original.channel,
                       original.target)
    standing = session.get(Delivery, (key, original.day))
    if standing is not None:
        if standing.state not in _AGAIN:
            return False  # recalled, approved anew, recalled again: the first is still at work
        _reopen(session, now, standing, original)
        return True
    known = original.state in _OUT
    said = session.get_one(Batch, original.batch_id)
    batch = Batch(
        occurrence_id=occurrence.id, day=original.day, channel=original.channel,
        account=original.account, kind="recall", version=original.version,
        ordinal=_next_ordinal(session, occurrence.id, original),
        # what is sending or uncertain is taken back once it is known to be out
        state="ready" if known else "held", priority_rank=0, next_attempt_at=now,
        opens_at=now, closes_at=now + RECALL_FOR, windows=[],
        item_id=said.item_id, item_version=said.item_version,
    )
    session.add(batch)
    session.flush()
    session.add(Delivery(
        id=key, day=original.day, occurrence_id=occurrence.id, batch_id=batch.id, kind="recall",
        version=original.version, channel=original.channel, account=original.account,
        target=original.target, content_sha256=original.content_sha256, tag=original.tag,
        refers_to=original.id, ref=original.ref,
    ))
    session.flush()
    return True


def _next_ordinal(session: Session, occurrence_id: str, original: Delivery) -> int:
    highest = session.scalars(
        select(func.max(Batch.ordinal)).where(
            Batch.occurrence_id == occurrence_id, Batch.kind == "recall",
            Batch.version == original.version, Batch.channel == original.channel,
        )
    ).one()
    return 0 if highest is None else highest + 1


