"""
A correction: to everybody who got the wrong item, or may have, once, on every channel; edited in
place where that can be; never without its own two persons.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.values import Absent, Delivered, Rejected, Uncertain
from tests.builders import an_item, settings_for
from tests.fakes import Held
from tests.store.conftest import MakeWorld
from tests.store.correcting import RIGHT, a_wrong_world, correct, fixes, out, run
from tests.store.world import NOON, TODAY, World, a_text
from worker import recovery
from worker.errors import Refused, UserError
from worker.home import in_force
from worker.items import approval
from worker.models import Audit, Batch, Content, Item
from worker.outbox import acts, doubt, orders
from worker.outbox.keys import visible_tag
from worker.outbox.recall import resolve_failed
from worker.outbox.takeback import RECALL_FOR
from worker.reconcile import reconcile

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return a_wrong_world(make_world)


# ---------------------------------------------------------------- everywhere, by one act


def test_whoever_got_it_is_corrected_in_place_or_by_a_message(world: World) -> None:
    """The page is edited, the site taken down and told anew, the phone gets a message."""
    out(world)
    page, phone = world.one("facebook"), world.one("sms")

    done = correct(world)
    assert (done.edits, done.messages, done.taken_back, done.unable) == (1, 2, 1, [])
    run(world)

    [(key, ref, text)] = world.fakes["facebook"].edited
    assert (key, ref) == (page.id, page.ref)
    assert f"Mã {page.tag}" in text
    assert world.fakes["facebook"].recalled == []
    with world.store.read() as s:  # it stays under the address that people have shared
        payloads = [s.get_one(Content, d.content_sha256).payload["extra"]["slug"]
                    for channel in ("facebook", "website") for d in fixes(world, channel)]
    assert payloads == ["gv-td-01", "gv-dc-01"]
    [wrong, message] = world.fakes["sms"].sent
    [fix] = fixes(world, "sms")
    assert (wrong.key, message.key) == (phone.id, fix.id)
    assert fix.tag == visible_tag(fix.id) != phone.tag
    assert (bool(phone.ref), message.ref) == (True, "")
    assert fix.tag in message.text
    assert "dc-01" in message.text
    assert (world.states("facebook"), world.states("website")) == (["recalled"], ["recalled"])
    assert [d.state for c in ("sms", "facebook", "website") for d in fixes(world, c)] == [
        "delivered"] * 3
    assert world.far.most() == 1


def test_nothing_of_the_wrong_item_begins_any_more(world: World) -> None:
    """Its approval is withdrawn, tomorrow is cancelled; who did not get it gets no correction."""
    out(world, "sms")
    correct(world)
    run(world)
    assert world.states("sms", day=TOMORROW) == world.states("website") == ["cancelled"]
    assert fixes(world, "website") == fixes(world, "facebook") == []
    with world.store.read() as s:
        assert s.get_one(Item, "td-01").state == "recalled"
        told = s.scalars(select(Audit.act).where(Audit.subject == "td-01",
                                                 Audit.act.in_(["recall", "correct"]))).all()
    assert told == ["recall", "correct"]


def test_a_target_that_got_it_twice_is_corrected_once(world: World) -> None:
    """Two airings, one phone: one message, by the newer."""
    out(world, "sms")
    world.to(NOON + timedelta(days=1))
    world.run("sms")
    assert correct(world).messages == 1
    world.run("sms")
    assert [m.text.count("dc-01") for m in world.fakes["sms"].sent] == [0, 0, 1]
    assert len(world.deliveries("sms", day=TOMORROW, kind="correct")) == 1


def test_it_goes_out_at_any_hour_before_everything_else(make_world: MakeWorld) -> None:
    """In quiet hours, with the rank of what is urgent."""
    quiet = '\n[[quiet_hours]]\nstart = "13:00"\nend = "20:00"\n'
    world = make_world(a_text() + quiet)
    world.approved(an_item("dc-01", body=RIGHT))
    out(world, "sms")
    world.to(NOON + timedelta(hours=3))
    correct(world)
    world.run("sms")
    assert [d.state for d in fixes(world, "sms")] == ["delivered"]
    with world.store.read() as s:
        batch = s.scalars(select(Batch).where(Batch.kind == "correct")).one()
    assert (batch.priority_rank, batch.closes_at - batch.opens_at) == (0, RECALL_FOR)


def test_done_twice_it_opens_nothing_twice(world: World) -> None:
    """Before and after it went out; what failed for good is tried again, and only that."""
    out(world)
    correct(world)
    again = correct(world)
    assert not again.anything
    world.fakes["sms"].script = [Rejected("x", "")]
    run(world)
    done = correct(world)
    assert (done.edits, done.messages, done.taken_back) == (0, 1, 0)
    run(world)
    assert [d.state for d in fixes(world, "sms")] == ["delivered"]
    assert len(world.fakes["facebook"].edited) == 1
    assert not correct(world).anything


# ---------------------------------------------------------------- four eyes, stop


def test_no_approval_no_correction(world: World) -> None:
    """A draft corrects nothing, and does not even recall: that is `recall`."""
    out(world)
    with world.store.write() as s:
        s.execute(update(Item).where(Item.id == "dc-01").values(state="submitted"))
    with pytest.raises(Refused, match="hai người"):
        correct(world)
    with pytest.raises(UserError):
        correct(world, by="khong-co")
    with pytest.raises(UserError, match="chính mình"):
        correct(world, item="dc-01")
    with world.store.read() as s:
        assert s.get_one(Item, "td-01").state == "approved"


def test_an_approval_lost_a_moment_ago_is_seen_by_begin(world: World) -> None:
    """Whatever the batches say: the UPDATE that begins asks for it."""
    out(world, "sms", "facebook")
    correct(world)
    with world.store.write() as s:
        s.execute(update(Item).where(Item.id == "dc-01").values(state="returned"))
    run(world)
    assert len(world.fakes["sms"].sent) == 1
    assert world.fakes["facebook"].edited == []


def test_a_correction_returned_before_it_went_out_waits(world: World) -> None:
    """The approver sees a mistake in it: nothing begins; mended and said again, it goes out."""
    out(world, "sms", "facebook")
    correct(world)
    with world.store.write() as s:
        approval.return_(s, world.clock.now(), "dc-01", world.people["duyet"], "sai nữa")
    run(world)
    assert len(world.fakes["sms"].sent) == 1
    assert world.fakes["facebook"].edited == []

    with world.store.write() as s:
        approval.submit(s, world.clock.now(), in_force(s).programme, settings_for(world.var),
                        "dc-01", world.people["soan"])
        approval.approve(s, world.clock.now(), "dc-01", world.people["duyet"])
    done = correct(world)
    assert (done.edits, done.messages) == (1, 1)
    run(world)
    assert len(world.fakes["sms"].sent) == 2
    assert len(world.fakes["facebook"].edited) == 1


def test_an_emergency_stop_holds_it(world: World) -> None:
    """It says something new; the recall beside it passes."""
    out(world)
    with world.store.write() as s:
        orders.stop(s, world.clock.now(), "soan", "*", "sai")
    correct(world)
    run(world)
    assert world.fakes["facebook"].edited == []
    assert len(world.fakes["sms"].sent) == 1
    assert world.states("website") == ["recalled"]
    with world.store.write() as s:
        for person in ("soan", "duyet"):
            orders.start(s, world.clock.now(), person, None)
    world.clock.advance(2)
    run(world)
    assert world.states("facebook") == ["recalled"]


# ---------------------------------------------------------------- in doubt


@pytest.mark.parametrize(("found", "edited", "state"), [
    (Delivered("r9"), 1, "recalled"), (Absent(), 0, "cancelled")])
def test_an_edit_waits_for_the_truth(
    world: World, found: Delivered | Absent, edited: int, state: str
) -> None:
    """Found: edited by the id it then has. Not there: nothing to edit, and it is never sent."""
    world.fakes["facebook"].script = [Uncertain("cut", "")]
    out(world, "facebook")
    assert correct(world).edits == 1
    world.run("facebook")
    assert world.fakes["facebook"].edited == []
    for _ in range(2):
        world.clock.advance(121)
        world.fakes["facebook"].finds = [found]
        reconcile(world.office(), world.clock.now())
    world.run("facebook")
    assert [ref for _, ref, _ in world.fakes["facebook"].edited] == ["r9"] * edited
    assert world.states("facebook") == [state]
    assert len(world.fakes["facebook"].sent) == 1


def test_a_message_does_not_wait_for_it(world: World) -> None:
    """Who may have got the wrong SMS is corrected at once."""
    world.fakes["sms"].script = [Uncertain("cut", "")]
    out(world, "sms")
    correct(world)
    world.run("sms")
    assert world.states("sms") == ["uncertain"]
    assert [d.state for d in fixes(world, "sms")] == ["delivered"]


def test_a_message_of_its_own_takes_nothing_over_from_what_it_corrects(world: World) -> None:
    """The wrong SMS was on the wire; the id its answer brought is not the correction's."""
    pool = Held()
    dispatcher = world.dispatcher("sms", pool=pool)
    world.to(NOON)
    dispatcher.turn()
    correct(world)
    pool.release()
    dispatcher.turn()
    while pool.calls:
        pool.release()
        dispatcher.turn()
    world.run("sms")
    assert world.states("sms") == ["delivered"]
    assert [(m.ref, "dc-01" in m.text) for m in world.fakes["sms"].sent] == [
        ("", False), ("", True)]


def test_an_approval_does_not_let_an_edit_go_that_waits(world: World) -> None:
    """A second approver confirms the correction: whether the post is out is still not known."""
    world.fakes["facebook"].script = [Uncertain("cut", "")]
    out(world, "facebook")
    correct(world)
    with world.store.write() as s:
        acts.follow_item(s, world.clock.now(), "dc-01", "duyet")
    world.run("facebook")
    assert [d.state for d in fixes(world, "facebook")] == ["queued"]


def test_an_edit_that_a_dead_worker_left_is_made_again(world: World) -> None:
    """Twice is as good as once."""
    out(world, "facebook")
    correct(world)
    world.dispatcher("facebook", pool=Held()).turn()
    with world.store.write() as s:
        doubt.reclaim_own(s, world.clock.now(), world.clock.now(), world.worker())
    world.house().sweep()
    world.run("facebook")
    assert world.states("facebook") == ["recalled"]


def test_a_message_that_a_dead_worker_left_is_never_sent_again(world: World) -> None:
    """The phone may have it: nobody sends it twice, not even `correct` said once more."""
    out(world, "sms")
    correct(world)
    world.dispatcher("sms", pool=Held()).turn()
    with world.store.write() as s:
        doubt.reclaim_own(s, world.clock.now(), world.clock.now(), world.worker())
    world.house().sweep()
    assert not correct(world).anything
    [fix] = fixes(world, "sms")
    with world.store.write() as s:  # decided on as any message: `did-not` and all
        assert resolve_failed(s, world.clock.now(), "duyet", fix.id, "send-again", "x") is None
    world.run("sms")
    assert [d.state for d in fixes(world, "sms")] == ["uncertain"]
    assert len(world.fakes["sms"].sent) == 1


def test_after_a_restore_a_message_is_in_doubt_and_an_edit_goes_on(world: World) -> None:
    """The backup is older than the correction's way out: the phone is not written to twice."""
    out(world, "sms", "facebook")
    correct(world)
    recovery.recover(world.store, world.var, world.clock.now(),
                     recovery.Doubt(world.clock.now(), "restored"))
    world.house().sweep()
    run(world)
    assert [(d.state, d.code) for d in fixes(world, "sms")] == [("uncertain", "restored")]
    assert [d.state for d in fixes(world, "facebook")] == ["delivered"]


def test_a_lost_answer_to_a_message_is_asked_for_by_its_own_key(world: World) -> None:
    """The page deletes here: the correction is a post of its own, and is found as one."""
    out(world, "website")
    correct(world)
    world.fakes["website"].idempotent = False
    world.fakes["website"].script = [Delivered("r"), Uncertain("cut", "")]
    world.run("website")
    [fix] = fixes(world, "website")
    if fix.state != "uncertain":
        pytest.fail(fix.state)
    world.clock.advance(121)
    world.fakes["website"].finds = [Delivered("r2")]
    reconcile(world.office(), world.clock.now())
    assert world.fakes["website"].asked[-1] == fix.id
    assert [d.state for d in fixes(world, "website")] == ["delivered"]


def test_without_an_id_it_is_told_by_a_message_after_all(world: World) -> None:
    """A person says it went out and nobody knows under which id: said again, it is a message."""
    world.fakes["facebook"].script = [Uncertain("cut", "")]
    out(world, "facebook")
    correct(world)
    with world.store.write() as s:
        acts.resolve(s, world.clock.now(), "duyet", world.one("facebook").id, "went-out", "thấy")
    world.run("facebook")
    assert [(d.state, d.code) for d in fixes(world, "facebook")] == [("rejected", "no-ref")]
    done = correct(world)
    assert (done.edits, done.messages, done.taken_back) == (0, 1, 1)
    world.run("facebook")
    assert world.fakes["facebook"].sent[-1].text.startswith("dc-01") or (
        "dc-01" in world.fakes["facebook"].sent[-1].text)
    assert world.states("facebook") == ["recalled"]
