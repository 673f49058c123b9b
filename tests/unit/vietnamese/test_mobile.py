"""The table of mobile numbers, and what lists need of a number: fast, and never another's."""

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers import carrier as oracle

from vietnamese import mobile, phone

PLAIN = [
    "0950001234", "950001234", "+84950001234", "84950001234", "0084950001234",
    "0950 001 234", "0950.001.234", "0950-001-234", "(0950) 001 234", "+84 950 001 234",
    "(84) 950 001 234", "(+84)950001234", "'0950001234", "0950\u00a0001\u00a0234",
    "0950\u202f001\u202f234", " 0950001234\t",
]  # fmt: skip

#: Writings only the longer way understands, or nobody: the fast way says nothing of them.
NOT_PLAIN = [
    "０９５０００１２３４", "٠٩٥٠٠٠١٢٣٤", "²950001234", "0950001²34", "0950٠٠١٢٣٤",
    "950001234.0", "95000123.0",
    "95000123.0\u00a0", "9.50001234E+08", "+849500012", "+84 (0)950001234", "02043885113",
    "01201234567", "113", "0650001234", "0950001234/0950001235", "ĐT: 0950001234", "", "+", "84",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_the_plain_writings_are_read_at_once(text):
    """Nearly every number of a list is written in one of these ways."""
    assert mobile.plain(text) == "950001234"


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_of_all_else_the_fast_way_says_nothing(text):
    """It is for whoever has time to look closer: None is no refusal."""
    assert mobile.plain(text) is None


_WRITTEN = st.builds(
    lambda head, body, tail: head + body + tail,
    st.sampled_from(["", "'", "+", "+84", "84", "0084", "0", "(+84)", "+84 ", "+84(0)"]),
    st.lists(
        st.sampled_from([*"0123456789 .-()\u00a0\n,e", "95000"]),
        max_size=14,
    ).map("".join),
    st.sampled_from(["", ".0", ".00", ",0", " ", "\u00a0", ".0\u00a0", "-", "E+08"]),
)


@given(_WRITTEN)
@settings(max_examples=3000)
@example("+849500012")
@example("95000123.0\u00a0")
@example("84950001234")
def test_the_fast_way_never_differs_from_the_long_one(text):
    """What it reads, the full rules read the same; it only saves time."""
    read = mobile.plain(text)

    assert read is None or read == phone._national(phone._tidy(text))


@given(st.sampled_from(sorted(mobile.PREFIXES)), st.integers(0, 999_999))
def test_what_the_table_opens_phonenumbers_calls_mobile(prefix, rest):
    """The library is the oracle of the table."""
    number = phonenumbers.parse(f"+84{prefix}{rest:06d}")

    assert mobile.plain(f"0{prefix}{rest:06d}") == f"{prefix}{rest:06d}"
    assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


def test_the_operators_are_those_of_phonenumbers_but_for_known_differences():
    """Its table names owners of unused prefixes and old names of two virtual operators."""
    renamed = {"Vinaphone": "VinaPhone", "G-Mobile": "Gmobile"}
    differ = {}
    for prefix in mobile.PREFIXES:
        number = phonenumbers.PhoneNumber(country_code=84, national_number=int(f"{prefix}000000"))
        theirs = oracle.name_for_number(number, "en")
        ours = mobile.carrier(f"+84{prefix}000000")
        if renamed.get(theirs, theirs) != ours:
            differ.setdefault((theirs, ours), set()).add(prefix[:2])

    assert differ == {
        ("MobiFone", ""): {"30", "51"},
        ("Viettel", ""): {"31"},
        ("Reddi", "Wintel"): {"55"},
        ("Vinaphone", "iTel"): {"87"},
        ("Indochina Telecom", "iTel"): {"99"},
    }


def test_an_old_number_is_refused_with_what_it_became():
    """The new form is a hint for whoever asks the owner, never taken by itself."""
    refused = phone.national("0120 123 4567")

    assert refused == phone.Refusal("old", "120", "0701234567")
    assert "0701234567" not in repr(refused)


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("0950001234", None),
        ("+84950001234", None),
        ("0084950001234", None),
        ("'0950001234", None),
        ("ĐT: 0950.001.234", None),
        ("950001234", "zero"),
        ("950.001.234", "zero"),
        ("840001234", "zero"),  # 084 without its 0, not the country
        ("84950001234", "plus"),
        ("950001234.0", "decimal"),
        ("84950001234.0", "decimal"),
        ("9.50001234E+08", "scientific"),
    ],
)
def test_what_excel_did_to_a_number_is_named(text, mended):
    """Whoever brings a list sees how many numbers had to be mended, and how."""
    assert isinstance(phone.national(text), str)
    assert phone.mended(text) == mended


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0950000001/0950000002", ["950000001", "950000002"]),
        ("0950000001 - 0950000002", ["950000001", "950000002"]),
        ("0950000001-0950000002", ["950000001", "950000002"]),
        ("0950000001 0950000002", ["950000001", "950000002"]),
        ("950000001 950000002", ["950000001", "950000002"]),
        ("0950 000 001 0950 000 002", ["950000001", "950000002"]),
        ("0950.000.001; +84 950 000 002", ["950000001", "950000002"]),
        ("0950000001\n0950000002\n", ["950000001", "950000002"]),
        ("0950000001 hoặc 0950000002", ["950000001", "950000002"]),
        ("0950000001, 0950000002 & 0950000003", ["950000001", "950000002", "950000003"]),
        ("0950000001 0950000002/0950000003", ["950000001", "950000002", "950000003"]),
        ("0950000001 / 0204 3885 113", ["950000001", "landline"]),
        ("0950000001/02", ["two"]),
        ("09500000010950000002", ["two"]),  # nothing says that these are two
        ("950000001950000002", ["two"]),
        ("0950000001 (vợ 0950000002)", ["two"]),
        ("0950000001", ["950000001"]),
    ],
)
def test_numbers_that_share_a_cell_are_parted_where_it_is_certain(text, numbers):
    """Each is read on its own; a cell that could be read in two ways stays one, and refused."""
    read = [phone.national(piece) for piece in phone.pieces(text)]

    assert [r if isinstance(r, str) else r.code for r in read] == numbers
