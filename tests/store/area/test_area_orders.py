"""An order to a carrier: the approved words, two persons, lawful hours, nothing of ours sent."""

import hashlib
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from tests.builders import an_item
from tests.store.area.bed import Areas, at
from vietnamese.plain import plain
from worker.campaigns.area import acts
from worker.errors import Refused, UserError
from worker.models import AreaOrder, Audit, ChannelPlan, Delivery, Occurrence
from worker.outbox import orders as stops
from worker.outbox.acts import cancel_occurrence
from worker.outbox.events import broken_chain
from worker.outbox.recall import recall_item


def test_an_order_is_the_approved_text_filled_and_its_checksum(areas: Areas) -> None:
    """Names of the body, the order's own code, the mark of a training; and the same bare."""
    order = areas.order(areas=("Xã lục ngạn", "24019=Xã Kiên Lao"))

    assert order.text == (
        "TẬP HUẤN, KHÔNG PHÁT. Công an KHÔNG làm việc qua điện thoại. Nghi lừa đảo, báo Công an "
        f"xã Lục Ngạn. Mã {order.code}")
    assert order.bare == plain(order.text)
    assert order.text_sha256 == hashlib.sha256(order.text.encode()).hexdigest()
    assert order.areas == [["luc_ngan", "Xã Lục Ngạn"], ["24019", "Xã Kiên Lao"]]
    assert (order.state, order.sender) == ("draft", "UBND LNgan")


def test_an_order_is_no_delivery_and_planning_leaves_it_alone(areas: Areas) -> None:
    """Its story hangs on an occurrence of its own; the calendar neither sends nor removes it."""
    order = areas.approved()
    areas.world.plan()
    areas.world.plan()

    with areas.world.store.read() as s:
        occurrence = s.get_one(Occurrence, order.occurrence_id)
        mine = [s.execute(select(func.count()).select_from(table).where(
            table.occurrence_id == order.occurrence_id)).scalar_one()
            for table in (Delivery, ChannelPlan)]
        audited = s.scalars(select(Audit.act).where(Audit.subject == f"vung:{order.id}")).all()
        assert broken_chain(s, order.occurrence_id) is None
    assert (occurrence.entry, occurrence.cancelled_at) == (f"vung:{order.id}", None)
    assert mine == [0, 0]
    assert [e.kind for e in areas.story(order.id)] == ["area-ordered", "area-approved"]
    assert audited == ["area-ordered", "area-approved"]


@pytest.mark.parametrize(("changes", "words"), [
    ({"opens_at": at(6, 59)}, "07:00–11:00 25/11/2026"),
    ({"opens_at": at(20), "closes_at": at(22, 1)}, "20:00–22:00"),
    # the programme's own quiet hours
    ({"opens_at": at(13), "closes_at": at(15)},
     "13:00–13:30 25/11/2026; 14:30–15:00 25/11/2026"),
    ({"opens_at": at(7, day=24), "closes_at": at(8, day=24)}, "đã qua"),
    ({"opens_at": at(11), "closes_at": at(8)}, "đầu trước cuối"),
    ({"opens_at": at(8), "closes_at": at(8, 1, day=26)}, "24 giờ"),
    ({"areas": ("luc_ngon",)}, "có phải «luc_ngan»"),
    ({"areas": ()}, "chưa ghi vùng"),
    ({"sender": "Tên Có Dấu"}, "tên định danh"),
    ({"sender": "MOT-TEN-QUA-DAI"}, "tên định danh"),
    ({"document_date": date(2026, 11, 25)}, "ngày chưa tới"),
    ({"carrier": " ", "document": ""}, "--document"),
    ({"organisation": "khong-co"}, "bac-ninh"),
    ({"item": "td-02"}, "td-02"),
    ({"channel": "facebook"}, "sms"),
])
def test_what_will_not_do_is_refused_with_what_would(
    areas: Areas, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(UserError) as refused:
        areas.order(**changes)

    assert words in str(refused.value)


@pytest.mark.parametrize(("changes", "words"), [
    ({"purpose": "quang_cao"}, "91/2020"),
    ({"area": ("bien_dong",)}, "chỉ dành cho Xã Biên Động"),
    ({"valid_to": date(2026, 11, 24)}, "chưa"),
])
def test_an_item_goes_only_where_and_when_it_may(
    areas: Areas, changes: dict[str, Any], words: str
) -> None:
    """Advertising never: nobody of an area has consented."""
    areas.approved_item(id="td-03", **changes)

    with pytest.raises(Refused, match=words):
        areas.order(item="td-03")


def test_an_item_not_approved_cannot_be_ordered(areas: Areas) -> None:
    """The frozen texts of an older yes do not count."""
    from worker.items.store import import_items  # noqa: PLC0415

    with areas.world.store.write() as s:
        import_items(s, areas.world.clock.now(), [an_item(title="Sửa sau khi duyệt")], "soan")

    with pytest.raises(Refused, match="chưa được duyệt"):
        areas.order()


def test_an_urgent_item_may_go_at_any_hour(areas: Areas) -> None:
    areas.approved_item(id="td-04", priority="khan_cap")
    with areas.world.store.write() as s:
        from worker.items import approval  # noqa: PLC0415

        approval.approve(s, areas.world.clock.now(), "td-04", areas.world.people["duyet2"])

    order = areas.order(item="td-04", opens_at=at(23), closes_at=at(1, day=26))

    assert order.priority == "khan_cap"


def test_the_same_place_is_not_written_to_twice_by_a_slip(areas: Areas) -> None:
    """Another carrier or place is another thing; the same on purpose says so."""
    first = areas.order()

    with pytest.raises(Refused, match=f"đơn {first.id}"):
        areas.order(carrier=" VIETTEL", areas=("bien_dong", "luc_ngan"))
    areas.order(carrier="VinaPhone")
    areas.order(areas=("bien_dong",))
    second = areas.order(again=True)
    areas.cancel(first.id)
    areas.cancel(second.id)
    areas.order()

    assert second.code != first.code


def test_who_made_it_does_not_approve_it(areas: Areas) -> None:
    """Nor does the database let it happen."""
    order = areas.order()

    with pytest.raises(Refused, match="không tự duyệt"):
        areas.approve(order.id, "phoi")
    with pytest.raises(IntegrityError, match="four_eyes"), areas.world.store.write() as s:
        s.execute(update(AreaOrder).values(approved_by="phoi"))
    with pytest.raises(IntegrityError, match="approved"), areas.world.store.write() as s:
        s.execute(update(AreaOrder).values(state="approved"))
    assert areas.now(order.id).state == "draft"


def test_of_two_approvers_one_wins_and_the_other_is_told(areas: Areas) -> None:
    order = areas.approved()

    with pytest.raises(Refused, match="đã duyệt"):
        areas.approve(order.id, "duyet2")
    assert areas.now(order.id).approved_by == "duyet"


def test_nothing_leaves_without_a_yes(areas: Areas) -> None:
    order = areas.order()

    with pytest.raises(Refused, match="chờ duyệt"):
        areas.hand_over(order.id)


def test_a_recalled_item_does_not_leave_and_its_orders_out_are_named(areas: Areas) -> None:
    """What a carrier has, only a person can call back."""
    out, waiting = areas.handed_over(), areas.approved(carrier="VinaPhone")
    draft = areas.order(carrier="MobiFone")
    with areas.world.store.write() as s:
        recall_item(s, areas.world.clock.now(), "duyet", "td-01", "sai", ())

    for act in (lambda: areas.hand_over(waiting.id), lambda: areas.hand_over(out.id),
                lambda: areas.approve(draft.id)):
        with pytest.raises(Refused, match="không còn là bản đã duyệt"):
            act()
    with areas.world.store.read() as s:
        named = acts.still_with_carriers(s, areas.world.clock.now(), "td-01")
        assert [o.id for o in named] == [out.id]
        assert acts.still_with_carriers(s, out.closes_at, "td-01") == []


def test_an_emergency_stop_keeps_orders_here(areas: Areas) -> None:
    order = areas.approved()
    with areas.world.store.write() as s:
        stops.stop(s, areas.world.clock.now(), "duyet", "*", "thử")

    with pytest.raises(Refused, match="DỪNG KHẨN CẤP"):
        areas.hand_over(order.id)


def test_an_order_whose_hours_are_over_does_not_leave(areas: Areas) -> None:
    order, draft = areas.approved(), areas.order(carrier="VinaPhone")
    areas.world.to(order.closes_at)

    with pytest.raises(Refused, match="khung giờ đã qua"):
        areas.hand_over(order.id)
    with pytest.raises(UserError, match="đã qua"):
        areas.approve(draft.id)


def test_a_cancelled_order_does_not_leave(areas: Areas) -> None:
    """By its own command or by `cancel` of its occurrence."""
    order, other = areas.approved(), areas.approved(carrier="VinaPhone")
    areas.cancel(order.id)
    with areas.world.store.write() as s:
        cancel_occurrence(s, areas.world.clock.now(), "phoi", other.occurrence_id, "thử")

    with pytest.raises(Refused, match="đã hủy"):
        areas.hand_over(order.id)
    with pytest.raises(Refused, match="đã bị hủy"):
        areas.hand_over(other.id)
    assert areas.story(order.id)[-1].detail == {"was": "approved", "reason": "thử"}
