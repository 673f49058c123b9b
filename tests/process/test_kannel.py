"""
A slot of many SMS through a real Kannel, its receipts into our own listener: what the worker
says of each number, against the SMSC's count.
"""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import select

from components.tcp_fault_proxy import FaultProxy
from console.server import Servers
from tests.conftest import START
from tests.kannel import PASSWORD, USER, Kannel
from tests.process.campaigns import by_us
from tests.process.conftest import Install
from tests.process.flow import BRIEF, PROGRAMME, TIMEOUT, Flow
from worker.dispatcher import Dispatcher
from worker.engines.embedded import Threads
from worker.home import Home
from worker.models import Batch, Delivery
from worker.receipt_secret import receipt_url

OPENS = START + timedelta(hours=3, minutes=30)
CLOSES = OPENS + timedelta(minutes=90)
MANY = 60

CHANNEL = """
[[channels]]
id = "sms"
type = "sms_http"
name = "SMS"
max_parallel = 8
timeout = {timeout}
options = {{ gateway = "kannel", url = "{url}", max_parts = 3 }}
[[channels.accounts]]
id = "chinh"
options = {{ sender = "XA LUC NGAN" }}
[channels.accounts.secrets]
user = "file:kannel-user"
password = "file:kannel-password"
callback = "file:kannel-callback"
"""
TARGET = """
[[channels.targets]]
id = "to-{n}"
name = "Tổ {n}"
address = "{number}"
"""


def programme(url: str, count: int, timeout: float) -> str:
    """The flow's programme with one SMS channel of so many numbers, and nothing else."""
    head = PROGRAMME.split('[[channels]]\nid = "facebook"')[0]
    head = re.sub(r"^channels = .*$", 'channels = ["sms"]', head, flags=re.MULTILINE)
    station = head[head.index("[[stations]]"):head.index("[[segments]]")]
    targets = "".join(TARGET.format(n=n, number=number(n)) for n in range(count))
    return head.replace(station, "") + CHANNEL.format(url=url, timeout=timeout) + targets


def number(n: int) -> str:
    return f"095000{n:04d}"


class Slot:
    """One slot through Kannel, its receipts into our listener."""

    def __init__(self, folder: Path, kannel: Kannel, flow: Flow) -> None:
        self.kannel = kannel
        settings = replace(flow.home.settings, inner_port=0, public_port=0)
        self._servers = Servers(
            Home(settings, flow.home.store, flow.home.clock), lambda: self.flow.office)
        self.flow = flow
        self._servers.start()
        url = receipt_url(flow.home, self._servers.public_url, "sms", "chinh")
        (folder / "kannel-callback").write_text(url, encoding="utf-8")
        self.flow = flow.again()
        self._pool = Threads("kannel", 8)
        self.dispatcher = Dispatcher(
            self.flow.office, "sms", self.flow.worker, self._pool, self.flow.bell)
        self.flow.dispatchers = [self.dispatcher]

    def close(self) -> None:
        self._pool.close()
        self._servers.stop()

    def begin(self, *, until: int = 10**9, kept: int | None = None) -> None:
        """Send what is due, at most until the SMSC has so many, or Kannel keeps so many."""
        never = threading.Event()
        while self.dispatcher.turn():
            self.dispatcher.wait(never)
            if sum(self.kannel.counts().values()) >= until:
                return
            if kept is not None and self.in_store() >= kept:
                return

    def in_store(self) -> int:
        """How many Kannel has taken that the SMSC has not."""
        states = Counter(d.state for d in self.deliveries().values())
        return states["accepted"] + states["delivered"] - self.kannel.counts().total()

    def finish(self, *, receipts: bool = True) -> None:
        """To the end of the slot, then wait for the receipts of all that Kannel took."""
        self.flow.work_until(CLOSES + timedelta(minutes=1))
        self.kannel.drained()
        if not receipts:
            return
        pause = threading.Event()
        for _ in range(1200):
            self.flow.ticks()
            taken = self.kannel.counts()
            if all(d.state == "delivered" for d in self.deliveries().values()
                   if taken[self.number_of(d)]):
                return
            pause.wait(0.05)

    def deliveries(self) -> dict[str, Delivery]:
        with self.flow.home.store.read() as session:
            rows = session.scalars(
                select(Delivery).join(Batch, Batch.id == Delivery.batch_id)
                .where(Batch.opens_at == OPENS))
            return {d.target: d for d in rows}

    def number_of(self, delivery: Delivery) -> str:
        return number(int(delivery.target.removeprefix("to-")))

    def judge(self, *, killed: bool = False) -> dict[str, Counter[str]]:
        """
        The invariant, by the SMSC's count; gives the states of what it has and what not.
        `killed`: Kannel itself may have brought a message twice.
        """
        far = by_us(self.kannel) if killed else self.kannel.counts()
        states: dict[str, Counter[str]] = {"there": Counter(), "not there": Counter()}
        for delivery in self.deliveries().values():
            count = far[self.number_of(delivery)]
            assert count <= 1, f"{delivery.target} went out {count} times"
            states["there" if count else "not there"][delivery.state] += 1
        assert set(states["not there"]) <= {"uncertain", "expired", "rejected", "exhausted"}
        return states


@pytest.fixture
def kannel(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kannel]:
    """Its line to the SMSC takes 200 a second, or what the test says."""
    folder = tmp_path / "kannel"
    folder.mkdir()
    running = Kannel(folder, rate=getattr(request, "param", 200)).start()
    yield running
    running.crash()


class Make(Protocol):
    """A slot of so many numbers, sent to this address, each answer waited for so long."""

    def __call__(self, url: str, count: int, timeout: float = TIMEOUT) -> Slot: ...


@pytest.fixture
def make(
    tmp_path: Path, sqlite_url: str, kannel: Kannel, install: Install
) -> Iterator[Make]:
    """Closed at the end."""
    made: list[Slot] = []
    secrets = {"user": USER, "password": PASSWORD, "callback": "http://127.0.0.1:9/"}
    for name, value in secrets.items():
        (tmp_path / f"kannel-{name}").write_text(value, encoding="utf-8")

    def make(url: str, count: int, timeout: float = TIMEOUT) -> Slot:
        flow = install(tmp_path, sqlite_url, programme(url, count, timeout))
        made.append(Slot(tmp_path, kannel, flow))
        flow.to(OPENS)
        return made[-1]

    yield make
    for slot in made:
        slot.close()


def test_every_number_gets_it_once_and_its_receipt_says_so(make: Make, kannel: Kannel) -> None:
    """The whole way: worker, Kannel, SMSC, and back by dlr-url to our listener."""
    slot = make(kannel.url, MANY)
    slot.begin()
    slot.finish()

    assert slot.judge() == {"there": Counter(delivered=MANY), "not there": Counter()}


# to the SMSC slower than from us to Kannel on any machine: there is something in its store
@pytest.mark.parametrize("kannel", [8], indirect=True, ids=["8 a second"])
def test_bearerbox_killed_in_the_middle(make: Make, kannel: Kannel) -> None:
    """What was taken is in Kannel's store and goes out once; what was refused is sent again."""
    slot = make(kannel.url, MANY)
    slot.begin(kept=5)
    kannel.crash()
    slot.begin()
    in_store = slot.in_store()
    kannel.start()

    slot.finish(receipts=False)  # those of before are lost: Kannel keeps them in memory here

    assert in_store > 0  # or nothing was proved
    _all_but_the_wire_is_known(slot)


@pytest.mark.long
@pytest.mark.parametrize("kannel", [400], indirect=True, ids=["400 a second"])
@pytest.mark.parametrize("how", ["crash", "stop"])
def test_two_thousand_numbers_and_a_restart(make: Make, kannel: Kannel, how: str) -> None:
    """Killed, or stopped by an operator while the worker goes on sending."""
    slot = make(kannel.url, 2000)
    slot.begin(until=300)
    ending = threading.Thread(target=getattr(kannel, how))
    ending.start()
    slot.begin()
    ending.join()
    kannel.start()

    slot.finish(receipts=False)

    _all_but_the_wire_is_known(slot)


def _all_but_the_wire_is_known(slot: Slot) -> None:
    states = slot.judge(killed=True)
    assert set(states["there"]) <= {"accepted", "delivered", "uncertain"}
    assert set(states["not there"]) <= {"uncertain"}
    assert states["there"]["uncertain"] + states["not there"].total() <= 8


#: fault between us and Kannel: what is left once it is gone, of all that was begun under it
FAULTS = {
    # what was on the wire when the port closed was cut, and may not have come through
    "refuse": {"there": {"delivered"}, "not there": {"uncertain"}},
    "reset_after_request": {"there": {"delivered"}, "not there": set[str]()},
    "cut": {"there": {"delivered"}, "not there": set[str]()},
    "trickle": {"there": {"delivered"}, "not there": set[str]()},
    "black_hole": {"there": {"delivered"}, "not there": {"uncertain"}},
    "garbage": {"there": {"delivered"}, "not there": {"uncertain"}},
}
#: those in which no whole answer comes as long as anybody waits
SILENT = ("trickle", "black_hole")


@pytest.mark.parametrize("mode", FAULTS)
def test_a_fault_in_the_middle(make: Make, kannel: Kannel, mode: str) -> None:
    """
    Some go out, the line breaks under the rest, and mends: finished, nobody twice. A receipt
    ends every doubt about what Kannel took; what it lacks waits for a person.
    """
    with FaultProxy(kannel.port) as proxy:
        slot = make(proxy.url, 20, BRIEF if mode in SILENT else TIMEOUT)
        slot.begin(until=5)
        proxy.mode = mode
        slot.begin()
        proxy.mode = "pass"

        slot.finish()

    states = slot.judge()
    assert set(states["there"]) == FAULTS[mode]["there"]
    assert set(states["not there"]) <= FAULTS[mode]["not there"]
    assert not slot.dispatcher.flying
