"""Doubt: what nobody answered, and what ends it. Both databases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from channels.values import (
    Absent,
    Accepted,
    Delivered,
    Found,
    Retry,
    Uncertain,
)
from tests.fakes import Held, RecallableChannel
from tests.store.conftest import MakeWorld
from tests.store.world import CLOSES, HERE, HOUR, MINUTE, NOON, World, a_text
from worker.errors import Refused, UserError
from worker.models import Batch, Delivery
from worker.outbox import acts, doubt
from worker.outbox.doubt import COPIES, Traits
from worker.reconcile import ROUND, reconcile

CUT = Uncertain("cut", "đứt giữa chừng")


def in_doubt(world: World, channel: str = "sms", outcome: Any = CUT) -> Delivery:
    world.fakes[channel].script = [outcome]
    world.to(NOON)
    world.run(channel)
    [delivery] = world.deliveries(channel)
    assert delivery.state == "uncertain"
    return delivery


def sweep_and_run(world: World, channel: str, minutes: float = 10.0) -> None:
    """A worker at work for so long: sweeps, turns."""
    house, dispatcher = world.house(), world.dispatcher(channel)
    end = world.clock.now() + timedelta(minutes=minutes)
    while world.clock.now() < end:
        house.sweep()
        world.run(channel, dispatcher)
        world.clock.advance(max(15.0, minutes))  # a long watch looks less often


# ---------------------------------------------------------------- dead workers


def test_a_crash_leaves_what_was_on_the_wire_uncertain_and_the_rest_ready(
    make_world: MakeWorld,
) -> None:
    """A restarted worker takes back its predecessor's leases at once."""
    # given a worker that died with four tries on the wire
    world = make_world(a_text(targets=10))
    world.to(NOON)
    world.dispatcher(pool=Held()).turn()
    assert world.states().count("sending") == 4

    # when its next life starts
    worker = world.worker()
    with world.store.write() as s:
        lost = doubt.reclaim_own(s, world.clock.now(), world.clock.now(), worker)

    # then those are uncertain, and only those; the others go out at once
    assert lost == 4
    world.run(dispatcher=world.dispatcher(worker=worker))
    assert world.states().count("uncertain") == 4
    assert world.states().count("delivered") == 6
    assert [a.ended_at for a in world.attempts()][:4] == [None] * 4
    assert world.events().count("uncertain") == 4


def test_another_nodes_tries_are_left_alone_until_they_are_long_over(world: World) -> None:
    """A worker that is only slow is not robbed: deadline and a minute, then it is doubt."""
    world.to(NOON)
    world.dispatcher(pool=Held(), worker=world.worker("may-1")).turn()
    other = world.house(world.worker("may-2"))
    with world.store.write() as s:
        doubt.reclaim_own(s, world.clock.now(), world.clock.now(), other.worker)
    other.sweep()
    assert world.states() == ["sending"]

    world.clock.advance(11 + doubt.GIVE_UP.total_seconds() - 1)
    other.sweep()
    assert world.states() == ["sending"]

    world.clock.advance(2)
    assert other.anything_to_sweep()
    other.sweep()
    assert world.states() == ["uncertain"]


def test_after_a_crash_was_cleared_up_there_is_nothing_to_sweep(world: World) -> None:
    """The attempt without an end stays visible for ever, and costs nothing."""
    world.to(NOON)
    world.dispatcher(pool=Held()).turn()
    with world.store.write() as s:
        doubt.reclaim_own(s, world.clock.now(), world.clock.now(), world.worker())
        acts.resolve(s, world.clock.now(), "duyet", world.one().id, "went-out", "đã thấy")
        s.execute(update(Batch).values(state="done"))
    world.clock.advance(3600)
    assert not world.house().anything_to_sweep()


def test_after_a_jump_of_the_clock_no_lease_is_judged(world: World) -> None:
    """Somebody set the clock: for one lease period nobody is declared dead by it."""
    world.to(NOON)
    house = world.house(world.worker("may-2"))
    house.watch_clock()
    world.dispatcher(pool=Held(), worker=world.worker("may-1")).turn()
    world.clock.jump(3000)
    assert house.watch_clock() == timedelta(seconds=3000)
    house.sweep()
    assert world.states() == ["sending"]
    assert "clock" in world.alarms()

    world.clock.advance(301)
    house.sweep()
    assert world.states() == ["uncertain"]


# ---------------------------------------------------------------- send again by itself


def test_what_the_far_side_cannot_know_again_is_left_to_a_person(world: World) -> None:
    """Not idempotent, `hold`: however long it stands, it is not sent again."""
    in_doubt(world)
    sweep_and_run(world, "sms")
    assert world.states() == ["uncertain"]
    assert len(world.fakes["sms"].sent) == 1


def test_an_idempotent_channel_is_asked_again_under_the_same_key(world: World) -> None:
    """The far side knows the key: the repeat cannot double."""
    world.fakes["website"].takes = True
    first = in_doubt(world, "website")
    sweep_and_run(world, "website")
    assert world.states("website") == ["delivered"]
    assert {m.key for m in world.fakes["website"].sent} == {first.id}
    assert world.far.taken[first.id] == 1


def test_the_repeats_keep_to_the_schedule_and_end(world: World) -> None:
    """A gateway that never answers gets no storm: the tries of any retry, then a person."""
    world.fakes["website"].script = [CUT] * 1000
    world.to(NOON)
    world.run("website")
    sweep_and_run(world, "website", 60)
    assert world.states("website") == ["uncertain"]
    assert 1 < len(world.fakes["website"].sent) <= 6


def test_the_key_is_forgotten_some_day(world: World) -> None:
    """Beyond the key's lifetime a repeat may double: it stays in doubt."""
    in_doubt(world, "website")
    for lifetime, again in ((60.0, 0), (3600.0, 1)):
        with world.store.write() as s:
            now = NOON + timedelta(minutes=10)
            assert doubt.send_again(s, now, "x", {"website": Traits(True, lifetime)}) == again


def test_where_a_double_is_better_than_silence_it_is_resent(make_world: MakeWorld) -> None:
    """`when_uncertain = "resend"` (danger to life): again, but a few copies at most."""
    world = make_world(a_text(when='id = "canh_giac"\nwhen_uncertain = "resend"\n'))
    world.fakes["sms"].script = [CUT] * 100
    world.fakes["sms"].takes = True
    world.to(NOON)
    world.run()
    sweep_and_run(world, "sms", 60)
    assert len(world.fakes["sms"].sent) == COPIES
    assert world.states() == ["uncertain"]


def test_a_repeat_that_does_not_come_through_ends_in_doubt(world: World) -> None:
    """Sent again because the key is known; what then expires may still be out."""
    in_doubt(world, "website")
    world.fakes["website"].script = [Retry("busy", "", counts=False)] * 500
    sweep_and_run(world, "website", 95)
    assert world.clock.now() > CLOSES
    assert world.states("website") == ["uncertain"]


# ---------------------------------------------------------------- asking


def _ask(world: World, found: Found) -> str:
    world.fakes["facebook"].finds = [found]
    reconcile(world.office(), world.clock.now())
    return world.one("facebook").state


@pytest.mark.parametrize(("found", "state"), [
    (Delivered("r9", "https://x"), "delivered"), (Accepted("r9"), "accepted")])
def test_what_is_found_is_out(world: World, found: Found, state: str) -> None:
    """Asked once, found: the doubt is over, and the far side's id is kept."""
    in_doubt(world, "facebook")
    world.clock.advance(12)
    assert _ask(world, found) == state
    assert world.one("facebook").ref == "r9"
    assert len(world.fakes["facebook"].sent) == 1


def test_absent_counts_only_the_second_time_two_minutes_later(world: World) -> None:
    """The far side may show it late: one "not there" proves nothing."""
    in_doubt(world, "facebook")
    world.clock.advance(12)
    assert _ask(world, Absent()) == "uncertain"
    world.clock.advance(119)
    assert _ask(world, Absent()) == "uncertain"
    assert len(world.fakes["facebook"].asked) == 1  # too early even to ask
    world.clock.advance(1)
    assert _ask(world, Absent()) == "ready"

    world.run("facebook")
    assert world.states("facebook") == ["delivered"]
    assert world.one("facebook").attempts == 2


def test_two_answers_too_close_are_one(world: World) -> None:
    """Asked by hand or by two nodes within the two minutes: still one "not there"."""
    delivery = in_doubt(world, "facebook")
    for seconds, state in ((12, "uncertain"), (60, "uncertain"), (132, "ready")):
        with world.store.write() as s:
            now = NOON + timedelta(seconds=seconds)
            assert doubt.answered(s, now, "x", delivery.id, 1, Absent()) == state


def test_nobody_is_asked_before_the_try_is_over(world: World) -> None:
    """Within its deadline the try may still arrive."""
    in_doubt(world, "facebook")
    assert _ask(world, Absent()) == "uncertain"
    assert world.fakes["facebook"].asked == []


def test_not_knowing_changes_nothing(world: World) -> None:
    """The far side cannot say: asked again in the next round, and the next."""
    in_doubt(world, "facebook")
    for n in range(3):
        world.clock.advance(30)
        assert _ask(world, CUT) == "uncertain"
        assert len(world.fakes["facebook"].asked) == n + 1


def test_an_answer_about_an_earlier_try_is_void(world: World) -> None:
    """Asked, and meanwhile sent again: that it was absent before says nothing now."""
    delivery = in_doubt(world, "facebook")
    with world.store.write() as s:
        assert doubt.answered(s, NOON + MINUTE, "x", delivery.id, 0, Absent()) == "uncertain"
    assert world.one("facebook").absent_at is None


def test_everyone_has_a_turn_to_be_asked_about(make_world: MakeWorld) -> None:
    """Twenty that are never answered do not keep the twenty-first from being asked."""
    world = make_world(a_text(targets=ROUND + 5))
    world.fakes["sms"] = channel = RecallableChannel("sms", world.far)
    channel.script = [CUT] * (ROUND + 5)
    world.to(NOON)
    world.run()
    for _ in range(2):
        world.clock.advance(30)
        channel.finds = [CUT] * ROUND
        reconcile(world.office(), world.clock.now())
    assert len(set(channel.asked)) == ROUND + 5


def test_a_channel_that_breaks_when_asked_does_not_stop_the_round(make_world: MakeWorld) -> None:
    """Its exception is told at the end; the others got their answers."""
    world = make_world(a_text(targets=3))
    world.fakes["sms"] = channel = RecallableChannel("sms", world.far)
    channel.script = [CUT] * 3
    world.to(NOON)
    world.run()
    world.clock.advance(12)
    channel.finds = [RuntimeError("oops"), Delivered("r"), Delivered("r")]
    with pytest.raises(ExceptionGroup):
        reconcile(world.office(), world.clock.now())
    assert sorted(world.states()) == ["delivered", "delivered", "uncertain"]


# ---------------------------------------------------------------- a person decides


@pytest.mark.parametrize(("how", "state"), [
    ("went-out", "accepted"), ("did-not", "cancelled"), ("send-again", "ready")])
def test_a_person_ends_the_doubt(world: World, how: acts.Resolution, state: str) -> None:
    """Three words; each is an event with name and reason."""
    delivery = in_doubt(world)
    with world.store.write() as s:
        assert acts.resolve(s, NOON + MINUTE, "duyet", delivery.id, how, "đã hỏi") == state
    assert world.states() == [state]
    assert world.events()[-1] == "resolved"

    world.clock.advance(60)
    world.run()
    assert world.states() == ["delivered" if state == "ready" else state]
    assert len(world.fakes["sms"].sent) == (2 if state == "ready" else 1)


def _cancel(world: World) -> None:
    with world.store.write() as s:
        acts.cancel_occurrence(s, world.clock.now(), "soan", HERE, "sai")


@pytest.mark.parametrize("change", [
    lambda w: w.clock.advance_to(CLOSES), _cancel], ids=["closed", "cancelled"])
def test_nothing_is_sent_again_once_it_is_over(
    world: World, change: Callable[[World], None]
) -> None:
    """Closed, cancelled or recalled: "send again" is refused with the way out."""
    delivery = in_doubt(world)
    change(world)
    with pytest.raises(Refused), world.store.write() as s:
        acts.resolve(s, world.clock.now(), "duyet", delivery.id, "send-again", "gấp")
    assert world.states() == ["uncertain"]


def test_only_a_doubt_can_be_resolved(world: World) -> None:
    """What is certain is not for a person to change; a wrong key is named."""
    world.to(NOON)
    world.run()
    with pytest.raises(Refused), world.store.write() as s:
        acts.resolve(s, NOON, "duyet", world.one().id, "did-not", "nhầm")
    with pytest.raises(UserError), world.store.write() as s:
        acts.resolve(s, NOON, "duyet", "khong-co", "did-not", "nhầm")
    assert world.states() == ["delivered"]


def test_found_absent_after_closing_expires(world: World) -> None:
    """It surely did not go out, and its slot is over: expired and told, not sent at night."""
    in_doubt(world, "facebook")
    world.to(CLOSES + HOUR)
    world.house().sweep()
    for _ in range(2):
        _ask(world, Absent())
        world.clock.advance(121)
    missed = world.house().sweep()
    assert world.states("facebook") == ["expired"]
    assert [m.channel for m in missed] == ["facebook"]
    assert len(world.fakes["facebook"].sent) == 1


def test_found_absent_when_its_batch_has_expired(make_world: MakeWorld) -> None:
    """The rest of its batch expired long ago: it expires, too, and does not wait for ever."""
    world = make_world(a_text(targets=2))
    world.fakes["sms"] = channel = RecallableChannel("sms", world.far)
    channel.script = [CUT, Retry("busy", "", counts=False, retry_after=7200)]
    world.to(CLOSES - timedelta(seconds=10))
    world.run()
    world.clock.advance(12)
    world.house().sweep()
    assert sorted(world.states()) == ["expired", "uncertain"]
    for _ in range(2):
        channel.finds = [Absent()]
        reconcile(world.office(), world.clock.now())
        world.clock.advance(121)
    world.house().sweep()
    assert world.states() == ["expired", "expired"]


def test_found_absent_after_a_cancel_is_cancelled(world: World) -> None:
    """What was cancelled while in doubt does not come back."""
    in_doubt(world, "facebook")
    _cancel(world)
    world.clock.advance(12)
    _ask(world, Absent())
    world.clock.advance(121)
    assert _ask(world, Absent()) == "cancelled"
    with world.store.read() as s:
        assert s.scalars(select(Batch.state).where(Batch.channel == "facebook",
                                                   Batch.occurrence_id == HERE)).all() \
            == ["cancelled"]


# ---------------------------------------------------------------- receipts


@pytest.mark.parametrize(("before", "tried", "after", "known"), [
    ("sending", 1, "delivered", True), ("uncertain", 1, "delivered", True),
    ("accepted", 1, "delivered", True), ("ready", 1, "delivered", True),
    ("ready", 0, "ready", False), ("delivered", 1, "delivered", True),
    ("rejected", 1, "rejected", False), ("exhausted", 1, "exhausted", False),
    ("expired", 1, "expired", False), ("cancelled", 1, "cancelled", False),
    ("recalled", 1, "recalled", False),
])
def test_a_receipt_moves_what_is_not_final(
    world: World, before: str, tried: int, after: str, known: bool
) -> None:
    """It may end sending, uncertain, accepted, or a ready that was tried; else it is told."""
    key = world.one().id
    with world.store.write() as s:
        s.execute(update(Delivery).where(Delivery.id == key).values(state=before, attempts=tried))
    with world.store.write() as s:
        assert doubt.apply_receipt(s, NOON, key, "delivered", "0", "") is known
    assert world.states() == [after]
    assert world.events()[-1] == ("receipt" if before != after else "late_receipt")
