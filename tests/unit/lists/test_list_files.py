"""A list as offices really keep it is read: any encoding, separator, workbook."""

import codecs
import re
import unicodedata
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.unit.items.test_item_files_good import cp1258
from tests.unit.lists.conftest import Csv, Read, Sheet
from tests.unit.vietnamese.test_legacy import to_tcvn3, to_vni
from worker.errors import UserError
from worker.lists.source import open_source

TEXT = (
    "Họ và tên;Số điện thoại;Thôn\r\n"
    "Nguyễn Thị Bảy;0950000001;Đồng Giao\r\n"
    "Lương Văn Đức;0950000002;Cầu Chét\r\n"
)
PEOPLE = [
    ("+84950000001", "Nguyễn Thị Bảy", "Đồng Giao"),
    ("+84950000002", "Lương Văn Đức", "Cầu Chét"),
]


def rewrite(path: Path, part: str, old: bytes, new: bytes) -> None:
    """Makes a workbook as other programs write it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert parts[part].count(old) == 1
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (TEXT.encode(), None),
        (codecs.BOM_UTF8 + TEXT.encode(), None),
        (TEXT.encode("utf-16"), None),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), None),
        (TEXT.encode("utf-16-le"), None),
        (TEXT.replace(";", "\t").encode("utf-16"), None),
        (unicodedata.normalize("NFD", TEXT).encode(), None),
        (cp1258(TEXT), None),
        (to_tcvn3(TEXT).encode("cp1252"), "tcvn3"),
        (to_tcvn3(TEXT).encode(), "tcvn3"),
        (to_vni(TEXT).encode("cp1252"), "vni"),
        (TEXT.replace(";", ",").encode(), None),
        (TEXT.replace(";", "|").encode(), None),
        (re.sub(r"([^;\r\n]+)", r'"\1"', TEXT).encode(), None),
        (TEXT.replace("\r\n", "\r").encode(), None),
        (TEXT.replace("\r\n", "\n\n").encode(), None),
        (b"sep=;\r\n" + TEXT.encode(), None),
        ("DANH SÁCH SỐ ĐIỆN THOẠI, XÃ LỤC NGẠN;;\r\n;;\r\n".encode() + TEXT.encode(), None),
    ],
    ids=[
        "utf-8", "utf-8 with mark", "utf-16", "utf-16 big-endian", "utf-16 without mark",
        "Excel's Unicode text", "NFD", "cp1258", "TCVN3", "TCVN3 in utf-8", "VNI", "commas", "bars",
        "quoted", "old Mac", "blank rows", "Excel's sep=", "a title over it",
    ],
)  # fmt: skip
def test_a_csv_is_read_whatever_program_wrote_it(
    data: bytes, code: str | None, csv: Csv, read: Read
) -> None:
    """Nobody is asked for an encoding or a separator; values come out in composed Unicode."""
    found = read(csv(data))

    assert found.people() == PEOPLE
    assert list(found.layout.fields.values()) == ["ten", "thon"]
    assert found.layout.code == code
    assert found.bad == []


def test_the_separator_is_the_one_that_leaves_numbers_whole(csv: Csv, read: Read) -> None:
    """Addresses hold commas in every row."""
    found = read(csv("0950000001;Thôn 1, xã A, tỉnh B\n0950000002;Thôn 2, xã A, tỉnh B\n"))

    assert found.people() == [
        ("+84950000001", "Thôn 1, xã A, tỉnh B"), ("+84950000002", "Thôn 2, xã A, tỉnh B"),
    ]


def test_the_line_that_names_the_separator_is_a_row_for_excel_too(csv: Csv, read: Read) -> None:
    """Row numbers are those on the owner's screen… and Excel hides that line, but counts it."""
    found = read(csv("sep=|\nsdt|ten\n0950000001|Lan\n113|Hoa\n"))

    assert found.people() == [("+84950000001", "Lan")]
    assert found.refused() == [(4, "service")]


def test_heads_in_an_old_code_are_understood_over_rows_without_accents(
    csv: Csv, read: Read
) -> None:
    """The rows tell nothing of the code then: a head is known by itself."""
    found = read(csv(to_tcvn3("Họ và tên,Số điện thoại\nLan,0950000001\n").encode("cp1252")))

    assert found.people() == [("+84950000001", "Lan")]
    assert found.layout.heads == ("Họ và tên", "Số điện thoại")


def test_a_torn_letter_costs_its_own_row_only(csv: Csv, read: Read) -> None:
    """One bad byte in a file of UTF-8 must not make every other name garbage."""
    data = TEXT.encode().replace("Bảy".encode(), b"B\xe1\xba")

    found = read(csv(data))

    assert found.people() == PEOPLE[1:]
    assert found.refused() == [(2, "field_signs")]


def test_a_stray_quote_swallows_nobody(csv: Csv, read: Read) -> None:
    """The rows up to the next quote would be one cell: the file is refused, the row named."""
    path = csv('ten,sdt\nLan,0950000001\n"Hoa,0950000002\nMai,0950000003\n"Cúc,0950000004\n')

    with pytest.raises(UserError, match="dòng 3") as refused:
        read(path)

    assert "nháy kép" in str(refused.value)


def test_a_sheet_is_read_with_numbers_as_excel_stores_them(xlsx: Sheet, read: Read) -> None:
    """Text, whole numbers and decimals; a 0 or + that Excel took is put back and told."""
    path = xlsx(
        ("Họ tên", "SĐT"), ("Lan", "0950000001"), ("Hoa", 950000002), ("Mai", 84950000003),
        ("Cúc", 950000004.0), (None, None), ("Đào", "9.1E+08"), ("Sen", None),
    )

    rewrite(path, "xl/worksheets/sheet1.xml", b"<v>950000004</v>", b"<v>9.50000004E8</v>")

    found = read(path)

    assert [(row.number, row.mended, row.source_row) for row in found.rows] == [
        ("+84950000001", None, 2), ("+84950000002", "zero", 3), ("+84950000003", "plus", 4),
        ("+84950000004", "zero", 5),
    ]
    assert found.refused() == [(7, "digits_lost"), (8, "blank")]


def test_the_first_visible_sheet_with_something_in_it_is_read(xlsx: Sheet, read: Read) -> None:
    """Empty and hidden sheets come first in many workbooks; another is named with --sheet."""
    path = xlsx(Bìa=[], Cũ=[("sdt",), ("0950000009",)], Mới=[("sdt",), ("0950000001",)],
                Khác=[("sdt",), ("0950000002",)])
    book = load_workbook(path)
    book["Cũ"].sheet_state = "hidden"
    book.save(path)

    assert read(path).people() == [("+84950000001",)]
    assert read(path, sheet="khac").people() == [("+84950000002",)]
    assert read(path, sheet="Cũ").people() == [("+84950000009",)]
    with pytest.raises(UserError, match=r"«Khách».*có phải «Khác».*«Bìa», «Cũ», «Mới», «Khác»"):
        read(path, sheet="Khách")


def test_a_sheet_that_gives_its_size_wrong_loses_no_cell(xlsx: Sheet, read: Read) -> None:
    """Some programs write A1 whatever the size."""
    path = xlsx(("Họ tên", "SĐT"), ("Lan", "0950000001"))
    rewrite(path, "xl/worksheets/sheet1.xml", b'ref="A1:B2"', b'ref="A1"')

    assert read(path).people() == [("+84950000001", "Lan")]


def _zip(path: Path, **parts: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED = "EncryptedPackage".encode("utf-16-le")


@pytest.mark.parametrize(
    ("data", "vi", "en"),
    [
        (b"", "tệp trống", "empty"),
        (b"\xef\xbb\xbf\r\n ; ;\r\n", "tệp trống", "empty"),
        (_OLE + bytes(600), "kiểu cũ (.xls)", "old Excel file (.xls)"),
        (_OLE + bytes(600) + _LOCKED, "mật khẩu", "password"),
        # over the edge of the blocks it is searched in
        (_OLE + bytes((1 << 20) - 20) + _LOCKED + bytes(600), "mật khẩu", "password"),
        (b"PK\x03\x04" + bytes(600), "bị hỏng", "damaged"),
        (b"%PDF-1.7\n\0\1\2" + bytes(99), "không phải tệp danh sách", "no list in a text file"),
        (b"x" * 70_000, "không phải tệp danh sách", "no list in a text file"),
        (b'a,"b' + b"," * 200_000, "không phải", "no list"),
        ("Họ tên,Tuổi\nLan,30\n".encode(), '--map "Họ tên=phone"', "no column of phone numbers"),
    ],
    ids=[
        "nothing", "blank cells", "xls", "locked", "locked, on an edge", "torn zip", "binary",
        "one line", "endless line", "no numbers",
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_in_one_message(
    data: bytes, vi: str, en: str, csv: Csv, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the name says: exit code 2, what is wrong, in both languages."""
    path = csv(data)
    with pytest.raises(UserError) as refused:
        read(path)
    assert vi in str(refused.value)
    assert (refused.value.exit_code, len(refused.value.mistakes)) == (2, 1)

    monkeypatch.setenv("GIOVANG_LANG", "en")
    with pytest.raises(UserError) as refused:
        read(path)
    assert en in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Not a traceback."""
    with pytest.raises(UserError, match="không mở được tệp"), open_source(tmp_path / "x.csv"):
        pass


def test_a_csv_has_no_sheets(csv: Csv, read: Read) -> None:
    """--sheet on a CSV is a slip, not to be passed over."""
    with pytest.raises(UserError, match="bỏ --sheet"):
        read(csv(TEXT), sheet="Tin")


def test_a_zip_that_is_no_workbook_is_refused(csv: Csv, read: Read) -> None:
    """A Word file under another name."""
    path = csv(b"")
    _zip(path, word__document_xml=b"<w/>")

    with pytest.raises(UserError, match=r"không phải tệp Excel"):
        read(path)


@pytest.mark.parametrize(("part", "size"), [
    ("xl/sharedStrings.xml", 32_000_001), ("xl/worksheets/sheet1.xml", 1_000_000_001),
])
def test_a_workbook_that_would_not_fit_is_sent_back_as_csv(
    part: str, size: int, csv: Csv, read: Read
) -> None:
    """A zip of kilobytes can hold gigabytes; it is refused before it is unpacked."""
    path = csv(b"")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", b"")
        archive.writestr(part, b"x" * 9)
    data = path.read_bytes()
    assert data.count((9).to_bytes(4, "little") * 2) == 2  # its packed and unpacked size, twice
    path.write_bytes(data.replace((9).to_bytes(4, "little") * 2,
                                  (9).to_bytes(4, "little") + size.to_bytes(4, "little")))

    with pytest.raises(UserError, match="CSV UTF-8"):
        read(path)


def test_a_workbook_torn_further_down_is_refused_whole(xlsx: Sheet, read: Read) -> None:
    """The damage shows only while rows are read: still one message, no half a list."""
    path = xlsx(("sdt",), *[(f"095000{n:04d}",) for n in range(3000)])
    rewrite(path, "xl/worksheets/sheet1.xml", b'<row r="2000">', b"<row r=")

    with pytest.raises(UserError, match="bị hỏng"):
        read(path)


@pytest.mark.parametrize(("part", "root"), [
    ("xl/workbook.xml", b"<workbook "), ("xl/worksheets/sheet1.xml", b"<worksheet "),
])
def test_entities_that_would_grow_are_refused(
    part: str, root: bytes, xlsx: Sheet, read: Read
) -> None:
    """A few lines of XML can stand for gigabytes."""
    path = xlsx(("sdt",), ("0950000001",))
    entities = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 9))
    kind = b'<!DOCTYPE x [<!ENTITY l0 "lol">' + entities + b"]>"
    rewrite(path, part, root, kind + root + b'a="&l8;" ')

    with pytest.raises(UserError):
        read(path)


def test_a_formula_gives_the_value_excel_showed(xlsx: Sheet, read: Read) -> None:
    """A number looked up from another sheet is what its owner saw, not «=VLOOKUP(…)»."""
    path = xlsx(("sdt",), ("0950000001",), (950000002,))
    rewrite(path, "xl/worksheets/sheet1.xml", b"<v>950000002</v>", b"<f>A2</f><v>950000002</v>")

    assert read(path).people() == [("+84950000001",), ("+84950000002",)]
