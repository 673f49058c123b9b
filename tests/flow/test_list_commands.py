"""Lists on the command line: nothing without its reason, no number in clear, none in the words."""

import io
import json
from pathlib import Path

import pytest

from console.main import _run
from tests.builders import PROGRAMME
from worker.clock import SystemClock
from worker.db import Store
from worker.home import TRAINING_UID, create
from worker.settings import from_environment

LAN = "0950000101"
REASONS = ["--purpose", "cong_ich", "--basis", "public_task", "--ordered-by", "UBND xã Lục Ngạn",
           "--document", "12/KH-UBND", "--source", "sổ hộ dân", "--as", "phoi"]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    (tmp_path / "schedules.toml").write_text(PROGRAMME, encoding="utf-8")
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    store.close()
    assert _run(["person", "add", "phoi", "--name", "Phối", "--role", "dieu_phoi",
                 "--role", "quan_tri"]) == 0
    assert _run(["person", "add", "soan", "--name", "Soạn", "--role", "nguoi_soan",
                 "--as", "phoi"]) == 0
    assert _run(["check", "--apply", "--as", "phoi"]) == 0
    (tmp_path / "ds.csv").write_text(
        f"Họ tên;SĐT\nLan;{LAN}\nMai;950000102\nLan;{LAN}\nBàn;02043851234\n", encoding="utf-8")
    return tmp_path


def _typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def _days() -> list[str]:
    today = SystemClock().now().date()
    return ["--date", "2026-01-05", "--expires", today.replace(
        year=today.year + (today.month == 12), month=today.month % 12 + 1, day=1).isoformat()]


def _import(home: Path, *more: str) -> int:
    return _run(["list", "import", str(home / "ds.csv"), *REASONS, *_days(), *more])


def _lines(capsys: Capture, *argv: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert _run([*argv, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_list_is_told_before_it_is_taken(home: Path, capsys: Capture) -> None:
    """Columns, counts, what was mended; bad rows to a file; then `list show` has it."""
    assert _import(home, "--yes", "--bad", str(home / "khong-nhan.csv")) == 0

    told = capsys.readouterr().err
    for words in ("số điện thoại: «SĐT» (B)", "{{ ten }}: «Họ tên» (A)",
                  "4 dòng: 2 số nhận được, 1 số trùng, 1 không dùng được", "mất số 0 đầu: 1",
                  "đã nhận danh sách 1"):
        assert words in told
    assert "02043851234" in (home / "khong-nhan.csv").read_text(encoding="utf-8-sig")
    [shown] = _lines(capsys, "list", "show")
    assert (shown["list"], shown["state"], shown["numbers"]) == (1, "ready", 2)
    [whole] = _lines(capsys, "list", "show", "1")
    assert (whole["kept"], whole["forgotten"], whole["fields"]) == (2, 0, ["ten"])
    assert _run(["list", "show", "1"]) == 0
    assert "Cơ quan giao: UBND xã Lục Ngạn" in capsys.readouterr().out


@pytest.mark.parametrize(("more", "code", "words"), [
    ((), 2, "--yes"),
    (("--yes", "--purpose", "quang_cao"), 2, "Nghị định 91/2020"),
    (("--yes", "--expires", "01/01/2099"), 2, "--expires"),
    (("--yes", "--as", "soan"), 1, "dieu_phoi"),
    (("--yes", "--map", "Tuổi=phone"), 2, "Tuổi"),
])
def test_a_list_that_may_not_be_taken_leaves_nothing(
    home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...],
    code: int, words: str,
) -> None:
    """Nobody to answer, no legal basis, kept too long, not this person's task, a wrong column."""
    _typed(monkeypatch, "")
    assert _import(home, *more) == code

    assert words in capsys.readouterr().err
    assert _lines(capsys, "list", "show") == []


def test_a_number_is_found_and_forgotten_by_stdin(
    home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed whole, in any way people write it; shown with three digits; forgotten for good."""
    assert _import(home, "--yes") == 0
    _typed(monkeypatch, "+84 950 000 101\n")
    [row] = _lines(capsys, "find", "--as", "phoi")
    assert (row["list"], row["number"], row["source_row"]) == (1, "•••••••101", 2)

    _typed(monkeypatch, f"{LAN}\n")
    assert _run(["forget", "--as", "phoi"]) == 0

    said = capsys.readouterr()
    assert "•••••••101" in said.err
    assert "0000101" not in said.err + said.out
    _typed(monkeypatch, f"{LAN}\n")
    assert _lines(capsys, "find", "--as", "phoi") == []
    assert _import(home, "--yes") == 0
    assert [(r["kind"], r["number"]) for r in _lines(capsys, "optout", "list")] == [
        ("forgotten", "•••••••101")]
    assert [r["kept"] for r in _lines(capsys, "list", "show", "2")] == [1]


@pytest.mark.parametrize("text", ["", "113", "095000010", "Lan 0950", "02043851234"])
def test_what_is_no_number_is_not_looked_for(
    home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Said in words, without repeating what was typed; nothing is written down."""
    _typed(monkeypatch, text + "\n")
    assert _run(["forget", "--as", "phoi"]) == 2

    assert "Lan" not in capsys.readouterr().err
    assert _lines(capsys, "optout", "list") == []


def test_opt_outs_are_added_and_brought(
    home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One by stdin, many by file; the next list says how many it has."""
    _typed(monkeypatch, f"{LAN}\n")
    assert _run(["optout", "add", "--source", "gọi điện", "--as", "phoi"]) == 0
    assert _run(["optout", "import", str(home / "ds.csv"), "--kind", "do_not_call",
                 "--source", "5656", "--as", "phoi"]) == 0
    assert "2 số mới" in capsys.readouterr().err
    assert _run(["optout", "add", "--source", "x", "--kind", "forgotten", "--as", "phoi"]) == 2

    assert _import(home, "--yes") == 0

    told = capsys.readouterr().err
    assert "1 số: không nhận tin của ta" in told
    assert "2 số: danh sách không quảng cáo" in told


def test_keys_are_rotated_and_a_list_is_dropped(home: Path, capsys: Capture) -> None:
    """By the administrator; afterwards no number is kept."""
    assert _import(home, "--yes") == 0
    assert _run(["list", "rotate-key", "--as", "phoi"]) == 0
    assert _run(["list", "rotate-lookup", "--as", "phoi"]) == 0
    assert _run(["list", "rotate-key", "--as", "soan"]) == 1
    [before] = _lines(capsys, "list", "show", "1")

    assert _run(["list", "drop", "1", "--reason", "nhầm", "--as", "phoi"]) == 0

    [after] = _lines(capsys, "list", "show", "1")
    assert (before["kept"], after["kept"], after["state"]) == (2, 0, "ended")
    assert _run(["list", "drop", "1", "--reason", "nhầm", "--as", "phoi"]) == 1
    assert _run(["list", "show", "9"]) == 2
