"""Nothing that leaves shows a secret or a whole phone number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.scrub import MASK, scrub

MASKED = [
    ("Gửi tới 0950005678 xong", "Gửi tới ***678 xong"),
    ("phone=84950005678&a=1", "phone=***678&a=1"),
    ("+84 950 005 678", "***678"),
    ("to=%2B84950005678", "to=***678"),
    ("0950.005.678, 0987-654-321", "***678, ***321"),
    ("(0204) 388 5113", "(***113"),
    ("02043885113", "***113"),
    ("mã 123456789012345678", "mã 123456789012345678"),  # a gateway's id
    ("sms-0950005678", "sms-0950005678"),
    ("gọi 113 hoặc 111", "gọi 113 hoặc 111"),
    ("tin 00483475-8c6d-8569-a1b2-0123456789ab", "tin 00483475-8c6d-8569-a1b2-0123456789ab"),
    ("sha256 0950005678" + "a" * 54, "sha256 0950005678" + "a" * 54),
    ("00483475-8c6d-8569-0950005678", "***758c6d-8569-0950005678"),  # no key: rather too much
    ("1.500.000đ, ngày 24/11/2026", "1.500.000đ, ngày 24/11/2026"),
]


@pytest.mark.parametrize(("text", "shown"), MASKED)
def test_a_number_keeps_its_last_three_digits(text: str, shown: str) -> None:
    """Enough to tell two rows apart, not enough to call; ids, dates and sums stay."""
    assert scrub(text) == shown


def test_a_secret_is_masked_in_every_form_it_travels_in() -> None:
    """As it is, and as an address or a form writes it; the longest first."""
    text = "k=a/b c, k=a%2Fb%20c, k=a%2Fb+c, a/b cd"

    assert scrub(text, ["a/b c", "a/b cd", ""]) == f"k={MASK}, k={MASK}, k={MASK}, {MASK}"


@given(number=st.from_regex(r"\A(0|84|\+84)[35789]\d{8}\Z"), before=st.sampled_from(" =:,(\"'"))
def test_no_mobile_number_survives(number: str, before: str) -> None:
    """Whatever stands before it."""
    assert number[-9:] not in scrub(f"x{before}{number} y")


@given(secret=st.text(min_size=4, max_size=40).filter(lambda s: MASK not in s), text=st.text())
def test_no_secret_survives(secret: str, text: str) -> None:
    """Wherever it stands, the whole secret is gone."""
    shown = scrub(f"{text}{secret}{text}", [secret])

    assert secret not in shown or secret in MASK * 9
