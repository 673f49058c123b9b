"""
A campaign of 5,000,000 messages beside one of 50,000: the claim of a lot with the begin of its
first slice, the status figure, the first page of messages. Each half done; rows written raw into a
database of its own for each size. The plan of every statement is read: one that walks a table of
messages, lots or recipients from its start is an error (the index of leased lots is short).

    python -m bench.campaign_size [ROWS]
"""

import sqlite3
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from bench.world import installation, items, programme_text
from worker.campaigns import begin, caps, claim, figures, moves
from worker.clock import SystemClock
from worker.home import Home
from worker.models import Campaign, CampaignMessage, Occurrence, RecipientList
from worker.models.campaigns import LOT
from worker.outbox.units import Worker

ROWS, FEW = 5_000_000, 50_000
ROUNDS = 9
SLICE, PAGE = 250, 50
_LARGE = ("campaign_message", "campaign_lot", "recipient", "recipient_lookup")
_OCCURRENCE = "chien-dich:1/-/2027-01-04/1"


@dataclass(frozen=True)
class Found:
    """Median seconds: the many, the few; by what was asked."""

    many: dict[str, float]
    few: dict[str, float]

    def ratios(self) -> dict[str, float]:
        return {name: self.many[name] / self.few[name] for name in self.many}


def measure(rows: int = ROWS) -> Found:
    """Turn about."""
    with ExitStack() as stack:
        homes = [stack.enter_context(filled(count)) for count in (rows, FEW)]
        took: list[dict[str, list[float]]] = [{}, {}]
        for home in homes:
            with _plans(home):
                _ask(home, {})
        for _ in range(ROUNDS):
            for home, times in zip(homes, took, strict=True):
                _ask(home, times)
    many, few = ({name: statistics.median(each) for name, each in times.items()}
                 for times in took)
    return Found(many, few)


def _ask(home: Home, times: dict[str, list[float]]) -> None:
    for name, ask in (("claim and begin", _claim), ("status", _status), ("first page", _page)):
        began = time.perf_counter()
        ask(home)
        times.setdefault(name, []).append(time.perf_counter() - began)


def _claim(home: Home) -> None:
    """As the runner does, the commit included."""
    now, worker = home.clock.now(), Worker("bench", 1)
    with home.store.write() as session:
        [campaign] = claim.running(session, now, "sms")
        lease = claim.claim(session, now, now, worker, campaign, timedelta(seconds=60))
        assert lease is not None
        first = begin.next_waiting(session, now, lease, lease.first - 1, campaign.until_row)
        assert first is not None
        last = first.row + SLICE - 1
        caps.leave_out(session, now, "bench", campaign, first.row, last)
        begun = begin.begin(session, now, now, campaign, lease, first.row, last, "chinh",
                            try_seconds=15, programme_version=1)
        assert len(begun) == SLICE, len(begun)


def _status(home: Home) -> None:
    with home.store.read() as session:
        assert moves.counts(session, 1).waiting
        assert figures.figures(session, 1).total


def _page(home: Home) -> None:
    with home.store.read() as session:
        rows = session.execute(
            select(CampaignMessage.row, CampaignMessage.last3, CampaignMessage.state,
                   CampaignMessage.code, CampaignMessage.settled_at)
            .where(CampaignMessage.campaign_id == 1).order_by(CampaignMessage.row).limit(PAGE)
        ).all()
    assert len(rows) == PAGE


@contextmanager
def _plans(home: Home) -> Iterator[None]:
    """Meanwhile the plan of each statement is read."""
    seen: dict[str, Any] = {}

    def note(_c: Any, _k: Any, sql: str, values: Any, _x: Any, many: bool) -> None:
        if sql.startswith(("SELECT", "UPDATE", "WITH")) and not many:
            seen[sql] = values

    event.listen(home.store.engine, "before_cursor_execute", note)
    yield
    event.remove(home.store.engine, "before_cursor_execute", note)
    with home.store.engine.connect() as connection:
        for sql, values in seen.items():
            for *_, detail in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values):
                walks = detail.startswith(tuple(f"SCAN {name}" for name in _LARGE)) and (
                    "ix_campaign_lot_lease" not in detail)  # leased lots only: a few
                assert not walks, (detail, sql)


# ---------------------------------------------------------------- rows


@contextmanager
def filled(count: int) -> Iterator[Home]:
    with installation(programme_text(segments=1), items(1), SystemClock()) as home:
        with home.store.write() as session:
            _campaign(session, home, count)
        with closing(sqlite3.connect(home.store.engine.url.database or "")) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            now = f"{home.clock.now():%Y-%m-%d %H:%M:%S.%f}"
            for sql in _raw(count):
                with connection:
                    connection.execute(sql, {"now": now} if ":now" in sql else {})
        yield home


def _campaign(session: Session, home: Home, count: int) -> None:
    now = home.clock.now()
    times = {"opens_at": now, "closes_at": now + timedelta(days=2)}
    session.add(RecipientList(
        id=1, purpose="cong_ich", basis="public_task", organisation="UBND xã",
        document="12/KH-UBND", document_date=now.date(), source="sổ hộ dân",
        expires=now.date() + timedelta(days=90), file="ds.csv", fields=[], counts={},
        state="ready", stored=count, indexed=count, imported_by="soan", imported_at=now,
        touched_at=now, ready_at=now))
    session.add(Occurrence(
        id=_OCCURRENCE, entry="chien-dich:1", slot="-", local_date=now.date(), run=1,
        item_id="tin-0", item_version=1, picked_by="campaign", priority="khan_cap",
        purpose="cong_ich", programme_version=1, **times))
    session.flush()
    session.add(Campaign(
        id=1, name="Cảnh giác", occurrence_id=_OCCURRENCE, nonce="0" * 32, channel="sms",
        item_id="tin-0", item_version=1, priority="khan_cap", priority_rank=0,
        purpose="cong_ich", text="x", fields=[], parts=1, weights={"chinh": 1}, state="running",
        state_at=now, state_by="soan", until_row=count, total=count, starts_at=now, counts={},
        closes_at=times["closes_at"], created_by="soan", created_at=now, queued_at=now,
        approved_by="duyet", approved_at=now))


def _raw(count: int) -> list[str]:
    """The first half was accepted, lot by lot."""
    half = count // LOT // 2 * LOT
    numbers = ("WITH RECURSIVE n(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM n "
               "WHERE n < {last}) ")
    chunks = range(1, count + 1, 250_000)
    message = (
        "INSERT INTO campaign_message (campaign_id, row, list_id, list_row, seed, last3, carrier,"
        " state, account, attempts, counted, parts, maybe_out, ref, code, detail) {numbers}"
        "SELECT 1, n, 1, n, '', substr(n + 1000, -3), 'x', iif(n <= {half}, 'accepted',"
        " 'waiting'), iif(n <= {half}, 'chinh', ''), n <= {half}, 0, 1, 0, '', '', '' FROM n")
    lots = (
        "INSERT INTO campaign_lot (campaign_id, lot, state, next_at, waiting, flying, uncertain) "
        "{numbers}SELECT 1, n, iif(n < {half}, 'done', 'ready'), :now, iif(n < {half}, 0, {lot}),"
        " 0, 0 FROM n")
    tally = (
        "INSERT INTO campaign_tally (campaign_id, node, state, code, carrier, messages, parts) "
        "VALUES (1, 'bench', 'accepted', '', 'x', {half}, {half})")
    return [
        *(message.format(half=half, numbers=numbers.format(
            first=first, last=min(count, first + 250_000 - 1))) for first in chunks),
        lots.format(half=half // LOT, lot=LOT,
                    numbers=numbers.format(first=0, last=count // LOT - 1)),
        tally.format(half=half),
    ]


def main() -> None:
    """Milliseconds of each, and the ratio."""
    found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
    for name, ratio in found.ratios().items():
        print(f"{name}: {found.many[name] * 1000:.2f} ms / {found.few[name] * 1000:.2f} ms "
              f"= {ratio:.2f} ×")


if __name__ == "__main__":
    main()
