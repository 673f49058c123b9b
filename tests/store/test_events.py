"""Events: append-only, numbered without gaps, chained; whoever writes at once. Both databases."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.conftest import START
from tests.fakes import FailingStore
from tests.store.conftest import MakeWorld
from tests.store.world import HERE, NOON, TODAY, World, a_text
from worker.db import Store
from worker.engines.embedded import Threads
from worker.items import approval
from worker.models import Event, Occurrence
from worker.outbox import acts
from worker.outbox.events import Note, append, broken_chain
from worker.outbox.recall import recall_item


def note(n: int = 0, occurrence: str = HERE) -> Note:
    return Note(occurrence, "note", None, {"n": n, "chữ": "Đã gửi", "list": [1, None, True]})


def numbers(store: Store, occurrence: str = HERE) -> list[int]:
    with store.read() as s:
        return list(s.scalars(select(Event.seq).where(Event.occurrence_id == occurrence)
                              .order_by(Event.seq)))


def whole(store: Store, occurrence: str = HERE) -> bool:
    with store.read() as s:
        head = s.scalars(select(Event.hash).where(Event.occurrence_id == occurrence)
                         .order_by(Event.seq.desc())).first()
        return (broken_chain(s, occurrence) is None
                and s.get_one(Occurrence, occurrence).event_head == head)


@pytest.mark.parametrize("statement", [
    "UPDATE event SET kind = 'x'", "DELETE FROM event"])
def test_history_is_not_rewritten(world: World, statement: str) -> None:
    """The database itself refuses, whoever asks."""
    with pytest.raises(DBAPIError, match="append-only"), world.store.write() as s:
        s.execute(text(statement))


def test_events_are_numbered_and_chained(world: World) -> None:
    """From the first event of planning on, without a gap, in order of appending."""
    with world.store.write() as s:
        append(s, START, "a", [note(1), note(2)])
        append(s, datetime(2026, 11, 24, 5, 0, 0, 123456, tzinfo=UTC), "b", [note(3)])
    assert numbers(world.store) == [1, 2, 3, 4]
    assert whole(world.store)
    with world.store.read() as s:
        told = s.execute(select(Event.actor, Event.detail).order_by(Event.seq)
                         .where(Event.occurrence_id == HERE, Event.seq > 1)).all()
    assert [(actor, detail["n"]) for actor, detail in told] == [("a", 1), ("a", 2), ("b", 3)]


def test_what_is_rolled_back_was_never_an_event(world: World) -> None:
    """A transaction that fails leaves no event and no gap."""
    failing = FailingStore(world.store.url)
    failing.failing = 1
    with pytest.raises(OSError, match="full"), failing.write() as s:
        append(s, START, "a", [note(1)])
    failing.close()
    with world.store.write() as s:
        append(s, START, "a", [note(2)])
        with s.begin_nested():  # a savepoint's end is not the end
            append(s, START, "a", [note(3)])
    assert numbers(world.store) == [1, 2, 3]
    assert whole(world.store)


def test_a_forged_event_shows(world: World) -> None:
    """Somebody with the database's own password changed one: the chain names it."""
    with world.store.write() as s:
        append(s, START, "a", [note(n) for n in range(3)])
    with world.store.write() as s:
        s.execute(text("DROP TRIGGER event_no_update" if world.store.sqlite
                       else "ALTER TABLE event DISABLE TRIGGER ALL"))
        s.execute(text("UPDATE event SET actor = 'forged' WHERE seq = 3"))
        assert broken_chain(s, HERE) == 3


def test_two_writers_at_once_share_one_history(world: World) -> None:
    """Two hundred events by two hands: numbered 1 to 201, one chain."""
    start = threading.Barrier(2)

    def write(name: str) -> None:
        start.wait()
        for n in range(50):
            with world.store.write() as s:
                append(s, START, name, [note(n), note(n)])

    threads = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert numbers(world.store) == list(range(1, 202))
    assert whole(world.store)


def test_two_occurrences_in_opposite_order_do_not_block_each_other(world: World) -> None:
    """Whatever the order in which they are told, rows are locked in one order: no deadlock."""
    other = HERE.replace(str(TODAY), "2026-11-25")
    start = threading.Barrier(2)
    errors: list[Exception] = []

    def write(first: str, second: str) -> None:
        start.wait()
        try:
            for n in range(40):
                with world.store.write() as s:
                    append(s, START, "a", [note(n, first)])
                    append(s, START, "a", [note(n, second)])
        except DBAPIError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=pair)
               for pair in ((HERE, other), (other, HERE))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert errors == []
    assert len(numbers(world.store)) == len(numbers(world.store, other)) == 81


def test_all_channels_at_work_leave_whole_chains(make_world: MakeWorld) -> None:
    """Three channels, one thread each, the same occurrences: no deadlock, no gap."""
    world = make_world(a_text(targets=60))
    world.to(NOON)
    errors: list[Exception] = []

    def work(channel: str) -> None:
        dispatcher = world.dispatcher(channel, pool=Threads(channel, 4),
                                      worker=world.worker(channel))
        dispatcher.observer = type(world.seen)()
        try:
            world.run(channel, dispatcher)
        except DBAPIError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(c,)) for c in ("sms", "facebook", "website")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert errors == []
    assert set(world.states()) == {"delivered"}
    assert numbers(world.store) == list(range(1, 1 + 1 + 2 * 62))
    assert whole(world.store)


@pytest.mark.parametrize("act", ["cancel", "recall", "return"])
def test_a_person_acts_while_all_channels_are_at_work(make_world: MakeWorld, act: str) -> None:
    """Cancel, recall, a lost approval in the midst of three busy channels: no deadlock."""
    # given three channels in the midst of their work
    world = make_world(a_text(targets=60))
    world.to(NOON)
    busy = threading.Event()
    world.fakes["sms"].on_send = lambda _: busy.set()
    errors: list[Exception] = []

    def work(channel: str) -> None:
        dispatcher = world.dispatcher(channel, pool=Threads(channel, 4),
                                      worker=world.worker(channel))
        dispatcher.observer = type(world.seen)()
        try:
            world.run(channel, dispatcher)
        except DBAPIError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(c,)) for c in ("sms", "facebook", "website")]
    for thread in threads:
        thread.start()
    assert busy.wait(300)

    # when
    with world.store.write() as s:
        if act == "cancel":
            acts.cancel_occurrence(s, NOON, "soan", HERE, "sai")
        elif act == "recall":
            recall_item(s, NOON, "duyet", "td-01", "sai", world.office().recallable())
        else:
            approval.return_(s, NOON, "td-01", world.people["duyet"], "sai")
    world.plan()
    for thread in threads:
        thread.join(300)

    # then each letter went out once or not at all, and the story is whole
    assert errors == []
    assert set(world.states()) <= {"delivered", "cancelled", "queued"}
    assert world.far.most() == 1
    assert world.states().count("delivered") == len(world.fakes["sms"].sent)
    assert whole(world.store)
