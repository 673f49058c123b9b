"""Campaigns of an item that was recalled: stopped for good, and corrected to who got them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from worker.errors import Refused, UserError
from worker.home import Home
from worker.i18n import t
from worker.models import Campaign, CampaignMessage
from worker.states import MAY_BE_OUT

from . import acts, queueing
from .draft import Wish, correction_of

_OPEN = ("draft", "approved", "running", "paused")


class Made(NamedTuple):
    """The draft that corrects a campaign, or why there is none."""

    wrong: int
    correction: int | None
    why: str = ""


def stop_all(session: Session, now: datetime, by: str, item: str, reason: str) -> list[int]:
    """No version of it is approved any more, so none can go on; what waits is cancelled."""
    numbers = list(session.scalars(
        select(Campaign.id).where(Campaign.item_id == item, Campaign.state.in_(_OPEN))
        .order_by(Campaign.id)))
    for number in numbers:
        acts.stop(session, now, number, by, reason)
    return numbers


def stopped_lines(numbers: Sequence[int]) -> list[str]:
    """What to tell of it."""
    return [t(f"đã dừng hẳn đợt nhắn tin {n}: ai đã nhận thì phải đính chính",
              f"SMS campaign {n} is stopped for good: who got it needs a correction")
            for n in numbers]


def correct_all(home: Home, item: str, correction: str, by: str) -> list[Made]:
    """A draft to exactly those who got, or may have got, each campaign of the item; asked once."""
    with home.store.read() as session:
        out = exists().where(CampaignMessage.campaign_id == Campaign.id,
                             CampaignMessage.list_id.is_not(None),
                             CampaignMessage.state.in_(sorted(MAY_BE_OUT)))
        wrong = [row for row in session.scalars(
                     select(Campaign)
                     .where(Campaign.item_id == item, Campaign.first_begun_at.is_not(None), out)
                     .order_by(Campaign.id))
                 if correction_of(session, row.id) is None]
    made = []
    for row in wrong:
        wish = Wish(correction, (), channel=row.channel, name=f"Đính chính: {row.name}"[:150],
                    trial=0, weights=row.weights, dong_per_part=row.dong_per_part,
                    corrects=row.id)
        try:
            queued = queueing.create(home, wish, by)
            queueing.accept(home, queued, by)
        except (Refused, UserError) as error:
            made.append(Made(row.id, None, str(error)))
        else:
            made.append(Made(row.id, queued.id))
    return made
