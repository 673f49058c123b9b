"""The command line of items, people and the programme: exit codes, nothing half done."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from console.main import _run
from tests.builders import PROGRAMME
from worker.clock import SystemClock
from worker.db import Store
from worker.home import TRAINING_UID, Home, create, open_home
from worker.items.model import ItemContent
from worker.items.sample import approve_sample
from worker.items.store import all_contents, import_all
from worker.models import Item
from worker.programme.load import load_text
from worker.settings import PRODUCT, from_environment

SHEET = "Mã tin;Tiêu đề;Chủ đề;Nội dung chung\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A training home with a programme in force and two persons."""
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    (tmp_path / "schedules.toml").write_text(PROGRAMME, encoding="utf-8")
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    store.close()
    assert _run(["person", "add", "soan", "--name", "Soạn", "--role", "nguoi_soan",
                 "--role", "quan_tri"]) == 0
    assert _run(["check", "--apply", "--as", "soan"]) == 0
    return tmp_path


def _lines(capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert _run([*argv, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def _contents(home: Home) -> list[ItemContent]:
    with home.store.read() as session:
        return [content for _, content in all_contents(session)]


def _import(home: Path, text: str) -> int:
    file = home / "tin.csv"
    file.write_text(text, encoding="utf-8-sig")
    return _run(["import", str(file), "--as", "soan"])


def test_a_bad_file_is_refused_whole_and_comes_back_marked(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = _import(home, f"{SHEET}a;Tên;thu_doan;Lời\nb;;khong_co;Lời\n")

    assert code == 2
    assert "tin.loi.xlsx" in capsys.readouterr().err
    assert load_workbook(home / "tin.loi.xlsx").sheetnames[0] == "Lỗi"
    assert _lines(capsys, "items") == []


def test_from_file_to_approved(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["person", "add", "duyet", "--name", "Duyệt", "--role", "nguoi_duyet",
                 "--as", "soan"]) == 0
    assert _import(home, f"{SHEET}a;Tên;thu_doan;Báo {{{{ cong_an }}}}\n") == 0
    assert _run(["submit", "a", "--as", "soan"]) == 0
    assert _run(["approve", "a", "--as", "soan"]) == 1
    assert _run(["approve", "a", "--as", "duyet"]) == 0

    (item,) = _lines(capsys, "items")
    assert (item["item"], item["state"]) == ("a", "approved")
    (sms,) = _lines(capsys, "preview", "a", "--channel", "sms")
    assert (sms["text"], sms["encoding"], sms["parts"]) == ("Bao Cong an xa Luc Ngan", "gsm7", 1)
    assert sms["frozen"] is True


def test_a_word_nobody_can_read_is_found_before_it_is_submitted_and_waived_by_name(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`preview` shows what will be said and names the word; `waive` lets it pass as it stands."""
    assert _import(home, f"{SHEET}a;Tên;thu_doan;Ứng dụng XYZQ, gọi 113\n") == 0
    (loa,) = _lines(capsys, "preview", "a", "--channel", "loa")
    assert [p["code"] for p in loa["problems"]] == ["spoken"]
    assert "gọi một một ba" in loa["spoken"]
    assert _run(["waive", "a", "--word", "ABCX", "--as", "soan"]) == 2
    assert _run(["waive", "a", "--word", "XYZQ", "--as", "soan"]) == 0
    (loa,) = _lines(capsys, "preview", "a", "--channel", "loa")
    assert (loa["version"], loa["problems"]) == (2, [])
    assert _run(["submit", "a", "--as", "soan"]) == 0
    assert "loa" in capsys.readouterr().err


def test_export_and_import_give_the_same_items(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _import(home, f"{SHEET}a;Tên;thu_doan;Lời\n")
    out = home / "ra.toml"
    assert _run(["export", str(out)]) == 0

    rows = _lines(capsys, "import", str(out), "--as", "soan")

    assert rows == [{"item": "a", "change": "unchanged"}]


@pytest.mark.parametrize("argv", [
    ["person", "add", "moi", "--name", "Mới", "--role", "nguoi_duyet"],
    ["person", "add", "moi", "--name", "Mới", "--role", "giam_doc", "--as", "soan"],
    ["person", "add", "Mới!", "--name", "Mới", "--role", "nguoi_duyet", "--as", "soan"],
    ["person", "add", "soan", "--name", "Hai", "--role", "nguoi_duyet", "--as", "soan"],
    ["submit", "khong-co", "--as", "soan"],
    ["fill", "khong-co", "a=1", "--as", "soan"],
    ["preview", "khong-co"],
    ["items", "--state", "xong"],
    ["template", "mau.csv"],
])
def test_wrong_use_is_exit_2_in_one_clear_line(
    home: Path, capsys: pytest.CaptureFixture[str], argv: list[str]
) -> None:
    assert _run(argv) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err


def test_check_tells_all_mistakes_and_changes_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = PROGRAMME.replace('start = "11:30"', 'start = "25:30"').replace(
        'themes = ["thu_doan"]', 'themes = ["khong_co"]')
    (home / "schedules.toml").write_text(broken, encoding="utf-8")
    capsys.readouterr()

    assert _run(["check", "--apply", "--as", "soan"]) == 2

    told = capsys.readouterr().err.splitlines()
    assert len([line for line in told if line.startswith("schedules.toml:")]) == 2
    assert open_home().programme().version == 1


def test_an_older_programme_is_taken_up_only_when_a_person_says_so(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody put an old copy back: it would silently undo what was decided since."""
    file = home / "schedules.toml"
    file.write_text(PROGRAMME + "\n# sửa\n", encoding="utf-8")
    assert _run(["check", "--apply", "--as", "soan"]) == 0
    file.write_text(PROGRAMME, encoding="utf-8")

    kinds = [row["kind"] for row in _lines(capsys, "check")]
    assert "older" in kinds
    assert open_home().programme().version == 2
    assert _run(["check", "--apply", "--as", "soan"]) == 0
    assert open_home().programme().version == 3


def _noons_within_a_day() -> list[str]:
    """One; two while today's is on, for tomorrow's begins within a day."""
    now = SystemClock().now().astimezone(load_text(PROGRAMME, "schedules.toml").zone())
    today = now.replace(hour=11, minute=30, second=0, microsecond=0)
    return [f"{noon:%Y-%m-%d}" for noon in (today, today + timedelta(days=1))
            if now - timedelta(minutes=90) < noon <= now + timedelta(days=1)]


def test_check_lists_what_an_edit_would_move_within_a_day(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _import(home, f"{SHEET}td-01;Tên;thu_doan;Báo {{{{ cong_an }}}}\n")
    _run(["person", "add", "duyet", "--name", "Duyệt", "--role", "nguoi_duyet", "--as", "soan"])
    _run(["submit", "td-01", "--as", "soan"])
    _run(["approve", "td-01", "--as", "duyet"])
    edited = PROGRAMME.replace('channels = ["sms", "facebook", "website", "loa"]',
                               'channels = ["facebook", "website", "loa"]')
    (home / "schedules.toml").write_text(edited, encoding="utf-8")

    edits = [str(row["what"]) for row in _lines(capsys, "check") if row["kind"] == "edit"]

    assert [edit.split("/")[2] for edit in edits] == _noons_within_a_day()
    assert all(edit.endswith("td-01 (facebook, website, loa)") for edit in edits)


def test_the_sample_is_approved_once_and_names_what_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Items with unfilled facts or an open note stay drafts; a second start changes nothing."""
    shutil.copytree(PRODUCT / "content", tmp_path / "content")
    text = (PRODUCT / "schedules.toml").read_text(encoding="utf-8")
    (tmp_path / "schedules.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    store.close()
    _run(["person", "add", "quan-tri", "--name", "Q", "--role", "quan_tri"])
    assert _run(["check", "--apply", "--as", "quan-tri"]) == 0
    home = open_home()

    excepted = approve_sample(home)
    with home.store.read() as session:
        before = session.connection().exec_driver_sql(
            "SELECT state, count(*) FROM item GROUP BY state ORDER BY state").all()
    again = approve_sample(home)
    # and when a person edits an item, even under the fictitious editor's name
    edited = next(i for i in _contents(home) if i.id == "td-01-gia-danh-cong-an")
    import_all(home.store, home.clock.now(),
               [edited.model_copy(update={"title": "Sửa"})], "bien-tap")
    (tmp_path / "content" / "content.toml").unlink()
    approve_sample(home)

    assert {m.where for m in excepted} == {
        "kq-01-ngan-hang-ngan-chan", "kq-02-lam-sach-thue-bao", "kq-03-so-ket-dot-cao-diem"}
    assert again == excepted
    assert [tuple(row) for row in before] == [("approved", 21), ("draft", 3)]
    with home.store.read() as session:
        # then it waits for an approver: the sample approves nothing a person has changed
        item = session.get_one(Item, "td-01-gia-danh-cong-an")
        assert (item.version, item.state) == (2, "draft")
