"""
What was prepared and must not become public is taken back before its hour, by the same act; what
replaces it goes out as the next version. Both databases.
"""

from collections.abc import Callable

import pytest

from channels.values import Outcome, Rejected, Retry
from tests.builders import an_item
from tests.fakes import Held
from tests.store.conftest import MakeWorld
from tests.store.prepared import (
    DUE,
    a_page,
    black_out,
    cancel,
    disable,
    expire,
    falls,
    find_twice,
    led,
    lost_answer,
    page,
    pin,
    prepared,
    recall,
    start,
    stop,
    take_off_channel,
    two_pages,
)
from tests.store.world import CLOSES, HERE, MINUTE, NOON, World
from worker import takedown, withdrawn
from worker.outbox import orders, withdraw
from worker.outbox.recall import resolve_failed


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return a_page(make_world)


# ---------------------------------------------------------------- withdrawn


@pytest.mark.parametrize(("act", "state"), [
    (cancel, "cancelled"), (recall, "cancelled"), (stop, "cancelled"), (falls, "cancelled"),
    (pin, "cancelled"), (disable, "cancelled"), (take_off_channel, "cancelled"),
    (black_out, "cancelled"),
])
def test_what_must_not_become_public_is_taken_back_first(
    world: World, act: Callable[[World], object], state: str
) -> None:
    """By the same act, through a stop, and it never is public; the calendar goes on."""
    there = prepared(world)
    world.clock.advance(60)
    act(world)
    [withdrawal] = world.deliveries("facebook", kind="recall")
    assert (withdrawal.refers_to, withdrawal.ref) == (there.id, "p0")
    world.run("facebook")
    assert page(world).recalled[0] == (there.id, "p0")
    assert there.id not in page(world).left()
    for moment in (NOON, CLOSES):
        world.plan()
        world.to(max(moment, world.clock.now()))
        world.run("facebook")
        world.house().sweep()
    assert there.id not in page(world).shown
    [first, *_] = world.deliveries("facebook")
    assert (first.state, first.withdrawn_at is not None) == (state, True)
    assert world.states("facebook", kind="recall") == ["delivered"]
    assert world.events().count("withdrawn") == 1


@pytest.mark.parametrize("itself", [True, False], ids=["published it", "kept it"])
def test_after_a_missed_slot_the_page_is_asked_first(world: World, itself: bool) -> None:
    """Nobody was here: what the page published by itself is out, what it kept is taken back."""
    there = prepared(world)
    if itself:
        page(world).publish(there.id)
    expire(world)
    assert world.states("facebook") == ["uncertain"]

    find_twice(world)
    world.house().sweep()
    world.run("facebook")

    assert page(world).shown == ([there.id] if itself else [])
    assert page(world).left() == page(world).shown
    assert world.states("facebook") == ["delivered" if itself else "expired"]
    assert bool(world.deliveries("facebook", kind="recall")) is not itself


def test_a_pin_goes_out_as_the_next_version(world: World) -> None:
    """The first is taken back, the second is prepared and public, once."""
    there = prepared(world)
    world.clock.advance(60)
    pin(world)
    world.run("facebook")  # first the old one is taken back …
    world.clock.advance(2)
    world.run("facebook")  # … and as soon as that is known the new one is prepared
    _, second = world.deliveries("facebook")
    assert (second.version, second.prepared_at is not None) == (2, True)
    world.to(NOON)
    world.run("facebook")
    assert page(world).shown == [second.id] == page(world).left()
    assert page(world).recalled == [(there.id, "p0")]


def test_the_next_version_waits_until_the_one_before_is_taken_back(world: World) -> None:
    """The page published the first by itself and will not let go of it: never both."""
    there = prepared(world)
    page(world).publish(there.id)
    world.to(NOON)
    page(world).keeps = [Retry("busy", "", retry_after=600, counts=False)]
    world.approved(an_item(body="Đã sửa. Báo {{ cong_an }}, gọi 113."))
    world.plan()
    world.run("facebook")
    assert page(world).left() == [there.id]

    world.clock.advance(601)
    world.run("facebook")
    world.clock.advance(2)
    world.run("facebook")

    first, second = world.deliveries("facebook")
    assert (first.state, second.state) == ("cancelled", "delivered")
    assert page(world).left() == [second.id]


@pytest.mark.parametrize(("priority", "answer"), [
    ("thong_thuong", Rejected("refused", "")),
    ("khan_cap", Retry("busy", "", retry_after=600, counts=False)),
])
def test_the_next_version_does_not_wait_for_ever(
    make_world: MakeWorld, priority: str, answer: Outcome
) -> None:
    """Not for a withdrawal that a person must make, nor where life is in danger."""
    world = a_page(make_world, led().replace('id = "canh_giac"\n',
                                             f'id = "canh_giac"\npriority = "{priority}"\n', 1))
    there = prepared(world)
    page(world).publish(there.id)
    world.to(NOON)
    page(world).keeps = [answer]
    world.approved(an_item(body="Đã sửa. Báo {{ cong_an }}, gọi 113."))
    world.plan()
    world.run("facebook")
    world.clock.advance(2)
    world.run("facebook")

    _, second = world.deliveries("facebook")
    assert second.state == "delivered"
    assert page(world).left() == [there.id, second.id]


def test_an_edited_text_goes_out_as_the_next_version(world: World) -> None:
    """Its approval falls with the edit, and the new one is prepared once it is approved."""
    prepared(world)
    world.clock.advance(60)
    world.approved(an_item(body="Đã sửa. Báo {{ cong_an }}, gọi 113."))
    world.plan()
    world.run("facebook")
    world.clock.advance(2)
    world.run("facebook")
    first, second = world.deliveries("facebook")
    assert (first.state, second.state) == ("cancelled", "ready")
    world.to(NOON)
    world.run("facebook")
    assert page(world).shown == [second.id] == page(world).left()
    assert "Đã sửa" in page(world).sent[-1].text


@pytest.mark.parametrize("after", [5, 40])
@pytest.mark.parametrize("ends", ["stop", "approval"])
def test_what_was_withdrawn_goes_out_when_it_may_again(
    world: World, after: int, ends: str
) -> None:
    """Started again, or approved again, before noon or after it opened: the next version, once."""
    prepared(world)
    (stop if ends == "stop" else falls)(world)
    world.run("facebook")
    assert page(world).left() == []
    world.clock.advance(after * 60)
    start(world) if ends == "stop" else falls(world, "approved")
    with world.store.read() as s:
        assert withdraw.waits_for_plan(s, world.clock.now())
    world.plan()
    world.run("facebook")
    world.to(NOON + 15 * MINUTE)
    world.run("facebook")
    first, second = world.deliveries("facebook")
    assert (first.state, second.state, second.version) == ("cancelled", "delivered", 2)
    assert page(world).shown == [second.id] == page(world).left()
    with world.store.read() as s:
        assert not withdraw.waits_for_plan(s, world.clock.now())


def test_who_got_it_plainly_gets_no_next_version(make_world: MakeWorld) -> None:
    """One page was prepared and withdrawn by a stop, the other published after the start."""
    world = two_pages(make_world)
    _, plain = world.deliveries("facebook")
    world.to(DUE)
    world.run("facebook")
    stop(world)
    world.run("facebook")
    world.to(NOON + MINUTE)
    start(world)
    world.run("facebook")
    assert page(world).shown == [plain.id]
    world.plan()
    world.run("facebook")
    assert [(d.target, d.version, d.state) for d in world.deliveries("facebook")] == [
        ("trang", 1, "cancelled"), ("trang-hai", 1, "delivered"), ("trang", 2, "delivered")]


@pytest.mark.parametrize("act", [cancel, stop, falls, recall, disable, pin])
def test_a_prepare_on_the_wire_is_withdrawn_as_soon_as_it_is_known(
    world: World, act: Callable[[World], object]
) -> None:
    """Whoever acted could not know of it; the answer that brings it opens the withdrawal."""
    pool = Held()
    world.to(DUE)
    dispatcher = world.dispatcher("facebook", pool=pool)
    dispatcher.turn()
    first = world.one("facebook")
    act(world)
    while pool.calls:
        pool.release()
        dispatcher.turn()
    assert page(world).recalled == [(first.id, "p0")]
    world.to(NOON)
    world.run("facebook")
    assert first.id not in page(world).shown + page(world).left()


@pytest.mark.parametrize("act", [cancel, stop, falls, recall])
def test_a_prepare_in_doubt_is_withdrawn_when_it_is_found(
    world: World, act: Callable[[World], object]
) -> None:
    """Found there, unseen: taken back at once."""
    lost_answer(world)
    first = world.one("facebook")
    act(world)
    find_twice(world)
    world.run("facebook")
    assert page(world).recalled == [(first.id, "p0")]
    assert (page(world).left(), world.one("facebook").state) == ([], "cancelled")


def test_a_stop_that_died_half_way_is_finished_by_the_sweep(world: World) -> None:
    """The stop stands, what it should have withdrawn does, too: the next sweep takes it back."""
    prepared(world)
    house = world.house()
    assert not house.anything_to_sweep()
    with world.store.write() as s:
        orders.stop(s, world.clock.now(), "soan", "facebook", "sai")
    assert house.anything_to_sweep()
    house.sweep()
    assert not house.anything_to_sweep()
    world.run("facebook")
    assert page(world).left() == []


def test_a_refused_publication_leaves_nothing_behind(world: World) -> None:
    """The far side might still publish by itself what it refused to us."""
    prepared(world)
    page(world).script = [Rejected("policy", "")]
    world.to(NOON)
    world.run("facebook")
    world.house().sweep()
    world.run("facebook")
    assert (world.states("facebook"), page(world).left()) == (["rejected"], [])


def test_what_would_begin_late_is_withdrawn(make_world: MakeWorld) -> None:
    """Its segment skips what is late, and a prepare is no beginning."""
    world = a_page(make_world, led(when='id = "canh_giac"\nlate = "skip"\n'))
    prepared(world)
    world.to(NOON + 30 * MINUTE)
    world.run("facebook")
    find_twice(world)
    world.run("facebook")
    world.run("facebook")
    assert (world.states("facebook"), page(world).left()) == (["expired"], [])
    assert page(world).shown == []
    assert world.seen.lost == [(HERE, "facebook", 1)]


def test_what_waits_in_a_black_out_of_that_hour_is_not_made_public(world: World) -> None:
    """Judged by the programme in force when it would be made public."""
    prepared(world)
    world.programme(led() + '\n[[quiet_hours]]\nstart = "11:00"\nend = "12:00"\n')
    world.to(NOON)
    world.run("facebook")
    assert page(world).shown == []
    world.to(NOON + 30 * MINUTE)
    world.run("facebook")
    assert len(page(world).shown) == 1


def test_once_public_a_cancel_changes_nothing(world: World) -> None:
    """Nor does an edit: both are for what has not begun; taking back is `recall`."""
    there = prepared(world)
    world.to(NOON)
    world.run("facebook")
    disable(world)
    assert [b.state for b in world.batches("facebook") if b.opens_at == NOON] == ["done"]
    cancel(world)
    world.house().sweep()
    assert world.deliveries("facebook", kind="recall") == []
    assert recall(world) == 1
    world.run("facebook")
    assert page(world).recalled == [(there.id, "p0")]
    assert [d.state for d in world.deliveries("facebook") if d.id == there.id] == ["recalled"]


# ---------------------------------------------------------------- a withdrawal that failed


def test_a_withdrawal_that_failed_is_a_trouble_until_it_is_gone(world: World) -> None:
    """Told before the slot, by place and reason; closed when it is taken back."""
    prepared(world)
    cancel(world)
    page(world).script = [Rejected("190", "hết hạn")]
    world.run("facebook")
    for _ in range(2):
        withdrawn.watch(world.office(), world.clock.now())
    assert world.alarms() == {"withdraw:td-01/facebook"}
    [failed] = world.deliveries("facebook", kind="recall")
    with world.store.write() as s:
        assert len(withdrawn.left(s, world.clock.now())) == 1
        resolve_failed(s, world.clock.now(), "duyet", failed.id, "send-again", "đã sửa khóa")
    world.run("facebook")
    withdrawn.watch(world.office(), world.clock.now())
    assert (page(world).left(), world.alarms()) == ([], set())


def test_recall_again_tries_a_failed_withdrawal_again(world: World) -> None:
    """`giovang recall` of the item means all of it."""
    prepared(world)
    recall(world)
    page(world).script = [Rejected("190", "hết hạn")]
    world.run("facebook")
    assert page(world).left() != []
    assert recall(world) == 1
    world.run("facebook")
    assert page(world).left() == []


def test_a_channel_taken_out_of_the_programme_is_told_before_the_slot(world: World) -> None:
    """Nobody here can take it back any more: a person must, and hears of it now."""
    prepared(world)
    world.programme(led().replace('id = "facebook"\n', 'id = "facebook-moi"\n')
                    .replace('"facebook", "website"', '"facebook-moi", "website"'))
    world.plan()
    takedown.watch(world.office(), world.clock.now())
    withdrawn.watch(world.office(), world.clock.now())
    assert world.states("facebook", kind="recall") == ["rejected"]
    assert world.alarms() == {"withdraw:td-01/facebook"}


def test_a_recall_of_what_was_public_is_no_withdrawal(world: World) -> None:
    """One that failed has its own Sự cố, and is not told twice."""
    prepared(world)
    world.to(NOON)
    world.run("facebook")
    recall(world)
    page(world).script = [Rejected("190", "hết hạn")]
    world.run("facebook")
    withdrawn.watch(world.office(), world.clock.now())
    assert world.alarms() == set()


def test_taken_off_by_hand_it_is_settled(world: World) -> None:
    """`resolve --went-out` of the withdrawal: somebody deleted it there."""
    prepared(world)
    cancel(world)
    page(world).script = [Rejected("190", "hết hạn")]
    world.run("facebook")
    withdrawn.watch(world.office(), world.clock.now())
    [failed] = world.deliveries("facebook", kind="recall")
    with world.store.write() as s:
        assert resolve_failed(s, world.clock.now(), "duyet", failed.id, "went-out", "") \
            == "accepted"
    withdrawn.watch(world.office(), world.clock.now())
    assert world.alarms() == set()
