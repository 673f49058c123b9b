"""Text in the old codes TCVN3 and VNI is recognised and made Unicode; other text is let be."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.legacy import detect, to_unicode
from vietnamese.plain import nfc

# Written out here a second time, from the fonts' code charts, so that a slip in one is found.
TCVN3 = {
    "à": 0xB5, "ả": 0xB6, "ã": 0xB7, "á": 0xB8, "ạ": 0xB9, "ă": 0xA8, "ằ": 0xBB, "ẳ": 0xBC,
    "ẵ": 0xBD, "ắ": 0xBE, "ặ": 0xC6, "â": 0xA9, "ầ": 0xC7, "ẩ": 0xC8, "ẫ": 0xC9, "ấ": 0xCA,
    "ậ": 0xCB, "đ": 0xAE, "è": 0xCC, "ẻ": 0xCE, "ẽ": 0xCF, "é": 0xD0, "ẹ": 0xD1, "ê": 0xAA,
    "ề": 0xD2, "ể": 0xD3, "ễ": 0xD4, "ế": 0xD5, "ệ": 0xD6, "ì": 0xD7, "ỉ": 0xD8, "ĩ": 0xDC,
    "í": 0xDD, "ị": 0xDE, "ò": 0xDF, "ỏ": 0xE1, "õ": 0xE2, "ó": 0xE3, "ọ": 0xE4, "ô": 0xAB,
    "ồ": 0xE5, "ổ": 0xE6, "ỗ": 0xE7, "ố": 0xE8, "ộ": 0xE9, "ơ": 0xAC, "ờ": 0xEA, "ở": 0xEB,
    "ỡ": 0xEC, "ớ": 0xED, "ợ": 0xEE, "ù": 0xEF, "ủ": 0xF1, "ũ": 0xF2, "ú": 0xF3, "ụ": 0xF4,
    "ư": 0xAD, "ừ": 0xF5, "ử": 0xF6, "ữ": 0xF7, "ứ": 0xF8, "ự": 0xF9, "ỳ": 0xFA, "ỷ": 0xFB,
    "ỹ": 0xFC, "ý": 0xFD, "ỵ": 0xFE, "Ă": 0xA1, "Â": 0xA2, "Ê": 0xA3, "Ô": 0xA4, "Ơ": 0xA5,
    "Ư": 0xA6, "Đ": 0xA7,
}  # fmt: skip

VNI_SINGLE = {"ơ": "ô", "ư": "ö", "đ": "ñ", "í": "í", "ì": "ì", "ỉ": "æ", "ĩ": "ó", "ị": "ò"}
VNI_SINGLE |= {"ỵ": "î"}
VNI_TONE = {"\u0301": "ù", "\u0300": "ø", "\u0309": "û", "\u0303": "õ", "\u0323": "ï", "": ""}
VNI_HAT = {"\u0301": "á", "\u0300": "à", "\u0309": "å", "\u0303": "ã", "\u0323": "ä", "": "â"}
VNI_BREVE = {"\u0301": "é", "\u0300": "è", "\u0309": "ú", "\u0303": "ü", "\u0323": "ë", "": "ê"}

TONES = ["", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"]
SMALL = [nfc(v + t) for v in "aăâeêioôơuưy" for t in TONES] + ["đ"]

SENTENCES = [
    "Cảnh báo thủ đoạn lừa đảo chiếm đoạt tài sản qua mạng.",
    "Công an xã Đông Hưng đề nghị bà con không chuyển tiền cho người lạ.",
    "Hãy giữ bí mật mật khẩu, mã OTP; gọi ngay 113 khi nghi ngờ.",
    "Ủy ban nhân dân tỉnh".replace("Ủy", "ủy"),
    "Những kẻ xấu thường giả danh cán bộ ngân hàng, kỹ sư, bác sĩ, ở đây đã có",
]


def to_tcvn3(text: str) -> str:
    return "".join(chr(TCVN3[c]) if c in TCVN3 else c for c in text)


def to_vni(text: str) -> str:
    out = ""
    for char in text:
        small = char.lower()
        if small in VNI_SINGLE:
            code = VNI_SINGLE[small]
        else:
            marks = unicodedata.normalize("NFD", small)
            tone = next((m for m in marks if m in TONES[1:]), "")
            base = nfc(marks.replace(tone, "") if tone else marks)
            if base in ("ă", "â", "ê", "ô"):
                code = nfc(marks)[0] and unicodedata.normalize("NFD", base)[0]
                code += (VNI_BREVE if base == "ă" else VNI_HAT)[tone]
            elif base in VNI_SINGLE:
                code = VNI_SINGLE[base] + VNI_TONE[tone]
            else:
                code = base + VNI_TONE[tone]
        out += code.upper() if char != small else code
    return out


def test_the_examples_everyone_knows():
    """What a clerk sees in an old file."""
    assert to_unicode("C¶nh b¸o", "tcvn3") == "Cảnh báo"
    assert to_unicode("Caûnh baùo", "vni") == "Cảnh báo"
    assert to_unicode("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "vni") == (
        "Cộng hòa xã hội chủ nghĩa Việt Nam"
    )
    assert to_unicode("Céng hßa x· héi chñ nghÜa ViÖt Nam", "tcvn3") == (
        "Cộng hòa xã hội chủ nghĩa Việt Nam"
    )


@pytest.mark.parametrize("letter", SMALL)
def test_every_small_letter_is_in_both_tables(letter):
    """All 67 accented letters, and the plain ones."""
    assert to_unicode(to_tcvn3(letter), "tcvn3") == letter
    assert to_unicode(to_vni(letter), "vni") == letter


@pytest.mark.parametrize("letter", SMALL)
def test_vni_has_every_capital_with_a_large_or_a_small_mark(letter):
    """ "AÙ" in a heading and "Aù" at the head of a word are both Á."""
    coded = to_vni(letter.upper())

    assert to_unicode(coded, "vni") == letter.upper()
    if len(coded) > 1:
        assert to_unicode(coded[0] + coded[1:].lower(), "vni") == letter.upper()


@pytest.mark.parametrize(
    ("coded", "read"),
    [
        ("C¶NH B¸O", "CẢNH BÁO"),  # capitals with small codes, as a capital font draws them
        ("C¤NG AN", "CÔNG AN"),
        ("§¶NG", "ĐẢNG"),
        ("¸O", "ÁO"),
        ("§¶ng", "Đảng"),
        ("C¶ nhµ", "Cả nhà"),
        ("c«ng an", "công an"),  # typed small for .VnTimeH: only the font knew
        ("ë ®©y", "ở đây"),
        ("\u00adu ®·i", "ưu đãi"),  # ư is the soft hyphen
        ("nh\u03bc", "nhà"),  # micro sign turned into Greek mu
    ],
)
def test_tcvn3_capitals_and_odd_codes(coded, read):
    """The code has no toned capitals; words in capitals are mended, the rest stays small."""
    assert to_unicode(coded, "tcvn3") == read


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_are_recognised_and_come_back(sentence):
    """There and back, in both codes, and the code is told rightly."""
    assert detect(to_tcvn3(sentence)) == "tcvn3"
    assert to_unicode(to_tcvn3(sentence), "tcvn3") == sentence
    assert detect(to_vni(sentence)) == "vni"
    assert to_unicode(to_vni(sentence), "vni") == sentence


@pytest.mark.parametrize(
    "text",
    [
        *SENTENCES,
        *[unicodedata.normalize("NFD", s) for s in SENTENCES],
        "Báo cáo tình hình, bà con là ai",  # Unicode whose letters are all in Latin-1
        "Tôi là bé Hà, ông bà có nhà",
        "Please call 113. Naïve café, résumé, coöperate.",
        "Où êtes-vous ? Déjà vu à la fête, ça va très bien, garçon. « Là-bas », dit-il.",
        "Où là, où ?",
        "Müller hört für Öl über Straße",
        "El niño mañana está allí, ¿qué?",
        "São Paulo, não, coração",
        "© 2024 VNeID® 25 °C ± 1½ µm «x» §5 ¶",
        "Cáº£nh bÃ¡o lá»«a Ä‘áº£o",  # UTF-8 shown as Latin-1 is another illness
        "Canh bao lua dao",
        "Caûnh baùo: đề nghị bà con không chuyển tiền",  # mixed: converting would break the rest
        "C¶nh",  # one word is no evidence
        "",
        "123 !?",
    ],
)
def test_other_text_is_left_alone(text):
    """Unicode Vietnamese, English, French, German, Spanish, signs and mojibake give None."""
    assert detect(text) is None


def test_some_foreign_words_among_coded_ones_do_not_hide_the_code():
    """English words without accents count neither way, one odd word among many is borne."""
    coded = to_tcvn3(SENTENCES[1]) + " Facebook, Zalo ® " + to_tcvn3(SENTENCES[0])

    assert detect(coded) == "tcvn3"


@given(st.lists(st.sampled_from(SMALL + list("bcghklmnpqrstvx ")), max_size=40).map("".join))
def test_tcvn3_has_one_code_a_letter_so_that_any_text_returns(text):
    """Round trip over any small letters."""
    assert to_unicode(to_tcvn3(text), "tcvn3") == text


@given(st.lists(st.sampled_from(" ".join(SENTENCES).split()), max_size=30).map(" ".join))
def test_vni_words_return(text):
    """Round trip over real words (a mark read with the wrong letter would show)."""
    assert to_unicode(to_vni(text), "vni") == text


@given(st.text(st.characters(exclude_categories=[]), max_size=60))
def test_detection_and_conversion_are_total(text):
    """Nothing raises, and a text that has a Vietnamese Unicode letter is seldom called old."""
    for code in ("tcvn3", "vni"):
        to_unicode(text, code)
    detect(text)


@given(
    st.lists(st.sampled_from(" ".join(SENTENCES).split()), min_size=1, max_size=40).map(" ".join)
)
def test_unicode_vietnamese_is_never_called_old(text):
    """Whatever order the words are in."""
    assert detect(text) is None
