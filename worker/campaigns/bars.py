"""The Sự cố of a campaign that paused itself: raised with the pause, closed when it goes on."""

from datetime import datetime

from sqlalchemy.orm import Session

from worker.alarms.store import close_alarm, raise_alarm
from worker.i18n import t
from worker.models import Campaign

from .guard import Reason


def told(session: Session, now: datetime, campaign_id: int, reason: Reason) -> None:
    """Tell of it, in the transaction that pauses it: nobody gets the rest until somebody acts."""
    name = session.get_one(Campaign, campaign_id).name
    raise_alarm(
        session, now, _cause(campaign_id), "campaign_paused", "serious",
        t(f"đợt {campaign_id} ({name}) tự tạm dừng: {reason.what}",
          f"campaign {campaign_id} ({name}) paused itself: {reason.what}"),
        reason.step(campaign_id))


def over(session: Session, now: datetime, campaign_id: int) -> None:
    """It goes on, or has ended."""
    close_alarm(session, now, _cause(campaign_id))


def _cause(campaign_id: int) -> str:
    return f"campaign-paused:{campaign_id}"
