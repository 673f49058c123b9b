"""Rests are the cluster's: what one worker learns, the others keep at their next begin."""

from channels.values import Retry
from tests.fakes import Held
from tests.store.conftest import MakeWorld
from tests.store.test_dispatch import _copy_as_urgent
from tests.store.world import NOON, a_text


def test_an_account_that_rests_rests_for_every_worker(make_world: MakeWorld) -> None:
    """
    One worker has a batch in hand when the other is refused: it begins nothing more, and what it
    had on the wire, accepted meanwhile, does not end the rest.
    """
    # given a worker in the middle of a batch, and another one with a batch of the same account
    world = make_world(a_text(targets=20))
    world.fakes["sms"].max_parallel = 4
    one, other = Held(), Held()
    first = world.dispatcher(pool=one, worker=world.worker("may-1"))
    second = world.dispatcher(pool=other, worker=world.worker("may-2"))
    world.to(NOON)
    first.turn()
    assert len(one.calls) == 4
    with world.store.write() as s:
        _copy_as_urgent(s)
    second.turn()
    assert len(other.calls) == 1

    # when the second is refused, and the first has room again
    world.fakes["sms"].script = [Retry("auth", "khóa sai", counts=False, scope="account")]
    other.release()
    second.turn()
    world.fakes["sms"].script = []
    one.release()
    first.turn()
    first.turn()

    # then the first begins nothing, until the rest is over
    assert one.calls == []
    world.clock.advance(61)
    first.turn()
    assert len(one.calls) == 4
