"""Campaigns on the command line: shown before they count, two persons, step by step."""

import json
from pathlib import Path

import pytest

from console.main import _run
from tests.builders import PROGRAMME, an_item
from worker.clock import SystemClock
from worker.db import Store
from worker.home import TRAINING_UID, create
from worker.items import approval
from worker.items.store import import_items
from worker.models import Person
from worker.programme.load import load_text
from worker.settings import from_environment

LAN = "0950000101"
Capture = pytest.CaptureFixture[str]
AS = ["--as", "phoi"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    (tmp_path / "schedules.toml").write_text(PROGRAMME, encoding="utf-8")
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    assert _run(["person", "add", "phoi", "--name", "Phối", "--role", "dieu_phoi",
                 "--role", "quan_tri"]) == 0
    for name, role in (("soan", "nguoi_soan"), ("duyet", "nguoi_duyet")):
        assert _run(["person", "add", name, "--name", name, "--role", role, *AS]) == 0
    assert _run(["check", "--apply", *AS]) == 0
    now = SystemClock().now()
    with store.write() as s:
        import_items(s, now, [an_item()], "soan")
        approval.submit(s, now, load_text(PROGRAMME, "schedules.toml"), from_environment(),
                        "td-01", s.get_one(Person, "soan"))
        approval.approve(s, now, "td-01", s.get_one(Person, "duyet"))
    store.close()
    (tmp_path / "ds.csv").write_text(f"Họ tên;SĐT\nLan;{LAN}\nMai;950000102\n", encoding="utf-8")
    return tmp_path


def _created(home: Path, *more: str) -> int:
    today = SystemClock().now().date()
    last = today.replace(year=today.year + (today.month == 12), month=today.month % 12 + 1, day=1)
    return _run(["campaign", "create", "--item", "td-01", "--list", str(home / "ds.csv"),
                 "--purpose", "cong_ich", "--basis", "public_task", "--ordered-by", "UBND xã",
                 "--document", "12/KH-UBND", "--date", "2026-01-05", "--source", "sổ hộ dân",
                 "--expires", last.isoformat(), "--dong-per-part", "350", *AS, *more])


def test_a_campaign_is_told_made_approved_run_and_stopped(home: Path, capsys: Capture) -> None:
    assert _created(home, "--yes", "--trial", "1", "--json") == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["waiting"] == 2
    for words in ("2 số, 2 tin sẽ gửi", "TAP HUAN, KHONG PHAT", "giá không quá 700 đồng"):
        assert words in told.err

    assert _run(["campaign", "approve", "1", "--as", "phoi"]) == 1
    assert _run(["campaign", "approve", "1", "--as", "duyet"]) == 0
    assert _run(["campaign", "run", "1", *AS]) == 0
    assert "gửi thử tới dòng 1" in capsys.readouterr().err
    assert _run(["campaign", "continue", "1", *AS]) == 0
    assert _run(["campaign", "pause", "1", "--reason", "hỏi lại", *AS]) == 0
    assert _run(["campaign", "resume", "1", *AS]) == 0
    assert _run(["campaign", "stop", "1", "--reason", "sai", *AS]) == 0
    assert _run(["campaign", "resume", "1", *AS]) == 1

    capsys.readouterr()
    assert _run(["campaign", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "stopped"
    assert _run(["campaign", "show", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["messages"] == {"cancelled": 2}
    assert _run(["campaign", "show", "1"]) == 0
    assert "Trạng thái: ĐÃ DỪNG HẲN (phoi" in capsys.readouterr().out
    assert _run(["campaign", "left-out", "1", str(home / "ra.xlsx")]) == 0
    assert (home / "ra.xlsx").exists()


def test_of_a_file_only_what_the_text_needs_is_kept(home: Path, capsys: Capture) -> None:
    assert _created(home, "--yes") == 0

    capsys.readouterr()
    assert _run(["list", "show", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fields"] == []


@pytest.mark.parametrize(("more", "code", "words"), [
    ((), 2, "--yes"),
    (("--yes", "--starts", "25 giờ"), 2, "--starts"),
    (("--yes", "--account", "chinh"), 2, "--account"),
    (("--yes", "--source", ""), 2, "--source"),
    (("--yes", "--channel", "facebook"), 2, "--channel"),
    (("--yes", "--list", "9"), 2, "danh sách 9"),
])
def test_what_cannot_be_is_told_and_nothing_counts(
    home: Path, capsys: Capture, more: tuple[str, ...], code: int, words: str
) -> None:
    assert _created(home, *more) == code
    assert words in capsys.readouterr().err

    assert _run(["campaign", "list", "--json"]) == 0
    assert capsys.readouterr().out == ""
