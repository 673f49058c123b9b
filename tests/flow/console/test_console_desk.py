"""Emergency stop, the end of a doubt, recall and correction from the pages."""

from typing import Any

import pytest
from sqlalchemy import select, update

from console.server import Servers
from tests.accounts import Visitor, acts, an_account
from tests.deliveries import add_batch, add_delivery, add_occurrence
from worker.home import Home
from worker.models import Delivery, Item, Person, StopOrder

KEY = "00000001-1111-5111-8111-111111111111"


@pytest.fixture
def inside(home: Home, person: Visitor) -> Visitor:
    an_account(home, "an", "nguoi_soan", "dieu_phoi")
    person.log_in()
    return person


def deliver(home: Home, **row: Any) -> str:
    """One delivery; gives its item."""
    with home.store.write() as session:
        batch = add_batch(session, add_occurrence(session))
        add_delivery(session, batch, KEY, **{"target": "to-1", **row})
        return session.scalars(select(Item.id)).one()


def state(home: Home) -> str:
    with home.store.read() as session:
        return session.scalars(select(Delivery.state)).one()


def stops(home: Home) -> list[StopOrder]:
    with home.store.read() as session:
        return list(session.scalars(select(StopOrder)))


def test_one_stops_everything_and_two_start_again(
    home: Home, servers: Servers, inside: Visitor
) -> None:
    an_account(home, "binh", "nguoi_duyet")
    other = Visitor(servers.inner_url)
    other.log_in("binh")
    without = inside.post("/dung-khan-cap", channel="*", reason=" ")
    assert (without.status_code, stops(home)) == (400, [])

    done = inside.post("/dung-khan-cap", channel="*", reason="tin sai")

    assert done.headers.get("location") == "/dung-khan-cap?xong=dung", done.text
    assert "tin sai" in other.get("/dung-khan-cap").text
    assert inside.post("/dung-khan-cap/chay-lai", channel="*").headers["location"].endswith(
        "cho-nguoi-hai")
    inside.post("/dung-khan-cap/chay-lai", channel="*")
    assert stops(home)[0].lifted_at is None  # one person, twice, is one person
    assert other.post("/dung-khan-cap/chay-lai", channel="*").headers["location"].endswith(
        "chay-lai")
    assert stops(home)[0].lifted_at is not None
    assert {"stop", "start"} <= set(acts(home))
    other.web.close()


def test_whoever_works_for_one_organisation_stops_nothing_for_others(
    home: Home, inside: Visitor
) -> None:
    with home.store.write() as session:
        session.execute(update(Person).where(Person.id == "an").values(organisation="luc-ngan"))

    assert inside.post("/dung-khan-cap", channel="*", reason="thử").status_code == 404
    assert "Gọi cho trung tâm" in inside.get("/dung-khan-cap").text
    assert stops(home) == []


@pytest.mark.parametrize(("how", "after"), [
    ("da-ra", "accepted"), ("chua-ra", "cancelled"), ("gui-lai", "ready")])
def test_a_doubt_is_ended_on_its_own_page(
    home: Home, inside: Visitor, how: str, after: str
) -> None:
    deliver(home, state="uncertain")
    assert "Xác định kết quả" in inside.get(f"/nhat-ky/{KEY}").text
    assert inside.post(f"/nhat-ky/{KEY}/ket-qua", how="bua", reason="x").status_code == 400
    assert inside.post(f"/nhat-ky/{KEY}/ket-qua", how=how, reason=" ").status_code == 400
    assert state(home) == "uncertain"

    done = inside.post(f"/nhat-ky/{KEY}/ket-qua", how=how, reason="đã gọi tổ trưởng")

    assert done.headers["location"] == f"/nhat-ky/{KEY}?xong=ket-qua"
    assert state(home) == after
    assert "đã gọi tổ trưởng" in inside.get(f"/nhat-ky/{KEY}").text
    assert "Xác định kết quả" not in inside.get(f"/nhat-ky/{KEY}").text


def test_an_item_is_taken_back_with_a_reason(home: Home, inside: Visitor) -> None:
    item = deliver(home)
    assert inside.post(f"/thu-hoi/{item}", reason="").status_code == 400

    done = inside.post(f"/thu-hoi/{item}", reason="số điện thoại sai")

    assert "1 lượt không gỡ được (SMS)" in done.text
    with home.store.read() as session:
        assert session.get_one(Item, item).state == "recalled"
    assert "recall" in acts(home)


def test_an_item_of_others_is_not_there_to_be_taken_back(home: Home, inside: Visitor) -> None:
    item = deliver(home)
    with home.store.write() as session:
        session.execute(update(Person).where(Person.id == "an").values(organisation="luc-ngan"))
        session.execute(update(Item).values(owner="tan-son"))

    for answer in (inside.get(f"/thu-hoi/{item}"), inside.post(f"/thu-hoi/{item}", reason="x"),
                   inside.post(f"/thu-hoi/{item}/dinh-chinh", reason="x", correction="y")):
        assert answer.status_code == 404
    with home.store.read() as session:
        assert session.get_one(Item, item).state != "recalled"


def test_a_correction_that_nobody_approved_is_refused_in_words(
    home: Home, inside: Visitor
) -> None:
    item = deliver(home)

    answer = inside.post(f"/thu-hoi/{item}/dinh-chinh", correction="khong-co", reason="sai số")

    assert answer.status_code == 400
    assert "sai số" in answer.text  # what was typed stays
    with home.store.read() as session:
        assert session.get_one(Item, item).state != "recalled"
