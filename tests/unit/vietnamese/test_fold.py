"""Comparing and sorting as a Vietnamese reader does."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.fold import fold, sort_key
from vietnamese.plain import plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Uỷ ban", "ủy BAN"),
        ("Hoá đơn", "hóa đơn"),
        ("toà án", "tòa án"),
        ("sức khoẻ", "sức khỏe"),
        ("quý", "qúy"),
        ("hoàn", "hòan"),
        ("lừa  đảo\n", unicodedata.normalize("NFD", "Lừa đảo")),
        ("HÒA", "hoà"),
    ],
)
def test_spellings_of_one_word_fold_to_one_key(one, other):
    """Case, Unicode form, place of the tone and spacing are not differences."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("của", "cúa"), ("hoa", "hóa"), ("đa", "da")])
def test_different_words_stay_different(one, other):
    """The tone and the bar of đ are differences, unless accents are dropped."""
    assert fold(one) != fold(other)
    assert fold(one, accents=False) == fold(other, accents=False)


def test_without_accents_a_bare_query_finds_the_accented_word():
    """What people type into a search box."""
    assert fold("Lừa ĐẢO", accents=False) == "lua dao"


@given(st.text("aàáòóoeuyýủỷqhHÓĐđ \n", max_size=30))
def test_folding_twice_is_folding_once_and_changes_no_letter(text):
    """Idempotent; only case, tone place and spaces differ from the text."""
    assert fold(fold(text)) == fold(text)
    assert fold(text, accents=False) == " ".join(plain(text).lower().split())


def test_the_alphabet_is_vietnamese_and_the_tone_comes_second():
    """a ă â … d đ e ê; ngang huyền hỏi ngã sắc nặng; word by word; figures first."""
    ordered = [
        "2 xã", "An", "ăn", "ân", "ba", "bà", "bả", "bã", "bá", "bạ", "ba ngàn", "bà ngoại",
        "bản", "bạn", "da", "đa", "em", "êm", "on", "ôn", "ơn", "un", "ưn", "xã", "y",
    ]  # fmt: skip
    expected = [
        "2 xã", "An", "ăn", "ân", "ba", "ba ngàn", "bà", "bà ngoại", "bả", "bã", "bá", "bạ",
        "bản", "bạn", "da", "đa", "em", "êm", "on", "ôn", "ơn", "un", "ưn", "xã", "y",
    ]  # fmt: skip

    ordered.reverse()

    assert sorted(ordered, key=sort_key) == expected


@given(st.lists(st.text(max_size=10), max_size=8))
def test_every_text_has_one_place(texts):
    """Total and stable: the order does not depend on where the texts came from."""
    backwards = texts[::-1]

    assert sorted(texts, key=sort_key) == sorted(backwards, key=sort_key)
