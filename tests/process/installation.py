"""A training installation of its own folder, its worker a real process, its far side another."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.builders import ORGANISATION
from worker.db import Store
from worker.models import Alarm, Attempt, Batch, Delivery
from worker.sandboxed import SandboxProcess
from worker.settings import PRODUCT

#: longest a process may take for what takes it two seconds on an idle machine
PATIENCE = 240.0
MAX_PARALLEL = 8
OPEN = ("queued", "ready", "sending")  #: states in which something is still to come
EDITOR, LEADER = "bien-tap", "lanh-dao"  #: the sample's two fictitious persons
RUN = ("console.main", "run", "--no-rehearsal")

ITEM = """
schema = 1
language = "vi"
[[item]]
id = "td-01"
theme = "thu_doan"
title = "Giả danh công an"
body = "Công an không làm việc qua điện thoại. Báo {{ cong_an }}, gọi 113."
what_to_do = "Tắt máy."
hotline = ["113"]
"""

HEAD = """
name = "{name}"
timezone = "{zone}"
organisation = "luc-ngan"

[themes]
thu_doan = "Thủ đoạn"
""" + ORGANISATION + """
[[slots]]
id = "bay-gio"
name = "Bây giờ"
start = "{start}"
end = "20:00"

[[stations]]
id = "dai-luc-ngan"
name = "Đài truyền thanh xã Lục Ngạn"
organisation = "luc-ngan"

[[segments]]
id = "canh_giac"
name = "Cảnh giác"
themes = ["thu_doan"]
slots = ["bay-gio"]
channels = ["sms", "facebook", "website", "trang_tinh", "loa"]
days_without_repeat = 0
stand_by = "td-01"

[[channels]]
id = "sms"
type = "sms_http"
name = "SMS"
max_parallel = {parallel}
timeout = {timeout}
options = {{ gateway = "sandbox", max_parts = 2 }}
accounts = [{{ id = "chinh", rate = {rate}, secrets = {{ key = "env:KEY" }} }}]
targets = [
{targets}
]

[[channels]]
id = "facebook"
type = "facebook"
name = "Facebook"
max_parallel = {parallel}
timeout = {timeout}
options = {{ version = "v26.0" }}
accounts = [{{ id = "chinh", secrets = {{ token = "env:TOKEN" }} }}]
targets = [
{pages}
]

[[channels]]
id = "website"
type = "wordpress"
name = "Cổng thông tin"
options = {{ url = "https://lucngan.example" }}
accounts = [{{ id = "chinh", secrets = {{ user = "env:USER", password = "env:PASSWORD" }} }}]
targets = [{{ id = "cong", name = "Cổng", address = "https://lucngan.example" }}]

[[channels]]
id = "trang_tinh"
type = "static_site"
name = "Trang tĩnh"
accounts = [{{ id = "chinh" }}]
targets = [{{ id = "trang-tin", name = "Trang tin", address = "trang-tin" }}]

[[channels]]
id = "loa"
type = "loudspeaker"
name = "Loa"
accounts = [{{ id = "chinh" }}]
"""


def morning(now: datetime) -> tuple[timedelta, str]:
    """Offset and name of a zone in which it is ten in the morning: a test runs at any hour."""
    hours = (10 - now.hour + 12) % 24 - 12
    return timedelta(hours=hours), f"Etc/GMT{-hours:+d}"


def schedules(
    targets: int, *, rate: float = 1000, timeout: float = 15, pages: tuple[str, ...] = ("1001",),
    name: str = "Kiểm thử",
) -> str:
    """A programme whose only slot opened this minute and stays open for ten hours."""
    now = datetime.now(UTC)
    row = '{{ id = "{0}", name = "{0}", address = "{1}" }},'
    return HEAD.format(
        name=name, zone=morning(now)[1], start=f"10:{now.minute:02d}", rate=rate,
        timeout=timeout, parallel=MAX_PARALLEL,
        targets="\n".join(row.format(f"to-{n}", f"0950{n:06d}") for n in range(100, 100 + targets)),
        pages="\n".join(row.format(f"trang-{page}", page) for page in pages),
    )


def until(
    what: str, holds: Callable[[], bool], seconds: float = PATIENCE,
    told: Callable[[], object] = str,
) -> None:
    """Another process gives no signal: look twenty times a second, for so long at most."""
    never, end = threading.Event(), time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what} {told()}"
        never.wait(0.05)


@dataclass
class WorkerProcess:
    """`giovang run` as a process of its own."""

    process: "subprocess.Popen[bytes]"
    log: Path
    _from: int = 0

    def said(self) -> str:
        """Everything this life has printed."""
        return self.log.read_bytes()[self._from:].decode("utf-8", "replace")

    def running(self) -> "WorkerProcess":
        """Wait until it says that it runs."""
        until("the worker runs", lambda: "Đang chạy" in self.said() or self._ended())
        assert not self._ended(), self.said()
        return self

    def kill(self) -> None:
        """SIGKILL, as the machine's out-of-memory killer does it."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def _ended(self) -> bool:
        return self.process.poll() is not None


def launched(
    log: Path, words: Sequence[str], environment: Mapping[str, str], *, folder: Path = PRODUCT,
    log_to: int | None = None,
) -> WorkerProcess:
    """`python -m WORDS`, not waited for, its output at the end of `log`."""
    with log.open("ab") as file:
        out, since = log_to or file, file.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=folder, env=dict(environment),
            stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    return WorkerProcess(process, log, since)


@dataclass
class Installation:
    """One home, one database, one far side; any number of lives of the worker."""

    home: Path
    database_url: str
    sandbox: SandboxProcess
    state: Path
    store: Store
    workers: list[WorkerProcess] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def start(
        self, log_to: int | None = None, *, words: tuple[str, ...] = RUN[1:]
    ) -> WorkerProcess:
        """The next life of the worker, not waited for; its log to a file of the home."""
        return self._ended_with_it(launched(
            self.home / "worker.log", ("console.main", *words), self.surroundings(),
            log_to=log_to))

    def node(
        self, number: int, var: Path, words: Sequence[str] = RUN, **environment: str
    ) -> WorkerProcess:
        """A worker with a folder and a log of its own beside the others, not waited for."""
        return self._ended_with_it(launched(
            self.home / f"worker-{number}.log", words,
            self.surroundings(GIOVANG_VAR=str(var), **environment)))

    def _ended_with_it(self, worker: WorkerProcess) -> WorkerProcess:
        self.workers.append(worker)
        return worker

    def command(self, *words: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
        """`giovang WORDS`, ended with this code."""
        done = subprocess.run(
            [sys.executable, "-m", "console.main", *words], cwd=PRODUCT, env=self.surroundings(),
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def surroundings(self, **more: str) -> dict[str, str]:
        """The whole environment of a process of it."""
        return {
            "PATH": os.environ["PATH"], "PYTHONUTF8": "1", "GIOVANG_HOME": str(self.home),
            "GIOVANG_DATABASE_URL": self.database_url, "GIOVANG_SANDBOX_URL": self.sandbox.url,
            "GIOVANG_PORT": "0", "GIOVANG_PUBLIC_PORT": "0", **self.environment, **more,
        }

    # ------------------------------------------------------------------ what we wrote

    def deliveries(self, channel: str | None = None) -> list[Delivery]:
        """Of the slot that is open now."""
        with self.store.read() as session:
            asked = select(Delivery).join(Batch, Batch.id == Delivery.batch_id).where(
                Batch.opens_at <= datetime.now(UTC), Batch.closes_at > datetime.now(UTC))
            if channel is not None:
                asked = asked.where(Delivery.channel == channel)
            return list(session.scalars(asked.order_by(Delivery.channel, Delivery.target)))

    def states(self, channel: str | None = None) -> Counter[str]:
        """How many deliveries are in which state."""
        return Counter(d.state for d in self.deliveries(channel))

    def finished(self, count: int, channel: str | None = None) -> bool:
        """All of them are planned, and none is still to come."""
        states = self.states(channel)
        return states.total() >= count and not any(states[s] for s in OPEN)

    def attempts(self) -> list[Attempt]:
        with self.store.read() as session:
            return list(session.scalars(select(Attempt)))

    def standing(self) -> str:
        """What is there when a test gives up waiting: states, batches, the worker's last words."""
        with self.store.read() as session:
            batches = session.execute(
                select(Batch.id, Batch.channel, Batch.state, Batch.node, Batch.incarnation,
                       Batch.lease_until, Batch.next_attempt_at)
                .where(Batch.state.in_(["held", "ready", "leased"]))
                .order_by(Batch.next_attempt_at).limit(10)).all()
        said = self.workers[-1].said()[-3000:] if self.workers else ""
        rows = "\n".join(map(str, batches))
        return f"{dict(self.states())} {self.open_alarms()}\n{rows}\n{said}"

    def open_alarms(self) -> dict[str, str]:
        """Cause -> words of what is open."""
        with self.store.read() as session:
            rows = session.execute(
                select(Alarm.cause, Alarm.what).where(Alarm.closed_at.is_(None))).all()
            return dict(rows)

    # ------------------------------------------------------------------ what the far side has

    def taken(self, channel: str | None = None) -> list[dict[str, Any]]:
        """What the far side wrote down before it answered: its own count, not ours."""
        if not self.state.exists():
            return []
        whole = self.state.read_bytes().rpartition(b"\n")[0]  # not what is just being written
        rows = [json.loads(line) for line in whole.splitlines()]
        return [row for row in rows if channel in (None, row["channel"])]

    def come(self, channel: str) -> int:
        """How many the far side has, once half a second has brought no more of them."""
        never, before = threading.Event(), -1
        while (count := len(self.taken(channel))) != before:
            before = count
            never.wait(0.5)
        return count

    def order(self, what: str, **body: object) -> None:
        """Ask the far side for a delay or for faults."""
        url = f"{self.sandbox.url}/_sandbox/{what}"
        with urllib.request.urlopen(url, json.dumps(body).encode(), timeout=PATIENCE):  # noqa: S310  (loopback)
            pass


@contextmanager
def installed(
    folder: Path, database_url: str, programme: str, environment: Mapping[str, str] | None = None,
    *, counts_only: bool = False,
) -> Iterator[Installation]:
    """A home with its programme and one item; every process of it ends with the block."""
    home = folder / "nha"
    (home / "content").mkdir(parents=True)
    (home / "schedules.toml").write_text(programme, encoding="utf-8")
    (home / "content" / "content.toml").write_text(ITEM, encoding="utf-8")
    state = folder / "phia-nhan.jsonl"
    sandbox = SandboxProcess(state=state, counts_only=counts_only)
    store = Store(database_url)
    made = Installation(home, database_url, sandbox, state, store,
                        environment=dict(environment or {}))
    try:
        yield made
    finally:
        for worker in made.workers:
            if worker.process.poll() is None:
                worker.kill()
        sandbox.stop()
        store.close()
