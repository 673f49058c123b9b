"""`giovang verify`: staff ask whether a message is ours."""

import io
import json
from pathlib import Path

import pytest

from console.main import _run
from tests.builders import PROGRAMME, some_people
from tests.builders import in_force as accepted
from tests.deliveries import add_batch, add_delivery, add_occurrence
from worker.clock import SystemClock
from worker.db import Store
from worker.home import TRAINING_UID, create
from worker.models import Content
from worker.settings import from_environment

CODE = "GV-ABCD2345"
TEXT = f"Công an không làm việc qua điện thoại. Gọi 113 hoặc 0950 000 123. Mã tin: {CODE}"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A post is out."""
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    (tmp_path / "schedules.toml").write_text(PROGRAMME, encoding="utf-8")
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    some_people(store)
    accepted(store)
    with store.write() as s:
        batch = add_batch(s, add_occurrence(s), channel="facebook")
        s.add(Content(sha256="d" * 64, payload={"text": TEXT}))
        s.flush()
        delivery = add_delivery(s, batch, "k" * 36, target="trang", state="delivered", tag=CODE)
        delivery.content_sha256 = "d" * 64
    store.close()
    return tmp_path


def test_a_code_and_a_text_are_told_with_everything(home: Path, capsys: Capture) -> None:
    assert _run(["verify", "gv abcd2345"]) == 0
    told = capsys.readouterr().out
    assert TEXT in told
    assert "Xã Lục Ngạn · Trang · Facebook" in told

    (home / "tin.txt").write_text(TEXT.upper(), encoding="utf-8-sig")
    assert _run(["verify", "--text", str(home / "tin.txt")]) == 0
    assert capsys.readouterr().out.startswith("TRÙNG với tin đã phát")


def test_what_was_changed_is_told_and_is_no_success(
    home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = TEXT.replace("123", "999")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    assert _run(["verify", "--text", "-", "--json"]) == 1
    row = json.loads(capsys.readouterr().out)
    assert (row["found"], row["genuine"]) == ("near", False)
    assert row["differences"] == [{"given": "999.", "genuine": "123."}]
    assert row["messages"][0]["code"] == CODE
    assert home.is_dir()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("given", "code", "words"), [
    (["GV-AAAAAAAA"], 1, "Không có tin này trong hệ thống"),
    ([], 2, "cần mã tin hoặc --text"),
    (["GV-AAAAAAAA", "--text", "-"], 2, "cần mã tin hoặc --text"),
    (["--text", "khong-co.txt"], 2, "không đọc được"),
])
def test_what_is_unknown_or_mistyped_is_told(
    capsys: Capture, given: list[str], code: int, words: str
) -> None:
    assert _run(["verify", *given]) == code
    told = capsys.readouterr()
    assert words in told.out + told.err
