"""
The guards of a channel's campaigns: fed in the transaction that settles, asked before it ends.

Receipts come to another process, and move the tally; what that says since our last look, less what
we settled ourselves, is what they brought.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, func, select
from sqlalchemy.orm import Session

from channels.values import Advice, Retry
from worker.models import AccountRow, Campaign, CampaignLot, CampaignMessage, CampaignTally
from worker.models.campaigns import LOT
from worker.outbox.many import One
from worker.programme.model import Limits

from .guard import WINDOW, Guard, Reason, balance_ended
from .settle import Settled
from .units import Running

#: the tally is looked at for receipts this often
LOOK = timedelta(seconds=5)
#: lots that a guard is rebuilt from: twice the window, for some of theirs wait or were left out
LOTS = 2 * WINDOW // LOT
_BY_RECEIPT = ("delivered", "rejected")
_STATES = ("accepted", "exhausted", "uncertain", *_BY_RECEIPT)

_Kind = tuple[str, str, str]  #: state, code, carrier
_HOW = One(select(Campaign.state, Campaign.state_at)
           .where(Campaign.id == bindparam("b_campaign", type_=Integer())))


@dataclass
class _Kept:
    guard: Guard
    since: object  #: when it was let run, as the driver gives it
    looked: datetime
    tally: Mapping[_Kind, int]
    ours: Counter[_Kind] = field(default_factory=Counter)  #: settled here since that look


@dataclass
class Guards:
    """Of one channel; in the thread of its writer."""

    _kept: dict[int, _Kept] = field(default_factory=dict)

    def settled(
        self, session: Session, now: datetime, limits: Limits, codes: Mapping[str, Advice],
        campaign: Running, settled: Sequence[Settled],
    ) -> Reason | None:
        """
        Take what was just settled of a campaign; why it should pause now, or None. The caller
        pauses it in this transaction, or nothing of this is true.
        """
        [(state, since)] = _HOW.rows(session, b_campaign=campaign.id)
        if state != "running":
            self._kept.pop(campaign.id, None)
            return None
        kept = self._kept.get(campaign.id)
        if kept is None or kept.since != since or kept.guard.limits != limits:
            kept = _Kept(load(session, campaign.id, limits), since, now,
                         _tally(session, campaign.id))
            self._kept[campaign.id] = kept
        else:
            for done in settled:
                times = len(done.results)
                kept.guard.note(done.state, done.code, done.carrier, now, times=times,
                                late=done.late)
                kept.ours[done.state, done.code, done.carrier] += times
            self._look(session, now, campaign.id, kept)
        return kept.guard.why(now) or self._money(session, now, codes, campaign, settled)

    def forget(self) -> None:
        """The transaction was undone; all is read anew."""
        self._kept.clear()

    def _look(self, session: Session, now: datetime, campaign: int, kept: _Kept) -> None:
        if timedelta() <= now - kept.looked < LOOK:
            return
        tally = _tally(session, campaign)
        for kind, number in tally.items():
            if kind[0] not in _BY_RECEIPT:
                continue
            more = number - kept.tally.get(kind, 0) - kept.ours[kind]
            if more > 0:
                kept.guard.receipt(kind[0], times=more, code=kind[1], carrier=kind[2])
        kept.looked, kept.tally = now, tally
        kept.ours.clear()

    def _money(
        self, session: Session, now: datetime, codes: Mapping[str, Advice], campaign: Running,
        settled: Sequence[Settled],
    ) -> Reason | None:
        """Asked when an account was refused just now."""
        if not any(isinstance(r.outcome, Retry) and r.outcome.scope == "account"
                   for done in settled for r in done.results[:1]):  # of one kind, all or none
            return None
        rows: Sequence[Any] = session.execute(
            select(AccountRow.account, AccountRow.blocked_code)
            .where(AccountRow.channel == campaign.channel, AccountRow.blocked_until > now)).all()
        return balance_ended(dict(rows), [a for a, w in campaign.weights.items() if w > 0], codes)


def load(session: Session, campaign_id: int, limits: Limits) -> Guard:
    """
    The guard of a campaign as its rows tell it: the newest of the lots begun last, settled since
    it was let run, so that what a person has seen does not pause it again.
    """
    since = session.scalars(select(Campaign.state_at).where(Campaign.id == campaign_id)).one()
    lots = session.scalars(
        select(CampaignLot.lot)
        .where(CampaignLot.campaign_id == campaign_id, CampaignLot.state != "ready")
        .order_by(CampaignLot.lot.desc()).limit(LOTS)).all()
    rows: list[Any] = []
    for lot in lots:
        rows += session.execute(
            select(CampaignMessage.state, CampaignMessage.code, CampaignMessage.carrier,
                   CampaignMessage.settled_at, CampaignMessage.ref)
            .where(CampaignMessage.campaign_id == campaign_id,
                   CampaignMessage.row.between(lot * LOT + 1, (lot + 1) * LOT),
                   CampaignMessage.state.in_(_STATES), CampaignMessage.settled_at >= since)
            .order_by(CampaignMessage.row.desc())).all()
        if len(rows) >= WINDOW:
            break
    delivered = session.scalars(
        select(func.coalesce(func.sum(CampaignTally.messages), 0))
        .where(CampaignTally.campaign_id == campaign_id, CampaignTally.state == "delivered")).one()
    guard = Guard(limits)
    for state, code, carrier, settled_at, ref in reversed(rows[:WINDOW]):
        if state in _BY_RECEIPT and ref:  # only what was taken has the gateway's id
            guard.note("accepted", "", carrier, settled_at)
            guard.receipt(state, code=code, carrier=carrier)
        else:
            guard.note(state, code, carrier, settled_at)
    guard.listen(reported=delivered > 0)
    return guard


def _tally(session: Session, campaign_id: int) -> dict[_Kind, int]:
    rows: Sequence[Any] = session.execute(
        select(CampaignTally.state, CampaignTally.code, CampaignTally.carrier,
               func.sum(CampaignTally.messages))
        .where(CampaignTally.campaign_id == campaign_id, CampaignTally.state.in_(_BY_RECEIPT))
        .group_by(CampaignTally.state, CampaignTally.code, CampaignTally.carrier)).all()
    return {(state, code, carrier): int(number) for state, code, carrier, number in rows}
