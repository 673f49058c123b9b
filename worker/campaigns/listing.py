"""Campaigns in a list: how far each is, from its row and the sum of its tallies."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from worker.models import Campaign, CampaignList, CampaignTally
from worker.scope import Scope

from .figures import OPEN

#: open ones shown at most
MOST = 100


class Line(NamedTuple):
    """A campaign and its messages by what came of them."""

    campaign: Campaign
    wanted: int  #: numbers that are to get it
    done: int
    delivered: int
    accepted: int
    failed: int
    uncertain: int


def still_open(session: Session, scope: Scope) -> list[Line]:
    """What may still send, the newest first."""
    return _lines(session, _held(scope).where(Campaign.state.in_(OPEN[1:])).limit(MOST))


def ended(session: Session, scope: Scope, *, before: int | None, limit: int) -> list[Line]:
    """What is over, the newest first; `before`: a campaign's number."""
    query = _held(scope).where(Campaign.state.not_in(OPEN)).limit(limit)
    return _lines(session, query.where(Campaign.id < before) if before else query)


def of_list(session: Session, scope: Scope, list_id: int) -> list[Line]:
    """What went, or goes, to a list."""
    mine = select(CampaignList.campaign_id).where(CampaignList.list_id == list_id)
    return _lines(session, _held(scope).where(
        Campaign.id.in_(mine), Campaign.state != "queuing").limit(MOST))


def _held(scope: Scope) -> Select[Any]:
    query = select(Campaign).order_by(Campaign.id.desc())
    if scope.organisations is None:
        return query
    return query.where(Campaign.owner.in_(sorted(scope.organisations)))


def _lines(session: Session, query: Select[Any]) -> list[Line]:
    rows: Sequence[Campaign] = session.scalars(query).all()
    counts: dict[int, dict[str, int]] = {row.id: {} for row in rows}
    for number, state, messages in session.execute(
            select(CampaignTally.campaign_id, CampaignTally.state,
                   func.sum(CampaignTally.messages))
            .where(CampaignTally.campaign_id.in_(list(counts)))
            .group_by(CampaignTally.campaign_id, CampaignTally.state)):
        counts[number][state] = int(messages)
    return [_line(row, counts[row.id]) for row in rows]


def _line(row: Campaign, of: dict[str, int]) -> Line:
    left_out = of.get("left_out", 0)
    return Line(row, row.total - left_out, sum(of.values()) - left_out, of.get("delivered", 0),
                of.get("accepted", 0), of.get("rejected", 0) + of.get("exhausted", 0),
                of.get("uncertain", 0))
