"""SMS that carriers would drop: not planned, or named days ahead."""

from datetime import date, timedelta

import pytest

from tests.builders import an_item, settings_for
from tests.store.conftest import MakeWorld
from tests.store.world import HERE, TODAY, World, a_text
from worker.alarms.store import open_alarms
from worker.home import Home, InForce, in_force
from worker.items.store import airable
from worker.models import ChannelPlan
from worker.planner.view import view
from worker.smstemplates.ahead import look_ahead

TOMORROW = TODAY + timedelta(days=1)
GOOD = "Cong an khong lam viec qua dien thoai. Bao {cong_an:30}, goi {so:6}."


def a_template(text: str = GOOD, carrier: str = "Viettel", *, days: int = 90) -> str:
    return f"""
[[sms_templates]]
id = "{carrier.lower()}-{days}"
channel = "sms"
carriers = ["{carrier}"]
sender = "XA LUC NGAN"
text = "{text}"
state = "hieu_luc"
valid_until = {TODAY + timedelta(days=days)}
"""


def causes(world: World) -> dict[str, str]:
    """Open alarms by cause, with their severity."""
    with world.store.read() as s:
        return {a.cause: a.severity for a in open_alarms(s)}


def problem(world: World, day: date = TODAY) -> str:
    with world.store.read() as s:
        return s.get_one(ChannelPlan, (HERE.replace(TODAY.isoformat(), day.isoformat()),
                                       "sms")).problem


def test_what_no_carrier_would_take_is_not_planned(world: World) -> None:
    """Its template ends between two days: one is planned, the other has its reason, and one
    Sự cố tells of it. With a template that lasts, it is planned and the Sự cố is over."""
    house = world.house()
    world.programme(a_text() + a_template(days=2))
    house.plan()

    last, after = TODAY + timedelta(days=2), TODAY + timedelta(days=3)
    assert len(world.deliveries(day=last)) == 1
    assert world.deliveries(day=after) == []
    assert len(world.deliveries("facebook", day=after)) == 1
    assert f"Viettel: mẫu «viettel-2» hết hạn {last:%d/%m/%Y}" in problem(world, after)
    assert causes(world) == {"sms-template:viettel-2": "warning",
                             "sms-template:sms:canh_giac": "serious"}

    world.programme(a_text() + a_template(days=2) + a_template())
    house.plan()
    assert len(world.deliveries(day=after)) == 1
    assert causes(world) == {}


def test_what_some_carriers_would_drop_goes_to_a_number_nobody_can_place(world: World) -> None:
    """Planned, for its carrier may be the one that takes it; the others are named."""
    world.programme(a_text() + a_template() + a_template("Tin khac.", "MobiFone"))
    world.house().plan()

    assert len(world.deliveries()) == 1
    assert problem(world) == ""
    assert causes(world) == {"sms-template:sms:canh_giac": "warning"}
    shown = view(Home(settings_for(world.var), world.store, world.clock), TODAY, TOMORROW)
    assert [row["problem"].partition(":")[0] for row in shown if row["channel"] == "sms"] == [
        "MobiFone", "MobiFone"]  # today's stands already, tomorrow's may change
    assert {row["problem"] for row in shown if row["channel"] != "sms"} == {""}


@pytest.mark.parametrize("purpose", ["cong_ich", "quang_cao"])
def test_an_advertisement_is_asked_for_no_template(make_world: MakeWorld, purpose: str) -> None:
    world = make_world(a_text(themes='themes = ["phap_luat"]'))
    world.approved(an_item("qc-01", theme="phap_luat", purpose=purpose))
    world.programme(a_text(themes='themes = ["phap_luat"]') + a_template("Tin khac."))
    world.plan()

    # today's item stands since yesterday at 17:00, when the station got its script
    assert world.occurrence(HERE.replace(str(TODAY), str(TOMORROW))).item_id == "qc-01"
    assert len(world.deliveries(day=TOMORROW)) == (purpose == "quang_cao")


def test_the_training_mark_breaks_no_template(world: World) -> None:
    """It stands in front of what is sent in training, and no carrier ever sees it."""
    world.programme(a_text() + a_template())
    world.plan()

    assert len(world.deliveries()) == 1
    assert world.occurrence().item_id == "td-01"


def test_a_text_that_fits_no_template_is_not_approved_for_sms(world: World) -> None:
    """It is frozen with its reason, and airs elsewhere."""
    world.programme(a_text() + a_template())
    world.approved(an_item("td-02", body="Cảnh giác lừa đảo."))

    with world.store.read() as s:
        item = next(i for i in airable(s) if i.content.id == "td-02")
    assert [p["code"] for p in item.renditions["sms"].problems] == ["sms-template"]
    assert item.renditions["facebook"].problems == []


def test_an_edit_is_looked_at_before_it_is_in_force(world: World) -> None:
    """What `giovang check` says of the days ahead; nothing is written."""
    with world.store.read() as s:
        force = in_force(s)
        edited = force.programme.model_validate(
            {**force.programme.model_dump(), "sms_templates": [{
                "id": "khac", "channel": "sms", "carriers": ["Viettel"], "sender": "XA LUC NGAN",
                "text": "Tin khac.", "state": "hieu_luc", "valid_until": "2027-12-31"}]})
        before = look_ahead(s, force, world.clock.now())
        after = look_ahead(s, InForce(force.version, edited), world.clock.now())

    assert before == []
    assert {lack.cause for lack in after} == {"sms-template:sms:canh_giac"}
    assert after[0].where == f"Buổi trưa ngày {TODAY:%d/%m/%Y}, kênh sms, tin td-01"
    assert len(after) == 9  # today and the eight days planned ahead
    assert len(world.deliveries()) == 1
