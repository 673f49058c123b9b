"""The sandbox counts honestly, errs on order, and says the same twice."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox import Sandbox


def call(base: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
    data = json.dumps(body).encode() if body is not None else None
    named = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(base + path, data, named)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def sms(base: str, key: str, number: str = "84950005678", **more: Any) -> tuple[int, Any]:
    body = {"phone": number, "text": "Canh bao", "key": key, **more}
    return call(base, "/sms/send", body, Authorization="Bearer khoa")


def test_two_runs_give_the_same_ids() -> None:
    """Ids come from the content, so that two rehearsals are byte-identical."""
    seen = []
    for _ in range(2):
        sandbox = Sandbox().start()
        seen.append([sms(sandbox.base_url, key)[1]["id"] for key in ("a", "b", "a")])
        sandbox.stop()

    assert seen[0] == seen[1]
    assert len(set(seen[0])) == 3


def test_a_key_sent_twice_counts_twice_unless_asked_otherwise(sandbox: Sandbox) -> None:
    """Most gateways do not deduplicate; the count shows it."""
    sms(sandbox.base_url, "a")
    sms(sandbox.base_url, "a")
    sms(sandbox.base_url, "b", idempotent="1")
    sms(sandbox.base_url, "b", idempotent="1")

    assert call(sandbox.base_url, "/_sandbox/count")[1] == {"taken": 3, "keys": 2, "repeated": 1}


def test_faults_by_seed_depend_on_the_request_and_not_on_its_turn() -> None:
    """Threads arrive in any order: the same messages must still fail."""
    runs = []
    for keys in (range(60), reversed(range(60))):
        sandbox = Sandbox(faults="7").start()
        runs.append({key for key in keys if _fails(sandbox.base_url, str(key))})
        sandbox.stop()

    assert runs[0] == runs[1]
    assert 0 < len(runs[0]) < 30


def _fails(base: str, key: str) -> bool:
    try:
        return sms(base, key)[0] != 200
    except (OSError, ValueError, HTTPException):
        return True


def test_an_unknown_fault_is_refused(sandbox: Sandbox) -> None:
    """A test that orders nonsense must not pass for lack of faults."""
    rules = {"rules": [{"path": "/sms", "modes": ["500_posted", "nonsense"]}]}

    assert call(sandbox.base_url, "/_sandbox/faults", rules)[0] == 400


def test_reset_forgets_messages_and_faults(sandbox: Sandbox) -> None:
    """One sandbox serves many tests."""
    sms(sandbox.base_url, "a")
    call(sandbox.base_url, "/_sandbox/faults", {"rules": [{"modes": ["500"] * 9}]})

    call(sandbox.base_url, "/_sandbox/reset")

    assert sms(sandbox.base_url, "b")[0] == 200
    assert call(sandbox.base_url, "/_sandbox/count")[1]["taken"] == 1


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, list[str]]], threading.Event]]:
    """A receiver of receipts."""
    seen: list[dict[str, list[str]]] = []
    two = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(parse_qs(urlsplit(self.path).query))
            self.send_response(204)
            self.end_headers()
            if len(seen) == 2:
                two.set()

        def log_message(self, *_: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/r", seen, two
    server.shutdown()
    server.server_close()
    thread.join()


def test_receipts_come_back(
    sandbox: Sandbox, hook: tuple[str, list[dict[str, list[str]]], threading.Event]
) -> None:
    """Delivered for all but numbers that end in 9."""
    url, seen, two = hook

    sms(sandbox.base_url, "a", callback=url)
    sms(sandbox.base_url, "b", number="84912345679", callback=url)

    assert two.wait(60)
    assert [(r["key"], r["status"]) for r in seen] == [(["a"], ["delivered"]), (["b"], ["failed"])]


class Process:
    """`python -m sandbox`, killed at the end whatever the test did."""

    def __init__(self, *arguments: str) -> None:
        self._running = subprocess.Popen(
            [sys.executable, "-m", "sandbox", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def __enter__(self) -> "subprocess.Popen[str]":
        return self._running

    def __exit__(self, *_: object) -> None:
        self._running.kill()
        self._running.wait()
        for stream in (self._running.stdin, self._running.stdout):
            assert stream
            stream.close()


def base_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("sandbox http://127.0.0.1:")
    return line.split()[1]


def test_the_count_outlives_a_kill(tmp_path: Path) -> None:
    """A line in the state file before every answer: what was answered was counted."""
    state = tmp_path / "far.jsonl"
    with Process("--state", str(state)) as process:
        ref = sms(base_of(process), "a")[1]["id"]
        os.kill(process.pid, signal.SIGKILL)
        process.wait(60)

    lines = [json.loads(line) for line in state.read_text().splitlines()]
    assert [(line["key"], line["ref"]) for line in lines] == [("a", ref)]


@pytest.mark.parametrize("how", ["SIGTERM", "stdin"])
def test_the_process_ends_cleanly(how: str) -> None:
    """By a signal, or with its parent: no orphan stays behind."""
    with Process("--with-parent") as process:
        base_of(process)
        if how == "SIGTERM":
            process.send_signal(signal.SIGTERM)
        else:
            assert process.stdin
            process.stdin.close()
        code = process.wait(60)

    assert code == 0
