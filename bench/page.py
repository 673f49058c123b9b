"""The first page of a log of 100,000 rows."""

import hashlib
import statistics
import time
import uuid
from datetime import timedelta

from sqlalchemy import insert

from bench.world import FIRST_DAY, START, installation, items, programme_text
from worker import log_query
from worker.home import Home
from worker.log_query import Filters
from worker.models import Batch, Content, Delivery, Occurrence

ROWS = 100_000
PAGE = 50
DAYS = 250
PER_DAY = ROWS // DAYS
ROUNDS = 21

_QUESTIONS = {
    "all": Filters(),
    "one channel": Filters(channel="sms"),
    "one target": Filters(target="so-7"),
    "what failed": Filters(state="exhausted"),
}


def measure() -> dict[str, float]:
    """Median seconds of the first page, by what was asked."""
    with installation(programme_text(segments=1), items(2)) as home:
        _fill(home)
        return {name: statistics.median(_page(home, wanted) for _ in range(ROUNDS))
                for name, wanted in _QUESTIONS.items()}


def _page(home: Home, wanted: Filters) -> float:
    started = time.perf_counter()
    with home.store.read() as session:
        rows = log_query.page(session, wanted, limit=PAGE)
    seconds = time.perf_counter() - started
    assert len(rows) == PAGE, (wanted, len(rows))
    return seconds


def _fill(home: Home) -> None:
    with home.store.write() as session:
        session.execute(insert(Content), [{"sha256": "c" * 64, "payload": {"text": "x"}}])
    for n in range(DAYS):
        day, opens = FIRST_DAY + timedelta(days=n), START + timedelta(days=n)
        place = f"cm-0/trua/{day}/1"
        times = {"opens_at": opens, "closes_at": opens + timedelta(hours=1)}
        with home.store.write() as session:
            session.execute(insert(Occurrence), [{
                "id": place, "entry": "cm-0", "slot": "trua", "local_date": day, "run": 1,
                "segment": "cm-0", "item_id": "tin-0", "item_version": 1, "picked_by": "rotate",
                "priority": "thong_thuong", "purpose": "cong_ich", "programme_version": 1, **times,
            }])
            batch = session.scalars(insert(Batch).returning(Batch.id), [{
                "occurrence_id": place, "day": day, "channel": "sms", "account": "chinh",
                "state": "done", "priority_rank": 2, "next_attempt_at": opens, "windows": [],
                "item_id": "tin-0", "item_version": 1,
                **times,
            }]).one()
            session.execute(insert(Delivery), [
                {
                    "id": str(uuid.UUID(bytes=hashlib.md5(
                        f"{day}/{k}".encode(), usedforsecurity=False).digest())),
                    "day": day, "occurrence_id": place, "batch_id": batch, "channel": "sms",
                    "account": "chinh", "target": f"so-{k}", "content_sha256": "c" * 64,
                    "state": "exhausted" if k % 100 == 0 else "accepted", "attempts": 1,
                    "first_try_at": opens,
                }
                for k in range(PER_DAY)
            ])
