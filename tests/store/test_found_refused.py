"""A doubt that ends because the far side has the message and says that it failed."""

from channels.values import Rejected
from tests.store.test_doubt import in_doubt
from tests.store.world import World
from worker.reconcile import reconcile


def test_what_is_found_to_have_failed_is_rejected(world: World) -> None:
    """Asked once: it was taken, and did not arrive. It is neither sent again nor called out."""
    in_doubt(world, "facebook")
    world.clock.advance(12)
    world.fakes["facebook"].finds = [Rejected("sms-undelivered", "Cổng báo không tới máy nhận")]

    reconcile(world.office(), world.clock.now())

    delivery = world.one("facebook")
    assert (delivery.state, delivery.code) == ("rejected", "sms-undelivered")
    world.run("facebook")
    assert len(world.fakes["facebook"].sent) == 1
