"""Lists brought in through the page: looked at, read, taken or dropped; the file goes."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from openpyxl import Workbook
from sqlalchemy import select

from console.server import Servers
from tests.accounts import Visitor, acts, an_account
from tests.flow.console.patience import over
from tests.store.lists import Lists
from worker.home import Home
from worker.lists import uploads
from worker.models import OptOut, RecipientList

HERE = "/dot-nhan-tin/danh-sach"
ORIGIN = {
    "purpose": "cong_ich", "basis": "public_task", "ordered_by": "UBND xã Lục Ngạn",
    "document": "12/KH-UBND", "date": "20/11/2026", "source": "sổ hộ dân",
    "expires": "31/01/2027"}


class Sender(Visitor):
    """A dispatcher who sends files."""

    def send(self, path: str, files: dict[str, tuple[str, bytes]],
             **form: str) -> requests.Response:
        return self.web.post(self.url + path, data=form, files=files, allow_redirects=False,
                             headers={"Origin": self.url}, timeout=30)

    def sent(self, data: bytes, name: str = "dân.csv") -> str:
        """Where the file's columns are shown."""
        where: str = self.send(f"{HERE}/moi", {"file": (name, data)}).headers["location"]
        return where

    def read(self, where: str, **form: str) -> requests.Response:
        """Until it is read, where nothing is wrong with the form."""
        answer = self.send(where, {"scan": ("", b"")}, **{**ORIGIN, **form})
        if answer.status_code == 303:
            over(self, where)
        return answer


@pytest.fixture
def phoi(home: Home, servers: Servers) -> Iterator[Sender]:
    an_account(home, "phoi", "dieu_phoi")
    one = Sender(servers.inner_url)
    one.log_in("phoi")
    yield one
    one.web.close()


def a_file(count: int = 3, *more: str) -> bytes:
    rows = [f"{n};095000{n:04d};Nguyễn Văn {n};Thôn {n % 7}" for n in range(1, count + 1)]
    return "\n".join(["STT;SĐT;Họ tên;Ghi chú", *rows, *more, ""]).encode()


def on_disk(home: Home) -> list[str]:
    return sorted(p.name for p in (home.settings.var / uploads.FOLDER).rglob("*") if p.is_file())


def test_from_a_file_to_a_list_in_three_steps(home: Home, phoi: Sender, tmp_path: Path) -> None:
    """Columns guessed, numbers masked; counts before the yes; the file is gone after it."""
    where = phoi.sent(a_file(40, "41;0950000001;trùng;x", "42;0241234;cố định;x"))
    page = phoi.get(where).text
    assert "•••••••001" in page
    assert "0950000001" not in page
    assert page.count('<option value="phone" selected>') == 1
    assert page.count('<option value="ten" selected>') == 1
    assert page.count('<option value="-" selected>') == 2
    assert oct((home.settings.var / uploads.FOLDER).stat().st_mode)[-3:] == "700"

    phoi.read(where, **{"cot-0": "-", "cot-1": "phone", "cot-2": "ten", "cot-3": "-"})

    report = " ".join(phoi.get(where).text.split())
    assert "<b>40</b> số nhận được" in report
    assert "<dt>Số trùng, bỏ</dt><dd>1</dd>" in report
    lists = Lists(home, tmp_path)
    assert lists.states() == {"staging": 1}
    assert "danh-sach.csv" not in on_disk(home)
    bad = phoi.get(where + "/khong-nhan")
    assert bad.content.startswith(b"PK")
    assert "khong-nhan.xlsx" in bad.headers["content-disposition"]

    done = phoi.post(where + "/nhan")

    assert done.status_code == 303
    assert lists.states() == {"ready": 1}
    row = lists.row(1)
    assert (row.file, row.fields, row.stored, row.organisation) == (
        "dân.csv", ["ten"], 40, "UBND xã Lục Ngạn")
    assert acts(home)[-1] == "list"
    assert lists.people(1)[0] == ("+84950000001", "Nguyễn Văn 1")
    shown = phoi.get(done.headers["location"]).text
    assert "Tải các dòng ấy để sửa" in shown
    assert phoi.post(where + "/nhan").status_code == 303
    assert lists.states() == {"ready": 1}


def test_no_leaves_neither_rows_nor_file(home: Home, phoi: Sender, tmp_path: Path) -> None:
    where = phoi.sent(a_file())
    phoi.read(where, **{"cot-1": "phone"})

    dropped = phoi.post(where + "/bo")

    assert dropped.headers["location"] == f"{HERE}?xong=ds-bo"
    assert Lists(home, tmp_path).states() == {}
    assert on_disk(home) == []


def test_every_mistake_stands_at_its_field_and_what_was_typed_stays(
    home: Home, phoi: Sender, tmp_path: Path
) -> None:
    where = phoi.sent(a_file())

    answer = phoi.read(where, **{"cot-1": "ten", "cot-2": "ten"}, purpose="quang_cao",
                       ordered_by="", date="31/02/2026", expires="01/01/2030")

    assert answer.status_code == 400
    for field in ("basis", "ordered_by", "date", "expires"):
        assert f'id="loi-{field}"' in answer.text, field
    assert "chưa cột nào là số điện thoại" in answer.text
    assert "hai cột cùng là một trường" in answer.text
    assert 'value="12/KH-UBND"' in answer.text
    assert "--basis" not in answer.text
    # and so it does for whoever comes back to it later
    assert 'value="31/02/2026"' in phoi.get(where).text
    assert Lists(home, tmp_path).states() == {}


def test_a_file_that_is_no_list_is_refused_at_once_and_not_kept(
    home: Home, phoi: Sender
) -> None:
    none = phoi.send(f"{HERE}/moi", {"file": ("", b"")})
    empty = phoi.send(f"{HERE}/moi", {"file": ("trong.csv", b"")})
    old = phoi.send(f"{HERE}/moi", {"file": ("cu.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9)})
    bomb = phoi.send(f"{HERE}/moi", {"file": ("bom.xlsx", b"PK\x03\x04" + b"0" * 50)})

    assert [x.status_code for x in (none, empty, old, bomb)] == [400] * 4
    assert "chưa chọn tệp" in none.text
    assert "Excel kiểu cũ" in old.text
    assert "cu.xls" in old.text
    assert "tệp bị hỏng" in bomb.text
    assert on_disk(home) == []


def test_a_file_is_its_senders_alone_and_goes_after_an_hour(
    home: Home, servers: Servers, phoi: Sender
) -> None:
    where = phoi.sent(a_file())
    an_account(home, "khac", "dieu_phoi")
    other = Sender(servers.inner_url)
    other.log_in("khac")

    assert other.get(where).headers["location"].endswith("xong=tep-het")
    assert other.get(where + "/khong-nhan").headers["location"].endswith("xong=tep-het")
    assert phoi.get(f"{HERE}/tep/..%2F..%2Fkhoa-danh-sach-xx").status_code in (303, 404)
    home.clock.advance(timedelta(hours=1, minutes=1).total_seconds())  # type: ignore[attr-defined]
    assert uploads.sweep(home, home.clock.now()) == 1

    assert phoi.get(where).headers["location"].endswith("xong=tep-het")
    assert on_disk(home) == []
    other.web.close()


def test_a_workbook_of_several_sheets_is_read_from_the_one_that_is_chosen(
    home: Home, phoi: Sender, tmp_path: Path
) -> None:
    book, out = Workbook(), io.BytesIO()
    first, second = book.active, book.create_sheet("Thôn Đoài")
    assert first is not None
    for row in (["Tên", "Việc"], ["An", "đọc"]):
        first.append(row)
    for row in (["Điện thoại", "Tên"], [950000001, "An"], ["0950000002", "Bình"]):
        second.append(row)
    book.save(out)
    where = phoi.sent(out.getvalue(), "dân.xlsx")

    page = phoi.get(where + "?trang=Thôn Đoài").text
    assert '<input type="hidden" name="sheet" value="Thôn Đoài">' in page
    assert "•••••••001" in page
    phoi.read(where, sheet="Thôn Đoài", **{"cot-0": "phone", "cot-1": "-"})
    phoi.post(where + "/nhan")

    assert Lists(home, tmp_path).people(1) == [("+84950000001",), ("+84950000002",)]


def test_a_reading_that_was_cut_off_is_told_and_begun_anew(
    home: Home, phoi: Sender, tmp_path: Path
) -> None:
    """The process died: what it knew of the reading is gone, file and form are not."""
    where = phoi.sent(a_file())
    token = where.rsplit("/", 1)[1]
    given = uploads.find(home, token, "phoi")
    assert given is not None
    uploads.remember(given, {**ORIGIN, "cot-1": "phone"})

    page = phoi.get(where).text

    assert "Lần đọc trước bị ngắt giữa chừng" in page
    assert 'value="12/KH-UBND"' in page
    phoi.read(where, **{"cot-1": "phone"})
    phoi.post(where + "/nhan")
    assert Lists(home, tmp_path).states() == {"ready": 1}


def test_a_list_is_ended_for_a_reason_and_its_numbers_go(
    home: Home, servers: Servers, phoi: Sender, tmp_path: Path
) -> None:
    lists = Lists(home, tmp_path)
    number = lists.taken(["0950000001"])
    an_account(home, "kiem", "kiem_tra")
    kiem = Sender(servers.inner_url)
    kiem.log_in("kiem")
    assert kiem.get(f"{HERE}/{number}").status_code == 200
    assert kiem.post(f"{HERE}/{number}/ket-thuc", reason="x").status_code == 403
    assert phoi.post(f"{HERE}/{number}/ket-thuc").status_code == 400

    assert phoi.post(f"{HERE}/{number}/ket-thuc", reason="hết việc").status_code == 303

    assert lists.states() == {"ended": 1}
    assert lists.people(number) == []
    assert "hết việc" in phoi.get(f"{HERE}/{number}").text
    kiem.web.close()


def test_opt_outs_one_and_a_file(home: Home, phoi: Sender) -> None:
    there = "/dot-nhan-tin/tu-choi"
    assert phoi.post(there, number="0950000009", kind="opt_out",
                     source="gọi điện").headers["location"].endswith("xong=tu-choi")
    wrong = phoi.post(there, number="12", kind="opt_out", source="")
    assert wrong.status_code == 400
    assert 'id="loi-number"' in wrong.text
    assert 'id="loi-source"' in wrong.text

    where = phoi.send(f"{there}/tep", {"file": ("dnc.csv", a_file(5))}, kind="do_not_call",
                      source="Cục Viễn thông").headers["location"]

    assert "<b>5</b> số mới" in over(phoi, where).text
    with home.store.read() as session:
        assert len(session.scalars(select(OptOut)).all()) == 6
    assert on_disk(home) == []
    page = phoi.get(there).text
    assert "•••••••009" in page
    assert "0950000009" not in page
    none = phoi.send(f"{there}/tep", {"file": ("x.csv", a_file(2))}, kind="do_not_call",
                     source="a", column="Z")
    assert "không có cột «Z»" in over(phoi, none.headers["location"]).text


@pytest.mark.long
def test_a_hundred_thousand_numbers_come_in_through_the_page(
    home: Home, phoi: Sender, tmp_path: Path
) -> None:
    text = io.StringIO()
    out = csv.writer(text, delimiter=";")
    out.writerow(["SĐT", "Họ tên"])
    out.writerows([f"0950{n:06d}", f"Người {n}"] for n in range(100_000))
    where = phoi.sent(text.getvalue().encode())
    phoi.read(where, **{"cot-0": "phone", "cot-1": "ten"})
    phoi.post(where + "/nhan")

    with home.store.read() as session:
        assert session.scalars(select(RecipientList.stored)).one() == 100_000
