"""What may become a campaign: an approved text that fits, lists that may be used for it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.builders import an_item
from tests.store.campaigns.world import CONSENT, Campaigns, campaigns
from tests.store.conftest import MakeWorld
from tests.store.lists import ORIGIN
from tests.store.world import a_text
from worker.errors import UserError
from worker.models import Item, RecipientList

LAN, MAI = "0950000101", "0950000102"


@pytest.fixture
def made(make_world: MakeWorld) -> Campaigns:
    return campaigns(make_world(a_text().replace("max_parts = 1", "max_parts = 2")))


def test_the_text_is_the_approved_one_filled_for_the_publisher(made: Campaigns) -> None:
    made.world.approved(an_item("td-02", texts={
        "sms": "Kinh gui {{ ten }}, thon {{ thon }}: goi {{ cong_an }}."}))
    people = made.a_list([LAN], ["Lan"])
    with made.home.store.write() as s:
        s.execute(update(RecipientList).values(fields=["ten", "thon"]))

    row = made.row(made.draft(people, item="td-02"))

    assert row.text.endswith("Kinh gui {{ ten }}, thon {{ thon }}: goi Cong an xa Luc Ngan.")
    assert row.text.startswith("TAP HUAN, KHONG PHAT. ")
    assert (row.fields, row.parts) == (["ten", "thon"], 2)  # each at 60 characters


def test_a_field_that_a_list_lacks_is_named(made: Campaigns) -> None:
    made.world.approved(an_item("td-02", texts={"sms": "Kinh gui {{ ten }}: goi 113."}))
    named, bare = made.a_list([LAN], ["Lan"]), made.a_list([MAI])

    with pytest.raises(UserError, match=rf"danh sách {bare}.*\{{\{{ ten \}}\}}"):
        made.draft(named, bare, item="td-02")


@pytest.mark.parametrize(("texts", "words"), [
    ({"sms": "Mo cua thu bay. Tu choi: soan TC gui 1234."}, r"\[QC\]"),
    ({"sms": "[QC] Mo cua thu bay."}, "cách từ chối"),
])
def test_advertising_says_what_it_is_and_how_to_refuse_it(
    made: Campaigns, texts: dict[str, str], words: str
) -> None:
    made.world.approved(an_item("qc-01", purpose="quang_cao", texts=texts))

    with pytest.raises(UserError, match=words):
        made.draft(made.a_list([LAN], origin=CONSENT), item="qc-01")


def _returned(made: Campaigns, people: int) -> dict[str, Any]:
    with made.home.store.write() as s:
        s.execute(update(Item).values(state="returned"))
    return {}


def _ended(made: Campaigns, people: int) -> dict[str, Any]:
    made.end(people)
    return {}


def _expired(made: Campaigns, people: int) -> dict[str, Any]:
    with made.home.store.write() as s:
        s.execute(update(RecipientList).values(expires=ORIGIN.document_date))
    return {}


def _for_advertising(made: Campaigns, people: int) -> dict[str, Any]:
    with made.home.store.write() as s:
        s.execute(update(RecipientList).values(purpose="quang_cao", basis="consent"))
    return {}


@pytest.mark.parametrize(("spoil", "words"), [
    (_returned, "chưa được duyệt"), (_ended, "không dùng được"), (_expired, "hết hạn"),
    (_for_advertising, "lập cho mục đích quảng cáo"),
    (lambda *_: {"channel": "facebook"}, "không phải kênh SMS"),
    (lambda *_: {"weights": {"phu": 1}}, "phu=1"),
    (lambda made, _: {"closes": made.home.clock.now() + timedelta(days=400)}, "chỉ được dùng"),
    (lambda made, _: {"go_on_at": made.home.clock.now()}, "giữa bắt đầu và kết thúc"),
])
def test_what_may_not_be_is_refused_and_leaves_nothing(
    made: Campaigns, spoil: Any, words: str
) -> None:
    people = made.a_list([LAN])
    wish = spoil(made, people)

    with pytest.raises(UserError, match=words):
        made.draft(people, **wish)

    assert not made.numbers()


def test_it_never_lasts_beyond_its_list(made: Campaigns) -> None:
    people = made.a_list([LAN])
    with made.home.store.write() as s:
        s.execute(update(RecipientList).values(expires=made.home.clock.now().date()))

    row = made.row(made.draft(people))

    assert f"{row.closes_at:%Y-%m-%d %H:%M}" == "2026-11-24 17:00"  # midnight in Vietnam


def test_accounts_share_by_their_rates_unless_somebody_says_otherwise(
    make_world: MakeWorld
) -> None:
    one = 'secrets = { key = "env:KEY" }'
    more = f'{one}\nrate = 100\n[[channels.accounts]]\nid = "phu"\nrate = 10\n{one}'
    made = campaigns(make_world(a_text().replace("max_parts = 1", "max_parts = 2")
                                .replace(one, more, 1)))
    people = made.a_list([LAN])

    assert made.row(made.draft(people)).weights == {"chinh": 100, "phu": 10}
    assert made.row(made.draft(people, weights={"phu": 1.0})).weights == {"phu": 1}
