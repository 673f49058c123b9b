"""Vietnamese alphabetical order."""

import random
import unicodedata

import pytest

from vietnamese import collate


@pytest.mark.parametrize("right", [
    ["a", "ă", "â", "b", "d", "đ", "e", "ê", "g", "i", "o", "ô", "ơ", "u", "ư", "v", "x", "y"],
    ["ba", "bà", "bả", "bã", "bá", "bạ", "ban", "bàn", "băn", "bân"],
    # letters before tones, a syllable before the next one
    ["đa", "đà nẵng", "đá", "đan", "đàn bầu"],
    ["Tổ 1", "tổ 2", "Tổ a", "Tổ Đ", "tổ e"],
    ["zoo", "яма"],
    ["", "1", "a"],
])
def test_words_stand_as_in_a_dictionary(right: list[str]) -> None:
    mixed = random.Random(7).sample(right, len(right))
    assert sorted(mixed, key=collate.key) == right
    typed = [unicodedata.normalize("NFD", word) for word in mixed]
    assert sorted(typed, key=collate.key) == [unicodedata.normalize("NFD", w) for w in right]


def test_persons_stand_by_their_given_names() -> None:
    right = ["An", "Đỗ An", "Bùi Ân", "Nguyễn Văn Bình", "Nguyễn Vân Bình", "Lê Dũng", "Lý Đạt"]
    mixed = random.Random(7).sample(right, len(right))
    assert sorted(mixed, key=collate.name_key) == right
