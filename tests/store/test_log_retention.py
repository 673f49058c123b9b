"""What the log gives up after `log_months`, and what it keeps. Both databases."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from tests.process.installation import until
from tests.store.campaigns.standing import a_campaign, states
from tests.store.conftest import MakeWorld
from tests.store.logged import a_log, counts, days_left, key_of, stands_in
from tests.store.world import World, a_text
from worker import audit
from worker.alarms.store import open_alarms
from worker.db import Store, lock_outbox
from worker.errors import UserError
from worker.growth import partitions, retention
from worker.log_query import story
from worker.models import (
    Aftercare,
    Attempt,
    Audit,
    Batch,
    Campaign,
    CampaignLot,
    CampaignTally,
    Delivery,
    Event,
    Item,
    Occurrence,
)
from worker.outbox.events import broken_chains

OLD, NEXT, KEPT = date(2018, 12, 31), date(2019, 1, 1), date(2021, 11, 1)
#: sixty months before: October 2021 goes, November stays
NOW = datetime(2026, 11, 26, 2, tzinfo=UTC)


@pytest.fixture
def logged(make_world: MakeWorld) -> World:
    world = make_world()
    with world.store.read() as s:
        reach = partitions.span(s)
    partitions.prepare(world.store, reach._replace(first=OLD.isoformat(), last="2019-02-01"))
    a_log(world.store, OLD, NEXT, KEPT, rows=2)
    return world


def audited(store: Store) -> dict[str, Any]:
    with store.read() as s:
        return {row.subject: row.detail for row in s.scalars(
            select(Audit).where(Audit.act == "log_expired").order_by(Audit.seq))}


def test_what_is_past_its_time_goes_and_nothing_else(logged: World) -> None:
    planned = [d for d in days_left(logged.store) if d >= KEPT]

    done = retention.tidy(logged.store, NOW)

    assert list(done.gone)
    assert not done.kept
    assert days_left(logged.store) == planned
    assert counts(logged.store)["attempt"] == 2
    # the record stays, and its chains hold
    with logged.store.read() as s:
        assert s.get(Occurrence, f"s/sang/{OLD}/1") is not None
        assert s.scalars(select(Batch).where(Batch.day == OLD)).one()
        assert s.scalars(select(Event).where(Event.delivery_id == key_of(OLD))).one()
        assert list(broken_chains(s)) == []
        assert audit.verify(s) is None


def test_each_month_is_audited_with_its_counts(logged: World) -> None:
    retention.tidy(logged.store, NOW)

    told: dict[str, int] = {}
    with logged.store.read() as s:
        for row in s.scalars(select(Audit).where(Audit.act == "log_expired",
                                                 Audit.subject == "2018-12")):
            told |= row.detail
    assert told == {"delivery": 2, "attempt": 2, "receipt": 2, "wire_ref": 2}
    assert set(audited(logged.store)) == {"2018-12", "2019-01"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_on_postgresql_whole_months_go(logged: World) -> None:
    retention.tidy(logged.store, NOW)

    with logged.store.read() as s:
        left = {p.name for p in partitions.parts(s)}
    assert not {f"{table}_{month}" for kind in (partitions.DAYS, partitions.MOMENTS)
                for table in kind.tables for month in ("2018_12", "2019_01")} & left


def test_a_doubt_keeps_its_month_and_no_other(logged: World) -> None:
    with logged.store.write() as s:
        s.execute(update(Delivery).where(Delivery.id == key_of(OLD)).values(state="uncertain"))

    done = retention.tidy(logged.store, NOW)

    assert done.kept == [date(2018, 12, 1)]
    assert days_left(logged.store)[:2] == [OLD, KEPT]
    with logged.store.read() as s:  # it should have gone years ago
        assert [a.kind for a in open_alarms(s)] == ["retention"]
    # its receipts and ids are kept with it
    assert counts(logged.store)["receipt"] == 4

    # when it has ended, it goes, and so does the alarm
    with logged.store.write() as s:
        s.execute(update(Delivery).where(Delivery.id == key_of(OLD)).values(state="accepted"))
    retention.tidy(logged.store, NOW)
    assert days_left(logged.store)[0] == KEPT
    with logged.store.read() as s:
        assert open_alarms(s) == []


def test_a_batch_that_waits_keeps_its_month(logged: World) -> None:
    with logged.store.write() as s:
        s.execute(update(Batch).where(Batch.day == NEXT).values(state="ready"))

    assert retention.tidy(logged.store, NOW).kept == [date(2019, 1, 1)]


def test_what_is_recalled_and_still_public_keeps_its_month(logged: World) -> None:
    with logged.store.write() as s:
        s.execute(update(Item).values(state="recalled"))
        s.execute(update(Delivery).where(Delivery.id == key_of(NEXT)).values(channel="website"))

    assert retention.tidy(logged.store, NOW).kept == [date(2019, 1, 1)]


def test_a_month_is_open_while_anything_of_it_is(logged: World) -> None:
    mine = Delivery.id == key_of(NEXT)
    for statements in (
        [update(Delivery).where(mine).values(state="uncertain")],
        [update(Delivery).where(mine).values(state="expired", prepared_at=NOW)],
        [update(Delivery).where(mine).values(state="sending"),
         update(Attempt).where(Attempt.day == NEXT).values(ended_at=None)],
        [insert(Aftercare).values(
            delivery_id=key_of(NEXT), day=NEXT, kind="unpin", channel="facebook", account="a",
            target="t", published_at=NOW, due_at=NOW, next_at=NOW, state="open")],
    ):
        with Session(logged.store.engine) as s:  # nothing of it stays
            assert not retention.unfinished(s, date(2019, 1, 1))
            for statement in statements:
                s.execute(statement)
            assert retention.unfinished(s, date(2019, 1, 1)), statements
            assert not retention.unfinished(s, date(2018, 12, 1))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_begins_anew_as_its_month_is_dropped_keeps_it(logged: World) -> None:
    """Seen by nobody yet when the month was looked at; its receipts and ids stay with it."""
    done: list[retention.Tidied] = []
    tidies = threading.Thread(target=lambda: done.append(retention.tidy(logged.store, NOW)))
    with logged.store.write() as s:
        lock_outbox(s)
        s.execute(update(Batch).where(Batch.day == OLD).values(state="ready"))
        tidies.start()
        until("it waits for us", lambda: s.execute(text(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
        )).scalar_one() > 0)
    tidies.join(300)

    assert date(2018, 12, 1) not in done[0].gone
    assert days_left(logged.store)[:2] == [OLD, KEPT]
    assert stands_in(logged.store, "receipt") >= {"receipt_2018_12"}
    assert list(audited(logged.store)) == ["2019-01"]  # and nobody says that it went


def test_a_young_installation_deletes_nothing(make_world: MakeWorld) -> None:
    """Whatever the rows say: a wrong clock, a log taken over from elsewhere."""
    world = make_world()
    a_log(world.store, OLD, made=date(2024, 1, 1))

    assert not retention.tidy(world.store, NOW).gone
    assert days_left(world.store)[0] == OLD


def test_the_programme_says_how_long(make_world: MakeWorld) -> None:
    world = make_world(a_text() + "\n[settings]\nlog_months = 12\n")
    a_log(world.store, date(2025, 10, 31), date(2025, 11, 1))

    retention.tidy(world.store, NOW)

    assert days_left(world.store)[0] == date(2025, 11, 1)


def test_two_nodes_at_once_count_each_row_once(logged: World) -> None:
    together = threading.Barrier(2)

    def node() -> None:
        together.wait()
        retention.tidy(logged.store, NOW)

    threads = [threading.Thread(target=node) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert days_left(logged.store)[0] == KEPT
    with logged.store.read() as s:
        told = [row.detail.get("delivery", 0) for row in s.scalars(
            select(Audit).where(Audit.act == "log_expired", Audit.subject == "2018-12"))]
    assert sum(told) == 2


def test_more_rows_than_a_chunk_go_in_several(logged: World) -> None:
    chunks = retention.Chunks(deliveries=1, rows=1)

    retention.tidy(logged.store, NOW, chunks)

    assert days_left(logged.store)[0] == KEPT
    assert counts(logged.store)["wire_ref"] == 2


def test_a_campaigns_messages_go_and_its_counts_stay(logged: World) -> None:
    long_ago = NOW - timedelta(days=3000)
    for number, (ended, at) in enumerate(
            [("finished", long_ago), ("running", long_ago), ("finished", NOW)], start=1):
        a_campaign(logged.store, "delivered", "rejected", campaign=number, state=ended)
        with logged.store.write() as s:
            s.execute(update(Campaign).where(Campaign.id == number).values(
                state_at=at, starts_at=at, closes_at=at, last_begun_at=at))
    if not logged.store.sqlite:  # a block goes when all of it is past its time, and full
        with logged.store.write() as s:
            s.execute(update(Campaign).where(Campaign.id == 2).values(state="stopped"))
            s.execute(update(Campaign).where(Campaign.id == 3).values(state_at=long_ago,
                      closes_at=long_ago, last_begun_at=long_ago))
        retention.tidy(logged.store, NOW)
        assert states(logged.store, 1)  # not full
        a_campaign(logged.store, "delivered", campaign=60)
        with logged.store.write() as s:
            s.execute(update(CampaignLot).where(CampaignLot.campaign_id == 2).values(uncertain=1))
        retention.tidy(logged.store, NOW)
        assert states(logged.store, 1)  # a doubt of one of them keeps its block
        with logged.store.write() as s:
            s.execute(update(CampaignLot).where(CampaignLot.campaign_id == 2).values(uncertain=0))

    retention.tidy(logged.store, NOW)

    assert states(logged.store, 1) == []
    assert (states(logged.store, 3) == []) is not logged.store.sqlite
    with logged.store.read() as s:
        assert s.scalars(select(CampaignTally.messages).where(
            CampaignTally.campaign_id == 1)).all() == [1, 1]
        assert s.get(Campaign, 1) is not None


def test_a_delivery_that_has_gone_is_told_as_such(logged: World) -> None:
    """Not as one that never was."""
    retention.tidy(logged.store, NOW)

    with logged.store.read() as s:
        with pytest.raises(UserError, match="hết hạn lưu"):
            story(s, key_of(OLD), UTC)  # type: ignore[arg-type]
        with pytest.raises(UserError, match="không có lượt"):
            story(s, "nobody", UTC)  # type: ignore[arg-type]
