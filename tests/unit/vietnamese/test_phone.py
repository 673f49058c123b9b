"""Vietnamese mobile numbers as people and Excel write them; everything else is refused."""

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vietnamese.phone import Phone, masked, parse


@pytest.mark.parametrize(
    "text",
    [
        "0912345678",
        "0912.345.678",
        "0912 345 678",
        "0912-345-678",
        "0912 - 345 - 678",
        "0912–345–678",
        "(0912) 345 678",
        "0912,345,678",
        "0 9 1 2 3 4 5 6 7 8",
        "+84 912 345 678",
        "+84912345678",
        "(+84) 912 345 678",
        "(+84)912345678",
        "+84 (0)912.345.678",
        "+84 0912345678",
        "0+84912345678",
        "84912345678",
        "84 912 345 678",
        "0084912345678",
        "00 84 912 345 678",
        "912345678",
        "912 345 678",
        "912.345.678",
        "912,345,678",
        "84912345678.0",
        "912345678.0",
        "0912345678.0",
        "912345678,0",
        "0912345678.00",
        "9.12345678E+08",
        "8.4912345678E+10",
        "'0912345678",
        "’0912345678",
        '="0912345678"',
        '"0912345678"',
        "\t0912345678\t",
        "  0912345678  ",
        "0912\u00a0345\u00a0678",
        "0912\u202f345\u202f678",
        "\u200b0912345678\ufeff",
        "\u202a0912345678\u202c",
        "０９１２３４５６７８",
        "＋８４９１２３４５６７８",
        "tel:+84912345678",
        "Tel.: 0912 345 678",
        "ĐT: 0912 345 678",
        "đt 0912345678",
        "DT:0912345678",
        "Sđt 0912 345 678",
        "SĐT: 0912.345.678",
        "Số điện thoại: 0912345678",
        "Di động: 0912345678",
        "Số 0912345678",
        "Zalo 0912345678",
        "0912345678.",
        "0912345678;",
        "0912345678\r",
    ],
)
def test_one_mobile_number_in_any_writing_is_read(text):
    """The input is kept as typed; the number is +84 and nine digits."""
    assert parse(text) == Phone(input=text, e164="+84912345678", error=None)


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("849123456", "+84849123456"),  # 084 without its 0, not the country code
        ("84849123456", "+84849123456"),
        ("0849123456", "+84849123456"),
        ("0321234567", "+84321234567"),
        ("0599123456", "+84599123456"),
    ],
)
def test_the_prefix_084_is_not_taken_for_the_country_code(text, e164):
    """Eleven digits that begin with 84 are Vietnam; nine are a number that lost its 0."""
    assert parse(text).e164 == e164


@pytest.mark.parametrize(
    ("text", "vi", "en"),
    [
        ("", "trống", "empty"),
        (" \t\u00a0\u200b", "trống", "empty"),
        ("9.1E+08", "mất chữ số", "lost digits"),
        ("9,1E+08", "mất chữ số", "lost digits"),
        ("8.49123E+10", "mất chữ số", "lost digits"),
        ("9E+08", "mất chữ số", "lost digits"),
        ("01201234567", "0120 đã đổi thành 070", "0120 became 070"),
        ("0168 123 4567", "0168 đã đổi thành 038", "0168 became 038"),
        ("1681234567", "0168 đã đổi thành 038", "0168 became 038"),
        ("+84 168 123 4567", "0168 đã đổi thành 038", "0168 became 038"),
        ("01991234567", "0199 đã đổi thành 059", "0199 became 059"),
        ("01234567890", "0123 đã đổi thành 083", "0123 became 083"),
        ("01111234567", "11 chữ số", "11-digit"),
        ("0204.3885.113", "số cố định", "landline"),
        ("024 3826 1234", "số cố định", "landline"),
        ("2043885113", "số cố định", "landline"),
        ("+84 24 3826 1234", "số cố định", "landline"),
        ("069.2345.678", "số cố định", "landline"),
        ("113", "số dịch vụ", "service"),
        ("156", "số dịch vụ", "service"),
        ("5656", "số dịch vụ", "service"),
        ("+84113", "số dịch vụ", "service"),
        ("1900 1009", "số dịch vụ", "service"),
        ("1800.1166", "số dịch vụ", "service"),
        ("1900123456", "số dịch vụ", "service"),
        ("+1 202 555 0123", "quốc gia", "country"),
        ("+86 138 0013 8000", "quốc gia", "country"),
        ("008613800138000", "quốc gia", "country"),
        ("091234567", "thiếu chữ số", "too short"),
        ("0912", "thiếu chữ số", "too short"),
        ("0", "thiếu chữ số", "too short"),
        ("09123456789", "thừa chữ số", "too long"),
        ("0412345678", "đầu số 0412", "prefix 0412"),
        ("0612345678", "đầu số 0612", "prefix 0612"),
        ("0501234567", "đầu số 0501", "prefix 0501"),
        ("0912345678a", "không phải chữ số: a", "not digits: a"),
        ("O912345678", "không phải chữ số: O", "not digits: O"),
        ("Nguyễn Văn A", "không phải chữ số", "not digits"),
        ("0912345678 (Lan)", "không phải chữ số: L a n", "not digits"),
        ("٠٩١٢٣٤٥٦٧٨", "không phải chữ số", "not digits"),
        ("+84912345678+", "không phải chữ số: +", "not digits"),
        ("9e" + "9" * 5000, "nhiều số", "several"),
        ("0912345678/0987654321", "nhiều số", "several"),
        ("0912345678, 0987654321", "nhiều số", "several"),
        ("0912345678; 0987654321", "nhiều số", "several"),
        ("0912345678 - 0987654321", "nhiều số", "several"),
        ("0912345678-0987654321", "nhiều số", "several"),
        ("0912345678 0987654321", "nhiều số", "several"),
        ("912345678 987654321", "nhiều số", "several"),
        ("0912345678 hoặc 0987654321", "nhiều số", "several"),
        ("0912345678\n0987654321", "nhiều số", "several"),
        ("0912345678/79", "nhiều số", "several"),
    ],
)
def test_all_else_is_refused_with_the_reason_in_both_languages(text, vi, en):
    """Exactly one of number and reason; the reason says what to mend."""
    refused = parse(text)

    assert refused.input == text
    assert refused.e164 is None
    assert refused.error is not None
    assert vi in refused.error
    assert en in (parse(text, lang="en").error or "")


def _oracle(number: str) -> bool:
    try:
        parsed = phonenumbers.parse(number, "VN")
    except phonenumbers.NumberParseException:
        return False
    return (
        phonenumbers.is_valid_number(parsed)
        and phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
    )


def test_our_table_of_prefixes_is_that_of_phonenumbers():
    """Every prefix of four digits after the 0 (00 would be a country); one known difference."""
    differ = set()
    for prefix in range(1_000, 10_000):
        number = f"0{prefix:04d}55555"
        if (parse(number).e164 is not None) != _oracle(number):
            differ.add(number[:4])

    # The library calls these mobile; subscribers are under 03, 05, 07, 08 and 09 only.
    assert differ == {"0121", "0140", "0160"}


@given(st.from_regex(r"0[35789][0-9]{8}", fullmatch=True))
@settings(max_examples=500)
def test_ten_digits_pass_when_phonenumbers_calls_them_a_mobile(number):
    """Ours is the table, the library is the oracle."""
    assert (parse(number).e164 == "+84" + number[1:]) == _oracle(number)


@given(st.text("0123456789+().-,/ Ee\u00a0đtĐT:'", max_size=24))
@example("+840")
@example("0+")
@example("84")
def test_whatever_passes_is_a_mobile_number_for_phonenumbers_too(text):
    """No repair of ours makes a number out of something that is none."""
    read = parse(text)

    assert (read.e164 is None) != (read.error is None)
    if read.e164:
        assert _oracle(read.e164)
        assert read.e164[3:] in "".join(c for c in text if c.isdigit())


@given(st.text(st.characters(exclude_categories=[]), max_size=30))
def test_any_text_gets_a_number_or_a_reason(text):
    """Total: nothing a cell may hold raises."""
    read = parse(text)

    assert read.input == text
    assert (read.e164 is None) != (read.error is None)
    assert "{" not in (read.error or "{".replace("{", "")) or "{" in text


def test_only_the_last_three_digits_of_a_masked_number_can_be_read():
    """Logs and screens show no more."""
    assert masked("+84912345678") == "•••••••678"
