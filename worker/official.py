"""
How an official document looks (Decree 30/2020/NĐ-CP, Appendix I), DOCX: A4, margins 20/20/30/15
mm, Times New Roman, page number above the text from page 2 on. The library is some 20 MB: whoever
writes paper imports this when the first is asked for.
"""

from datetime import date

from docx.document import Document as Doc
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

FONT = "Times New Roman"
RED = RGBColor(0xB0, 0x00, 0x20)
_LEFT, _RIGHT = Mm(67), Mm(98)  #: of the text's 165 mm


def page(document: Doc, size: int, mark: str, foot: str = "") -> None:
    """Paper, margins, font of the text in points; `mark` in red and `foot` at each page's end."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.header_distance = Mm(10)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(size)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(kind), FONT)
    section.different_first_page_header_footer = True
    _page_number(section.header.paragraphs[0])
    for footer in (section.footer, section.first_page_footer):
        if mark:
            write(footer.paragraphs[0], mark, 13, bold=True, align=ALIGN.CENTER, red=True)
        if foot:
            write(footer.add_paragraph() if mark else footer.paragraphs[0], foot, 10,
                  align=ALIGN.CENTER)


def _page_number(paragraph: Paragraph) -> None:
    paragraph.alignment = ALIGN.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)  # noqa: SLF001  (the library has no fields)


def two(document: Doc) -> tuple[_Cell, _Cell]:
    """Two cells side by side without lines."""
    table = document.add_table(rows=1, cols=2)
    widths(table, _LEFT, _RIGHT)
    whole = OxmlElement("w:cantSplit")
    table.rows[0]._tr.get_or_add_trPr().append(whole)  # noqa: SLF001  (the library has no word)
    return table.cell(0, 0), table.cell(0, 1)


def widths(table: Table, *widths: Length) -> None:
    table.autofit = False
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width


def rule(cell: _Cell, length: Length) -> None:
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


def centred(cell: _Cell, text: str, size: int, *, bold: bool = False, italic: bool = False) -> None:
    """One more line in the middle of the cell."""
    write(cell.add_paragraph(), text, size, bold=bold, italic=italic, align=ALIGN.CENTER)


def say(document: Doc, text: str, size: int, *, bold: bool = False) -> Paragraph:
    """A paragraph of the text; a bold one stays with what follows."""
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.first_line_indent = Mm(10)
    write(paragraph, text, size, bold=bold, align=ALIGN.LEFT if bold else ALIGN.JUSTIFY, before=6,
          after=6 if bold else 0)
    paragraph.paragraph_format.keep_with_next = bold
    return paragraph


def write(
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


def day_words(day: date) -> str:
    """A zero before days below 10 and the first two months (Decree 30/2020, Appendix I)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"
