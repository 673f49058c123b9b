"""
A recall that fails: tried again by a person, taken down by hand, or ended because nobody here
can reach the place any more; each told once, and closed when the text is gone.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.values import Rejected, Retry, Uncertain
from tests.builders import an_item
from tests.fakes import Held
from tests.store.conftest import MakeWorld
from tests.store.world import NOON, World, a_text
from worker import takedown
from worker.alarms.store import raise_alarm
from worker.errors import Refused
from worker.models import Alarm, Delivery
from worker.outbox.recall import Recalled, recall_item, resolve_failed
from worker.outbox.takeback import RECALL_FOR

PAGE = """[[channels.targets]]
id = "trang"
name = "Trang"
address = "100000000000001"
"""
ANOTHER = PAGE.replace('"trang"', '"trang-hai"').replace('"Trang"', '"Trang hai"')


def recall(world: World, channels: tuple[str, ...] = ("facebook", "website")) -> Recalled:
    """As `giovang recall` does it."""
    with world.store.write() as s:
        done = recall_item(s, world.clock.now(), "duyet", "td-01", "sai",
                           takedown.can_recall(s, channels))
        raise_alarm(s, world.clock.now(), "recall:td-01", "recall", "serious", "thu hồi")
    return done


def decide(world: World, delivery: Delivery, how: str) -> str | None:
    with world.store.write() as s:
        return resolve_failed(s, world.clock.now(), "duyet", delivery.id, how, "thử")  # type: ignore[arg-type]


def watch(world: World) -> None:
    """A round of the worker, and somebody on duty has heard of what is open."""
    takedown.watch(world.office(), world.clock.now())
    with world.store.write() as s:
        s.execute(update(Alarm).values(told_at=world.clock.now()))


def failed(world: World) -> Delivery:
    """Noon's post is out, its recall was refused."""
    world.to(NOON)
    world.run("facebook")
    recall(world)
    world.fakes["facebook"].script = [Rejected("190", "hết hạn")]
    world.run("facebook")
    return world.one("facebook", kind="recall")


def alarm(world: World, cause: str) -> Alarm:
    with world.store.read() as s:
        return s.scalars(select(Alarm).where(Alarm.cause == cause)
                         .order_by(Alarm.id.desc())).first() or pytest.fail(cause)


# ---------------------------------------------------------------- a person decides


@pytest.mark.parametrize("state", ["rejected", "exhausted", "expired", "uncertain"])
def test_a_failed_recall_is_sent_again_as_new(world: World, state: str) -> None:
    """`resolve --send-again`: as often and as long as the first time; then the post is gone."""
    # given a recall that ended so, its seven days nearly over
    recalled = failed(world)
    with world.store.write() as s:
        s.execute(update(Delivery).where(Delivery.id == recalled.id)
                  .values(state=state, counted=6))
    world.clock.advance(RECALL_FOR.total_seconds() - 60)
    world.run("facebook")
    assert world.states("facebook") == ["delivered"]

    # when
    assert decide(world, recalled, "send-again") == "ready"
    world.fakes["facebook"].script = [Retry("busy", "")]  # counted from one again
    world.run("facebook")
    world.clock.advance(86400)
    world.run("facebook")

    # then
    assert world.states("facebook") == ["recalled"]
    assert world.states("facebook", kind="recall") == ["delivered"]
    assert world.events().count("resolved") == 1


def test_recall_again_tries_what_failed_and_only_that(world: World) -> None:
    """`recall TIN` a second time: the page that failed, not the site that is done."""
    world.to(NOON)
    for channel in ("facebook", "website"):
        world.run(channel)
    world.fakes["facebook"].script = [Rejected("190", "hết hạn")]
    recall(world)
    with pytest.raises(Refused):  # both are still at work
        recall(world)
    for channel in ("facebook", "website"):
        world.run(channel)

    done = recall(world)
    for channel in ("facebook", "website"):
        world.run(channel)

    assert (done.cancelled, done.opened) == (0, 1)
    assert (world.states("facebook"), world.states("website")) == (["recalled"], ["recalled"])
    assert len(world.fakes["website"].recalled) == 1
    with pytest.raises(Refused, match="không còn nơi nào"):
        recall(world)


def test_what_was_taken_down_by_hand_is_recalled(world: World) -> None:
    """`resolve --went-out`: the original is recalled, nothing more is sent, the alarms close."""
    recalled = failed(world)
    watch(world)
    assert world.alarms() == {"recall:td-01", "recall:td-01/facebook"}

    assert decide(world, recalled, "went-out") == "accepted"
    watch(world)
    world.run("facebook")

    assert world.states("facebook") == ["recalled"]
    assert len(world.fakes["facebook"].recalled) == 1
    assert world.alarms() == set()


def test_a_decision_that_would_hide_a_public_text_is_refused(world: World) -> None:
    """It is still there: "let it be" is no answer; nor is "gone" while nobody knows it was out."""
    recalled = failed(world)
    with pytest.raises(Refused, match="vẫn còn"):
        decide(world, recalled, "did-not")
    with world.store.write() as s:
        s.execute(update(Delivery).where(Delivery.id == recalled.refers_to)
                  .values(state="uncertain"))
    with pytest.raises(Refused, match="chưa rõ"):
        decide(world, recalled, "went-out")
    with world.store.write() as s:
        s.execute(update(Delivery).where(Delivery.id == recalled.refers_to)
                  .values(state="recalled"))
    with pytest.raises(Refused, match="không còn tin"):
        decide(world, recalled, "send-again")
    assert world.states("facebook", kind="recall") == ["rejected"]


def test_a_delivery_that_is_no_failed_recall_is_none_of_this(world: World) -> None:
    """A refused message stays refused: it is not sent again by this way."""
    world.to(NOON)
    world.fakes["facebook"].script = [Rejected("x", "")]
    world.run("facebook")
    assert decide(world, world.one("facebook"), "send-again") is None
    assert world.states("facebook") == ["rejected"]


def test_a_recall_reopened_while_its_original_is_in_doubt_waits(world: World) -> None:
    """Not known to be out: held until it is, then taken back by the id it has."""
    world.fakes["facebook"].script = [Uncertain("cut", "")]
    world.to(NOON)
    world.run("facebook")
    recall(world)
    with world.store.write() as s:  # nobody found out for seven days
        s.execute(update(Delivery).where(Delivery.kind == "recall").values(state="expired"))
    assert decide(world, world.one("facebook", kind="recall"), "send-again") == "ready"
    world.run("facebook")
    assert world.fakes["facebook"].recalled == []


# ---------------------------------------------------------------- told


def test_a_failed_recall_is_told_once_with_who_and_where(world: World) -> None:
    """Which page, whose, why, and the two ways on; however many rounds pass."""
    recalled = failed(world)
    for _ in range(3):
        watch(world)
    told = alarm(world, "recall:td-01/facebook")
    assert told.count == 1
    for words in ("facebook", "Trang (100000000000001)", "hết hạn"):
        assert words in told.what
    for words in ("Xã Lục Ngạn", f"giovang resolve {recalled.id} --went-out",
                  "giovang recall td-01"):
        assert words in told.fix


def test_the_alarm_of_a_recall_closes_when_all_of_it_is_back_and_it_was_told(
    world: World
) -> None:
    """Not before somebody has heard of it; an SMS that people have keeps it open for nobody."""
    world.to(NOON)
    for channel in ("sms", "facebook"):
        world.run(channel)
    recall(world)
    watch(world)
    world.run("facebook")
    with world.store.write() as s:
        s.execute(update(Alarm).values(told_at=None))
    takedown.watch(world.office(), world.clock.now())
    assert world.alarms() == {"recall:td-01"}

    for _ in range(2):
        watch(world)
    assert world.alarms() == set()


# ---------------------------------------------------------------- out of reach


@pytest.mark.parametrize("gone", ["target", "channel", "disabled"])
def test_a_recall_to_a_place_that_is_gone_ends_and_is_told(
    make_world: MakeWorld, gone: str
) -> None:
    """No try after it every 15 s for a week: it ends, one Sự cố says whose hand must do it."""
    # given a post that is out, on a page that an edit then takes out of the programme
    world = make_world(a_text())
    world.to(NOON)
    world.run("facebook")
    world.programme(_without(gone))

    # when it is recalled
    assert recall(world).opened == 1
    dispatcher = world.dispatcher("facebook")
    for _ in range(8):
        world.run("facebook", dispatcher)
        watch(world)
        world.clock.advance(15)

    # then
    recalled = world.one("facebook", kind="recall")
    assert (recalled.state, recalled.code) == ("rejected", "programme")
    assert recalled.attempts <= 1
    assert world.fakes["facebook"].recalled == []
    told = alarm(world, "recall:td-01/facebook")
    assert told.count == 1
    assert "100000000000001" in told.what
    assert "không còn trong chương trình" in told.what
    assert "Xã Lục Ngạn" in told.fix

    # and when the page is in the programme again, and the item is recalled again
    world.clock.advance(1)
    world.programme(a_text())
    assert recall(world).opened == 1
    world.run("facebook")
    watch(world)
    assert world.states("facebook") == ["recalled"]
    assert world.alarms() == set()


def _without(gone: str) -> str:
    text = a_text()
    if gone == "target":
        return text.replace(PAGE, ANOTHER)
    if gone == "disabled":
        return text.replace('id = "facebook"\n', 'id = "facebook"\nenabled = false\n')
    text = text.replace('id = "facebook"\n', 'id = "facebook-moi"\n')
    return text.replace('"facebook", "website"', '"facebook-moi", "website"')


def test_a_recall_on_the_wire_is_not_ended_under_its_try(world: World) -> None:
    """Leased and begun when the edit comes: its answer counts."""
    pool = Held()
    dispatcher = world.dispatcher("facebook", pool=pool)
    world.to(NOON)
    world.run("facebook")
    recall(world)
    dispatcher.turn()
    world.programme(_without("target"))
    watch(world)
    assert world.states("facebook", kind="recall") == ["sending"]


def test_every_item_has_its_own_alarm(world: World) -> None:
    """Another item's recall is neither told of nor closed by this one's."""
    failed(world)
    world.approved(an_item("td-02"))
    with world.store.write() as s:
        raise_alarm(s, NOON, "recall:td-02/facebook", "recall", "serious", "khác")
        raise_alarm(s, NOON, "recall:td-02", "recall", "serious", "khác")
        recall_item(s, NOON + timedelta(hours=1), "duyet", "td-02", "sai", ())
    watch(world)
    watch(world)
    assert world.alarms() == {"recall:td-01", "recall:td-01/facebook"}
    with world.store.read() as s:  # never closed and opened anew
        assert len(s.scalars(select(Alarm).where(Alarm.cause == "recall:td-01/facebook"))
                   .all()) == 1
