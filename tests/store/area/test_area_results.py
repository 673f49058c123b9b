"""What the carrier reports: whole or not at all, once, and what is odd in it is named."""

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from tests.store.area.bed import Areas, a_file
from worker.campaigns.area import figures, view
from worker.campaigns.area.figures import HEADS
from worker.errors import Refused, UserError
from worker.models import AreaOrder

TWO = {"areas": ("luc_ngan", "bien_dong")}
GOOD = "Vùng;Đã gửi;Thành công;Thất bại\nXã Lục Ngạn;100;90;8\nXã Biên Động;50;50;0\n"


def _totals(sent: int, delivered: int | None, failed: int | None, rest: int) -> dict[str, Any]:
    return {"sent": sent, "delivered": delivered, "failed": failed, "no_result": rest}


def test_our_own_sheet_filled_in_comes_back(areas: Areas, tmp_path: Path) -> None:
    """The carrier types into «Kết quả» of the workbook it got; the area it left open is named."""
    number = areas.approved(**TWO).id
    files = areas.hand_over(number)
    book = load_workbook(io.BytesIO(next(d for n, d in files.items() if n.endswith("xlsx"))))
    for column, value in zip("DEF", (1200, 1100, 40), strict=True):
        book["Kết quả"][f"{column}2"] = value
    book["Kết quả"]["G2"] = datetime(2026, 11, 25, 8, 30)  # noqa: DTZ001  (as Excel keeps it)
    book.save(tmp_path / "kq.xlsx")

    found = figures.read(tmp_path / "kq.xlsx", areas.now(number))

    assert found == {
        "totals": _totals(1200, 1100, 40, 60), "blank": ["Xã Biên Động"], "foreign": [],
        "outside": 0,
        "rows": [["luc_ngan", "Xã Lục Ngạn", 1200, 1100, 40, "2026-11-25T08:30:00+07:00"]]}


#: the same two areas as carriers write them
MANNERS = [
    GOOD,
    "BÁO CÁO KẾT QUẢ;;;\nĐơn vị: VTT;;;\n;;;\n" + GOOD + "Tổng cộng;150;140;8\n",
    GOOD.replace("Vùng;Đã gửi;Thành công;Thất bại",
                 "Tên xã;Tổng số tin gửi;Số lượng thành công;Thất bại (tin)").replace(";", "\t"),
    "commune,total sent,delivered,failed\nXã Lục Ngạn,100,90,8\nXã Biên Động,50,50,0\nTotal,150,,",
    "Mã vùng;SMS gửi;Gửi thành công;Lỗi\nluc_ngan;100;90;8\nbien_dong;50;50;0\n",
]


@pytest.mark.parametrize("text", MANNERS)
def test_columns_are_found_by_their_heads(areas: Areas, tmp_path: Path, text: str) -> None:
    """Below a title, with any separator, in either language; a total row is no area."""
    order = areas.handed_over(**TWO)

    found = figures.read(a_file(tmp_path, text), order)

    assert found["totals"] == _totals(150, 140, 8, 2)
    assert (len(found["rows"]), found["foreign"]) == (2, [])


def test_thousands_are_read_with_their_points(areas: Areas, tmp_path: Path) -> None:
    text = "Vùng;Đã gửi;Thành công\nXã Lục Ngạn;1.234.567;1 200 000\n"

    found = figures.read(a_file(tmp_path, text), areas.handed_over())

    assert found["totals"] == _totals(1_234_567, 1_200_000, None, 34_567)


def test_a_total_that_excel_adds_up_needs_no_check(areas: Areas, tmp_path: Path) -> None:
    book = Workbook()
    for row in (("Vùng", "Đã gửi"), ("Xã Lục Ngạn", 7), ("Tổng", "=SUM(B2:B2)")):
        book.worksheets[0].append(row)
    book.save(tmp_path / "kq.xlsx")

    assert figures.read(tmp_path / "kq.xlsx", areas.handed_over())["totals"]["sent"] == 7


@pytest.mark.parametrize(("text", "words"), [
    ("Vùng;Đã gửi;Thành công;Thất bại\nA;10;9;2\n", "dòng 2: thành công 9 + thất bại 2 nhiều hơn"),
    (GOOD + "Tổng cộng;151;140;8\n", "dòng 4: Đã gửi: ghi tổng 151, cộng các dòng được 150"),
    (GOOD + "Tổng cộng;150;140;9\n", "Thất bại: ghi tổng 9"),
    ("Mã đơn;Vùng;Đã gửi\nGV-AAAAAAAA;A;10\n", "là của đơn GV-AAAAAAAA"),
    ("Vùng;Đã gửi\nA;10\nA;10\n", "dòng 3: vùng này có hai lần"),
    ("Vùng;Đã gửi\nA;mười\n", "Đã gửi: «mười» không phải số đếm"),
    ("Vùng;Đã gửi\nA;1.5\n", "«1.5»"),
    ("Vùng;Đã gửi\nA;-3\n", "«-3»"),
    ("Vùng;Đã gửi;Thành công\nA;;3\n", "không ghi đã gửi bao nhiêu"),
    ("Vùng;Đã gửi\n;3\n", "không ghi vùng nào"),
    ("Vùng;Đã gửi;Thời gian\nA;3;31/02/2026 08:00\n", "không phải ngày giờ"),
    ("Vùng;Đã gửi;Gửi\nA;3;3\n", "nhiều cột cùng nghĩa"),
    ("Vùng;Thuê bao\nA;3\n", "không thấy cột «Đã gửi»"),
    ("Vùng;Đã gửi\nA;\n", "không có số liệu nào"),
])
def test_a_file_that_does_not_add_up_is_refused_whole(
    areas: Areas, tmp_path: Path, text: str, words: str
) -> None:
    """Named by its row; nothing of it is taken."""
    order = areas.handed_over(**TWO)

    with pytest.raises(UserError) as refused:
        figures.read(a_file(tmp_path, text), order)

    assert words in str(refused.value)


def test_every_mistake_is_told_at_once(areas: Areas, tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        figures.read(a_file(tmp_path, "Vùng;Đã gửi\nA;x\nB;y\n"), areas.handed_over())

    assert len(refused.value.mistakes) == 2


def test_what_a_person_should_ask_about_is_named(areas: Areas, tmp_path: Path) -> None:
    """Areas nobody ordered, rows outside the hours, in each way of writing a moment."""
    text = ("Vùng;Đã gửi;Thời gian gửi\nXã Lục Ngạn;10;25/11/2026 07:59\n"
            "Xã Khác;10;11:01 25/11/2026\nXã Khác;10;2026-11-25T11:00:00+07:00\n"
            "Xã Khác;10;25/11/2026\n")

    found = figures.read(a_file(tmp_path, text), areas.handed_over())

    assert (found["foreign"], found["outside"]) == (["Xã Khác"], 2)
    told = "\n".join(view.result_lines(found))
    assert "2 dòng gửi NGOÀI khung giờ" in told
    assert "đơn không ghi các vùng: Xã Khác" in told
    assert "đã gửi 40, thành công không báo" in told


def test_the_same_file_counts_once_and_another_takes_its_place(areas: Areas) -> None:
    """What was said before stays in the events."""
    order = areas.handed_over()
    one = {"totals": _totals(10, 9, 1, 0), "rows": []}
    two = {"totals": _totals(12, 9, 1, 2), "rows": []}

    told = [areas.report(order.id, sha, result, file) for sha, result, file in (
        ("a" * 64, one, "lan-1.csv"), ("a" * 64, one, "lan-1.csv"), ("b" * 64, two, "lan-2.csv"))]

    now, story = areas.now(order.id), areas.story(order.id)
    assert told == ["", None, "lan-1.csv"]
    assert (now.state, now.result, now.result_file) == ("reported", two, "lan-2.csv")
    assert [(e.kind, e.detail["replaces"], e.detail["sent"]) for e in story[-2:]] == [
        ("area-reported", "", 10), ("area-reported", "a" * 64, 12)]


def test_only_an_order_that_is_out_has_a_result(areas: Areas) -> None:
    """Cancelled too late, it may have been sent all the same; then it can be cancelled no more."""
    waiting, gone = areas.approved(), areas.approved(carrier="VinaPhone")
    late = areas.handed_over(carrier="MobiFone")
    areas.cancel(gone.id)
    areas.cancel(late.id)
    result = {"totals": _totals(10, 9, 1, 0), "rows": []}

    for number in (waiting.id, gone.id):
        with pytest.raises(Refused):
            areas.report(number, "a" * 64, result)
    areas.report(late.id, "a" * 64, result)

    assert areas.now(late.id).state == "reported"
    with pytest.raises(Refused, match="đã báo kết quả"):
        areas.cancel(late.id)


def test_no_figures_without_a_file(areas: Areas) -> None:
    """The database does not let an order be reported by nobody."""
    areas.handed_over()

    with pytest.raises(IntegrityError, match="reported"), areas.world.store.write() as s:
        s.execute(update(AreaOrder).values(state="reported"))


def test_heads_of_our_sheet_are_all_known() -> None:
    """What we ask a carrier to fill in is what we find."""
    assert [figures._key(head) for head in HEADS] == list(figures._KNOWN)
