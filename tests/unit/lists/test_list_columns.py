"""Which columns of a list are what: by head, by content, by --map; what is unclear is asked."""

import pytest

from tests.unit.lists.conftest import Csv, Read
from tests.unit.vietnamese.test_legacy import to_tcvn3
from worker.errors import UserError
from worker.lists.mapping import parse_map


@pytest.mark.parametrize(
    "head",
    [
        "Số điện thoại", "SỐ ĐIỆN THOẠI *", "so dien thoai:", "Điện thoại", "SĐT", "sđt", "SDT1",
        "Số ĐT", "ĐT", "ĐTDĐ", "Di động", "Số điện thoại di động", "Điện thoại liên hệ",
        "Số thuê bao", "Số máy", "Số Zalo", "Phone", "phone_number", "Mobile", "Mobile phone",
        "Tel", "Tel.", "MSISDN", "Số\u00a0điện\nthoại", "So\u0302\u0301 điện thoại",
        to_tcvn3("Số điện thoại"),
    ],
)  # fmt: skip
def test_a_column_of_numbers_is_known_by_its_head(head: str, csv: Csv, read: Read) -> None:
    """Also while all it holds is refused: then every row is told, not the column missed."""
    found = read(csv(f'Họ tên;"{head}"\nLan;02043885113\nHoa;9.1E+08\n'))

    assert found.layout.phones == (1,)
    assert found.refused() == [(2, "landline"), (3, "digits_lost")]


@pytest.mark.parametrize(
    ("heads", "row", "phones"),
    [
        ("Ai;Số;Thôn", "Lan;0950000001;Cầu Chét", (1,)),  # by what is in it
        ("DT;SĐT", "Kinh;0950000001", (1,)),  # DT is also "dân tộc"
        ("Người liên hệ;SĐT", "Lan;0950000001", (1,)),
        ("Điện thoại bàn;SĐT", "02043885113;0950000001", (1,)),
        ("SĐT;Số CMND", "0950000001;121234567", (0,)),
        ("SĐT 1;SĐT 2", "0950000001;0950000002", (0, 1)),
        ("SĐT;Số điện thoại khác", "0950000001;", (0, 1)),  # nothing in it yet
    ],
)
def test_a_head_is_believed_where_the_content_fits(
    heads: str, row: str, phones: tuple[int, ...], csv: Csv, read: Read
) -> None:
    """Names and other figures under a telling head are no numbers."""
    assert read(csv(f"{heads}\n{row}\n")).layout.phones == phones


def test_figures_in_a_head_make_it_nobodys_row(csv: Csv, read: Read) -> None:
    """«Năm học 2024-2025» beside «SĐT» is a head."""
    found = read(csv("SĐT;Lớp năm học 2024-2025\n0950000001;7A\n"))

    assert found.layout.fields == {1: "lop_nam_hoc_2024_2025"}
    assert found.refused() == []


def test_known_heads_are_found_below_a_title_as_wide(csv: Csv, read: Read) -> None:
    """A letter-head spread over the columns is no row of heads."""
    found = read(csv("UBND xã;Huyện;Tỉnh\nHọ tên;Máy;Địa chỉ\nLan;0950000001;Cầu Chét\n"))

    assert found.people() == [("+84950000001", "Lan", "Cầu Chét")]
    assert found.layout.head == 2


@pytest.mark.parametrize("text", [
    "Lan;0950000001\nHoa;0950000002\n",
    "Lan;02043885113\nHoa;0950000002\n",
    "Lan;113\nHoa;0950000002\n",
    "Lan;ĐT: 3885113\nHoa;0950000002\n",
    "di động;0950000001\nzalo;0950000002\n",
])
def test_a_file_without_heads_loses_no_row_to_them(text: str, csv: Csv, read: Read) -> None:
    """Somebody's first row, good or refused, is not taken for heads."""
    found = read(csv(text))

    assert sorted(told.source_row for told in (*found.rows, *found.bad)) == [1, 2]
    assert (found.layout.head, found.layout.heads) == (0, ("A", "B"))
    assert found.layout.fields == {0: "cot_a"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Ai,Một,Hai\nLan,0950000001,0950000002\n", "«Một» (B), «Hai» (C)"),
        ("SĐT,Người thân\n0950000001,0950000002\n", "«SĐT» (A), «Người thân» (B)"),
    ],
)
def test_a_second_column_of_numbers_without_a_telling_head_is_asked_about(
    text: str, named: str, csv: Csv, read: Read
) -> None:
    """It may be a relative's. The message lists the candidates and the --map to write."""
    with pytest.raises(UserError) as refused:
        read(csv(text))

    (mistake,) = refused.value.mistakes
    assert named in mistake.what
    offered = mistake.fix.split('--map "')[1].partition('"')[0]
    assert read(csv(text), map=offered).people() != []


def test_the_map_offered_for_one_column_takes_that_one_only(csv: Csv, read: Read) -> None:
    """The relative's number is then no value of a field either: it would stand there in clear."""
    text = "Tên,SĐT,Người thân\nLan,0950000001,0950000002\n"

    found = read(csv(text), map="SĐT=phone")

    assert found.people() == [("+84950000001", "Lan")]
    assert found.layout.left_out == (2,)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("Họ và tên", "ten"), ("Full name", "ten"), ("Địa chỉ", "dia_chi"), ("Tổ dân phố", "thon"),
        ("Ngày cấp", "ngay_cap"), ("Ngày", "cot_ngay"), ("Công an", "cot_cong_an"),
        ("2024", "cot_2024"), ("Số tiền (đồng)", "so_tien_dong"), ("Phone", "cot_phone"),
        ("X" * 80, "x" * 30),
    ],
)  # fmt: skip
def test_other_columns_become_fields_with_safe_names(
    head: str, name: str, csv: Csv, read: Read
) -> None:
    """Small ASCII, and never a name that the programme fills: {{ ngay }} is the day of airing."""
    found = read(csv(f"SĐT;{head}\n0950000001;giá trị\n"))

    assert list(found.layout.fields.values()) == [name]
    assert found.people() == [("+84950000001", "giá trị")]


def test_fields_of_one_name_are_told_apart_and_row_numbers_are_none(csv: Csv, read: Read) -> None:
    """«Tên», «Họ tên»; STT, identity and bank numbers tell people nothing and are left out."""
    found = read(csv("STT;Tên;Họ tên;SĐT;CCCD;Trống\n1;Lan;Lê Lan;0950000001;012345678901;\n"))

    assert found.layout.fields == {1: "ten", 2: "ten_2"}
    assert found.layout.left_out == (0, 4)


def test_with_the_texts_fields_known_nothing_else_is_kept(csv: Csv, read: Read) -> None:
    """Less personal data; and a bad value in a column nobody needs costs nobody the warning."""
    text = f"SĐT;Họ tên;Ghi chú\n0950000001;Lan;{'dài ' * 50}\n"

    assert read(csv(text)).refused() == [(2, "field_long")]
    assert read(csv(text), wanted=["ten"]).people() == [("+84950000001", "Lan")]
    assert read(csv(text), wanted=[]).people() == [("+84950000001",)]
    with pytest.raises(UserError, match=r'\{\{ thon \}\}.*--map "TÊN CỘT=thon"; .*«Ghi chú» \(C\)'):
        read(csv(text), wanted=["ten", "thon"])


def test_more_fields_than_a_text_can_need_are_asked_about(csv: Csv, read: Read) -> None:
    """A register of forty columns is no list for a message."""
    heads = ";".join(f"Mục {n}" for n in range(21))

    with pytest.raises(UserError, match="21 cột trường"):
        read(csv(f"SĐT;{heads}\n0950000001{';x' * 21}\n"))


def test_the_map_decides_and_the_rest_is_guessed(csv: Csv, read: Read) -> None:
    """By head, with or without accents, or by letter; `-` leaves a column out."""
    text = "Ai;Máy;Nơi;Ghi\nLan;0950000001;Cầu Chét;riêng\n"

    found = read(csv(text), map="AI=ho_ten, b=phone, ghi=-")

    assert found.people() == [("+84950000001", "Lan", "Cầu Chét")]
    assert found.layout.fields == {0: "ho_ten", 2: "noi"}


@pytest.mark.parametrize(
    ("text", "mapping", "said"),
    [
        ("SĐT;Họ tên", "Họ tn=ten", "có phải «Họ tên»?"),
        ("SĐT;Họ tên", "Z=ten", "«SĐT» (A), «Họ tên» (B)"),
        ("SĐT;Tên;Tên", "Tên=ten", "«Tên» (B), «Tên» (C)"),
    ],
)
def test_a_map_that_does_not_fit_the_file_says_what_is_there(
    text: str, mapping: str, said: str, csv: Csv, read: Read
) -> None:
    """Every column by head and letter, so that it can be written right at once."""
    with pytest.raises(UserError) as refused:
        read(csv(f"{text}\n0950000001;a;b\n"), map=mapping)

    assert said in str(refused.value)
    assert refused.value.mistakes[0].where == "danh-sach.csv: --map"


def test_a_map_is_written_as_head_equals_name() -> None:
    """Heads may hold = and, in quotes, commas."""
    assert parse_map("") == {}
    assert parse_map('SỐ ĐT=phone, Họ tên = ten,"Xã, huyện=noi_o",a=b=-') == {
        "SỐ ĐT": "phone", "Họ tên": "ten", "Xã, huyện": "noi_o", "a=b": "-",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SĐT", "không hiểu «SĐT»"),
        ("=phone", "không hiểu"),
        ("SĐT=", "tên trường"),
        ("Họ=Tên", "chữ thường không dấu"),
        ("Họ={{ten}}", "chữ thường không dấu"),
        ("Đài=dai", "lấy từ lịch phát"),
        ("A=ten,B=ten", "hai cột cùng là «ten»"),
    ],
)
def test_a_map_that_cannot_be_meant_is_refused(text: str, said: str) -> None:
    """Before the file is opened."""
    with pytest.raises(UserError, match="--map") as refused:
        parse_map(text)

    assert said in str(refused.value)
