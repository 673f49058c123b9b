"""
Receipts: what a gateway calls back with. Stored first, matched then, and again when the try
they belong to settles (a receipt may overtake the answer that names its `ref`).

Here only the match is made; the state is moved by `worker.outbox.doubt.apply_receipt`.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, literal_column, or_, select
from sqlalchemy.orm import Session

from channels.scrub import scrub
from channels.values import Accepted, Delivered, Rejected, Report
from worker.alarms.store import raise_alarm
from worker.campaigns.receipts import HORIZON, rematch, take
from worker.db import insert_missing
from worker.given import one_of
from worker.growth.partitions import on_the_edge
from worker.i18n import t
from worker.models import Delivery, Receipt, WireRef
from worker.outbox.doubt import apply_receipt, apply_taken
from worker.outbox.many import One

#: a call is known again so long; one that comes later still moves nothing that has ended
REPEATED = timedelta(days=45)
#: rows one sweep looks at; the rest waits for the next
SWEEP = 500

_NAMES: dict[type, str] = {
    Delivered: "delivered", Accepted: "accepted", Rejected: "rejected",
}

# built once: asked after every try
_PENDING = One(
    select(Receipt.id)
    .where(
        Receipt.matched_at.is_(None), Receipt.received_at > bindparam("b_since"),
        or_(one_of(Receipt.key, "b_ids"),
            select(WireRef.id).where(
                WireRef.channel == Receipt.channel, WireRef.account == Receipt.account,
                WireRef.ref == Receipt.ref,
                one_of(WireRef.delivery_id, "b_ids"),
            ).exists()),
    )
    .order_by(Receipt.id)
    .with_for_update(skip_locked=True, of=Receipt)
)


def store_receipts(
    session: Session, now: datetime, channel: str, account: str, reports: Sequence[Report],
    raw_hash: str,
) -> int:
    """
    Keep what one call of the gateway said, then match it; gives how many were new.

    `raw_hash`: SHA-256 (hex) of the whole call. A gateway that did not hear our 200 calls
    again with the same bytes, and finds its receipts here already.
    """
    given = [(_dedupe(raw_hash, n), report) for n, report in enumerate(reports)]
    return store_each(session, now, channel, account, given)


def store_each(
    session: Session, now: datetime, channel: str, account: str,
    given: Sequence[tuple[str, Report]], node: str = "",
) -> int:
    """
    The same for reports that each have a name of their own, by which one that comes twice is
    known. Those of campaigns move their messages and are not kept: the message says it all.
    `node`: whose counts they move; "" where nobody knows.
    """
    rest = {id(r) for r in take(session, now, node, channel, account, [r for _, r in given])}
    rows = list({
        dedupe: _row(now, channel, account, report, dedupe)
        for dedupe, report in given if id(report) in rest}.values())
    if not rows:
        return len(given)
    on_the_edge(session, now, channel, account)
    known = set(session.scalars(_mine(now, channel, account, [r["dedupe"] for r in rows])
                                .with_only_columns(Receipt.dedupe)))
    insert_missing(session, Receipt, [r for r in rows if r["dedupe"] not in known])
    fresh = [r["dedupe"] for r in rows if r["dedupe"] not in known]
    for receipt in session.scalars(
        _mine(now, channel, account, fresh).where(Receipt.matched_at.is_(None)).order_by(Receipt.id)
        .with_for_update()
    ).all():
        match(session, now, receipt)
    return len(given) - len(rows) + len(fresh)


def _mine(
    now: datetime, channel: str, account: str, dedupes: Sequence[str]
) -> Select[Receipt]:
    return select(Receipt).where(
        Receipt.channel == channel, Receipt.account == account, Receipt.dedupe.in_(dedupes),
        Receipt.received_at > now - REPEATED)


def _dedupe(raw_hash: str, number: int) -> str:
    return hashlib.sha256(f"{raw_hash}:{number}".encode()).hexdigest()


def _row(
    now: datetime, channel: str, account: str, report: Report, dedupe: str
) -> dict[str, Any]:
    outcome = report.outcome
    name = _NAMES.get(type(outcome), "uncertain")
    return {
        "channel": channel, "account": account, "dedupe": dedupe, "received_at": now,
        "ref": report.ref[:200], "key": report.key[:64], "outcome": name,
        "code": getattr(outcome, "code", "")[:40], "detail": scrub(outcome.detail)[:500],
    }


def match(session: Session, now: datetime, receipt: Receipt) -> bool:
    """Find the delivery this receipt speaks of and move it; False when there is none yet."""
    delivery_id, part = _delivery_of(session, receipt)
    if delivery_id is None:
        return False
    agrees: bool | None = True
    if receipt.outcome == "accepted":
        agrees = apply_taken(session, now, delivery_id)
        if agrees is None:
            return False  # its answer is still awaited: matched again when the try settles
    receipt.delivery_id, receipt.matched_at = delivery_id, now
    session.flush()
    if receipt.outcome in ("delivered", "rejected"):
        outcome, detail = receipt.outcome, receipt.detail
        if part is not None and part.of > 1:
            outcome, detail = _of_whole(session, part, outcome, detail)
        agrees = outcome != "" and (outcome == "known" or apply_receipt(
            session, now, delivery_id, outcome, receipt.code, detail))
    if not agrees:  # of "uncertain": the gateway does not know either, nothing moves
        raise_alarm(
            session, now, f"receipt:{receipt.channel}/{receipt.account}", "receipt", "warning",
            t(f"kênh {receipt.channel} báo «{receipt.outcome}» cho lượt {delivery_id} đã kết thúc "
              f"khác", f"channel {receipt.channel} reports “{receipt.outcome}” for {delivery_id}, "
              f"which has ended otherwise"),
        )
    return True


def _delivery_of(session: Session, receipt: Receipt) -> tuple[str | None, WireRef | None]:
    """
    By our own key where the gateway gives it back, else by its id of a message or a part, the
    newest try first.
    """
    if receipt.key:
        found = session.scalars(select(Delivery.id).where(
            Delivery.id == receipt.key, Delivery.channel == receipt.channel)).first()
        if found is not None:
            return found, None
    if not receipt.ref:
        return None, None
    part = session.scalars(
        select(WireRef)
        .where(WireRef.channel == receipt.channel, WireRef.account == receipt.account,
               WireRef.ref == receipt.ref, WireRef.at > receipt.received_at - HORIZON)
        .order_by(WireRef.at.desc(), WireRef.id.desc())
    ).first()
    return (None, None) if part is None else (part.delivery_id, part)


def _of_whole(session: Session, part: WireRef, outcome: str, detail: str) -> tuple[str, str]:
    """
    What a receipt of one part says of the message: it has arrived when each part has, and one
    that failed fails it. "known": nothing yet; "": this part was told otherwise before.
    """
    # two parts told of at once must see each other
    session.execute(select(Delivery.id).where(Delivery.id == part.delivery_id).with_for_update())
    session.refresh(part)
    if part.outcome not in (None, outcome):
        return "", detail
    part.outcome = outcome
    session.flush()
    said = list(session.scalars(
        select(WireRef.outcome)
        .where(WireRef.delivery_id == part.delivery_id, WireRef.number == part.number,
               WireRef.of > literal_column("1"))))
    failed = said.count("rejected")
    if outcome == "rejected":
        return outcome, t(f"{failed} trong {part.of} phần không tới: {detail}",
                          f"{failed} of {part.of} parts failed: {detail}")
    arrived = said.count("delivered") == part.of
    return (outcome, detail) if arrived else ("known", detail)


def match_pending(session: Session, now: datetime, delivery_ids: Sequence[str]) -> int:
    """Receipts that came before their tries settled; gives how many found their delivery."""
    session.flush()
    found = _PENDING.rows(session, b_ids=list(delivery_ids), b_since=now - HORIZON)
    receipts = [session.get_one(Receipt, id_, with_for_update=True) for (id_,) in found]
    return sum(match(session, now, receipt) for receipt in receipts)


def match_unmatched(session: Session, now: datetime) -> int:
    """
    A sweep over receipts without a delivery. It catches the pair that settled and arrived in
    the same moment, where neither transaction saw the other.
    """
    which = (
        select(Receipt)
        .where(Receipt.matched_at.is_(None), Receipt.received_at > now - HORIZON)
        .order_by(Receipt.received_at.desc()).limit(SWEEP)
        .with_for_update(skip_locked=True, of=Receipt)
    )
    found = session.scalars(which).all()
    left = rematch(session, now, "", found)
    return len(found) - len(left) + sum(match(session, now, receipt) for receipt in left)
