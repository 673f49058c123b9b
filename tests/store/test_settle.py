"""Settle: what came of a try, written once and by the right hand. Both databases."""

import itertools
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from channels.values import Accepted, Delivered, Message, Outcome, Rejected, Retry, Uncertain
from tests.fakes import FakeChannel, Held
from tests.store.conftest import MakeWorld
from tests.store.world import CLOSES, HERE, MINUTE, NOON, World, a_text
from worker import retry
from worker.dispatcher import Dispatcher
from worker.models import Batch, Delivery, WireRef
from worker.outbox import acts, doubt, expire
from worker.retry import POLICIES


@pytest.mark.parametrize(("outcome", "state", "code", "ref"), [
    (Delivered("r1", "https://x"), "delivered", "", "r1"),
    (Accepted("r1"), "accepted", "", "r1"),
    (Rejected("so-sai", "số sai"), "rejected", "so-sai", ""),
    (Uncertain("cut", "đứt"), "uncertain", "cut", ""),
    (Retry("busy", "bận"), "ready", "busy", ""),
    (Retry("busy", "bận", counts=False), "ready", "busy", ""),
])
def test_each_outcome_is_one_state(
    world: World, outcome: Outcome, state: str, code: str, ref: str
) -> None:
    """What the channel says is what the log says: delivery, attempt, event."""
    world.fakes["sms"].script = [outcome]
    world.to(NOON)
    world.run()
    delivery, [attempt] = world.one(), world.attempts()
    assert (delivery.state, delivery.code, delivery.ref) == (state, code, ref)
    assert (attempt.code, attempt.ref, attempt.ended_at is not None) == (code, ref, True)
    assert world.events()[-2:] == ["begun", "settled"]
    assert (delivery.settled_at is None) == (state == "ready")


def test_a_gateways_id_leads_back_to_the_try(world: World) -> None:
    """An accepted message may be reported on: its id is remembered."""
    world.fakes["sms"].script = [Accepted("r1")]
    world.to(NOON)
    world.run()
    with world.store.read() as s:
        found = s.scalars(select(WireRef)).one()
    assert (found.ref, found.delivery_id, found.number) == ("r1", world.one().id, 1)


def test_each_part_of_a_long_message_is_remembered(world: World) -> None:
    """A gateway reports on each part by an id of its own."""
    world.fakes["sms"].script = [Accepted("p1", parts=("p1", "p2"))]
    world.to(NOON)
    world.run()
    with world.store.read() as s:
        found = [(r.ref, r.part, r.of) for r in s.scalars(select(WireRef).order_by(WireRef.id))]
    assert found == [("p1", 1, 2), ("p2", 2, 2)]


def _all_tries(world: World, outcome: Outcome) -> list[datetime]:
    """Every try until nothing is tried any more, always answered the same."""
    tries: list[datetime] = []
    world.fakes["sms"].script = [outcome] * 40
    world.fakes["sms"].on_send = lambda _: tries.append(world.clock.now())
    world.to(NOON)
    dispatcher = world.dispatcher()
    while world.clock.now() < CLOSES:
        world.run(dispatcher=dispatcher)
        due = min((b.next_attempt_at for b in world.batches() if b.state == "ready"), default=None)
        if due is None:
            break
        world.to(due)
    return tries


def test_a_retry_waits_longer_each_time_until_the_tries_are_used_up(world: World) -> None:
    """thong_thuong: 6 tries, 30 s doubling, up to a quarter more as jitter; then exhausted."""
    tries = _all_tries(world, Retry("busy", "bận"))
    waits = [(b - a).total_seconds() for a, b in itertools.pairwise(tries)]
    assert len(tries) == POLICIES["thong_thuong"].tries
    for wait, expected in zip(waits, (30, 60, 120, 240, 480), strict=True):
        assert expected <= wait <= expected * 1.26
    assert world.states() == ["exhausted"]
    assert [a.number for a in world.attempts()] == [1, 2, 3, 4, 5, 6]


def test_an_outage_uses_up_no_tries(world: World) -> None:
    """Nobody was there, nothing was sent: asked every two minutes until the slot closes."""
    tries = _all_tries(world, Retry("connect", "không ai nhận"))
    waits = [(b - a).total_seconds() for a, b in itertools.pairwise(tries)]
    assert len(tries) == 41  # of which the last found somebody
    assert max(waits) == 120.0
    assert world.states() == ["delivered"]


@pytest.mark.parametrize(("kind", "minutes"), [("publish", None), ("recall", 15), ("correct", 15)])
def test_what_is_public_and_wrong_is_tried_until_it_closes(
    kind: str, minutes: int | None
) -> None:
    """Long after a publication has had its tries, a recall is still tried, four times an hour."""
    at = retry.next_try(NOON, Retry("busy", "bận"), priority="khan_cap", counted=500, key="k",
                        kind=kind)
    assert at == (None if minutes is None else NOON + minutes * MINUTE)


def test_a_gateways_own_wait_is_kept(world: World) -> None:
    """Retry-After longer than ours is obeyed; a snooze spends no try."""
    world.fakes["sms"].script = [Retry("busy", "", retry_after=300, counts=False)]
    world.to(NOON)
    world.run()
    delivery = world.one()
    assert delivery.next_attempt_at == NOON + 5 * MINUTE
    assert (delivery.attempts, delivery.counted) == (1, 0)


def test_one_last_chance_before_closing(world: World) -> None:
    """A wait that would end after closing is cut short: half a minute before, once more."""
    world.fakes["sms"].script = [Retry("busy", "", retry_after=7200, counts=False)]
    world.to(NOON)
    world.run()
    assert world.one().next_attempt_at == CLOSES - timedelta(seconds=30)

    world.to(CLOSES - timedelta(seconds=30))
    world.run()
    assert world.states() == ["delivered"]


def test_no_try_begins_after_closing(world: World) -> None:
    """What could not go out in its slot expires, with a word to those on duty."""
    world.fakes["sms"].script = [Retry("busy", "", counts=False)] * 500
    world.to(CLOSES - timedelta(seconds=20))
    world.run()
    world.to(CLOSES)
    world.run()
    [missed] = [m for m in world.house().sweep() if m.channel == "sms"]
    assert (missed.occurrence_id, missed.deliveries) == (HERE, 1)
    assert world.states() == ["expired"]
    assert len(world.fakes["sms"].sent) == 1


# ---------------------------------------------------------------- fencing


class Late:
    """A try on the wire whose worker lost its lease meanwhile."""

    def __init__(self, world: World, outcome: Outcome) -> None:
        self.world, self.pool = world, Held()
        world.fakes["sms"].script = [outcome]
        world.to(NOON)
        self.dispatcher: Dispatcher = world.dispatcher(pool=self.pool)
        self.dispatcher.turn()
        with world.store.write() as s:  # a new life of the node takes back what it had
            doubt.reclaim_own(s, world.clock.now(), world.clock.now(), world.worker())
        assert world.states() == ["uncertain"]

    def answer(self) -> None:
        """The answer comes after all, and is written by the one that had begun."""
        self.pool.release()
        self.world.run(dispatcher=self.dispatcher)


@pytest.mark.parametrize(("outcome", "state"), [
    (Delivered("r1"), "delivered"), (Accepted("r1"), "accepted"), (Rejected("x", ""), "rejected"),
    (Retry("busy", ""), "uncertain"), (Uncertain("cut", ""), "uncertain"),
])
def test_a_late_answer_ends_the_doubt_it_left(
    world: World, outcome: Outcome, state: str
) -> None:
    """Only an answer that is certain ends it; "try again" does not: others may have tried."""
    late = Late(world, outcome)
    late.answer()
    assert world.states() == [state]
    assert world.events()[-1] == ("settled" if state != "uncertain" else "late_result")
    assert world.attempts()[0].ended_at is not None


def test_a_late_answer_never_overwrites_what_a_person_said(world: World) -> None:
    """Resolved as "did not go out": final, the late answer is an event."""
    late = Late(world, Delivered("r1"))
    with world.store.write() as s:
        acts.resolve(s, world.clock.now(), "duyet", world.one().id, "did-not", "đã hỏi")
    late.answer()
    assert world.states() == ["cancelled"]
    assert world.events()[-1] == "late_result"


def test_a_late_answer_never_overwrites_a_later_try(world: World) -> None:
    """The second try is on the wire: the first one's answer must not end it."""
    late = Late(world, Rejected("x", ""))
    with world.store.write() as s:
        acts.resolve(s, world.clock.now(), "duyet", world.one().id, "send-again", "gấp")
    second = Held()
    dispatcher = world.dispatcher(pool=second, worker=world.worker("may-2"))
    dispatcher.turn()
    assert (world.one().state, world.one().attempts) == ("sending", 2)

    late.answer()
    assert world.states() == ["sending"]

    second.release()
    world.run(dispatcher=dispatcher)
    assert world.states() == ["delivered"]
    assert [(a.number, a.outcome) for a in world.attempts()] == [
        (1, "rejected"), (2, "delivered")]


def test_a_late_answer_ends_only_its_own_doubt(world: World) -> None:
    """The second try is in doubt as well: that the first was refused says nothing about it."""
    late = Late(world, Rejected("x", ""))
    with world.store.write() as s:
        acts.resolve(s, world.clock.now(), "duyet", world.one().id, "send-again", "gấp")
    second = world.worker("may-2")
    world.dispatcher(pool=Held(), worker=second).turn()
    with world.store.write() as s:
        doubt.reclaim_own(s, world.clock.now(), world.clock.now(), second)
    late.answer()
    assert world.states() == ["uncertain"]


def test_an_old_crash_does_not_touch_a_new_try(world: World) -> None:
    """An attempt without an end stays for ever; the try that runs now is not given up for it."""
    late = Late(world, Delivered("r1"))  # whose worker really died: never answered
    with world.store.write() as s:
        acts.resolve(s, world.clock.now(), "duyet", world.one().id, "send-again", "gấp")
    world.clock.advance(300)
    pool = Held()
    world.dispatcher(pool=pool, worker=world.worker("may-2")).turn()
    assert world.states() == ["sending"]

    world.house(world.worker("may-3")).sweep()
    with world.store.write() as s:
        doubt.reclaim_own(s, world.clock.now(), world.clock.now(), world.worker("may-1"))

    assert world.states() == ["sending"]
    assert late.dispatcher.flying == 1


# ---------------------------------------------------------------- ended while on the wire


@pytest.mark.parametrize(("end", "state"), [("cancel", "cancelled"), ("close", "expired")])
def test_no_more_tries_of_what_ended_meanwhile(world: World, end: str, state: str) -> None:
    """Cancelled or closed while on the wire, and the gateway says "try again": it is over."""
    def act(message: Message) -> None:
        with world.store.write() as s:
            if end == "cancel":
                acts.cancel_occurrence(s, world.clock.now(), "soan", HERE, "sai")
            else:
                s.execute(update(Batch).values(closes_at=world.clock.now()))
                s.flush()
                expire.expire(s, world.clock.now(), "x")
        assert message.key

    world.fakes["sms"].script = [Retry("busy", "")]
    world.fakes["sms"].on_send = act
    world.to(NOON)
    world.run()
    assert world.states() == [state]
    assert world.one().next_attempt_at is None


@pytest.mark.parametrize("on_the_wire", [False, True])
def test_it_is_over_but_may_be_out(world: World, on_the_wire: bool) -> None:
    """An earlier try proved nothing: then it ends in doubt, never as "not sent"."""
    def cancel(message: Message) -> None:
        assert message.key
        with world.store.write() as s:
            acts.cancel_occurrence(s, world.clock.now(), "soan", HERE, "sai")

    with world.store.write() as s:
        s.execute(update(Delivery).values(maybe_out=True))
    world.fakes["sms"].script = [Retry("busy", "")]
    world.fakes["sms"].on_send = cancel if on_the_wire else str
    world.to(NOON)
    world.run()
    if not on_the_wire:
        cancel(world.fakes["sms"].sent[0])
    assert world.states() == ["uncertain"]


def test_what_succeeds_after_a_cancel_stands(world: World) -> None:
    """What is on its way finishes: the log says that it went out."""
    def cancel(message: Message) -> None:
        with world.store.write() as s:
            acts.cancel_occurrence(s, world.clock.now(), "soan", HERE, message.key[:8])

    world.fakes["sms"].on_send = cancel
    world.to(NOON)
    world.run()
    assert world.states() == ["delivered"]


def test_the_rate_of_an_account_is_kept(make_world: MakeWorld) -> None:
    """Two a second: ten letters take four and a half seconds, evenly."""
    world = make_world(a_text(targets=10, rate=2.0))
    at: list[datetime] = []
    world.fakes["sms"].on_send = lambda _: at.append(world.clock.now())
    world.to(NOON)
    world.run()
    gaps = [(b - a).total_seconds() for a, b in itertools.pairwise(at)]
    assert len(at) == 10
    # what a turn came late for is made up within one slice of 20 ms
    assert all(0.47 < gap < 0.6 for gap in gaps)
    assert 4.47 < (at[-1] - at[0]).total_seconds() < 4.6


def test_a_refusal_after_a_doubt_does_not_deny_the_try_before_it(make_world: MakeWorld) -> None:
    """What was cut may be out; that its repetition is refused proves nothing, and ends them."""
    world = make_world()
    fake = world.fakes["sms"] = FakeChannel("sms", world.far, idempotent=True, key_lifetime=3600)
    fake.script = [Retry("cut", "đứt"), Rejected("het-han", "hết hạn")]
    world.to(NOON)
    world.run()
    world.clock.advance(60)
    world.run()
    assert (world.one().state, world.one().code) == ("uncertain", "het-han")

    world.clock.advance(600)
    world.house().sweep()
    world.run()

    assert (world.one().state, len(fake.sent)) == ("uncertain", 2)
