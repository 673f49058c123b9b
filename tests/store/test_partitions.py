"""Partitions by month, on PostgreSQL: where rows go, how months are made, what migration keeps."""

import re
import threading
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from channels.values import Delivered, Report
from tests.awake import Awake
from tests.builders import settings_for
from tests.conftest import START
from tests.deliveries import add_batch, add_delivery, add_occurrence
from tests.postgres import Cluster
from tests.store.conftest import MakeWorld, OldStore
from tests.store.logged import a_log, counts, key_of, sent, stands_in
from worker import backup, log_query, migrate
from worker.db import Store
from worker.growth import partitions
from worker.home import Home
from worker.models import Attempt, Base, Batch, Event, Receipt, WireRef
from worker.outbox.events import broken_chains
from worker.receipts import store_receipts

NOVEMBER, DECEMBER, JANUARY = date(2026, 11, 24), date(2026, 12, 31), date(2027, 1, 1)


@pytest.fixture
def old(old_store: OldStore) -> Store:
    """A database of the version before partitions."""
    return old_store("0018")


def names(store: Store, table: str = "delivery") -> list[str]:
    with store.read() as s:
        return [p.suffix for p in partitions.parts(s) if p.table == table]


def test_rows_go_to_their_month_and_on_new_years_eve_to_the_old_one(pg: Store) -> None:
    partitions.cover(pg, NOVEMBER, JANUARY)

    with pg.write() as s:
        for day in (NOVEMBER, DECEMBER, JANUARY):
            sent(s, day)

    assert stands_in(pg, "delivery") == {
        "delivery_2026_11", "delivery_2026_12", "delivery_2027_01"}
    assert stands_in(pg, "receipt") == {"receipt_2026_11", "receipt_2026_12", "receipt_2027_01"}
    assert stands_in(pg, "attempt") == {"attempt_2026_11", "attempt_2026_12", "attempt_2027_01"}


def test_a_moment_belongs_to_its_month_in_utc(pg: Store) -> None:
    """Half past midnight of the first in Vietnam is still the month before."""
    partitions.cover(pg, NOVEMBER, JANUARY)
    with pg.write() as s:
        s.add(WireRef(channel="sms", account="a", ref="r", delivery_id="d", number=1,
                      at=datetime(2026, 12, 31, 17, 30, tzinfo=UTC)))

    assert stands_in(pg, "wire_ref") == {"wire_ref_2026_12"}


def test_models_and_migrations_make_the_same_tables(store: Store) -> None:
    with store.engine.connect() as connection:
        found = compare_metadata(
            MigrationContext.configure(
                connection, opts={"include_object": partitions.whole_tables}), Base.metadata)

    ours = {table for kind in partitions.KINDS for table in kind.tables}
    assert not [change for change in found if ours & set(re.findall(r"\w+", str(change)))]


def test_what_is_written_soon_has_its_months(pg: Store) -> None:
    """24 November, planned 40 days ahead: to January, and two months more."""
    assert partitions.ahead(pg, START, 40)

    assert names(pg) == ["_2026_11", "_2026_12", "_2027_01", "_2027_02", "_2027_03", "_default"]
    assert names(pg, "campaign_message") == ["_0", "_50", "_default"]


def test_two_nodes_at_once_make_each_month_once(pg: Store) -> None:
    together, done = threading.Barrier(4), list[bool]()

    def node() -> None:
        together.wait()
        # one that found the other at it for seconds says no, and is asked again an hour later
        done.append(any(partitions.cover(pg, date(2027, 3, 1), date(2027, 5, 1))
                        for _ in range(10)))

    threads = [threading.Thread(target=node) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert done == [True] * 4
    assert names(pg)[-4:-1] == ["_2027_03", "_2027_04", "_2027_05"]


def test_rows_that_nobody_foresaw_are_kept_and_come_to_their_place(pg: Store) -> None:
    """By what a worker does each hour; a moment by its month in UTC, not by ours."""
    with pg.write() as s:
        sent(s, date(2031, 2, 3), rows=3)
        s.add(WireRef(channel="sms", account="a", ref="r", delivery_id="d", number=1,
                      at=datetime(2031, 1, 31, 17, 30, tzinfo=UTC)))
    with pg.read() as s:
        assert partitions.unforeseen(s) == ["delivery", "attempt", "receipt", "wire_ref"]

    assert partitions.ahead(pg, START)

    assert stands_in(pg, "delivery") == {"delivery_2031_02"}
    assert stands_in(pg, "wire_ref") == {"wire_ref_2031_01", "wire_ref_2031_02"}
    assert counts(pg) == {"delivery": 3, "attempt": 3, "receipt": 3, "wire_ref": 4}
    with pg.read() as s:
        assert partitions.unforeseen(s) == []


def test_whoever_holds_a_table_is_not_waited_for_long(pg: Store) -> None:
    """A month is made later rather than making every sender wait."""
    with pg.write() as s:
        s.execute(text("LOCK TABLE delivery_default IN ACCESS SHARE MODE"))
        with Awake() as awake:
            assert not partitions.cover(pg, date(2029, 1, 1), date(2029, 1, 1))
        assert awake.seconds() < partitions.TRIES  # half a second each

    assert partitions.cover(pg, date(2029, 1, 1), date(2029, 1, 1))


def test_a_try_of_no_delivery_is_refused_in_every_month(pg: Store) -> None:
    for day in (NOVEMBER, date(2035, 1, 1)):  # a month of its own; the default
        with pytest.raises(IntegrityError), pg.write() as s:
            s.add(Attempt(delivery_id="nobody", day=day, number=1, account="a", node="n",
                          lease_token="t", begun_at=START, deadline_at=START))


def test_one_target_cannot_get_one_airing_twice(pg: Store) -> None:
    with pg.write() as s:
        batch = add_batch(s, add_occurrence(s))
        add_delivery(s, batch, "1" * 36)

    with pytest.raises(IntegrityError), pg.write() as s:
        add_delivery(s, s.get_one(Batch, batch.id), "2" * 36)


# ---------------------------------------------------------------- receipts


def call(store: Store, now: datetime, outcome: Delivered | None = None) -> int:
    with store.write() as s:
        return store_receipts(s, now, "sms", "chinh",
                              [Report("r1", outcome or Delivered("r1"))], "the same bytes")


@pytest.fixture
def accepted(pg: Store) -> Store:
    """A message taken by the gateway just before the month's end."""
    partitions.cover(pg, NOVEMBER, JANUARY)
    with pg.write() as s:
        batch = add_batch(s, add_occurrence(s, f"s/sang/{DECEMBER}/1", day=DECEMBER))
        add_delivery(s, batch, "1" * 36, state="accepted")
        s.add(WireRef(channel="sms", account="chinh", ref="r1", delivery_id="1" * 36, number=1,
                      at=datetime(2026, 12, 31, 23, 0, tzinfo=UTC)))
    return pg


EVE = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("later", [timedelta(seconds=2), timedelta(days=3)])
def test_a_callback_repeated_across_a_months_end_counts_once(
    accepted: Store, later: timedelta
) -> None:
    assert call(accepted, EVE) == 1
    assert call(accepted, EVE + later) == 0

    with accepted.read() as s:
        assert s.scalars(select(func.count()).select_from(Receipt)).one() == 1
        assert [e.kind for e in s.scalars(select(Event))] == ["receipt"]


def test_two_nodes_that_hear_it_at_once_keep_it_once(accepted: Store) -> None:
    """One still has the old month, neither has committed when the other looks."""
    with accepted.write() as s:
        store_receipts(s, EVE, "sms", "chinh", [Report("r1", Delivered("r1"))], "the same bytes")
        other = threading.Thread(target=call, args=(accepted, EVE + timedelta(seconds=2)))
        other.start()
        other.join(0.3)
        assert other.is_alive()  # it waits for us
    other.join(60)

    with accepted.read() as s:
        assert s.scalars(select(func.count()).select_from(Receipt)).one() == 1


def test_within_a_month_the_database_refuses_the_second(accepted: Store) -> None:
    call(accepted, EVE)

    with accepted.read() as s:
        known = s.scalars(select(Receipt.dedupe)).one()
    with pytest.raises(IntegrityError), accepted.write() as s:
        s.add(Receipt(channel="sms", account="chinh", dedupe=known, ref="r1",
                      received_at=EVE - timedelta(days=1), outcome="delivered"))


# ---------------------------------------------------------------- migration


def files(store: Store) -> dict[str, int]:
    """Table -> the file its rows lie in."""
    with store.read() as s:
        return dict(iter(s.execute(text(
            "SELECT relname, pg_relation_filenode(oid) FROM pg_class WHERE relkind = 'r'"))))


def test_a_log_of_before_is_kept_where_it_lies(old: Store) -> None:
    days = [date(2024, 2, 29), NOVEMBER, date(2026, 12, 2)]
    with old.write() as s:
        for day in days:
            sent(s, day, rows=2)
    before, had = files(old), counts(old)

    migrate.upgrade(old)

    after = files(old)
    for table in ("delivery", "attempt", "receipt", "wire_ref"):
        assert after[f"{table}_before"] == before[table]
    assert counts(old) == had
    assert stands_in(old, "delivery") == {"delivery_before"}
    with old.read() as s:
        assert list(broken_chains(s)) == []
        [part] = [p for p in partitions.parts(s) if p.name == "delivery_before"]
    assert (part.low, part.high) == (None, date(2027, 1, 1))
    # and it goes on after it
    partitions.ahead(old, datetime(2026, 12, 3, tzinfo=UTC))
    with old.write() as s:
        sent(s, JANUARY)
        sent(s, date(2026, 12, 3))
        s.add(WireRef(channel="sms", account="a", ref="r", delivery_id="d", number=1, at=START))
    assert stands_in(old, "attempt") == {"attempt_before", "attempt_2027_01"}


def test_software_of_before_goes_on_with_the_new_tables(old: Store) -> None:
    """It names the columns it knows, and has no partitions made."""
    with old.write() as s:
        sent(s, NOVEMBER)
    migrate.upgrade(old)

    with old.write() as s:
        sent(s, date(2027, 3, 3))  # in the default
        s.execute(text(
            "INSERT INTO wire_ref (channel, account, ref, delivery_id, number, at) "
            "VALUES ('sms', 'chinh', 'r1', 'd', 1, '2027-03-03 01:00+00')"))
        s.execute(text(
            "INSERT INTO receipt (channel, account, dedupe, received_at, ref, key, outcome, code, "
            "detail) VALUES ('sms', 'chinh', 'x', '2027-03-03 01:00+00', 'r', '', 'delivered', "
            "'', '') ON CONFLICT DO NOTHING"))

    assert partitions.ahead(old, datetime(2027, 3, 3, tzinfo=UTC))
    assert stands_in(old, "delivery") == {"delivery_before", "delivery_2027_03"}
    assert counts(old) == {"delivery": 2, "attempt": 2, "receipt": 3, "wire_ref": 3}


def test_every_delivery_is_found_by_its_id_alone(pg: Store) -> None:
    partitions.ahead(pg, START, 40)
    with pg.write() as s:
        sent(s, JANUARY)

    with pg.read() as s:
        assert log_query.one(s, key_of(JANUARY)).day == JANUARY


# ---------------------------------------------------------------- backup


def test_a_backup_of_either_database_comes_back_into_its_months(
    make_world: MakeWorld, postgres: Cluster, tmp_path: Path
) -> None:
    old, file = make_world(), tmp_path / "sao-luu.tar.gz"
    a_log(old.store, date(2026, 8, 31), date(2026, 9, 1), rows=2)
    backup.write_backup(Home(settings_for(old.var), old.store, old.clock), file)

    with postgres.database() as url, closing(Store(url)) as new:
        with backup.opened(file) as (archive, meta):
            backup.load(archive, meta, new, START)
        comes_back(new, old.store)


def comes_back(new: Store, old: Store) -> None:
    assert counts(new) == counts(old)
    assert stands_in(new, "delivery") == {"delivery_2026_08", "delivery_2026_09",
                                          "delivery_2026_11", "delivery_2026_12"}
    assert stands_in(new, "receipt") == {"receipt_2026_08", "receipt_2026_09"}
    with new.write() as s:
        assert partitions.unforeseen(s) == []
        assert list(broken_chains(s)) == []
        # what comes next has a number of its own, and a callback of before is known again
        s.add(WireRef(channel="sms", account="a", ref="r", delivery_id="d", number=1, at=START))
    with pytest.raises(IntegrityError), new.write() as s:
        s.add(Receipt(channel="sms", account="chinh", dedupe=key_of(date(2026, 9, 1)), ref="",
                      received_at=datetime(2026, 9, 2, tzinfo=UTC), outcome="delivered"))
