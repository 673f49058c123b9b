"""
Tỷ lệ đã phủ: of what was to be published by now, how much is out. Cancelled and recalled count on
neither side; what is in doubt is not out until somebody says so. A script that a station has taken
is not on air: it is to come, and once its hour is over in doubt, until the station says "Đã phát".
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from worker.log_query import effective_state, within
from worker.models import Batch, Delivery
from worker.programme.model import Programme
from worker.scope import Targets
from worker.slots import local_date
from worker.states import FAILED, OUT

_COMING = frozenset({"held", "ready", "sending"})


@dataclass(frozen=True)
class Covered:
    """One channel in these days."""

    channel: str
    name: str
    out: int
    failed: int
    uncertain: int
    coming: int

    @property
    def percent(self) -> int | None:
        """Rounded down, so that 100 means all; None while nothing was due."""
        due = self.out + self.failed + self.uncertain
        return self.out * 100 // due if due else None


@dataclass(frozen=True)
class Week:
    """Monday to Sunday, both included."""

    first: date
    last: date
    channels: tuple[Covered, ...]


def this_week(
    session: Session, programme: Programme, now: datetime, held: Targets | None = None
) -> Week:
    """
    Every channel of the programme, in its order, and what else the week's log has; `held`: of
    these targets only.
    """
    today = local_date(programme, now)
    first = today - timedelta(days=today.weekday())
    last = first + timedelta(days=6)
    state = counted_as(programme, now)
    counts: dict[str, dict[str, int]] = {
        c.id: {} for c in programme.channels if c.enabled and (held is None or c.id in held)}
    query = (select(Delivery.channel, state, func.count()).select_from(Delivery)
             .join(Batch, Batch.id == Delivery.batch_id)
             .where(Delivery.day.between(first, last), Delivery.kind == "publish")
             .group_by(Delivery.channel, state))
    if held is not None:
        query = query.where(within(held))
    for channel, name, count in session.execute(query):
        counts.setdefault(channel, {})[name] = count
    names = {c.id: c.name for c in programme.channels}
    return Week(first, last, tuple(
        Covered(channel, names.get(channel, channel), _sum(found, OUT), _sum(found, FAILED),
                found.get("uncertain", 0), _sum(found, _COMING))
        for channel, found in counts.items()))


def counted_as(programme: Programme, now: datetime) -> ColumnElement[str]:
    """The state that a delivery joined with its batch counts as."""
    read_aloud = [c.id for c in programme.channels if c.type == "loudspeaker"]
    return case(
        (and_(Delivery.state == "accepted", Delivery.channel.in_(read_aloud)),
         case((Batch.closes_at <= now, "uncertain"), else_="ready")),
        else_=effective_state())


def _sum(counts: dict[str, int], states: frozenset[str]) -> int:
    return sum(counts.get(name, 0) for name in states)
