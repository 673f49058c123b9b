"""How many messages of a campaign are begun together."""

from dataclasses import dataclass, field

import pytest

from worker.campaigns import sizes
from worker.campaigns.sizes import FEW, MOST, Managed


@pytest.mark.parametrize(("rate", "parts", "size"), [
    (0.5, 1, 1), (4, 1, 1), (20, 1, 5), (100, 1, FEW), (400, 1, FEW), (1_000, 1, 50),
    (100, 3, 8), (50_000, 1, MOST),
])
def test_a_slice_is_few_messages_and_at_most_a_quarter_of_a_second(
    rate: float, parts: int, size: int
) -> None:
    assert sizes.paced(rate, parts) == size


@dataclass
class Ahead:
    """A slice begun."""

    left: int
    parts: int = 1
    waiting: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.waiting = [0] * self.left


@pytest.mark.parametrize(("ahead", "rate", "room"), [
    ([], 100, True), ([25], 100, False), ([6], 100, False), ([5], 100, True), ([3, 3], 100, False),
    ([1], 1, False), ([250], None, True), ([250, 0], None, True), ([250, 1], None, False),
    ([MOST], 50_000, True), ([MOST, 1], 50_000, False),
])
def test_little_is_begun_ahead_of_the_wire(
    ahead: list[int], rate: float | None, room: bool
) -> None:
    assert sizes.room([Ahead(n) for n in ahead], rate) is room


def test_without_a_rate_a_slice_is_what_a_quarter_of_a_second_managed() -> None:
    managed = Managed()
    assert managed.size("chinh", 0.0, 8) == 8  # nothing is known yet: a window

    for n in range(10):
        managed.note("chinh", n / 10, 40)

    assert managed.size("chinh", 0.9, 8) == 100
    assert managed.size("chinh", 1.45, 8) == 50
    assert managed.size("phu", 0.9, 8) == 8
    assert managed.size("chinh", 9.0, 8) == 8
    managed.note("chinh", 9.0, 100_000)
    assert managed.size("chinh", 9.0, 8) == MOST
