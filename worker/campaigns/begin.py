"""
Begin: the commit before the wire, for a slice of a campaign. One UPDATE asks every question at
once, as `worker/outbox/begin.py` does for deliveries; what it returns, and only that, may go out.
"""

from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from worker.db import on_its_timeline
from worker.given import one_of
from worker.models import (
    AccountRow,
    Campaign,
    CampaignLot,
    CampaignMessage,
    Installation,
    Item,
    Occurrence,
    ProgrammeVersion,
    Recipient,
    RecipientList,
    StopOrder,
    UtcDateTime,
)
from worker.outbox.many import One, moment

from . import moves
from .units import Begun, LotLease, Running

#: a lease must outlive the try by this much, seconds
MARGIN = 5
#: the campaign's row says when it last began; it is written no more often than this
NOTED = timedelta(seconds=10)

_NOW = bindparam("b_now", type_=UtcDateTime())
_CAMPAIGN = bindparam("b_campaign", type_=Integer())
_WAITS = and_(
    CampaignMessage.campaign_id == _CAMPAIGN, CampaignMessage.state == "waiting",
    CampaignMessage.row.between(bindparam("b_first", type_=BigInteger()),
                                bindparam("b_last", type_=BigInteger())),
    or_(CampaignMessage.next_at.is_(None), CampaignMessage.next_at <= _NOW),
)


class Next(NamedTuple):
    """The next message that waits: where, and whether it may only go by one account."""

    row: int
    account: str
    tried: bool  #: before


def next_waiting(
    session: Session, now: datetime, lease: LotLease, after: int, until_row: int
) -> Next | None:
    """The first of a lot beyond `after` that may be begun, or None."""
    found = _NEXT.rows(session, b_campaign=lease.campaign_id, b_first=after + 1,
                       b_last=min(lease.last, until_row), b_now=now)
    if not found:
        return None
    row, account, maybe_out, attempts = found[0]
    return Next(row, account if maybe_out else "", attempts > 0)


_NEXT = One(
    select(CampaignMessage.row, CampaignMessage.account, CampaignMessage.maybe_out,
           CampaignMessage.attempts)
    .where(_WAITS).order_by(CampaignMessage.row).limit(1)
)


def begin(
    session: Session, now: datetime, store_now: datetime, campaign: Running, lease: LotLease,
    first: int, last: int, account: str, *, try_seconds: float, programme_version: int,
) -> tuple[Begun, ...]:
    """Move what waits of these rows to sending; gives those that may go out now."""
    rows = _BEGIN.rows(
        session, b_campaign=campaign.id, b_first=first, b_last=last, b_now=now, b_lot=lease.lot,
        b_token=lease.token, b_account=account, b_channel=campaign.channel,
        b_accounts=["*", account], b_channels=["*", campaign.channel],
        b_programme=programme_version, b_occurrence=campaign.occurrence_id,
        b_item=campaign.item_id, b_version=campaign.item_version,
        b_needed=store_now + timedelta(seconds=try_seconds + MARGIN),
    )
    if not rows:
        return ()
    moves.begun(session, campaign.id, lease.lot, len(rows))
    _NOTE.rows(session, b_campaign=campaign.id, b_now=now, b_before=now - NOTED)
    # an order only Python gives: RETURNING has none
    return tuple([
        Begun(a, b, c, d, e, f, g, bool(h), now if f == 1 else moment(i))
        for a, b, c, d, e, f, g, h, i in sorted(rows, key=itemgetter(0))])


def _conditions() -> list[ColumnElement[bool]]:
    resting = exists().where(
        AccountRow.channel == bindparam("b_channel"),
        one_of(AccountRow.account, "b_accounts"),
        or_(AccountRow.paused_at.is_not(None), AccountRow.blocked_until > _NOW),
    )
    runs = and_(Campaign.id == _CAMPAIGN, Campaign.state == "running", Campaign.closes_at > _NOW)
    newest = select(func.max(ProgrammeVersion.id)).scalar_subquery()
    return [
        exists().where(
            CampaignLot.campaign_id == _CAMPAIGN,
            CampaignLot.lot == bindparam("b_lot", type_=Integer()),
            CampaignLot.state == "leased", CampaignLot.lease_token == bindparam("b_token"),
            CampaignLot.lease_until > bindparam("b_needed", type_=UtcDateTime()),
        ),
        CampaignMessage.row <= select(Campaign.until_row).where(runs).scalar_subquery(),
        ~resting,
        ~exists().where(StopOrder.lifted_at.is_(None), one_of(StopOrder.channel, "b_channels")),
        newest == bindparam("b_programme", type_=Integer()),  # else our window may be an old one
        exists().where(or_(Installation.training, Installation.live_at.is_not(None)),
                       on_its_timeline(Installation.timeline)),
        exists().where(Occurrence.id == bindparam("b_occurrence"),
                       Occurrence.cancelled_at.is_(None)),
        exists().where(Item.id == bindparam("b_item"), Item.state == "approved",
                       Item.version == bindparam("b_version", type_=Integer())),
        # a try that may have reached an account binds the message to it
        or_(~CampaignMessage.maybe_out,
            CampaignMessage.account == bindparam("b_account", type_=Text())),
        # a list that has ended since: why we may write to these people is gone
        or_(CampaignMessage.list_id.is_(None), exists().where(
            RecipientList.id == CampaignMessage.list_id, RecipientList.state == "ready")),
    ]


_BEGIN = One(
    update(CampaignMessage)
    .where(_WAITS, *_conditions())
    .values(state="sending", account=bindparam("b_account", type_=Text()), next_at=None,
            begun_at=func.coalesce(CampaignMessage.begun_at, _NOW),
            attempts=CampaignMessage.attempts + 1)
    .returning(CampaignMessage.row, CampaignMessage.list_id, CampaignMessage.list_row,
               CampaignMessage.seed, CampaignMessage.carrier, CampaignMessage.attempts,
               CampaignMessage.counted, CampaignMessage.maybe_out, CampaignMessage.begun_at)
)
_NOTE = One(
    update(Campaign)
    .where(Campaign.id == _CAMPAIGN,
           or_(Campaign.last_begun_at.is_(None),
               Campaign.last_begun_at < bindparam("b_before", type_=UtcDateTime())))
    .values(last_begun_at=_NOW, first_begun_at=func.coalesce(Campaign.first_begun_at, _NOW))
    .returning(Campaign.id)
)


def recipients(
    session: Session, begun: tuple[Begun, ...]
) -> dict[int, tuple[bytes | None, bytes | None, int | None]]:
    """Ciphertext of each by its row: number, fields, id of their key."""
    found: dict[int, tuple[bytes | None, bytes | None, int | None]] = {}
    for list_id in sorted({b.list_id for b in begun if b.list_id is not None}):
        by_row = {b.list_row: b.row for b in begun
                  if b.list_id == list_id and b.list_row is not None}
        for row, number, fields, key_id in _RECIPIENTS.rows(
            session, b_list=list_id, b_first=min(by_row), b_last=max(by_row),
        ):
            if row in by_row:
                found[by_row[row]] = number, fields, key_id
    return found


_RECIPIENTS = One(
    select(Recipient.row, Recipient.number, Recipient.fields, Recipient.key_id)
    .where(Recipient.list_id == bindparam("b_list", type_=Integer()),
           Recipient.row.between(bindparam("b_first", type_=BigInteger()),
                                 bindparam("b_last", type_=BigInteger())))
)
