"""Claim: which campaigns may send now, and lots of them leased, the smallest first."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from worker.models import Campaign, CampaignLot, CampaignMessage
from worker.models.campaigns import LOT
from worker.outbox.units import Worker

from .units import LotLease, Running


def running(session: Session, now: datetime, channel: str) -> list[Running]:
    """Campaigns of a channel that were let go and have not closed, urgent first."""
    rows = session.scalars(
        select(Campaign)
        .where(Campaign.channel == channel, Campaign.state == "running",
               Campaign.starts_at <= now, Campaign.closes_at > now)
        .order_by(Campaign.priority_rank, Campaign.id)
    )
    return [Running.of(row) for row in rows]


def claim(
    session: Session, now: datetime, store_now: datetime, worker: Worker, campaign: Running,
    lease_for: timedelta,
) -> LotLease | None:
    """The first lot of which something may be sent now, or None."""
    due = (
        select(CampaignLot.lot)
        .where(CampaignLot.campaign_id == campaign.id, CampaignLot.state == "ready",
               CampaignLot.next_at <= now, CampaignLot.lot * LOT < campaign.until_row)
        .order_by(CampaignLot.next_at, CampaignLot.lot).limit(1)
        .with_for_update(skip_locked=True).cte("due")
    )
    token, until = str(uuid.uuid4()), store_now + lease_for
    lot = session.scalars(
        update(CampaignLot)
        .where(CampaignLot.campaign_id == campaign.id, CampaignLot.lot.in_(select(due.c.lot)))
        .values(state="leased", lease_token=token, lease_until=until, node=worker.node,
                incarnation=worker.incarnation)
        .returning(CampaignLot.lot).execution_options(synchronize_session=False)
    ).one_or_none()
    return None if lot is None else LotLease(campaign.id, lot, token, until)


def renew(session: Session, leases: Sequence[LotLease], until: datetime) -> list[LotLease]:
    """Hold leases longer; gives those that are still ours."""
    held = []
    for lease in leases:
        ours = session.execute(
            _mine(lease).values(lease_until=until).returning(CampaignLot.lot)
            .execution_options(synchronize_session=False)
        ).first()
        if ours is not None:
            held.append(lease._replace(until=until))
    return held


def release(
    session: Session, now: datetime, lease: LotLease, *, not_before: datetime | None = None,
) -> None:
    """
    Give a lot back: done when nothing of it waits, else ready for its earliest try (and not
    before a moment). Does nothing when the lease is no longer ours; nor when messages stand as
    sending of which we know nothing (a commit whose answer was lost): they are doubted when the
    lease dies, and would stand so for ever in a lot that is done.
    """
    count, earliest = session.execute(
        select(func.count(), func.min(func.coalesce(CampaignMessage.next_at, now)))
        .where(CampaignMessage.campaign_id == lease.campaign_id,
               CampaignMessage.row.between(lease.first, lease.last),
               CampaignMessage.state == "waiting")
    ).one()
    at = max(filter(None, (earliest, not_before)), default=now)
    session.execute(
        _mine(lease).where(CampaignLot.flying == 0)
        .values(state="ready" if count else "done", next_at=at, lease_token=None,
                lease_until=None, node=None, incarnation=None)
        .execution_options(synchronize_session=False)
    )


def _mine(lease: LotLease) -> Update:
    return update(CampaignLot).where(
        CampaignLot.campaign_id == lease.campaign_id, CampaignLot.lot == lease.lot,
        CampaignLot.state == "leased", CampaignLot.lease_token == lease.token)
