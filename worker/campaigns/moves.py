"""
Counts that move together with the messages of a campaign, in the same transaction: how many ended
how (`campaign_tally`), and what of each lot waits, flies, or is in doubt.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, case, func, insert, literal_column, select, update
from sqlalchemy.orm import Session

from worker.models import Campaign, CampaignLot, CampaignTally
from worker.models.campaigns import LOT
from worker.outbox.many import Many

#: states that the tally does not hold: the lots do
_OPEN = {"waiting", "sending"}

_LOTS = Many(
    update(CampaignLot)
    .where(CampaignLot.campaign_id == bindparam("k_campaign"),
           CampaignLot.lot == bindparam("k_lot"))
    .values(waiting=CampaignLot.waiting + bindparam("s_waiting"),
            flying=CampaignLot.flying + bindparam("s_flying"),
            uncertain=CampaignLot.uncertain + bindparam("s_uncertain"))
)
_TALLY = Many(
    insert(CampaignTally), "campaign_id", "node", "state", "code", "carrier", "messages", "parts",
    ending="ON CONFLICT (campaign_id, node, state, code, carrier) DO UPDATE SET "
           "messages = campaign_tally.messages + excluded.messages, "
           "parts = campaign_tally.parts + excluded.parts",
)


class Moved(NamedTuple):
    """A message that has just got another state, or another code."""

    row: int
    source: str
    to: str
    carrier: str
    code: str = ""  #: it has now
    source_code: str = ""  #: it had
    parts: int = 0


#: a lot, and all of a `Moved` but its row
Alike = tuple[int, tuple[str, str, str, str, str, int]]


def lot_of(row: int) -> int:
    """The lot a row is in."""
    return (row - 1) // LOT


def count(session: Session, node: str, campaign_id: int, moved: Iterable[Moved]) -> None:
    """Follow what moved. `node`: whose tally, "" for a person's act."""
    count_alike(session, node, campaign_id, Counter([(lot_of(m.row), m[1:]) for m in moved]))


def count_alike(
    session: Session, node: str, campaign_id: int, moved: Mapping[Alike, int]
) -> None:
    """The same of how many moved alike: thousands, and a few kinds."""
    tally: Counter[tuple[str, str, str]] = Counter()
    parts: Counter[tuple[str, str, str]] = Counter()
    lots: dict[int, Counter[str]] = {}
    for (lot, (source, to, carrier, code, source_code, each)), number in moved.items():
        by = lots.setdefault(lot, Counter())
        by[source] -= number
        by[to] += number
        for state, reason, sign in ((source, source_code, -number), (to, code, number)):
            if state not in _OPEN:
                tally[state, reason, carrier] += sign
                parts[state, reason, carrier] += sign * each
    _TALLY.execute(session, [
        {"campaign_id": campaign_id, "node": node, "state": state, "code": code,
         "carrier": carrier, "messages": number, "parts": parts[state, code, carrier]}
        for (state, code, carrier), number in sorted(tally.items())  # two writers, one order
    ])
    _LOTS.execute(session, [
        {"k_campaign": campaign_id, "k_lot": lot, "s_waiting": by["waiting"],
         "s_flying": by["sending"], "s_uncertain": by["uncertain"]}
        for lot, by in sorted(lots.items())
    ])


def begun(session: Session, campaign_id: int, lot: int, number: int) -> None:
    """So many of a lot that waited are sending."""
    _LOTS.execute(session, [{"k_campaign": campaign_id, "k_lot": lot, "s_waiting": -number,
                             "s_flying": number, "s_uncertain": 0}])


def wake(session: Session, campaign_id: int, lots: Sequence[int], at: datetime) -> None:
    """Messages of these lots wait again, from this moment on."""
    session.execute(
        update(CampaignLot)
        .where(CampaignLot.campaign_id == campaign_id, CampaignLot.lot.in_(lots))
        .values(
            state=case((CampaignLot.state == "done", "ready"), else_=CampaignLot.state),
            next_at=case((and_(CampaignLot.state == "ready", CampaignLot.next_at < at),
                          CampaignLot.next_at), else_=at))
        .execution_options(synchronize_session=False)
    )


class Counts(NamedTuple):
    """Messages and parts by state and code; waiting and sending from the lots."""

    messages: dict[tuple[str, str], int]
    parts: dict[tuple[str, str], int]
    waiting: int
    flying: int

    def of(self, *states: str) -> int:
        """Messages in these states."""
        return sum(n for (state, _), n in self.messages.items() if state in states)

    def parts_of(self, *states: str) -> int:
        return sum(n for (state, _), n in self.parts.items() if state in states)


def counts(session: Session, campaign_id: int) -> Counts:
    """How a campaign stands; costs the same however many messages it has."""
    rows: Sequence[Any] = session.execute(
        select(CampaignTally.state, CampaignTally.code, func.sum(CampaignTally.messages),
               func.sum(CampaignTally.parts))
        .where(CampaignTally.campaign_id == campaign_id)
        .group_by(CampaignTally.state, CampaignTally.code)
    ).all()
    ended = sum(int(n) for _, _, n, _ in rows)
    waiting, flying = unsettled(session, campaign_id, ended)
    return Counts({(s, c): int(n) for s, c, n, _ in rows}, {(s, c): int(p) for s, c, _, p in rows},
                  waiting, flying)


def unsettled(session: Session, campaign_id: int, ended: int) -> tuple[int, int]:
    """
    Messages that wait and that fly. Only a leased lot has any that fly, and there are few; what
    is left of the total waits. The sum over all lots would be ten thousand rows at 5 million.
    """
    total = session.scalars(select(Campaign.total).where(Campaign.id == campaign_id)).one()
    flying = session.scalars(
        select(func.coalesce(func.sum(CampaignLot.flying), 0))
        # + 0: by the index of leased lots, not through all of the campaign's
        .where(CampaignLot.campaign_id + 0 == campaign_id,
               CampaignLot.state == literal_column("'leased'"))
    ).one()
    return total - ended - int(flying), int(flying)
