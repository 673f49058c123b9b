"""A campaign pauses itself for a reason that is there, and not for one that is not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.values import Advice
from worker.campaigns.ceilings import messages_within
from worker.campaigns.guard import FEW, STEPS, WINDOW, Guard, Reason, balance_ended
from worker.programme.model import Limits

NOON = datetime(2026, 11, 25, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def code(reason: Reason | None) -> str:
    return reason.code if reason is not None else ""


def fed(*states: str) -> Guard:
    guard = Guard(Limits())
    for state in states:
        guard.note(state, "sms-108" if state == "rejected" else "", "viettel", NOON)
    return guard


@st.composite
def stories(draw: st.DrawFn) -> list[str]:
    """Runs of one state each: what a gateway in trouble looks like."""
    states = st.sampled_from(["accepted", "accepted", "rejected", "exhausted", "uncertain"])
    runs = draw(st.lists(st.tuples(states, st.integers(1, 400)), max_size=12))
    return [state for state, times in runs for _ in range(times)]


@settings(max_examples=150, deadline=None)
@given(stories())
@example(["accepted"] * 99 + ["rejected"])
@example(["accepted"] * 94 + ["rejected"] * 6)
@example(["rejected"] * 50 + ["accepted"] * 950)
@example(["uncertain"] * 6 + ["accepted"] * 995)
def test_it_pauses_exactly_when_the_newest_thousand_say_so(story: list[str]) -> None:
    """> 5 % refused of the newest 1,000 (of 100 at least), or more than 5 of them in doubt."""
    newest = story[-WINDOW:]
    refused = sum(state in ("rejected", "exhausted") for state in newest)
    doubts = newest.count("uncertain")

    wanted = "uncertain" if doubts > 5 else (
        "rejected" if len(newest) >= FEW and refused / len(newest) > 0.05 else "")

    assert code(fed(*story).why(NOON)) == wanted


def test_one_doubt_among_the_first_twenty_is_no_reason() -> None:
    assert fed(*["accepted"] * 19, "uncertain").why(NOON) is None


def test_the_limits_are_the_programmes() -> None:
    guard = Guard(Limits(rejected_percent=50, uncertain_percent=0.1))
    for n in range(200):
        guard.note("rejected" if n % 3 == 0 else "accepted", "", "viettel", NOON)
    assert guard.why(NOON) is None

    for _ in range(2):
        guard.note("uncertain", "closed", "viettel", NOON)

    assert code(guard.why(NOON)) == "uncertain"


def test_what_our_own_machine_lost_says_nothing_of_the_gateway() -> None:
    """A slice in doubt after a crash: the campaign goes on with the next."""
    guard = Guard(Limits())

    guard.note("uncertain", "lost", "viettel", NOON, times=250)
    guard.note("uncertain", "restored", "viettel", NOON, times=250)

    assert guard.why(NOON) is None


def test_an_answer_that_comes_late_takes_its_doubt_away() -> None:
    guard = fed(*["uncertain"] * 6)
    assert code(guard.why(NOON)) == "uncertain"

    guard.note("accepted", "", "viettel", NOON, late=True)

    assert guard.why(NOON) is None


def test_a_carrier_that_delivers_nothing_counts_like_a_gateway_that_refuses() -> None:
    """Everything is accepted; of the receipts more than 5 % say that it failed."""
    guard = fed(*["accepted"] * 1000)
    guard.receipt("delivered", times=95)
    guard.receipt("rejected", times=5, code="sms-undelivered", carrier="vinaphone")
    assert guard.why(NOON) is None

    guard.receipt("rejected", times=1, code="sms-undelivered", carrier="vinaphone")

    reason = guard.why(NOON)
    assert code(reason) == "rejected"
    assert reason is not None
    assert "sms-undelivered" in reason.what
    assert "vinaphone" in reason.what


@pytest.mark.parametrize(("waiting", "minutes", "paused"), [
    (499, 11, False), (500, 10, False), (500, 11, True),
])
def test_receipts_that_stop_are_a_reason_once_enough_have_waited_long_enough(
    waiting: int, minutes: int, paused: bool
) -> None:
    guard = Guard(Limits())
    guard.receipt("delivered")
    for n in range(waiting):  # for a minute
        guard.note("accepted", "", "viettel", NOON + n * MINUTE / 500)

    reason = guard.why(NOON + (minutes + 1) * MINUTE - MINUTE / 2)

    assert (code(reason) == "receipts") is paused


def test_a_night_without_receipts_is_no_silence() -> None:
    """The last receipt lies nine hours back; the first 600 of the morning have just gone out."""
    guard = Guard(Limits())
    guard.receipt("delivered", times=300)
    morning = NOON + timedelta(hours=9)

    guard.note("accepted", "", "viettel", morning, times=600)

    assert guard.why(morning + MINUTE) is None


def test_one_receipt_ends_the_silence_and_a_channel_without_any_has_none() -> None:
    guard = Guard(Limits())
    guard.note("accepted", "", "viettel", NOON, times=600)
    assert guard.why(NOON + 60 * MINUTE) is None

    guard.receipt("delivered")

    assert guard.why(NOON + 60 * MINUTE) is None


MONEY = Advice("account", "Hết tiền", "Nạp tiền", balance=True)
KEY = Advice("account", "Sai khóa", "Sửa khóa")
CODES = {"sms-103": MONEY, "sms-101": KEY}


@pytest.mark.parametrize(("blocked", "ended"), [
    ({"a": "sms-103", "b": "sms-103"}, True),
    ({"a": "sms-103", "b": "http-402"}, True),
    ({"a": "sms-103"}, False),  # b has money
    ({"a": "sms-103", "b": "sms-101"}, False),  # b rests for another reason, and comes back
    ({"a": "sms-103", "b": "khong-biet"}, False),
    ({}, False),
])
def test_the_balance_has_ended_when_every_account_was_refused_for_it(
    blocked: dict[str, str], ended: bool
) -> None:
    assert (code(balance_ended(blocked, ["a", "b"], CODES)) == "balance") is ended


def test_a_campaign_without_accounts_has_no_balance_to_end() -> None:
    assert balance_ended({}, [], CODES) is None


def test_the_reason_says_what_was_counted_and_the_step_names_the_campaign() -> None:
    reason = fed(*["accepted"] * 1060, *["rejected"] * 51).why(NOON)

    assert reason is not None
    assert "51 trong 1.000" in reason.what
    assert "5 %" in reason.what
    assert "sms-108" in reason.what
    assert "viettel" in reason.what
    assert all(f"`giovang campaign {word} 12`" in reason.step(12)
               for word in ("status", "resume", "stop"))
    assert all("{" not in Reason(each, "").step(12) for each in STEPS)


@settings(deadline=None)
@given(ceiling=st.integers(0, 10_000), out=st.integers(0, 12_000), parts=st.integers(1, 10),
       wanted=st.integers(0, 500))
def test_a_ceiling_is_never_passed_and_never_left_unused(
    ceiling: int, out: int, parts: int, wanted: int
) -> None:
    room = messages_within(ceiling, out, parts, wanted)

    assert 0 <= room <= wanted
    assert room == 0 or out + room * parts <= ceiling
    assert room == wanted or out + (room + 1) * parts > ceiling
    assert messages_within(None, out, parts, wanted) == wanted
