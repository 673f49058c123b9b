"""What a list holds is counted without naming anybody; refused rows go back to their owner."""

import re
import stat
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.unit.lists.conftest import Csv, Read, Sheet
from vietnamese import phone
from worker.errors import UserError
from worker.lists import columns, report, rows
from worker.lists.badfile import open_bad_rows
from worker.lists.source import open_source
from worker.rowfile import open_rows

LIST = (
    "STT;Họ tên;SĐT;SĐT 2;Thôn\n"
    "1;Lan;0950000001;0950000002;Cầu Chét\n"
    "2;;950000003;;Cầu Chét\n"
    "3;Hoa;+84950000001;;\n"
    "4;Mai;0950000004/0950000005/0950000006;;\n"
    "5;Cúc;84950000007;0204 3885 113;\n"
    "6;Đào;;;\n"
    "7;=HYPERLINK(1);01201234567;;-\n"
)


def tally_of(path: Path, size: int = 3) -> tuple[report.Tally, columns.Layout]:
    tally = report.Tally()
    with open_source(path) as source:
        layout = columns.find(source)
        for chunk in rows.chunks(rows.read(source, layout), size):
            tally.add(chunk)
    return tally, layout


@pytest.mark.parametrize("size", [1, 2, 3, 2000])
def test_the_counts_are_those_of_the_list(size: int, csv: Csv) -> None:
    """However the chunks fall: a row with several numbers may be cut by one."""
    assert report.figures(*tally_of(csv(LIST), size)) == {
        "rows": 7,
        "accepted": 7,
        "doubles": 1,
        "refused": {"landline": 1, "blank": 1, "old": 1},
        "mended": {"zero": 1, "plus": 1},
        "several": 3,
        "carriers": {"": 7},
        "blank_fields": {"ten": 1, "thon": 4},
        "phone_columns": ["SĐT", "SĐT 2"],
        "fields": {"ten": "Họ tên", "thon": "Thôn"},
        "left_out": ["STT"],
        "code": None,
    }


def test_the_same_counts_are_told_to_people(csv: Csv) -> None:
    """Before anything is queued: what was understood, taken, mended, refused."""
    tally, layout = tally_of(csv(LIST))

    told = "\n".join([*report.columns(layout), *report.counts(tally, layout)])

    assert told == (
        "số điện thoại: «SĐT» (C), «SĐT 2» (D)\n"
        "{{ ten }}: «Họ tên» (B)\n"
        "{{ thon }}: «Thôn» (E)\n"
        "không dùng: «STT» (A)\n"
        "7 dòng: 7 số nhận được, 1 số trùng, 3 không dùng được\n"
        "3 dòng có nhiều số, mỗi số là một người nhận\n"
        "đã sửa: mất số 0 đầu: 1\n"
        "đã sửa: mất dấu +: 1\n"
        "bỏ: số cố định: 1\n"
        "bỏ: không có số: 1\n"
        "bỏ: số 11 chữ số cũ: 1\n"
        "{{ ten }} để trống ở 1 người nhận\n"
        "{{ thon }} để trống ở 4 người nhận\n"
        "theo đầu số (đã chuyển mạng thì khác): không rõ 7"
    )
    assert not re.search(r"\d{4}", told)


def test_every_reason_and_repair_has_a_short_name() -> None:
    """A count without a name would be a bug on the screen."""
    assert set(report.LABELS) == {*phone.REASONS, *rows.REASONS}
    assert set(report.MENDED) == set(phone.Mend.__args__)


def write_bad(source_path: Path, path: Path) -> None:
    with open_source(source_path) as source:
        layout = columns.find(source)
        with open_bad_rows(path, layout, source_path) as write:
            for chunk in rows.chunks(rows.read(source, layout)):
                for bad in chunk.bad:
                    write(bad)


@pytest.mark.parametrize("name", ["loi.csv", "loi.xlsx"])
def test_refused_rows_go_back_as_they_came_with_the_reason(
    name: str, csv: Csv, read: Read, tmp_path: Path
) -> None:
    """Numbers in clear, for the owner to mend; mended, the same file can be brought again."""
    write_bad(csv(LIST), tmp_path / name)

    with open_source(tmp_path / name) as source:
        heads, *written = source.rows()
    again = read(tmp_path / name, map="SĐT=phone,SĐT 2=phone")

    assert heads == ["STT", "Họ tên", "SĐT", "SĐT 2", "Thôn", "Dòng trong tệp",
                     "Lý do không nhận", "Gợi ý"]
    assert [(row[2].lstrip("'"), row[3], row[5]) for row in written] == [
        ("+84950000001", "", "4"), ("84950000007", "0204 3885 113", "6"), ("", "", "7"),
        ("01201234567", "", "8"),
    ]
    assert written[3][7] == "có thể là 0701234567"
    assert [code for _, code in again.refused()] == ["landline", "blank", "old"]
    assert list(again.layout.fields.values()) == ["ten", "thon"]


@pytest.mark.parametrize("name", ["loi.csv", "loi.xlsx"])
def test_the_file_is_for_its_owner_alone(name: str, csv: Csv, tmp_path: Path) -> None:
    """It holds numbers: no other account may read it."""
    write_bad(csv(LIST), tmp_path / name)

    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["danh-sach.csv", name]


def test_no_formula_of_the_list_runs_in_excel(csv: Csv, tmp_path: Path) -> None:
    """A cell that begins with = stays text, and numbers keep their 0."""
    write_bad(csv(LIST), tmp_path / "loi.csv")
    write_bad(csv(LIST), tmp_path / "loi.xlsx")

    assert ";\"'=HYPERLINK(1)\";" in (tmp_path / "loi.csv").read_text("utf-8-sig")
    sheet = load_workbook(tmp_path / "loi.xlsx").worksheets[0]
    assert [sheet["B5"].value, sheet["B5"].data_type, sheet["C5"].number_format] == [
        "=HYPERLINK(1)", "s", "@",
    ]


@pytest.mark.parametrize("name", ["loi.csv", "loi.xlsx"])
def test_a_list_without_refusals_replaces_the_rows_of_the_time_before(
    name: str, csv: Csv, tmp_path: Path
) -> None:
    """What was mended must not stand there as if it were still wrong."""
    write_bad(csv(LIST), tmp_path / name)
    write_bad(csv("sdt\n0950000001\n"), tmp_path / name)

    with open_source(tmp_path / name) as source:
        assert [row[0] for row in source.rows()] == ["sdt"]


@pytest.mark.parametrize("name", ["loi.csv", "loi.xlsx"])
def test_an_error_on_the_way_leaves_what_was_there(name: str, csv: Csv, tmp_path: Path) -> None:
    """The list is refused whole; half a file of its rows would mislead."""
    # below the rows that the columns are told by
    path = csv("sdt\n0950000001\n" + "113\n" * 500 + '"0950000002\n')
    (tmp_path / name).write_text("trước")

    with pytest.raises(UserError, match="dòng 503"):
        write_bad(path, tmp_path / name)

    assert (tmp_path / name).read_text() == "trước"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["danh-sach.csv", name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("danh-sach.csv", "chính là tệp danh sách"),
        ("loi.txt", "dùng tệp .csv hoặc .xlsx"),
        ("khong-co/loi.csv", "không ghi được tệp"),
        (".", "không ghi được tệp kiểu này"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_list_is_read(
    name: str, said: str, csv: Csv, tmp_path: Path
) -> None:
    """Above all the list itself."""
    path = csv(LIST)

    with pytest.raises(UserError) as refused:
        write_bad(path, tmp_path / name)

    assert said in str(refused.value)
    assert path.read_text() == LIST


def test_trouble_of_whoever_writes_to_it_is_not_called_its_own(csv: Csv, tmp_path: Path) -> None:
    """A database that fails meanwhile must not read as «close the file in Excel»."""
    path = csv(LIST)
    with open_source(path) as source:
        layout = columns.find(source)

    with pytest.raises(OSError, match="another disk"), open_bad_rows(
            tmp_path / "loi.csv", layout, path):
        raise OSError("another disk")


def test_more_rows_than_a_sheet_holds_go_on_the_next(tmp_path: Path) -> None:
    """Under the same heads."""
    with open_rows(tmp_path / "x.xlsx", ["a"], per_sheet=3) as put:
        for n in range(5):
            put([str(n)])

    book = load_workbook(tmp_path / "x.xlsx")
    assert [[row[0] for row in sheet.values] for sheet in book] == [
        ["a", "0", "1"], ["a", "2", "3"], ["a", "4"],
    ]


def test_signs_that_excel_cannot_hold_are_shown_as_such(csv: Csv, xlsx: Sheet,
                                                        tmp_path: Path) -> None:
    """They are often why the row was refused."""
    write_bad(csv("sdt,ten\n0950000001,L\x07n\n"), tmp_path / "loi.xlsx")

    assert load_workbook(tmp_path / "loi.xlsx").worksheets[0]["B2"].value == "L\ufffdn"
