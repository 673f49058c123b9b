"""Syllables are known by their build, and counted for the reading time."""

import pytest

from vietnamese.syllables import is_syllable, reading_seconds, syllable_count

GOOD_WORDS = """
a ơi ừ yêu ý lừa đảo nghiêng ngoằn nghèo khuya khuỷu thuở quốc quyền quýnh quả quy quỷ qua quét
gì gìn giếng giết già giữ gió ghế ghi nghĩ kiểm kẻ ký kỹ cấm cảm huyện tuyên truyền thuế tuổi
người rượu hươu xoong boong toàn hoàn hóa hoá ủy uỷ thúy thuý ngoại xuất xuân quân khoẻ khỏe
Đắk Lắk mười ước được tiếp nhịp sạch ếch lệch chuếch quệch loắt choắt quắc hoạch toẹt VIỆT Đừng
"""

BAD_WORDS = """
lừb fa jack web zalo online ka gê nge nghà kà cê ngi tàt làc mảp bậch đđ ộtộ abc bc đ th uo iê
ươ quư gh1 1 a1 àá
"""


@pytest.mark.parametrize("word", GOOD_WORDS.split())
def test_vietnamese_syllables_pass(word):
    """Any onset, rhyme and tone that go together, both tone styles, any case."""
    assert is_syllable(word)


@pytest.mark.parametrize("word", [*BAD_WORDS.split(), "", " ", "lừa đảo", "-"])
def test_all_else_does_not(word):
    """Wrong letters, wrong spelling of c/k, g/gh, ng/ngh, wrong tone before c, p, t."""
    assert not is_syllable(word)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Lừa đảo", 2),
        ("Công an xã nhắc bà con cảnh giác.", 8),
        ("Hãy gọi 113", 5),
        ("24/24", 5),
        ("05:30", 5),
        ("thôn/xóm", 2),
        ("Số điện thoại: 156", 6),
        ("OTP", 3),
        ("UBND", 4),
        ("100%", 5),
        ("video online", 2 + 3),
        ("SIM rác", 2),
        ("— … !", 0),
    ],
)
def test_words_count_one_figures_and_abbreviations_by_their_signs(text, count):
    """An estimate that errs by little: one for a word, one for a figure or spelt letter."""
    assert syllable_count(text) == count


def test_reading_time_is_rounded_up():
    """Three syllables a second unless told; half a second more is a second more."""
    assert reading_seconds("") == 0
    assert reading_seconds("một hai ba") == 1
    assert reading_seconds("một hai ba bốn") == 2
    assert reading_seconds("một hai ba bốn", per_second=4) == 1
