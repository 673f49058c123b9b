"""One year of 50 weekly segments on four channels, planned and stored."""

import statistics
import time
from datetime import timedelta

from sqlalchemy import func, select

from bench.world import FIRST_DAY, installation, items, programme_text
from worker.models import ChannelPlan, Delivery, Occurrence
from worker.planner.store import replan

ROUNDS = 3


def measure() -> tuple[float, str]:
    """Median seconds, and what stands in the database afterwards."""
    seconds, stored = [], ""
    text, contents = programme_text(segments=50, numbers=1), items(60)
    for _ in range(ROUNDS):
        with installation(text, contents) as home:
            last = FIRST_DAY + timedelta(days=364)
            started = time.perf_counter()
            replan(home.store, home.clock.now(), "bench", since=FIRST_DAY, until=last)
            seconds.append(time.perf_counter() - started)
            with home.store.read() as session:
                occurrences, cells, deliveries = (
                    session.scalars(select(func.count()).select_from(table)).one()
                    for table in (Occurrence, ChannelPlan, Delivery)
                )
            stored = f"{occurrences} occurrences, {cells} cells, {deliveries} deliveries"
    return statistics.median(seconds), stored


if __name__ == "__main__":
    print(measure())
