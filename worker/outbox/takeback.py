"""
Taking back: a recall of one delivery, opened or opened again. What is public is taken back, and
what was prepared and must not become public; while nobody knows which, the recall waits.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from worker.models import Batch, Delivery, Occurrence
from worker.outbox.keys import delivery_key, edits

#: how long a recall is tried
RECALL_FOR = timedelta(days=7)
#: a recall in these took nothing back: nothing happens any more without a person
FAILED = ("rejected", "exhausted", "expired")
#: what a person may have tried again: taking back twice is as good as once
AGAIN = (*FAILED, "uncertain")
#: keys asked for in one statement
CHUNK = 500
#: the original is known to be out
OUT = ("accepted", "delivered")


def stands(original: Delivery) -> bool:
    """The far side is known to have it, public or only prepared."""
    return original.state in OUT or (
        original.prepared_at is not None and original.state not in ("sending", "uncertain"))


def open_recall(session: Session, now: datetime, installation: str, original: Delivery) -> bool:
    """
    False where one is at work, or has taken it back, already. A correction in place that has not
    begun gives way to it.
    """
    drop(session, now, [d for d in followers(session, [original], "correct")
                        if edits(d.kind, d.id, d.tag)])
    standing = session.scalars(select(Delivery).where(
        Delivery.refers_to == original.id, Delivery.kind == "recall")).first()
    if standing is not None:
        if standing.state not in (*AGAIN, "cancelled"):
            return False  # recalled, approved anew, recalled again: the first is still at work
        reopen(session, now, standing, original)
        return True
    said = session.get_one(Batch, original.batch_id)
    version, key = place(session, installation, "recall", original)
    # what is sending or uncertain is taken back once it is known to be out
    batch = add_batch(session, now, "recall", version, original, known=stands(original),
                      item=(said.item_id, said.item_version))
    session.add(Delivery(
        id=key, day=original.day, occurrence_id=original.occurrence_id, batch_id=batch.id,
        kind="recall", version=version, channel=original.channel, account=original.account,
        target=original.target, content_sha256=original.content_sha256, tag=original.tag,
        refers_to=original.id, ref=original.ref,
    ))
    session.flush()
    return True


def followers(session: Session, originals: Sequence[Delivery], kind: str) -> list[Delivery]:
    """Recalls, or corrections, of these deliveries, the oldest first."""
    ids, found = [d.id for d in originals], list[Delivery]()
    for first in range(0, len(ids), CHUNK):
        found += session.scalars(
            select(Delivery)
            .where(Delivery.refers_to.in_(ids[first:first + CHUNK]), Delivery.kind == kind)
            .order_by(Delivery.version, Delivery.id).execution_options(populate_existing=True))
    return found


def drop(session: Session, now: datetime, unwanted: Sequence[Delivery]) -> None:
    """What of these waits does not begin any more; what is, or may be, on the wire goes on."""
    for d in unwanted:
        if d.state not in ("queued", "ready") or d.maybe_out:
            continue
        d.state, d.settled_at, d.next_attempt_at = "cancelled", now, None
        session.execute(
            update(Batch).where(Batch.id == d.batch_id)
            .values(state="cancelled", lease_token=None, lease_until=None)
            .execution_options(synchronize_session=False))
    session.flush()


def place(
    session: Session, installation: str, kind: str, original: Delivery
) -> tuple[int, str]:
    """
    Version and key of what follows this delivery. A correction, too, can be recalled or
    corrected, at the same target: then the version is the next one that is free.
    """
    highest = session.scalars(
        select(func.max(Delivery.version)).where(
            Delivery.occurrence_id == original.occurrence_id, Delivery.kind == kind,
            Delivery.channel == original.channel, Delivery.target == original.target)
    ).one()
    version = max(original.version, 0 if highest is None else highest + 1)
    occurrence = session.get_one(Occurrence, original.occurrence_id)
    return version, delivery_key(installation, occurrence, kind, version, original.channel,
                                 original.target)


def add_batch(
    session: Session, now: datetime, kind: str, version: int, original: Delivery, *,
    known: bool, item: tuple[str, int],
) -> Batch:
    """A batch of one, urgent, at any hour; `known`: it need not wait for the truth."""
    highest = session.scalars(
        select(func.max(Batch.ordinal)).where(
            Batch.occurrence_id == original.occurrence_id, Batch.kind == kind,
            Batch.version == version, Batch.channel == original.channel)
    ).one()
    batch = Batch(
        occurrence_id=original.occurrence_id, day=original.day, channel=original.channel,
        account=original.account, kind=kind, version=version,
        ordinal=0 if highest is None else highest + 1,
        state="ready" if known else "held", priority_rank=0, next_attempt_at=now,
        opens_at=now, closes_at=now + RECALL_FOR, windows=[],
        item_id=item[0], item_version=item[1],
    )
    session.add(batch)
    session.flush()
    return batch


def reopen(session: Session, now: datetime, recall: Delivery, original: Delivery) -> None:
    """As new: tried as often and as long as the first time."""
    known = stands(original)
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


def send_again(session: Session, now: datetime, correction: Delivery) -> None:
    """A message that surely did not get through: as new, on its way at once."""
    correction.state, correction.counted, correction.settled_at = "ready", 0, None
    correction.next_attempt_at, correction.code, correction.detail = now, "", ""
    session.execute(
        update(Batch).where(Batch.id == correction.batch_id, Batch.state != "leased")
        .values(closes_at=now + RECALL_FOR, next_attempt_at=now, state="ready")
        .execution_options(synchronize_session=False))
    session.flush()
