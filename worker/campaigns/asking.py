"""
Gateways are asked for messages in doubt. The answer ends the doubt; "not here" only when it is
said twice, one visibility delay apart, as for a delivery (`worker/reconcile.py`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, literal_column, or_, select, update
from sqlalchemy.orm import Session

from channels.base import Channel, Reconciles
from channels.scrub import scrub
from channels.values import Absent, Accepted, Delivered, Found, Message, Rejected, Uncertain
from worker.errors import UserError
from worker.home import SYSTEM
from worker.lists.secret import open_ring
from worker.models import Campaign, CampaignLot, CampaignMessage, CampaignRef
from worker.models.campaigns import LOT
from worker.office import Office
from worker.outbox.doubt import ASK_AGAIN

from . import begin, doubt, moves
from .lane import Lane
from .moves import Moved
from .texts import Texts
from .units import Begun, LotLease, Running, Slice

#: questions of one round and channel
ROUND = 20
#: after an answer that says nothing, asked again so much later
LATER = timedelta(minutes=10)
#: the gateway does not have it, said once
ABSENT = "absent"


class Question(NamedTuple):
    """One doubt to ask about."""

    campaign_id: int
    row: int
    attempts: int
    message: Message


def find_tick(office: Office, now: datetime) -> int:
    """
    One round on each channel that can be asked; gives how many doubts ended. An exception of a
    channel is raised when the round is over.
    """
    ended = 0
    bugs: list[Exception] = []
    for channel_id in sorted(office.reconcilable()):
        channel = office.channels[channel_id]
        for question in _questions(office, channel, channel_id, now):
            try:
                found = _ask(channel, question)
            except Exception as error:  # noqa: BLE001  (raised below)
                bugs.append(error)
                found = Uncertain("bug", type(error).__name__)
            with office.store.write() as session:
                ended += answered(session, office.clock.now(), question, found)
    if bugs:
        raise ExceptionGroup("find", bugs)
    return ended


def _ask(channel: Channel, question: Question) -> Found:
    assert isinstance(channel, Reconciles)  # noqa: S101  (the office said so)
    return channel.find(question.message)


def _questions(
    office: Office, channel: Channel, channel_id: str, now: datetime
) -> list[Question]:
    """Only of the account that `find` asks: another one would not have it, and not be lying."""
    lane = Lane(office, channel_id, lambda _where, _error: None)
    account = lane.accounts()[0]
    questions: list[Question] = []
    with office.store.read() as session:
        rows = _rows(session, channel_id, account, timedelta(seconds=channel.timeout), now)
        if not rows:
            return []
        try:
            ring = open_ring(session, office.settings.var)
        except UserError:  # keys are missing, which has its own alarm
            return []
        texts = Texts(lambda: ring, lane.handsets())
        for campaign, row in rows:
            of, begun = _slice(session, lane, campaign, row)
            message = texts.message(of, begun)
            if isinstance(message, Message) and channel.account(message.target) == account:
                questions.append(Question(campaign.id, begun.row, begun.attempts, message))
    return questions


def _rows(
    session: Session, channel_id: str, account: str, patience: timedelta, now: datetime
) -> Sequence[Any]:
    m = CampaignMessage
    campaigns = session.scalars(select(Campaign).where(
        Campaign.channel == channel_id,
        select(CampaignLot.lot).where(
            CampaignLot.campaign_id == Campaign.id,
            CampaignLot.uncertain > literal_column("0")).exists())).all()
    if not campaigns:
        return []
    # which account it went by before a backup is a guess where there are several
    guessed = [c.id for c in campaigns if len(c.weights) > 1]
    return session.execute(
        select(Campaign, m)
        .join(CampaignLot, CampaignLot.campaign_id == Campaign.id)
        .join(m, and_(m.campaign_id == CampaignLot.campaign_id,
                      m.row.between(CampaignLot.lot * LOT + 1, (CampaignLot.lot + 1) * LOT)))
        .where(Campaign.id.in_([c.id for c in campaigns]),
               CampaignLot.uncertain > literal_column("0"),
               m.state == "uncertain", m.account == account, m.settled_at < now - patience,
               or_(m.next_at.is_(None), m.next_at <= now),
               or_(m.code != "restored", m.campaign_id.not_in(guessed)))
        .order_by(m.next_at.nulls_first(), m.settled_at, m.campaign_id, m.row).limit(ROUND)
    ).all()


def _slice(
    session: Session, lane: Lane, campaign: Campaign, row: CampaignMessage
) -> tuple[Slice, Begun]:
    """The message as its runner would make it."""
    first_try = row.begun_at or campaign.starts_at
    begun = Begun(row.row, row.list_id, row.list_row, row.seed, row.carrier, row.attempts,
                  row.counted, row.maybe_out, first_try)
    lists = {row.list_id} if row.list_id is not None and campaign.fields else set()
    nobodys = LotLease(campaign.id, moves.lot_of(row.row), "", campaign.closes_at)
    return Slice(Running.of(campaign), nobodys, row.account, (begun,),
                 begin.recipients(session, (begun,)), lane.field_names(session, lists), 0.0), begun


def answered(session: Session, now: datetime, question: Question, found: Found) -> bool:
    """What the gateway said of a message; True when its doubt has ended."""
    campaign = session.get_one(Campaign, question.campaign_id)
    doubts = doubt.doubtful(
        session, campaign.id, CampaignMessage.row == question.row,
        CampaignMessage.attempts == question.attempts)
    if not doubts:
        return False  # a receipt or a person was first
    how = {"how": "found"}
    if isinstance(found, Accepted | Delivered):
        state = "delivered" if isinstance(found, Delivered) else "accepted"
        doubt.end(session, now, SYSTEM, campaign, doubts, state, how)
        _remember(session, now, campaign, question, found.ref)
    elif isinstance(found, Rejected):
        doubt.end(session, now, SYSTEM, campaign, doubts, "rejected", how, code=found.code[:40])
        message = session.get_one(CampaignMessage, (campaign.id, question.row))
        message.detail = scrub(found.detail)[:500]
    elif isinstance(found, Absent):
        if doubts[0].code != ABSENT:
            _ask_later(session, campaign.id, doubts[0], now + ASK_AGAIN, ABSENT)
            return False
        runs = campaign.state in ("approved", "running", "paused") and campaign.closes_at > now
        doubt.end(session, now, SYSTEM, campaign, doubts, "waiting" if runs else "cancelled",
                  {"how": ABSENT}, code="" if runs else ABSENT, maybe_out=False)
    else:
        _ask_later(session, campaign.id, doubts[0], now + LATER, doubts[0].code)
        return False
    return True


def _remember(
    session: Session, now: datetime, campaign: Campaign, question: Question, ref: str
) -> None:
    """So that a receipt by the gateway's id finds it, too."""
    if not ref:
        return
    message = session.get_one(CampaignMessage, (campaign.id, question.row))
    message.ref = ref[:200]
    session.add(CampaignRef(
        ref=ref[:200], channel=campaign.channel, account=message.account, part=1, of=1, at=now,
        campaign_id=campaign.id, row=question.row))


def _ask_later(
    session: Session, campaign_id: int, one: doubt.Doubtful, at: datetime, code: str
) -> None:
    session.execute(
        update(CampaignMessage)
        .where(CampaignMessage.campaign_id == campaign_id, CampaignMessage.row == one.row)
        .values(next_at=at, code=code).execution_options(synchronize_session=False))
    if code != one.code:
        moves.count(session, "", campaign_id, [Moved(
            one.row, "uncertain", "uncertain", one.carrier, code, one.code, one.parts)])
