"""The calendar by weeks: repeats in the plan, what is shown of the rows, and by which indexes."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.exc import DBAPIError

from tests.builders import a_channel, an_item
from tests.store.test_planner import pin, rows
from tests.store.world import NOON, TODAY, World, a_text
from worker.db import is_sqlite
from worker.errors import Refused
from worker.home import in_force
from worker.models import Series, SeriesDay
from worker.planner import pinning, series
from worker.planner.pinning import Spot
from worker.planner.summary import Counts, Hour, chip, of_chips
from worker.planner.wanted import PinKey
from worker.planner.week import Calendar, calendar, monday
from worker.scope import WHOLE, scope_of

DAY = timedelta(days=1)
WEEK = 7 * DAY
THURSDAY = date(2026, 11, 26)
HERE = PinKey("canh_giac", "trua", THURSDAY)
BEFORE, DURING, OVER = Hour(before=True, over=False), Hour(False, False), Hour(False, True)


@pytest.fixture
def two(world: World) -> World:
    world.approved(an_item("td-02", title="Giả danh ngân hàng", valid_to=date(2027, 6, 30)))
    world.plan()
    return world


def weekly(world: World, item: str = "td-02", first: date = THURSDAY,
           last: date = THURSDAY + 5 * WEEK) -> series.Begun:
    with world.store.write() as s:
        begun = series.begin(s, in_force(s).programme, world.clock.now(), "soan", item, "trua",
                             first, last, "canh_giac")
    world.plan()
    return begun


def picked(world: World, day: date) -> tuple[str, str]:
    o = world.occurrence(f"canh_giac/trua/{day}/1")
    return o.item_id, o.picked_by


def week_of(world: World, day: date = TODAY, organisation: str | None = None) -> Calendar:
    with world.store.read() as s:
        programme = in_force(s).programme
        scope = scope_of(programme, organisation) if organisation else WHOLE
        return calendar(s, programme, world.clock.now(), monday(day), monday(day) + 6 * DAY, scope)


# --------------------------------------------------------------------------------- series


def test_a_weekly_repeat_is_picked_like_a_pin_and_planning_again_changes_nothing(
    two: World
) -> None:
    """Same occurrences, same keys: only the pick is set, now and when the plan reaches further."""
    keys = {d.id for d in two.deliveries(day=THURSDAY)}
    assert weekly(two).days == tuple(THURSDAY + n * WEEK for n in range(6))

    assert picked(two, THURSDAY) == ("td-02", "pin")
    assert {d.id for d in two.deliveries(day=THURSDAY)} == keys
    before = rows(two)
    assert two.plan().rewritten == []
    assert rows(two) == before
    two.to(NOON + 3 * DAY)
    two.plan()
    assert picked(two, THURSDAY + WEEK) == ("td-02", "pin")


def test_a_day_left_out_leaves_the_others_and_a_pin_of_a_day_wins(two: World) -> None:
    weekly(two, last=THURSDAY + WEEK)
    with two.store.write() as s:
        assert series.leave_out(s, two.clock.now(), "soan", HERE) == "td-02"
        assert series.leave_out(s, two.clock.now(), "soan", HERE) is None
        assert series.pinned(s, TODAY) == {HERE._replace(day=THURSDAY + WEEK): "td-02"}
    two.plan()
    assert picked(two, THURSDAY) == ("td-01", "rotate")
    with two.store.write() as s:
        assert series.put_back(s, two.clock.now(), "soan", HERE) == "td-02"
    pin(two, "td-01", THURSDAY)
    two.plan()
    assert picked(two, THURSDAY)[0] == "td-01"
    # the pin taken away, the day belongs to its series again
    with two.store.write() as s:
        pinning.unpin(s, two.clock.now(), "soan", "td-01", Spot(THURSDAY, "trua", "canh_giac"))
    two.plan()
    assert picked(two, THURSDAY) == ("td-02", "pin")


def test_a_repeat_ends_from_a_day_on_and_its_story_stays(two: World) -> None:
    weekly(two)
    with two.store.write() as s:
        later = HERE._replace(day=THURSDAY + 2 * WEEK)
        assert series.end(s, two.clock.now(), "soan", later) == "td-02"
    with two.store.read() as s:
        assert s.scalars(select(SeriesDay.local_date).order_by(SeriesDay.local_date)).all() == [
            THURSDAY, THURSDAY + WEEK]
    with two.store.write() as s:
        series.end(s, two.clock.now(), "soan", HERE)
        assert s.scalars(select(Series)).all() == []


@pytest.mark.parametrize(("last", "why"), [
    (THURSDAY + 5 * WEEK, "đã lặp lại hằng tuần"), (date(2027, 7, 1), "hiệu lực đến 30/06/2027"),
])
def test_what_cannot_be_repeated_says_why(two: World, last: date, why: str) -> None:
    weekly(two, "td-01", THURSDAY + WEEK, THURSDAY + WEEK)

    with pytest.raises(Refused, match=why):
        weekly(two, last=last)


def test_the_database_refuses_two_repeats_in_one_place(two: World) -> None:
    weekly(two)

    with pytest.raises(DBAPIError), two.store.write() as s:
        s.execute(insert(SeriesDay), [{
            "local_date": THURSDAY, "entry": "canh_giac", "slot": "trua", "series_id": 1,
            "left_out_by": None}])


# ------------------------------------------------------------------------------- one sign


@pytest.mark.parametrize(("states", "late", "hour", "shown"), [
    ({"delivered": 3}, 0, DURING, "aired"), ({"delivered": 3}, 1, DURING, "late"),
    ({"delivered": 3, "expired": 1}, 0, OVER, "missing"),
    ({"delivered": 3, "uncertain": 1, "rejected": 1}, 0, OVER, "unsure"),
    ({"delivered": 1, "ready": 2}, 0, DURING, "sending"), ({"ready": 2}, 0, BEFORE, "planned"),
    ({"ready": 2}, 0, OVER, "missing"), ({"held": 2}, 0, BEFORE, "held"),
    ({"recalled": 1}, 0, OVER, "recalled"), ({"cancelled": 2}, 0, OVER, "cancelled"),
    ({"accepted": 1}, 0, BEFORE, "handed"), ({}, 0, BEFORE, "blocked"),
])
def test_many_deliveries_are_one_sign(
    states: dict[str, int], late: int, hour: Hour, shown: str
) -> None:
    made = chip(a_channel("sms"), Counts(states, late), "", hour, cancelled=False)

    assert made.state == shown
    assert of_chips([made], cancelled=False) == shown


def test_what_a_station_has_taken_is_not_aired_before_it_says_so() -> None:
    loa = a_channel("loa")
    taken = chip(loa, Counts({"accepted": 1}), "", OVER, cancelled=False)
    said = chip(loa, Counts({"delivered": 1}), "", OVER, cancelled=False)

    assert (taken.state, said.state) == ("handed", "aired")


# ------------------------------------------------------------------------------- the rows


def test_the_week_shows_the_rows_as_they_are(two: World) -> None:
    two.to(NOON + timedelta(minutes=1))
    two.run("sms")
    weekly(two)

    found = week_of(two)

    [today] = found.cells[TODAY, "trua"].entries
    assert {c.channel: (c.state, c.out, c.total) for c in today.chips} == {
        "sms": ("aired", 1, 1), "facebook": ("planned", 0, 1), "website": ("planned", 0, 1),
        "loa": ("planned", 0, 1)}
    assert today.state == "sending"
    [thursday] = found.cells[THURSDAY, "trua"].entries
    assert (thursday.item, thursday.how) == ("td-02", "series")
    assert found.cells[TODAY, "chieu"].entries == ()
    assert found.states(TODAY) == {"sending": 1}
    # far beyond the plan nothing is claimed but what a person chose
    far = week_of(two, THURSDAY + 4 * WEEK)
    assert [(e.state, e.item) for day in far.days for e in far.cells[day, "trua"].entries] == [
        ("later", "td-02" if day == THURSDAY + 4 * WEEK else "") for day in far.days]


def test_nothing_approved_is_empty_within_the_plan(world: World) -> None:
    with world.store.write() as s:
        s.execute(text("UPDATE item SET state = 'returned'"))
    world.plan()

    found = week_of(world)

    assert [e.state for e in found.cells[THURSDAY, "trua"].entries] == ["empty"]


def test_a_slot_that_is_gone_still_shows_what_aired_in_it(world: World) -> None:
    world.to(NOON + timedelta(minutes=1))
    world.run("sms")
    moved = a_text().replace('id = "trua"', 'id = "muoi_hai_gio"').replace(
        'slots = ["trua"]', 'slots = ["muoi_hai_gio"]')
    world.programme(moved)
    world.plan()

    found = week_of(world)

    assert [e.item for e in found.cells[TODAY, "trua"].entries] == ["td-01"]


def test_of_a_commune_only_what_reaches_it_is_counted(world: World) -> None:
    [entry] = week_of(world, organisation="luc-ngan").cells[TODAY, "trua"].entries

    assert {c.channel for c in entry.chips} == {"sms", "loa"}
    assert not entry.mine
    assert week_of(world, organisation="xa-khac").cells[TODAY, "trua"].entries == ()


def test_a_week_is_read_along_indexes(two: World) -> None:
    """No query walks through a table that grows with the years."""
    weekly(two)
    with two.store.read() as s:
        if not is_sqlite(s):
            return  # the planner of PostgreSQL decides by sizes
        asked: list[tuple[str, Any]] = []
        connection = s.connection()
        event.listen(connection, "before_cursor_execute",
                     lambda _c, _cur, sql, given, *_: asked.append((sql, given)))
        programme = in_force(s).programme
        calendar(s, programme, two.clock.now(), monday(TODAY), monday(TODAY) + 6 * DAY)
        selects = [(q, g) for q, g in asked if q.lstrip().startswith("SELECT")]
        plans = [row[3] for q, g in selects
                 for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {q}", g)]
    assert len(selects) < 15
    walks = [p for p in plans if p.startswith("SCAN") and "programme_version" not in p]
    assert walks == []
