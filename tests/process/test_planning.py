"""Planning: the same twice, once by two, and what an edit may and may not touch."""

from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import func, select

from sandbox import Sandbox
from tests.builders import an_item
from tests.conftest import START
from tests.process.conftest import Install
from tests.process.flow import Flow, programme, taken
from worker.items.approval import approve, submit
from worker.items.store import import_items
from worker.models import Batch, ChannelPlan, Delivery, Event, Item, Occurrence, Person, Pin
from worker.outbox.acts import follow_item
from worker.planner.store import replan
from worker.programme.versions import accept

MINUTE = timedelta(minutes=1)
OPENS = START + timedelta(hours=3, minutes=30)
DAY = timedelta(days=1)
TODAY = date(2026, 11, 24)


def rows(flow: Flow) -> tuple[int, ...]:
    """How many rows planning has made."""
    with flow.home.store.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(t)) or 0
                     for t in (Occurrence, ChannelPlan, Batch, Delivery, Event))


def another_item(flow: Flow, item_id: str) -> None:
    """A second approved item."""
    store, now = flow.home.store, flow.clock.now()
    with store.write() as session:
        import_items(session, now, [an_item(item_id, body="Tin khác. Báo {{ cong_an }}.")], "soan")
    with store.write() as session:
        submit(session, now, flow.office.force.programme, flow.home.settings, item_id,
               session.get_one(Person, "soan"))
        approve(session, now, item_id, session.get_one(Person, "duyet"))


def pin(flow: Flow, item_id: str, day: date) -> None:
    with flow.home.store.write() as session:
        session.add(Pin(entry="canh_giac", slot="trua", local_date=day, item_id=item_id,
                        by="soan", at=flow.clock.now()))


def items_of(flow: Flow) -> dict[date, str]:
    with flow.home.store.read() as session:
        found = session.execute(select(Occurrence.local_date, Occurrence.item_id)).all()
    return dict(found)


def test_planning_twice_changes_nothing(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Not a row more, not an event more."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    before = rows(flow)
    assert before[0] == 9  # today and eight days ahead

    report = replan(flow.home.store, flow.clock.now(), "hai")

    assert (report.added, report.rewritten, report.removed) == (0, [], [])
    assert rows(flow) == before


def test_a_pin_moves_only_its_own_day(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Rewritten in place: same occurrence, same keys, other item."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    another_item(flow, "td-02")
    flow.house.plan()
    keys = {d.id for d in flow.of_day(OPENS + 2 * DAY).values()}
    others = {d: i for d, i in items_of(flow).items() if d != TODAY + 2 * DAY}
    wanted = "td-01" if items_of(flow)[TODAY + 2 * DAY] == "td-02" else "td-02"
    pin(flow, wanted, TODAY + 2 * DAY)

    flow.house.plan()

    assert items_of(flow)[TODAY + 2 * DAY] == wanted
    assert {d.id for d in flow.of_day(OPENS + 2 * DAY).values()} == keys
    assert items_of(flow)[TODAY] == others[TODAY]


def test_an_edit_within_fifteen_minutes_moves_nothing_that_is_near(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """A slot ten minutes away airs as it stood; tomorrow's follows the edit."""
    text = programme(sandbox)
    flow = install(tmp_path, empty_url, text)
    flow.to(OPENS - 10 * MINUTE)
    with flow.home.store.write() as session:
        accept(session, flow.clock.now(), text.replace('end = "13:00"', 'end = "12:30"'), "soan")

    flow.house.plan()

    with flow.home.store.read() as session:
        found = session.execute(select(Occurrence.local_date, Occurrence.closes_at)).all()
    closes = dict(found)
    assert closes[TODAY] == OPENS + 90 * MINUTE
    assert closes[TODAY + DAY] == OPENS + DAY + 60 * MINUTE


def test_what_the_programme_no_longer_has_is_taken_out_and_comes_back(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """A weekday taken off, then put on again: no double, the same keys."""
    text = programme(sandbox)
    flow = install(tmp_path, empty_url, text)
    keys = {d.id for d in flow.of_day(OPENS + DAY).values()}
    without = text.replace('themes = ["thu_doan"]\n',
                           'themes = ["thu_doan"]\nweekdays = ["t2", "t3", "t5"]\n', 1)
    assert without != text
    with flow.home.store.write() as session:
        accept(session, flow.clock.now(), without, "soan")
    flow.house.plan()
    assert not flow.of_day(OPENS + DAY)

    with flow.home.store.write() as session:
        accept(session, flow.clock.now(), text, "soan", apply=True)
    flow.house.plan()

    assert {d.id for d in flow.of_day(OPENS + DAY).values()} == keys


def test_a_recalled_item_gives_its_places_to_others(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Recalled minutes before its slot: the slot is not empty, and the false text is not out."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    another_item(flow, "td-02")
    flow.house.plan()
    first = items_of(flow)[TODAY]
    flow.to(OPENS - 5 * MINUTE)
    with flow.home.store.write() as session:
        session.get_one(Item, first).state = "recalled"
        session.flush()
        follow_item(session, flow.clock.now(), first, "duyet")
    flow.house.plan()

    flow.work_until(OPENS + 5 * MINUTE)

    assert items_of(flow)[TODAY] != first
    assert taken(sandbox)
    texts = " ".join(str(row) for row in sandbox.store.taken)
    assert ("Tin khác" in texts) == (first == "td-01")


def test_an_empty_calendar_is_told_and_airs_nothing(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """No approved item at all, not even the stand-by: a Sự cố, no crash, nothing out."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    with flow.home.store.write() as session:
        session.get_one(Item, "td-01").state = "returned"
    flow.house.plan()

    flow.work_until(OPENS + 5 * MINUTE)

    assert "empty:canh_giac" in flow.alarms()
    assert not taken(sandbox)
