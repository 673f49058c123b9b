"""What the coming days lack: told once a cause, with the reason, until it is mended."""

from datetime import timedelta

from tests.builders import an_item
from tests.conftest import START
from tests.store.conftest import MakeWorld
from tests.store.world import MINUTE, NOBODY, NOON, TODAY, World, a_text
from worker.gaps import tell_gaps
from worker.models import ChannelPlan

TOMORROW = TODAY + timedelta(days=1)


def test_a_black_out_leaves_the_cell_with_its_reason(world: World) -> None:
    """The day of mourning: nothing is planned there, the calendar says why."""
    world.programme(a_text() + f"""
[[blackouts]]
name = "Quốc tang"
first = {TOMORROW}
last = {TOMORROW}
""")
    world.plan()
    assert world.deliveries(day=TOMORROW) == []
    with world.store.read() as s:
        plan = s.get_one(ChannelPlan, (f"canh_giac/trua/{TOMORROW}/1", "sms"))
    assert "giờ không phát" in plan.problem


def test_a_text_that_does_not_fit_is_refused_with_the_reason(make_world: MakeWorld) -> None:
    """Never cut: the cell of that channel is blocked, the others air."""
    world = make_world(a_text(stand_by=NOBODY, themes='themes = ["phap_luat"]'))
    long = an_item("td-02", theme="phap_luat", texts={"sms": "Công an không gọi điện. " * 30})
    world.approved(long)
    report = world.plan()
    assert world.deliveries() == []
    assert len(world.deliveries("facebook")) == 1
    with world.store.write() as s:
        tell_gaps(s, world.clock.now(), report)
    assert world.alarms() == {"unfit:canh_giac:sms"}


def test_an_empty_slot_is_told_until_it_is_filled(make_world: MakeWorld) -> None:
    """Nothing to air: one Sự cố a segment, closed by itself when there is something."""
    world = make_world(a_text(stand_by=NOBODY, themes='themes = ["phap_luat"]'))
    for alarms in ({"empty:canh_giac"}, set()):
        report = world.plan()
        with world.store.write() as s:
            tell_gaps(s, world.clock.now(), report)
        assert world.alarms() == alarms
        if alarms:
            world.approved(an_item("pl-01", theme="phap_luat"))
    assert world.occurrence().item_id == "pl-01"


def test_the_stand_by_airs_and_is_told(make_world: MakeWorld) -> None:
    """No item of the theme: the stand-by takes the slot, and somebody hears of it, also when
    the slot is so near that the pick stands."""
    world = make_world(a_text(themes='themes = ["phap_luat"]'))
    for moment in (START, NOON - MINUTE):
        world.to(moment)
        report = world.plan()
        assert (world.occurrence().item_id, world.occurrence().picked_by) == ("td-01", "stand_by")
        with world.store.write() as s:
            tell_gaps(s, world.clock.now(), report)
        assert world.alarms() == {"empty:canh_giac"}
