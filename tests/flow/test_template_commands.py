"""Registered SMS texts on the command line: listed, written for the carriers, and warned of."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from console.main import _run
from tests.builders import PROGRAMME
from worker.clock import SystemClock
from worker.db import Store
from worker.home import TRAINING_UID, create
from worker.programme.load import load_text
from worker.settings import from_environment
from worker.slots import local_date

Capture = pytest.CaptureFixture[str]


def today() -> date:
    return local_date(load_text(PROGRAMME, "schedules.toml"), SystemClock().now())


def templates() -> str:
    return f"""
[[sms_templates]]
id = "bao-tin"
channel = "sms"
carriers = ["Viettel", "VinaPhone"]
sender = "XA LUC NGAN"
text = "Cong an khong lam viec qua dien thoai. Bao {{cong_an:30}}, goi {{so:6}}."
state = "hieu_luc"
valid_until = {today() + timedelta(days=9)}

[[sms_templates]]
id = "mua-lu"
channel = "sms"
carriers = ["Viettel", "MobiFone"]
sender = "XA LUC NGAN"
text = "Canh bao mua lu: {{noi_dung:80}}. Goi {{duong_day_nong:12}}."
state = "dang_ky"
document = "45/CV-UBND"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    (tmp_path / "schedules.toml").write_text(PROGRAMME + templates(), encoding="utf-8")
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    store.close()
    assert _run(["person", "add", "ca_hai", "--name", "Cả Hai", "--role", "quan_tri",
                 "--role", "nguoi_soan"]) == 0
    assert _run(["check", "--apply", "--as", "ca_hai"]) == 0
    return tmp_path


def _lines(capsys: Capture, *argv: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert _run([*argv, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_templates_are_listed_by_carrier_with_the_days_they_have_left(
    home: Path, capsys: Capture
) -> None:
    found = _lines(capsys, "sms", "templates")

    assert [(r["template"], r["carrier"], r["state"], r["days_left"]) for r in found] == [
        ("bao-tin", "Viettel", "hieu_luc", 9), ("bao-tin", "VinaPhone", "hieu_luc", 9),
        ("mua-lu", "Viettel", "dang_ky", None), ("mua-lu", "MobiFone", "dang_ky", None)]
    assert _run(["sms", "templates"]) == 0
    assert "Đang đăng ký" in capsys.readouterr().out


def test_check_tells_of_a_template_that_ends(home: Path, capsys: Capture) -> None:
    told = [r for r in _lines(capsys, "check") if r["kind"] == "template"]

    assert [(r["where"], r["what"]) for r in told] == [
        ("sms_templates[bao-tin], Viettel, VinaPhone",
         f"hết hạn {today() + timedelta(days=9):%d/%m/%Y}, còn 9 ngày")]


def test_the_registration_request_has_a_row_for_each_template_and_carrier(
    home: Path, capsys: Capture
) -> None:
    """Without names what is being registered; with them those, also in force."""
    assert _run(["sms", "register", str(home / "dk.xlsx")]) == 0
    assert _run(["sms", "register", str(home / "mot.xlsx"), "--template", "bao-tin"]) == 0

    rows = [*load_workbook(home / "dk.xlsx").worksheets[0].iter_rows(values_only=True)]
    named = [*load_workbook(home / "mot.xlsx").worksheets[0].iter_rows(values_only=True)]
    assert rows[0] == ("Tên định danh", "Nhà mạng", "Loại tin", "Nội dung mẫu",
                       "Các chỗ thay đổi", "Ví dụ", "Tổ chức", "Số giấy tờ", "Mã mẫu của ta")
    assert rows[1] == (
        "XA LUC NGAN", "Viettel", "Chăm sóc khách hàng",
        "Canh bao mua lu: {noi_dung:80}. Goi {duong_day_nong:12}.",
        "{noi_dung:80}: ký tự, tối đa 80\n{duong_day_nong:12}: ký tự, tối đa 12",
        f"Canh bao mua lu: {'x' * 80}. Goi 113.", "UBND xã Lục Ngạn", "45/CV-UBND", "mua-lu")
    assert [row[1] for row in rows[1:]] == ["Viettel", "MobiFone"]
    assert [(row[1], row[7]) for row in named[1:]] == [("Viettel", None), ("VinaPhone", None)]


@pytest.mark.parametrize(("argv", "code", "words"), [
    (("dk.csv",), 2, "đuôi .xlsx"),
    (("dk.xlsx", "--template", "mua-lo"), 2, "có phải «mua-lu»?"),
    (("khong/co/dk.xlsx",), 2, "không ghi được tệp"),
])
def test_what_cannot_be_written_says_why(
    home: Path, capsys: Capture, argv: tuple[str, ...], code: int, words: str
) -> None:
    assert _run(["sms", "register", str(home / argv[0]), *argv[1:]]) == code
    assert words in capsys.readouterr().err


def test_nothing_to_register_is_said(home: Path, capsys: Capture) -> None:
    (home / "schedules.toml").write_text(PROGRAMME, encoding="utf-8")
    assert _run(["check", "--apply", "--as", "ca_hai"]) == 0

    assert _run(["sms", "register", str(home / "dk.xlsx")]) == 1
    assert "không có mẫu nào đang đăng ký" in capsys.readouterr().err
    assert not (home / "dk.xlsx").exists()


@pytest.mark.parametrize(("body", "stops", "named"), [
    ("Công an không làm việc qua điện thoại. Báo {{ cong_an }}, gọi 113.", False,
     {"MobiFone: không mẫu nào hợp"}),
    ("Cảnh báo mưa lũ: nước lên. Gọi {{ duong_day_nong }}.", False,
     {"Viettel: mẫu «mua-lu» còn chờ", "VinaPhone: không mẫu nào hợp",
      "MobiFone: mẫu «mua-lu» còn chờ"}),
    ("Cảnh giác lừa đảo.", True, set()),
])
def test_a_preview_names_the_carriers_that_would_drop_it(
    home: Path, capsys: Capture, body: str, stops: bool, named: set[str]
) -> None:
    """Worded like no template: a problem. Not yet in force, or not everywhere: a warning."""
    (home / "tin.toml").write_text(
        f'[[item]]\nid = "td-01"\ntitle = "T"\ntheme = "thu_doan"\nbody = "{body}"\n', "utf-8")
    assert _run(["import", str(home / "tin.toml"), "--as", "ca_hai"]) == 0

    [row] = _lines(capsys, "preview", "td-01", "--channel", "sms")

    problems, warnings = row["problems"], row["warnings"]
    assert isinstance(problems, list)
    assert isinstance(warnings, list)
    assert [p["code"] for p in problems] == ["sms-template"] * stops
    dropped = [w for w in warnings if "mẫu" in w]
    assert len(dropped) == bool(named)
    assert not [words for words in named if words not in dropped[0]]
