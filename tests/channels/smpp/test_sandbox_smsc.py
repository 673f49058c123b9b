"""The SMSC of the sandbox as the count nobody can argue with."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from channels.values import Accepted, Outcome
from sandbox import Sandbox
from tests.channels.conftest import Far
from tests.channels.smpp.conftest import MakeLine, drained, message, until


def test_what_was_answered_is_in_the_file_whatever_is_killed(
    tmp_path: Path, line: MakeLine
) -> None:
    """Written before the answer: SIGKILL loses no message that a client holds for taken."""
    state = tmp_path / "taken.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--counts-only", "--state", str(state)],
        stdout=subprocess.PIPE, text=True,
    )
    assert process.stdout is not None
    port = int(process.stdout.readline().rpartition(":")[2])
    window = line(port, window=20, response_timeout=30, first_wait=30, longest_wait=30).ready()
    found: dict[str, Outcome] = {}

    n = 0
    while len(found) < 1000:
        while window.offer(message(n)):
            n += 1
        found |= dict(window.poll(5))
    process.kill()
    process.wait()
    process.stdout.close()
    found |= dict(window.drain(60))

    written = Counter(json.loads(one)["key"] for one in state.read_text().splitlines())
    accepted = {key for key, outcome in found.items() if isinstance(outcome, Accepted)}
    assert len(accepted) >= 1000
    assert accepted <= written.keys()
    assert set(written.values()) == {1}


def test_it_can_be_asked_and_ordered_from_outside(sandbox: Sandbox, line: MakeLine) -> None:
    """As a process of its own: binds, receipts, a cut of every connection, an unknown order."""
    far = Far(sandbox)
    window = line(sandbox.port).ready()
    drained(window, message(1), message(2))

    until(lambda: ask(far)["receipts_waiting"] == 2)
    assert ask(far) == {"binds": 1, "receipts_confirmed": 0, "receipts_waiting": 2}
    until(lambda: window.confirm(window.receipts()) or ask(far)["receipts_confirmed"] == 2)
    far._control("drop")
    until(lambda: sandbox.smsc.binds_seen == 2)


def ask(far: Far) -> Any:
    return far._control("smpp")


def test_one_seed_spoils_the_same_messages_in_every_run(line: MakeLine) -> None:
    """Rehearsals are repeatable; and no fault of the mix touches the message beside it."""
    runs = []
    for _ in range(2):
        sandbox = Sandbox(faults="7").start()
        one = line(sandbox.port, response_timeout=30)
        window = one.ready(size=60)
        for n in range(60):
            while not window.offer(message(n)):
                pass
        runs.append({key: type(outcome).__name__ for key, outcome in window.drain(60)})
        one.session.close()
        sandbox.stop()

    assert runs[0] == runs[1]
    assert 0 < sum(name != "Accepted" for name in runs[0].values()) < 20
