"""
A campaign whose line to the gateway breaks in the middle, and mends: real Kannel, real SMPP
servers; nobody twice, nobody skipped, by their count, and finished once the fault is gone.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.tcp_fault_proxy import FaultProxy, StreamFaultProxy
from tests.channels.smpp.peers import Node, node
from tests.kannel import PASSWORD, USER, Kannel
from tests.process.campaigns import by_us, invariant, programme, running
from tests.process.flow import BRIEF, TIMEOUT

MANY, RATE = 300, 100
#: seconds that a fault lasts
LASTS = 2.5
#: modes in which no whole answer comes as long as anybody waits
SILENT = ("black_hole", "trickle")

KANNEL = """
[[channels]]
id = "sms"
type = "sms_http"
name = "SMS"
max_parallel = 8
timeout = {timeout}
options = {{ gateway = "kannel", url = "{url}", max_parts = 3 }}
targets = [{{ id = "to-1", name = "Tổ 1", address = "0950009999" }}]
[[channels.accounts]]
id = "chinh"
rate = {rate}
options = {{ sender = "XA LUC NGAN" }}
[channels.accounts.secrets]
user = "file:kannel-user"
password = "file:kannel-password"
callback = "file:kannel-callback"
"""
SMPP = """
[[channels]]
id = "sms"
type = "sms_smpp"
name = "SMS"
timeout = 5
options = {{ host = "127.0.0.1", port = {port}, window = 8, response_timeout = 1 }}
targets = [{{ id = "to-1", name = "Tổ 1", address = "0950009999" }}]
[[channels.accounts]]
id = "chinh"
rate = {rate}
options = {{ sender = "CA LUC NGAN" }}
secrets = {{ system_id = "file:smpp-user", password = "file:smpp-password" }}
"""
KANNEL_SECRETS = (("kannel-user", USER), ("kannel-password", PASSWORD),
                  ("kannel-callback", "http://127.0.0.1:9/"))
SMPP_SECRETS = (("smpp-user", "gio-vang"), ("smpp-password", "mat-khau"))


@pytest.fixture
def kannel(tmp_path: Path) -> Iterator[Kannel]:
    folder = tmp_path / "kannel"
    folder.mkdir()
    kannel = Kannel(folder, rate=1000).start()
    yield kannel
    kannel.crash()


@pytest.mark.parametrize("mode", ["refuse", "reset_after_request", "black_hole", "trickle",
                                  "garbage", "cut"])
def test_a_fault_between_us_and_kannel(
    tmp_path: Path, sqlite_url: str, kannel: Kannel, mode: str
) -> None:
    """What was under way when the line broke may be uncertain; all others get it, once."""
    with FaultProxy(kannel.port) as proxy:
        text = programme(KANNEL.format(
            url=proxy.url, rate=RATE, timeout=BRIEF if mode in SILENT else TIMEOUT))
        with running(tmp_path, sqlite_url, text, MANY, KANNEL_SECRETS) as sent:
            sent.under_way(50)
            proxy.mode = mode
            threading.Event().wait(LASTS)
            proxy.mode = "pass"
            states = sent.over()

            kannel.drained()
            missing = invariant(sent, kannel.counts())
    assert set(states) <= {"accepted", "delivered", "uncertain"}
    assert states["accepted"] >= 50
    if mode == "refuse":
        assert missing.total() <= 8  # what was cut off while the port closed


@pytest.mark.parametrize("how", ["stop", "crash"])
def test_kannel_restarted_in_the_middle(
    tmp_path: Path, sqlite_url: str, kannel: Kannel, how: str
) -> None:
    """What it had taken is in its store, the rest is sent when it is there again."""
    text = programme(KANNEL.format(url=kannel.url, rate=RATE, timeout=TIMEOUT))
    with running(tmp_path, sqlite_url, text, MANY, KANNEL_SECRETS) as sent:
        sent.under_way(50)
        getattr(kannel, how)()
        threading.Event().wait(1)
        kannel.start()
        states = sent.over()

        kannel.drained()
        missing = invariant(sent, by_us(kannel))
    assert missing.total() <= states["uncertain"] <= 8


@pytest.fixture
def peer() -> Iterator[Node]:
    with node() as running:
        yield running


@pytest.mark.parametrize("mode", ["refuse", "reset_after_request", "black_hole", "trickle",
                                  "garbage", "cut", "stale", "mute"])
def test_a_fault_between_us_and_an_smpp_server(
    tmp_path: Path, sqlite_url: str, peer: Node, mode: str
) -> None:
    """The same over one bind, which is lost and made again."""
    with StreamFaultProxy(peer.port) as proxy:
        text = programme(SMPP.format(port=proxy.port, rate=RATE))
        with running(tmp_path, sqlite_url, text, MANY, SMPP_SECRETS) as sent:
            sent.under_way(50)
            proxy.mode = mode
            threading.Event().wait(LASTS)
            proxy.mode = "pass"
            states = sent.over()
            invariant(sent, _taken(peer))
    assert set(states) <= {"accepted", "delivered", "uncertain"}
    assert states["accepted"] + states["delivered"] >= 50


def _taken(peer: Node) -> Counter[str]:
    return Counter(f"0{one['to'].removeprefix('84')}" for one in peer.heard("submit"))
