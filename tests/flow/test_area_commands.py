"""`giovang area …` from order to result, as people type it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from console.main import _run
from tests.builders import an_item
from tests.store.area.bed import SMS, TEXT
from tests.store.world import World
from worker.clock import SystemClock
from worker.db import Store
from worker.home import TRAINING_UID, create
from worker.settings import from_environment

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    (tmp_path / "schedules.toml").write_text(TEXT, encoding="utf-8")
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    for person, role in (("qt", "quan_tri"), ("phoi", "dieu_phoi"), ("soan", "nguoi_soan"),
                         ("duyet", "nguoi_duyet")):
        given = [] if person == "qt" else ["--as", "qt"]
        assert _run(["person", "add", person, "--name", person, "--role", role, *given]) == 0
    assert _run(["check", "--apply", "--as", "qt"]) == 0
    world = World(store, SystemClock(), tmp_path)  # type: ignore[arg-type]
    world.approved(an_item(texts={"sms": SMS}))
    store.close()
    return tmp_path


def _order(*more: str) -> int:
    tomorrow = f"{SystemClock().now() + timedelta(days=1, hours=7):%d/%m/%Y}"
    return _run(["area", "order", "--item", "td-01", "--carrier", "Viettel", "--area", "luc_ngan",
                 "--from", f"{tomorrow} 08:00", "--to", f"11:00 {tomorrow}", "--ordered-by",
                 "UBND tỉnh Bắc Ninh", "--document", "12/KH-UBND", "--date", "20/11/2020",
                 "--as", "phoi", *more])


def _shown(capsys: Capture, *argv: str) -> dict[str, object]:
    capsys.readouterr()
    assert _run(["area", *argv, "--json"]) == 0
    [row] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return row  # type: ignore[no-any-return]


def test_from_order_to_result(home: Path, capsys: Capture) -> None:
    """Four commands, the files with their checksums on stdout, and the figures in `show`."""
    assert _order() == 0
    told = capsys.readouterr().err
    assert "08 giờ 00" in told
    assert "giovang area approve 1" in told
    assert _run(["area", "approve", "1", "--as", "duyet"]) == 0
    capsys.readouterr()
    assert _run(["area", "export", "1", str(home / "don"), "--as", "phoi"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sorted(line.split("  ")[1] for line in lines) == sorted(
        str(path) for path in (home / "don").iterdir())
    (home / "kq.csv").write_text("Vùng;Đã gửi;Thành công\nXã Lục Ngạn;100;90\n", encoding="utf-8")
    assert _run(["area", "result", "1", str(home / "kq.csv"), "--as", "phoi"]) == 0
    assert "đã gửi 100, thành công 90" in capsys.readouterr().err
    assert _run(["area", "result", "1", str(home / "kq.csv"), "--as", "phoi"]) == 0
    assert "không có gì đổi" in capsys.readouterr().err

    row, whole = _shown(capsys, "list"), _shown(capsys, "show", "1")

    assert (row["state"], row["sent"], row["no_result"]) == ("reported", 100, 10)
    assert [e["what"] for e in whole["story"]] == [  # type: ignore[attr-defined]
        "area-ordered", "area-approved", "area-exported", "area-reported"]
    assert _run(["area", "show", "1"]) == 0
    assert "Trạng thái: nhà mạng đã báo kết quả" in capsys.readouterr().out


@pytest.mark.parametrize(("argv", "code", "words"), [
    (["approve", "1", "--as", "phoi"], 1, "nguoi_duyet"),
    (["export", "1", "don", "--as", "phoi"], 1, "chờ duyệt"),
    (["export", "1", "don", "--as", "duyet"], 1, "dieu_phoi"),
    (["result", "1", "kq.csv", "--as", "phoi"], 1, "chỉ nhận kết quả của đơn đã giao"),
    (["show", "9"], 2, "giovang area list"),
    (["cancel", "1", "--reason", " ", "--as", "phoi"], 2, "--reason"),
])
def test_what_is_not_allowed_is_explained(
    home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, argv: list[str], code: int,
    words: str,
) -> None:
    """No file, no change."""
    monkeypatch.chdir(home)
    assert _order() == 0

    assert _run(["area", *argv]) == code

    assert words in capsys.readouterr().err
    assert not list(home.glob("don/*"))
    assert _shown(capsys, "list")["state"] == "draft"


@pytest.mark.parametrize("moment", ["25/11/2026", "8h", "25/11/2026 24:00", "31/02/2026 08:00"])
def test_a_moment_is_a_day_and_an_hour(home: Path, capsys: Capture, moment: str) -> None:
    del home

    assert _order("--from", moment) == 2

    assert "--from" in capsys.readouterr().err


def test_files_that_cannot_be_written_leave_the_order_here(home: Path, capsys: Capture) -> None:
    assert _order() == 0
    assert _run(["area", "approve", "1", "--as", "duyet"]) == 0
    (home / "don").write_text("a file where the folder should be", encoding="utf-8")

    assert _run(["area", "export", "1", str(home / "don"), "--as", "phoi"]) == 2

    assert "không ghi được" in capsys.readouterr().err
    assert _shown(capsys, "list")["state"] == "approved"


def test_a_recall_says_which_carrier_to_phone(home: Path, capsys: Capture) -> None:
    """On the keyboard and in the alarm; and the order itself asks for it."""
    assert _order() == 0
    assert _run(["area", "approve", "1", "--as", "duyet"]) == 0
    assert _run(["area", "export", "1", str(home / "don"), "--as", "phoi"]) == 0
    capsys.readouterr()
    assert _run(["recall", "td-01", "--reason", "sai số máy", "--as", "duyet"]) == 0

    assert "đang ở Viettel: gọi ngay" in capsys.readouterr().err
    assert "GỌI NHÀ MẠNG" in str(_shown(capsys, "list")["remark"])
    assert _run(["alarms", "--json"]) == 0
    assert "đang ở Viettel: gọi ngay" in capsys.readouterr().out
    assert _run(["area", "cancel", "1", "--reason", "thu hồi", "--as", "phoi"]) == 0
    assert "gọi ngay" in capsys.readouterr().err


def test_an_order_is_not_repeated_on_our_channels(home: Path, capsys: Capture) -> None:
    """`repeat` would send the item to everybody we reach."""
    del home
    assert _order() == 0
    day = (SystemClock().now() + timedelta(days=1, hours=7)).date()

    assert _run(["repeat", f"vung:1/-/{day}/1", "--as", "phoi"]) == 1

    assert "giovang area order --again" in capsys.readouterr().err
