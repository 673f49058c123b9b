"""
Every question that `begin` asks, one by one: where the answer is no, the far side gets
nothing; once it is yes again, everything goes out, once.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sandbox import Sandbox
from tests.builders import an_item
from tests.conftest import START
from tests.process.conftest import Install
from tests.process.flow import Flow, programme, taken
from worker.items.store import import_items
from worker.models import Batch, Delivery, Installation, Item
from worker.outbox import acts, orders
from worker.outbox.recall import recall_item
from worker.programme.versions import accept

MINUTE = timedelta(minutes=1)
OPENS = START + timedelta(hours=3, minutes=30)
CLOSES = OPENS + 90 * MINUTE
DONE = {"accepted", "delivered"}
#: http channels of the programme and the two that write files
CHANNELS = {"sms", "sms_khoa", "facebook", "website", "trang_tinh", "loa"}


def _stop(session: Session) -> None:
    orders.stop(session, START, "duyet", "*", "thử")


def _start(session: Session) -> None:
    orders.start(session, START, "duyet", None)
    session.flush()
    orders.start(session, START, "soan", None)


def _pause(session: Session) -> None:
    for channel in CHANNELS:
        orders.pause(session, START, "duyet", channel, "*", "thử")


def _resume(session: Session) -> None:
    for channel in CHANNELS:
        orders.resume(session, START, "duyet", channel, "*")


def _pause_accounts(session: Session) -> None:
    for channel in CHANNELS:
        orders.pause(session, START, "duyet", channel, "chinh", "thử")


def _resume_accounts(session: Session) -> None:
    for channel in CHANNELS:
        orders.resume(session, START, "duyet", channel, "chinh")


def _not_live(session: Session) -> None:
    session.execute(update(Installation).values(live_at=None))


def _live(session: Session) -> None:
    session.execute(update(Installation).values(live_at=START))


def _unapproved(session: Session) -> None:
    session.execute(update(Item).values(state="returned"))


def _approved(session: Session) -> None:
    session.execute(update(Item).values(state="approved"))


@pytest.mark.parametrize(("forbid", "permit"), [
    pytest.param(_stop, _start, id="emergency stop"),
    pytest.param(_pause, _resume, id="channel paused"),
    pytest.param(_pause_accounts, _resume_accounts, id="account paused"),
    pytest.param(_not_live, _live, id="checklist not complete"),
    pytest.param(_unapproved, _approved, id="item not approved"),
])
def test_nothing_begins_while_it_is_forbidden(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install,
    forbid: Callable[[Session], None], permit: Callable[[Session], None],
) -> None:
    """Forbidden: the far side has nothing. Permitted within the slot: everything, once."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    with flow.home.store.write() as session:
        forbid(session)

    flow.work_until(OPENS + 10 * MINUTE)

    assert not taken(sandbox)
    assert all(d.attempts == 0 for d in flow.of_day(OPENS).values())

    with flow.home.store.write() as session:
        permit(session)
    flow.work_until(OPENS + 20 * MINUTE)

    assert {d.state for d in flow.of_day(OPENS).values()} <= DONE
    assert set(taken(sandbox).values()) == {1}


def test_a_black_out_declared_now_holds_what_is_due_now(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """National mourning from this hour on: the slot that is open airs nothing more."""
    text = programme(sandbox)
    flow = install(tmp_path, empty_url, text)
    flow.to(OPENS - 5 * MINUTE)  # within the fifteen minutes in which no edit moves anything
    mourning = '\n[[blackouts]]\nname = "Quốc tang"\nfirst = 2026-11-24\nlast = 2026-11-25\n'
    with flow.home.store.write() as session:
        accept(session, flow.clock.now(), text + mourning, "soan")

    flow.work_until(CLOSES + MINUTE)

    assert not taken(sandbox)
    assert {d.state for d in flow.of_day(OPENS).values()} <= {"expired"}


def test_an_edit_of_the_item_holds_its_old_text(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """An edit needs a new approval; until then the old words do not go out either."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    flow.to(OPENS - 5 * MINUTE)
    with flow.home.store.write() as session:
        import_items(session, flow.clock.now(), [an_item(title="Sửa lại")], "soan")
        states = set(session.scalars(select(Batch.state).where(Batch.opens_at == OPENS)))
    assert states == {"held"}

    flow.work_until(CLOSES + MINUTE)

    assert not taken(sandbox)


def test_a_lost_lease_begins_nothing(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """Between claim and begin another worker took the batch: only that one may send."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    flow.to(OPENS)
    dispatcher = next(d for d in flow.dispatchers if d.channel_id == "sms")
    with flow.home.store.write() as session:
        dispatcher._take(session, flow.clock.now())
    assert dispatcher.hands
    with flow.home.store.write() as session:
        session.execute(update(Batch).where(Batch.channel == "sms").values(lease_token="khác"))

    dispatcher.turn()

    assert not taken(sandbox)


def test_cancelled_goes_nowhere_and_stays_cancelled(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """A cancelled occurrence is not brought back by the next planning."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    occurrence = next(iter(flow.of_day(OPENS).values())).occurrence_id
    with flow.home.store.write() as session:
        acts.cancel_occurrence(session, flow.clock.now(), "soan", occurrence, "thử")
    flow.house.plan()

    flow.work_until(CLOSES + MINUTE)

    assert not taken(sandbox)
    assert {d.state for d in flow.of_day(OPENS).values()} == {"cancelled"}


def test_recall_takes_back_what_is_out_even_during_a_stop(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """After the slot: page, site, station are taken back; who has the SMS is counted."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    flow.work_until(OPENS + MINUTE)
    with flow.home.store.write() as session:
        orders.stop(session, flow.clock.now(), "duyet", "*", "thử")
        done = recall_item(session, flow.clock.now(), "duyet", "td-01", "sai",
                           flow.office.recallable())
    assert (done.opened, done.beyond) == (4, 2)

    flow.work_until(OPENS + 5 * MINUTE)

    states = {c: d.state for c, d in _published(flow).items()}
    assert states == {"facebook": "recalled", "website": "recalled", "trang_tinh": "recalled",
                      "loa": "recalled", "sms": "accepted", "sms_khoa": "accepted"}


def test_recall_before_the_slot_cancels_on_every_channel(
    tmp_path: Path, empty_url: str, sandbox: Sandbox, install: Install
) -> None:
    """What has not begun is cancelled on all of them."""
    flow = install(tmp_path, empty_url, programme(sandbox))
    with flow.home.store.write() as session:
        recall_item(session, flow.clock.now(), "duyet", "td-01", "sai", flow.office.recallable())

    flow.work_until(CLOSES + MINUTE)

    assert not taken(sandbox)
    assert {d.state for d in _published(flow).values()} == {"cancelled"}


def _published(flow: Flow) -> dict[str, Delivery]:
    """Channel -> the delivery of the first day's slot."""
    with flow.home.store.read() as session:
        rows = session.scalars(select(Delivery).where(
            Delivery.kind == "publish", Delivery.day == OPENS.date())).all()
    return {d.channel: d for d in rows}
