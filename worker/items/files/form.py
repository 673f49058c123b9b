"""The Excel form `giovang template` writes: heads, drop-downs, an example, instructions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from worker.items.model import ItemContent

from .columns import (
    COLUMNS,
    EVERYONE,
    FORM_SHEET,
    HELP_SHEET,
    LISTS_SHEET,
    PRIORITY_NAMES,
    PURPOSE_NAMES,
)
from .sheet import put, save, write_heads
from .write import put_item

_LAST_ROW = 1000  # of the drop-downs; more rows can be written, without them

_INSTRUCTIONS = (
    "Mỗi tin một dòng trên trang «Tin». Cột có dấu * phải điền.",
    "Dòng đầu là ví dụ: sửa thành tin của mình hoặc xóa đi.",
    "Không đổi tên tiêu đề cột; thứ tự cột thế nào cũng được, cột không dùng có thể xóa.",
    "Xuống dòng trong ô: Alt+Enter. Gõ chữ Unicode (TCVN 6909); chữ TCVN3, VNI được tự đổi.",
    "Chỗ điền tự động: {{ cong_an }}, {{ ubnd }}, {{ duong_day_nong }}, {{ dai }}, {{ ky_ten }}.",
    "Không viết công thức. Nhập tệp: giovang import TEP.xlsx --as TEN.",
    "Tệp có lỗi không được nhận; chương trình trả lại tệp này, ô sai tô đỏ, có ghi cách sửa.",
)


def write_form(
    path: Path,
    *,
    themes: Mapping[str, str],
    audiences: Mapping[str, str],
    areas: Mapping[str, str],
) -> None:
    """
    Write an empty form with one example row, which can itself be imported.

    Names are the programme's, id -> name. The form is Vietnamese in every language setting:
    it goes to the staff of the communes.

    Raises:
        UserError: the file cannot be written.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = FORM_SHEET
    write_heads(sheet)
    example = _example(themes)
    put_item(sheet, 2, example)
    # The name, as the drop-down offers it; the id is accepted too.
    put(sheet, 2, _position("theme"), themes.get(example.theme, example.theme))
    lists = book.create_sheet(LISTS_SHEET)
    lists.sheet_state = "hidden"
    choices = {
        "theme": (themes, True),
        "priority": (PRIORITY_NAMES, True),
        "purpose": (PURPOSE_NAMES, True),
        # Several may be written in one cell, so another text must be let through.
        "audience": ({**EVERYONE, **audiences}, False),
        "area": (areas, False),
    }
    for number, (key, (names, strict)) in enumerate(choices.items(), start=1):
        if names:
            _drop_down(sheet, lists, number, key, list(names.values()), strict=strict)
    _instructions(book.create_sheet(HELP_SHEET))
    save(book, path)


def _drop_down(
    sheet: Worksheet, lists: Worksheet, number: int, key: str, names: Sequence[str], *, strict: bool
) -> None:
    """A list on a sheet of its own: written into the cell it may be only 255 characters long."""
    for row, name in enumerate(names, start=1):
        put(lists, row, number, name)
    source = get_column_letter(number)
    rule = DataValidation(
        type="list",
        formula1=f"'{LISTS_SHEET}'!${source}$1:${source}${len(names)}",
        allow_blank=True,
        showErrorMessage=strict,
        errorTitle="Không có trong danh sách",
        error="Bấm mũi tên ở ô và chọn một mục.",
    )
    column = get_column_letter(_position(key))
    rule.add(f"{column}2:{column}{_LAST_ROW}")
    sheet.add_data_validation(rule)


def _position(key: str) -> int:
    return [column.key for column in COLUMNS].index(key) + 1


def _instructions(sheet: Worksheet) -> None:
    sheet.column_dimensions["A"].width = 24
    sheet.column_dimensions["B"].width = 90
    row = 1
    for text in _INSTRUCTIONS:
        put(sheet, row, 2, text)
        row += 1
    for head, text in (("Cột", "Cách điền"), *((c.head, c.help) for c in COLUMNS)):
        row += 1
        put(sheet, row, 1, head).font = Font(bold=True)
        put(sheet, row, 2, text)


def _example(themes: Mapping[str, str]) -> ItemContent:
    return ItemContent(
        id="vi-du-gia-danh-cong-an",
        title="Ví dụ: Giả danh Công an gọi điện đe dọa",
        theme=next(iter(themes), "chu_de"),
        texts={
            "sms": "Công an không làm việc qua điện thoại, không yêu cầu chuyển tiền. Ai làm vậy "
            "là lừa đảo. Tắt máy, báo {{ cong_an }}, gọi 113.",
        },
        body="Công an không làm việc qua điện thoại và không bao giờ yêu cầu chuyển tiền.\n"
        "Ai tự xưng Công an để đòi chuyển tiền là kẻ lừa đảo. Bà con tắt máy và báo {{ cong_an }}.",
        what_to_do="Tắt máy; báo {{ cong_an }} hoặc gọi 113.",
        source="Ban biên tập",
        hotline=("113",),
        note="Đây là dòng ví dụ, không phát.",
    )
