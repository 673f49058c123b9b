"""Turns of the dispatcher that go wrong, run beside each other, or are the last. Both databases."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, func, select, update
from sqlalchemy.orm import Session

from tests.fakes import FailingStore, Held
from tests.store.conftest import MakeWorld
from tests.store.world import NOON, TODAY, World, a_text
from worker.db import Store
from worker.dispatcher import Dispatcher
from worker.engines.embedded import Inline, Threads
from worker.models import Batch, Delivery


@pytest.mark.parametrize("failures", [1, 2])
def test_a_turn_that_is_not_committed_loses_nothing(
    world: World, failures: int
) -> None:
    """Disk full in the midst: results are settled later, nothing is sent twice."""
    # given an answer that has come, and a database that refuses
    store = FailingStore(world.store.url)
    office = world.office()
    office.store = store
    pool = Held()
    dispatcher = Dispatcher(office, "sms", world.worker(), pool, world.seen)
    world.to(NOON)
    for _ in range(failures):
        store.failing = 1
        with pytest.raises(OSError, match="full"):
            dispatcher.turn()
        assert (dispatcher.flying, pool.calls) == (0, [])
    dispatcher.turn()
    pool.release()

    # when the settling is refused
    for _ in range(failures):
        store.failing = 1
        with pytest.raises(OSError, match="full"):
            dispatcher.turn()
        assert world.states() == ["sending"]
        assert dispatcher.flying == 1

    # then the next turn writes it, once
    world.run(dispatcher=dispatcher)
    assert world.states() == ["delivered"]
    assert world.far.most() == 1
    assert len(world.seen.attempts) == 1
    assert dispatcher.flying == 0
    store.close()


def test_a_lost_lease_leaves_no_hand_behind(world: World) -> None:
    """A batch that comes a second time while a try of its lost lease is on the wire."""
    pool = Held()
    dispatcher = world.dispatcher(pool=pool)
    world.to(NOON)
    dispatcher.turn()
    with world.store.write() as s:  # given back by others, and due once more
        s.execute(update(Batch).where(Batch.channel == "sms")
                  .values(state="ready", lease_token=None))
    dispatcher.turn()
    pool.release()

    world.run(dispatcher=dispatcher)

    assert (dispatcher.hands, dispatcher.flying) == ([], 0)
    assert world.states() == ["delivered"]


def test_a_channel_that_an_edit_took_away_is_given_back(make_world: MakeWorld) -> None:
    """Nothing stays in a hand whose channel is gone: others may have it."""
    # given a hand with a letter on the wire and two that wait for the account's rate
    world = make_world(a_text(targets=3, rate=0.001))
    pool = Held()
    dispatcher = world.dispatcher(pool=pool)
    world.to(NOON)
    dispatcher.turn()
    assert [len(hand.waiting) for hand in dispatcher.hands] == [2]

    # when the channel is gone and the answer comes
    del dispatcher.office.channels["sms"]
    pool.release()
    world.run(dispatcher=dispatcher)

    assert dispatcher.hands == []
    assert [b.state for b in world.batches()] == ["ready"]


def test_threads_send_each_letter_once(make_world: MakeWorld) -> None:
    """Two workers with pools of threads over one outbox: two hundred letters, each once."""
    world = make_world(a_text(targets=200))
    world.to(NOON)
    with world.store.write() as s:  # one batch a target, so that both have something to do
        _split(s)
    dispatchers = [world.dispatcher(pool=Threads(f"t{n}", 8), worker=world.worker(f"may-{n}"))
                   for n in (1, 2)]
    for d in dispatchers:
        d.observer = type(world.seen)()
    threads = [threading.Thread(target=world.run, args=("sms", d)) for d in dispatchers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)

    assert set(world.states()) == {"delivered"}
    assert world.far.most() == 1
    assert len(world.fakes["sms"].sent) == 200


def test_a_worker_takes_no_more_than_fills_its_window(make_world: MakeWorld) -> None:
    """What it does not need yet is the next worker's."""
    # given three batches of more than a window each
    world = make_world(a_text(targets=30))
    world.to(NOON)
    with world.store.write() as s:
        _split(s, 10)
    first, second = (world.dispatcher(pool=Held(), worker=world.worker(f"may-{n}"))
                     for n in (1, 2))

    first.turn()
    second.turn()

    assert [len(d.hands) for d in (first, second)] == [1, 1]
    assert [d.flying for d in (first, second)] == [4, 4]


def test_batches_of_one_fill_the_window_at_once(make_world: MakeWorld) -> None:
    """Taken are as many as the window has room for."""
    world = make_world(a_text(targets=20))
    world.to(NOON)
    with world.store.write() as s:
        _split(s)
    dispatcher = world.dispatcher(pool=Held())

    dispatcher.turn()

    assert (dispatcher.flying, len(dispatcher.hands)) == (4, 4)


@pytest.mark.parametrize("later", [0, 1])
def test_an_account_that_waits_for_its_rate_keeps_no_other_waiting(
    make_world: MakeWorld, later: int
) -> None:
    """A batch of a slow account fills its own hands, not those of the others of its channel."""
    # given two accounts of a channel, a batch each of more than a window; the first is slow
    text = a_text(targets=20, rate=0.001)
    key = 'secrets = { key = "env:KEY" }\nrate = 0.001\n'
    assert key in text
    world = make_world(text.replace(
        key, key + '[[channels.accounts]]\nid = "hai"\nsecrets = { key = "env:KEY" }\n', 1))
    world.to(NOON)
    with world.store.write() as s:
        _split(s, 10)
        newest = select(func.max(Batch.id)).where(Batch.channel == "sms", Batch.day == TODAY)
        s.execute(update(Batch).where(Batch.id == newest.scalar_subquery()).values(
            account="hai", next_attempt_at=NOON + timedelta(seconds=later)))
    dispatcher = world.dispatcher(pool=Held())

    dispatcher.turn()
    if later:
        world.clock.advance(later)
        dispatcher.turn()

    assert {h.lease.account: h.flying for h in dispatcher.hands} == {"chinh": 1, "hai": 3}


def _split(s: Session, size: int = 1) -> None:
    """Of today's batch, batches of so many deliveries."""
    batch = s.scalars(select(Batch).where(Batch.channel == "sms", Batch.day == TODAY)).one()
    rows = s.scalars(select(Delivery).where(Delivery.batch_id == batch.id)).all()
    for n, start in enumerate(range(0, len(rows), size), 1):
        new = Batch(**{c.key: getattr(batch, c.key) for c in Batch.__table__.columns
                       if c.key not in ("id", "ordinal")}, ordinal=n)
        s.add(new)
        s.flush()
        for delivery in rows[start:start + size]:
            delivery.batch_id = new.id
    batch.state = "done"


def test_a_thread_is_made_only_when_none_is_idle() -> None:
    """As many threads as were ever busy at once, and no more than allowed."""
    pool = Threads("t", 3)
    names: list[str] = []

    def calls(count: int, at_once: int) -> None:
        """So many calls, so many of them under way at once; then all threads are idle."""
        together, before = threading.Barrier(at_once), len(names)

        def call() -> None:
            together.wait(60)
            names.append(threading.current_thread().name)

        for _ in range(count):
            pool.submit(call)
        for _ in range(10_000):
            if pool._idle.qsize() >= min(count, pool._made) and len(names) == before + count:
                break
            threading.Event().wait(0.005)

    calls(1, 1)
    calls(1, 1)
    calls(2, 2)
    assert set(names) == {"t-1", "t-2"}

    calls(6, 3)
    pool.close()
    assert set(names) == {"t-1", "t-2", "t-3"}
    assert len(names) == 10


def test_drain_settles_what_is_on_the_wire_and_begins_nothing(make_world: MakeWorld) -> None:
    """Shutdown: the answers are waited for, the rest is given back at once."""
    world = make_world(a_text(targets=10))
    world.to(NOON)
    pool = Threads("t", 4)
    dispatcher = world.dispatcher(pool=pool)
    gate = threading.Event()
    world.fakes["sms"].on_send = lambda _: gate.wait(5)
    dispatcher.turn()
    gate.set()
    dispatcher.drain()
    assert world.states().count("delivered") == 4
    assert world.states().count("queued") == 6
    assert [b.state for b in world.batches()] == ["ready"]
    pool.close()


@pytest.mark.parametrize("committed", [True, False])
def test_a_commit_without_an_answer_leaves_no_doubt(world: World, committed: bool) -> None:
    """Whether the database did it or not: nothing was sent, so it goes out, once."""
    store = Store(world.store.url)
    office = world.office()
    office.store = store
    dispatcher = Dispatcher(office, "sms", world.worker(), Inline(), world.seen)
    world.to(NOON)
    lost = [True, True]

    def lose(connection: Connection) -> None:
        if lost:
            lost.pop()
            if committed:
                connection.connection.commit()
            raise ConnectionError("lost")

    event.listen(store.engine, "commit", lose)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            dispatcher.turn()
        assert not world.far.taken

    world.run(dispatcher=dispatcher)
    world.clock.advance(20.0)  # a try that was none is written down, and repeated soon
    world.run(dispatcher=dispatcher)

    assert world.states() == ["delivered"]
    assert world.far.most() == 1
    store.close()
