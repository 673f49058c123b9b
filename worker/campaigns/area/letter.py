"""
The order as an official letter (công văn), DOCX, in the layout of Decree 30/2020/NĐ-CP, Appendix I:
A4, margins 20/20/30/15 mm, Times New Roman, page number above the text from page 2 on. Its own
number and day are the clerk's to write: they are given when it is signed.
"""

from io import BytesIO

from docx import Document
from docx.document import Document as Doc
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from worker.models import AreaOrder
from worker.renderer import MARK

from .papers import ENCODINGS, PRIORITIES, Form, file_name, forms, moment, places, same_zip, zone_of

FONT = "Times New Roman"
RED = RGBColor(0xB0, 0x00, 0x20)
_LEFT, _RIGHT = Mm(67), Mm(98)  #: of the text's 165 mm
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
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.header_distance = Mm(10)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(_BODY)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(kind), FONT)
    section.different_first_page_header_footer = True
    _page_number(section.header.paragraphs[0])
    if order.letter["training"]:
        for footer in (section.footer, section.first_page_footer):
            _write(footer.paragraphs[0], MARK, 13, bold=True, align=ALIGN.CENTER, red=True)
    core = document.core_properties
    core.title, core.author = f"Đơn {order.code}", order.letter["issuer"]
    core.language, core.comments = "vi-VN", ""
    core.created = core.modified = (order.approved_at or order.made_at).replace(tzinfo=None)


def _page_number(paragraph: Paragraph) -> None:
    paragraph.alignment = ALIGN.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)  # noqa: SLF001  (the library has no fields)


def _head(document: Doc, order: AreaOrder) -> None:
    letter, (left, right) = order.letter, _two(document)
    if letter["parent"]:
        _write(left.paragraphs[0], letter["parent"].upper(), 12, align=ALIGN.CENTER)
        _in(left, letter["issuer"].upper(), 12, bold=True)
    else:
        _write(left.paragraphs[0], letter["issuer"].upper(), 12, bold=True, align=ALIGN.CENTER)
    _rule(left, Mm(24))
    _in(left, "Số:          /", 13)
    _in(left, "V/v đề nghị nhắn tin tới thuê bao trên địa bàn", 12)
    year = (order.approved_at or order.made_at).astimezone(zone_of(order)).year
    _write(right.paragraphs[0], "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, bold=True,
           align=ALIGN.CENTER)
    _in(right, "Độc lập - Tự do - Hạnh phúc", 13, bold=True)
    _rule(right, Mm(58))
    _in(right, f"{letter['place']}, ngày       tháng       năm {year}", 13, italic=True)


def _address(document: Doc, order: AreaOrder) -> None:
    issuer, day = order.letter["issuer"], order.document_date
    if order.letter["training"]:
        _write(document.add_paragraph(), MARK, 16, bold=True, align=ALIGN.CENTER, red=True)
    _write(document.add_paragraph(), f"Kính gửi: {order.carrier}", _BODY, align=ALIGN.CENTER,
           before=12)
    _say(document, "Căn cứ Nghị định số 49/2024/NĐ-CP ngày 10 tháng 5 năm 2024 của Chính phủ về "
                   "hoạt động thông tin cơ sở;")
    _say(document, f"Thực hiện văn bản số {order.document} {_day(day.day, day.month, day.year)} "
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
    _write(table.cell(0, 0).paragraphs[0], first, _BODY)
    for line in more:
        _write(table.cell(0, 0).add_paragraph(), line, _BODY)


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
        _write(cells[0].paragraphs[0], name, 12)
        _write(cells[1].paragraphs[0], value, 9 if name.startswith("SHA") else 12)
    _widths(table, Mm(45), Mm(120))


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
    letter, (left, right) = order.letter, _two(document)
    _write(left.paragraphs[0], "Nơi nhận:", 12, bold=True, italic=True)
    copies = ["Như trên"]
    if order.organisation.casefold() != letter["issuer"].casefold():
        copies.append(f"{order.organisation} (để báo cáo)")
    for copy in copies:
        _write(left.add_paragraph(), f"- {copy};", 11)
    _write(left.add_paragraph(), "- Lưu: VT.", 11)
    lines = letter["signature"]
    if not lines:
        _write(right.paragraphs[0], "(Chức vụ, chữ ký, họ tên)", 13, italic=True,
               align=ALIGN.CENTER)
        return
    office, name = (lines[:-1], lines[-1]) if len(lines) > 1 else (lines, "")
    for number, line in enumerate(office):
        paragraph = right.add_paragraph() if number else right.paragraphs[0]
        _write(paragraph, line.upper(), 14, bold=True, align=ALIGN.CENTER)
    for _ in range(4):
        _in(right, "", 14)
    _in(right, name, 14, bold=True)


def _two(document: Doc) -> tuple[_Cell, _Cell]:
    """Two cells side by side without lines."""
    table = document.add_table(rows=1, cols=2)
    _widths(table, _LEFT, _RIGHT)
    whole = OxmlElement("w:cantSplit")
    table.rows[0]._tr.get_or_add_trPr().append(whole)  # noqa: SLF001  (the library has no word)
    return table.cell(0, 0), table.cell(0, 1)


def _widths(table: Table, *widths: Length) -> None:
    table.autofit = False
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width


def _rule(cell: _Cell, length: Length) -> None:
    """A line under the paragraph above, in the middle of its cell."""
    paragraph = cell.add_paragraph()
    form = paragraph.paragraph_format
    form.space_after, form.line_spacing = Pt(4), Pt(3)
    side = (int(cell.width or 0) - int(Mm(3.8)) - int(length)) // 2
    form.left_indent = form.right_indent = Length(side)
    borders, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "auto")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    paragraph._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc")


def _in(cell: _Cell, text: str, size: int, *, bold: bool = False, italic: bool = False) -> None:
    _write(cell.add_paragraph(), text, size, bold=bold, italic=italic, align=ALIGN.CENTER)


def _say(document: Doc, text: str, *, bold: bool = False) -> Paragraph:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.first_line_indent = Mm(10)
    _write(paragraph, text, _BODY, bold=bold, align=ALIGN.LEFT if bold else ALIGN.JUSTIFY, before=6,
           after=6 if bold else 0)
    paragraph.paragraph_format.keep_with_next = bold
    return paragraph


def _write(
    paragraph: Paragraph, text: str, size: int, *, bold: bool = False, italic: bool = False,
    align: ALIGN = ALIGN.LEFT, before: int = 0, after: int = 0, red: bool = False,
) -> None:
    paragraph.alignment = align
    paragraph.paragraph_format.space_before = Pt(before)
    paragraph.paragraph_format.space_after = Pt(after)
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    if red:
        run.font.color.rgb = RED


def _day(day: int, month: int, year: int) -> str:
    """A zero before days below 10 and the first two months (Decree 30/2020, Appendix I)."""
    return f"ngày {day:02d} tháng {month:02d} năm {year}" if month < 3 else (
        f"ngày {day:02d} tháng {month} năm {year}")
