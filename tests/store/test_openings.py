"""From an item to a golden hour: what is offered, and where it stands. On both databases."""

from datetime import timedelta

from tests.builders import an_item
from tests.store.world import CLOSES, NOON, TODAY, World
from worker.home import in_force
from worker.models import Item
from worker.planner import pinning
from worker.planner.openings import Opening, openings, placed
from worker.planner.pinning import Spot
from worker.scope import WHOLE, Scope, scope_of

DAY = timedelta(days=1)


def offered(world: World, item: str = "td-05", scope: Scope = WHOLE) -> list[Opening]:
    with world.store.read() as s:
        return openings(s, in_force(s).programme, world.clock.now(), scope, s.get_one(Item, item))


def keys(found: list[Opening]) -> list[tuple[int, str, str]]:
    return [((o.day - TODAY).days, o.slot.id, o.segment.id if o.segment else "") for o in found]


def test_the_hours_to_come_are_offered_with_what_airs_there(world: World) -> None:
    world.approved(an_item("td-05", title="Lừa đảo mới"))
    world.to(NOON)

    found = offered(world)

    assert keys(found)[:3] == [(0, "trua", "canh_giac"), (0, "chieu", ""), (1, "trua", "canh_giac")]
    assert found[0].airs == "Giả danh công an"
    assert found[0].themed
    assert found[0].channels == found[1].channels == ("SMS", "Facebook", "Trang tĩnh", "Loa")
    world.to(CLOSES)
    assert keys(offered(world))[0] == (0, "chieu", "")  # what is over is not


def test_where_it_stands_is_told_and_not_offered_again(world: World) -> None:
    """What airs in turn, and what is pinned though nobody has approved it yet."""
    assert (0, "trua", "canh_giac") not in keys(offered(world, "td-01"))
    with world.store.write() as s:
        programme = in_force(s).programme
        pinning.pin(s, programme, world.clock.now(), "soan", "td-01", Spot(TODAY, "chieu", None))

    assert (0, "chieu", "") not in keys(offered(world, "td-01"))
    with world.store.read() as s:
        found = placed(s, programme, world.clock.now(), "td-01")
        over = placed(s, programme, CLOSES, "td-01")
    assert [(p.day, p.slot.id) for p in found[:2]] == [(TODAY, "trua"), (TODAY, "chieu")]
    assert over[0].slot.id == "chieu"


def test_of_another_organisation_nothing_is_offered(world: World) -> None:
    """A place whose receivers are another's is not for them to give away."""
    world.approved(an_item("td-05"))
    with world.store.read() as s:
        elsewhere = scope_of(in_force(s).programme, "khong-co")

    assert offered(world, scope=elsewhere) == []
