"""Taking the accents off: pure ASCII, never a "?", never a lost đ."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.plain import nfc, plain, slug, unplainable

VOWELS = "aăâeêioôơuưy"
TONES = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
LETTERS = [nfc(v + t) for v in VOWELS for t in TONES] + ["đ"]
VIETNAMESE = LETTERS + [letter.upper() for letter in LETTERS]
TYPOGRAPHY = list("“”‘’–—…•₫\u00a0\u200b\u00ad\ufeff")
EMOJI = [*"😀👋🎉⚠✅", "👨‍👩‍👧", "1️⃣", "🇻🇳", "👍🏽"]

vietnamese_text = st.lists(
    st.sampled_from(VIETNAMESE + list(string.ascii_letters + string.digits + " .,!\n")), max_size=60
).map("".join)
messy_text = st.lists(
    st.sampled_from(VIETNAMESE + TYPOGRAPHY + EMOJI + list("abc 0123.,!\n")), max_size=60
).map("".join)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Lừa đảo", "Lua dao"),  # the trap of NFKD + ascii-ignore is "Lua ao"
        ("ĐỪNG CHUYỂN TIỀN", "DUNG CHUYEN TIEN"),
        ("Ðà Nẵng, ðường, Ɖ", "Da Nang, duong, D"),  # look-alikes of đ
        ("“Công an” – ‘xã’ — … •", "\"Cong an\" - 'xa' - ... -"),
        ("„a“ «b»", '"a" "b"'),
        ("a\u00a0b\u202fc\u2009d\u3000e", "a b c d e"),
        ("li\u00adên\u200b hệ\ufeff\u2060", "lien he"),
        ("500.000₫, 20€", "500.000d, 20EUR"),
        ("ＡＢＣ１２３？", "ABC123?"),
        ("5 − 3 × 2 ≥ 1", "5 - 3 x 2 >= 1"),
        ("38°C", "38oC"),
        ("m²", "m2"),
        ("10²", "10^2"),  # and not 102
        ("1½ giờ", "1 1/2 gio"),  # and not 11/2
        ("một\r\nhai\nba", "mot\r\nhai\nba"),
        ("dòng\u2028mới", "dong\nmoi"),
        ("œuvre, straße", "oeuvre, strasse"),
        ("`~^[]{}|\\ \t", "`~^[]{}|\\ \t"),
        ("", ""),
    ],
)
def test_plain_writes_each_character_as_a_reader_expects(written, expected):
    """Letters lose their marks, typography becomes ASCII, ASCII stays as it is."""
    assert plain(written) == expected
    assert plain(unicodedata.normalize("NFD", written)) == expected
    assert unplainable(written) == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Chào 👋 bạn", "Chao ban"),
        ("👋 Chào", "Chao"),
        ("Chào 👋", "Chao"),
        ("Chào 👋!", "Chao!"),
        ("Chào👋bạn", "Chao ban"),
        ("🎉 🎉 a 🎉🎉 b 🎉", "a b"),
        ("a  b 👋 c  d", "a  b c  d"),  # spaces elsewhere are the author's
        ("trên\n⚠️ dưới ⚠️\nhết", "tren\nduoi\nhet"),
        ("👨‍👩‍👧 nhà, 👍🏽 tốt, 🇻🇳", "nha, tot,"),
        ("1️⃣ một", "1 mot"),
        ("🎉", ""),
    ],
)
def test_pictures_are_left_out_and_only_the_spaces_round_them_tidied(written, expected):
    """An emoji says nothing that may not go, and leaves neither a "?" nor a double space."""
    assert plain(written) == expected
    assert unplainable(written) == []


def test_letters_of_other_scripts_are_left_out_and_listed():
    """A caller learns what plain() could not say, each character once, in order."""
    assert plain("Gọi 中国 Москва 中") == "Goi"
    assert unplainable("Gọi 中国 Мос 中 § \ud83d") == ["中", "国", "М", "о", "с", "§", "\ud83d"]
    assert plain("a中b") == "a b"


@given(vietnamese_text)
def test_every_vietnamese_text_becomes_ascii_letter_by_letter(text):
    """No letter is lost or added: the plain text is as long as the composed one."""
    result = plain(text)

    assert result.isascii()
    assert len(result) == len(nfc(text))
    assert "?" not in result
    assert unplainable(text) == []


@given(messy_text)
def test_plain_twice_is_plain_once_in_either_form_of_unicode(text):
    """Idempotent, blind to NFC or NFD, and ASCII for all that a Vietnamese editor types."""
    once = plain(text)

    assert once.isascii()
    assert "?" not in once
    assert plain(once) == once
    assert plain(unicodedata.normalize("NFD", text)) == once


@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_any_text_at_all_becomes_ascii_and_what_is_lost_is_named(text):
    """Plain is total; letters and digits that vanish are always listed."""
    result = plain(text)

    assert result.isascii()
    named = set(unplainable(text))
    for char in nfc(text):
        if unicodedata.category(char)[0] in "LN" and not plain(char):
            assert char in named


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cảnh báo: Lừa đảo — gọi 113!", "canh-bao-lua-dao-goi-113"),
        ("  Đường  dây / nóng ", "duong-day-nong"),
        ("td_05", "td-05"),
        ("中", ""),
    ],
)
def test_slug_is_small_letters_figures_and_hyphens(text, expected):
    """A slug is safe in an address and a file name."""
    assert slug(text) == expected
