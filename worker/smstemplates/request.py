"""The registration request as an Excel file: a row for each template and carrier."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from openpyxl import Workbook

from vietnamese.plain import plain
from worker.items.files.columns import Column
from worker.items.files.sheet import put, save, write_heads
from worker.programme.model import Programme, SmsTemplate
from worker.programme.values import field_values

from .pattern import Slot, pieces

#: what carriers ask for, and our own id to find the row again
HEADS = (
    Column("sender", "Tên định danh", "line", width=16),
    Column("carrier", "Nhà mạng", "line", width=14),
    Column("kind", "Loại tin", "line", width=22),
    Column("text", "Nội dung mẫu", "text", width=60),
    Column("slots", "Các chỗ thay đổi", "text", width=34),
    Column("example", "Ví dụ", "text", width=60),
    Column("organisation", "Tổ chức", "line", width=30),
    Column("document", "Số giấy tờ", "line", width=20),
    Column("template", "Mã mẫu của ta", "line", width=22),
)
CARE = "Chăm sóc khách hàng"  #: the class of messages whose texts are registered


def write_request(
    path: Path, programme: Programme, templates: Sequence[SmsTemplate], day: date
) -> int:
    """Write the file; how many rows it has. `day`: whose names the examples have."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Đăng ký mẫu SMS"
    write_heads(sheet, HEADS)
    body = programme.organisation_on(programme.organisation, day)
    organisation = (body.committee or body.name) if body else ""
    row = 1
    for one in templates:
        for carrier in one.carriers:
            row += 1
            values = (one.sender, carrier, CARE, one.text, slots(one.text),
                      example(programme, one, day), organisation, one.document, one.id)
            for column, value in enumerate(values, start=1):
                if value:
                    put(sheet, row, column, value)
    save(book, path)
    return row - 1


def slots(text: str) -> str:
    """A line for each slot: how it is written in the text, and what may stand there."""
    found = dict.fromkeys(piece for piece in pieces(text) if isinstance(piece, Slot))
    return "\n".join(
        f"{{{s.name}:{s.longest}}}: {'chữ số' if s.digits else 'ký tự'}, tối đa {s.longest}"
        for s in found)


def example(programme: Programme, template: SmsTemplate, day: date) -> str:
    """A text that fits the template: names of the publishing body, else digits or x's."""
    names = field_values(programme, None, None, day)
    bare = template.text.isascii()

    def filled(slot: Slot) -> str:
        if slot.digits:
            return ("1234567890" * (slot.longest // 10 + 1))[:slot.longest]
        name = names.get(slot.name, "")
        name = plain(name) if bare else name
        return name if 0 < len(name) <= slot.longest else "x" * slot.longest

    return "".join(p if isinstance(p, str) else filled(p) for p in pieces(template.text))
