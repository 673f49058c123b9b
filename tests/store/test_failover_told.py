"""
A server that took over: nobody begins on it until every node that lived has compared what it
began last; what is missing stands as uncertain, and who cannot tell makes it a recovery.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, update

from tests.postgres import Cluster
from tests.store.correcting import recall
from tests.store.world import MINUTE, NOON, World
from worker import failover, mark
from worker.clock import VirtualClock
from worker.db import Store, timeline
from worker.errors import UserError
from worker.failover import PATIENCE, Failover
from worker.home import Home
from worker.models import Attempt, Batch, Delivery, Installation, Node
from worker.postgresql import is_older
from worker.witness import KEPT, Lane, Try, Witness


@pytest.fixture
def world(
    postgres: Cluster, planned_postgres: str, clock: VirtualClock, tmp_path: Path
) -> Iterator[World]:
    with postgres.database(planned_postgres) as url, closing(Store(url)) as store:
        yield World(store, clock, tmp_path)


def here(world: World) -> str:
    with world.store.read() as s:
        return timeline(s) or ""


def promoted(world: World) -> str:
    """As if the server had been another until now: the rows say so, the server does not."""
    now = here(world)
    with world.store.write() as s:
        s.execute(update(Installation).values(timeline=now[:-8] + "00000000"))
    return now


def of_node(world: World) -> Failover:
    return Failover(Home(world.office().settings, world.store, world.clock))


def taken_up(world: World) -> tuple[bool, int]:
    with world.store.read() as s:
        row = s.scalars(select(Installation)).one()
        return row.timeline == here(world), row.epoch


def forgotten(world: World, channel: str, kind: str = "publish") -> None:
    """What has begun on this channel is lost, as it is on a replica that lacks the last seconds."""
    with world.store.write() as s:
        keys = s.scalars(select(Delivery.id).where(
            Delivery.channel == channel, Delivery.kind == kind, Delivery.attempts > 0)).all()
        assert keys
        s.execute(Attempt.__table__.delete().where(Attempt.delivery_id.in_(keys)))
        s.execute(update(Delivery).where(Delivery.id.in_(keys)).values(
            state="queued", attempts=0, counted=0, first_try_at=None, settled_at=None, ref=""))
        s.execute(update(Batch).where(Batch.channel == channel, Batch.state == "done")
                  .values(state="ready"))


def test_nobody_begins_on_another_timeline(world: World) -> None:
    promoted(world)
    world.to(NOON)
    world.run("sms")
    assert world.states("sms") == ["queued"]

    with world.store.write() as s:  # nobody has looked yet: as an installation of before
        s.execute(update(Installation).values(timeline=None))
    world.clock.advance(2)
    world.run("sms")
    assert world.states("sms") == ["delivered"]


def test_what_is_all_there_costs_nothing(world: World) -> None:
    """A synchronous replica: the timeline is taken up, and nothing is doubted."""
    world.to(NOON)
    world.run("sms")
    worker = world.worker("may-1")
    promoted(world)

    assert of_node(world).look(worker)

    assert taken_up(world) == (True, 1)
    assert world.states("sms") == ["delivered"]
    assert world.states("facebook") == ["queued"]
    assert world.alarms() >= {"failover"}


def test_what_went_out_and_is_not_there_is_written_down(world: World) -> None:
    """As a try of ours, and never sent again; what did not go out goes on."""
    world.to(NOON)
    world.run("sms")
    worker = world.worker("may-1")
    forgotten(world, "sms")
    promoted(world)

    assert of_node(world).look(worker)
    world.clock.advance(5)
    world.run("sms")
    world.run("facebook")

    assert taken_up(world) == (True, 1)
    assert world.states("sms") == ["uncertain"]
    assert world.states("facebook") == ["delivered"]
    assert world.far.most() == 1
    assert world.alarms() >= {"failover/may-1"}


def test_what_was_taken_back_and_is_not_there_is_taken_back_again(world: World) -> None:
    """Twice does no harm; its lost try keeps its number."""
    world.to(NOON)
    world.run("facebook")
    recall(world, "td-01")
    world.run("facebook")
    worker = world.worker("may-1")
    assert world.states("facebook", kind="recall") == ["delivered"]
    forgotten(world, "facebook", "recall")
    promoted(world)

    assert of_node(world).look(worker)
    world.clock.advance(5)
    world.run("facebook")

    assert taken_up(world) == (True, 1)
    assert world.states("facebook", kind="recall") == ["delivered"]
    assert len(world.fakes["facebook"].recalled) == 2


def test_who_has_looked_keeps_off_the_old_server(world: World) -> None:
    """Also when its connections are from before the promotion."""
    worker, newest = world.worker("may-1"), world.store.newest
    assert newest is not None
    newest._seen = ""
    promoted(world)
    assert of_node(world).look(worker)
    assert newest._seen == here(world)


def test_a_node_that_lived_is_waited_for(world: World) -> None:
    """The other may know more; when it says nothing all that was due is doubted, once."""
    one, other = world.worker("may-1"), world.worker("may-2")
    world.to(NOON)
    promoted(world)
    mine, its = of_node(world), of_node(world)

    assert not mine.look(one)
    assert taken_up(world) == (False, 1)
    assert its.look(other)
    assert taken_up(world) == (True, 1)

    promoted(world)
    with world.store.write() as s:
        s.execute(update(Node).values(timeline=None))
    assert not mine.look(one)
    world.clock.advance(PATIENCE + 1)
    assert mine.look(one)
    assert taken_up(world) == (True, 2)
    assert its.look(other)
    assert world.states("sms") == ["uncertain"]


def test_a_node_gone_long_ago_is_not(world: World) -> None:
    one, other = world.worker("may-1"), world.worker("may-2")
    with world.store.write() as s:
        s.get_one(Node, other.node).heartbeat_at -= timedelta(minutes=2)
    promoted(world)
    assert of_node(world).look(one)
    assert taken_up(world) == (True, 1)


def test_who_is_not_there_itself_cannot_tell(world: World) -> None:
    """Its registration is missing: who knows what else."""
    one = world.worker("may-1")
    world.to(NOON)
    with world.store.write() as s:
        s.execute(Node.__table__.delete())
    promoted(world)
    assert of_node(world).look(one)
    assert taken_up(world) == (True, 2)
    assert world.states("sms") == ["uncertain"]
    with world.store.read() as s:
        assert s.get_one(Node, one.node).incarnation == one.incarnation


def test_more_missing_than_is_remembered(world: World) -> None:
    """Or nothing at all of what is remembered is there: it reaches back, nobody knows how far."""
    tries = [Try(f"{n:036d}", NOON.date(), 1, "t", "chinh", "o", NOON) for n in range(3)]
    with world.store.read() as s:
        assert failover.missing(s, Lane(deque(tries), 3, whole=True)) == tries
        assert failover.missing(s, Lane(deque(tries), 3, whole=False)) is None


def test_what_this_server_has_never_heard_of_cannot_be_told(world: World) -> None:
    worker, witness = world.worker("may-1"), world.store.witness
    witness.note(witness.generation, "sms", [Try("x" * 36, NOON.date(), 1, "t", "a", "o", NOON)])
    promoted(world)
    assert of_node(world).look(worker)
    assert taken_up(world) == (True, 2)


def test_a_recovery_that_was_cut_off_goes_on_under_its_epoch(world: World) -> None:
    """All have told meanwhile; what one of them doubts is doubted by all."""
    worker, node = world.worker("may-1"), of_node(world)
    world.to(NOON)
    promoted(world)
    with world.store.write() as s:
        s.execute(update(Installation).values(epoch=2))
    assert not node.look(worker)
    assert taken_up(world) == (False, 2)
    world.clock.advance(PATIENCE + 1)
    assert node.look(worker)
    assert taken_up(world) == (True, 2)
    assert world.states("sms") == ["uncertain"]


def test_leases_that_only_this_server_knows_of_are_given_back(world: World) -> None:
    world.to(NOON)
    world.run("sms")
    worker = world.worker("may-1")
    forgotten(world, "sms")
    with world.store.write() as s:
        s.execute(update(Batch).where(Batch.channel == "facebook").values(
            state="leased", lease_token="t", node=worker.node, incarnation=worker.incarnation,
            lease_until=world.clock.now() + timedelta(hours=1)))
    promoted(world)
    assert of_node(world).look(worker)
    assert [batch.state for batch in world.batches("facebook")] == ["ready"]


def test_nobody_beats_on_a_server_that_is_not_found_whole(world: World) -> None:
    """Else those that lived with the old one would look as if they had died long before."""
    worker = world.worker("may-1")
    house = world.house(worker)
    promoted(world)
    world.clock.advance(60)
    with world.store.read() as s:
        before = s.get_one(Node, worker.node).heartbeat_at
    house.heartbeat()
    with world.store.read() as s:
        assert s.get_one(Node, worker.node).heartbeat_at == before
    assert of_node(world).look(worker)
    house.heartbeat()
    with world.store.read() as s:
        assert s.get_one(Node, worker.node).heartbeat_at > before


def test_the_mark_beside_the_database_names_its_timeline(world: World) -> None:
    with world.store.write() as s:
        s.execute(update(Installation).values(timeline=here(world)))
    world.house().set_mark()
    found = mark.read(world.var)
    assert found is not None
    assert found.timeline == here(world)


def test_a_restart_that_did_not_sign_off_cannot_tell(world: World) -> None:
    world.to(NOON + MINUTE)
    node = of_node(world)
    name = failover.nodes.node_name(node.home.settings.var)
    world.worker(name)
    promoted(world)
    node.at_start()
    assert taken_up(world) == (True, 2)
    assert world.states("sms") == ["uncertain"]


def test_a_restart_of_one_that_signed_off_goes_on(world: World) -> None:
    world.to(NOON + MINUTE)
    node = of_node(world)
    name = failover.nodes.node_name(node.home.settings.var)
    world.worker(name)
    with world.store.write() as s:
        failover.nodes.signed_off(s, world.clock.now(), name)
    promoted(world)
    node.at_start()
    assert taken_up(world) == (True, 1)
    assert world.states("sms") == ["queued"]


def test_a_server_that_was_replaced_is_refused(world: World) -> None:
    """By its number beside the database at start, and by every connection while it runs."""
    now = here(world)
    newer = now[:-8] + "0000000F"
    node = of_node(world)
    with world.store.read() as s:
        uid = s.scalars(select(Installation.uid)).one()
    mark.write(node.home.settings.var, mark.Mark(uid, 1, NOON, newer))
    with pytest.raises(UserError):
        node.at_start()

    assert world.store.newest is not None
    world.store.newest.saw(newer)
    with pytest.raises(Exception, match="was replaced") as caught:
        world.store.engine.connect()
    assert isinstance(caught.value.__cause__, psycopg.OperationalError)


def test_only_a_number_of_the_same_cluster_is_older() -> None:
    assert is_older("7/00000001", "7/00000002")
    assert is_older("7/0000000F", "7/00000010")
    assert not is_older("8/00000001", "7/00000002")
    assert not is_older("7/00000002", "7/00000002")
    assert not is_older("", "7/00000002")


def test_what_is_committed_after_it_was_told_does_not_go_out() -> None:
    """By a thread whose connection still reaches the old server."""
    witness = Witness(active=True)
    one = Try("a", NOON.date(), 1, "t", "chinh", "o", NOON)
    witness.note(witness.generation, "sms", [one])
    before = witness.generation
    [lane] = witness.told()
    assert list(lane.noted) == [one]
    with pytest.raises(Exception, match="replaced"):
        witness.note(before, "sms", [one])


def test_the_oldest_is_forgotten_first() -> None:
    witness = Witness(active=True)
    tries = [Try(str(n), NOON.date(), 1, "t", "chinh", "o", NOON) for n in range(KEPT + 1)]
    witness.note(0, "sms", tries)
    [lane] = witness.told()
    assert lane.noted[0].id == "1"  # type: ignore[union-attr]
    assert not lane.whole
