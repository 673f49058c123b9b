"""`giovang copy` on the command line, and the file that names a database."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.main import _run
from tests.builders import in_force, some_people
from worker.clock import SystemClock
from worker.db import Store
from worker.home import TRAINING_UID, create
from worker.models import Base
from worker.settings import from_environment

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    in_force(store)
    some_people(store)
    store.close()
    return tmp_path


def told(capsys: Capture, *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = _run([*words])
    out, err = capsys.readouterr()
    return code, out, err


def test_it_tells_every_table_and_what_to_do_next(home: Path, capsys: Capture) -> None:
    to = f"sqlite:///{home / 'moi.sqlite3'}"

    code, out, err = told(capsys, "copy", "--to", to, "--as", "ca_hai", "--json")

    assert code == 0, err
    rows = [json.loads(line) for line in out.splitlines()]
    assert {r["table"] for r in rows} == {t.name for t in Base.metadata.sorted_tables} - {
        "installation"}
    assert all(len(r["sha256"]) == 64 for r in rows)
    assert "GIOVANG_DATABASE_URL" in err
    assert str(home / "var") in err


def test_the_old_one_is_refused_by_every_command_until_it_is_reopened(
    home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = f"sqlite:///{home / 'moi.sqlite3'}"
    (home / "dia-chi").write_text(to + "\n")
    assert told(capsys, "copy", "--to", f"file:{home / 'dia-chi'}", "--as", "ca_hai")[0] == 0

    for command in (("person", "list"), ("migrate",), ("status",), ("golive",)):
        if command == ("golive",):
            monkeypatch.setenv("GIOVANG_DATABASE_URL", f"sqlite:///{home}/var/tap-huan.sqlite3")
        code, _, err = told(capsys, *command)
        assert (code, "đã chuyển sang" in err, "--reopen" in err) == (2, True, True), command
    monkeypatch.delenv("GIOVANG_DATABASE_URL")
    monkeypatch.setenv("GIOVANG_DATABASE_URL_FILE", str(home / "dia-chi"))
    assert told(capsys, "person", "list")[0] == 0
    assert told(capsys, "copy", "--reopen", "--as", "ca_hai")[0] == 2  # it was moved nowhere
    monkeypatch.delenv("GIOVANG_DATABASE_URL_FILE")

    code, _, err = told(capsys, "copy", "--reopen", "--as", "ca_hai")

    assert code == 0
    assert "DỪNG HẲN" in err
    assert told(capsys, "person", "list")[0] == 0


@pytest.mark.parametrize(("words", "code", "says"), [
    (("--to", "mysql://x/y", "--as", "ca_hai"), 2, "mysql"),
    (("--to", "sqlite:///{home}/var/tap-huan.sqlite3", "--as", "ca_hai"), 2, "chính cơ sở"),
    (("--to", "sqlite:///{home}/moi.sqlite3", "--as", "soan"), 1, "quan_tri"),
    (("--to", "sqlite:///{home}/moi.sqlite3"), 2, "--as"),
    (("--as", "ca_hai"), 2, "--to"),
    (("--to", "file:{home}/khong-co", "--as", "ca_hai"), 2, "không đọc được"),
    (("--to", "postgresql://nguoi:matkhau@127.0.0.1:9/x", "--as", "ca_hai"), 2, "không dùng được"),
], ids=["kind", "itself", "role", "nobody", "nowhere", "no file", "no server"])
def test_what_it_cannot_do_is_told_in_words(
    home: Path, capsys: Capture, words: tuple[str, ...], code: int, says: str
) -> None:
    found, _, err = told(capsys, "copy", *(w.format(home=home) for w in words))

    assert (found, says in err) == (code, True), err
    assert "matkhau" not in err
    assert not (home / "moi.sqlite3").exists()


@pytest.mark.parametrize(("content", "also", "says"), [
    ("", None, "trống"), (None, None, "không đọc được"), ("sqlite:///x", "sqlite:///y", "cũng"),
])
def test_a_file_that_names_no_database_is_no_reason_to_begin_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, content: str | None,
    also: str | None, says: str,
) -> None:
    file = tmp_path / "database-url"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    monkeypatch.setenv("GIOVANG_DATABASE_URL_FILE", str(file))
    if also:
        monkeypatch.setenv("GIOVANG_DATABASE_URL", also)

    code, _, err = told(capsys, "status")

    assert (code, says in err) == (2, True), err
    assert not (tmp_path / "var").exists()
