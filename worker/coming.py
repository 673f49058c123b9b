"""Which accounts what is planned will use soon, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from worker.i18n import t
from worker.models import Batch, ChannelPlan, Occurrence
from worker.programme.model import Programme

#: how far ahead is looked: the first question before a slot, and the minute it may come early
AHEAD = timedelta(minutes=31)


@dataclass(frozen=True)
class Use:
    """An account that something planned goes out by at this moment."""

    channel: str
    account: str
    at: datetime
    slot: str  #: its name; "" for what airs in none
    ahead: bool  #: handed over or prepared before the slot opens

    @property
    def name(self) -> str:
        return f"{self.channel}/{self.account}"


def uses(
    session: Session, programme: Programme, now: datetime, within: timedelta = AHEAD
) -> list[Use]:
    """Every use after `now` and within so long, the nearest first."""
    until = now + within
    rows = session.execute(
        select(Batch.channel, Batch.account, Batch.opens_at, ChannelPlan.due_at, Occurrence.slot)
        .join(Occurrence, Occurrence.id == Batch.occurrence_id)
        .join(ChannelPlan, and_(ChannelPlan.occurrence_id == Batch.occurrence_id,
                                ChannelPlan.channel == Batch.channel))
        .where(Batch.kind == "publish", Batch.state.in_(("held", "ready", "leased")),
               Batch.closes_at > now,
               or_(Batch.opens_at.between(now, until), ChannelPlan.due_at.between(now, until)))
        .distinct()
    ).all()
    names = {slot.id: slot.name for slot in programme.slots}
    found = {
        Use(channel, account, at, names.get(slot, ""), at < opens_at)
        for channel, account, opens_at, due_at, slot in rows
        for at in (opens_at, due_at) if now < at <= until
    }
    return sorted(found, key=lambda use: (use.at, use.name, use.slot))


def words(use: Use, programme: Programme, now: datetime) -> str:
    """The slot and the time left, to stand before what is wrong."""
    clock = f"{use.at.astimezone(programme.zone()):%H:%M}"
    minutes = max(0, round((use.at - now).total_seconds() / 60))
    place = " ".join(part for part in (use.slot, clock) if part)
    if use.ahead:
        return t(f"trước lúc chuẩn bị cho {place} (còn {minutes} phút)",
                 f"before the hand-over for {place} ({minutes} min left)")
    return t(f"trước giờ phát {place} (còn {minutes} phút)",
             f"before {place} ({minutes} min left)")
