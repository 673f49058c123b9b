"""
What time does to campaigns: the rest let go at its moment, campaigns finished or expired; and what
waits of one that is over, ended in pieces. May be called at any time, by any node, twice.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, case, exists, or_, select, update
from sqlalchemy.orm import Session

from worker.db import Store, lock_outbox
from worker.home import Home
from worker.models import Campaign, CampaignLot, CampaignMessage
from worker.models.campaigns import LOT

from . import acts, moves
from .caps import ended
from .moves import Moved

#: lots in one transaction
_LOTS = 4
#: what was on the wire when a campaign was stopped may come back to be tried again: looked for
LATE = timedelta(days=2)
#: state of a campaign that is over -> what becomes of a message that waits
_ENDS = {"stopped": "cancelled", "expired": "expired"}


def tick(home: Home, now: datetime) -> None:
    """All that is due."""
    with home.store.read() as session:
        due, over = _due(session, now), _undrained(session, now)
    for number, act in due:
        with home.store.write() as session:
            {"expire": acts.expire, "go_on": acts.all_of_it, "finish": acts.finish}[act](
                session, now, number)
            state = session.scalars(select(Campaign.state).where(Campaign.id == number)).one()
        if state == "expired":
            over.append((number, state))
    for number, state in over:
        drain(home.store, now, number, _ENDS[state])


def drain(store: Store, now: datetime, number: int, to: str) -> int:
    """Messages that wait become `to`; those that may be out from an earlier try `uncertain`."""
    count = 0
    with store.read() as session:
        lots = session.scalars(
            select(CampaignLot.lot).where(CampaignLot.campaign_id == number,
                                          CampaignLot.waiting > 0)
            .order_by(CampaignLot.lot)).all()
    for n in range(0, len(lots), _LOTS):
        with store.write() as session:
            lock_outbox(session)
            for lot in lots[n:n + _LOTS]:
                count += _end(session, now, number, lot, to)
    return count


def _end(session: Session, now: datetime, number: int, lot: int, to: str) -> int:
    moved = [
        Moved(row, "waiting", state, carrier, code)
        for row, state, carrier, code in session.execute(
            update(CampaignMessage)
            .where(CampaignMessage.campaign_id == number, CampaignMessage.state == "waiting",
                   CampaignMessage.row.between(lot * LOT + 1, (lot + 1) * LOT))
            .values(state=ended(to), next_at=None, settled_at=now,
                    code=case((CampaignMessage.maybe_out, CampaignMessage.code), else_=""))
            .returning(CampaignMessage.row, CampaignMessage.state, CampaignMessage.carrier,
                       CampaignMessage.code)
            .execution_options(synchronize_session=False))
    ]
    moves.count(session, "", number, moved)
    session.execute(
        update(CampaignLot)
        .where(CampaignLot.campaign_id == number, CampaignLot.lot == lot,
               CampaignLot.state == "ready", CampaignLot.waiting == 0, CampaignLot.flying == 0)
        .values(state="done").execution_options(synchronize_session=False))
    return len(moved)


def _due(session: Session, now: datetime) -> list[tuple[int, str]]:
    open_ = exists().where(CampaignLot.campaign_id == Campaign.id,
                           or_(CampaignLot.waiting > 0, CampaignLot.flying > 0))
    runs = Campaign.state == "running"
    all_gone = and_(runs, Campaign.until_row == Campaign.total, ~open_)
    rest = and_(runs, Campaign.go_on_at <= now, Campaign.until_row < Campaign.total)
    # it is finished, though its time is over as well
    act = case((all_gone, "finish"), (Campaign.closes_at <= now, "expire"), else_="go_on")
    return [(number, what) for number, what in session.execute(
        select(Campaign.id, act)
        .where(Campaign.state.in_(["draft", "approved", "running", "paused"]),
               or_(Campaign.closes_at <= now, rest, all_gone))
        .order_by(Campaign.id))]


def _undrained(session: Session, now: datetime) -> list[tuple[int, str]]:
    """Over, and something waits: whoever stopped it died, or a try came back to be repeated."""
    waits = exists().where(CampaignLot.campaign_id == Campaign.id, CampaignLot.waiting > 0)
    return [(number, state) for number, state in session.execute(
        select(Campaign.id, Campaign.state)
        .where(Campaign.state.in_(list(_ENDS)), Campaign.state_at > now - LATE, waits)
        .order_by(Campaign.id))]
