"""Campaigns under way, a line each: for `giovang status` and `giovang log`."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.i18n import t
from worker.models import Campaign
from worker.scope import WHOLE, Scope

from . import words
from .figures import figures


def under_way(session: Session, scope: Scope = WHOLE) -> list[dict[str, Any]]:
    """Campaigns that run or are paused, of owners in this scope, the oldest first."""
    found = session.execute(
        select(Campaign.id, Campaign.name, Campaign.state, Campaign.reason, Campaign.owner)
        .where(Campaign.state.in_(["running", "paused"])).order_by(Campaign.id)).all()
    rows = []
    for campaign_id, name, state, reason, owner in found:
        if not scope.holds(owner):
            continue
        f = figures(session, campaign_id)
        rows.append({"campaign": campaign_id, "name": name, "state": state, "reason": reason,
                     "numbers": f.wanted, "done": f.done, "left": f.left,
                     "uncertain": f.uncertain})
    return rows


def line(row: dict[str, Any]) -> str:
    """One of `under_way` for a person."""
    share = words.number(100 * row["done"] / row["numbers"], 1) if row["numbers"] else "100"
    why = f" ({row['reason']})" if row["state"] == "paused" and row["reason"] else ""
    state, left = t(*words.CAMPAIGN[row["state"]]), words.number(row["left"])
    return t(f"Đợt nhắn tin {row['campaign']} «{row['name']}»: {state}{why}, {share} %, còn {left} "
             f"số (giovang campaign status {row['campaign']})",
             f"Campaign {row['campaign']} “{row['name']}”: {state}{why}, {share} %, {left} numbers "
             f"left (giovang campaign status {row['campaign']})")
