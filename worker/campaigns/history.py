"""What campaigns have to do with one number: what was sent to it, and what forgetting it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.orm import Session

from worker.db import lock_outbox
from worker.models import Campaign, CampaignMessage, RecipientLookup

from . import moves
from .moves import Moved
from .texts import FORGOTTEN

_m = CampaignMessage


@dataclass(frozen=True)
class Sent:
    """A message of a campaign to a number."""

    campaign: int
    name: str
    channel: str
    row: int
    list_id: int
    state: str
    code: str
    words: str  #: the gateway's
    account: str
    parts: int
    begun_at: datetime | None
    settled_at: datetime | None
    ref: str
    owner: str | None = None  #: organisation whose campaign it is


def sent_to(session: Session, lookup: bytes) -> list[Sent]:
    """Every message to the number behind a look-up value, the newest campaign first."""
    rows: Sequence[Any] = session.execute(
        select(_m.campaign_id, Campaign.name, Campaign.channel, _m.row, _m.list_id, _m.state,
               _m.code, _m.detail, _m.account, _m.parts, _m.begun_at, _m.settled_at, _m.ref,
               Campaign.owner)
        .select_from(RecipientLookup)
        .join(_m, and_(_m.list_id == RecipientLookup.list_id, _m.list_row == RecipientLookup.row))
        .join(Campaign, Campaign.id == _m.campaign_id)
        .where(RecipientLookup.lookup == lookup, Campaign.state != "queuing")
        .order_by(_m.campaign_id.desc(), _m.row)).all()
    return [Sent(*row) for row in rows]


def forget(session: Session, now: datetime, places: Sequence[tuple[int, int]]) -> int:
    """
    The number on these rows of lists (list, row) is forgotten: what waits for it is left out, or
    in doubt where an earlier try may be out, and gateways' words about it go. Gives how many
    messages will not be sent.
    """
    if not places:
        return 0
    lock_outbox(session)
    its = or_(*(and_(_m.list_id == of, _m.list_row == row) for of, row in places))
    waiting = session.execute(
        select(_m.campaign_id, _m.row, _m.carrier, _m.maybe_out, _m.parts)
        .join(Campaign, Campaign.id == _m.campaign_id)
        # one that is being queued has no counts yet, and looks once more before it begins
        .where(its, _m.state == "waiting", Campaign.state != "queuing")
        .order_by(_m.campaign_id, _m.row).with_for_update(of=CampaignMessage)).all()
    for campaign_id in sorted({row.campaign_id for row in waiting}):
        mine = [row for row in waiting if row.campaign_id == campaign_id]
        session.execute(
            update(_m)
            .where(_m.campaign_id == campaign_id, _m.row.in_([row.row for row in mine]))
            .values(state=case((_m.maybe_out, "uncertain"), else_="left_out"), code=FORGOTTEN,
                    next_at=None, settled_at=now)
            .execution_options(synchronize_session=False))
        moves.count(session, "", campaign_id, [
            Moved(row.row, "waiting", "uncertain" if row.maybe_out else "left_out", row.carrier,
                  FORGOTTEN, parts=row.parts) for row in mine])
    session.execute(update(_m).where(its, _m.detail != "").values(detail="")
                    .execution_options(synchronize_session=False))
    return len(waiting)
