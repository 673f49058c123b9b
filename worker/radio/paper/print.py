"""The sheet as PDF, its fonts inside: it prints the same on a machine that has none of ours."""

from zoneinfo import ZoneInfo

from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from worker.official_pdf import FAMILY, OfficialPdf
from worker.radio.bulletin import Bulletin
from worker.radio.paper.sheet import Group, Sheet, sheet_of

RED, GREY = (176, 0, 32), (70, 70, 70)


class _Page(OfficialPdf):
    """A4 with the margins of Decree 30/2020; what it is and until when on every page."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(f"{sheet.title} {sheet.day}", sheet.station, 18)
        self._sheet = sheet

    def footer(self) -> None:
        self.set_y(-18)
        self.set_font(FAMILY, "", 10)
        self.set_text_color(0)
        text = " - ".join((*self._sheet.marks[:1], self._sheet.footer))
        self.multi_cell(0, 4.5, f"{text} Trang {self.page_no()}/{{nb}}", align="C")


def pdf(bulletin: Bulletin, zone: ZoneInfo) -> bytes:
    """One bulletin."""
    sheet = sheet_of(bulletin, zone)
    page = _Page(sheet)
    page.add_page()
    _head(page, sheet)
    for group in sheet.groups:
        _group(page, group)
    for line in sheet.left_out:
        _say(page, f"Không phát: {line}", size=12)
    return bytes(page.output())


def _head(page: OfficialPdf, sheet: Sheet) -> None:
    _say(page, sheet.committee.upper(), size=13, align="C")
    _say(page, sheet.station, size=13, bold=True, align="C")
    for mark in sheet.marks:
        _say(page, mark, size=20, bold=True, align="C", red=True)
    _say(page, sheet.title, size=18, bold=True, align="C")
    _say(page, sheet.day, align="C")
    if sheet.notice:
        _say(page, sheet.notice, bold=True, red=True)
    page.ln(2)
    page.set_font(FAMILY, "", 12)
    with page.table(col_widths=(40, 122), first_row_as_headings=False, line_height=6,
                    align="LEFT") as table:
        for name, value in sheet.facts:
            row = table.row()
            row.cell(name)
            row.cell(value, style=FontFace(emphasis="BOLD"))
    page.ln(4)


def _group(page: OfficialPdf, group: Group) -> None:
    if group.heading:
        _say(page, group.heading, bold=True)
    for row in group.rows:
        _say(page, row.part.upper(), size=10, grey=True)
        _say(page, row.say, size=16)
        if row.approved:
            _say(page, f"Nguyên văn đã duyệt: {row.approved}", size=11, grey=True)
    page.ln(3)


def _say(
    page: OfficialPdf, text: str, *, size: int = 14, bold: bool = False, align: str = "L",
    red: bool = False, grey: bool = False,
) -> None:
    page.set_font(FAMILY, "B" if bold else "", size)
    page.set_text_color(*(RED if red else GREY if grey else (0, 0, 0)))
    page.multi_cell(0, size * 0.45, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_text_color(0)
    page.ln(1)
