"""Receipts of campaigns: by key, by part, early, late, twice, against the log. Both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.values import Accepted, Delivered, Rejected, Report, Uncertain
from tests.conftest import START
from tests.store.campaigns.standing import (
    LATER,
    a_campaign,
    a_ref,
    counts_agree,
    events,
    key,
    lot,
    message,
    states,
)
from worker.alarms.store import open_alarms
from worker.campaigns.receipts import HORIZON, match_refs, take
from worker.db import Store
from worker.models import Receipt, WireRef
from worker.receipts import match_unmatched, store_receipts


def arrived(row: int, campaign: int = 1) -> Report:
    return Report("", Delivered(""), key=key(row, campaign))


def failed(row: int, detail: str = "không tới") -> Report:
    return Report("", Rejected("absent", detail), key=key(row))


def by_ref(ref: str, outcome: Delivered | Rejected | Accepted | None = None) -> Report:
    return Report(ref, outcome or Delivered(ref))


def give(store: Store, *reports: Report, account: str = "chinh") -> list[Report]:
    with store.write() as s:
        return take(s, LATER, "may-1", "sms", account, reports)


def store_them(store: Store, *reports: Report, raw: str = "raw") -> int:
    with store.write() as s:
        return store_receipts(s, LATER, "sms", "chinh", reports, raw)


def alarms(store: Store) -> set[str]:
    with store.read() as s:
        return {a.cause for a in open_alarms(s)}


def test_a_receipt_by_our_key_ends_what_is_open(store: Store) -> None:
    """Sending, accepted, uncertain: wherever the message stood, its counts follow."""
    a_campaign(store, "accepted", "sending", "uncertain", "accepted")

    assert give(store, arrived(1), arrived(2), arrived(3), failed(4)) == []

    assert states(store) == ["delivered", "delivered", "delivered", "rejected"]
    assert (message(store, 4).code, message(store, 4).settled_at) == ("absent", LATER)
    assert counts_agree(store)


def test_one_call_leaves_one_event_and_it_holds_no_number(store: Store) -> None:
    a_campaign(store, "accepted", "accepted")

    give(store, arrived(1), failed(2, "0950001002 khóa máy"))

    [(kind, detail)] = events(store)
    assert kind == "receipts"
    assert detail["states"] == {"delivered": 1, "rejected": 1}
    assert len(detail["sha256"]) == 64
    assert "0950001002" not in message(store, 2).detail


def test_a_key_of_another_making_is_none_of_ours(store: Store) -> None:
    """A campaign made anew under an old number: its predecessor's receipts move nothing."""
    a_campaign(store, "accepted")
    old = Report("", Delivered(""), key=key(1, nonce="ab" * 16))
    elsewhere = Report("", Delivered(""), key="11111111-1111-5111-8111-111111111111")

    assert give(store, old, elsewhere) == [old, elsewhere]

    assert states(store) == ["accepted"]


def test_told_twice_it_counts_once(store: Store) -> None:
    """In one call or in two: no second event, no alarm."""
    a_campaign(store, "accepted", "accepted")
    a_ref(store, "r2", 2)

    give(store, arrived(1), arrived(1), by_ref("r2"), by_ref("r2"))
    assert give(store, arrived(1), by_ref("r2")) == []

    assert states(store) == ["delivered", "delivered"]
    assert len(events(store)) == 1
    assert not alarms(store)
    assert counts_agree(store)


@pytest.mark.parametrize("state", ["delivered", "cancelled", "expired", "exhausted"])
def test_what_contradicts_the_end_is_told_and_moves_nothing(store: Store, state: str) -> None:
    a_campaign(store, state)

    assert give(store, failed(1) if state == "delivered" else arrived(1)) == []

    assert states(store) == [state]
    assert alarms(store) == {"receipt:sms/chinh"}
    [(kind, detail)] = events(store)
    assert (kind, detail["rows"]) == ("late_receipt", [1])


def test_a_receipt_of_an_earlier_try_keeps_the_next_one_from_going_out(store: Store) -> None:
    a_campaign(store, "waiting", "waiting", lot_state="ready",
               message={"attempts": 1, "account": "chinh", "maybe_out": True})

    give(store, arrived(1), Report("", Accepted(""), key=key(2)))

    assert states(store) == ["delivered", "accepted"]
    assert lot(store).waiting == 0
    assert counts_agree(store)


def test_a_failed_try_that_is_tried_again_is_not_failed_by_its_own_receipt(store: Store) -> None:
    """Sent again after a refusal, the gateway repeats the old refusal: the new try still goes."""
    a_campaign(store, "waiting", lot_state="ready", message={"attempts": 1, "account": "chinh"})

    assert give(store, failed(1)) == []

    assert states(store) == ["waiting"]
    assert not alarms(store)


def test_a_receipt_for_what_was_never_begun_is_told(store: Store) -> None:
    a_campaign(store, "waiting", lot_state="ready")

    give(store, arrived(1))

    assert states(store) == ["waiting"]
    assert alarms(store) == {"receipt:sms/chinh"}


def test_taken_ends_a_doubt_but_waits_for_the_answer_of_a_try_on_the_wire(store: Store) -> None:
    a_campaign(store, "uncertain", "sending", "delivered")
    taken = [Report("", Accepted(""), key=key(n)) for n in (1, 2, 3)]

    assert give(store, *taken) == [taken[1]]

    assert states(store) == ["accepted", "sending", "delivered"]
    assert counts_agree(store)


def test_a_gateway_that_does_not_know_moves_nothing(store: Store) -> None:
    a_campaign(store, "accepted")

    assert give(store, Report("", Uncertain("unknown", ""), key=key(1))) == []

    assert states(store) == ["accepted"]


def test_the_gateways_id_finds_the_newest_message_of_its_account(store: Store) -> None:
    """Ids are used again; another account's, and one past the horizon, are not meant."""
    a_campaign(store, *["accepted"] * 4)
    a_ref(store, "r", 1, at=START - timedelta(days=1))
    a_ref(store, "r", 2)
    a_ref(store, "r", 3, account="khac", at=LATER)
    a_ref(store, "old", 4, at=LATER - HORIZON)
    old = by_ref("old")

    assert give(store, by_ref("r"), old) == [old]

    assert states(store) == ["accepted", "delivered", "accepted", "accepted"]


def test_the_number_tells_two_messages_of_one_id_apart(store: Store) -> None:
    """Last three digits, all that may be read without a key."""
    a_campaign(store, "accepted", "accepted")
    a_ref(store, "r", 1)
    a_ref(store, "r", 2, at=START + timedelta(minutes=1))

    give(store, Report("r", Delivered("r"), target="84950001001"))

    assert states(store) == ["delivered", "accepted"]


def test_an_id_given_since_to_a_delivery_is_that_deliverys(store: Store) -> None:
    a_campaign(store, "accepted")
    a_ref(store, "r", 1)
    with store.write() as s:
        s.add(WireRef(channel="sms", account="chinh", ref="r", delivery_id="d", number=1,
                      at=LATER))

    assert len(give(store, by_ref("r"))) == 1

    assert states(store) == ["accepted"]


# ---------------------------------------------------------------- parts


def long_message(store: Store, state: str = "accepted", *, of: int = 3) -> None:
    a_campaign(store, state, parts=of)
    for part in range(1, of + 1):
        a_ref(store, f"p{part}", 1, part=part, of=of)


def test_a_long_message_has_arrived_when_every_part_has(store: Store) -> None:
    """In one call or over several, in any order, some of them twice."""
    long_message(store)

    give(store, by_ref("p3"))
    give(store, by_ref("p3"), by_ref("p1"))
    assert states(store) == ["accepted"]
    give(store, by_ref("p2"))

    assert states(store) == ["delivered"]
    assert counts_agree(store)
    assert not alarms(store)


def test_all_parts_in_one_call_arrive_together(store: Store) -> None:
    long_message(store)

    give(store, by_ref("p1"), by_ref("p2"), by_ref("p3"))

    assert states(store) == ["delivered"]


def test_one_part_that_failed_fails_the_message(store: Store) -> None:
    long_message(store)
    give(store, by_ref("p1"))

    give(store, by_ref("p2", Rejected("absent", "tắt máy")))
    give(store, by_ref("p3"))

    assert states(store) == ["rejected"]
    assert message(store, 1).detail == "1 trong 3 phần không tới: tắt máy"
    assert not alarms(store)


def test_a_part_that_arrived_proves_an_uncertain_message_was_taken(store: Store) -> None:
    long_message(store, "uncertain")

    give(store, by_ref("p1"))

    assert states(store) == ["accepted"]
    assert counts_agree(store)


def test_a_part_told_otherwise_is_told(store: Store) -> None:
    long_message(store)

    give(store, by_ref("p1"))
    give(store, by_ref("p1", Rejected("absent", "")))

    assert states(store) == ["accepted"]
    assert alarms(store) == {"receipt:sms/chinh"}


def test_the_key_speaks_for_the_whole_message(store: Store) -> None:
    long_message(store)

    give(store, arrived(1))

    assert states(store) == ["delivered"]


def test_parts_of_an_earlier_try_do_not_make_a_later_one_arrive(store: Store) -> None:
    a_campaign(store, "accepted", parts=2)
    a_ref(store, "a1", 1, part=1, of=2, at=START)
    a_ref(store, "a2", 1, part=2, of=2, at=START)
    a_ref(store, "b1", 1, part=1, of=2, at=START + timedelta(minutes=1))
    a_ref(store, "b2", 1, part=2, of=2, at=START + timedelta(minutes=1))

    give(store, by_ref("a1"), by_ref("b1"))

    assert states(store) == ["accepted"]


# ---------------------------------------------------------------- beside deliveries, and early


def test_a_call_with_both_kinds_keeps_only_what_is_no_campaigns(store: Store) -> None:
    a_campaign(store, "accepted")
    stranger = by_ref("r9")

    assert store_them(store, stranger, arrived(1)) == 2
    assert store_them(store, stranger, arrived(1)) == 1  # the campaign's own is known by its state

    assert states(store) == ["delivered"]
    with store.read() as s:
        assert s.scalars(select(Receipt.ref)).all() == ["r9"]


def test_a_receipt_that_overtakes_its_answer_is_matched_when_the_slice_settles(
    store: Store
) -> None:
    a_campaign(store, "accepted", "accepted")
    store_them(store, by_ref("r1"), by_ref("r2"))
    a_ref(store, "r1", 1)

    with store.write() as s:
        assert match_refs(s, LATER, "may-1", "sms", "chinh", START) == 1
    a_ref(store, "r2", 2)
    with store.write() as s:
        assert match_unmatched(s, LATER) == 1

    assert states(store) == ["delivered", "delivered"]
    with store.read() as s:
        assert None not in s.scalars(select(Receipt.matched_at)).all()


def test_receipts_of_two_campaigns_in_one_call_move_each_its_own(store: Store) -> None:
    a_campaign(store, "accepted", campaign=1)
    a_campaign(store, "accepted", campaign=2)

    give(store, arrived(1, 2), arrived(1, 1))

    assert (states(store, 1), states(store, 2)) == (["delivered"], ["delivered"])
    assert [len(events(store, n)) for n in (1, 2)] == [1, 1]
