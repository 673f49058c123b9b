"""Files as staff really make them are understood: any encoding, order, head and date."""

import codecs
import unicodedata
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.unit.items.conftest import Read, Sheet

HEADS = ("Mã tin", "Tiêu đề", "Chủ đề", "Nội dung chung")
TEXT = "Mã tin;Tiêu đề;Chủ đề;Nội dung chung\r\na;Cảnh báo lừa đảo;thu_doan;Đừng chuyển tiền\r\n"


def cp1258(text: str) -> bytes:
    """As Vietnamese Windows writes it: letter and hat in one, the tone behind it."""
    out = b""
    for char in text:
        marks = unicodedata.normalize("NFD", char)
        tones = [c for c in marks if c in "\u0300\u0301\u0303\u0309\u0323"]
        letter = unicodedata.normalize("NFC", "".join(c for c in marks if c not in tones))
        out += (letter + "".join(tones)).encode("cp1258")
    return out


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.replace(";", "\t").encode("utf-16"),
        TEXT.replace(";", ",").encode(),
        unicodedata.normalize("NFD", TEXT).encode(),
        cp1258(TEXT),
        TEXT.replace("\r\n", "\r").encode(),
        b"\xef\xbb\xbf;;;\r\n" + TEXT.encode(),
        "LỊCH TIN, THÁNG 3; PHÒNG VĂN HÓA\r\n".encode() + TEXT.encode(),
    ],
    ids=[
        "utf-8", "utf-8 with mark", "utf-16", "utf-16 big-endian", "utf-16 without mark",
        "Excel's Unicode text", "commas", "NFD", "cp1258", "old Mac", "empty row", "title row",
    ],
)  # fmt: skip
def test_a_csv_is_read_whatever_program_wrote_it(data: bytes, tmp_path: Path, read: Read) -> None:
    """Staff cannot be asked for an encoding: it shows by the mark, or by what reads as words."""
    path = tmp_path / "tin.csv"
    path.write_bytes(data)
    imported = read(path)
    (item,) = imported.items
    assert (item.id, item.title, item.body) == ("a", "Cảnh báo lừa đảo", "Đừng chuyển tiền")
    assert imported.notes == ()


def test_quoted_line_breaks_stay_and_typed_lists_are_split(tmp_path: Path, read: Read) -> None:
    """A cell may hold lines; `;` or a line break separates the entries of a list."""
    path = tmp_path / "tin.csv"
    path.write_text(
        "id,title,theme,body,hotline,legal_basis,audience,facts\r\n"
        'a,A,thu_doan,"Một\r\nHai","113; 156\r\n",Luật A\\; B,học sinh;tat_ca,"so_vu = 12"\r\n',
        "utf-8",
        newline="",
    )
    (item,) = read(path).items
    assert item.body == "Một\nHai"
    assert item.hotline == ("113", "156")
    assert item.legal_basis == ("Luật A; B",)
    assert item.audience == ("hoc_sinh", "tat_ca")
    assert item.facts == {"so_vu": "12"}


@pytest.mark.parametrize(
    "heads",
    [
        ("id", "title", "theme", "body"),
        ("MÃ TIN", "tieu de", "  Chủ   đề ", "Nội dung chung *"),
        ("ID", "Title", "THEME", "Body"),
        ("M· tin", "Tiªu ®Ò", "Chñ ®Ò", "Néi dung chung"),  # TCVN3
    ],
)
def test_heads_are_known_whatever_case_accents_and_spaces(
    heads: tuple[str, ...], xlsx: Sheet, read: Read
) -> None:
    """A head is what it says, not how it is typed, and columns stand in any order."""
    row = ("a", "A", "phương thức, THỦ ĐOẠN", "Lời")
    path = xlsx(heads[::-1], row[::-1])
    (item,) = read(path).items
    assert (item.id, item.title, item.theme, item.body) == ("a", "A", "thu_doan", "Lời")


@pytest.mark.parametrize("head", ["loudspeaker_tay", "Loa tiếng Tày", "LOA TRUYỀN THANH TIẾNG TAY"])
def test_a_text_in_another_language_has_a_column_of_its_own(
    head: str, xlsx: Sheet, read: Read
) -> None:
    """A station that reads Tày gets it in Tày; the column is named after the language."""
    path = xlsx(("id", "title", "theme", "body", head), ("a", "A", "thu_doan", "Lời", "Lời Tày"))

    assert read(path).items[0].texts == {"loudspeaker_tay": "Lời Tày"}


@pytest.mark.parametrize(
    "typed",
    [
        "05/03/2026", "5/3/2026", "5-3-2026", "5.3.2026", "05 / 03 / 2026", "2026-03-05",
        date(2026, 3, 5), datetime(2026, 3, 5),  # noqa: DTZ001 (Excel knows no zone)
    ],
)  # fmt: skip
def test_days_are_read_as_vietnam_writes_them(typed: object, xlsx: Sheet, read: Read) -> None:
    """Day, month, year; ISO; or a real Excel date: the fifth of March, never the third of May."""
    path = xlsx((*HEADS, "Hiệu lực từ"), ("a", "A", "thu_doan", "Lời", typed))
    assert read(path).items[0].valid_from == date(2026, 3, 5)


def test_a_serial_number_formatted_as_a_date_is_that_day(xlsx: Sheet, read: Read) -> None:
    """Excel keeps a day as a number; the cell's format says that it is one."""
    path = xlsx((*HEADS, "Hiệu lực từ"), ("a", "A", "thu_doan", "Lời", 46086))
    book = load_workbook(path)
    book["Tin"]["E2"].number_format = "dd/mm/yyyy"
    book.save(path)
    assert read(path).items[0].valid_from == date(2026, 3, 5)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("Khẩn cấp", "khan_cap"), ("ưu tiên", "uu_tien"), ("thong_thuong", "thong_thuong")],
)
def test_classes_are_named_in_vietnamese(typed: str, meant: str, xlsx: Sheet, read: Read) -> None:
    """The three classes of Circular 39/2020/TT-BTTTT, by name or id."""
    path = xlsx(
        (*HEADS, "Mức ưu tiên", "Mục đích"), ("a", "A", "thu_doan", "X", typed, "Quảng cáo")
    )
    item = read(path).items[0]
    assert (item.priority, item.purpose) == (meant, "quang_cao")


def test_a_merged_cell_counts_for_each_row_it_covers(xlsx: Sheet, read: Read) -> None:
    """One theme merged over three rows is what people mean by it; an empty row stays empty."""
    path = xlsx(
        HEADS,
        ("a", "A", "Phương thức, thủ đoạn", "Một"),
        ("b", "B", None, "Hai"),
        (),
        ("c", "C", "phap_luat", "Ba"),
    )
    book = load_workbook(path)
    book["Tin"].merge_cells("C2:C4")
    book.save(path)
    assert [item.theme for item in read(path).items] == ["thu_doan", "thu_doan", "phap_luat"]


def test_hidden_sheets_and_our_own_hold_no_items(xlsx: Sheet, read: Read) -> None:
    """What is not seen is not imported; instructions and lists of mistakes are no items."""
    path = xlsx(HEADS, ("a", "A", "thu_doan", "Lời"))
    book = load_workbook(path)
    for name, state in (("Cũ", "hidden"), ("Lỗi", "visible"), ("Hướng dẫn", "visible")):
        sheet = book.create_sheet(name)
        sheet.append(["bất kỳ"])
        sheet.sheet_state = state
    book.create_sheet("Sheet2")
    book.save(path)
    assert [item.id for item in read(path).items] == ["a"]


@pytest.mark.parametrize(
    ("code", "title", "body"),
    [
        ("TCVN3", "M¹ng", "Lõa ®¶o qua m¹ng, ®õng chuyÓn tiÒn cho ng­êi l¹"),
        ("VNI", "Maïng", "Löøa ñaûo qua maïng, ñöøng chuyeån tieàn cho ngöôøi laï"),
    ],
)
def test_legacy_text_becomes_unicode_and_is_shown(
    code: str, title: str, body: str, xlsx: Sheet, read: Read
) -> None:
    """Old fonts' codes are converted, a short cell by the row round it, and people are told."""
    imported = read(xlsx(HEADS, ("a", title, "thu_doan", body)))
    (item,) = imported.items
    assert item.title == "Mạng"
    assert item.body == "Lừa đảo qua mạng, đừng chuyển tiền cho người lạ"
    assert imported.notes[0].where == "tin.xlsx: trang «Tin», ô B2"
    assert f"chữ mã {code} đã đổi sang Unicode: «Mạng»" in imported.notes[0].what
    assert len(imported.notes) == 2


def test_legacy_text_in_a_csv_without_a_mark(tmp_path: Path, read: Read) -> None:
    """Saved as ANSI, TCVN3 stands as Windows-1252 signs and must not be taken for cp1258."""
    path = tmp_path / "tin.csv"
    text = "id;title;theme;body\r\na;C¶nh b¸o;thu_doan;Lõa ®¶o qua m¹ng, ®õng chuyÓn tiÒn\r\n"
    path.write_bytes(text.encode("cp1252"))
    (item,) = read(path).items
    assert (item.title, item.body) == ("Cảnh báo", "Lừa đảo qua mạng, đừng chuyển tiền")


def test_what_nobody_sees_is_taken_out(tmp_path: Path, read: Read) -> None:
    """Zero-width signs turn an SMS into 70-character parts; Word's breaks are line breaks."""
    path = tmp_path / "tin.toml"
    path.write_text(
        '[[item]]\nid="a"\ntitle="A\\u200b  B"\ntheme="thu_doan"\n'
        'body="x\\u000by\\u2028z\\ufeff "\n',
        "utf-8",
    )
    (item,) = read(path).items
    assert (item.title, item.body) == ("A B", "x\ny\nz")


def test_ten_thousand_rows_are_read(tmp_path: Path, read: Read) -> None:
    """The largest file we accept is accepted."""
    path = tmp_path / "tin.csv"
    rows = [f"tin-{n};Tin số {n};thu_doan;Lời" for n in range(10_000)]
    path.write_text("\n".join(["id;title;theme;body", *rows]), "utf-8")
    assert len(read(path).items) == 10_000
