"""
The order for a carrier's machine: XLSX with the sheets Đơn (key, what it is, value), Phần (the
text cut as the network cuts it), Vùng, and Kết quả, which the carrier fills in and sends back.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from worker.items.files.sheet import put
from worker.models import AreaOrder
from worker.output import local_iso
from worker.renderer import MARK

from .figures import HEADS
from .papers import ENCODINGS, PRIORITIES, forms, same_zip, zone_of

#: of the sheets and keys; another number when one of them changes its meaning
FORMAT = "giovang-area/1"

_Row = Sequence[str | int]


def xlsx(order: AreaOrder) -> bytes:
    """The workbook; the same order gives the same bytes."""
    book = Workbook()
    first = book.worksheets[0]
    first.title = "Đơn"
    _fill(first, ("key", "Mục", "Giá trị"), [(22, 28, 90), *_facts(order)])
    _fill(book.create_sheet("Phần"), ("Bản", "Phần", "Trên", "Lời"), [
        (22, 8, 8, 90), *((f.name, n, len(f.parts), part) for f in forms(order)
                          for n, part in enumerate(f.parts, start=1))])
    _fill(book.create_sheet("Vùng"), ("Mã vùng", "Vùng"), [
        (18, 50), *((code, name) for code, name in order.areas)])
    _fill(book.create_sheet("Kết quả"), tuple(HEADS), [
        (16, 14, 40, 12, 12, 12, 22), *((order.code, *area) for area in order.areas)])
    book.properties.creator = order.letter["issuer"]
    written = (order.approved_at or order.made_at).replace(tzinfo=None)
    book.properties.created = book.properties.modified = written
    out = io.BytesIO()
    # Workbook.save would say when: the writer it uses does not
    ExcelWriter(book, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)).save()
    return same_zip(out.getvalue())


def _facts(order: AreaOrder) -> Iterator[_Row]:
    if order.letter["training"]:
        yield "training", "Chế độ", MARK
    yield "format", "Dạng tệp", FORMAT
    yield "order", "Mã đơn", order.code
    yield "number", "Đơn số", order.id
    yield "carrier", "Nhà mạng", order.carrier
    yield "sender", "Tên định danh", order.sender
    yield "opens_at", "Gửi từ", local_iso(order.opens_at, zone_of(order)) or ""
    yield "closes_at", "Gửi đến trước", local_iso(order.closes_at, zone_of(order)) or ""
    yield "priority", "Mức ưu tiên", order.priority
    yield "priority_name", "Mức ưu tiên (chữ)", PRIORITIES[order.priority]
    yield "purpose", "Mục đích", "cong_ich"
    yield "areas", "Vùng", "; ".join(code or name for code, name in order.areas)
    for form in forms(order):
        yield form.key, form.name, form.text
        yield f"{form.key}_encoding", "Mã hóa", ENCODINGS[form.size.encoding]
        yield f"{form.key}_units", "Số đơn vị mã (septet, UTF-16)", form.size.units
        yield f"{form.key}_parts", "Số tin tính cước", form.size.parts
        yield f"{form.key}_sha256", "SHA-256 của lời (UTF-8)", form.sha256
    yield "organisation", "Cơ quan giao", order.organisation
    yield "document", "Văn bản", order.document
    yield "document_date", "Ngày văn bản", order.document_date.isoformat()
    yield "item", "Tin, bản", f"{order.item_id}, {order.item_version}"


def _fill(sheet: Worksheet, heads: Sequence[str], rows: Sequence[_Row]) -> None:
    """The heads, then rows; the first row given says how wide the columns are."""
    for column, (head, width) in enumerate(zip(heads, rows[0], strict=True), start=1):
        put(sheet, 1, column, head).font = Font(bold=True)
        sheet.column_dimensions[chr(ord("A") + column - 1)].width = float(width)
    for number, row in enumerate(rows[1:], start=2):
        for column, value in enumerate(row, start=1):
            if isinstance(value, int):
                sheet.cell(number, column, value)
            elif value:
                put(sheet, number, column, value)
    sheet.freeze_panes = "A2"
