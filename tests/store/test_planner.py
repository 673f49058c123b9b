"""The planner writes the calendar down: once, in place, until it is too late. Both databases."""

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select, text, update

from channels.values import Retry
from tests.builders import an_item
from tests.conftest import START
from tests.fakes import Held, InterruptedStore
from tests.store.conftest import MakeWorld
from tests.store.world import CLOSES, HOUR, MINUTE, NOBODY, NOON, TODAY, World, a_text
from worker.gaps import tell_gaps
from worker.models import Batch, ChannelPlan, Delivery, Event, Item, Occurrence, Pin
from worker.outbox import acts
from worker.outbox.recall import recall_item
from worker.planner.store import replan

DAY = timedelta(days=1)
TOMORROW = TODAY + DAY
#: when tomorrow's scripts are handed to the stations: 17:00 the day before
HANDED = NOON + timedelta(hours=5, minutes=30)


def there(day: date = TODAY) -> str:
    return f"canh_giac/trua/{day}/1"


def rows(world: World) -> list[tuple[object, ...]]:
    """Everything a second planning could have changed."""
    with world.store.read() as s:
        return [
            tuple(r) for table, keys in (
                (Occurrence, ("id",)), (ChannelPlan, ("occurrence_id", "channel")),
                (Batch, ("id",)), (Delivery, ("id",)), (Event, ("occurrence_id", "seq")))
            for r in s.execute(select(table.__table__)
                               .order_by(*(table.__table__.c[k] for k in keys)))
        ]


def pin(world: World, item: str, day: date = TODAY) -> None:
    with world.store.write() as s:
        s.add(Pin(entry="canh_giac", slot="trua", local_date=day, item_id=item, by="soan",
                  at=world.clock.now()))


# ---------------------------------------------------------------- once


def test_planning_twice_changes_nothing(world: World) -> None:
    """The same call again writes not a row."""
    before = rows(world)
    report = world.plan()
    assert (report.added, report.rewritten, report.removed) == (0, [], [])
    assert rows(world) == before


def test_the_plan_reaches_as_far_as_the_programme_says(world: World) -> None:
    """Eight days ahead, every channel with its text, or the reason why there is none."""
    with world.store.read() as s:
        days = s.scalars(select(Occurrence.local_date).order_by(Occurrence.local_date)).all()
        assert days == [TODAY + n * DAY for n in range(9)]
        assert s.scalar(select(func.count()).select_from(Delivery)) == 9 * 4
        assert s.scalars(select(ChannelPlan.problem).distinct()).all() == [""]


def test_two_planners_at_once_plan_once(make_world: MakeWorld) -> None:
    """Two nodes, one new calendar: each occurrence once, no error."""
    world = make_world()
    with world.store.write() as s:
        for table in ("delivery", "batch", "channel_plan"):
            s.execute(text(f"DELETE FROM {table}"))  # noqa: S608  (our own names)
    start = threading.Barrier(2)
    reports: list[int] = []

    def work() -> None:
        start.wait()
        reports.append(len(world.plan().rewritten))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert sum(reports) == 9
    with world.store.read() as s:
        assert s.scalar(select(func.count()).select_from(Delivery)) == 9 * 4


def test_a_planner_of_an_older_programme_gives_way(world: World) -> None:
    """A newer programme is accepted while it is thinking: it thinks again."""
    world.programme(a_text(noon='start = "12:00"\nend = "13:30"\n'))
    store = InterruptedStore(world.store.url, lambda: world.programme(
        a_text(noon='start = "12:15"\nend = "13:30"\n')))
    replan(store, world.clock.now(), "lich")
    store.close()
    assert world.occurrence().opens_at == NOON + 45 * MINUTE
    assert world.events() == ["planned", "superseded"]


# ---------------------------------------------------------------- edits


def test_an_edit_moves_cancels_and_adds_in_place(world: World) -> None:
    """Same occurrence, same keys: only times, channels and texts follow the edit."""
    keys = {d.id for d in world.deliveries()}
    # when the slot moves
    world.programme(a_text(noon='start = "12:00"\nend = "13:30"\n'))
    assert len(world.plan().rewritten) == 9
    assert [b.opens_at for b in world.batches()] == [NOON + 30 * MINUTE]
    assert {d.id for d in world.deliveries()} == keys
    assert world.events() == ["planned", "superseded"]

    # when a channel goes, it goes; when it comes back, it has the same keys
    world.programme(a_text(on='channels = ["facebook", "website", "loa"]'))
    world.plan()
    assert world.deliveries() == []
    world.programme(a_text())
    world.plan()
    assert {d.id for d in world.deliveries()} == keys

    # when the whole segment is off on that day, its story stays
    world.programme(a_text(when='id = "canh_giac"\nvalid_from = 2026-11-26\n'))
    assert sorted(world.plan().removed) == [there(), there(TOMORROW)]
    assert world.deliveries() == []
    assert world.events()[-1] == "superseded"


def test_within_a_quarter_of_an_hour_an_edit_comes_too_late(world: World) -> None:
    """15 minutes before it is due a cell is left alone; the other channels still follow."""
    world.to(NOON - 15 * MINUTE)
    world.programme(a_text(noon='start = "12:00"\nend = "13:30"\n'))
    world.plan()
    assert [b.opens_at for b in world.batches()] == [NOON]
    assert [b.opens_at for b in world.batches(day=TOMORROW)] == [NOON + DAY + 30 * MINUTE]


def test_what_was_handed_over_does_not_freeze_the_other_channels(world: World) -> None:
    """Tomorrow's scripts are with the stations: tomorrow's SMS still follows an edit."""
    world.to(HANDED)
    world.run("loa")
    assert world.states("loa", day=TOMORROW) == ["delivered"]
    world.programme(a_text(targets=2))
    world.plan()
    assert len(world.deliveries(day=TOMORROW)) == 2
    assert [d.version for d in world.deliveries("loa", day=TOMORROW)] == [1]


def test_what_has_begun_is_never_touched(world: World) -> None:
    """Begun, and to be tried again: an edit, even a pin, leaves it as it is."""
    world.approved(an_item("td-02"))
    world.fakes["sms"].script = [Retry("busy", "")]
    world.to(NOON)
    world.run()
    begun = world.one()
    pin(world, "td-02")
    world.programme(a_text(targets=2))
    world.plan()
    assert [d.id for d in world.deliveries()] == [begun.id]
    assert world.one().content_sha256 == begun.content_sha256
    # while a channel of which nothing has begun takes the pinned item
    assert [b.item_id for b in world.batches("facebook")] == ["td-02"]


def test_a_begin_during_planning_is_not_lost(world: World) -> None:
    """The planner has looked, then the worker begins: what began stands, no error."""
    world.approved(an_item("td-02"))
    pin(world, "td-02")
    world.to(NOON)
    dispatcher = world.dispatcher(pool=Held())
    store = InterruptedStore(world.store.url, dispatcher.turn)
    replan(store, world.clock.now(), "lich")
    store.close()
    assert world.states() == ["sending"]
    assert [b.item_id for b in world.batches()] == ["td-01"]
    assert [b.item_id for b in world.batches("facebook")] == ["td-02"]


def test_a_cancel_during_planning_stands(world: World) -> None:
    """The planner has looked, then a person cancels: it stays cancelled."""
    world.programme(a_text(noon='start = "12:00"\nend = "13:30"\n'))
    store = InterruptedStore(world.store.url, lambda: cancel(world))
    replan(store, world.clock.now(), "lich")
    store.close()
    assert world.states() == ["cancelled"]
    assert world.states(day=TOMORROW) == ["queued"]


def cancel(world: World) -> None:
    with world.store.write() as s:
        acts.cancel_occurrence(s, world.clock.now(), "soan", there(), "sai")


def test_a_slot_moved_into_the_past_is_taken_out_and_not_missed(world: World) -> None:
    """An edit at ten moves noon to eight: nobody missed it, it is no longer wanted today."""
    world.clock.advance(2 * 3600)
    world.programme(a_text(noon='start = "08:00"\nend = "09:00"\n'))
    world.plan()
    assert world.deliveries() == []
    assert world.house().sweep() == []


# ---------------------------------------------------------------- pins, approvals, recall


def test_a_pin_changes_its_own_day_even_within_the_freeze(world: World) -> None:
    """A person's choice counts until it begins; taking it away gives the pick back."""
    world.approved(an_item("td-02", theme="phap_luat"))
    world.to(NOON - 5 * MINUTE)
    pin(world, "td-02")
    world.plan()
    assert (world.occurrence().item_id, world.occurrence().picked_by) == ("td-02", "pin")
    assert world.occurrence(there(TOMORROW)).item_id == "td-01"

    with world.store.write() as s:
        s.execute(delete(Pin))
    world.plan()
    assert (world.occurrence().item_id, world.occurrence().picked_by) == ("td-01", "rotate")
    world.to(NOON)
    world.run()
    assert world.states() == ["delivered"]


def test_a_newly_approved_item_waits_for_a_pick_that_is_not_yet_near(world: World) -> None:
    """A quarter of an hour before it is due a pick stands, whatever is approved meanwhile."""
    world.to(NOON - 10 * MINUTE)
    world.approved(an_item("td-00"))  # never aired: it would be the next
    world.plan()
    assert world.occurrence().item_id == "td-01"
    assert world.occurrence(there(TOMORROW)).item_id == "td-00"


def test_a_pin_on_an_item_that_may_not_air_changes_nothing(world: World) -> None:
    """Not approved: what stands stands, and those on duty hear of it."""
    world.approved(an_item("td-02"))
    with world.store.write() as s:
        s.get_one(Item, "td-02").state = "returned"
    for moment in (START, NOON - MINUTE):
        world.to(moment)
        if moment == START:
            pin(world, "td-02")
        else:
            world.approved(an_item("td-00"))  # it would be the next, but noon is near
        report = world.plan()
        assert world.occurrence().item_id == "td-01"
        assert there() not in report.rewritten
        with world.store.write() as s:
            tell_gaps(s, world.clock.now(), report)
        assert f"pin:canh_giac:{TODAY}" in world.alarms()


def test_a_lost_approval_gives_the_place_to_another(world: World) -> None:
    """Even within the freeze: what may not air is replaced by what may."""
    world.approved(an_item("td-02"))
    world.to(NOON - 5 * MINUTE)
    with world.store.write() as s:
        s.get_one(Item, "td-01").state = "returned"
        s.flush()
        acts.follow_item(s, world.clock.now(), "td-01", "duyet")
    world.plan()
    world.to(NOON)
    world.run()
    assert world.occurrence().item_id == "td-02"
    assert world.states() == ["delivered"]


def test_a_recalled_item_gives_its_places_to_others(world: World) -> None:
    """Recalled in the morning: noon airs another item."""
    world.approved(an_item("td-02"))
    with world.store.write() as s:
        recall_item(s, world.clock.now(), "duyet", "td-01", "sai", world.office().recallable())
    world.plan()
    world.to(NOON)
    for channel in ("sms", "facebook"):
        world.run(channel)
        assert world.states(channel) == ["delivered"]
    assert world.occurrence().item_id == "td-02"


def test_a_change_after_handing_over_is_the_next_version(world: World) -> None:
    """The stations have the script: the new one goes out as version 2 of the same airing."""
    world.approved(an_item("td-02"))
    world.to(HANDED)
    world.run("loa")
    pin(world, "td-02", TOMORROW)
    world.plan()
    assert [(d.version, d.state) for d in world.deliveries("loa", day=TOMORROW)] == [
        (1, "delivered"), (2, "queued")]

    world.run("loa")

    assert [(m.extra["version"], m.extra["occurrence"]) for m in world.fakes["loa"].sent] == [
        ("1", there(TOMORROW)), ("2", there(TOMORROW))]
    assert [d.state for d in world.deliveries("loa", day=TOMORROW)] == ["delivered"] * 2
    # and planning again adds no third
    report = world.plan()
    assert report.rewritten == []


def test_once_on_the_air_there_is_no_next_version(world: World) -> None:
    """After the slot has opened a script is no longer replaced."""
    world.approved(an_item("td-02"))
    world.to(HANDED)
    world.run("loa")
    world.to(NOON + DAY)
    pin(world, "td-02", TOMORROW)
    world.plan()
    assert [d.version for d in world.deliveries("loa", day=TOMORROW)] == [1]


# ---------------------------------------------------------------- late


def test_an_item_approved_after_the_slot_did_not_miss_it(make_world: MakeWorld) -> None:
    """Empty at noon, approved at three: no "missed" for a text that nobody had approved."""
    world = make_world(a_text(stand_by=NOBODY, themes='themes = ["phap_luat"]'))
    world.to(CLOSES + HOUR)
    world.plan()
    world.approved(an_item("pl-01", theme="phap_luat"))
    world.plan()
    assert world.deliveries() == []
    assert world.house().sweep() == []
    assert len(world.deliveries(day=TOMORROW)) == 1


def test_away_for_twenty_days_everything_missed_is_told(world: World) -> None:
    """Planned before or not: each missed slot expires with a word; nothing goes out late."""
    world.clock.advance_to(CLOSES + 20 * DAY)
    house = world.house()
    world.plan()
    missed = {(m.occurrence_id, m.channel) for m in house.sweep()}
    for n in range(21):
        assert (there(TODAY + n * DAY), "sms") in missed
    for channel in ("sms", "facebook", "website", "loa"):
        world.run(channel)
    sent = [m.extra["occurrence"] for c in world.fakes.values() for m in c.sent]
    assert set(sent) <= {there(TODAY + 21 * DAY)}  # tomorrow's script for the stations


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York"])
def test_a_changed_time_zone_moves_what_has_not_begun(world: World, zone: str) -> None:
    """The same local hour elsewhere: same occurrences, same keys, other moments; DST included."""
    keys = [d.id for d in world.deliveries(day=TOMORROW)]
    world.programme(a_text(zone=f'timezone = "{zone}"'))
    world.plan()
    opens = {"Europe/Paris": NOON + 6 * HOUR, "America/New_York": NOON + 12 * HOUR}[zone]
    assert world.occurrence(there(TOMORROW)).opens_at == opens + DAY
    assert [d.id for d in world.deliveries(day=TOMORROW)] == keys


def test_what_was_decided_by_when_in_doubt_follows_an_edit(world: World) -> None:
    """`when_uncertain` is part of what would go out: an edit of it alone counts."""
    world.programme(a_text(when='id = "canh_giac"\nwhen_uncertain = "resend"\n'))
    world.plan()
    assert world.occurrence().when_uncertain == "resend"
    with world.store.write() as s:
        s.execute(update(Occurrence).values(cancelled_at=world.clock.now()))
