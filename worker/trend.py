"""Day by day: how many deliveries are out, failed, in doubt; read by the log's index of days."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.coverage import counted_as
from worker.log_query import within
from worker.models import Batch, Delivery
from worker.programme.model import Programme
from worker.scope import Targets
from worker.slots import local_date
from worker.states import FAILED, OUT


@dataclass(frozen=True)
class DayCount:
    """One local day of airing."""

    day: date
    out: int = 0
    failed: int = 0
    uncertain: int = 0

    @property
    def total(self) -> int:
        return self.out + self.failed + self.uncertain


def days(
    session: Session, programme: Programme, now: datetime, count: int,
    held: Targets | None = None,
) -> tuple[DayCount, ...]:
    """The last `count` days up to today, the oldest first; `held`: of these targets only."""
    today = local_date(programme, now)
    first = today - timedelta(days=count - 1)
    state = counted_as(programme, now)
    query = (
        select(Delivery.day, state, func.count()).select_from(Delivery)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Delivery.day.between(first, today), Delivery.kind == "publish")
        .group_by(Delivery.day, state))
    if held is not None:
        query = query.where(within(held))
    found: dict[date, dict[str, int]] = {}
    for day, name, number in session.execute(query):
        found.setdefault(day, {})[name] = number
    return tuple(
        DayCount(day, _sum(counts, OUT), _sum(counts, FAILED), counts.get("uncertain", 0))
        for day in (first + timedelta(days=n) for n in range(count))
        for counts in (found.get(day, {}),))


def _sum(counts: dict[str, int], states: frozenset[str]) -> int:
    return sum(counts.get(name, 0) for name in states)
