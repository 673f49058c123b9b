"""What a carrier sends to an area itself stands on the page for everybody, too."""

from tests.store.area.bed import Areas, at
from tests.store.verify import Verified


def test_an_area_order_is_told_from_its_hour(areas: Areas) -> None:
    verified = Verified(areas.world)
    areas.approved_item()
    order = areas.approved()
    areas.hand_over(order.id)
    verified.tick()
    assert verified.records() == []

    areas.world.to(at(8))
    verified.tick()

    said = verified.of("Tin nhắn SMS")
    assert (said["code"], said["sender"]) == (order.code, "UBND LNgan")
    assert said["organisation"] == "UBND tỉnh Bắc Ninh"
    assert said["text"] == [order.text]


def test_an_order_nobody_handed_over_is_not_told(areas: Areas) -> None:
    verified = Verified(areas.world)
    areas.approved_item()
    areas.approved()
    areas.world.to(at(9))
    verified.tick()
    assert verified.records() == []
