"""What the tests of corrections share: a page that edits, a site that only deletes, a phone."""

from tests.builders import an_item
from tests.fakes import CorrectingChannel
from tests.store.conftest import MakeWorld
from tests.store.world import NOON, World
from worker import corrections, takedown
from worker.alarms.store import raise_alarm
from worker.home import in_force
from worker.models import Delivery
from worker.outbox.correct import Corrected, Ways, correct_item
from worker.outbox.recall import Recalled, recall_item

#: as the fakes are, whatever the types of the programme can
WAYS = Ways(frozenset({"facebook", "website", "loa"}), frozenset({"facebook"}), frozenset({"loa"}))
RIGHT = "Số đúng là 113. Mã {{ ma_tin }}."


def a_wrong_world(make_world: MakeWorld) -> World:
    """Noon's items are out on page, site and phone; the page can edit, the site only deletes."""
    world = make_world()
    world.fakes["facebook"] = CorrectingChannel("facebook", world.far)
    for name in ("dc-01", "dc-02"):
        world.approved(an_item(name, body=f"{name}. {RIGHT}"))
    return world


def out(world: World, *channels: str) -> None:
    world.to(NOON)
    for channel in channels or ("sms", "facebook", "website"):
        world.run(channel)


def correct(world: World, item: str = "td-01", by: str = "dc-01") -> Corrected:
    """As `giovang correct` does it."""
    now = world.clock.now()
    with world.store.write() as s:
        done = correct_item(s, now, "duyet", item, by, "sai số", WAYS,
                            corrections.Filler(s, in_force(s), now, by))
        raise_alarm(s, now, f"recall:{item}", "recall", "serious", "thu hồi")
    return done


def recall(world: World, item: str) -> Recalled:
    with world.store.write() as s:
        return recall_item(s, world.clock.now(), "duyet", item, "sai",
                           takedown.can_recall(s, ("sms", "facebook", "website", "loa")))


def fixes(world: World, channel: str) -> list[Delivery]:
    return world.deliveries(channel, kind="correct")


def run(world: World) -> None:
    for channel in ("sms", "facebook", "website"):
        world.run(channel)
