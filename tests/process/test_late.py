"""Late, lost, and clocks that jump: what is published late, what never, what is told."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from sandbox import Sandbox
from tests.conftest import START
from tests.process.conftest import Install
from tests.process.flow import Flow, programme, taken
from worker.models import Batch
from worker.outbox.claim import claim
from worker.outbox.units import Worker
from worker.programme.versions import accept

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
#: 11:30 in Vietnam; the slot closes at 13:00
OPENS = START + timedelta(hours=3, minutes=30)
CLOSES = OPENS + 90 * MINUTE
#: 02:00 of the next day
TWO_AT_NIGHT = START + timedelta(hours=18)
DONE = {"accepted", "delivered"}


def test_back_within_the_slot_is_published_late_and_says_so(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Stopped when the slot opened, back before it closes: everything goes out, marked late."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    flow.to(OPENS + 40 * MINUTE)

    flow = flow.again()
    flow.work_until(OPENS + 45 * MINUTE)

    sent = flow.of_day(OPENS)
    assert {d.state for d in sent.values()} <= DONE
    assert all(d.late for d in sent.values())
    assert set(taken(sandbox).values()) == {1}


def test_on_time_is_not_marked_late(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """The mark means something: what begins with its slot does not carry it."""
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    flow.work_until(OPENS + MINUTE)
    assert {d.late for d in flow.of_day(OPENS).values()} == {False}


def test_back_after_the_slot_expires_with_an_alarm_and_never_at_two_at_night(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """A slot that was missed is told, not made up at night; the next one airs as planned."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    flow.to(TWO_AT_NIGHT)

    flow = flow.again()
    flow.work_until(OPENS + DAY - MINUTE)

    assert {d.state for d in flow.of_day(OPENS).values()} == {"expired"}
    assert any(cause.startswith("missed:canh_giac/trua/2026-11-24") for cause in flow.alarms())
    assert not taken(sandbox)

    flow.work_until(OPENS + DAY + MINUTE)
    assert {d.state for d in flow.of_day(OPENS + DAY).values()} <= DONE


def test_days_that_nobody_planned_are_told_too(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Away longer than was planned ahead: every slot of that time stands in the log as missed."""
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    flow.to(TWO_AT_NIGHT + 12 * DAY)

    flow = flow.again()
    flow.work_until(TWO_AT_NIGHT + 12 * DAY + 5 * MINUTE)

    for day in range(13):
        states = {d.state for d in flow.of_day(OPENS + day * DAY).values()}
        assert states == {"expired"}, f"day {day}: {states}"
    assert not taken(sandbox)


def test_a_clock_set_back_doubles_nothing(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Two hours back after the slot went out: an alarm, and when it opens again nothing new."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    flow.work_until(OPENS + 2 * MINUTE)
    before = taken(sandbox)

    flow.clock.jump(-7200)
    flow.ticks()
    flow.house.plan()
    flow.work_until(OPENS + 10 * MINUTE)

    assert "clock" in flow.alarms()
    assert taken(sandbox) == before
    assert set(before.values()) == {1}


def test_a_clock_set_back_puts_nothing_off(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """A try put off while the clock ran an hour ahead is not waited for an hour."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    flow.to(OPENS)
    flow.ticks()
    flow.clock.jump(3600)
    sandbox.faults.set([{"path": "/sms/send", "modes": ["429"] * 2}])
    flow.turn()
    assert flow.of_day(OPENS)["sms"].state == "ready"

    flow.ticks()  # forward is seen …
    flow.clock.jump(-3600)
    flow.work_until(OPENS + 10 * MINUTE)  # … and so is back

    assert flow.of_day(OPENS)["sms"].state == "accepted"


def test_a_clock_set_forward_makes_up_nothing(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Two hours forward, past the slot: an alarm, expired, nothing sent."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    flow.to(OPENS - MINUTE)
    flow.ticks()

    flow.clock.jump(7200)
    flow.work_until(OPENS + timedelta(hours=3))

    assert "clock" in flow.alarms()
    assert {d.state for d in flow.of_day(OPENS).values()} == {"expired"}
    assert not taken(sandbox)


def test_no_lease_is_judged_right_after_a_jump(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install
) -> None:
    """A lease that only a jump made old still belongs to its holder for one lease period."""
    flow = install(tmp_path, sqlite_url, programme(sandbox))
    flow.to(OPENS)
    flow.ticks()
    now = flow.clock.now()
    with flow.home.store.write() as session:
        claim(session, now, now, Worker("may-2", 1), "sms", lease_for=2 * MINUTE, limit=8)

    flow.clock.jump(1200)
    flow.ticks()
    assert _batch_state(flow, "sms") == "leased"

    # a lease period later its holder has had its time: the batch is taken back and sent
    flow.work_until(flow.clock.now() + 7 * MINUTE)
    assert flow.of_day(OPENS)["sms"].state == "accepted"
    assert set(taken(sandbox).values()) == {1}


def _batch_state(flow: Flow, channel: str) -> str:
    with flow.home.store.read() as session:
        state: str = session.scalars(
            select(Batch.state).where(Batch.channel == channel, Batch.opens_at == OPENS)).one()
        return state


def test_a_changed_time_zone_moves_the_slots(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Half past eleven in Tokyo is two hours earlier: moved, and aired once, not twice."""
    text = programme(sandbox)
    flow = install(tmp_path, empty_url, text)
    with flow.home.store.write() as session:
        accept(session, flow.clock.now(), text.replace("Asia/Ho_Chi_Minh", "Asia/Tokyo"), "soan")
    flow.house.plan()
    earlier = OPENS - timedelta(hours=2)

    flow.work_until(earlier - MINUTE)
    assert not taken(sandbox)
    flow.work_until(earlier + MINUTE)
    assert {d.state for d in flow.of_day(earlier).values()} <= DONE
    assert len(flow.of_day(earlier)) == 6

    flow.work_until(CLOSES)
    assert not flow.of_day(OPENS)
    assert set(taken(sandbox).values()) == {1}
