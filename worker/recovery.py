"""
Recovery: a database that may be older than what already went out sends nothing of that time
by itself. Whatever fell due between its own last begin and now, planned before or only now,
and is neither accepted nor final, becomes uncertain: asked for at the far side, matched with
a receipt, or left to a person.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from worker import audit, mark
from worker.alarms.store import raise_alarm
from worker.campaigns.doubt import doubt_restored
from worker.db import Store, lock_outbox, timeline
from worker.home import SYSTEM
from worker.i18n import t
from worker.models import Attempt, Batch, Campaign, Delivery, Installation, Occurrence
from worker.outbox import events
from worker.planner.store import replan

#: rows a transaction may touch
CHUNK = 500


@dataclass(frozen=True)
class Doubt:
    """From when on this database does not know what went out, and why we think so."""

    since: datetime
    why: str


def doubt(session: Session, var: Path, *, joins: bool = False) -> Doubt | None:
    """
    Compare the database with its mark; None when it is the one that sent last. `joins`: other
    nodes are live on it, so a node without a mark is only new. What was put back by `restore`
    is doubted once, by whoever comes first, whatever marks and heartbeats came with it.
    """
    installation = session.scalars(select(Installation)).one()
    last = last_begin(session)
    since = max(filter(None, (last, installation.recovered_until)),
                default=installation.created_at)
    if installation.recovered_epoch != installation.epoch:
        return Doubt(since, "restored")
    known = mark.read(var)
    if known is None and joins:
        return None
    if known is None:
        planned = session.scalars(select(func.count()).select_from(Occurrence)).one()
        return Doubt(since, "no-mark") if planned else None
    if known.installation != installation.uid:
        return Doubt(since, "other-installation")
    if known.epoch > installation.epoch:
        return Doubt(since, "older-epoch")
    if known.epoch < installation.epoch:
        return None  # put back and doubted since we last ran
    if last is None or known.last_begin > last:
        return Doubt(since, "older-than-mark") if known.last_begin > since else None
    return None


def recover(store: Store, var: Path, now: datetime, found: Doubt) -> int:
    """Plan what was missed, then doubt it all; gives how many became uncertain."""
    replan(store, now, SYSTEM)
    count = 0
    while True:
        with store.write() as session:
            moved = _doubt_chunk(session, now)
        if not moved:
            break
        count += moved
    messages = _doubt_campaigns(store, now)
    with store.write() as session:
        installation = session.scalars(select(Installation)).one()
        installation.recovered_until = now
        installation.recovered_epoch = installation.epoch
        installation.timeline = timeline(session) or installation.timeline
        audit.record(session, now, SYSTEM, "recovery", found.why,
                     {"since": found.since.isoformat(), "uncertain": count,
                      "campaign_messages": messages})
        if messages:
            raise_alarm(
                session, now, "recovery-campaigns", "restore", "serious",
                t(f"{messages} tin của các chiến dịch có thể đã đi trước khi phục hồi, không tự "
                  "gửi lại; bản nháp cũng có thể đã gửi: hỏi trước khi duyệt lại",
                  f"{messages} messages of campaigns may have gone out before the restore; none "
                  "is sent again. Drafts may have run, too: ask before you approve one"),
                t("xem `giovang campaign status`, rồi `giovang campaign resolve`",
                  "see `giovang campaign status`, then `giovang campaign resolve`"),
            )
        if count:
            raise_alarm(
                session, now, "recovery", "restore", "serious",
                t(f"{count} lượt gửi có thể đã đi trước khi phục hồi, không tự gửi lại",
                  f"{count} deliveries may have gone out before the restore; none is sent again"),
                t("xem `giovang log --state uncertain`, rồi `giovang resolve`",
                  "see `giovang log --state uncertain`, then `giovang resolve`"),
            )
        mark.write(var, mark.Mark(installation.uid, installation.epoch, now,
                                  installation.timeline or ""))
    return count + messages


def last_begin(session: Session) -> datetime | None:
    """When something last began to be sent, as far as this database knows."""
    moments = (session.scalars(select(func.max(Attempt.begun_at))).one(),
               session.scalars(select(func.max(Campaign.last_begun_at))).one())
    return max(filter(None, moments), default=None)


def _doubt_campaigns(store: Store, now: datetime) -> int:
    """Chunk by chunk: killed on the way, the next start goes on."""
    count = 0
    while True:
        with store.write() as session:
            moved = doubt_restored(session, now)
        if moved is None:
            return count
        count += moved


#: taking back and editing in place may be done twice, so only what sends is in doubt
_sends = (Batch.kind == "publish") | (Batch.kind == "correct") & (Batch.state != "held")


def _doubt_chunk(session: Session, now: datetime) -> int:
    """All that is due and open; what fell due before our own last begin was sent by then."""
    lock_outbox(session)
    batches = session.scalars(
        select(Batch.id)
        .where(_sends, Batch.state.in_(["held", "ready", "leased"]),
               Batch.next_attempt_at <= now)
        .order_by(Batch.id).limit(CHUNK)
    ).all()
    if not batches:
        return 0
    session.execute(
        update(Batch).where(Batch.id.in_(batches))
        .values(state="done", lease_token=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    rows = session.execute(
        update(Delivery)
        .where(Delivery.batch_id.in_(batches), Delivery.state.in_(["queued", "ready", "sending"]))
        .values(state="uncertain", settled_at=now, code="restored",
                detail=t("có thể đã gửi trước khi phục hồi",
                         "may have gone out before the restore"))
        .returning(Delivery.id, Delivery.occurrence_id)
        .execution_options(synchronize_session=False)
    ).all()
    events.append(session, now, SYSTEM, [
        events.Note(o, "uncertain", key, {"state": "uncertain", "code": "restored"})
        for key, o in sorted(rows)
    ])
    return len(batches)
