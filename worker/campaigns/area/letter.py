"""
The order as an official letter (công văn), DOCX, in the layout of Decree 30/2020/NĐ-CP, Appendix I:
A4, margins 20/20/30/15 mm, Times New Roman, page number above the text from page 2 on. Its own
number and day are the clerk's to write: they are given when it is signed.
"""

from io import BytesIO

from docx import Document
from docx.document import Document as Doc
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from worker.models import AreaOrder
from worker.official import centred, day_words, page, rule, say, two, widths, write
from worker.renderer import MARK

from .papers import ENCODINGS, PRIORITIES, Form, file_name, forms, moment, places, same_zip, zone_of

_BODY = 13  #: points; 13 to 14 are allowed, and so it stays on one page


def docx(order: AreaOrder) -> bytes:
    """The letter; the same order gives the same bytes."""
    document = Document()
    _page(document, order)
    _head(document, order)
    _address(document, order)
    for number, form in enumerate(forms(order), start=1):
        _form(document, number, form)
    _facts(document, order)
    _ask(document, order)
    _signed(document, order)
    out = BytesIO()
    document.save(out)
    return same_zip(out.getvalue())


def _page(document: Doc, order: AreaOrder) -> None:
    page(document, _BODY, MARK if order.letter["training"] else "")
    core = document.core_properties
    core.title, core.author = f"Đơn {order.code}", order.letter["issuer"]
    core.language, core.comments = "vi-VN", ""
    core.created = core.modified = (order.approved_at or order.made_at).replace(tzinfo=None)


def _head(document: Doc, order: AreaOrder) -> None:
    letter, (left, right) = order.letter, two(document)
    if letter["parent"]:
        write(left.paragraphs[0], letter["parent"].upper(), 12, align=ALIGN.CENTER)
        centred(left, letter["issuer"].upper(), 12, bold=True)
    else:
        write(left.paragraphs[0], letter["issuer"].upper(), 12, bold=True, align=ALIGN.CENTER)
    rule(left, Mm(24))
    centred(left, "Số:          /", 13)
    centred(left, "V/v đề nghị nhắn tin tới thuê bao trên địa bàn", 12)
    year = (order.approved_at or order.made_at).astimezone(zone_of(order)).year
    write(right.paragraphs[0], "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, bold=True,
          align=ALIGN.CENTER)
    centred(right, "Độc lập - Tự do - Hạnh phúc", 13, bold=True)
    rule(right, Mm(58))
    centred(right, f"{letter['place']}, ngày       tháng       năm {year}", 13, italic=True)


def _address(document: Doc, order: AreaOrder) -> None:
    issuer, day = order.letter["issuer"], order.document_date
    if order.letter["training"]:
        write(document.add_paragraph(), MARK, 16, bold=True, align=ALIGN.CENTER, red=True)
    write(document.add_paragraph(), f"Kính gửi: {order.carrier}", _BODY, align=ALIGN.CENTER,
          before=12)
    _say(document, "Căn cứ Nghị định số 49/2024/NĐ-CP ngày 10 tháng 5 năm 2024 của Chính phủ về "
                   "hoạt động thông tin cơ sở;")
    _say(document, f"Thực hiện văn bản số {order.document} {day_words(day)} "
                   f"của {order.organisation}, {issuer} đề nghị {order.carrier} nhắn tin công ích "
                   "tới các thuê bao di động trên địa bàn với nội dung và yêu cầu sau:")


def _form(document: Doc, number: int, form: Form) -> None:
    count = form.size
    units = "ký tự" if count.encoding == "ucs2" else "ký tự GSM"
    _say(document, f"{number}. {form.name}: {count.parts} tin tính cước, {count.units} {units}, "
                   f"mã hóa {ENCODINGS[count.encoding]}.", bold=True)
    table = document.add_table(rows=1, cols=1)
    table.style = "Table Grid"
    first, *more = form.text.split("\n")
    write(table.cell(0, 0).paragraphs[0], first, _BODY)
    for line in more:
        write(table.cell(0, 0).add_paragraph(), line, _BODY)


def _facts(document: Doc, order: AreaOrder) -> None:
    _say(document, f"{len(forms(order)) + 1}. Yêu cầu gửi:", bold=True)
    table = document.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    hours = f"Từ {moment(order, order.opens_at)} đến trước {moment(order, order.closes_at)}"
    rows = [
        ("Mã đơn", order.code), ("Tên định danh", order.sender),
        ("Địa bàn", "; ".join(places(order))), ("Thời gian gửi", hours),
        ("Mức ưu tiên", PRIORITIES[order.priority]), ("Mục đích", "Công ích"),
        *((f"SHA-256, bản {n}", form.sha256)
          for n, form in enumerate(forms(order), start=1)),
    ]
    for name, value in rows:
        cells = table.add_row().cells
        write(cells[0].paragraphs[0], name, 12)
        write(cells[1].paragraphs[0], value, 9 if name.startswith("SHA") else 12)
    widths(table, Mm(45), Mm(120))


def _ask(document: Doc, order: AreaOrder) -> None:
    which = "một trong hai bản trên" if len(forms(order)) == 2 else "bản trên"
    said = _say(document, f"Đề nghị {order.carrier} gửi đúng nguyên văn {which}, không sửa, không "
                "thêm, mỗi thuê bao một lần, chỉ trong thời gian đã nêu; hỏi lại trước khi gửi "
                "nếu lời tin không khớp mã SHA-256. Kết quả xin ghi vào trang «Kết quả» của tệp "
                f"{file_name(order)}.xlsx gửi kèm và gửi lại {order.letter['issuer']}./.")
    # no signature alone on a page
    said.paragraph_format.keep_with_next = said.paragraph_format.keep_together = True
    said.paragraph_format.space_after = Pt(10)


def _signed(document: Doc, order: AreaOrder) -> None:
    letter, (left, right) = order.letter, two(document)
    write(left.paragraphs[0], "Nơi nhận:", 12, bold=True, italic=True)
    copies = ["Như trên"]
    if order.organisation.casefold() != letter["issuer"].casefold():
        copies.append(f"{order.organisation} (để báo cáo)")
    for copy in copies:
        write(left.add_paragraph(), f"- {copy};", 11)
    write(left.add_paragraph(), "- Lưu: VT.", 11)
    lines = letter["signature"]
    if not lines:
        write(right.paragraphs[0], "(Chức vụ, chữ ký, họ tên)", 13, italic=True,
              align=ALIGN.CENTER)
        return
    office, name = (lines[:-1], lines[-1]) if len(lines) > 1 else (lines, "")
    for number, line in enumerate(office):
        paragraph = right.add_paragraph() if number else right.paragraphs[0]
        write(paragraph, line.upper(), 14, bold=True, align=ALIGN.CENTER)
    for _ in range(4):
        centred(right, "", 14)
    centred(right, name, 14, bold=True)


def _say(document: Doc, text: str, *, bold: bool = False) -> Paragraph:
    return say(document, text, _BODY, bold=bold)
