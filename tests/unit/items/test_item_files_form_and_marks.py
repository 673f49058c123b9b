"""The form staff get, and the workbook they get back when something in it is wrong."""

from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.styles import PatternFill

from tests.unit.items.conftest import AREAS, AUDIENCES, THEMES, Mistakes, Read, Sheet
from worker.errors import UserError
from worker.items.files import write_form, write_marked

HEADS = ("Mã tin", "Tiêu đề", "Chủ đề", "Nội dung chung")
RED = "FFFFC7CE"


def _form(path: Path) -> None:
    write_form(path, themes=THEMES, audiences=AUDIENCES, areas=AREAS)


def test_the_form_with_its_example_can_be_imported(tmp_path: Path, read: Read) -> None:
    """What we hand out we take back."""
    _form(tmp_path / "mau.xlsx")
    imported = read(tmp_path / "mau.xlsx")
    assert [item.theme for item in imported.items] == ["phap_luat"]
    assert imported.items[0].note  # an example can never be submitted as it is
    assert imported.notes == ()


def test_the_form_guides_the_hand(tmp_path: Path) -> None:
    """Drop-downs of the programme's names, frozen heads, date cells, instructions."""
    _form(tmp_path / "mau.xlsx")
    book = load_workbook(tmp_path / "mau.xlsx")
    sheet = book["Tin"]
    assert book.sheetnames == ["Tin", "Danh mục", "Hướng dẫn"]
    assert book["Danh mục"].sheet_state == "hidden"
    assert sheet.freeze_panes == "C2"
    heads = {str(cell.value).rstrip(" *"): cell.column_letter for cell in sheet[1]}
    rules = {str(r.sqref)[0]: r for r in sheet.data_validations.dataValidation}
    for head, names in (
        ("Chủ đề", list(THEMES.values())),
        ("Mức ưu tiên", ["Thông thường", "Ưu tiên", "Khẩn cấp"]),
        ("Mục đích", ["Công ích", "Quảng cáo"]),
        ("Đối tượng", ["Tất cả", *AUDIENCES.values()]),
        ("Địa bàn", list(AREAS.values())),
    ):
        source = rules[heads[head]].formula1.split("!")[1].replace("$", "")
        assert (
            [row[0].value for row in book["Danh mục"][source]] == names
            if len(names) > 1
            else (book["Danh mục"][source.split(":")[0]].value == names[0])
        )
    assert sheet.column_dimensions[heads["Hiệu lực từ"]].number_format == "dd/mm/yyyy"
    assert sheet.column_dimensions[heads["Đường dây nóng"]].number_format == "@"
    assert sheet.column_dimensions[heads["Nội dung chung"]].alignment.wrap_text


def test_a_refused_workbook_comes_back_marked(
    xlsx: Sheet, mistakes: Mistakes, tmp_path: Path
) -> None:
    """The same sheets, values and formats; bad cells red with their mending; a list in front."""
    path = xlsx((*HEADS, "Hiệu lực từ"), ("a", "A", "bong_da", "{{ x }} =1", date(2026, 3, 5)))
    book = load_workbook(path)
    book["Tin"]["E2"].fill = PatternFill("solid", start_color="FF00FF00")
    book.create_sheet("Khác").sheet_state = "hidden"
    book.save(path)
    found = mistakes(path)
    out = tmp_path / "tin-loi.xlsx"
    assert write_marked(path, found, out)

    book = load_workbook(out)
    assert book.sheetnames == ["Lỗi", "Tin", "Khác"]
    assert book.active.title == "Lỗi"
    sheet = book["Tin"]
    assert [cell.value for cell in sheet[2]][:4] == ["a", "A", "bong_da", "{{ x }} =1"]
    assert sheet["E2"].fill.start_color.rgb == "FF00FF00"
    assert sheet["E2"].is_date
    red = {c.coordinate for row in sheet for c in row if c.fill.start_color.rgb == RED}
    assert red == {"C2", "D2"}
    assert "không có «bong_da»" in sheet["C2"].comment.text
    assert "→ " in sheet["C2"].comment.text
    rows = list(book["Lỗi"].iter_rows(min_row=2, values_only=True))
    assert rows == [(m.where, m.what, m.fix) for m in found]
    assert book["Lỗi"]["A2"].hyperlink.location == "'Tin'!D2"


def test_a_mended_workbook_can_be_imported_as_it_is(
    xlsx: Sheet, mistakes: Mistakes, read: Read, tmp_path: Path
) -> None:
    """Marks and the list do not stand in the way, and go when the cell is right."""
    path = xlsx(HEADS, ("a", "A", "bong_da", "Lời"), ("b", "", "thu_doan", "Lời"))
    out = tmp_path / "tin-loi.xlsx"
    write_marked(path, mistakes(path), out)
    book = load_workbook(out)
    book["Tin"]["C2"] = "thu_doan"
    book.save(out)

    again = mistakes(out)
    assert [m.where for m in again] == ["tin-loi.xlsx: trang «Tin», ô B3"]
    write_marked(out, again, out)
    book = load_workbook(out)
    assert book.sheetnames == ["Lỗi", "Tin"]
    assert book["Tin"]["C2"].comment is None
    assert book["Tin"]["C2"].fill.fill_type is None

    book["Tin"]["B3"] = "B"
    book.save(out)
    assert [item.id for item in read(out).items] == ["a", "b"]


def test_a_refused_csv_comes_back_as_a_workbook(
    mistakes: Mistakes, read: Read, tmp_path: Path
) -> None:
    """The same rows, formulas still harmless, and importable once mended."""
    path = tmp_path / "tin.csv"
    path.write_text("id;title;theme;body\n\na;A;;'=1+1\nb;B\x07;thu_doan;B\n", "utf-8")
    out = tmp_path / "tin-loi.xlsx"
    assert write_marked(path, mistakes(path), out)
    book = load_workbook(out)
    sheet = book["Tin"]
    assert (sheet["D3"].value, sheet["D3"].data_type) == ("=1+1", "s")
    assert sheet["C3"].fill.start_color.rgb == RED
    assert sheet["B4"].fill.start_color.rgb == RED

    sheet["C3"], sheet["B4"] = "thu_doan", "B"
    sheet["D3"].data_type = "s"
    book.save(out)
    assert [item.body for item in read(out).items] == ["=1+1", "B"]


@pytest.mark.parametrize("name", ["tin.toml", "tin.xlsx"])
def test_a_file_without_cells_is_not_marked(name: str, tmp_path: Path, read: Read) -> None:
    """Nothing is written that would look like the file and is not."""
    path = tmp_path / name
    path.write_bytes(b"x")
    with pytest.raises(UserError) as refused:
        read(path)
    assert not write_marked(path, refused.value.mistakes, tmp_path / "out.xlsx")
    assert not (tmp_path / "out.xlsx").exists()
