"""The sheet as DOCX, in the layout of Decree 30/2020/NĐ-CP; the same item gives the same bytes."""

from io import BytesIO

from docx import Document
from docx.document import Document as Doc
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Mm

from worker.campaigns.area.papers import same_zip
from worker.items.paper.sheet import ASKED, MOTTO, NATION, TITLE, Part, Sheet
from worker.official import centred, page, rule, say, two, widths, write

_BODY = 13


def docx(sheet: Sheet) -> bytes:
    """One sheet."""
    document = Document()
    page(document, _BODY, sheet.mark if sheet.training else "", sheet.foot)
    core = document.core_properties
    core.title, core.author = f"{TITLE} {sheet.foot}", sheet.issuer
    core.language, core.comments = "vi-VN", ""
    core.created = core.modified = sheet.at.replace(tzinfo=None)
    _head(document, sheet)
    _table(document, sheet.facts)
    for number, part in enumerate(sheet.parts, start=1):
        _part(document, number, part)
    if sheet.pictures:
        say(document, f"{len(sheet.parts) + 1}. Ảnh kèm theo", _BODY, bold=True)
        _table(document, tuple((path, f"{alt}\nSHA-256: {sha256 or 'chưa có tệp'}")
                               for path, alt, sha256 in sheet.pictures))
    _signed(document, sheet)
    out = BytesIO()
    document.save(out)
    return same_zip(out.getvalue())


def _head(document: Doc, sheet: Sheet) -> None:
    left, right = two(document)
    first = left.paragraphs[0]
    if sheet.parent:
        write(first, sheet.parent.upper(), 12, align=ALIGN.CENTER)
        centred(left, sheet.issuer.upper(), 12, bold=True)
    else:
        write(first, sheet.issuer.upper(), 12, bold=True, align=ALIGN.CENTER)
    rule(left, Mm(24))
    centred(left, "Số:          /PTD", 13)
    write(right.paragraphs[0], NATION, 12, bold=True, align=ALIGN.CENTER)
    centred(right, MOTTO, 13, bold=True)
    rule(right, Mm(58))
    centred(right, f"{sheet.place}, ngày       tháng       năm {sheet.year}", 13, italic=True)
    if sheet.training:
        write(document.add_paragraph(), sheet.mark, 16, bold=True, align=ALIGN.CENTER, red=True)
    write(document.add_paragraph(), TITLE, 14, bold=True, align=ALIGN.CENTER, before=12)
    write(document.add_paragraph(), sheet.about, 14, bold=True, align=ALIGN.CENTER, after=8)


def _part(document: Doc, number: int, part: Part) -> None:
    figure = f" ({part.figure})" if part.figure else ""
    say(document, f"{number}. {part.name}{figure}", _BODY, bold=True)
    if part.blocked:
        write(document.add_paragraph(), f"Không phát ở kênh này: {part.blocked}", 12, italic=True)
    if part.texts:
        _table(document, part.texts)
    write(document.add_paragraph(), f"Mã đối chiếu: {part.code}. SHA-256: {part.sha256}", 9)


def _table(document: Doc, rows: tuple[tuple[str, str], ...]) -> None:
    table = document.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    for name, value in rows:
        cells = table.add_row().cells
        write(cells[0].paragraphs[0], name, 12)
        first, *more = value.split("\n")
        write(cells[1].paragraphs[0], first, _BODY)
        for line in more:
            write(cells[1].add_paragraph(), line, _BODY)
    widths(table, Mm(40), Mm(125))


def _signed(document: Doc, sheet: Sheet) -> None:
    say(document, "Ý kiến của người duyệt (đánh dấu một ô):", _BODY, bold=True)
    for line in (*ASKED, "Lý do, ý kiến khác: " + "." * 70, "." * 96):
        paragraph = document.add_paragraph()
        write(paragraph, line, _BODY, before=4)
        paragraph.paragraph_format.keep_with_next = True
    write(document.add_paragraph(),
          f"Người ký duyệt đúng các lời in trên phiếu này, mã đối chiếu chung {sheet.code} "
          f"(SHA-256: {sheet.sha256}).", 10, before=6)
    left, right = two(document)
    for cell, who in ((left, "NGƯỜI TRÌNH"), (right, "NGƯỜI DUYỆT")):
        write(cell.paragraphs[0], "Ngày       tháng       năm", 12, italic=True, align=ALIGN.CENTER)
        centred(cell, who, 13, bold=True)
        centred(cell, "(Chức vụ, chữ ký, họ tên)", 12, italic=True)
        for _ in range(4):
            centred(cell, "", 13)
