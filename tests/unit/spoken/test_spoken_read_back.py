"""Read back, the spoken form gives what was written: numbers, dates, sums, times, phones."""

from datetime import date as Day  # noqa: N812  (a day, beside the reader's `date`)
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.spoken import readback
from vietnamese.spoken import speak
from vietnamese.spoken.numerals import integer, number

LARGEST = 10**12
numbers = st.one_of(
    st.integers(0, 120), st.integers(0, LARGEST),
    # groups of zeros are where words go missing
    st.tuples(*[st.sampled_from((0, 1, 5, 10, 15, 21, 100, 104, 500, 999))] * 4).map(
        lambda g: ((g[0] * 1000 + g[1]) * 1000 + g[2]) * 1000 + g[3]),
)


def dotted(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def after(head: str, written: str) -> str:
    """What is said for *written* behind *head*."""
    voice = speak(f"{head} {written}").voice
    assert voice.startswith(head)
    return voice[len(head) + 1 :]


def test_every_number_below_a_hundred_thousand_is_read_back():
    """All of them, not a sample: these are the numbers that bulletins are full of."""
    assert [readback.integer(integer(n)) for n in range(100_000)] == list(range(100_000))


@given(numbers)
@example(LARGEST)
@example(1_000_500)
@example(1_000_000_500)
@settings(max_examples=600)
def test_every_whole_number_to_ten_to_the_twelfth_is_read_back(value):
    """As a word of its own, and written with dots in a sentence."""
    assert readback.integer(integer(value)) == value
    assert readback.integer(after("Tổng số là", dotted(value) + ".").rstrip(".")) == value


def test_a_million_and_five_hundred_is_not_one_and_a_half_million():
    """ "một triệu năm trăm" is what people say for 1,500,000."""
    assert integer(1_000_500) == "một triệu không nghìn năm trăm"
    assert integer(1_500_000) == "một triệu năm trăm nghìn"


@given(st.integers(0, 999), st.integers(0, 3), st.integers(1, 99))
def test_decimals_are_read_back(whole, zeros, rest):
    """The comma, then zeros one by one, then a whole number."""
    decimals = ("0" * zeros + str(rest))[:3]
    if int(decimals) == 0:
        decimals = "5"
    expected = Decimal(f"{whole}.{decimals}")

    assert readback.decimal(number(f"{whole},{decimals}")) == expected
    assert readback.decimal(after("Tăng", f"{whole},{decimals}%").removesuffix(" phần trăm")) == (
        expected)


@given(st.dates(Day(1900, 1, 1), Day(2099, 12, 31)), st.sampled_from("/.-"), st.booleans())
def test_every_date_is_read_back(day, sign, padded):
    """With strokes, dots or dashes, with zeros before or without."""
    parts = f"{day:%d} {day:%m}".split() if padded else [str(day.day), str(day.month)]
    written = sign.join([*parts, str(day.year)])

    assert readback.date(after("Họp ngày", written)) == (day.day, day.month, day.year)
    assert not speak(f"Họp ngày {written}").findings


@given(st.integers(1, LARGEST), st.sampled_from(["đ", " đ", " đồng", " VNĐ"]))
def test_every_sum_is_read_back(value, currency):
    """To the last đồng, whatever the sign for it."""
    assert readback.money(after("Nộp", dotted(value) + currency)) == value


@given(st.integers(1, 999), st.integers(0, 9), st.sampled_from(["nghìn", "triệu", "tỷ"]))
def test_sums_in_millions_are_read_back(whole, tenth, scale):
    """ "2,5 triệu đồng"."""
    worth = {"nghìn": 1000, "triệu": 10**6, "tỷ": 10**9}[scale]
    written = f"{whole},{tenth or 1} {scale} đồng"

    assert readback.money(after("Nộp", written)) == Decimal(f"{whole}.{tenth or 1}") * worth


@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from(["{}h{:02}", "{:02}:{:02}",
                                                                "{}g{:02}", "{} giờ {:02} phút"]))
def test_every_time_of_day_is_read_back(hour, minute, form):
    """Four ways to write it; a full hour says no minutes."""
    assert readback.clock(after("Họp lúc", form.format(hour, minute))) == (hour, minute)


#: Fictitious numbers only: 0950 000 000 to 0950 009 999.
subscribers = st.integers(0, 9999).map(lambda n: f"095000{n:04}")
shapes = st.sampled_from([(4, 3, 3), (3, 3, 4), (4, 2, 2, 2), (5, 5), (4, 6), (3, 4, 3)])


@given(subscribers, shapes, st.sampled_from(" .-"), st.booleans())
def test_every_shape_of_a_phone_number_is_read_back(phone, sizes, sign, called):
    """Digit by digit in the groups that were written, with or without a word for calling."""
    groups, place = [], 0
    for size in sizes:
        groups.append(phone[place : place + size])
        place += size
    head = "Gọi số" if called else "Bà con ghi nhớ"

    assert readback.digits(after(head, sign.join(groups))) == groups


@given(subscribers)
def test_a_number_in_one_piece_keeps_every_digit(phone):
    """Pauses are put in for the breath; digits are not lost for it."""
    assert "".join(readback.digits(after("Điện thoại:", phone))) == phone
    abroad = after("Điện thoại:", f"+84 {phone[1:4]} {phone[4:7]} {phone[7:]}")
    assert "".join(readback.digits(abroad.removeprefix("cộng "))) == f"84{phone[1:]}"


@pytest.mark.parametrize("service", ["111", "112", "113", "114", "115", "156", "5656"])
@pytest.mark.parametrize("head", ["gọi", "gọi ngay", "Tổng đài", "báo tin tới số", "nhắn tin tới",
                                  "liên hệ Công an xã hoặc gọi"])
def test_service_numbers_are_said_digit_by_digit(service, head):
    """The first thing a warning must not get wrong."""
    assert readback.digits(after(head.capitalize(), service)) == [service]


@given(st.integers(100, 9999), st.sampled_from(["hộ", "người", "vụ", "triệu đồng", "tin nhắn"]))
def test_what_is_counted_is_never_said_digit_by_digit(value, noun):
    """113 households are a hundred and thirteen, also after "gọi"."""
    for head in ("Có", "Đã gọi cho", "Báo cáo có"):
        said = after(head, f"{value} {noun}").removesuffix(f" {noun}")
        assert readback.integer(said) == value


@given(st.text("0123456789", min_size=9, max_size=16), st.sampled_from(["STK", "Số tài khoản"]))
def test_every_digit_of_an_account_is_said(account, label):
    """No digit of an account number may be lost or joined to a number."""
    voice = speak(f"{label}: {account}").voice

    assert "".join(readback.digits(voice.partition(": ")[2])) == account
