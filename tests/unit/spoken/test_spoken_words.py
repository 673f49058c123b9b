"""Abbreviations in context, names of the net, addresses, capitals, marks, odd input."""

import unicodedata

import pytest

from vietnamese.spoken import speak, syllables


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("TT HĐND huyện", "Thường trực Hội đồng nhân dân huyện"),
        ("gửi TT HU", "gửi Thường trực Huyện ủy"), ("TT. Chũ", "Thị trấn Chũ"),
        ("TT Chũ", "Thị trấn Chũ"), ("Bộ TT&TT", "Bộ Thông tin và Truyền thông"),
        ("TT Y tế", "Trung tâm Y tế"), ("TT 08 quy định", "Thông tư tám quy định"),
        ("TP.HCM", "Thành phố Hồ Chí Minh"), ("TP. Bắc Giang", "Thành phố Bắc Giang"),
        ("Tổ 5, P. Chũ", "Tổ năm, phường Chũ"), ("CT UBND xã", "Chủ tịch Ủy ban nhân dân xã"),
        ("CT 32", "Chỉ thị ba mươi hai"), ("các PCT UBND", "các Phó Chủ tịch Ủy ban nhân dân"),
        ("KH số 5", "Kế hoạch số năm"), ("theo KH đề ra", "theo kế hoạch đề ra"),
        ("gặp đ/c Hà", "gặp đồng chí Hà"), ("BCH Đảng bộ", "Ban Chấp hành Đảng bộ"),
        ("BCH quân sự", "Ban Chỉ huy quân sự"), ("Ủy ban nhân dân (UBND) xã", "Ủy ban nhân dân xã"),
        ("CA XÃ BIÊN SƠN", "Công an xã biên sơn"), ("CA SĨ NỔI TIẾNG", "Ca sĩ nổi tiếng"),
        ("HĐND-UBND", "Hội đồng nhân dân, Ủy ban nhân dân"), ("VT, CA.", "Văn thư, Công an."),
        ("CSGT, BHXH, ANTT, TDP",
         "Cảnh sát giao thông, bảo hiểm xã hội, an ninh trật tự, tổ dân phố"),
        ("mã QR, AI, app, 5G, VNeID", "mã quy a, ây ai, áp, năm gờ, vê en e ai đi"),
        ("Zalo, ZALO, zalo", "Da lô, da lô, da lô"), ("mã OTP, SMS", "mã ô tê pê, ét em ét"),
        ("Wi-Fi, Covid-19, cúm A/H5N1", "Oai phai, cô vít mười chín, cúm a hát năm en một"),
        ("Internet Banking", "In tơ nét banh kinh"), ("KHÔNG chuyển tiền", "Không chuyển tiền"),
        ("gọi NGAY", "gọi ngay"), ("LỪA ĐẢO", "Lừa đảo"), ("AI CŨNG BIẾT", "Ai cũng biết"),
    ],
)
def test_words_are_read_in_their_context(written, spoken):
    """TT HĐND is not TT. Chũ, nor TT&TT."""
    said = speak(written)

    assert said.voice == spoken
    assert not said.findings


@pytest.mark.parametrize(("written", "left"), [
    ("TT của xã", "TT"), ("mã XYZQ", "XYZQ"), ("CĐ của xã", "CĐ"), ("BAT", "BAT"),
])
def test_an_abbreviation_is_never_guessed(written, left):
    """Left as it is written, and named."""
    said = speak(written)

    assert left in said.voice
    assert [f.text for f in said.findings] == [left]


@pytest.mark.parametrize(
    ("written", "spoken", "unknown"),
    [
        ("https://www.facebook.com/conganhuyenlucngan",
         "Phây búc chấm com gạch chéo công an huyện lục ngạn", []),
        ("vneid.gov.vn", "Vê en e ai đi chấm gốp chấm vê en", []),
        ("zalo.me/0950001234", ("Da lô chấm me gạch chéo không chín năm không không không một hai "
                               "ba bốn"), []),
        ("conganxa.lucngan@gmail.com", "Công an xã chấm lục ngạn a còng gi meo chấm com", []),
        ("a_b-1@yahoo.com", "A gạch dưới bê gạch ngang một a còng da hu chấm com", []),
        ("đuôi .gov.vn", "đuôi chấm gốp chấm vê en", []),
        ("nguoitotviectot.vn", "Nguoitotviectot chấm vê en", ["nguoitotviectot"]),
    ],
)
def test_addresses_are_read_when_each_word_is_known(written, spoken, unknown):
    """Words without accents come from the dictionary or not at all."""
    said = speak(written)

    assert said.voice.lower() == spoken.lower()
    assert [f.text for f in said.findings if "[web]" in f.why] == unknown


def test_a_web_address_in_a_bulletin_is_named():
    """Say the name of the site; nobody writes down an address that is heard."""
    (found,) = speak("Xem tại https://vneid.gov.vn/ nhé").findings

    assert found.text == "https://vneid.gov.vn/"
    assert "nói tên trang" in found.why


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Thực hiện nghiêm./.", "Thực hiện nghiêm."), ("Thực hiện nghiêm ./.", "Thực hiện nghiêm."),
        ("trẻ em, v.v...", "trẻ em, vân vân."), ("cá, v.v. và gà", "cá, vân vân và gà"),
        ("trẻ em...", "trẻ em."), ("trẻ em,..", "trẻ em."), ("cá, gà... đều", "cá, gà, đều"),
        ("thôn/xóm", "thôn, xóm"), ("và/hoặc", "và, hoặc"), ("“tạm giữ”", "tạm giữ"),
        ("SIM (SIM rác).", "Sim, sim rác."), ("a) Đơn; b) Ảnh", "a, Đơn; bê, Ảnh"),
        ("1. Không vội", "Một. Không vội"),
        ("1/ Không vội; 2/ Gọi lại", "Một, Không vội; hai, Gọi lại"),
        ("- Chỉ đạo", "Chỉ đạo"), ("Văn hóa - Xã hội", "Văn hóa, Xã hội"),
        ("dán pa-nô", "dán pa nô"),
        ("⚠️ Cảnh giác ✅", "Cảnh giác"), ("1️⃣ Dừng lại", "Một, Dừng lại"), ("A → B", "A, bê"),
        ("nạp = mất", "nạp là mất"), ("quý vị & bà con", "quý vị và bà con"), ("", ""), ("  ", ""),
        ("ngày\n01/6/2021", "ngày\nmùng một tháng sáu năm hai nghìn không trăm hai mươi mốt"),
        ("báo {{ cong_an }} hoặc 113", "báo {{ cong_an }} hoặc một một ba"),
    ],
)
def test_marks_are_silent_or_a_pause(written, spoken):
    """What guides the eye is not said; an open field waits for its value."""
    assert speak(written).voice == spoken


@pytest.mark.parametrize("odd", [
    "L\u1eeb\u0061\u200b đảo: gọi 11\u200b3, 500.000₫, ＵＢＮＤ – “xã”",
    "Lu\u031b\u0300a đảo: gọi 113\ufeff, 500.000₫, ＵＢＮＤ — «xã»",
    unicodedata.normalize("NFD", 'Lừa đảo: gọi 113, 500.000đ, UBND - "xã"'),
    "Lừa ðảo: gọi\u00a0113, ５００.０００đ, UB\u00adND ― 'xã'",
])
def test_odd_input_is_read_like_clean_input(odd):
    """Decomposed letters, zero-width and full-width characters, look-alikes."""
    said = speak(odd)

    assert said.voice == ("Lừa đảo: gọi một một ba, năm trăm nghìn đồng, Ủy ban nhân dân, xã")
    assert not said.findings


def test_a_capital_look_alike_is_the_letter():
    """Eth (U+00D0) and the African D (U+0189) come from old keyboards and from OCR."""
    assert speak("H\u00d0ND, H\u0189ND").voice == "Hội đồng nhân dân, Hội đồng nhân dân"


def test_syllables_are_counted_exactly():
    """Each word that is said is one; marks are none."""
    assert syllables("Gọi một một ba, da lô.") == 6
    assert syllables("") == 0
