"""`giovang worker` and `giovang console` by themselves: the worker lives without the console."""

import re
import signal
import urllib.request
from pathlib import Path

from sqlalchemy import select

from tests.api import Program
from tests.process.installation import Installation, WorkerProcess, installed, schedules, until
from worker.models import Delivery


def out(made: Installation, occurrence: str) -> bool:
    with made.store.read() as session:
        states = session.scalars(
            select(Delivery.state).where(Delivery.occurrence_id == occurrence)).all()
    return bool(states) and set(states) <= {"accepted", "delivered"}


def url_of(process: WorkerProcess) -> str:
    """What it prints of its inner listener."""
    pattern = r"(http://127\.0\.0\.1:\d+)/(?:healthz|\s)"
    until("it serves", lambda: re.search(pattern, process.said()) is not None, told=process.said)
    return re.findall(pattern, process.said())[0]


def test_what_the_console_is_told_the_worker_delivers_and_lives_on(
    tmp_path: Path, sqlite_url: str
) -> None:
    """Apart on one database: published through the API, sent by the worker; console killed."""
    with installed(tmp_path, sqlite_url, schedules(3)) as made:
        assert made.start().running().end() == 0  # the installation is made
        worker = made.start(words=("worker",)).running()
        console = made.start(words=("console",))
        program = Program(url_of(console), made.command(
            "api-key", "add", "--name", "thử", "--for", "lanh-dao", "--scope", "publish",
            "--scope", "read", "--as", "bien-tap").stdout.strip())

        sent = program.post("/publications", {"item": "td-01", "channels": ["sms"]}, once="mot")

        assert sent.status_code == 201, sent.text
        first = sent.json()["occurrence"]
        until("the worker has sent it", lambda: out(made, first), told=made.standing)
        assert program.get("/status").json()["worker"]["alive"]
        assert {row["target"] for row in made.taken("sms")} >= {"84950000100", "84950000101"}

        # when
        console.kill()

        # then: the worker knows nothing of it, and has no page of staff
        made.command("repeat", first, "--as", "lanh-dao")
        second = re.sub(r"\d+$", "2", first)
        until("the worker goes on", lambda: out(made, second), told=made.standing)
        health = url_of(worker)
        with urllib.request.urlopen(f"{health}/healthz", timeout=60) as answer:  # noqa: S310
            assert answer.status == 200
        assert Program(health, None).get("/items").status_code == 404
        assert worker.end(signal.SIGTERM) == 0, worker.said()

        # and the console opens without a worker, and ends in order
        alone = made.start(words=("console",))
        program.url = f"{url_of(alone)}/api/v1"
        assert not program.get("/status").json()["worker"]["alive"]
        again = program.post("/publications", {"item": "td-01", "channels": ["sms"]}, once="mot")
        assert again.content == sent.content
        program.web.close()
        assert alone.end(signal.SIGINT) == 0, alone.said()


def test_neither_makes_an_installation(tmp_path: Path, sqlite_url: str) -> None:
    with installed(tmp_path, sqlite_url, schedules(1)) as made:
        for words in ("worker", "console"):
            refused = made.command(words, code=2)
            assert "giovang golive" in refused.stderr or "make run" in refused.stderr
            assert "Traceback" not in refused.stderr
