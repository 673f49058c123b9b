"""
Two consoles on one PostgreSQL, each with its own connections: whoever came in by one may go on at
the other. That alarms are raised and told once, and planners on two nodes write one plan, stands in
test_alarms.py, test_told_once.py and test_planner.py.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from console.server import Servers
from tests.accounts import PASSWORD, Visitor, a_link, an_account
from tests.builders import in_force, settings_for
from tests.postgres import Cluster
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import Home
from worker.lists import uploads
from worker.office import Office
from worker.radio import links

NEW = "ba con mèo đuổi bướm"
LISTS = "/dot-nhan-tin/danh-sach"


@dataclass
class Consoles:
    """Two of them, and one browser that a balancer sends to either."""

    homes: list[Home]
    at: list[Visitor]


@pytest.fixture
def consoles(
    postgres: Cluster, migrated_postgres: str, tmp_path: Path, clock: VirtualClock
) -> Iterator[Consoles]:
    name = postgres.create(migrated_postgres)
    settings = replace(settings_for(tmp_path), var=tmp_path / "var", inner_port=0, public_port=0)
    homes = [Home(settings, Store(postgres.url(name)), clock) for _ in range(2)]
    in_force(homes[0].store)
    running = []
    for home in homes:
        office = Office(settings, home.store, clock, True, None, home.programme()).open()
        running.append(Servers(home, lambda office=office: office))
        running[-1].start()
    browsers = [Visitor(one.inner_url) for one in running]
    browsers[1].web.close()
    browsers[1].web = browsers[0].web
    yield Consoles(homes, browsers)
    browsers[0].web.close()
    for one in running:
        one.stop()
    for home in homes:
        home.close()
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


def inside(browser: Visitor) -> bool:
    return browser.get("/tai-khoan").status_code == 200


def test_whoever_is_in_at_one_is_in_at_the_other_and_out_at_both(consoles: Consoles) -> None:
    a, b = consoles.at
    an_account(consoles.homes[0], "an", "nguoi_soan")

    a.log_in("an")

    assert inside(a)
    assert inside(b)
    # a form of the other's page is taken, one from elsewhere is not
    assert b.post("/ngon-ngu", origin="http://evil.example", lang="en").status_code == 403
    assert b.post("/dang-xuat").headers["location"] == "/dang-nhap?xong=ra"
    assert not inside(a)


def test_a_link_opens_once_at_whichever(consoles: Consoles) -> None:
    a, b = consoles.at
    an_account(consoles.homes[0], "an", "nguoi_soan", password=False)
    link = f"/lien-ket/{a_link(consoles.homes[0], 'an')}"

    assert (a.get(link).status_code, b.get(link).status_code) == (200, 200)
    assert b.post(link, password=NEW, again=NEW).status_code == 303

    assert a.get(link).status_code == 404
    assert a.post(link, password=PASSWORD, again=PASSWORD).status_code in (403, 404)


def test_names_that_are_guessed_at_are_held_up_at_both(consoles: Consoles) -> None:
    """Failures count together: a second console is no second row of tries."""
    an_account(consoles.homes[0], "an", "nguoi_soan")
    for n in range(10):
        consoles.at[n % 2].post("/dang-nhap", name="an", password=f"sai rồi {n}")

    for browser in consoles.at:
        browser.log_in("an")
        assert not inside(browser)


def test_a_list_sent_to_one_is_read_by_the_other(consoles: Consoles) -> None:
    """The file stands in var/, which the machines share, until its rows are in."""
    a, b = consoles.at
    an_account(consoles.homes[0], "phoi", "dieu_phoi")
    a.log_in("phoi")
    rows = "\n".join(f"095000{n:04d};Nguyễn Văn {n}" for n in range(1, 30))
    sent = a.web.post(
        a.url + f"{LISTS}/moi", files={"file": ("dân.csv", f"SĐT;Họ tên\n{rows}\n".encode())},
        headers={"Origin": a.url}, allow_redirects=False, timeout=30)
    where = sent.headers["location"]

    assert "•••••••001" in b.get(where).text
    done = b.web.post(b.url + where, headers={"Origin": b.url}, allow_redirects=False, timeout=30,
                      files={"scan": ("", b"")}, data={
        "purpose": "cong_ich", "basis": "public_task", "ordered_by": "UBND", "document": "1/KH",
        "date": "20/11/2026", "source": "sổ hộ dân", "expires": "31/01/2027",
        "cot-0": "phone", "cot-1": "ten"})

    assert done.status_code == 303, done.text
    assert "<b>29</b> số nhận được" in " ".join(b.get(where).text.split())
    # its rows are in: the numbers in clear are gone, and the other one offers no second reading
    [kept] = (consoles.homes[0].settings.var / uploads.FOLDER).iterdir()
    assert not (kept / "danh-sach.csv").exists()
    assert a.get(where).headers["location"] == f"{LISTS}/moi?xong=tep-het"


def test_two_machines_that_make_a_stations_address_at_once_give_the_same(
    consoles: Consoles,
) -> None:
    """As two workers do that start together."""
    now = consoles.homes[0].clock.now()
    station = consoles.homes[0].programme().programme.stations[0].id
    for _ in range(5):
        start = threading.Barrier(2)

        def made(home: Home, start: threading.Barrier = start) -> str:
            start.wait()
            return links.token_for(home, now, station, "soan")

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(made, consoles.homes)
        assert first == second
        links.revoke(consoles.homes[0], now, station, "soan")
