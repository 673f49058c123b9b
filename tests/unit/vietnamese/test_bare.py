"""The lint of what a reader without accents may misread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.bare import ambiguous
from vietnamese.bare_table import RISKS, SAFE
from vietnamese.plain import nfc, plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Đừng chuyển tiền", ["Đừng chuyển"]),
        ("Hãy đừng tin", ["đừng"]),
        ("Dùng đúng cách", ["Dùng", "đúng"]),
        ("Chớ mở máy", ["Chớ", "mở"]),
        ("Cấm hút thuốc", ["Cấm"]),
        ("Không bán sim", ["bán"]),
        ("Bạn ơi", ["Bạn"]),
        ("Tiền chưa về", ["chưa"]),
        ("Giọng nói có thể giả.", ["giả"]),
        ("Nếu lỡ chuyển tiền, gọi 113", ["lỡ"]),
        ("Không trả", ["trả"]),
        ("Người thân nhắn tin vay tiền", ["nhắn tin"]),
        ("bị khống chế", ["khống chế"]),
        ("trước sáu giờ", ["sáu giờ"]),
    ],
)
def test_words_that_turn_round_without_accents_are_warned_of(text, words):
    """Negation, ban and permission, who does what, and what is false."""
    found = ambiguous(text)

    assert [a.word for a in found] == words
    for a in found:
        assert nfc(text)[a.start : a.end] == a.word
        assert a.bare == plain(a.word)
        assert a.could_be
        assert a.why


@pytest.mark.parametrize(
    "text",
    [
        "CẢNH BÁO: Công an không làm việc qua điện thoại, không yêu cầu chuyển tiền.",
        "Ai làm vậy là lừa đảo. Tắt máy, báo Công an xã, gọi 113.",
        "Luật An ninh mạng nghiêm cấm lừa đảo, giả danh, giả mạo.",
        "Không nên chuyển tiền. Bảo đảm an toàn.",
        "Sử dụng ứng dụng, kiểm tra nội dung, tin nhắn.",
        "Mua bán tài khoản của bạn bị phạt.",
        "Kẻ gian bắt cóc trẻ em. Bất kỳ ai.",
        "Nhắn tin tới 156. Chưa được xác nhận. Tham gia cùng gia đình.",
        "Cho ai, chang trai",
        "",
    ],
)
def test_phrases_read_in_one_way_are_never_warned_of(text):
    """A warning at every word is no warning."""
    assert ambiguous(text) == []


def test_the_alternatives_name_what_else_the_word_may_be():
    """The written word itself is not among them: staff know that one."""
    (found,) = ambiguous("Đừng chuyển")

    assert found.could_be == ("đúng chuyển", "dùng chuyển", "dừng chuyển")
    assert "KHÔNG CHUYỂN" in found.why


def test_a_text_typed_without_accents_is_judged_by_its_bare_words():
    """Whoever types "dung chuyen tien" is warned as well, with every reading."""
    found = ambiguous("Dung chuyen tien cho ai. Su dung, kiem tra, lua dao.")

    assert [a.word for a in found] == ["Dung chuyen"]
    assert found[0].could_be == ("đừng chuyển", "đúng chuyển", "dùng chuyển", "dừng chuyển")


def test_a_phrase_does_not_run_over_a_full_stop():
    """ "Kiểm. Tra" is not "kiểm tra", and a line break is only a space."""
    assert [a.word for a in ambiguous("Xong kiểm. Tra lại")] == ["Tra"]
    assert ambiguous("kiểm\ntra") == []


def test_both_tone_styles_and_both_unicode_forms_are_known():
    """Decomposed input gives places in the composed text."""
    (found,) = ambiguous("D\u0323 c\u00e2\u0301m")

    assert found.word == "cấm"
    assert found.start == 2


def test_every_reading_in_the_table_has_the_bare_form_it_stands_under():
    """A slip in the table would warn of a word that cannot be misread so."""
    for risk in RISKS:
        assert set(risk.written) <= set(risk.could_be), risk.bare
        assert len(risk.could_be) > 1
        for reading in risk.could_be:
            assert plain(reading) == risk.bare


def test_no_safe_phrase_hides_a_risk():
    """A phrase cannot be safe and risky, nor safe when it looks like a risky one."""
    assert not {plain(p) for p in SAFE} & {r.bare for r in RISKS}
    assert len(SAFE) == len(set(SAFE))
    assert all(p == nfc(p) == p.lower() and plain(p).replace(" ", "").isalpha() for p in SAFE)


@given(st.text(max_size=80))
def test_any_text_can_be_linted(text):
    """The places are in order, within the text, and never overlap."""
    end = 0
    for a in ambiguous(text):
        assert end <= a.start < a.end <= len(nfc(text))
        end = a.end
