"""What the product asks of the log, as PostgreSQL would look for it: never a whole month."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from channels.values import Delivered, Report
from tests.store.campaigns.bed import a_bed
from tests.store.conftest import MakeWorld
from tests.store.world import HERE, NOON, TODAY, World
from worker import log_query, status, withdrawn
from worker.campaigns.receipts import HORIZON
from worker.db import Store
from worker.growth import partitions, retention
from worker.log_query import Filters
from worker.models import Batch
from worker.planner import place
from worker.planner.week import Entry
from worker.receipts import store_receipts
from worker.scope import WHOLE as WHOLE_SCOPE

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

_NAMES = "|".join(table for kind in partitions.KINDS for table in kind.tables)
OURS = re.compile(rf"\b(?:FROM|JOIN|UPDATE|INTO)\s+({_NAMES})\b")
WHOLE = re.compile(rf"Seq Scan on (?:{_NAMES})_(?:\d|before|default)")


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """Noon, with months before and after."""
    made = make_world()
    assert partitions.cover(made.store, TODAY - timedelta(days=90), TODAY + timedelta(days=60))
    made.to(NOON)
    return made


@contextmanager
def said(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Statements about partitioned tables, each once."""
    found: dict[str, Any] = {}

    def note(_c: Any, _cursor: Any, statement: str, given: Any, _x: Any, many: bool) -> None:
        if OURS.search(statement):
            found.setdefault(statement, given[0] if many else given)

    told: list[tuple[str, Any]] = []
    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
        told += found.items()


def plan(store: Store, statement: str, given: Any) -> str:
    with store.read() as s:
        connection = s.connection()
        for way in ("seqscan", "bitmapscan", "sort"):  # so few rows, they would be right
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        return "\n".join(connection.exec_driver_sql(
            f"EXPLAIN {statement}", given).scalars())


def test_a_message_reads_no_month_but_its_own(world: World) -> None:
    """From claim to its end; what may wait for it is looked for in every month's index."""
    with said(world.store) as way:
        world.run()

    assert world.states() == ["delivered"]
    assert len(way) >= 6
    for statement, given in way:
        found = plan(world.store, statement, given)
        assert not WHOLE.search(found), found
        assert ("Append" in found) is ("refers_to = ANY" in statement), found


def test_what_is_asked_again_and_again_reads_no_whole_month(world: World) -> None:
    world.run()
    house, force, zone = world.house(), world.office().force, world.office().force.programme.zone()
    key = world.one().id
    call = [Report("r-1", Delivered("r-1"))]

    with said(world.store) as asked:
        house.anything_to_sweep()
        house.sweep()
        house.set_mark()
        with world.store.write() as s:
            store_receipts(s, world.clock.now(), "sms", "chinh", call, "bytes")
        with world.store.read() as s:
            status.gather(s, world.clock.now(), force, world.office())  # type: ignore[arg-type]
            for wanted in (Filters(today=TODAY), Filters(today=TODAY, channel="sms")):
                log_query.page(s, wanted, limit=50)
            log_query.page(s, Filters(today=TODAY), limit=50, after=key)
            log_query.story(s, key, zone)
            log_query.one(s, key)
            retention.unfinished(s, TODAY.replace(day=1))

    assert {"delivery", "attempt", "receipt", "wire_ref"} <= {
        table for statement, _ in asked for table in OURS.findall(statement)}
    for statement, given in asked:
        found = plan(world.store, statement, given)
        assert not WHOLE.search(found), found


def test_an_airing_is_looked_for_in_its_month_alone(world: World) -> None:
    entry = Entry("canh_giac", None, HERE, 1, "cb-01", "x", "rotate", "planned")

    with said(world.store) as asked, world.store.read() as s:
        assert place.of_entry(s, world.office().force, world.clock.now(), WHOLE_SCOPE, entry,
                              TODAY, "trua")

    [(statement, given)] = asked
    assert "Append" not in plan(world.store, statement, given)


def test_while_nothing_is_withdrawn_no_month_is_asked_for_recalls(world: World) -> None:
    with said(world.store) as asked, world.store.read() as s:
        assert withdrawn.left(s, world.clock.now()) == []

    assert len(asked) == 1
    assert "refers_to" not in asked[0][0]


def test_the_newest_page_of_the_log_needs_no_sorting(world: World) -> None:
    """A month is read from its end, along its index."""
    with said(world.store) as asked, world.store.read() as s:
        log_query.page(s, Filters(last=TODAY + timedelta(days=40)), limit=50)

    [(statement, given)] = asked
    found = plan(world.store, statement, given)
    assert "Merge Append" in found, found
    assert "->  Sort" not in found, found


def test_a_campaign_reads_no_block_but_its_own(world: World) -> None:
    """Nor a whole one."""
    bed = a_bed(world)
    campaign = bed.campaign(2)

    with said(world.store) as way:
        bed.run()

    about = [one for one in way if "campaign_message" in one[0]]
    assert bed.states(campaign) == {"accepted": 2}
    assert len(about) >= 3
    for statement, given in about:
        found = plan(world.store, statement, given)
        assert not WHOLE.search(found), found
        assert "Append" not in found, found


def test_a_receipt_of_nothing_we_sent_is_not_swept_for_ever(world: World) -> None:
    with world.store.write() as s:
        store_receipts(s, world.clock.now(), "sms", "chinh", [Report("r", Delivered("r"))], "x")
    assert world.house().anything_to_sweep()

    world.clock.advance(HORIZON.total_seconds())

    with world.store.write() as s:
        s.execute(update(Batch).values(state="done"))
    assert not world.house().anything_to_sweep()
