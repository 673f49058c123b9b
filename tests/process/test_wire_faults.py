"""The wire table of docs/architecture.md, end to end: what each fault leaves, and what then."""

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from components.tcp_fault_proxy import FaultProxy
from sandbox import Sandbox
from tests.conftest import START
from tests.process.conftest import Install
from tests.process.flow import BRIEF, TIMEOUT, Flow, programme, taken

#: 11:30 in Vietnam
OPENS = START + timedelta(hours=3, minutes=30)
CLOSES = OPENS + timedelta(minutes=90)
OTHERS = ("facebook", "website", "trang_tinh", "loa")
DONE = ("accepted", "delivered")


class Row(NamedTuple):
    """What a fault leaves on a gateway that does not know a key again, and on one that does."""

    plain: str
    keyed: str
    out: int  #: how often the far side has the message of the plain one after the fault
    counts: bool = True  #: the try was one of the few that a message has
    account: bool = False  #: the account rests, and an alarm names it


NOTHING_SENT = Row("ready", "ready", 0)
NOTHING_KNOWN = Row("uncertain", "ready", 0)
TAKEN_UNKNOWN = Row("uncertain", "ready", 1)
NOT_PROCESSED = Row("ready", "ready", 0, counts=False)
REFUSED = Row("ready", "ready", 0, counts=False, account=True)

#: faults of the network, by the proxy; not `reset_on_connect`: whether a byte went out before the
#: reset came is chance, and the wire tells either truthfully (tests/channels/test_wire.py)
NETWORK = {
    "refuse": NOTHING_SENT,
    "reset_after_request": TAKEN_UNKNOWN,
    "black_hole": NOTHING_KNOWN,
    "cut": TAKEN_UNKNOWN,
    "garbage": NOTHING_KNOWN,
    "trickle": TAKEN_UNKNOWN,
}
#: answers of the far side, by the sandbox
ANSWERS = {
    "429": NOT_PROCESSED,
    "503_later": NOT_PROCESSED,
    "500": NOTHING_KNOWN,
    "500_posted": TAKEN_UNKNOWN,
    "503": NOTHING_KNOWN,
    "html200": NOTHING_KNOWN,
    "bad_json": TAKEN_UNKNOWN,
    "empty200": TAKEN_UNKNOWN,
    "301": REFUSED,
    "401": REFUSED,
    "reset_before": NOTHING_KNOWN,
    "slow": TAKEN_UNKNOWN,
}
#: those of both in which no whole answer comes as long as anybody waits
SILENT = ("black_hole", "trickle", "slow")


def _patience(mode: str) -> float:
    return BRIEF if mode in SILENT else TIMEOUT


@pytest.mark.parametrize("mode", NETWORK)
def test_faults_of_the_network(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install, mode: str
) -> None:
    """Each fault of the network ends as the table says; the other channels go on."""
    with FaultProxy(sandbox.port) as proxy:
        flow = install(tmp_path, sqlite_url, programme(
            sandbox, proxy.url, sms=_patience(mode)))
        flow.to(OPENS)
        proxy.mode = mode
        flow.turn()
        _left(flow, sandbox, NETWORK[mode])

        proxy.mode = "pass"
        _mended(flow, sandbox, NETWORK[mode])


@pytest.mark.parametrize("mode", ANSWERS)
def test_answers_of_the_far_side(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install, mode: str
) -> None:
    """Each bad answer ends as the table says; the other channels go on."""
    flow = install(tmp_path, sqlite_url, programme(sandbox, sms=_patience(mode)))
    flow.to(OPENS)
    sandbox.faults.set([{"path": "/sms/send", "modes": [mode] * 2, "seconds": 3 * BRIEF}])
    flow.turn()
    _left(flow, sandbox, ANSWERS[mode])

    sandbox.faults.set([])
    _mended(flow, sandbox, ANSWERS[mode])


@pytest.mark.parametrize(("mode", "out"), [("black_hole", 1), ("500_posted", 1), ("500", 0)])
def test_a_page_is_asked_what_it_has(
    tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install, mode: str, out: int
) -> None:
    """A lost answer of a page is looked up: found is delivered, twice absent is sent again."""
    flow = install(tmp_path, sqlite_url, programme(sandbox, pages=_patience(mode)))
    flow.to(OPENS)
    sandbox.faults.set([{"path": "/graph/v26.0/100000000000001/feed", "modes": [mode]}])
    flow.turn()
    assert flow.of_day(OPENS)["facebook"].state == "uncertain"
    assert taken(sandbox)["facebook"] == out

    flow.work_until(OPENS + timedelta(minutes=10))

    assert flow.of_day(OPENS)["facebook"].state == "delivered"
    assert taken(sandbox)["facebook"] == 1


def _left(flow: Flow, sandbox: Sandbox, row: Row) -> None:
    """Right after the fault."""
    now = flow.of_day(OPENS)
    plain, keyed, far = now["sms"], now["sms_khoa"], taken(sandbox)
    assert (plain.state, keyed.state) == (row.plain, row.keyed), (plain.code, plain.detail)
    assert far[plain.id] == far[keyed.id] == row.out
    assert plain.attempts == keyed.attempts == 1
    assert keyed.counted == int(row.counts)
    assert ("account:sms/chinh" in flow.alarms()) == row.account
    assert ("uncertain:sms" in flow.alarms()) == (row.plain == "uncertain")
    assert {now[c].state for c in OTHERS} <= set(DONE), {c: now[c].state for c in OTHERS}


def _mended(flow: Flow, sandbox: Sandbox, row: Row) -> None:
    """At the end of the slot: what may be repeated is out once, what may not waits for a person."""
    flow.work_until(CLOSES + timedelta(minutes=1))
    now, far = flow.of_day(OPENS), taken(sandbox)
    assert now["sms"].state == ("uncertain" if row.plain == "uncertain" else "accepted")
    assert far[now["sms"].id] == (row.out if row.plain == "uncertain" else 1)
    assert now["sms_khoa"].state == "accepted"
    assert far[now["sms_khoa"].id] == 1
    assert max(far.values()) == 1
    assert "account:sms/chinh" not in flow.alarms()
    assert {now[c].state for c in OTHERS} <= set(DONE)
