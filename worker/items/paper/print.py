"""The sheet as PDF, its fonts inside: it prints the same on a machine that has none of ours."""

from fpdf.enums import XPos, YPos

from worker.items.paper.sheet import ASKED, MOTTO, NATION, TITLE, Part, Sheet
from worker.official_pdf import FAMILY, OfficialPdf

RED = (176, 0, 32)
_LEFT, _RIGHT = 67, 98  #: of the text's 165 mm


class _Page(OfficialPdf):
    """A4 with the margins of Decree 30/2020; on each page which sheet it belongs to."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(f"{TITLE} {sheet.foot}", sheet.issuer, 15)
        self._sheet = sheet
        self.set_creation_date(sheet.at)

    def header(self) -> None:
        if self.page_no() > 1:
            self.set_y(10)
            self.set_font(FAMILY, "", 13)
            self.cell(0, 6, str(self.page_no()), align="C")
            self.set_y(20)

    def footer(self) -> None:
        self.set_y(-18)
        self.set_font(FAMILY, "", 10)
        text = f"{self._sheet.mark}. {self._sheet.foot}" if self._sheet.training \
            else self._sheet.foot
        self.multi_cell(0, 4.5, text, align="C")

    def say(
        self, text: str, size: float = 13, *, bold: bool = False, align: str = "L",
        width: float = 0, red: bool = False,
    ) -> None:
        """A paragraph, and on to the next line."""
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*(RED if red else (0, 0, 0)))
        self.multi_cell(width, size * 0.45, text, align=align, new_x=XPos.LEFT, new_y=YPos.NEXT)
        self.set_text_color(0)

    def rows(self, rows: tuple[tuple[str, str], ...]) -> None:
        """Two columns with lines."""
        self.set_font(FAMILY, "", 12.5)
        with self.table(col_widths=(40, 125), first_row_as_headings=False, line_height=5.8,
                        text_align="LEFT", align="LEFT", padding=1) as table:
            for name, value in rows:
                row = table.row()
                row.cell(name)
                row.cell(value)
        self.ln(2)


def pdf(sheet: Sheet) -> bytes:
    """One sheet."""
    page = _Page(sheet)
    page.add_page()
    _head(page, sheet)
    page.rows(sheet.facts)
    for number, part in enumerate(sheet.parts, start=1):
        _part(page, number, part)
    if sheet.pictures:
        page.say(f"{len(sheet.parts) + 1}. Ảnh kèm theo", bold=True)
        page.rows(tuple((path, f"{alt}\nSHA-256: {sha256 or 'chưa có tệp'}")
                        for path, alt, sha256 in sheet.pictures))
    _signed(page, sheet)
    return bytes(page.output())


def _columns(page: _Page, columns: tuple[tuple[float, list[tuple[str, float, bool]]], ...]) -> None:
    """Lines side by side, each column centred; "---" is a rule below the line before."""
    top, left, lowest = page.get_y(), page.l_margin, 0.0
    for width, lines in columns:
        page.set_xy(left, top)
        for text, size, bold in lines:
            if text == "---":
                length = 24 if width == _LEFT else 58
                middle, y = left + width / 2, page.get_y() + 0.8
                page.line(middle - length / 2, y, middle + length / 2, y)
                page.set_xy(left, y + 1.5)
            else:
                page.set_x(left)
                page.say(text or " ", size, bold=bold, align="C", width=width)
        lowest = max(lowest, page.get_y())
        left += width
    page.set_xy(page.l_margin, lowest)


def _head(page: _Page, sheet: Sheet) -> None:
    parent = [(sheet.parent.upper(), 12.0, False)] if sheet.parent else []
    _columns(page, (
        (_LEFT, [*parent, (sheet.issuer.upper(), 12, True), ("---", 0, False),
                 ("Số:            /PTD", 13, False)]),
        (_RIGHT, [(NATION, 12, True), (MOTTO, 13, True), ("---", 0, False),
                  (f"{sheet.place}, ngày      tháng      năm {sheet.year}", 13, False)]),
    ))
    page.ln(4)
    if sheet.training:
        page.say(sheet.mark, 16, bold=True, align="C", red=True)
    page.say(TITLE, 14, bold=True, align="C")
    page.say(sheet.about, 14, bold=True, align="C")
    page.ln(3)


def _part(page: _Page, number: int, part: Part) -> None:
    figure = f" ({part.figure})" if part.figure else ""
    if page.will_page_break(30):  # no heading alone at the foot of a page
        page.add_page()
    page.say(f"{number}. {part.name}{figure}", bold=True)
    page.ln(1)
    if part.blocked:
        page.say(f"Không phát ở kênh này: {part.blocked}", 12)
        page.ln(1)
    if part.texts:
        page.rows(part.texts)
    page.say(f"Mã đối chiếu: {part.code}. SHA-256: {part.sha256}", 9)
    page.ln(3)


def _signed(page: _Page, sheet: Sheet) -> None:
    if page.will_page_break(95):  # opinion and signature stay together
        page.add_page()
    page.say("Ý kiến của người duyệt (đánh dấu một ô):", bold=True)
    page.ln(1)
    for line in ASKED:
        x, y = page.l_margin + 1, page.get_y() + 1
        page.rect(x, y, 4, 4)
        page.set_x(page.l_margin + 8)
        page.say(line.removeprefix("☐ "))
        page.set_x(page.l_margin)
        page.ln(1.5)
    page.say("Lý do, ý kiến khác: " + "." * 108)
    page.say("." * 142)
    page.ln(2)
    page.say(f"Người ký duyệt đúng các lời in trên phiếu này, mã đối chiếu chung {sheet.code} "
             f"(SHA-256: {sheet.sha256}).", 10)
    page.ln(3)
    day, sign = "Ngày      tháng      năm", "(Chức vụ, chữ ký, họ tên)"
    _columns(page, tuple(
        (width, [(day, 12, False), (who, 13, True), (sign, 12, False)])
        for width, who in ((_LEFT, "NGƯỜI TRÌNH"), (_RIGHT, "NGƯỜI DUYỆT"))))
