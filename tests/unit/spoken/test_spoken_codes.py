"""Phones in their context, accounts, classes, plates, roads, letters, Roman numerals."""

import pytest

from vietnamese.spoken import speak


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("gọi 113 hoặc 0950.000.113",
         "gọi một một ba hoặc không chín năm không, không không không, một một ba"),
        ("gửi 156 hay 5656", "gửi một năm sáu hay năm sáu năm sáu"),
        ("Gọi 113/114/115", "Gọi một một ba, một một bốn, một một năm"),
        ("Gọi 113 - 114", "Gọi một một ba, một một bốn"),
        ("báo Công an xã, 113", "báo Công an xã, một một ba"),
        ("113 là số của Cảnh sát", "Một một ba là số của Cảnh sát"),
        ("1900.0000 - 0950.001.234",
         ("Một chín không không, không không không không, không chín năm không, không không một, "
         "hai ba bốn")),
        ("(0950) 000 123", "Không chín năm không, không không không, một hai ba"),
        ("đầu số 1900", "đầu số một chín không không"),
        ("ĐT: 0950 006 789", "Điện thoại: không chín năm không, không không sáu, bảy tám chín"),
        ("mã OTP là 482913", "mã ô tê pê là bốn tám hai chín một ba"),
        ("bấm *101#", "bấm sao một không một thăng"),
        ("soạn DK BHXH gửi 5656", "soạn dê ca cách bê hát ích xì hát gửi năm sáu năm sáu"),
    ],
)
def test_what_is_dialled_or_typed(written, spoken):
    """Digit by digit, letter by letter."""
    said = speak(written)

    assert said.voice == spoken
    assert not said.findings


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("113 hộ nghèo", "Một trăm mười ba hộ nghèo"),
        ("tổng số 113.", "tổng số một trăm mười ba."),
        ("thửa đất số 112", "thửa đất số một trăm mười hai"),
        ("các thửa 112, 113", "các thửa một trăm mười hai, một trăm mười ba"),
        ("số 113 đường Lê Lợi", "số một trăm mười ba đường Lê Lợi"),
        ("đạt 156 phiếu", "đạt một trăm năm mươi sáu phiếu"),
        ("thiệt hại trên 113 tỷ đồng", "thiệt hại trên một trăm mười ba tỷ đồng"),
        ("quốc lộ 113", "quốc lộ một trăm mười ba"),
        ("số hộ nghèo là 113", "số hộ nghèo là một trăm mười ba"),
    ],
)
def test_what_only_looks_like_a_service_number(written, spoken):
    """Counted, or the number of something."""
    assert speak(written).voice == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("lớp 9A1", "lớp chín a một"), ("tổ 3B", "tổ ba bê"), ("hạng B2", "hạng bê hai"),
        ("điện áp 220V", "điện áp hai trăm hai mươi vôn"), ("Phòng PC02", "Phòng pê xê không hai"),
        ("xe 98A-123.45", "xe chín tám a, một hai ba, bốn năm"), ("F0", "Ép không"),
        ("QL1A", "Quốc lộ một a"), ("đường ĐT 293", "đường tỉnh hai trăm chín mươi ba"),
        ("Km12+500", "Ki lô mét mười hai cộng năm trăm"), ("BCĐ 35", "Ban Chỉ đạo ba mươi lăm"),
        ("mã PA05VCN0012", "mã pê a, không năm, vê xê en, không không một hai"),
        ("ông N.V.A (SN 1985)", "ông en vê a, sinh năm một nghìn chín trăm tám mươi lăm"),
        ("Chị H. bị lừa", "Chị hát bị lừa"), ("Trần Văn C. được hỗ trợ", "Trần Văn xê được hỗ trợ"),
        ("Chị M. Hôm qua mưa", "Chị em. Hôm qua mưa"), ("Y tế, Ủy ban", "Y tế, Ủy ban"),
        ("nhóm máu O", "nhóm máu O"), ("viêm gan B", "viêm gan bê"), ("40 độ C", "Bốn mươi độ xê"),
        ("Đại hội XIV", "Đại hội mười bốn"), ("khóa XV", "khóa mười lăm"), ("cấp IV", "cấp bốn"),
        ("lần thứ I", "lần thứ nhất"), ("lần thứ IV", "lần thứ tư"),
        ("mục III.2", "mục ba chấm hai"),
        ("loại C", "loại xê"), ("HÀNH VI VI PHẠM", "Hành vi vi phạm"), ("khóa VI", "khóa sáu"),
        ("II. NỘI DUNG", "Hai. Nội dung"), ("giai đoạn I - II", "giai đoạn một đến hai"),
    ],
)
def test_codes_letters_and_roman_numerals(written, spoken):
    """Letters by their names, figures as numbers, numerals by their place."""
    said = speak(written)

    assert said.voice == spoken
    assert not said.findings
