"""The two listeners: health and figures inside, receipts outside. Real sockets, both databases."""

import io
import json
import logging
import socket
import stat
import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import structlog
from sqlalchemy import insert, select

from console.server import Servers
from tests.builders import in_force, settings_for
from tests.conftest import START
from tests.deliveries import add_batch, add_delivery, add_occurrence
from worker import logs
from worker.alarms.store import raise_alarm
from worker.clock import VirtualClock
from worker.db import Store
from worker.errors import UserError
from worker.home import Home
from worker.models import Delivery, Node, Receipt
from worker.office import Office
from worker.receipt_secret import receipt_url, secret_for

KEY = "11111111-1111-5111-8111-111111111111"


@pytest.fixture
def home(store: Store, tmp_path: Path, clock: VirtualClock) -> Home:
    in_force(store)
    settings = replace(settings_for(tmp_path), var=tmp_path / "var", inner_port=0, public_port=0)
    return Home(settings, store, clock)


@pytest.fixture
def servers(home: Home) -> Iterator[Servers]:
    office = Office(home.settings, home.store, home.clock, True, None, home.programme()).open()
    running = Servers(home, lambda: office)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def web() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def beat(store: Store, age: timedelta = timedelta()) -> None:
    with store.write() as s:
        s.execute(insert(Node), [{"id": "n", "incarnation": 1, "version": "0", "started_at": START,
                                  "heartbeat_at": START - age}])


def delivered(home: Home) -> None:
    with home.store.write() as s:
        add_delivery(s, add_batch(s, add_occurrence(s)), KEY)


def state(home: Home) -> str:
    with home.store.read() as s:
        return s.scalars(select(Delivery.state).where(Delivery.id == KEY)).one()


def test_health_is_the_process_and_readiness_is_the_worker(
    home: Home, servers: Servers, web: requests.Session
) -> None:
    """Health must not restart a worker because its database is away; readiness tells that."""
    assert web.get(servers.inner_url + "/healthz").status_code == 200
    before = web.get(servers.inner_url + "/readyz")
    beat(home.store, timedelta(seconds=90))
    after = web.get(servers.inner_url + "/readyz")

    assert (before.status_code, before.json()) == (503, {"ready": False, "missing": ["worker"]})
    assert (after.status_code, after.json()) == (200, {"ready": True, "missing": []})


def test_a_worker_silent_for_longer_than_90_seconds_is_not_ready(
    home: Home, servers: Servers, web: requests.Session
) -> None:
    beat(home.store, timedelta(seconds=91))

    assert web.get(servers.inner_url + "/readyz").status_code == 503


def test_figures_come_from_the_database(
    home: Home, servers: Servers, web: requests.Session
) -> None:
    beat(home.store, timedelta(seconds=5))
    with home.store.write() as s:
        occurrence = add_occurrence(s)
        add_delivery(s, add_batch(s, occurrence, state="ready"), KEY, state="queued")
        raise_alarm(s, START, "c", "disk", "serious", "đầy")
    home.clock.advance(30)  # type: ignore[attr-defined]  # a VirtualClock

    text = web.get(servers.inner_url + "/metrics").text

    for line in (
        'giovang_deliveries_today{channel="sms",state="ready"} 1.0',
        'giovang_queue_batches{channel="sms"} 1.0',
        'giovang_queue_oldest_seconds{channel="sms"} 30.0',
        'giovang_alarms_open{kind="disk",severity="serious"} 1.0',
        "giovang_heartbeat_age_seconds 35.0",
    ):
        assert line in text.splitlines()


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/receipts", "/healthz", "/metrics"])
def test_the_public_listener_has_receipts_and_nothing_else(
    servers: Servers, web: requests.Session, path: str
) -> None:
    assert web.get(servers.public_url + path).status_code == 404


@pytest.mark.parametrize("way", ["query", "form", "json"])
def test_a_receipt_is_kept_and_moves_its_delivery(
    home: Home, servers: Servers, web: requests.Session, way: str
) -> None:
    delivered(home)
    url = receipt_url(home, servers.public_url, "sms", "chinh")
    told = {"id": "r1", "key": KEY, "status": "delivered", "phone": "0950000101"}

    send = {
        "query": lambda: web.get(url, params=told),
        "form": lambda: web.post(url, data=told),
        "json": lambda: web.post(url, json=told),
    }[way]

    assert [send().status_code, send().status_code] == [200, 200]
    assert state(home) == "delivered"
    with home.store.read() as s:
        (receipt,) = s.scalars(select(Receipt)).all()
    assert (receipt.ref, receipt.delivery_id) == ("r1", KEY)


@pytest.mark.parametrize(
    ("channel", "account", "whose"),
    [
        ("sms", "chinh", "khac"),  # another account's secret
        ("khong-co", "chinh", "own"),
        ("facebook", "chinh", "own"),  # has no receipts
        ("sms", "chinh", "wrong"),
    ],
)
def test_a_wrong_address_is_404_and_keeps_nothing(
    home: Home, servers: Servers, web: requests.Session, channel: str, account: str, whose: str
) -> None:
    secret = {"own": secret_for(home, channel, account), "wrong": "x" * 43,
              "khac": secret_for(home, channel, "khac")}[whose]

    answer = web.post(f"{servers.public_url}/receipts/{channel}/{account}/{secret}",
                      data={"id": "r1", "status": "delivered"})

    assert (answer.status_code, answer.text) == (404, "")
    with home.store.read() as s:
        assert s.scalars(select(Receipt)).all() == []


def test_a_body_over_64_kib_is_refused_and_one_of_64_kib_is_read(
    home: Home, servers: Servers, web: requests.Session
) -> None:
    url = receipt_url(home, servers.public_url, "sms", "chinh")

    assert web.post(url, data=b"x" * 65536).status_code == 200
    assert web.post(url, data=b"x" * 65537).status_code == 413
    # chunked: no length told beforehand
    assert web.post(url, data=iter([b"x" * 40000, b"x" * 40000])).status_code == 413


def test_no_path_no_secret_and_no_number_reaches_the_log(
    home: Home, servers: Servers, web: requests.Session
) -> None:
    out = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure(home.clock, as_json=True, stream=out)
    try:
        url = receipt_url(home, servers.public_url, "sms", "chinh")
        web.get(url, params={"id": "r1", "status": "delivered", "phone": "0950000101"})
        web.get(url + "x")
    finally:
        structlog.reset_defaults()
        root.handlers[:], root.level = before, level

    (line,) = [json.loads(entry) for entry in out.getvalue().splitlines()]
    assert line["event"] == "receipt"
    assert secret_for(home, "sms", "chinh") not in out.getvalue()
    assert "/receipts/" not in out.getvalue()
    assert "0950000101" not in out.getvalue()


def test_a_gateway_that_hangs_up_in_the_middle_is_no_error_of_ours(
    home: Home, servers: Servers, web: requests.Session, caplog: pytest.LogCaptureFixture
) -> None:
    """It died, or was restarted, and will call again; the listener goes on."""
    url = urlsplit(receipt_url(home, servers.public_url, "sms", "chinh"))
    head = f"POST {url.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nid=r1"
    with socket.create_connection((url.hostname or "", url.port or 0)) as gateway:
        gateway.sendall(head.encode())
        gateway.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert web.get(servers.public_url + url.path).status_code == 200
    servers.stop()
    assert not [r for r in caplog.records if r.exc_info]


def test_a_taken_port_is_one_clear_line(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        home.settings = replace(home.settings, public_port=port)
        servers = Servers(home, lambda: None)  # type: ignore[arg-type,return-value]  # never asked

        with pytest.raises(UserError, match=f"GIOVANG_PUBLIC_PORT: .*:{port}"):
            servers.start()
        servers.stop()


def test_stopping_ends_both_listeners(home: Home, servers: Servers) -> None:
    servers.stop()

    for url in (servers.inner_url, servers.public_url):
        port = int(url.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=2).close()


def test_the_receipts_key_is_ours_alone_and_stays(home: Home) -> None:
    """A restored database keeps every address that a gateway was given."""
    first = secret_for(home, "sms", "chinh")
    key = home.settings.var / "khoa"

    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert secret_for(home, "sms", "chinh") == first
    assert secret_for(home, "sms", "phu") != first
    assert [p.name for p in key.parent.iterdir()] == ["khoa"]


def test_a_broken_key_file_is_said_and_not_replaced(home: Home) -> None:
    """A new key by itself would silently cut off every gateway."""
    home.settings.var.mkdir()
    (home.settings.var / "khoa").write_text("abc")

    with pytest.raises(UserError, match="khóa báo kết quả"):
        secret_for(home, "sms", "chinh")
    assert (home.settings.var / "khoa").read_text() == "abc"
