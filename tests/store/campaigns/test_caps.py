"""How often one number is written to, across campaigns and lists; asked twice."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, literal, select, text, update

from tests.builders import an_item
from tests.conftest import START
from tests.store.campaigns.world import CONSENT, Campaigns, campaigns
from tests.store.conftest import MakeWorld
from tests.store.world import HOUR
from worker.campaigns import caps
from worker.campaigns.units import Running
from worker.lists.upkeep import upkeep
from worker.models import CampaignMessage, RecipientList
from worker.models.lists import Bytes

LAN, MAI, HOA = "0950000101", "0950000102", "0950000103"
DAY = timedelta(days=1)


@pytest.fixture
def made(make_world: MakeWorld) -> Campaigns:
    made = campaigns(make_world())
    made.world.approved(
        an_item("td-02"),
        an_item("qc-01", purpose="quang_cao", body=(
            "[QC] Cho que mo cua thu bay. Tu choi: soan TC gui 1234.")))
    return made


def before_begin(made: Campaigns, campaign: int, first: int = 1, last: int = 9) -> int:
    with made.home.store.write() as s:
        return caps.leave_out(s, made.home.clock.now(), "may-1",
                              Running.of(made.row(campaign)), first, last)


def later(made: Campaigns, by: timedelta) -> None:
    made.home.clock.advance(by.total_seconds())  # type: ignore[attr-defined]


def test_one_a_day_and_the_same_item_once_in_thirty_days(made: Campaigns) -> None:
    first = made.running(made.a_list([LAN]))
    made.reached(first)
    second = made.a_list([LAN, MAI])

    assert made.states(made.draft(second, item="td-02")) == ["left_out cap-day", "waiting"]
    later(made, DAY)
    assert made.states(made.draft(second, item="td-02")) == ["waiting", "waiting"]
    assert made.states(made.draft(second)) == ["left_out cap-item", "waiting"]
    later(made, 30 * DAY)
    assert made.states(made.draft(second)) == ["waiting", "waiting"]


def test_a_day_is_the_calendars_and_counts_for_the_day_it_starts(made: Campaigns) -> None:
    made.reached(made.running(made.a_list([LAN])))
    people, now = made.a_list([LAN, MAI]), made.home.clock.now()

    assert made.states(made.draft(people, item="td-02", starts=now + 15 * HOUR))[0] == (
        "left_out cap-day")
    assert made.states(made.draft(people, item="td-02", starts=now + 17 * HOUR))[0] == "waiting"


@pytest.mark.parametrize("state", ["rejected", "exhausted", "cancelled"])
def test_what_never_reached_them_does_not_count(made: Campaigns, state: str) -> None:
    made.reached(made.running(made.a_list([LAN])), state)

    assert made.states(made.draft(made.a_list([LAN]))) == ["waiting"]


@pytest.mark.parametrize("state", ["sending", "delivered", "uncertain"])
def test_what_may_have_reached_them_does(made: Campaigns, state: str) -> None:
    made.reached(made.running(made.a_list([LAN])), state)

    assert made.states(made.draft(made.a_list([LAN, MAI])))[0] == "left_out cap-day"


def test_corrections_are_held_back_by_nothing_and_count_for_nothing(made: Campaigns) -> None:
    made.reached(made.running(made.a_list([LAN])))
    correction = made.running(made.a_list([LAN]), correction=True)
    assert made.states(correction) == ["waiting"]
    later(made, DAY)
    made.reached(correction)

    assert made.states(made.draft(made.a_list([LAN]), item="td-02")) == ["waiting"]


def test_an_urgent_campaign_is_held_back_by_nothing(made: Campaigns) -> None:
    made.reached(made.running(made.a_list([LAN])))
    urgent = made.running(made.a_list([MAI]))
    row = made.row(urgent)
    row.priority = "khan_cap"

    with made.home.store.read() as s:
        programme = made.home.programme().programme
        assert caps.rules(s, made.home.clock.now(), programme, made.row(urgent)) is not None
        assert caps.rules(s, made.home.clock.now(), programme, row) is None


def test_advertising_three_in_twenty_four_hours(made: Campaigns) -> None:
    people = made.a_list([LAN, MAI], origin=CONSENT)
    for _ in range(3):
        campaign = made.running(people, item="qc-01")
        assert made.states(campaign) == ["waiting", "waiting"]
        made.reached(campaign, "accepted", 1)
        later(made, 7 * HOUR)

    assert made.states(made.draft(people, item="qc-01")) == ["left_out cap-day", "waiting"]
    later(made, 4 * HOUR)
    assert made.states(made.draft(people, item="qc-01")) == ["waiting", "waiting"]


def test_all_is_asked_again_before_each_slice(made: Campaigns) -> None:
    waits = made.running(made.a_list([LAN, MAI, HOA]), item="td-02")
    assert before_begin(made, waits) == 0
    made.wish(LAN, "opt_out")
    made.wish(MAI, "do_not_call")
    made.reached(made.running(made.a_list([HOA])))

    assert before_begin(made, waits, 2, 3) == 1
    assert made.states(waits) == ["waiting", "waiting", "left_out cap-day"]
    assert before_begin(made, waits) == 1
    assert made.states(waits) == ["left_out opt-out", "waiting", "left_out cap-day"]


def test_who_was_forgotten_gets_nothing_more(made: Campaigns) -> None:
    waits = made.running(made.a_list([LAN, MAI]))
    made.forget(LAN)

    before_begin(made, waits)

    assert made.states(waits) == ["left_out forgotten", "waiting"]


def test_what_may_be_out_is_not_denied(made: Campaigns) -> None:
    waits = made.running(made.a_list([LAN]))
    with made.home.store.write() as s:
        s.execute(update(CampaignMessage).values(maybe_out=True, account="chinh", attempts=1))
    made.wish(LAN, "opt_out")

    before_begin(made, waits)

    assert made.states(waits) == ["uncertain opt-out"]


def test_a_list_that_ended_is_not_taken_for_forgotten_people(made: Campaigns) -> None:
    people = made.a_list([LAN])
    waits = made.running(people)
    made.end(people)

    assert before_begin(made, waits) == 0
    assert made.states(waits) == ["waiting"]


def test_without_another_campaign_history_is_not_looked_at(made: Campaigns) -> None:
    waits = made.running(made.a_list([LAN]))
    said: list[str] = []
    running = Running.of(made.row(waits))
    event.listen(made.home.store.engine, "before_cursor_execute",
                 lambda *a: said.append(str(a[2])))

    with made.home.store.write() as s:
        caps.leave_out(s, made.home.clock.now(), "may-1", running, 1, 9)

    assert len([s for s in said if "SELECT" in s]) == 2
    assert not any("recipient_lookup" in s for s in said)


def test_look_up_values_outlive_what_caps_look_back_for(made: Campaigns) -> None:
    """A list of which something was sent a week ago is still known when its month is over."""
    people = made.a_list([LAN])
    campaign = made.running(people)
    made.end(people)
    with made.home.store.write() as s:
        s.execute(update(RecipientList).values(ended_at=made.home.clock.now() - 400 * DAY))
    made.reached(campaign)
    later(made, 30 * DAY)

    upkeep(made.home, made.home.clock.now())
    kept: Any = made.lists.lookups()
    later(made, 2 * DAY)
    upkeep(made.home, made.home.clock.now())

    assert (kept, made.lists.lookups()) == (1, 0)


def test_a_numbers_history_is_found_by_index(made: Campaigns) -> None:
    """However many messages there are: from the number to its places, from these to messages."""
    if not made.home.store.sqlite:
        return  # its planner goes by what the tables hold, which is next to nothing here
    limits = caps.Rules(START, 1, (1, 2), START, (2,))
    with made.home.store.read() as s:
        query = select(*caps.reached(limits, literal(b"x", Bytes))).compile(
            s.get_bind(), compile_kwargs={"literal_binds": True, "render_postcompile": True})
        plan = [str(row[3]) for row in s.execute(text(f"EXPLAIN QUERY PLAN {query}"))]

    steps = [step for step in plan if "SEARCH" in step or "SCAN" in step]
    assert len([x for x in steps if "SEARCH" in x and "(lookup=?)" in x]) == 2
    assert len([x for x in steps if "ix_campaign_message_recipient" in x]) == 2
    assert not [x for x in steps if x.startswith("SCAN got")]
