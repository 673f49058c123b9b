"""
How a campaign stands, from its row, the sum of its tallies and its lots: the same cost for a
thousand messages and for millions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.errors import UserError
from worker.i18n import t
from worker.models import Campaign, CampaignLot, CampaignMessage, CampaignTally
from worker.models.campaigns import LOT

from . import moves

#: these were paid for, or may have been: what `ceilings.py` counts
_OUT = ("accepted", "delivered", "uncertain", "rejected")
_FAILED = ("rejected", "exhausted")
#: campaigns that may still send
OPEN = ("queuing", "draft", "approved", "running", "paused")


class Failed(NamedTuple):
    """Messages that surely did not get through, of one reason and carrier."""

    state: str
    code: str
    carrier: str
    messages: int


@dataclass(frozen=True)
class Figures:
    """Messages by state; parts and đồng of what went out, or may have."""

    total: int
    left_out: dict[str, int]  #: by code
    waiting: int
    sending: int
    accepted: int
    delivered: int
    rejected: int
    exhausted: int
    uncertain: int
    cancelled: int
    expired: int
    parts: int
    dong: int
    failed: tuple[Failed, ...]  #: the most first

    @property
    def left(self) -> int:
        """Not settled yet."""
        return self.waiting + self.sending

    @property
    def wanted(self) -> int:
        """Numbers that were to get it."""
        return self.total - sum(self.left_out.values())

    @property
    def done(self) -> int:
        return self.wanted - self.left


def a_campaign(session: Session, campaign_id: int) -> Campaign:
    """UserError when there is none."""
    row = session.get(Campaign, campaign_id)
    if row is None:
        raise UserError(str(campaign_id), t("không có đợt này", "no such campaign"),
                        t("xem `giovang campaign list`", "see `giovang campaign list`"))
    return row


def figures(session: Session, campaign_id: int) -> Figures:
    """The campaign as it stands in this transaction."""
    campaign = a_campaign(session, campaign_id)
    tallies: Sequence[Any] = session.execute(
        select(CampaignTally.state, CampaignTally.code, CampaignTally.carrier,
               func.sum(CampaignTally.messages), func.sum(CampaignTally.parts))
        .where(CampaignTally.campaign_id == campaign_id)
        .group_by(CampaignTally.state, CampaignTally.code, CampaignTally.carrier)
    ).all()
    ended = sum(int(messages) for *_, messages, _ in tallies)
    waiting, sending = moves.unsettled(session, campaign_id, ended)
    of: dict[str, int] = {}
    left_out: dict[str, int] = {}
    parts, failed = 0, []
    for state, code, carrier, messages, each in tallies:
        of[state] = of.get(state, 0) + int(messages)
        parts += int(each) if state in _OUT else 0
        if state == "left_out" and messages:
            left_out[code] = left_out.get(code, 0) + int(messages)
        if state in _FAILED and messages:
            failed.append(Failed(state, code, carrier, int(messages)))
    counted = ("accepted", "delivered", "rejected", "exhausted", "uncertain", "cancelled",
               "expired")
    return Figures(
        total=campaign.total, left_out=left_out, waiting=waiting, sending=sending,
        parts=parts, dong=parts * campaign.dong_per_part,
        failed=tuple(sorted(failed, key=lambda f: (-f.messages, f))),
        **{state: of.get(state, 0) for state in counted})


def waits_for_a_person(session: Session, campaign: Campaign) -> bool:
    """All it may send now is through: handsets or trial are to be looked at first."""
    if campaign.state != "running" or campaign.until_row >= campaign.total:
        return False
    whole = campaign.until_row // LOT
    busy = session.scalars(
        select(func.coalesce(func.sum(CampaignLot.waiting + CampaignLot.flying), 0))
        .where(CampaignLot.campaign_id == campaign.id, CampaignLot.lot < whole)).one()
    if busy:
        return False
    rest = session.scalars(  # of one lot
        select(CampaignMessage.row)
        .where(CampaignMessage.campaign_id == campaign.id,
               CampaignMessage.row.between(whole * LOT + 1, campaign.until_row),
               CampaignMessage.state.in_(["waiting", "sending"])).limit(1)).first()
    return rest is None
