"""What a clock that ran ahead had put off: due again once the clock was set back."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, tuple_, update
from sqlalchemy.orm import Session

from worker.db import lock_outbox
from worker.models import AccountRow, Batch, Campaign, CampaignLot, CampaignMessage, Delivery
from worker.models.campaigns import LOT


def bring_forward(session: Session, now: datetime) -> None:
    """
    Whatever waits for its next try waits no longer: a try that comes early is judged like any
    other, one that comes two hours late has missed its slot. What has not opened is not touched.
    """
    lock_outbox(session)
    session.execute(
        update(AccountRow).where(AccountRow.blocked_until > now).values(blocked_until=now))
    session.execute(
        update(Delivery)
        .where(Delivery.state == "ready", Delivery.next_attempt_at > now,
               Delivery.batch_id.in_(select(Batch.id).where(*_open(now))))
        .values(next_attempt_at=now).execution_options(synchronize_session=False))
    session.execute(
        update(Batch).where(*_open(now), Batch.next_attempt_at > now)
        .values(next_attempt_at=now).execution_options(synchronize_session=False))
    _lots(session, now)


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Batch.state.in_(["ready", "leased"]), Batch.opens_at <= now, Batch.closes_at > now)


def _lots(session: Session, now: datetime) -> None:
    """Of campaigns that run; only a few lots were touched while the clock was wrong."""
    lots = session.execute(
        select(CampaignLot.campaign_id, CampaignLot.lot)
        .join(Campaign, Campaign.id == CampaignLot.campaign_id)
        .where(Campaign.state == "running",
               or_(CampaignLot.state == "leased",
                   and_(CampaignLot.state == "ready", CampaignLot.next_at > now)))
    ).all()
    for campaign, lot in lots:
        session.execute(
            update(CampaignMessage)
            .where(CampaignMessage.campaign_id == campaign,
                   CampaignMessage.row.between(lot * LOT + 1, (lot + 1) * LOT),
                   CampaignMessage.state == "waiting", CampaignMessage.next_at > now)
            .values(next_at=now).execution_options(synchronize_session=False))
    session.execute(
        update(CampaignLot)
        .where(tuple_(CampaignLot.campaign_id, CampaignLot.lot).in_([tuple(r) for r in lots]),
               CampaignLot.next_at > now)
        .values(next_at=now).execution_options(synchronize_session=False))
