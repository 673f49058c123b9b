"""What follows a correction: another one, its own recall, what staff are told meanwhile."""


import pytest
from sqlalchemy import select, update

from channels.values import Accepted, Rejected, Retry, Uncertain
from tests.store.conftest import MakeWorld
from tests.store.correcting import a_wrong_world, correct, fixes, out, recall, run
from tests.store.world import World, a_text
from worker import still_out, takedown
from worker.models import Alarm
from worker.outbox.recall import resolve_failed


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return a_wrong_world(make_world)


# ---------------------------------------------------------------- of a correction


def test_a_correction_is_corrected(world: World) -> None:
    """Page and phone read the second one; the post is still the first post."""
    out(world, "sms", "facebook")
    page = world.one("facebook")
    correct(world)
    run(world)

    done = correct(world, item="dc-01", by="dc-02")
    assert (done.edits, done.messages) == (1, 1)
    run(world)

    assert [(k, r) for k, r, _ in world.fakes["facebook"].edited] == [(page.id, page.ref)] * 2
    assert "dc-02" in world.fakes["facebook"].edited[-1][2]
    assert [d.state for d in fixes(world, "facebook")] == ["recalled", "delivered"]
    assert ["dc-02" in m.text for m in world.fakes["sms"].sent] == [False, False, True]
    assert world.far.most() == 1
    assert not correct(world, by="dc-02").anything  # who has the first is corrected through it


def test_a_correction_that_never_got_there_is_overtaken(world: World) -> None:
    """Its place still has the wrong text: the second one goes there."""
    out(world, "sms", "facebook")
    correct(world)
    done = correct(world, item="dc-01", by="dc-02")
    assert done.cancelled == 2
    run(world)
    assert ["dc-02" in text for _, _, text in world.fakes["facebook"].edited] == [True]
    assert ["dc-02" in m.text for m in world.fakes["sms"].sent] == [False, True]
    assert world.states("facebook") == ["recalled"]


@pytest.mark.parametrize("begun", [True, False])
def test_a_recalled_correction_is_taken_back_with_what_it_stood_on(
    world: World, begun: bool
) -> None:
    """The post reads the correction, or still the wrong text: either way it goes."""
    out(world, "sms", "facebook")
    page = world.one("facebook")
    correct(world)
    if begun:
        run(world)
    done = recall(world, "dc-01")
    assert (done.cancelled, done.opened) == (0 if begun else 2, 1)
    run(world)
    assert world.fakes["facebook"].recalled == [(page.id, page.ref)]
    assert world.states("facebook") == ["recalled"]
    assert [d.state for d in fixes(world, "facebook")] == ["recalled" if begun else "cancelled"]
    assert len(world.fakes["facebook"].edited) == begun


@pytest.mark.parametrize("by_recall", [True, False])
def test_an_edit_in_doubt_does_not_keep_the_post_up(world: World, by_recall: bool) -> None:
    """Nobody knows which text it reads: taken back or edited by what is known, both are over."""
    out(world, "facebook")
    correct(world)
    world.fakes["facebook"].script = [Uncertain("bug", "")]
    world.run("facebook")
    if by_recall:
        assert recall(world, "dc-01").opened == 1
    else:
        assert correct(world, item="dc-01", by="dc-02").edits == 1
    with world.store.read() as s:  # one post, named once
        assert [one.item for one in still_out.left(s, world.clock.now())] == ["td-01"]
    world.run("facebook")
    assert world.states("facebook") == ["recalled"]
    assert fixes(world, "facebook")[0].state == "recalled"


def test_a_recall_that_waits_gives_way_to_an_edit_and_the_other_way_round(world: World) -> None:
    """Never both at once: the last person's word counts."""
    out(world, "facebook")
    recall(world, "td-01")
    assert correct(world).edits == 1
    assert recall(world, "td-01").opened == 1
    world.run("facebook")
    assert world.fakes["facebook"].edited == []
    assert len(world.fakes["facebook"].recalled) == 1
    assert world.states("facebook") == ["recalled"]


# ---------------------------------------------------------------- told


def test_status_names_what_is_public_or_not_corrected_with_its_place(world: World) -> None:
    """Until it is edited, taken down, or corrected; then it names nothing."""
    def left() -> list[tuple[str, str, str]]:
        now = world.clock.now()
        with world.store.read() as s:
            return [(r["channel"], r["address"], r["what"])
                    for r in still_out.named(s, now, still_out.left(s, now))]

    out(world)
    assert left() == []
    correct(world)
    assert left() == [("facebook", "100000000000001", "public"), ("sms", "0950000101",
                      "not corrected"), ("website", "trang-tin", "public")]
    run(world)
    assert left() == []


def test_a_correction_that_failed_is_told_and_closes_when_it_is_through(world: World) -> None:
    """Which place, why, and the two ways on; told by hand it is over, too."""
    out(world, "sms")
    correct(world)
    _watch(world)
    _watch(world)
    assert world.alarms() == {"recall:td-01"}  # it is on its way
    world.fakes["sms"].script = [Rejected("x", "số bị khóa")]
    world.run("sms")
    _watch(world)
    assert world.alarms() == {"recall:td-01", "recall:td-01/sms/dinh-chinh"}
    with world.store.read() as s:
        told = s.scalars(select(Alarm).where(Alarm.cause.endswith("dinh-chinh"))).one()
    assert "số bị khóa" in told.what
    assert "giovang correct td-01 --with dc-01" in told.fix

    [fix] = fixes(world, "sms")
    with world.store.write() as s:
        now = world.clock.now()
        assert resolve_failed(s, now, "duyet", fix.id, "went-out", "gọi") == "accepted"
    _watch(world)
    assert world.alarms() == set()


def test_a_place_that_is_gone_is_named_and_keeps_nothing_else_from_it(world: World) -> None:
    """An edit took the phone out of the programme: who has it is told to the person."""
    out(world, "sms", "facebook")
    world.clock.advance(1)
    world.programme(a_text().replace('id = "to-1"', 'id = "to-9"'))
    done = correct(world)
    assert [(u.channel, u.target) for u in done.unable] == [("sms", "to-1")]
    assert done.edits == 1


def test_a_retry_that_costs_nothing_goes_on_for_seven_days(world: World) -> None:
    """The gateway is down for days: corrected when it comes up again."""
    out(world, "sms")
    correct(world)
    world.fakes["sms"].script = [Retry("down", "", counts=False, retry_after=86400.0)] * 5
    for _ in range(6):
        world.run("sms")
        world.clock.advance(86400)
    assert [d.state for d in fixes(world, "sms")] == ["delivered"]


def test_a_taken_message_counts_as_corrected(world: World) -> None:
    out(world, "sms")
    correct(world)
    world.fakes["sms"].script = [Accepted("g-1")]
    world.run("sms")
    with world.store.read() as s:
        assert still_out.left(s, world.clock.now()) == []


def _watch(world: World) -> None:
    takedown.watch(world.office(), world.clock.now())
    with world.store.write() as s:
        s.execute(update(Alarm).values(told_at=world.clock.now()))
