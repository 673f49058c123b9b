"""A day that is slow to read rests between two readings: the tries need the processor more."""

from datetime import datetime

from tests.store.verify import Verified
from tests.store.world import NOON, World
from worker.clock import VirtualClock
from worker.outbox.recall import recall_item


class Slow(VirtualClock):
    """Whatever is timed by it takes two seconds."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._spent = 0.0

    def elapsed(self) -> float:
        self._spent += 2.0
        return super().elapsed() + self._spent


def recalled(world: World, channel: str) -> None:
    with world.store.write() as s:
        recall_item(s, world.clock.now(), "duyet", "td-01", "sai số máy", [channel])


def test_a_slow_day_is_read_again_only_after_its_rest_and_nothing_is_forgotten(
    world: World,
) -> None:
    world.to(NOON)
    slow = Slow(world.clock.now())
    verified = Verified(world)
    verified.home.clock = slow
    verified.tick()  # the look at every day
    world.run("facebook")
    assert verified.tick() == 1
    recalled(world, "facebook")

    assert verified.tick() == 0, "it rests"
    slow.advance(30)
    assert verified.tick() == 1
    assert verified.of("Facebook")["recalled"] is True


def test_a_quick_day_never_rests(world: World) -> None:
    world.to(NOON)
    verified = Verified(world)
    verified.tick()
    world.run("facebook")
    assert verified.tick() == 1
    recalled(world, "facebook")
    assert verified.tick() == 1
