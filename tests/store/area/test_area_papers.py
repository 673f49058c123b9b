"""The papers of an order: a machine reads them, an office takes them, twice they are the same."""

import hashlib
import io
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from openpyxl import load_workbook

from tests.store.area.bed import Areas
from vietnamese import sms
from worker.campaigns.area import papers
from worker.models import AreaOrder

#: every vowel with every tone
LETTERS = ("ắằẳẵặ ấầẩẫậ áàảãạ ếềểễệ éèẻẽẹ íìỉĩị ốồổỗộ ớờởỡợ óòỏõọ ứừửữự úùủũụ ýỳỷỹỵ đ "
           "ẮẰẲẴẶ ẾỀỂỄỆ ỐỒỔỖỘ ỨỪỬỮỰ Đ")


def _file(files: dict[str, bytes], ending: str) -> bytes:
    return next(data for name, data in files.items() if name.endswith(ending))


def _sheets(data: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = load_workbook(io.BytesIO(data))
    return {s.title: list(s.iter_rows(min_row=2, values_only=True)) for s in book.worksheets}


def _facts(order: AreaOrder) -> dict[str, Any]:
    return {key: value for key, _, value in _sheets(_file(papers.made(order), ".xlsx"))["Đơn"]}


def test_exported_twice_the_files_are_the_same_bytes(areas: Areas) -> None:
    """Nothing in them says when they were written: neither the parts nor the properties."""
    order = areas.approved()
    first = areas.hand_over(order.id)
    areas.world.to(areas.world.clock.now() + timedelta(hours=3))

    assert areas.hand_over(order.id) == first
    assert [e.detail.get("same") for e in areas.story(order.id)][-2:] == [True, True]
    assert areas.now(order.id).files == papers.sums(first)
    for data in first.values():
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            core = archive.read("docProps/core.xml").decode()
        assert core.count("2026-11-24T01:00:00Z") == 2  # when it was approved


def test_other_bytes_than_handed_over_are_noticed(areas: Areas) -> None:
    order = areas.handed_over()
    with areas.world.store.write() as s:
        row = s.get_one(AreaOrder, order.id)
        row.files = dict.fromkeys(row.files, "0" * 64)

    areas.hand_over(order.id)

    assert areas.story(order.id)[-1].detail["same"] is False


def test_a_machine_reads_the_order_and_can_check_it(areas: Areas) -> None:
    order = areas.approved(areas=("luc_ngan", "24019=Xã Kiên Lao"))

    sheets = _sheets(_file(papers.made(order), ".xlsx"))

    facts = {key: value for key, _, value in sheets["Đơn"]}
    for key, text in (("text", order.text), ("bare", order.bare)):
        assert facts[key] == text
        assert facts[f"{key}_sha256"] == hashlib.sha256(facts[key].encode()).hexdigest()
        assert facts[f"{key}_parts"] == sms.count(text).parts
    assert (facts["text_encoding"], facts["bare_encoding"]) == ("UCS-2", "GSM-7")
    assert (facts["opens_at"], facts["closes_at"]) == (
        "2026-11-25T08:00:00+07:00", "2026-11-25T11:00:00+07:00")
    assert (facts["order"], facts["sender"], facts["carrier"], facts["format"]) == (
        order.code, "UBND LNgan", "Viettel", "giovang-area/1")
    for name, text in (("Nguyên văn đã duyệt", order.text), ("Bản không dấu", order.bare)):
        assert "".join(part for form, *_, part in sheets["Phần"] if form == name) == text
    assert sheets["Vùng"] == [("luc_ngan", "Xã Lục Ngạn"), ("24019", "Xã Kiên Lao")]
    assert [row[:3] for row in sheets["Kết quả"]] == [
        (order.code, "luc_ngan", "Xã Lục Ngạn"), (order.code, "24019", "Xã Kiên Lao")]


def test_a_training_says_so_in_every_paper(areas: Areas, tmp_path: Path) -> None:
    order = areas.approved()

    assert _facts(order)["training"] == "TẬP HUẤN, KHÔNG PHÁT"
    assert _pdf(papers.made(order), tmp_path).count("TẬP HUẤN, KHÔNG PHÁT") >= 3


def test_text_that_looks_like_a_formula_is_text(areas: Areas) -> None:
    order = areas.approved(carrier="=1+1")

    book = load_workbook(io.BytesIO(_file(papers.made(order), ".xlsx")))
    cell = next(c for row in book["Đơn"].iter_rows() for c in row if c.value == "=1+1")

    assert cell.data_type == "s"


def test_a_text_without_accents_has_one_form(areas: Areas) -> None:
    areas.approved_item(id="td-05", texts={"sms": "Cong an KHONG lam viec qua dien thoai."})

    order = areas.approved(item="td-05")

    # the mark of the training has none either then
    assert [form.key for form in papers.forms(order)] == ["text"]
    assert "bare" not in _facts(order)


def test_the_letter_has_the_layout_of_decree_30(areas: Areas) -> None:
    """A4, 20/20/30/15 mm, Times New Roman, no page number on the first page."""
    order = areas.approved()

    document = Document(io.BytesIO(_file(papers.made(order), ".docx")))

    section = document.sections[0]
    lengths = (section.page_width, section.page_height, section.top_margin,
               section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(one.mm) for one in lengths if one] == [210, 297, 20, 20, 30, 15]
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header.paragraphs[0]._p.xml
    assert document.styles["Normal"].font.name == "Times New Roman"
    left, right = (cell.text for cell in document.tables[0].rows[0].cells)
    assert left.split("\n")[:2] == ["UBND TỈNH BẮC NINH", "UBND XÃ LỤC NGẠN"]
    assert right.startswith("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc")
    assert right.endswith("Lục Ngạn, ngày       tháng       năm 2026")
    receivers, signed = (cell.text for cell in document.tables[-1].rows[0].cells)
    assert receivers == "Nơi nhận:\n- Như trên;\n- UBND tỉnh Bắc Ninh (để báo cáo);\n- Lưu: VT."
    assert " ".join(signed.split()) == "TM. ỦY BAN NHÂN DÂN CHỦ TỊCH Nguyễn Văn A"


def test_the_letter_opens_in_a_word_processor_with_every_letter(
    areas: Areas, tmp_path: Path
) -> None:
    """LibreOffice makes a PDF of it, with text, checksum and hours in it, on one page."""
    areas.approved_item(id="td-06", texts={"sms": LETTERS})
    order = areas.approved(item="td-06", signature=())

    found = _pdf(papers.made(order), tmp_path)

    for words in (LETTERS, order.text_sha256, "Kính gửi: Viettel", "(Chức vụ, chữ ký, họ tên)",
                  "Từ 08 giờ 00 ngày 25/11/2026 đến trước 11 giờ 00 ngày 25/11/2026"):
        assert _joined(words) in _joined(found)
    assert found.count("\f") == 1


@pytest.mark.parametrize("lines", [("Chủ tịch",), ("Chủ tịch", "Nguyễn Văn A")])
def test_a_signature_is_office_then_name(areas: Areas, lines: tuple[str, ...]) -> None:
    order = areas.approved(signature=lines)

    document = Document(io.BytesIO(_file(papers.made(order), ".docx")))

    assert document.tables[-1].cell(0, 1).text.split("\n")[0] == "CHỦ TỊCH"
    assert document.tables[-1].cell(0, 1).text.split("\n")[-1] == (lines[1:] or ("",))[0]


def _pdf(files: dict[str, bytes], folder: Path) -> str:
    (folder / "x.docx").write_bytes(_file(files, ".docx"))
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless",
         "--convert-to", "pdf", "--outdir", folder, folder / "x.docx"],
        check=True, capture_output=True, timeout=300)
    done = subprocess.run(["pdftotext", folder / "x.pdf", "-"], capture_output=True, check=True)
    return done.stdout.decode()


def _joined(text: str) -> str:
    """Between single letters pdftotext only guesses where a space is."""
    return "".join(text.split())
