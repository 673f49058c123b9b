"""One year of 50 weekly segments on four channels, planned and stored."""

import statistics
import time
from datetime import timedelta

from sqlalchemy import func, select

from bench.world import FIRST_DAY, installation, items, programme_text
from worker.models import ChannelPlan, Delivery, Occurrence
from worker.planner.store import replan

ROUNDS = 5


def measure() -> tuple[float, str]:
    """Median seconds, what stands in the database afterwards, and the median CPU seconds."""
    seconds, cpu, stored = [], [], ""
    text, contents = programme_text(segments=50, numbers=1), items(60)
    for _ in range(ROUNDS):
        with installation(text, contents) as home:
            last = FIRST_DAY + timedelta(days=364)
            started, worked = time.perf_counter(), time.process_time()
            replan(home.store, home.clock.now(), "bench", since=FIRST_DAY, until=last)
            seconds.append(time.perf_counter() - started)
            cpu.append(time.process_time() - worked)
            with home.store.read() as session:
                occurrences, cells, deliveries = (
                    session.scalars(select(func.count()).select_from(table)).one()
                    for table in (Occurrence, ChannelPlan, Delivery)
                )
            stored = f"{occurrences} occurrences, {cells} cells, {deliveries} deliveries"
    return statistics.median(seconds), f"{stored}; {statistics.median(cpu):.2f} s of CPU"


if __name__ == "__main__":
    print(measure())
