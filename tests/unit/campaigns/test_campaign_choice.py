"""Accounts: shares by weight, away only when nothing was sent, back only when it holds."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.values import Accepted, Outcome, Rejected, Retry, Uncertain
from worker.campaigns.choice import HOLD, IN_A_ROW, PROBE, PROVEN, REST, Choice, Shares

OK = Accepted("m")
REFUSED = Retry("sms-103", "hết tiền", counts=False, scope="account")
UNREACHED = Retry("connect", "không kết nối được")
PAIR = {"a": 1.0, "b": 1.0}


def slices(
    choice: Choice, seconds: float, answer: Callable[[str, float], Outcome], *, start: float = 0.0,
    weights: dict[str, float] = PAIR, each: int = 5, step: float = 0.1,
) -> list[tuple[float, str]]:
    """A slice each 100 ms, answered before the next; when, and by which account."""
    gone, now = [], start
    while now < start + seconds:
        account = choice.choose(1, weights, (), now)
        if account is not None:
            choice.begun(1, account, each)
            gone.append((now, account))
            for _ in range(each):
                choice.accounts.note(account, answer(account, now), now)
        now += step
    return gone


def failed(choice: Choice, account: str, now: float) -> None:
    choice.accounts.note(account, REFUSED, now)


@settings(deadline=None)
@given(weights=st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9).map(float), min_size=1),
       sizes=st.lists(st.integers(1, 250), min_size=1, max_size=200))
def test_messages_are_shared_by_weight_at_every_moment(
    weights: dict[str, float], sizes: list[int]
) -> None:
    """Whatever the sizes of slices, none is ahead or behind by more than some slices."""
    shares, gone, whole = Shares(), Counter[str](), sum(weights.values())
    for size in sizes:
        account = shares.next(weights)
        shares.went(account, size)
        gone[account] += size
        for name, weight in weights.items():
            owed = weight / whole * gone.total()
            assert abs(gone[name] - owed) <= len(weights) * max(sizes)


def test_single_messages_alternate_smoothly() -> None:
    """5 : 1 : 1 never lets one wait for all of another's."""
    shares = Shares()
    gone = ""
    for _ in range(14):
        gone += (account := shares.next({"a": 5, "b": 1, "c": 1}))
        shares.went(account, 1)

    assert gone[:7].count("a") == 5
    assert gone == gone[:7] * 2
    assert "aaaaa" not in gone


def test_who_rests_or_has_no_weight_gets_nothing_and_is_owed_nothing_later() -> None:
    choice = Choice()
    for _ in range(100):
        assert choice.choose(1, {"a": 1, "b": 1, "c": 0}, {"b"}, 0) == "a"
        choice.begun(1, "a", 10)
    after = Counter[str]()
    for _ in range(10):
        account = choice.choose(1, {"a": 1, "b": 1, "c": 0}, (), 0) or ""
        choice.begun(1, account, 10)
        after[account] += 10

    assert after == {"a": 50, "b": 50}
    assert choice.choose(1, PAIR, {"a", "b"}, 0) is None


@pytest.mark.parametrize("outcome", [
    Uncertain("closed", "đứt"), Retry("read-timeout", "hết giờ"), Retry("sms-160", "nhanh quá"),
    Rejected("sms-108", "số sai"), Retry("deadline", "quá hạn", counts=False),
])
def test_an_error_that_does_not_prove_that_nothing_was_sent_moves_nobody(outcome: Outcome) -> None:
    choice = Choice()
    for _ in range(50):
        choice.accounts.note("a", outcome, 0)

    assert choice.accounts.name("a", 0) == "whole"


def test_connections_that_fail_in_a_row_send_the_rest_by_the_other() -> None:
    choice = Choice()
    for _ in range(IN_A_ROW - 1):
        choice.accounts.note("a", UNREACHED, 0)
    choice.accounts.note("a", OK, 0)
    for _ in range(IN_A_ROW - 1):
        choice.accounts.note("a", UNREACHED, 0)
    assert choice.accounts.name("a", 0) == "whole"

    choice.accounts.note("a", UNREACHED, 0)

    assert choice.accounts.name("a", REST - 1) == "rests"
    assert {choice.choose(1, PAIR, (), 1) for _ in range(5)} == {"b"}
    assert choice.choose(1, {"a": 1}, (), 1) is None


def test_back_it_comes_with_single_slices_and_with_its_share_once_it_holds() -> None:
    choice = Choice()
    failed(choice, "a", 0)

    gone = slices(choice, 2 * HOLD, lambda *_: OK)

    on_trial = [at for at, account in gone if account == "a" and at < HOLD]
    after = [account for at, account in gone if at > HOLD + PROBE]
    assert all(y - x >= PROBE - 1e-6 for x, y in pairwise(on_trial))
    assert len(on_trial) * 5 >= PROVEN
    assert abs(after.count("a") - after.count("b")) <= 2


def test_one_that_is_alone_is_tried_once_and_then_used() -> None:
    """Better on trial than late; but one slice first, not the campaign."""
    choice = Choice()
    failed(choice, "a", 0)
    assert choice.choose(1, {"a": 1}, (), 1) == "a"
    assert choice.choose(1, {"a": 1}, (), 2) is None
    assert choice.at_most("a", 2, 500) == PROVEN
    assert choice.at_most("b", 2, 500) == 500

    choice.accounts.note("a", OK, 2)

    assert [choice.choose(1, {"a": 1}, (), 3 + n / 10) for n in range(5)] == ["a"] * 5


def test_a_message_that_was_tried_is_not_spent_on_an_account_to_try() -> None:
    """Unless there is no other: the last of a campaign would use up their tries on a dead one."""
    choice = Choice()
    failed(choice, "a", 0)

    assert choice.choose(1, PAIR, (), 1, tried=True) == "b"
    assert choice.choose(1, {"a": 1}, (), 1, tried=True) == "a"


def test_an_account_that_stays_dead_is_tried_less_and_less_often() -> None:
    choice, tries = Choice(), [0]
    for second in range(200):
        if choice.choose(1, {"a": 1, "b": 9}, (), second) == "a":
            tries.append(second)
        if second == tries[-1]:
            for _ in range(IN_A_ROW):
                choice.accounts.note("a", UNREACHED, second)

    assert tries == [0, 15, 45, 105, 165]


def test_what_was_on_its_way_when_it_failed_is_no_new_failure_and_no_proof() -> None:
    choice = Choice()
    for _ in range(250):
        failed(choice, "a", 0)
    for _ in range(PROVEN):
        choice.accounts.note("a", OK, 1)

    assert choice.accounts.name("a", 1) == "probe"
    slices(choice, HOLD + 2 * PROBE, lambda *_: OK, start=1)
    assert choice.accounts.name("a", HOLD + 2 * PROBE + 1) == "whole"


def test_so_many_that_came_through_together_prove_as_much_as_one_by_one() -> None:
    choice = Choice()
    failed(choice, "a", 0)
    assert choice.choose(1, {"a": 1}, (), 1) == "a"

    choice.accounts.came("a", PROVEN - 1, HOLD)
    assert choice.accounts.name("a", HOLD) == "trial"
    choice.accounts.came("a", 1, HOLD)

    assert choice.accounts.name("a", HOLD) == "whole"


def test_a_whole_slice_that_fails_is_one_failure() -> None:
    choice = Choice()
    for _ in range(250):
        choice.accounts.note("a", UNREACHED, 0)

    assert choice.accounts.name("a", REST) == "probe"


def test_an_account_that_another_process_saw_refused_is_tried_first() -> None:
    choice = Choice()

    choice.accounts.failed("a", 0)

    assert choice.accounts.name("a", 0) == "probe"
    assert choice.choose(1, PAIR, (), 0) == "a"
    assert choice.choose(1, PAIR, (), 0) == "b"


@settings(max_examples=15, deadline=None)
@given(good=st.integers(20, 120), bad=st.integers(20, 120), code=st.sampled_from(["a", "u"]))
def test_a_gateway_that_comes_and_goes_does_not_pull_the_campaign_to_and_fro(
    good: int, bad: int, code: str
) -> None:
    """Two hours of it: `a` has its whole share a few times at most, and else single slices."""
    choice, refusal = Choice(), REFUSED if code == "a" else UNREACHED

    def answer(account: str, now: float) -> Outcome:
        return refusal if account == "a" and now % (good + bad) >= good else OK

    names, turned = [], 0
    for minute in range(720):
        slices(choice, 10, answer, start=minute * 10.0, step=0.5)
        names.append(choice.accounts.name("a", minute * 10.0 + 10) == "whole")
        turned += len(names) > 1 and names[-1] != names[-2]

    periods = 7200 / (good + bad)
    assert turned <= 10 < periods
