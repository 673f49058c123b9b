"""A bad file is refused whole, with every mistake, its place, and what to write instead."""

import contextlib
import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.unit.items.conftest import Mistakes, Read, Sheet
from worker.errors import UserError
from worker.items.files import CellMistake

HEADS = ("Mã tin", "Tiêu đề", "Chủ đề", "Nội dung chung")
GOOD = ("a", "A", "thu_doan", "Lời")
WITH = {"Mã tin": "a", "Tiêu đề": "A", "Chủ đề": "thu_doan", "Nội dung chung": "Lời"}

#: column, what is written in it, what is said of it, what is proposed
CELLS: tuple[tuple[str, object, str, str], ...] = (
    ("Mã tin", None, "thiếu mã tin", "ví dụ «a»"),
    ("Mã tin", "TD 01: Giả danh", "không dùng được", "ví dụ «td-01-gia-danh»"),
    ("Tiêu đề", None, "thiếu tiêu đề", ""),
    ("Tiêu đề", "x" * 151, "dài 151 ký tự, tối đa 150", ""),
    ("Tiêu đề", datetime(2026, 12, 5), "Excel giữ", "định dạng ô kiểu Text"),  # noqa: DTZ001
    ("Tiêu đề", 0.5, "Excel giữ", "định dạng ô kiểu Text"),
    ("Chủ đề", None, "còn trống", "thu_doan"),
    ("Chủ đề", "thủ đoạm", "không có «thủ đoạm»", "có phải «thu_doan»?"),
    ("Chủ đề", "Thể thao", "không có «Thể thao»", "Quy định của pháp luật (phap_luat)"),
    ("Nội dung chung", "Báo {{ cong_am }}", "không có chỗ điền {{ cong_am }}", "«cong_an»?"),
    ("Nội dung chung", "Báo {{ Công an }}", "dấu {{ }} viết sai", "{{ cong_an }}"),
    ("Nội dung chung", "=1+1", "công thức", "dán giá trị"),
    ("Nội dung chung", "a_x0007_b", "U+0007", "gõ lại"),
    ("Nội dung chung", "a\u202eb", "U+202E", "gõ lại"),
    ("Nội dung chung", "\uf0b7 một", "U+F0B7", "gõ lại"),
    ("Nội dung chung", "á" * 15_001, "tối đa 15000", "rút ngắn"),
    ("Đối tượng", "Người già", "không có «Người già»", "nguoi_cao_tuoi"),
    ("Địa bàn", "Xã Lục Ngàn", "", ""),
    ("Địa bàn", "Hà Nội", "không có «Hà Nội»", "luc_ngan"),
    ("Mức ưu tiên", "Rất gấp", "không có «Rất gấp»", "Khẩn cấp (khan_cap)"),
    ("Mục đích", "Riêng", "không có «Riêng»", "cong_ich"),
    ("Hiệu lực từ", "05/03/26", "năm hai chữ số", "05/03/2026?"),
    ("Hiệu lực từ", "12/25/2026", "không có tháng 25", "25/12/2026?"),
    ("Hiệu lực từ", "30/02/2026", "không có ngày này", ""),
    ("Hiệu lực từ", "tháng 3", "không phải ngày", "05/03/2026"),
    ("Hiệu lực từ", 46086, "không phải ngày", "định dạng ô kiểu Ngày"),
    ("Hiệu lực từ", datetime(2026, 3, 5, 17, 30), "có cả giờ", ""),  # noqa: DTZ001
    ("Hiệu lực từ", "05/03/0226", "năm 226", "2000 đến 2100"),
    ("Đường dây nóng", 950005678, "mất số 0 ở đầu", "định dạng ô kiểu Text"),
    ("Số liệu cần điền", "Số vụ", "tên số liệu «Số vụ»", "so_vu"),
    ("Số liệu đã điền", "12", "«12» không phải số liệu", "so_vu = 12"),
    ("Căn cứ pháp lý", "x" * 301, "tối đa 300", ""),
    ("Căn cứ pháp lý", ";".join("x" * 101), "có 101 mục, tối đa 100", ""),
    ("Nguồn tin", "{{ cong_an }}", "không điền {{ }}", ""),
    ("Ngôn ngữ", "tiếng lạ", "không phải mã ngôn ngữ", "vi"),
)


@pytest.mark.parametrize(("column", "value", "what", "fix"), [c for c in CELLS if c[2]])
def test_a_bad_cell_is_named_with_its_mending(
    column: str, value: object, what: str, fix: str, xlsx: Sheet, mistakes: Mistakes
) -> None:
    """File, sheet and cell; what is wrong; what to write."""
    row = {**WITH, column: value}
    path = xlsx(tuple(row), (), tuple(row.values()))
    (mistake, *rest) = mistakes(path)
    name = f"{'ABCDE'[list(row).index(column)]}3"
    assert mistake.where == f"tin.xlsx: trang «Tin», ô {name}"
    assert what in mistake.what
    assert fix in mistake.fix
    assert isinstance(mistake, CellMistake)
    assert not rest  # what follows from a mistake is not a second one


def test_every_mistake_of_the_file_is_reported(xlsx: Sheet, mistakes: Mistakes) -> None:
    """Staff mend a file once, not ten times; rows without a mistake do not come in either."""
    path = xlsx(
        (*HEADS, "Hiệu lực từ", "Hiệu lực đến"),
        (None, "A", "thu_doan", "Lời", "1/1/26", None),
        GOOD,
        ("b", "B", "bong_da", "{{ x }}", "05/03/2026", "04/03/2026"),
        ("a", "C", "thu_doan", "Lời"),
    )
    found = [(m.where.rsplit(" ", 1)[1], m.what) for m in mistakes(path)]
    assert [where for where, _ in found] == ["E2", "A2", "D4", "F4", "C4", "A5"]
    assert "hết hiệu lực (04/03/2026) trước khi có hiệu lực (05/03/2026)" in found[3][1]
    assert "mã «a» đã có ở tin.xlsx: trang «Tin», ô A3" in found[5][1]


@pytest.mark.parametrize(
    ("heads", "what", "fix"),
    [
        (("Mã tin", "Tiêu đề", "Nội dung"), "thiếu cột «Chủ đề»", "giovang template"),
        (("Mã tin", "Tiêu đề", "Chủ đề"), "không có cột lời tin nào", "giovang template"),
        ((*HEADS, "title"), "cột «Tiêu đề» có hai lần", "giữ một cột"),
        ((*HEADS, "Đường dây nóngg"), "không có cột «Đường dây nóngg»", "«Đường dây nóng»?"),
        ((*HEADS, None), "không có tiêu đề cột", "xóa cột"),
        (("một", "hai"), "không có cột «một»", "các cột: Mã tin"),
    ],
)
def test_heads_that_are_missing_doubled_or_unknown(
    heads: tuple[str, ...], what: str, fix: str, xlsx: Sheet, mistakes: Mistakes
) -> None:
    """A column nobody knows must not silently do nothing."""
    found = mistakes(xlsx(heads, ("a", "A", "thu_doan", "Lời", "x")))
    assert any(what in m.what and fix in m.fix for m in found)


def test_a_csv_mistake_names_row_and_column(tmp_path: Path, mistakes: Mistakes) -> None:
    """The row as Excel counts it, though a quoted cell runs over several lines."""
    path = tmp_path / "tin.csv"
    path.write_text('id;title;theme;body\na;A;thu_doan;"1\n2\n3"\nb;;thu_doan;B\n', "utf-8")
    (mistake,) = mistakes(path)
    assert str(mistake.where) == "tin.csv: dòng 3, cột «title»"
    assert isinstance(mistake, CellMistake)
    assert (mistake.row, mistake.column) == (3, 2)


TOML = '[[item]]\nid = "a"\ntitle = "A"\ntheme = "thu_doan"\nbody = """\nMột\nid = 1\n"""\n'


@pytest.mark.parametrize(
    ("text", "where", "what", "fix"),
    [
        (TOML + 'titel = "x"\n', "tin.toml:9", "không có khóa «titel»", "có phải «title»?"),
        (TOML + 'hotline = "113"\n', "tin.toml:9", "sai kiểu", '["…", "…"]'),
        (TOML + "note = 1\n", "tin.toml:9", "sai kiểu", '"…"'),
        (TOML + "valid_to = 2026-01-01T00:00:00\n", "tin.toml:9", "sai kiểu", "2026-03-05"),
        (TOML + "[item.facts]\nso_vu = 1\n", "tin.toml:9", "sai kiểu", "so_vu"),
        (TOML + 'images = ["poster.png"]\n', "tin.toml:9", "sai kiểu", "path"),
        (TOML + '[[item.images]]\npath = "x"\nal = "y"\n', "tin.toml:9", "khóa «al»", "«alt»?"),
        (TOML + "\n" + TOML, "tin.toml:11", "mã «a» đã có ở tin.toml:2", "khác nhau"),
        (TOML + '# "\n[[item]]\nid = "b"\n', "tin.toml:10", "thiếu tiêu đề", ""),
        (TOML + "\nid =\n", "tin.toml:10", "sai cú pháp TOML", "dòng này"),
        ("items = 1\n" + TOML, "tin.toml:1", "không có khóa «items»", "«item»?"),
        ("item = 1\n", "tin.toml", "không phải là các bảng", "[[item]]"),
        ("schema = 1\n", "tin.toml", "không có tin nào", ""),
    ],
)
def test_a_toml_mistake_names_its_line(
    text: str, where: str, what: str, fix: str, tmp_path: Path, mistakes: Mistakes
) -> None:
    """file:line, also behind texts that run over lines and look like keys."""
    (tmp_path / "tin.toml").write_text(text, "utf-8")
    found = [m for m in mistakes(tmp_path / "tin.toml") if m.where == where]
    assert any(what in m.what and fix in m.fix for m in found)


def test_toml_that_is_not_utf8_names_its_line(tmp_path: Path, mistakes: Mistakes) -> None:
    """The line where the first wrong byte stands."""
    (tmp_path / "tin.toml").write_bytes(b"schema = 1\n# \xe0\n")
    assert mistakes(tmp_path / "tin.toml")[0].where == "tin.toml:2"


@pytest.mark.parametrize(
    ("path", "alt", "what"),
    [
        ("../secret.png", "x", "phải nằm trong thư mục ảnh"),
        ("/etc/passwd.png", "x", "phải nằm trong thư mục ảnh"),
        ("C:\\anh\\poster.png", "x", "phải nằm trong thư mục ảnh"),
        ("link.png", "x", "phải nằm trong thư mục ảnh"),
        (".an/poster.png", "x", "có tên không dùng được"),
        ("khong-co.png", "x", "không tìm thấy"),
        ("dot 1", "x", "không phải ảnh"),
        ("poster.png", None, "có 1 ảnh nhưng 0 mô tả"),
        (None, "x", "có 0 ảnh nhưng 1 mô tả"),
    ],
)
def test_a_picture_must_be_ours_and_described(
    path: str | None, alt: str | None, what: str, images_dir: Path, xlsx: Sheet, mistakes: Mistakes
) -> None:
    """No way out of the pictures' folder, by dots or by a link, and no picture without words."""
    link = images_dir / "link.png"
    if not link.is_symlink():
        link.symlink_to(images_dir.parent / "secret.png")
    (mistake,) = mistakes(xlsx((*HEADS, "Ảnh", "Mô tả ảnh"), (*GOOD, path, alt)))
    assert what in mistake.what


def _zip(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("name", "data", "what", "fix"),
    [
        ("a.xlsx", OLE, "tệp Excel kiểu cũ (.xls)", "lưu lại kiểu"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "có mật khẩu", "bỏ mật khẩu"),
        ("a.xlsx", b"id;title\n", "không phải tệp Excel .xlsx", "lưu lại kiểu"),
        ("a.xlsx", b"", "không phải tệp Excel .xlsx", ""),
        ("a.xlsx", b"PK\x03\x04broken", "không phải tệp Excel .xlsx", ""),
        ("a.xlsx", _zip(word__document=b"x"), "không phải tệp Excel .xlsx", ""),
        ("a.xlsx", _zip(**{"xl/workbook.xml": b"x"}), "bị hỏng", ""),
        ("a.xlsx", _zip(**{"xl/workbook.xml": b"\0" * (51 << 20)}), "quá lớn", "chia tệp"),
        ("a.xlsx", _zip(**{"xl/workbook.xml": b"", "xl/worksheets/1.xml": b"<c " * 410_000}),
         "quá nhiều ô", "xóa các dòng"),
        ("a.csv", _zip(x=b"x"), "là tệp Excel, không phải CSV", ".xlsx"),
        ("a.csv", OLE, "là tệp Excel, không phải CSV", ".xlsx"),
        ("a.csv", b'id;title\n"a;b\n', "không đọc được như CSV", "dấu nháy kép"),
        ("a.csv", b"", "không có tin nào", ""),
        ("a.csv", b"id;title;theme;body\n", "không có tin nào", "dưới tiêu đề cột"),
        ("a.csv", b"id;title;theme;body\n" + b"a;A;thu_doan;A\n" * 10_001, "10001 dòng", "chia"),
        ("a.csv", b"x" * (21 << 20), "lớn hơn 20 MB", "chia"),
        ("a.xls", OLE, "không đọc được tệp kiểu «.xls»", ".xlsx"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_says(
    name: str, data: bytes, what: str, fix: str, tmp_path: Path, mistakes: Mistakes
) -> None:
    """Renamed, locked, cut and swollen files get a plain word, and cannot fill the memory."""
    (tmp_path / name).write_bytes(data)
    (mistake,) = mistakes(tmp_path / name)
    assert what in mistake.what
    assert fix in mistake.fix


def test_a_workbook_damaged_on_the_way(xlsx: Sheet, mistakes: Mistakes) -> None:
    """A byte lost in packed data is a damaged file, wherever it stands, never a traceback."""
    path = xlsx(HEADS, *[(f"tin-{n}", "A", "bong_da", "Lời") for n in range(20)])
    whole = path.read_bytes()
    for at in range(0, len(whole), 61):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        assert mistakes(path)


@pytest.mark.parametrize(("at", "byte"), [(8, 0x20), (8, 0x01), (10, 99)])
def test_a_workbook_whose_table_of_contents_is_damaged(
    at: int, byte: int, xlsx: Sheet, read: Read
) -> None:
    """Of each part in turn: patched data, a password, a packing that nobody knows."""
    path = xlsx(HEADS, GOOD)
    whole = path.read_bytes()
    entries = [m.start() for m in re.finditer(b"PK\x01\x02", whole)]
    told = []
    for entry in entries:
        path.write_bytes(whole[: entry + at] + bytes([byte]) + whole[entry + at + 1 :])
        try:
            read(path)  # of a part that nobody needs
        except UserError as error:
            told += [m.what for m in error.mistakes]
    assert len(told) > len(entries) / 2
    assert all("bị hỏng" in what or "không phải tệp Excel" in what for what in told)


def test_entities_in_a_workbook_are_not_expanded(xlsx: Sheet, mistakes: Mistakes) -> None:
    """Ten lines of XML can stand for gigabytes of laughter."""
    path = xlsx(HEADS, GOOD)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/workbook.xml"] = LAUGHS
    path.write_bytes(_zip(**parts))
    assert "bị hỏng" in mistakes(path)[0].what


@pytest.mark.parametrize("spread", ["far cell", "vast merge"])
def test_a_sheet_that_reaches_to_the_end_of_excel(
    spread: str, xlsx: Sheet, mistakes: Mistakes
) -> None:
    """A slip of the mouse at row 1,048,576 must not take the machine's memory."""
    path = xlsx(HEADS, GOOD)
    book = load_workbook(path)
    if spread == "far cell":
        book["Tin"]["Z1048576"] = "x"
    else:
        book["Tin"].merged_cells.add("A5:XFD1048576")  # without making the cells here
    book.save(path)
    assert mistakes(path)[0].what == "có quá nhiều ô"


def test_a_file_that_is_not_there(tmp_path: Path, mistakes: Mistakes) -> None:
    """The name as it was typed, and no traceback."""
    (mistake,) = mistakes(tmp_path / "khong-co.csv")
    assert "không mở được tệp" in mistake.what


def test_an_error_value_and_a_formula_below_a_title(xlsx: Sheet, mistakes: Mistakes) -> None:
    """#N/A is no text; a formula shows something other than what it holds."""
    path = xlsx(HEADS, GOOD)
    book = load_workbook(path)
    book["Tin"]["B2"] = "#N/A"
    book["Tin"]["D2"] = "=TODAY()"
    book.save(path)
    found = {m.where[-2:]: m.what for m in mistakes(path)}
    assert found["B2"] == "ô báo lỗi #N/A"
    assert found["D2"] == "ô có công thức"


def test_messages_are_english_on_request(
    xlsx: Sheet, mistakes: Mistakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GIOVANG_LANG=en."""
    monkeypatch.setenv("GIOVANG_LANG", "en")
    (mistake,) = mistakes(xlsx(HEADS, (None, *GOOD[1:])))
    assert (mistake.where, mistake.what) == ("tin.xlsx: sheet «Tin», cell A2", "the id is missing")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_file_whatever_it_holds_brings_us_down(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, read: Read
) -> None:
    """Items or mistakes, never another exception."""
    kind = data.draw(st.sampled_from(["csv", "toml"]))
    pieces = st.sampled_from(
        [*HEADS, ";", ",", "\n", '"', "=", "[[item]]", "id = ", "'a'", "{{x}}"]
    )
    parts = data.draw(st.lists(pieces.map(str.encode) | st.binary(max_size=6), max_size=30))
    path = tmp_path_factory.getbasetemp() / f"fuzz.{kind}"
    path.write_bytes(b"".join(parts))
    with contextlib.suppress(UserError):
        assert read(path).items
