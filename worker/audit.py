"""
Who did what: one append-only chain of acts. Each row's hash covers the row before, so a row
taken out or changed afterwards shows (`verify`).
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.db import lock_audit
from worker.models import Audit

GENESIS = "0" * 64
#: rows held in memory at once while the chain is checked
PART = 1000
_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def chain_hash(prev: str, body: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the previous hash and the canonical JSON of this row."""
    text = _CANONICAL.encode(body)
    return hashlib.sha256(f"{prev}\n{text}".encode()).hexdigest()


def record(
    session: Session, now: datetime, actor: str, act: str, subject: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append one act; no personal data in `detail`."""
    lock_audit(session)
    newest = select(Audit.seq, Audit.hash).order_by(Audit.seq.desc()).limit(1)
    last = session.execute(newest).first()
    seq, prev = (last.seq + 1, last.hash) if last else (1, GENESIS)
    row = _body(seq, now, actor, act, subject, dict(detail or {}))
    session.add(Audit(**row, prev=prev, hash=chain_hash(prev, _printable(row))))
    session.flush()


def verify(session: Session) -> int | None:
    """The first row whose hash does not fit, or None when the chain is whole."""
    after = 0
    while True:
        upto, broken = verify_part(session, after, PART)
        if broken is not None or upto == after:
            return broken
        after = upto


def verify_part(session: Session, after: int, limit: int) -> tuple[int, int | None]:
    """
    Check at most `limit` rows after row `after`; gives the last row that fits, and the first
    that does not, or None. A row that is missing shows in the one that came after it.
    """
    prev = session.scalars(select(Audit.hash).where(Audit.seq == after)).first() or GENESIS
    upto, left = after, limit
    while left > 0:
        rows = session.scalars(select(Audit).where(Audit.seq > upto).order_by(Audit.seq)
                               .limit(min(left, PART))).all()
        for row in rows:
            body = _body(row.seq, row.at, row.actor, row.act, row.subject, row.detail)
            if row.prev != prev or row.hash != chain_hash(prev, _printable(body)):
                return upto, row.seq
            upto, prev = row.seq, row.hash
        left = left - PART if len(rows) == PART else 0
    return upto, None


def _body(
    seq: int, at: datetime, actor: str, act: str, subject: str, detail: dict[str, Any]
) -> dict[str, Any]:
    return {"seq": seq, "at": at, "actor": actor, "act": act, "subject": subject, "detail": detail}


def _printable(body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, "at": body["at"].isoformat()}
