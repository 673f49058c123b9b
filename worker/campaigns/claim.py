"""Claim: which campaigns may send now, and lots of them leased, the smallest first."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Text,
    Update,
    bindparam,
    case,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.orm import Session

from worker.models import Campaign, CampaignLot, CampaignMessage, UtcDateTime
from worker.models.campaigns import LOT
from worker.outbox.many import One, moment
from worker.outbox.units import Worker

from .units import LotLease, Running

_NOW = bindparam("b_now", type_=UtcDateTime())
_CAMPAIGN = bindparam("b_campaign", type_=Integer())


def running(
    session: Session, now: datetime, channel: str, known: "Known | None" = None
) -> list[Running]:
    """
    Campaigns of a channel that were let go and have not closed, urgent first. `known`: what the
    last look found; while the rows say the same, they are not read into objects again.
    """
    found = [tuple(row) for row in _RUNNING.rows(session, b_channel=channel, b_now=now)]
    if known is not None and found == known.rows:
        return known.campaigns
    rows = session.scalars(
        select(Campaign)
        .where(Campaign.channel == channel, Campaign.state == "running",
               Campaign.starts_at <= now, Campaign.closes_at > now)
        .order_by(Campaign.priority_rank, Campaign.id)
    )
    campaigns = [Running.of(row) for row in rows]
    if known is not None:
        known.rows, known.campaigns = found, campaigns
    return campaigns


@dataclass
class Known:
    """What `running` found last."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    campaigns: list[Running] = field(default_factory=list)


#: all that `Running` holds and that may change while a campaign runs: the rest stands for good
_RUNNING = One(
    select(Campaign.id, Campaign.nonce, Campaign.state_at, Campaign.until_row, Campaign.starts_at,
           Campaign.closes_at, Campaign.ceiling_parts, Campaign.ceiling_dong,
           Campaign.dong_per_part, Campaign.priority_rank, Campaign.item_version, Campaign.weights,
           Campaign.counts)
    .where(Campaign.channel == bindparam("b_channel", type_=Text()), Campaign.state == "running",
           Campaign.starts_at <= _NOW, Campaign.closes_at > _NOW)
    .order_by(Campaign.priority_rank, Campaign.id)
)


def claim(
    session: Session, now: datetime, store_now: datetime, worker: Worker, campaign: Running,
    lease_for: timedelta,
) -> LotLease | None:
    """The first lot of which something may be sent now, or None."""
    token, until = str(uuid.uuid4()), store_now + lease_for
    found = _CLAIM.rows(
        session, b_campaign=campaign.id, b_now=now, b_until_row=campaign.until_row, b_token=token,
        b_until=until, b_node=worker.node, b_incarnation=worker.incarnation)
    return LotLease(campaign.id, found[0][0], token, until) if found else None


def _claiming() -> Update:
    due = (
        select(CampaignLot.lot)
        .where(CampaignLot.campaign_id == _CAMPAIGN, CampaignLot.state == literal_column("'ready'"),
               CampaignLot.next_at <= _NOW,
               CampaignLot.lot * LOT < bindparam("b_until_row", type_=BigInteger()))
        .order_by(CampaignLot.next_at, CampaignLot.lot).limit(1)
        .with_for_update(skip_locked=True).cte("due")
    )
    return (
        update(CampaignLot)
        .where(CampaignLot.campaign_id == _CAMPAIGN, CampaignLot.lot.in_(select(due.c.lot)))
        .values(state="leased", lease_token=bindparam("b_token", type_=Text()),
                lease_until=bindparam("b_until", type_=UtcDateTime()),
                node=bindparam("b_node", type_=Text()),
                incarnation=bindparam("b_incarnation", type_=Integer()))
    )


_CLAIM = One(_claiming().returning(CampaignLot.lot))


def renew(session: Session, leases: Sequence[LotLease], until: datetime) -> list[LotLease]:
    """Hold leases longer; gives those that are still ours."""
    return [lease._replace(until=until) for lease in leases
            if _RENEW.rows(session, **_named(lease), b_until=until)]


def release(
    session: Session, now: datetime, lease: LotLease, *, not_before: datetime | None = None,
) -> None:
    """
    Give a lot back: done when nothing of it waits, else ready for its earliest try (and not
    before a moment). Does nothing when the lease is no longer ours; nor when messages stand as
    sending of which we know nothing (a commit whose answer was lost): they are doubted when the
    lease dies, and would stand so for ever in a lot that is done.
    """
    [(count, at_once, earliest)] = _LEFT.rows(
        session, b_campaign=lease.campaign_id, b_first=lease.first, b_last=lease.last)
    first = now if at_once or earliest is None else moment(earliest)
    _RELEASE.rows(session, **_named(lease), b_state="ready" if count else "done",
                  b_next=max(first, not_before) if not_before is not None else first)


_LEFT = One(
    select(func.count(),
           func.coalesce(func.sum(case((CampaignMessage.next_at.is_(None), 1), else_=0)), 0),
           func.min(CampaignMessage.next_at))
    .where(CampaignMessage.campaign_id == _CAMPAIGN,
           CampaignMessage.row.between(bindparam("b_first", type_=BigInteger()),
                                       bindparam("b_last", type_=BigInteger())),
           CampaignMessage.state == "waiting")
)
_MINE = (
    CampaignLot.campaign_id == _CAMPAIGN,
    CampaignLot.lot == bindparam("b_lot", type_=Integer()),
    CampaignLot.state == "leased", CampaignLot.lease_token == bindparam("b_token", type_=Text()),
)
_RENEW = One(
    update(CampaignLot).where(*_MINE)
    .values(lease_until=bindparam("b_until", type_=UtcDateTime())).returning(CampaignLot.lot)
)
_RELEASE = One(
    update(CampaignLot).where(*_MINE, CampaignLot.flying == 0)
    .values(state=bindparam("b_state", type_=Text()),
            next_at=bindparam("b_next", type_=UtcDateTime()), lease_token=None, lease_until=None,
            node=None, incarnation=None)
    .returning(CampaignLot.lot)
)


def _named(lease: LotLease) -> dict[str, object]:
    return {"b_campaign": lease.campaign_id, "b_lot": lease.lot, "b_token": lease.token}
