"""
Begun, perhaps: the commit of a slice got no answer, for the database went away. Nothing of it went
out, so what stands as begun after all is not in doubt: it waits again, and its lot is given back.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.values import Retry
from worker.i18n import t
from worker.models import CampaignLot, CampaignMessage

from . import claim
from .units import LotLease, Result, Slice


@dataclass
class Unsure:
    """What a runner does not know of its last transaction."""

    _slices: list[Slice] = field(default_factory=list)
    _leases: list[LotLease] = field(default_factory=list)
    again: bool = False  #: what came back was in it, too: it may be written already

    def __bool__(self) -> bool:
        return bool(self._slices or self._leases)

    def add(
        self, made: Slice | None, held: Iterable[LotLease], kept: Collection[LotLease]
    ) -> None:
        """It failed: this slice was in it, and the leases we have no more."""
        self._slices += [made] if made is not None else []
        self._leases += [lease for lease in held if lease not in kept]
        self.again = True

    def never_sent(self, session: Session) -> list[Result]:
        """
        What of them stands as a try of ours. By number and lease: a number that was not
        committed may meanwhile be another worker's.
        """
        outcome = Retry("not-sent", t("cơ sở dữ liệu mất kết nối trước khi gửi",
                                      "the database went away before it was sent"),
                        retry_after=1, counts=False)
        return [Result(of, b, outcome, 0)
                for of in self._slices for found in [_standing(session, of)]
                for b in of.begun if found.get(b.row) == b.attempts]

    def give_back(self, session: Session, now: datetime) -> None:
        """The lots, if they are ours; after their messages."""
        for lease in self._leases:
            claim.release(session, now, lease)

    def known(self) -> None:
        """That was committed."""
        self._slices.clear()
        self._leases.clear()
        self.again = False


def _standing(session: Session, of: Slice) -> dict[int, int]:
    """Row -> its try, of this slice's messages on the wire, as far as the lot is still ours."""
    ours = session.scalars(
        select(CampaignLot.lot).where(
            CampaignLot.campaign_id == of.campaign.id, CampaignLot.lot == of.lease.lot,
            CampaignLot.state == "leased", CampaignLot.lease_token == of.lease.token)
        .with_for_update()
    ).first()
    if ours is None:
        return {}
    rows = session.execute(
        select(CampaignMessage.row, CampaignMessage.attempts).where(
            CampaignMessage.campaign_id == of.campaign.id, CampaignMessage.state == "sending",
            CampaignMessage.row.in_([b.row for b in of.begun])))
    return dict(rows.all())
