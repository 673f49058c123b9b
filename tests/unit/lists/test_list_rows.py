"""Every row of a list becomes recipients or a reason, each number once, as a stream."""

import random
from collections.abc import Iterator, Sequence

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.lists.conftest import Csv, Read
from vietnamese import mobile, phone
from worker.lists import columns, fields, rows
from worker.lists.source import Source


def layout(**change: object) -> columns.Layout:
    """Number, name, village, under a head."""
    values = {"head": 1, "heads": ("SĐT", "Họ tên", "Thôn"), "phones": (0,),
              "fields": {1: "ten", 2: "thon"}, "left_out": (), "code": None, "width": 3}
    return columns.Layout(**{**values, **change})


def source(table: Sequence[Sequence[str]]) -> Source:
    return Source("danh-sach.csv", "", lambda: iter([["SĐT", "Họ tên", "Thôn"], *table]))


def test_a_number_counts_once_however_it_is_written(csv: Csv, read: Read) -> None:
    """The first row has it; the others are doubles, each told."""
    found = read(csv("ten,sdt\nLan,0950000001\nHoa,+84950000001\nMai,950000001\n"
                     "Cúc,0950 000 001\n"))

    assert found.people() == [("+84950000001", "Lan")]
    assert found.refused() == [(3, "double"), (4, "double"), (5, "double")]


def test_a_refused_row_takes_no_number_from_a_good_one(csv: Csv, read: Read) -> None:
    """Else a bad name above would cost the person the message."""
    found = read(csv("ten,sdt\n{{ x }},0950000001\nLan,0950000001\n"))

    assert found.people() == [("+84950000001", "Lan")]
    assert found.refused() == [(2, "field_signs")]


def test_several_numbers_of_a_row_are_recipients_with_the_same_fields(csv: Csv, read: Read) -> None:
    """In two columns or in one cell; what is no mobile number among them is told by itself."""
    text = "ten;sdt 1;sdt 2\nLan;0950000001/0950000002;0204 3885 113\nHoa;;0950000003\n"

    found = read(csv(text))

    assert found.people() == [
        ("+84950000001", "Lan"), ("+84950000002", "Lan"), ("+84950000003", "Hoa"),
    ]
    assert found.refused() == [(2, "landline")]
    assert read(csv(text), split=False).refused() == [(2, "two"), (2, "landline")]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("x" * 61, "field_long"),
        ("Lan\nHoa", "field_lines"),
        ("Lan\u2028Hoa", "field_lines"),
        ("vay tiền bit.ly/abc", "field_url"),
        ("http://a", "field_url"),
        ("{{ cong_an }}", "field_signs"),
        ("{% if %}", "field_signs"),
        ("<b>Lan</b>", "field_signs"),
        ("Lan\x07", "field_signs"),
        ("Lan\u202enaL", "field_signs"),
        ("L\ufffdn", "field_signs"),
        ("Lan \ue000", "field_signs"),
    ],
)
def test_a_field_is_a_value_and_never_more(value: str, code: str) -> None:
    """What could make another message of an approved text refuses its row, and is never cut."""
    (bad,) = rows.read(source([["0950000001", value, ""]]), layout())

    assert isinstance(bad, rows.Bad)
    assert (bad.source_row, bad.code) == (2, code)
    assert "Họ tên" in bad.reason


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("  Lê\u00a0 Thị\tLan ", "Lê Thị Lan"),
        ("Le\u0302 Thi\u0323 Lan", "Lê Thị Lan"),
        ("Lan\u200b", "Lan"),
        ("TP. Bắc Giang, tổ 3/2", "TP. Bắc Giang, tổ 3/2"),
        ("x" * 60, "x" * 60),
        ("'-An", "-An"),
        ("", ""),
    ],
)
def test_a_value_is_brought_into_one_form(value: str, read: str) -> None:
    """Composed, single spaces, nothing unseen: one such sign doubles the price of an SMS."""
    assert fields.value(value, None) == (read, None)


def test_in_a_file_of_an_old_code_unicode_stays() -> None:
    """A workbook filled over years mixes both."""
    assert fields.value("NguyÔn V¨n §øc", "tcvn3") == ("Nguyễn Văn Đức", None)
    assert fields.value("Lê Văn Đức", "tcvn3") == ("Lê Văn Đức", None)


def test_a_row_shifted_by_a_separator_is_refused(csv: Csv, read: Read) -> None:
    """Its values would stand in the wrong places of the text."""
    found = read(csv("sdt,ten,thon\n0950000001,Lan,Cầu Chét\n0950000002,Hoa, tổ 3,Cầu Chét\n"
                     "0950000003,Mai,Cầu Chét,\n"))

    assert [number for number, *_ in found.people()] == ["+84950000001", "+84950000003"]
    assert found.refused() == [(3, "wide")]


def test_empty_rows_are_nobody_and_a_row_without_a_number_is_told(csv: Csv, read: Read) -> None:
    """Row numbers stay those that Excel shows."""
    found = read(csv("ten,sdt\n\n , \nLan,0950000001\nHoa,\nMai\n"))

    assert [row.source_row for row in found.rows] == [4]
    assert found.refused() == [(5, "blank"), (6, "blank")]


def test_an_old_number_comes_with_its_new_form_for_the_owner_only(csv: Csv, read: Read) -> None:
    """The hint goes to the owner's file; what is shown has no number."""
    (bad,) = read(csv("sdt\n0950000001\n0120.123.4567\n")).bad

    assert (bad.code, bad.hint) == ("old", "có thể là 0701234567")
    assert bad.text == "••••.•••.•567"
    assert not any("4567" in shown for shown in (bad.text, bad.reason, repr(bad)))


def test_nothing_personal_is_in_what_is_shown(csv: Csv, read: Read) -> None:
    """Three digits of a number; no name, not even one that stood in the number's place."""
    found = read(csv("ten,sdt\nNguyễn Lan,0950001678\nLê Hoa,0950001679 Hoa Đào\n"))
    shown = f"{found.rows} {found.bad} {found.bad[0].text} {found.bad[0].reason}"

    assert "•••••••678" in shown
    assert found.bad[0].text == "•••••••679 ••• •••"
    assert not [word for word in ("Lan", "Hoa", "Đào", "0001678", "1679") if word in shown]
    assert "H o a" not in shown


def test_the_operator_is_that_of_the_prefix(csv: Csv, read: Read) -> None:
    """For counts; a fictitious number has none."""
    assert [row.carrier for row in read(csv("sdt\n0950000001\n")).rows] == [""]


def test_a_list_is_a_stream() -> None:
    """After the first chunk no more has been read than it holds."""
    given = 0

    def long() -> Iterator[list[str]]:
        nonlocal given
        for given in range(10_000):
            yield [f"095000{given:04d}", "", ""]

    chunks = rows.chunks(rows.read(Source("x", "", long), layout(head=0)), size=100)

    assert [len(next(chunks).rows) for _ in range(3)] == [100, 100, 100]
    assert given == 299


def test_several_files_can_share_what_was_seen() -> None:
    """Doubles across the files of one list."""
    seen = rows.Seen()
    one, two = (list(rows.read(source([["0950000001", "Lan", ""]]), layout(), seen=seen))
                for _ in range(2))

    assert isinstance(one[0], rows.Row)
    assert isinstance(two[0], rows.Bad)


@given(st.lists(st.tuples(st.sampled_from(sorted(mobile.PREFIXES)), st.integers(0, 999_999)),
                max_size=60))
@settings(max_examples=100)
def test_seen_remembers_exactly_what_a_set_would(numbers: list[tuple[str, int]]) -> None:
    """A bit a number: no two numbers share one, at the edges of a prefix either."""
    edges = [(prefix, n) for prefix, _ in numbers[:5] for n in (0, 7, 8, 999_999)]
    seen, oracle = rows.Seen(), set()
    for prefix, n in [*numbers, *edges, *numbers]:
        nine = f"{prefix}{n:06d}"
        assert seen.add(nine) == (nine not in oracle)
        oracle.add(nine)


_NUMBER = st.integers(0, 9_999).map(lambda n: f"95000{n:04d}")
_CELL = st.one_of(
    st.builds("{}{}".format, st.sampled_from(["0", "+84", "84", "0084", "", "'0"]), _NUMBER),
    st.builds("0{}{}0{}".format, _NUMBER, st.sampled_from("/;, \n"), _NUMBER),
    st.sampled_from(["", " ", "113", "02043885113", "01201234567", "9.1E+08", "+8613800138000"]),
    st.text(max_size=12),
)
_NAME = st.one_of(st.sampled_from(["Lan", "Hoa", "", "Lê Văn Đức"]), st.text(max_size=70))


@given(st.lists(st.tuples(_CELL, _NAME, _NAME).map(list), max_size=40))
@settings(max_examples=300)
def test_no_row_is_lost_and_no_number_stands_twice(table: list[list[str]]) -> None:
    """Whatever the cells hold: each filled row is told of, each recipient a mobile number."""
    told = list(rows.read(source(table), layout()))
    taken = [item for item in told if isinstance(item, rows.Row)]
    filled = {n for n, row in enumerate(table, start=2) if any(cell.strip() for cell in row)}

    assert {item.source_row for item in told} == filled
    assert len({row.number for row in taken}) == len(taken)
    for row in taken:
        number = phonenumbers.parse(row.number)
        assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
        digits = "".join(c for c in table[row.source_row - 2][0] if c.isdigit())
        assert row.number[3:] in digits or "e" in table[row.source_row - 2][0].lower()
        assert all(value == value.strip() and "\n" not in value for value in row.fields)
        assert all(len(value) <= fields.MAX_VALUE for value in row.fields)


def test_every_number_of_a_long_list_is_there_once() -> None:
    """By count: as many recipients as different numbers, as many doubles as the rest."""
    rng = random.Random(7)
    table = [[f"0{95_000_0000 + rng.randrange(4_000)}", "", ""] for _ in range(9_000)]

    told = list(rows.read(source(table), layout()))

    taken = {item.number for item in told if isinstance(item, rows.Row)}
    assert taken == {"+84" + row[0][1:] for row in table}
    assert len(told) == len(table)


def test_every_refusal_has_its_words() -> None:
    """In both languages, with what is shown filled in."""
    for vi, en in (phone.REASONS | rows.REASONS).values():
        assert vi.format("0", "1")
        assert en.format("0", "1")
        assert vi != en
