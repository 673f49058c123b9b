"""Recall, emergency stop, pause, cancel: what persons do, at once and everywhere."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.values import Absent, Delivered, Message, Rejected, Retry, Uncertain
from tests.builders import an_item
from tests.fakes import Held
from tests.store.conftest import MakeWorld
from tests.store.world import HERE, MINUTE, NOON, TODAY, World, a_text
from worker.errors import Refused, UserError
from worker.models import Audit, Batch, Item, StopOrder
from worker.outbox import acts, doubt, orders
from worker.outbox.recall import Recalled, recall_item
from worker.outbox.takeback import RECALL_FOR
from worker.reconcile import reconcile

CHANNELS = ("sms", "facebook", "website", "loa")
OPEN = ("sms", "facebook", "website")  #: at noon; loudspeakers got theirs the evening before
TOMORROW = TODAY + timedelta(days=1)


def recall(world: World, item: str = "td-01") -> Recalled:
    with world.store.write() as s:
        return recall_item(s, world.clock.now(), "duyet", item, "sai số liệu",
                           world.office().recallable())


# ---------------------------------------------------------------- recall


def test_what_has_not_begun_is_cancelled_on_every_channel(world: World) -> None:
    """One person, at once: of all days and channels nothing goes out any more."""
    done = recall(world)
    assert done.cancelled > len(CHANNELS)
    assert (done.opened, done.beyond) == (0, 0)
    for channel in CHANNELS:
        assert set(world.states(channel) + world.states(channel, day=TOMORROW)) == {"cancelled"}
    world.to(NOON)
    for channel in CHANNELS:
        world.run(channel)
    assert world.far.most() == 0


def test_what_is_out_is_taken_back_where_it_can_be(world: World) -> None:
    """Page and site are asked to take it back and it is `recalled`; who has the SMS is counted."""
    # given noon's deliveries are out
    world.to(NOON)
    for channel in OPEN:
        world.run(channel)

    # when it is recalled, and the recalls go out
    done = recall(world)
    for channel in OPEN:
        world.run(channel)

    # then
    assert (done.opened, done.beyond) == (2, 1)
    assert [world.states(c) for c in OPEN] == [["delivered"], ["recalled"], ["recalled"]]
    for channel in OPEN[1:]:
        original = world.one(channel)
        assert world.fakes[channel].recalled == [(original.id, original.ref)]
        assert world.states(channel, kind="recall") == ["delivered"]
    assert world.events().count("recalled") == 2


def test_a_recall_goes_out_during_a_stop_and_at_any_hour(make_world: MakeWorld) -> None:
    """Everything is stopped and the hours are quiet: taking back goes on."""
    quiet = '\n[[quiet_hours]]\nstart = "13:00"\nend = "20:00"\n'
    world = make_world(a_text() + quiet)
    world.to(NOON)
    world.run("facebook")
    with world.store.write() as s:
        orders.stop(s, world.clock.now(), "soan", "*", "sai")
    world.to(NOON + timedelta(hours=3))

    recall(world)
    world.run("facebook")

    assert world.states("facebook") == ["recalled"]


def test_a_recall_waits_for_the_truth_about_what_is_on_the_wire(world: World) -> None:
    """On its way out: taken back as soon as it is known to be out, by the id it then has."""
    pool = Held()
    dispatcher = world.dispatcher("facebook", pool=pool)
    world.to(NOON)
    dispatcher.turn()
    assert recall(world).opened == 1
    world.run("facebook", world.dispatcher("facebook", worker=world.worker("may-2")))
    assert world.fakes["facebook"].recalled == []

    while pool.calls:
        pool.release()
        dispatcher.turn()

    original = world.one("facebook")
    assert world.fakes["facebook"].recalled == [(original.id, f"r-{original.id[:8]}")]
    assert original.state == "recalled"


@pytest.mark.parametrize("answer", [Rejected("x", ""), Retry("busy", "")])
def test_a_recall_of_what_did_not_go_out_is_dropped(
    world: World, answer: Rejected | Retry
) -> None:
    """Refused, or to be tried again: there is nothing to take back, and nothing goes out."""
    pool = Held()
    dispatcher = world.dispatcher("facebook", pool=pool)
    world.fakes["facebook"].script = [answer]
    world.to(NOON)
    dispatcher.turn()
    recall(world)
    pool.release()
    world.run("facebook", dispatcher)

    assert world.states("facebook") == [
        "rejected" if isinstance(answer, Rejected) else "cancelled"]
    assert world.fakes["facebook"].recalled == []
    with world.store.read() as s:
        assert s.scalars(select(Batch.state).where(Batch.kind == "recall")).all() == ["cancelled"]


@pytest.mark.parametrize(("found", "state", "back"), [
    (Delivered("r9"), "recalled", 1), (Absent(), "cancelled", 0)])
def test_a_recall_of_a_doubt_waits_until_it_ends(
    world: World, found: Delivered | Absent, state: str, back: int
) -> None:
    """Found out there: taken back by that id. Surely not there: cancelled, never sent."""
    world.fakes["facebook"].script = [Uncertain("cut", "")]
    world.to(NOON)
    world.run("facebook")
    assert recall(world).opened == 1
    for _ in range(2):
        world.clock.advance(121)
        world.fakes["facebook"].finds = [found]
        reconcile(world.office(), world.clock.now())
    world.run("facebook")
    assert world.states("facebook") == [state]
    assert len(world.fakes["facebook"].recalled) == back
    assert len(world.fakes["facebook"].sent) == 1


def test_a_recall_that_a_dead_worker_left_is_repeated(world: World) -> None:
    """Taking back twice is as good as once, on every channel."""
    world.to(NOON)
    world.run("facebook")
    recall(world)
    world.dispatcher("facebook", pool=Held()).turn()
    with world.store.write() as s:
        doubt.reclaim_own(s, world.clock.now(), world.clock.now(), world.worker())
    assert world.states("facebook", kind="recall") == ["uncertain"]
    world.house().sweep()
    world.run("facebook")
    assert world.states("facebook") == ["recalled"]


def test_a_recall_is_tried_for_seven_days(world: World) -> None:
    """The page is down for days: it is still taken back when it comes up again."""
    world.to(NOON)
    world.run("facebook")
    recall(world)
    world.fakes["facebook"].script = [Retry("down", "", counts=False, retry_after=86400.0)] * 5
    for _ in range(6):
        world.run("facebook")
        world.clock.advance(86400)
    assert world.states("facebook") == ["recalled"]
    assert timedelta(days=7) == RECALL_FOR


def test_a_recall_follows_the_text_not_the_place(world: World) -> None:
    """The place went on to another item; the text that is out is the one taken back."""
    world.to(NOON)
    world.run("facebook")
    world.run("website")
    world.approved(an_item("td-02"))
    with world.store.write() as s:
        s.execute(update(Batch).where(Batch.channel.in_(["website", "sms"]), Batch.day == TODAY)
                  .values(item_id="td-02"))
    done = recall(world)
    world.run("facebook")
    world.run("website")
    assert (done.opened, done.beyond) == (1, 0)
    assert (world.states("facebook"), world.states("website")) == (["recalled"], ["delivered"])
    assert [b.state for b in world.batches("sms")] == ["ready"]


def test_a_recall_twice_or_of_nothing_is_refused(world: World) -> None:
    """The second time there is nothing left to do; a wrong name is named."""
    recall(world)
    with pytest.raises(Refused):
        recall(world)
    with pytest.raises(UserError):
        recall(world, "khong-co")


# ---------------------------------------------------------------- stop, start


def test_stop_takes_one_person_and_start_two(world: World) -> None:
    """One says stop, at once; one alone cannot start again, however often."""
    world.to(NOON)
    with world.store.write() as s:
        orders.stop(s, NOON, "soan", "*", "tin sai")
    world.run()
    assert world.fakes["sms"].sent == []

    for person, waiting in (("soan", 1), ("soan", 1), ("duyet", 0)):
        with world.store.write() as s:
            assert len(orders.start(s, NOON, person, None)) == waiting
        world.run()
        assert len(world.fakes["sms"].sent) == (0 if waiting else 1)
    with world.store.read() as s:
        acts_told = s.scalars(select(Audit.act).where(Audit.act.in_(["stop", "start"]))).all()
        order = s.scalars(select(StopOrder)).one()
    assert acts_told == ["stop", "start", "start", "start"]
    assert (order.first_start_by, order.second_start_by) == ("soan", "duyet")


def test_a_stop_of_one_channel_lets_the_others_go_on(world: World) -> None:
    """`stop --channel`: only this one; `start` of another channel lifts nothing."""
    world.to(NOON)
    with world.store.write() as s:
        orders.stop(s, NOON, "soan", "sms", "cổng lỗi")
    world.run("sms")
    world.run("facebook")
    assert (world.states("sms"), world.states("facebook")) == (["queued"], ["delivered"])
    with pytest.raises(Refused), world.store.write() as s:
        orders.start(s, NOON, "duyet", "facebook")


def test_what_a_stop_held_expires_in_its_slot(world: World) -> None:
    """Started again after the slot: nothing of it goes out at another hour."""
    world.to(NOON)
    with world.store.write() as s:
        orders.stop(s, NOON, "soan", "*", "sai")
    world.to(NOON + timedelta(hours=5))
    with world.store.write() as s:
        orders.start(s, world.clock.now(), "soan", None)
        orders.start(s, world.clock.now(), "duyet", None)
    world.run()
    missed = world.house().sweep()
    assert {m.channel for m in missed} >= set(OPEN)
    assert world.states() == ["expired"]


# ---------------------------------------------------------------- pause, resume, cancel


@pytest.mark.parametrize("account", ["*", "chinh"])
def test_a_pause_holds_and_a_resume_lets_go(world: World, account: str) -> None:
    """Of a channel or of one account: nothing new begins until it is resumed."""
    world.to(NOON)
    with world.store.write() as s:
        orders.pause(s, NOON, "soan", "sms", account, "hết tiền")
    world.run()
    assert world.states() == ["queued"]
    with world.store.write() as s:
        assert orders.resume(s, NOON, "soan", "sms", account)
        assert not orders.resume(s, NOON, "soan", "sms", account)
    world.run()
    assert world.states() == ["delivered"]


@pytest.mark.parametrize("account", ["*", "chinh"])
def test_resume_lifts_the_rest_of_a_refused_account(world: World, account: str) -> None:
    """The token is mended: neither the account nor its messages wait for its rest to end."""
    world.fakes["sms"].script = [Retry("auth", "", counts=False, scope="account",
                                       retry_after=3000)]
    world.to(NOON)
    world.run()
    world.clock.advance(30)
    world.run()
    assert len(world.fakes["sms"].sent) == 1
    with world.store.write() as s:
        assert orders.resume(s, world.clock.now(), "soan", "sms", account)
    world.run()
    assert world.states() == ["delivered"]


def test_resume_of_a_channel_leaves_the_pause_of_one_account(world: World) -> None:
    """That account was paused for a reason of its own: `resume` names it, and lifts it by name."""
    world.to(NOON)
    with world.store.write() as s:
        for account in ("*", "chinh"):
            orders.pause(s, NOON, "soan", "sms", account, "thử")
    with world.store.write() as s:
        assert orders.resume(s, NOON, "soan", "sms", "*")
        assert orders.paused(s, "sms") == ["sms/chinh"]
        assert not orders.resume(s, NOON, "soan", "sms", "*")
    world.run()
    assert world.states() == ["queued"]


def test_resume_hurries_only_what_the_account_was_refused_for(make_world: MakeWorld) -> None:
    """A message that waits because its own target is busy keeps its time."""
    world = make_world(a_text(targets=2))
    world.fakes["sms"].max_parallel = 1
    world.fakes["sms"].script = [
        Retry("busy", "", counts=False, retry_after=600),
        Retry("auth", "", counts=False, scope="account", retry_after=3000)]
    world.to(NOON)
    world.run()
    with world.store.write() as s:
        assert orders.resume(s, NOON, "soan", "sms", "chinh")
    world.run()
    assert sorted(world.states()) == ["delivered", "ready"]


def test_a_cancel_holds_only_its_own_occurrence(make_world: MakeWorld) -> None:
    """What has begun finishes, what has not is cancelled, tomorrow's stands."""
    world = make_world(a_text(targets=3))
    sms = world.fakes["sms"]
    sms.max_parallel = 1

    def cancel(message: Message) -> None:
        with world.store.write() as s:
            assert acts.cancel_occurrence(s, NOON, "soan", HERE, message.key) == 2 + 3
        sms.on_send = str

    sms.on_send = cancel
    world.to(NOON)
    world.run()
    assert sorted(world.states()) == ["cancelled", "cancelled", "delivered"]
    assert set(world.states(day=TOMORROW)) == {"queued"}
    world.plan()
    assert sorted(world.states()) == ["cancelled", "cancelled", "delivered"]


def test_an_approval_that_falls_holds_and_one_that_comes_back_lets_go(world: World) -> None:
    """Held, not cancelled: approved again in the same version it goes out in its slot."""
    world.to(NOON + MINUTE)
    for state, expected in (("returned", "queued"), ("approved", "delivered")):
        with world.store.write() as s:
            s.get_one(Item, "td-01").state = state
            s.flush()
            acts.follow_item(s, world.clock.now(), "td-01", "duyet")
        world.run()
        assert world.states() == [expected]
    assert world.events().count("approval") == 2


def test_a_wrong_occurrence_is_named(world: World) -> None:
    """`cancel` of what does not exist says so."""
    with pytest.raises(UserError), world.store.write() as s:
        acts.cancel_occurrence(s, NOON, "soan", "khong/co/2026-11-24/1", "")
