"""
Every page of the console over an SQLite with a million deliveries and two years of calendar:
milliseconds from request to answer over loopback, and the bytes of a page.
"""

import hashlib
import re
import statistics
import time
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import requests
from sqlalchemy import insert

from bench.world import FIRST_DAY, START, installation, items, programme_text
from console.server import Servers
from console.web.routes import ROUTES
from worker.clock import VirtualClock
from worker.home import Home
from worker.models import Batch, Content, Delivery, Occurrence, Person, UserAccount
from worker.office import Office
from worker.people import ROLES
from worker.users import links, login, passwords, store
from worker.users.sessions import Browser

DELIVERIES, DAYS = 1_000_000, 730
SLOTS = ("sang", "trua", "toi")
PER_CELL = DELIVERIES // (DAYS * len(SLOTS))
NUMBERS, SEGMENTS, ITEMS = PER_CELL, 21, 120
#: requests of a page
ROUNDS = 21
PASSWORD = "mot cau dai de do toc do"  # noqa: S105  (of an installation that is thrown away)
#: routes that are no page: files, streams, and what only a form's answer shows
_NO_PAGE = re.compile(
    r"/static/|/lien-ket/|\.\{?(?:kind|docx|pdf|xlsx|csv)|/tep|/tien-do|/am-thanh")


@dataclass(frozen=True)
class Page:
    """One page: milliseconds by the 95th percentile, bytes."""

    path: str
    p95: float
    size: int


def measure() -> tuple[list[Page], list[str]]:
    """Every page, the slowest first; and the addresses that had no sample to open."""
    clock = VirtualClock(START + timedelta(days=DAYS, hours=3))
    text = programme_text(segments=SEGMENTS, numbers=NUMBERS)
    with installation(text, items(ITEMS), clock) as home:
        key = _fill(home)
        open_ = Home(replace(home.settings, inner_port=0, public_port=0), home.store, clock)
        office = Office(open_.settings, open_.store, clock, True, None, open_.programme()).open()
        servers = Servers(open_, lambda: office)
        servers.start()
        try:
            return _walk(servers.inner_url, _session(open_), key, clock)
        finally:
            servers.stop()


def _walk(
    url: str, token: str, key: str, clock: VirtualClock
) -> tuple[list[Page], list[str]]:
    web = requests.Session()
    web.trust_env = False
    web.headers["Connection"] = "close"  # a kept one may be closed just as it is used again
    web.cookies.set("giovang-phien", token, domain="127.0.0.1", path="/")
    day = f"{FIRST_DAY + timedelta(days=DAYS):%Y-%m-%d}"
    samples = {"key": key, "item": "tin-1", "day": day, "slot": "trua", "entry": "cm-1",
               "station": "dai", "person": "an", "channel": "sms", "section": "khung-gio",
               "mark": "trua", "version": "1", "number": "1", "id": "1"}
    found, left = [], []
    for route in ROUTES:
        if route.method != "GET" or _NO_PAGE.search(route.path) or "full" not in route.needs:
            continue
        path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda m: samples.get(m[1], "?"), route.path)
        clock.advance(61)  # how often one caller may ask is counted by the minute
        page = _page(web, url, path)
        if page is None:
            left.append(route.path)
        else:
            found.append(page)
    return sorted(found, key=lambda p: -p.p95), left


def _page(web: requests.Session, url: str, path: str) -> Page | None:
    taken, size = [], 0
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        answer = web.get(url + path, allow_redirects=False, timeout=60)
        taken.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            return None
        size = len(answer.content)
    return Page(path, statistics.quantiles(taken[1:], n=20)[-1], size)


def _session(home: Home) -> str:
    now = home.clock.now()
    with home.store.write() as session:
        session.execute(insert(Person), [{"id": "an", "name": "An", "roles": list(ROLES),
                                          "active": True, "created_at": now}])
        store.add(session, now, "an", "an")
        links.make_link(session, now, "an", "an", new_totp=False)
        account = session.get_one(UserAccount, "an")
        account.password = passwords.stored(passwords.acceptable(PASSWORD, "-", "-"))
        account.password_at = now
    return login.enter(home, "an", PASSWORD, Browser("127.0.0.1", "bench"), "").token


def _fill(home: Home) -> str:
    """Two years of deliveries, a few of a hundred failed or in doubt; gives one's key."""
    with home.store.write() as session:
        session.execute(insert(Content), [{"sha256": "c" * 64, "payload": {"text": "x"}}])
    key = ""
    for n in range(DAYS + 1):
        for s, slot in enumerate(SLOTS):
            day = FIRST_DAY + timedelta(days=n)
            opens = START + timedelta(days=n, hours=(5, 11, 19)[s], minutes=30)
            key = _cell(home, n, s, slot, day.isoformat(), opens)
    return key


def _cell(home: Home, n: int, s: int, slot: str, day: str, opens: datetime) -> str:
    entry, item = f"cm-{n % 7 * 3 + s}", f"tin-{(n * 3 + s) % ITEMS}"
    place, date_ = f"{entry}/{slot}/{day}/1", FIRST_DAY + timedelta(days=n)
    times = {"opens_at": opens, "closes_at": opens + timedelta(hours=1)}
    rows = [
        {"id": str(uuid.UUID(bytes=hashlib.md5(f"{place}/{k}".encode(),
                                               usedforsecurity=False).digest())),
         "day": date_, "occurrence_id": place, "channel": "sms", "account": "chinh",
         "target": f"so-{k}", "content_sha256": "c" * 64, "attempts": 1, "first_try_at": opens,
         "state": {0: "exhausted", 1: "rejected"}.get(k % 100, "accepted")}
        for k in range(PER_CELL)]
    with home.store.write() as session:
        session.execute(insert(Occurrence), [{
            "id": place, "entry": entry, "slot": slot, "local_date": date_, "run": 1,
            "segment": entry, "item_id": item, "item_version": 1, "picked_by": "rotate",
            "priority": "thong_thuong", "purpose": "cong_ich", "programme_version": 1, **times}])
        batch = session.scalars(insert(Batch).returning(Batch.id), [{
            "occurrence_id": place, "day": date_, "channel": "sms", "account": "chinh",
            "state": "done", "priority_rank": 2, "next_attempt_at": opens, "windows": [],
            "item_id": item, "item_version": 1, **times}]).one()
        session.execute(insert(Delivery), [{**row, "batch_id": batch} for row in rows])
    return str(rows[0]["id"])
