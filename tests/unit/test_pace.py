"""The permitted rate of an account: in any second never more than the rate and one slice."""

from hypothesis import given, settings
from hypothesis import strategies as st

from worker.pace import SLICE, Pace


@settings(max_examples=60, deadline=None)
@given(
    rate=st.floats(0.2, 500), parts=st.lists(st.integers(1, 4), min_size=1, max_size=60),
    pauses=st.lists(st.floats(0, 3), min_size=60, max_size=60),
)
def test_no_second_sees_more_than_the_rate_and_one_slice(
    rate: float, parts: list[int], pauses: list[float]
) -> None:
    """Whatever the pauses between, in any sliding second; a pause saves nothing up."""
    # given a worker that asks after each pause and sends as soon as it may
    pace, now = Pace(rate), 0.0
    sent: list[tuple[float, int]] = []
    for count, pause in zip(parts, pauses, strict=False):
        now += pause
        now += pace.wait(now)
        assert pace.wait(now) < 1e-9
        pace.spend(count, now)
        sent.append((now, count))

    # then within any second, all but the last message fit the rate and one slice
    for i, (start, _) in enumerate(sent):
        within = [count for at, count in sent[i:] if at < start + 1.0 - 1e-9]
        assert sum(within[:-1]) <= rate * (1 + SLICE) + 1e-6


def test_an_even_flow_uses_the_whole_rate() -> None:
    """Ten a second for ten seconds: a hundred messages, one every tenth of a second."""
    pace, now, count = Pace(10.0), 0.0, 0
    while now < 10.0:
        pace.spend(1, now)
        count += 1
        now += pace.wait(now)
    assert 100 <= count <= 102  # a slice is there at once


@settings(max_examples=40, deadline=None)
@given(rate=st.integers(20, 2000), turn=st.floats(0.001, SLICE))
def test_turns_no_longer_than_a_slice_use_a_high_rate(rate: int, turn: float) -> None:
    """A minute of turns that begin all they may: 98 % of the rate, and never more than it."""
    pace, now, begun = Pace(float(rate)), 0.0, 0
    while now < 60.0:
        ahead = 0
        while pace.wait(now, ahead) <= 0:
            ahead += 1
        if ahead:
            pace.spend(ahead, now)
        begun += ahead
        now += turn

    assert 0.98 * rate * 60 <= begun <= rate * 60 * (1 + 1e-9) + rate * SLICE + 1
