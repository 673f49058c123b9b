"""The permitted rate of an account: never more than the rate plus one message in any second."""

from hypothesis import given, settings
from hypothesis import strategies as st

from worker.pace import Pace


@settings(max_examples=60, deadline=None)
@given(
    rate=st.floats(0.2, 50), parts=st.lists(st.integers(1, 4), min_size=1, max_size=60),
    pauses=st.lists(st.floats(0, 3), min_size=60, max_size=60),
)
def test_no_second_sees_more_than_the_rate_and_one_message(
    rate: float, parts: list[int], pauses: list[float]
) -> None:
    """Whatever the pauses between, in any sliding second; a pause saves nothing up."""
    # given a worker that asks after each pause and sends as soon as it may
    pace, now = Pace(rate), 0.0
    sent: list[tuple[float, int]] = []
    for count, pause in zip(parts, pauses, strict=False):
        now += pause
        now += pace.wait(now)
        assert pace.wait(now) == 0
        pace.spend(count, now)
        sent.append((now, count))

    # then within any second, all but the last message fit the rate
    for i, (start, _) in enumerate(sent):
        within = [count for at, count in sent[i:] if at < start + 1.0 - 1e-9]
        assert sum(within[:-1]) <= rate + 1e-6


def test_an_even_flow_uses_the_whole_rate() -> None:
    """Ten a second for ten seconds: a hundred messages, one every tenth of a second."""
    pace, now, count = Pace(10.0), 0.0, 0
    while now < 10.0:
        pace.spend(1, now)
        count += 1
        now += pace.wait(now)
    assert 100 <= count <= 101
