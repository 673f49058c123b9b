"""
Every commune of the country (10,599 in 2022) fetches its bulletins: JSON, page and podcast
feed, each over a connection of its own, from one process on SQLite; beside a handler of the
same framework that answers with as many bytes and asks no database.

The programme, deliveries and bulletins are made as the worker makes them, the evening before.
"""

import http.client
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Self

import psutil
from sqlalchemy import insert

from bench.world import installation, items
from worker.clock import VirtualClock
from worker.home import Home
from worker.models import BulletinRow, StationLink
from worker.radio.bulletin import Bulletin, Line, Section, to_json
from worker.radio.links import sha256_of, token_of

STATIONS = 10_599
FORMS = ("bulletins.json", "", "feed.xml")
CALLERS = 16
#: 24/11/2026, 19:00 in Vietnam
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

HEAD = """
name = "Cả nước"
timezone = "Asia/Ho_Chi_Minh"
organisation = "xa"
themes = { thu_doan = "Thủ đoạn", phap_luat = "Pháp luật" }
[[organisations]]
id = "xa"
name = "Xã"
sign_off = "UBND xã"
police = "Công an xã"
committee = "UBND xã"
hotline = "113"
[[slots]]
id = "sang"
name = "Sáng"
start = "05:30"
end = "06:30"
[[slots]]
id = "chieu"
name = "Chiều"
start = "17:00"
end = "18:00"
[[channels]]
id = "loa"
type = "loudspeaker"
name = "Loa"
lead_time = "17:00"
accounts = [{ id = "chinh" }]
[[segments]]
id = "canh_giac"
name = "Cảnh giác"
themes = ["thu_doan"]
slots = ["sang", "chieu"]
channels = ["loa"]
days_without_repeat = 0
stand_by = "tin-0"
"""


@dataclass(frozen=True)
class Fetched:
    """One pass of all stations: seconds in all, and of each request."""

    seconds: float
    each: Sequence[float]
    memory: float  #: MB, of the serving process

    @property
    def rate(self) -> float:
        return len(self.each) / self.seconds

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.each, n=20)[-1]


@dataclass(frozen=True)
class Found:
    """Fresh, unchanged (304), and the bare handler."""

    ours: Fetched
    unchanged: Fetched
    bare: Fetched
    bytes: int


def measure(stations: int = STATIONS) -> Found:
    """Make the installation, serve it from a child, fetch everything twice, then the bare one."""
    text = HEAD + stations_text(stations)
    with installation(text, items(2), VirtualClock(NOW)) as home:
        tokens = fill(home, stations)
        paths = [f"/stations/{token}/{form}" for token in tokens for form in FORMS]
        with _Serving(["bench.stations", "serve", str(home.settings.home)]) as server:
            ours, etags, size = server.fetch(paths, {})
            unchanged, _, _ = server.fetch(paths, etags)
        with _Serving(["bench.stations", "bare", str(size // len(paths))]) as server:
            bare, _, _ = server.fetch(paths, {})
    return Found(ours, unchanged, bare, size)


def stations_text(count: int) -> str:
    """So many in a programme."""
    return "".join(
        f'[[stations]]\nid = "dai-{n}"\nname = "Đài xã số {n}"\norganisation = "xa"\n'
        for n in range(count))


def fill(home: Home, stations: int, evening: datetime = NOW) -> list[str]:
    """Two bulletins of tomorrow for each station, and its link, whose token is given back."""
    tokens: list[str] = []
    rows, links = [], []
    lines = tuple(Line("body", t, t, t) for t in (
        "Công an không làm việc qua điện thoại, không yêu cầu chuyển tiền.",) * 6)
    for n in range(stations):
        station = f"dai-{n}"
        for airing, hour in (("05:30", 22), ("17:00", 10)):
            airs = evening.replace(hour=hour, minute=30 if hour == 22 else 0) + timedelta(
                days=0 if hour == 22 else 1)
            made = Bulletin(
                station=station, station_name=f"Đài xã số {n}", committee="UBND xã",
                date=airs.date() if hour == 10 else (airs + timedelta(hours=7)).date(),
                airing=airing, airs_at=airs, use_until=airs + timedelta(hours=1), number=1,
                made_at=evening, training=True, opening=lines[:1], closing=lines[:1], seconds=90,
                sections=(Section("k", "tin-0", 1, "Cảnh giác", "thong_thuong", lines, "B", "A"),),
                limit=180)
            rows.append({
                "station": station, "local_date": made.date, "airing": airing, "number": 1,
                "airs_at": airs, "body": to_json(made), "sha256": made.sha256(), "made_at": evening,
                "newest": True})
        token = token_of(home, station, 1)
        tokens.append(token)
        links.append({"token_sha256": sha256_of(token), "station": station, "serial": 1,
                      "made_at": evening, "made_by": "soan", "revoked_by": ""})
    with home.store.write() as session:
        session.execute(insert(BulletinRow), rows)
        session.execute(insert(StationLink), links)
    return tokens


class _Serving:
    """A child process that serves until it is told to stop."""

    def __init__(self, module: list[str]) -> None:
        self._command = [sys.executable, "-m", *module]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True,
                                         env={**os.environ, "GIOVANG_LANG": "en"})
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)

    def fetch(
        self, paths: Sequence[str], etags: dict[str, str]
    ) -> tuple[Fetched, dict[str, str], int]:
        seconds, each, seen, size = fetch([self._port], paths, etags)
        memory = psutil.Process(self._process.pid).memory_info().rss / 1e6
        return Fetched(seconds, each, memory), seen, size


def fetch(
    ports: Sequence[int], paths: Sequence[str], etags: dict[str, str]
) -> tuple[float, list[float], dict[str, str], int]:
    """
    All paths, CALLERS at a time, a new connection each: a station comes once. Of several servers
    the next each time. Seconds in all and of each, etags, bytes.
    """
    seen: dict[str, str] = {}
    size, lock = 0, threading.Lock()

    def one(port: int, path: str) -> float:
        nonlocal size
        begun = time.perf_counter()
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        line.request("GET", path, headers={"If-None-Match": etags.get(path, "")})
        got = line.getresponse()
        body = got.read()
        line.close()
        taken = time.perf_counter() - begun
        assert got.status == (304 if etags else 200), (got.status, path)
        with lock:
            size += len(body)
            seen[path] = got.headers.get("etag", "")
        return taken

    begun = time.perf_counter()
    with ThreadPoolExecutor(CALLERS) as pool:
        each = list(pool.map(one, cycle(ports), paths))
    return time.perf_counter() - begun, each, seen, size


def _serve(home_folder: str) -> None:
    """The public listener as the worker has it."""
    from dataclasses import replace  # noqa: PLC0415

    from console.server import Servers  # noqa: PLC0415
    from worker.db import Store  # noqa: PLC0415
    from worker.office import Office  # noqa: PLC0415
    from worker.settings import from_environment  # noqa: PLC0415

    folder = Path(home_folder)
    settings = replace(from_environment(), home=folder, var=folder / "var", inner_port=0,
                       public_port=0, database_url=f"sqlite:///{folder}/var/bench.sqlite3")
    home = Home(settings, Store(settings.database_url), VirtualClock(NOW))
    office = Office(settings, home.store, home.clock, True, None, home.programme())
    servers = Servers(home, lambda: office)
    servers.start()
    _until_told(servers.public_url.rsplit(":", 1)[1])
    servers.stop()


def _bare(size: str) -> None:
    """FastAPI on uvicorn, a thread for each request, bytes from memory."""
    import uvicorn  # noqa: PLC0415
    from fastapi import FastAPI, Response  # noqa: PLC0415

    app, body = FastAPI(), b"x" * int(size)

    @app.get("/stations/{token}/{form:path}")
    def answer(token: str, form: str) -> Response:  # noqa: ARG001
        return Response(body, headers={"ETag": '"x"'})

    from console.server import listen_on, serve  # noqa: PLC0415

    listening = listen_on("127.0.0.1", 0, "bench")
    port = listening.getsockname()[1]
    assert uvicorn.__version__
    listener = serve(app, listening, "bare")
    _until_told(str(port))
    listener.server.should_exit = True


def _until_told(port: str) -> None:
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    print(port, flush=True)
    told.wait()


if __name__ == "__main__":
    {"serve": _serve, "bare": _bare}[sys.argv[1]](sys.argv[2])
