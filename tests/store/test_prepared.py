"""
Prepared ahead: at the far side from due, public at `opens_at`, once. Counted at the far side,
on both databases.
"""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from channels.values import Rejected, Retry
from tests.store.conftest import MakeWorld
from tests.store.prepared import DUE, Page, Post, a_page, find_twice, led, page, prepared, two_pages
from tests.store.world import MINUTE, NOON, TODAY, World
from worker import log_query, recovery
from worker.db import Store
from worker.log import _label
from worker.log_query import Filters
from worker.models import Delivery
from worker.outbox import withdraw


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return a_page(make_world)


# ---------------------------------------------------------------- prepared, then public


def test_it_is_prepared_at_due_and_public_when_its_slot_opens(world: World) -> None:
    """Not a second earlier; the prepare spends no try and is neither late nor public."""
    # given nothing before due
    world.to(DUE - MINUTE)
    world.run("facebook")
    assert page(world).prepared == []

    # when it is due
    there = prepared(world)

    # then it stands there unseen, and waits for its hour
    assert (there.state, there.ref, there.counted, there.late) == ("ready", "p0", 0, False)
    assert there.prepared_at == DUE
    assert [b.next_attempt_at for b in world.batches("facebook")] == [NOON]
    [attempt] = world.attempts()
    assert (attempt.outcome, attempt.counted, attempt.ref) == ("prepared", False, "p0")
    world.to(NOON - timedelta(seconds=1))
    world.run("facebook")
    assert page(world).shown == []

    # and is made public, by its ref, at noon
    world.to(NOON)
    world.run("facebook")
    after = world.one("facebook")
    assert (after.state, after.attempts, after.counted, after.late) == ("delivered", 2, 1, False)
    assert [m.ref for m in page(world).sent] == ["p0"]
    assert page(world).shown == [there.id] == page(world).left()


def test_the_log_says_that_it_is_prepared(world: World) -> None:
    """Beside "Chờ gửi", and in its story."""
    there = prepared(world)
    zone = world.office().force.programme.zone()
    with world.store.read() as s:
        [row] = [log_query.as_line(r, zone)
                 for r in log_query.page(s, Filters(channel="facebook", last=TODAY), limit=5)]
        told = log_query.story(s, there.id, zone)
    assert (row["state"], row["prepared"], row["detail"]) == ("ready", True, "đã chuẩn bị")
    assert _label(row) == "Chờ gửi, đã chuẩn bị"
    assert [x["outcome"] for x in told if x["what"] == "attempt"] == ["prepared"]
    assert [x.get("prepared") for x in told if x["what"] == "settled"] == [True]


def test_what_a_channel_does_not_prepare_waits_for_its_slot(world: World) -> None:
    """Nothing begins ahead, and no turn after turn is spent on it."""
    page(world).prepares_all = False
    assert prepared(world).attempts == 0
    assert [b.next_attempt_at for b in world.batches("facebook")] == [NOON]
    world.to(NOON)
    world.run("facebook")
    assert (page(world).prepared, len(page(world).shown)) == ([], 1)
    assert world.states("facebook") == ["delivered"]


def test_an_error_in_a_channel_that_is_asked_is_told_and_holds_nothing_up(world: World) -> None:
    """It is published at its slot all the same."""
    page(world).prepares_all = ValueError("x")
    assert prepared(world).attempts == 0
    assert [b.split(":")[0] for b in world.seen.bugs] == ["facebook.prepares"]
    world.to(NOON)
    world.run("facebook")
    assert world.states("facebook") == ["delivered"]


def test_of_two_pages_each_goes_its_own_way(make_world: MakeWorld) -> None:
    """One is prepared at the second try, while the other waits for the slot."""
    world = two_pages(make_world)
    page(world).script = [Retry("busy", "")]
    world.to(DUE)
    world.run("facebook")
    assert world.states("facebook") == ["ready", "queued"]
    world.clock.advance(60)
    world.run("facebook")
    assert [m.target[-1] for m in page(world).prepared] == ["1", "1"]
    assert page(world).left() == [world.deliveries("facebook")[0].id]
    world.to(NOON)
    world.run("facebook")
    assert sorted(page(world).shown) == sorted(d.id for d in world.deliveries("facebook"))


def test_a_prepare_is_retried_until_its_slot(world: World) -> None:
    """However often it was refused before, at noon it is published plainly, with all its tries."""
    page(world).script = [Retry("busy", "") for _ in range(100)]
    world.to(DUE)
    while world.clock.now() < NOON:
        world.run("facebook")
        waiting = world.one("facebook")
        assert (waiting.state, waiting.counted) == ("ready", 0)
        [batch] = world.batches("facebook")
        assert batch.next_attempt_at <= NOON
        world.to(batch.next_attempt_at)
    assert len(page(world).prepared) == 6

    page(world).script = [Retry("busy", "")]
    world.run("facebook")
    assert (world.one("facebook").state, world.one("facebook").counted) == ("ready", 1)
    world.clock.advance(60)
    world.run("facebook")
    assert [m.ref for m in page(world).sent] == ["", ""]
    assert len(page(world).shown) == 1


def test_a_wait_that_a_gateway_asks_for_ends_with_the_slot(world: World) -> None:
    """It asked for two hours; at noon the text is published all the same."""
    page(world).script = [Retry("busy", "", retry_after=7200.0)]
    prepared(world)
    world.to(NOON)
    world.run("facebook")
    assert (world.states("facebook"), len(page(world).shown)) == (["delivered"], 1)


def test_the_hour_of_airing_counts_not_that_of_the_prepare(make_world: MakeWorld) -> None:
    """Quiet hours over the moment it is due: nobody sees or hears a prepare."""
    world = make_world(led() + '\n[[quiet_hours]]\nstart = "10:45"\nend = "11:15"\n')
    world.fakes["facebook"] = Page(world)
    assert prepared(world).prepared_at == DUE


def test_a_text_that_is_refused_is_refused(world: World) -> None:
    """There is time to mend it: the refusal is told before the slot."""
    page(world).script = [Rejected("policy", "")]
    assert prepared(world).state == "rejected"
    world.to(NOON)
    world.run("facebook")
    assert page(world).shown == []


# ---------------------------------------------------------------- restored, checked, indexed


def test_after_a_restore_what_was_prepared_since_is_found(world: World, tmp_path: Path) -> None:
    """The backup knows of no prepare: asked for, found, and public once."""
    # given a post that this database does not know of
    first = world.one("facebook")
    page(world).posts["p0"] = Post(first.id)
    world.to(DUE + MINUTE)

    # when it recovers
    recovery.recover(world.store, tmp_path, world.clock.now(),
                     recovery.Doubt(DUE - MINUTE, "restored"))
    assert world.states("facebook") == ["uncertain"]
    world.house().sweep()
    find_twice(world)
    world.to(NOON)
    world.run("facebook")

    # then
    assert (page(world).prepared, page(world).shown) == ([], [first.id])


def test_after_a_restore_nothing_is_made_public_by_an_old_ref(
    world: World, tmp_path: Path
) -> None:
    """It may have been withdrawn since: only what is found is sent."""
    prepared(world)
    page(world).posts["p0"].gone = True
    world.to(NOON + MINUTE)
    recovery.recover(world.store, tmp_path, world.clock.now(), recovery.Doubt(DUE, "restored"))
    world.house().sweep()
    world.run("facebook")
    assert (world.states("facebook"), page(world).sent) == (["uncertain"], [])


def test_what_was_prepared_is_looked_for_along_its_index(tmp_path: Path, store: Store) -> None:
    """The sweep asks every few seconds, and the log may hold millions of rows."""
    del tmp_path
    with store.read() as s:
        of_part = dict[str, str]()
        if s.get_bind().dialect.name != "sqlite":
            s.execute(text("SET LOCAL enable_seqscan = off"))
            of_part = dict(s.execute(text(
                "SELECT inhrelid::regclass::text, inhparent::regclass::text FROM pg_inherits"
            )).all())
        seen: list[str] = []
        for column, index in (
            (withdraw._LEFT, "ix_delivery_prepared"),
            (Delivery.withdrawn_at.is_not(None), "ix_delivery_withdrawn"),
        ):
            query = select(Delivery.id).where(column).compile(s.get_bind())
            explain = "EXPLAIN QUERY PLAN" if s.get_bind().dialect.name == "sqlite" else "EXPLAIN"
            plan = str(s.execute(text(f"{explain} {query}")).all())
            named = re.findall(r"(?:Index (?:Only )?Scan (?:using|on)|INDEX) (\w+)", plan)
            used = {of_part.get(name, name) for name in named}
            seen += [index] if used == {index} else [plan]
    assert seen == ["ix_delivery_prepared", "ix_delivery_withdrawn"]
