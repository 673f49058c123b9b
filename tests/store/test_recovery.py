"""Recovery: a database that may be older than what went out sends nothing twice."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.conftest import START
from tests.store.conftest import MakeWorld
from tests.store.world import CLOSES, HERE, MINUTE, NOON, TODAY, World
from worker import mark, recovery
from worker.db import Store, store_now
from worker.models import Attempt, Audit, Batch, Delivery, Installation
from worker.nodes import others_live
from worker.reconcile import reconcile
from worker.recovery import Doubt

CHANNELS = ("sms", "facebook", "website", "loa")


def our_mark(world: World, *, epoch: int = 1, last: datetime = START, uid: str = "") -> None:
    with world.store.read() as s:
        uid = uid or s.scalars(select(Installation.uid)).one()
    mark.write(world.var, mark.Mark(uid, epoch, last))


def epochs(world: World, epoch: int, recovered: int) -> None:
    with world.store.write() as s:
        s.execute(update(Installation).values(epoch=epoch, recovered_epoch=recovered))


def doubted(world: World, *, joins: bool = False) -> str | None:
    with world.store.read() as s:
        found = recovery.doubt(s, world.var, joins=joins)
    return found.why if found else None


def recover(world: World) -> int:
    return recovery.recover(world.store, world.var, world.clock.now(), Doubt(START, "restored"))


# ---------------------------------------------------------------- when there is a doubt


def test_our_own_database_is_no_doubt(world: World) -> None:
    """The mark agrees with the last begin: an orderly restart."""
    our_mark(world)
    assert doubted(world) is None
    world.to(NOON)
    world.run()
    house = world.house()
    house.set_mark()
    assert doubted(world) is None
    # a crash between two marks leaves the mark behind: no doubt either
    our_mark(world, last=NOON - MINUTE)
    assert doubted(world) is None


def test_a_database_older_than_its_mark_is_doubted(world: World) -> None:
    """Somebody copied an old file back: more had gone out from here than it knows."""
    our_mark(world, last=NOON)
    assert doubted(world) == "older-than-mark"


def test_a_missing_mark_is_a_doubt_once_something_was_planned(
    world: World, tmp_path: Path, migrated_sqlite: Path
) -> None:
    """Another machine, or a lost folder; a fresh installation is not in recovery."""
    assert doubted(world) == "no-mark"
    fresh = Store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'fresh.sqlite3')}")
    with fresh.read() as s:
        assert recovery.doubt(s, world.var) is None
    fresh.close()


def test_a_mark_that_cannot_be_read_is_as_good_as_none(world: World) -> None:
    """Half a file after a power cut."""
    our_mark(world)
    mark.path(world.var).write_text('{"installation": "x"')
    assert doubted(world) == "no-mark"


def test_the_mark_of_another_installation_is_a_doubt(world: World) -> None:
    """The folder belongs to another database."""
    our_mark(world, uid="khac")
    assert doubted(world) == "other-installation"


@pytest.mark.parametrize(("marked", "epoch", "recovered", "joins", "why"), [
    (1, 2, 1, False, "restored"),
    (None, 2, 1, True, "restored"),  # heartbeats that came with the backup prove nothing
    (2, 2, 1, False, "restored"),  # the same backup put back a second time
    (1, 2, 2, False, None),  # another node doubted it: we were only away
    (2, 2, 2, False, None),
    (3, 2, 2, False, "older-epoch"),
    (None, 1, 1, True, None),  # a new node joins others that live
    (None, 1, 1, False, "no-mark"),
])
def test_a_restore_is_doubted_once(
    world: World, marked: int | None, epoch: int, recovered: int, joins: bool, why: str | None
) -> None:
    """By whoever starts first, whatever marks and heartbeats there are; then never again."""
    if marked is not None:
        our_mark(world, epoch=marked)
    epochs(world, epoch, recovered)
    assert doubted(world, joins=joins) == why


def test_only_a_fresh_heartbeat_of_another_node_counts(world: World) -> None:
    """Ten minutes of silence: nobody lives there, and our own name is not another's."""
    world.worker("may-1")
    with world.store.read() as s:
        now = store_now(s, world.clock)
        assert others_live(s, now, "may-2")
        assert not others_live(s, now, "may-1")
        assert not others_live(s, now + timedelta(minutes=11), "may-2")


# ---------------------------------------------------------------- what is doubted


def test_nothing_of_that_time_is_sent_by_itself(world: World) -> None:
    """What fell due until now may be out: uncertain, with a word; what is due later goes on."""
    epochs(world, 2, 1)
    world.to(NOON + 10 * MINUTE)
    assert recover(world) == 4  # noon on three channels; the stations had it yesterday

    for channel in CHANNELS:
        world.run(channel)
        assert world.states(channel) == ["uncertain"]
    assert all(not c.sent for c in world.fakes.values())
    assert world.states(day=TODAY + timedelta(days=1)) == ["queued"]
    assert world.alarms() >= {"recovery"}
    assert world.events()[-1] == "uncertain"
    assert doubted(world) is None
    with world.store.read() as s:
        assert "recovery" in s.scalars(select(Audit.act)).all()


def test_what_nobody_had_planned_yet_is_doubted_too(make_world: MakeWorld) -> None:
    """The backup is three weeks old: today's slot was planned only after it, and may be out."""
    world = make_world()
    epochs(world, 2, 1)
    world.to(NOON + timedelta(days=20, minutes=10))
    recover(world)
    day = TODAY + timedelta(days=20)
    world.run()
    assert world.states(day=day) == ["uncertain"]
    world.house().sweep()
    world.run()
    assert world.fakes["sms"].sent == []


def test_what_is_final_stays_as_it_is(world: World) -> None:
    """Delivered, rejected, accepted: the backup knew, nothing is doubted."""
    world.to(NOON)
    world.run("sms")
    epochs(world, 2, 1)
    recover(world)
    assert world.states("sms") == ["delivered"]
    assert world.states("facebook") == ["uncertain"]


def test_a_far_side_that_knows_keys_and_pages_settles_the_doubt(world: World) -> None:
    """Asked by key: what is out is found, what is not goes out, once, within the slot."""
    # given that the page had it, and the site had not
    world.to(NOON)
    world.run("facebook")
    key = world.one("facebook").id
    with world.store.write() as s:
        s.execute(Attempt.__table__.delete())
        s.execute(update(Delivery).where(Delivery.id == key).values(
            state="queued", attempts=0, first_try_at=None))
        s.execute(update(Batch).where(Batch.channel == "facebook", Batch.state == "done")
                  .values(state="ready"))
    epochs(world, 2, 1)
    world.clock.advance(60)
    recover(world)

    # when housekeeping and asking go on
    for _ in range(3):
        world.clock.advance(121)
        reconcile(world.office(), world.clock.now())
        world.house().sweep()
        for channel in CHANNELS[1:]:
            world.run(channel)

    # then
    assert world.states("facebook") == ["delivered"]
    assert world.states("website") == ["delivered"]
    assert world.far.taken[key] == 1
    assert world.far.most() == 1
    assert world.clock.now() < CLOSES


def test_recovery_twice_is_recovery_once(world: World) -> None:
    """Two nodes start over the restored database at once: the second finds nothing left."""
    epochs(world, 2, 1)
    world.to(NOON + MINUTE)
    assert recover(world) > 0
    assert recover(world) == 0
    assert world.events(HERE).count("uncertain") == 4
