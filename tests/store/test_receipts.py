"""Receipts: kept first, matched then or later, counted once. Both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.values import Accepted, Delivered, Rejected, Report, Uncertain
from tests.conftest import START
from tests.deliveries import add_batch, add_delivery, add_occurrence
from worker.alarms.store import open_alarms
from worker.db import Store
from worker.models import Delivery, Event, Receipt, WireRef
from worker.receipts import HORIZON, match_pending, match_unmatched, store_receipts

KEY = "11111111-1111-5111-8111-111111111111"
OTHER = "22222222-2222-5222-8222-222222222222"
ARRIVED = Report("r1", Delivered("r1"))
TAKEN = Report("r1", Accepted("r1"), key=KEY)
LATER = START + timedelta(minutes=5)


def given(store: Store, state: str = "accepted", **more: object) -> None:
    with store.write() as s:
        batch = add_batch(s, add_occurrence(s))
        add_delivery(s, batch, KEY, state=state, **more)


def given_ref(store: Store, key: str = KEY, *, account: str = "chinh", age: timedelta = timedelta(),
              ) -> None:
    with store.write() as s:
        s.add(WireRef(channel="sms", account=account, ref="r1", delivery_id=key, number=1,
                      at=LATER - age))


def receive(store: Store, *reports: Report, raw: str = "raw", account: str = "chinh") -> int:
    with store.write() as s:
        return store_receipts(s, LATER, "sms", account, reports or (ARRIVED,), raw)


def state(store: Store, key: str = KEY) -> str:
    with store.read() as s:
        return s.scalars(select(Delivery.state).where(Delivery.id == key)).one()


def test_a_receipt_finds_its_delivery_by_the_gateways_id(store: Store) -> None:
    given(store)
    given_ref(store)

    assert receive(store) == 1

    assert state(store) == "delivered"
    with store.read() as s:
        receipt = s.scalars(select(Receipt)).one()
    assert (receipt.delivery_id, receipt.matched_at) == (KEY, LATER)


def test_our_own_key_goes_before_the_gateways_id(store: Store) -> None:
    """Gateways use ids again; our key never repeats."""
    given(store)
    with store.write() as s:
        add_delivery(s, add_batch(s, add_occurrence(s, "s/toi/2026-11-24/1")), OTHER)
    given_ref(store, OTHER)

    receive(store, Report("r1", Delivered("r1"), key=KEY))

    assert (state(store, KEY), state(store, OTHER)) == ("delivered", "accepted")


def test_a_repeated_callback_counts_once(store: Store) -> None:
    given(store)
    given_ref(store)

    assert [receive(store), receive(store)] == [1, 0]

    with store.read() as s:
        assert len(s.scalars(select(Receipt)).all()) == 1
        assert [e.kind for e in s.scalars(select(Event))] == ["receipt"]


def test_two_reports_of_one_call_are_two(store: Store) -> None:
    given(store)
    given_ref(store)

    assert receive(store, ARRIVED, Report("r2", Delivered("r2"))) == 2
    with store.read() as s:
        assert s.scalars(select(Receipt.ref).order_by(Receipt.id)).all() == ["r1", "r2"]


def test_the_newest_try_of_a_reused_id_is_meant(store: Store) -> None:
    given(store)
    with store.write() as s:
        add_delivery(s, add_batch(s, add_occurrence(s, "s/toi/2026-11-24/1")), OTHER)
    given_ref(store, OTHER, age=timedelta(days=2))
    given_ref(store, KEY)

    receive(store)

    assert (state(store, KEY), state(store, OTHER)) == ("delivered", "accepted")


@pytest.mark.parametrize(
    ("account", "age"),
    [("khac", timedelta()), ("chinh", HORIZON)],
    ids=["another account's id", "older than the horizon"],
)
def test_an_id_that_is_not_meant_matches_nothing(
    store: Store, account: str, age: timedelta
) -> None:
    given(store)
    given_ref(store, account=account, age=age)

    receive(store)

    assert state(store) == "accepted"


def test_a_receipt_before_the_answer_is_matched_when_the_try_settles(store: Store) -> None:
    """A fast handset reports before the gateway's answer names the id."""
    given(store)
    receive(store)
    assert state(store) == "accepted"

    given_ref(store)
    with store.write() as s:
        assert match_pending(s, LATER, [OTHER]) == 0
        assert match_pending(s, LATER, [KEY]) == 1

    assert state(store) == "delivered"


def test_the_sweep_matches_what_both_sides_missed(store: Store) -> None:
    given(store)
    receive(store)
    given_ref(store)

    with store.write() as s:
        assert match_unmatched(s, LATER) == 1
        assert match_unmatched(s, LATER) == 0

    assert state(store) == "delivered"


@pytest.mark.parametrize("before", ["sending", "uncertain", "accepted", "ready"])
def test_a_receipt_ends_what_is_open(store: Store, before: str) -> None:
    given(store, before)
    given_ref(store)

    receive(store, Report("r1", Rejected("sms-undelivered", "Không tới máy nhận")))

    assert state(store) == "rejected"


@pytest.mark.parametrize("before", ["exhausted", "expired", "cancelled", "rejected"])
def test_a_receipt_to_a_final_state_is_an_event_and_an_alarm(store: Store, before: str) -> None:
    """What has ended stays as it ended; that the far side says otherwise is told."""
    given(store, before)
    given_ref(store)

    receive(store)

    assert state(store) == before
    with store.read() as s:
        assert [e.kind for e in s.scalars(select(Event))] == ["late_receipt"]
        assert [a.kind for a in open_alarms(s)] == ["receipt"]


def test_a_gateway_that_does_not_know_moves_nothing(store: Store) -> None:
    given(store)
    given_ref(store)

    receive(store, Report("r1", Uncertain("sms-unknown", "không rõ")))

    assert state(store) == "accepted"
    with store.read() as s:
        assert s.scalars(select(Receipt.delivery_id)).one() == KEY
        assert open_alarms(s) == []


@pytest.mark.parametrize("before", ["uncertain", "ready"])
def test_a_receipt_that_says_taken_ends_a_doubt(store: Store, before: str) -> None:
    """The SMSC has it: it must not be sent again, and no person need look."""
    given(store, before)

    receive(store, TAKEN)

    assert state(store) == "accepted"
    with store.read() as s:
        assert [e.kind for e in s.scalars(select(Event))] == ["receipt"]


def test_taken_says_nothing_of_a_message_that_was_never_tried(store: Store) -> None:
    """Somebody else's key, or a mistake at the gateway: it still has to go out."""
    given(store, "queued")

    receive(store, TAKEN)

    assert state(store) == "queued"


@pytest.mark.parametrize("before", ["accepted", "delivered", "rejected"])
def test_taken_after_more_is_known_moves_nothing(store: Store, before: str) -> None:
    """Receipts come out of order; this one is no news, and no event for each of a million."""
    given(store, before)

    receive(store, TAKEN)

    assert state(store) == before
    with store.read() as s:
        assert s.scalars(select(Event)).all() == []
        assert open_alarms(s) == []


@pytest.mark.parametrize("before", ["exhausted", "expired", "cancelled"])
def test_taken_though_the_log_says_it_did_not_go_out_is_an_alarm(
    store: Store, before: str
) -> None:
    given(store, before)

    receive(store, TAKEN)

    assert state(store) == before
    with store.read() as s:
        assert [a.kind for a in open_alarms(s)] == ["receipt"]


def test_taken_waits_for_the_answer_of_the_try_it_speaks_of(store: Store) -> None:
    """The answer comes first; when it is lost, the receipt that overtook it ends the doubt."""
    given(store, "sending")
    receive(store, TAKEN)
    assert state(store) == "sending"

    with store.write() as s:
        s.execute(update(Delivery).values(state="uncertain"))
        assert match_pending(s, LATER, [KEY]) == 1

    assert state(store) == "accepted"


def test_a_receipt_ends_nothing_that_was_never_tried(store: Store) -> None:
    """A wrong key in a callback must not mark a warning delivered that never went out."""
    given(store, state="queued")

    receive(store, Report("r1", Delivered("r1"), key=KEY))

    assert state(store) == "queued"


# ---------------------------------------------------------------- messages of several parts


def given_parts(store: Store, *, number: int = 1) -> None:
    with store.write() as s:
        for part in (1, 2):
            s.add(WireRef(channel="sms", account="chinh", ref=f"p{part}", delivery_id=KEY,
                          number=number, at=LATER, part=part, of=2))


def test_a_long_message_has_arrived_when_every_part_has(store: Store) -> None:
    """In any order, one of them told twice."""
    given(store)
    given_parts(store)

    receive(store, Report("p2", Delivered("p2")), raw="a")
    receive(store, Report("p2", Delivered("p2")), raw="b")
    assert state(store) == "accepted"
    receive(store, Report("p1", Delivered("p1")), raw="c")

    assert state(store) == "delivered"
    with store.read() as s:
        assert not open_alarms(s)


def test_one_part_that_failed_fails_the_message(store: Store) -> None:
    given(store)
    given_parts(store)

    receive(store, Report("p1", Delivered("p1")), Report("p2", Rejected("absent", "tắt máy")))

    assert state(store) == "rejected"
    with store.read() as s:
        assert s.scalars(select(Delivery.detail)).one() == "1 trong 2 phần không tới: tắt máy"


def test_a_part_told_otherwise_is_told_to_a_person(store: Store) -> None:
    given(store)
    given_parts(store)

    receive(store, Report("p1", Delivered("p1")), Report("p1", Rejected("absent", "")))

    assert state(store) == "accepted"
    with store.read() as s:
        assert [a.kind for a in open_alarms(s)] == ["receipt"]


def test_our_key_speaks_for_every_part(store: Store) -> None:
    given(store)
    given_parts(store)

    receive(store, Report("p1", Delivered("p1"), key=KEY))

    assert state(store) == "delivered"
