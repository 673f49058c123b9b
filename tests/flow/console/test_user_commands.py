"""`giovang user`: from no account to a locked one, on the command line."""

import json
from pathlib import Path

import pytest

from console.main import _run
from tests.accounts import HERE
from tests.builders import PROGRAMME
from worker.clock import SystemClock
from worker.db import Store
from worker.home import TRAINING_UID, create, open_home
from worker.settings import from_environment
from worker.users import login

Capture = pytest.CaptureFixture[str]
NEW = "ba con mèo đuổi bướm"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    (tmp_path / "schedules.toml").write_text(PROGRAMME, encoding="utf-8")
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    store.close()
    assert _run(["person", "add", "sep", "--name", "Trưởng phòng", "--role", "quan_tri"]) == 0
    assert _run(["check", "--apply", "--as", "sep"]) == 0
    assert _run(["person", "add", "an", "--name", "An", "--role", "nguoi_soan", "--as", "sep"]) == 0


def link(capsys: Capture, *argv: str) -> str:
    """The token of the link that a command prints alone on stdout."""
    capsys.readouterr()
    assert _run(["user", *argv, "--as", "sep"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("http://127.0.0.1:8470/lien-ket/")
    return said.strip().rpartition("/")[2]


def listed(capsys: Capture, *argv: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert _run(["user", *argv, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def enter(token: str) -> bool:
    opened = open_home()
    came = login.set_by_link(opened, token, NEW, HERE)
    opened.close()
    return bool(came.token)


def test_an_account_from_its_first_link_to_its_end(capsys: Capture) -> None:
    first = link(capsys, "add", "an")
    (row,) = listed(capsys, "list")
    assert (row["person"], row["state"]) == ("an", "waiting")
    assert enter(first)
    (session,) = listed(capsys, "sessions", "an")
    assert session["address"] == HERE.address

    assert _run(["user", "sessions", "an", "--end", str(session["session"]), "--as", "an"]) == 0
    assert listed(capsys, "sessions", "an") == []
    assert enter(link(capsys, "link", "an"))
    assert _run(["user", "disable", "an", "--as", "sep"]) == 0

    assert listed(capsys, "sessions", "an") == []
    assert listed(capsys, "list")[0]["state"] == "disabled"
    assert _run(["user", "link", "an", "--as", "sep"]) == 2
    assert enter(link(capsys, "add", "an"))


@pytest.mark.parametrize("argv", [
    ["add", "an"], ["link", "an"], ["disable", "an"], ["sessions", "sep", "--end-all"],
])
def test_only_an_administrator_acts_on_others(capsys: Capture, argv: list[str]) -> None:
    assert enter(link(capsys, "add", "sep"))

    assert _run(["user", *argv, "--as", "an"]) in (1, 2)

    assert [row["person"] for row in listed(capsys, "list")] == ["sep"]
    assert len(listed(capsys, "sessions", "sep")) == 1


def test_nobody_unknown_gets_an_account(capsys: Capture) -> None:
    assert _run(["user", "add", "la", "--as", "sep"]) == 2
    assert "giovang person add" in capsys.readouterr().err
    assert _run(["user", "link", "an", "--as", "sep"]) == 2
    assert "giovang user add" in capsys.readouterr().err
