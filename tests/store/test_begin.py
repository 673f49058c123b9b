"""Begin: the commit before the wire asks every question at once. Both databases."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.orm import Session

from tests.store.conftest import MakeWorld
from tests.store.world import CLOSES, HERE, MINUTE, NOON, World, a_text
from worker.db import store_now
from worker.home import TRAINING_UID
from worker.models import (
    AccountRow,
    Batch,
    Installation,
    Item,
    Occurrence,
    StopOrder,
)
from worker.outbox.acts import drop_unbegun
from worker.outbox.begin import MARGIN, begin
from worker.outbox.claim import claim, letters
from worker.outbox.units import Begun, Lease, Letter, Worker

TRY = 10.0
LEASE = timedelta(seconds=60)
DELIVERY_COUNT = 40


def take(world: World, worker: Worker, channel: str = "sms", limit: int = 10) -> list[Lease]:
    with world.store.write() as s:
        return claim(s, world.clock.now(), store_now(s, world.clock), worker, channel,
                     lease_for=LEASE, limit=limit)


class Claimed:
    """A leased batch at noon, ready to be begun."""

    def __init__(self, world: World, channel: str = "sms") -> None:
        world.to(NOON)
        self.world, self.worker = world, world.worker()
        [self.lease] = take(world, self.worker, channel)
        with world.store.read() as s:
            self.letters: list[Letter] = letters(s, self.lease, world.clock.now())

    def begin(self, lease: Lease | None = None, *, version: int | None = None) -> list[Begun]:
        with self.world.store.write() as s:
            newest = version or s.scalars(text("SELECT max(id) FROM programme_version")).one()
            return begin(
                s, self.world.clock.now(), store_now(s, self.world.clock), self.worker,
                lease or self.lease, self.letters, try_seconds=TRY, programme_version=newest,
                late_after=5 * MINUTE)

    def change(self, act: Callable[[Session, "Claimed"], Any]) -> None:
        with self.world.store.write() as s:
            act(s, self)


def stop(channel: str) -> Callable[[Session, Claimed], Any]:
    return lambda s, _: s.add(StopOrder(channel=channel, reason="r", by="a", at=NOON))


def lift(s: Session, c: Claimed) -> None:
    s.execute(update(StopOrder).values(first_start_by="a", second_start_by="b", lifted_at=NOON))


def account(name: str, **values: Any) -> Callable[[Session, Claimed], Any]:
    return lambda s, _: s.add(AccountRow(
        channel="sms", account=name, failures=0, value_version=0, **values))


def free(s: Session, c: Claimed) -> None:
    s.execute(delete(AccountRow))


def batch(**values: Any) -> Callable[[Session, Claimed], Any]:
    return lambda s, c: s.execute(update(Batch).where(Batch.id == c.lease.batch_id).values(values))


def item(state: str) -> Callable[[Session, Claimed], Any]:
    return lambda s, _: s.execute(update(Item).values(state=state))


def cancelled(at: datetime | None) -> Callable[[Session, Claimed], Any]:
    return lambda s, _: s.execute(update(Occurrence).values(cancelled_at=at))


def lease_left(seconds: float) -> Callable[[Session, Claimed], Any]:
    return lambda s, c: batch(
        lease_until=store_now(s, c.world.clock) + timedelta(seconds=seconds))(s, c)


def token(s: Session, c: Claimed) -> None:
    batch(lease_token=c.lease.token)(s, c)


RULES: dict[str, tuple[Callable[[Session, Claimed], Any], Callable[[Session, Claimed], Any]]] = {
    "an emergency stop of everything": (stop("*"), lift),
    "an emergency stop of this channel": (stop("sms"), lift),
    "a pause of the channel": (account("*", paused_at=NOON, paused_by="a"), free),
    "a pause of the account": (account("chinh", paused_at=NOON, paused_by="a"), free),
    "an account the gateway refused": (account("chinh", blocked_until=NOON + MINUTE), free),
    "an item sent back": (item("returned"), item("approved")),
    "an item recalled": (item("recalled"), item("approved")),
    "another version of the item": (batch(item_version=2), batch(item_version=1)),
    "a cancelled occurrence": (cancelled(NOON), cancelled(None)),
    "closing": (batch(closes_at=NOON), batch(closes_at=CLOSES)),
    "a lease taken by another": (batch(lease_token="another"), token),
    "a batch given back": (batch(state="ready"), batch(state="leased")),
    "a lease that ends within the try": (
        lease_left(TRY + MARGIN - 1), lease_left(TRY + MARGIN + 9)),
}


@pytest.mark.parametrize("rule", RULES)
def test_begin_forbids(world: World, rule: str) -> None:
    """Between the claim and the wire: what is forbidden now begins nothing; lifted, it does."""
    # given a batch in our hands
    claimed = Claimed(world)
    forbid, allow = RULES[rule]

    # when it is forbidden meanwhile
    claimed.change(forbid)
    # then nothing begins, and nothing is written
    assert claimed.begin() == []
    assert world.attempts() == []

    # when it is allowed again
    claimed.change(allow)
    # then it begins, written down before a byte goes out
    assert len(claimed.begin()) == 1
    [attempt] = world.attempts()
    assert (attempt.number, attempt.ended_at, attempt.begun_at) == (1, None, NOON)
    assert world.states() == ["sending"]


@pytest.mark.parametrize("other", [
    stop("facebook"), account("du-phong", paused_at=NOON, paused_by="a"),
    account("chinh", blocked_until=NOON),
], ids=["stop of another channel", "pause of another account", "a refusal that is over"])
def test_what_is_not_ours_does_not_hold_us(
    world: World, other: Callable[[Session, Claimed], Any]
) -> None:
    """Stops, pauses and refusals hold their own channel, account and time only."""
    claimed = Claimed(world)
    claimed.change(other)
    assert len(claimed.begin()) == 1


def test_begin_asks_for_the_window(world: World) -> None:
    """Outside its windows nothing begins; `until` is not part of a window."""
    claimed = Claimed(world)
    before = (NOON - MINUTE, NOON)
    assert claimed.begin(replace(claimed.lease, windows=(before,))) == []
    assert len(claimed.begin(replace(claimed.lease, windows=(before, (NOON, NOON + MINUTE))))) == 1


def test_begin_asks_for_the_newest_programme(world: World) -> None:
    """Judged by an older programme, nothing begins: its window may be an old one."""
    claimed = Claimed(world)
    world.programme(a_text() + "\n# một bản mới")
    assert claimed.begin(version=1) == []
    assert len(claimed.begin(version=2)) == 1


def test_a_real_installation_sends_nothing_before_it_is_live(world: World) -> None:
    """`golive` opens the tap; until then only its tests go out."""
    claimed = Claimed(world)
    claimed.change(lambda s, _: s.execute(delete(Installation)))
    claimed.change(lambda s, _: s.execute(insert(Installation), [{
        "uid": str(TRAINING_UID), "training": False, "created_at": NOON}]))
    assert claimed.begin() == []

    claimed.change(lambda s, _: s.execute(update(Installation).values(live_at=NOON)))
    assert len(claimed.begin()) == 1


def test_what_was_begun_is_not_begun_again(world: World) -> None:
    """One letter begins once, however often it is asked for."""
    claimed = Claimed(world)
    assert len(claimed.begin()) == 1
    assert claimed.begin() == []
    assert len(world.attempts()) == 1


def test_begun_late_is_marked_late(world: World) -> None:
    """More than `late_after` after opening it goes out all the same, marked late."""
    claimed = Claimed(world)
    world.clock.advance(301)
    claimed.change(lease_left(60))
    assert [b.late for b in claimed.begin()] == [True]
    assert world.one().late


def test_another_items_approval_lets_nothing_out(world: World) -> None:
    """The occurrence went on to another item; what is left of the first stays in."""
    claimed = Claimed(world)
    claimed.change(lambda s, _: s.execute(update(Occurrence).values(item_id="khac")))
    claimed.change(item("returned"))
    assert claimed.begin() == []


def test_the_urgent_is_claimed_first_then_the_longest_due(world: World) -> None:
    """Whatever was planned first: rank, then due, decide."""
    world.to(NOON)
    [first] = world.batches()
    rows = {c.key: getattr(first, c.key) for c in Batch.__table__.columns if c.key != "id"}
    with world.store.write() as s:
        s.execute(insert(Batch), [
            {**rows, "ordinal": 1, "next_attempt_at": NOON - MINUTE},
            {**rows, "ordinal": 2, "priority_rank": 0},
        ])
    worker = world.worker()
    claimed = [take(world, worker, limit=1)[0].batch_id for _ in range(3)]
    ids = {b.ordinal: b.id for b in world.batches()}
    assert claimed == [ids[2], ids[1], ids[0]]
    assert take(world, worker) == []


def test_two_workers_claim_disjoint_batches(make_world: MakeWorld) -> None:
    """Claims at the same moment from two connections: each batch is in one hand."""
    # given forty batches due
    world = make_world()
    world.to(NOON)
    with world.store.write() as s:
        first = world.batches()[0]
        s.execute(insert(Batch), [
            {**{c.key: getattr(first, c.key) for c in Batch.__table__.columns if c.key != "id"},
             "ordinal": n} for n in range(1, DELIVERY_COUNT)])
    workers = [world.worker("may-1"), world.worker("may-2")]
    found: list[list[int]] = [[], []]
    start = threading.Barrier(2)

    def work(n: int) -> None:
        start.wait()
        while leases := take(world, workers[n], limit=3):
            found[n] += [x.batch_id for x in leases]

    # when two workers take them at once
    threads = [threading.Thread(target=work, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)

    # then all are taken, none twice
    assert len(found[0] + found[1]) == DELIVERY_COUNT
    assert len(set(found[0] + found[1])) == DELIVERY_COUNT


def test_a_begin_and_a_cancel_at_once_agree(make_world: MakeWorld) -> None:
    """Whoever is first, each delivery ends either begun or cancelled, never both or neither."""
    # given a worker that is busy beginning
    world = make_world(a_text(targets=DELIVERY_COUNT))
    claimed = Claimed(world)
    busy = threading.Event()
    begun: list[Begun] = []

    def work() -> None:
        for n, letter in enumerate(claimed.letters):
            with world.store.write() as s:
                begun.extend(begin(
                    s, world.clock.now(), store_now(s, world.clock), claimed.worker,
                    claimed.lease, [letter], try_seconds=TRY, programme_version=1,
                    late_after=5 * MINUTE))
            if n == DELIVERY_COUNT // 4:
                busy.set()

    # when a person cancels in the midst of it
    thread = threading.Thread(target=work)
    thread.start()
    assert busy.wait(300)
    with world.store.write() as s:
        count = drop_unbegun(s, world.clock.now(), [HERE], ("publish",), channel="sms",
                             actor="soan")
    thread.join(300)

    # then every delivery is one of the two, and what is written agrees
    assert len(begun) + count == DELIVERY_COUNT
    assert world.states().count("sending") == len(begun) == len(world.attempts())
    assert world.states().count("cancelled") == count
