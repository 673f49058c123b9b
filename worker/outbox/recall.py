"""
Recall: one person's act, at once. Approval is withdrawn, what has not begun is cancelled,
and for everything that is or may be public on a channel that can take back, a recall is
opened: urgent, at any hour, tried for seven days. An SMS cannot be taken back; `status`
counts who has it.
"""


from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker import audit
from worker.db import lock_outbox
from worker.errors import Refused, UserError
from worker.i18n import t
from worker.models import Batch, Delivery, Installation, Item, Occurrence
from worker.outbox import acts, events
from worker.outbox.keys import delivery_key
from worker.states import MAY_BE_OUT

#: how long a recall is tried
RECALL_FOR = timedelta(days=7)


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
    """Take an item back everywhere. `can_recall`: channels that implement Recalls."""
    lock_outbox(session)
    item = session.get(Item, item_id)
    if item is None:
        raise UserError(item_id, t("không có tin này", "there is no such item"),
                        t("xem `giovang items`", "see `giovang items`"))
    if item.state == "recalled":
        raise Refused(item_id, t("đã thu hồi từ trước", "was recalled before"), "")
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
        if original.channel in can_recall and _open_one(session, now, installation, original):
            opened += 1
    return opened, sum(1 for d in out if d.channel not in can_recall)


def _open_one(session: Session, now: datetime, installation: str, original: Delivery) -> bool:
    occurrence = session.get_one(Occurrence, original.occurrence_id)
    key = delivery_key(installation, occurrence, "recall", original.version, original.channel,
                       original.target)
    if session.get(Delivery, (key, original.day)) is not None:
        return False  # recalled, approved anew, recalled again: the first is still at work
    known = original.state in ("accepted", "delivered")
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


