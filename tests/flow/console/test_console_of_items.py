"""What hangs on an item is seen and changed by whoever holds the item: area orders, evidence."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from console.server import Servers
from tests.accounts import Visitor, an_account
from tests.conftest import START
from tests.store.area.bed import TEXT, Areas
from tests.store.world import World
from worker.home import Home
from worker.models import AreaOrder, Evidence, Item, Person
from worker.shared.here import files_of
from worker.shared.kinds import EVIDENCE

MINE, OTHER = "luc-ngan", "bien-dong"


@pytest.fixture
def areas(home: Home, tmp_path: Path) -> Areas:
    """An approved item of one commune, and an order made of it."""
    for person, role in (("soan", "nguoi_soan"), ("duyet", "nguoi_duyet"), ("phoi", "dieu_phoi")):
        an_account(home, person, role)
    world = World(home.store, home.clock, tmp_path)  # type: ignore[arg-type]
    world.programme(TEXT)
    areas = Areas(world)
    areas.approved_item()
    with home.store.write() as session:
        session.execute(update(Item).values(owner=MINE))
    return areas


@pytest.fixture
def two(home: Home, servers: Servers) -> Iterator[tuple[Visitor, Visitor]]:
    """One of each commune, both in every role that acts on orders."""
    found = []
    for name, body in (("cua-minh", MINE), ("noi-khac", OTHER)):
        an_account(home, name, "dieu_phoi", "nguoi_duyet", "nguoi_soan")
        with home.store.write() as session:
            session.execute(update(Person).where(Person.id == name).values(organisation=body))
        visitor = Visitor(servers.inner_url)
        visitor.log_in(name)
        found.append(visitor)
    yield found[0], found[1]
    for visitor in found:
        visitor.web.close()


def test_an_area_order_is_its_items(
    home: Home, areas: Areas, two: tuple[Visitor, Visitor]
) -> None:
    mine, other = two
    there = f"/dot-nhan-tin/vung/{areas.order().id}"
    assert there in mine.get("/dot-nhan-tin/vung").text
    assert mine.get(there).status_code == 200

    assert there not in other.get("/dot-nhan-tin/vung").text
    refused = [other.get(there), other.post(f"{there}/duyet"), other.post(f"{there}/giao"),
               other.post(f"{there}/huy", reason="x")]

    assert {answer.status_code for answer in refused} == {404}
    with home.store.read() as session:
        assert session.scalars(select(AreaOrder.state)).one() == "draft"


def test_evidence_is_its_items(
    home: Home, areas: Areas, two: tuple[Visitor, Visitor]
) -> None:
    mine, other = two
    files_of(home.settings).put(EVIDENCE, f"{'e' * 64}.png", b"\x89PNG")
    with home.store.write() as session:
        item = session.scalars(select(Item.id)).one()
        session.add(Evidence(id=7, item_id=item, name="anh.png", kind="png", sha256="e" * 64,
                             by="cua-minh", at=START))

    assert mine.get("/soan-tin/bang-chung/7").status_code == 200
    assert other.get("/soan-tin/bang-chung/7").status_code == 404
