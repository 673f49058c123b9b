"""The sheet as DOCX: A4, Times New Roman 14, margins of Decree 30/2020/NĐ-CP, Appendix I."""

from io import BytesIO
from zoneinfo import ZoneInfo

from docx import Document
from docx.document import Document as Doc
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from worker.radio.bulletin import Bulletin
from worker.radio.paper.sheet import Group, Sheet, sheet_of

RED = RGBColor(0xB0, 0x00, 0x20)
FONT = "Times New Roman"


def docx(bulletin: Bulletin, zone: ZoneInfo) -> bytes:
    """One bulletin, to be edited by nobody and read aloud."""
    sheet = sheet_of(bulletin, zone)
    document = Document()
    _page(document, sheet)
    _head(document, sheet)
    for group in sheet.groups:
        _group(document, group)
    for line in sheet.left_out:
        _say(document, f"Không phát: {line}", italic=True)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _page(document: Doc, sheet: Sheet) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(18)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(14)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(kind), FONT)
    document.core_properties.title = f"{sheet.title} {sheet.day}"
    document.core_properties.author = sheet.station
    document.core_properties.language = "vi-VN"
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(footer, " - ".join((*sheet.marks[:1], sheet.footer)), size=11, italic=True)


def _head(document: Doc, sheet: Sheet) -> None:
    _say(document, sheet.committee.upper(), centre=True, size=13)
    _say(document, sheet.station, centre=True, bold=True, size=13)
    for mark in sheet.marks:
        _say(document, mark, centre=True, bold=True, size=20, red=True)
    _say(document, sheet.title, centre=True, bold=True, size=18)
    _say(document, sheet.day, centre=True, italic=True)
    if sheet.notice:
        _say(document, sheet.notice, bold=True, red=True)
    table = document.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    for name, value in sheet.facts:
        cells = table.add_row().cells
        _run(cells[0].paragraphs[0], name, size=12)
        _run(cells[1].paragraphs[0], value, size=12, bold=True)
    document.add_paragraph()


def _group(document: Doc, group: Group) -> None:
    if group.heading:
        _say(document, group.heading, bold=True)
    for row in group.rows:
        _say(document, row.part.upper(), size=10, italic=True)
        _say(document, row.say, size=16)
        if row.approved:
            _say(document, f"Nguyên văn đã duyệt: {row.approved}", size=11, italic=True)


def _say(
    document: Doc, text: str, *, centre: bool = False, bold: bool = False, italic: bool = False,
    size: int = 14, red: bool = False,
) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(4)
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, text, bold=bold, italic=italic, size=size, red=red)


def _run(
    paragraph: Paragraph, text: str, *, bold: bool = False, italic: bool = False,
    size: int = 14, red: bool = False,
) -> None:
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    if red:
        run.font.color.rgb = RED
