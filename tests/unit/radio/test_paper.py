"""The sheet on paper: the same words in every form, whole diacritics, what it is and until when."""

import subprocess
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from tests.bulletins import HALF_PAST_FIVE, ZONE, a_bulletin, a_section, line
from worker.radio.bulletin import Acceptance
from worker.radio.paper.bundle import file_name, plain_text
from worker.radio.paper.print import pdf
from worker.radio.paper.word import docx

#: every vowel with every tone, as an announcer must find it on paper
LETTERS = ("Ắ Ằ Ẳ Ẵ Ặ ấ ầ ẩ ẫ ậ ế ề ể ễ ệ í ì ỉ ĩ ị ố ồ ổ ỗ ộ ớ ờ ở ỡ ợ ứ ừ ử ữ ự ý ỳ ỷ ỹ ỵ đ Đ "
           "“ngoặc” – … ₫")


def _pdf_text(data: bytes, folder: Path) -> str:
    (folder / "x.pdf").write_bytes(data)
    done = subprocess.run(["pdftotext", "-layout", folder / "x.pdf", "-"], capture_output=True,
                          check=True)
    return " ".join(done.stdout.decode().split())


def _joined(text: str) -> str:
    """Between single letters pdftotext only guesses where a space is."""
    return "".join(text.split())


def _docx_text(data: bytes) -> str:
    document = Document(BytesIO(data))
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    footers = [p.text for p in document.sections[0].footer.paragraphs]
    return " ".join(" ".join([*(p.text for p in document.paragraphs), *cells, *footers]).split())


def _forms(folder: Path, **changes: object) -> list[str]:
    bulletin = a_bulletin(**changes)  # type: ignore[arg-type]
    return [_pdf_text(pdf(bulletin, ZONE), folder), _docx_text(docx(bulletin, ZONE)),
            " ".join(plain_text(bulletin, ZONE).decode("utf-8-sig").split())]


def test_every_form_says_training_not_accepted_number_and_until_when(tmp_path: Path) -> None:
    for text in _forms(tmp_path, replaces=1, number=2):
        assert "TẬP HUẤN, KHÔNG PHÁT" in text
        assert "CHƯA DUYỆT PHÁT" in text
        assert "2 (thay bản số 1)" in text
        assert "Không dùng sau 06:30 ngày 25/11/2026" in text
        assert "Biên tập mẫu" in text
        assert "2 phút 09 giây" in text


def test_an_accepted_real_bulletin_names_who_accepted_it(tmp_path: Path) -> None:
    accepted = Acceptance("Phó Chủ tịch", "page", HALF_PAST_FIVE - timedelta(hours=8), "Số 5")
    for text in _forms(tmp_path, accepted=accepted, training=False):
        assert "Phó Chủ tịch, 21:30 ngày 24/11/2026 (Số 5)" in text
        assert "CHƯA DUYỆT" not in text
        assert "TẬP HUẤN" not in text


def test_what_is_recalled_is_named_with_its_reason_and_never_read(tmp_path: Path) -> None:
    sections = (a_section(), a_section("SAI", item="td-02", standing="recalled",
                                       reason="sai số máy, thu hồi 20:10"))
    for text in _forms(tmp_path, sections=sections, notice="Tin td-02 đã thu hồi."):
        assert "Tin td-02 đã thu hồi." in text
        assert "SAI" not in text


def test_the_pdf_gives_all_diacritics_back(tmp_path: Path) -> None:
    found = _pdf_text(pdf(a_bulletin(body=LETTERS), ZONE), tmp_path)
    assert _joined(LETTERS) in _joined(found)


def test_the_docx_opens_in_a_word_processor(tmp_path: Path) -> None:
    """LibreOffice makes a PDF of it, with the same words."""
    (tmp_path / "x.docx").write_bytes(docx(a_bulletin(body=LETTERS), ZONE))
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
         "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "x.docx"],
        check=True, capture_output=True, timeout=600)
    done = subprocess.run(["pdftotext", tmp_path / "x.pdf", "-"], capture_output=True, check=True)
    assert _joined(LETTERS) in _joined(done.stdout.decode())


def test_the_approved_words_stand_beside_what_is_read(tmp_path: Path) -> None:
    read = line("Gọi 113.", person="Gọi 113 (một một ba).")
    sections = (a_section(lines=(read,)),)
    found = _pdf_text(pdf(a_bulletin(sections=sections), ZONE), tmp_path)
    assert "Gọi 113 (một một ba)." in found
    assert "Nguyên văn đã duyệt: Gọi 113." in found


@pytest.mark.parametrize("words", [20_000])
def test_a_very_long_text_is_printed_whole(tmp_path: Path, words: int) -> None:
    body = "Công an không làm việc. " * (words // 5) + "CUỐI"
    assert _pdf_text(pdf(a_bulletin(body=body), ZONE), tmp_path).count("Công an") == words // 5
    assert "CUỐI" in _docx_text(docx(a_bulletin(body=body), ZONE))


def test_file_names_sort_as_they_air() -> None:
    days = [a_bulletin(airs_at=HALF_PAST_FIVE + timedelta(hours=h),
                       date=(HALF_PAST_FIVE + timedelta(hours=h + 7)).date())
            for h in (0, 12, 24, 36)]
    names = [file_name(b, ZONE) for b in days]
    assert names == sorted(names)
    assert names[0] == "2026-11-25_0530_T4"
    assert all(name.isascii() for name in names)
