"""A program that calls the API, and a small installation with something of everything in it."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import requests
from sqlalchemy import func, insert, select

from tests.builders import an_item
from tests.conftest import START
from tests.deliveries import add_batch, add_delivery, add_occurrence
from worker.alarms.store import raise_alarm
from worker.api import keys
from worker.campaigns import queueing
from worker.campaigns.draft import Wish
from worker.home import Home, in_force
from worker.items import approval
from worker.items.store import import_items
from worker.lists import columns, store
from worker.lists.origin import Origin
from worker.lists.secret import ready_ring
from worker.lists.source import open_source
from worker.models import Person
from worker.people import ROLES

KEY = "11111111-1111-5111-8111-111111111111"
OCCURRENCE = "s/sang/2026-11-24/1"
ITEM = {"title": "Giả danh", "theme": "thu_doan", "body": "Gọi 113 khi nghi ngờ."}
MEDIA = "application/problem+json"


def a_person(home: Home, person: str, *roles: str, organisation: str | None = None) -> None:
    with home.store.write() as session:
        if session.get(Person, person) is None:
            session.execute(insert(Person), [{
                "id": person, "name": f"Người {person}", "roles": list(roles), "active": True,
                "created_at": home.clock.now(), "organisation": organisation}])


def a_key(
    home: Home, person: str = "may", scopes: Collection[str] = tuple(keys.SCOPES),
    roles: Collection[str] = tuple(ROLES), days: int = 30, organisation: str | None = None,
) -> str:
    """A key for a person who has these roles."""
    a_person(home, person, *roles, organisation=organisation)
    a_person(home, "quan-tri", "quan_tri")
    with home.store.write() as session:
        by = session.get_one(Person, "quan-tri")
        name = f"{person} {len(keys.every(session, home.clock.now()))}"
        return keys.add(session, home.clock.now(), keys.Wish(name, person, scopes, days), by)


class Program:
    """Calls with a key."""

    def __init__(self, url: str, key: str | None) -> None:
        self.url = f"{url}/api/v1"
        self.web = requests.Session()
        self.web.trust_env = False
        if key is not None:
            self.web.headers["Authorization"] = f"Bearer {key}"

    def call(
        self, method: str, path: str, body: Any = None, once: str | None = None, **more: Any
    ) -> requests.Response:
        headers: Mapping[str, str] = {"Idempotency-Key": once} if once else {}
        return self.web.request(method, self.url + path, json=body, timeout=30,
                                headers={**headers, **more.pop("headers", {})}, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.call("GET", path, **more)

    def post(
        self, path: str, body: Any = None, once: str | None = None, **more: Any
    ) -> requests.Response:
        return self.call("POST", path, body, once, **more)

    def put(self, path: str, body: Any, **more: Any) -> requests.Response:
        return self.call("PUT", path, body, **more)


def approved(home: Home, item: str = "td-02", **content: Any) -> None:
    """An item written by one person and approved by another."""
    a_person(home, "soan", "nguoi_soan")
    a_person(home, "duyet", "nguoi_duyet")
    submitted(home, item, **content)
    with home.store.write() as session:
        approval.approve(session, home.clock.now(), item, session.get_one(Person, "duyet"))


def submitted(home: Home, item: str, **content: Any) -> None:
    a_person(home, "soan", "nguoi_soan")
    with home.store.write() as session:
        now = home.clock.now()
        import_items(session, now, [an_item(item, **content)], "soan")
        approval.submit(session, now, in_force(session).programme, home.settings, item,
                        session.get_one(Person, "soan"))


def a_list(home: Home, *numbers: str) -> int:
    """A list of these numbers in use."""
    a_person(home, "nhap", "dieu_phoi")
    file = home.settings.home / "so.csv"
    file.write_text("SĐT\n" + "\n".join(numbers or ("0950000101", "0950000102")) + "\n")
    now = home.clock.now()
    ring = ready_ring(home.store, home.settings.var, now, "nhap")
    order = Origin("cong_ich", "public_task", "UBND xã", "12/UBND", date(2026, 11, 1), "dân cư",
                   date(2026, 12, 20))
    with open_source(file, "") as source:
        staged = store.stage(home, ring, order, store.Given(source, columns.find(source)), "nhap")
    store.accept(home, ring, staged, "nhap")
    return staged.list_id


def a_campaign(home: Home, item: str = "td-02") -> int:
    """A draft to a list of two."""
    queued = queueing.create(home, Wish(item, (a_list(home),)), "nhap")
    queueing.accept(home, queued, "nhap")
    return queued.id


def something(home: Home) -> None:
    """Of everything the API can name."""
    approved(home, "td-01")
    approved(home)
    submitted(home, "td-03", title="Chờ duyệt")
    with home.store.write() as session:
        import_items(session, START, [an_item("td-04", note="hỏi lại số")], "soan")
        add_delivery(session, add_batch(session, add_occurrence(session)), KEY, target="to-1",
                     state="uncertain")
        raise_alarm(session, START, "c", "disk", "serious", "đầy")
    a_campaign(home)


def count(home: Home, table: Any, *where: Any) -> int:
    with home.store.read() as session:
        return session.scalars(select(func.count()).select_from(table).where(*where)).one()
