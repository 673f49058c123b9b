"""Numbers of documents: the symbol is not said, the issuer once."""

import pytest

from vietnamese.spoken import speak


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Nghị định 13/2023/NĐ-CP",
         "Nghị định mười ba năm hai nghìn không trăm hai mươi ba của Chính phủ"),
        ("Nghị định 340/2025/NĐ-CP",
         "Nghị định ba trăm bốn mươi, năm hai nghìn không trăm hai mươi lăm của Chính phủ"),
        ("Chính phủ ban hành Nghị định 13/2023/NĐ-CP",
         "Chính phủ ban hành Nghị định mười ba năm hai nghìn không trăm hai mươi ba"),
        ("Quyết định 830/QĐ-TTg của Thủ tướng và Nghị định 13/2023/NĐ-CP",
         ("Quyết định tám trăm ba mươi của Thủ tướng và Nghị định mười ba năm hai nghìn không trăm "
         "hai mươi ba của Chính phủ")),
        ("Nghị định 49/2024/NĐ-CP và Nghị định 50/2024/NĐ-CP",
         ("Nghị định bốn mươi chín năm hai nghìn không trăm hai mươi tư của Chính phủ và Nghị định "
         "năm mươi, năm hai nghìn không trăm hai mươi tư")),
        ("Chỉ thị số 32/CT-TTg ngày 10/10/2025 về lừa đảo",
         ("Chỉ thị số ba mươi hai, ngày mùng mười tháng mười năm hai nghìn không trăm hai mươi lăm "
         "của Thủ tướng Chính phủ về lừa đảo")),
        ("Thông báo số 05/TB-UBND ngày 15 tháng 01 năm 2026",
         ("Thông báo số năm, ngày mười lăm tháng một năm hai nghìn không trăm hai mươi sáu của Ủy "
         "ban nhân dân")),
        ("Luật số 91/2025/QH15",
         "Luật số chín mươi mốt năm hai nghìn không trăm hai mươi lăm của Quốc hội khóa mười lăm"),
        ("Thông tư liên tịch 01/2020/TTLT-BCA-VKSNDTC",
         ("Thông tư liên tịch một năm hai nghìn không trăm hai mươi của Bộ Công an và Viện kiểm "
         "sát nhân dân tối cao")),
        ("Công văn 1273/BTTTT-TTCS",
         "Công văn một nghìn hai trăm bảy mươi ba của Bộ Thông tin và Truyền thông"),
        ("Nghị quyết số 18-NQ/TW", "Nghị quyết số mười tám của Trung ương"),
        ("Kế hoạch số 426/KH-CAT-ANM", "Kế hoạch số bốn trăm hai mươi sáu của Công an tỉnh"),
        ("Theo 13/2023/NĐ-CP",
         "Theo Nghị định mười ba năm hai nghìn không trăm hai mươi ba của Chính phủ"),
        ("NĐ 13/2023/NĐ-CP",
         "Nghị định mười ba năm hai nghìn không trăm hai mươi ba của Chính phủ"),
        ("Thông tư 08/2026 của Bộ",
         "Thông tư tám năm hai nghìn không trăm hai mươi sáu của Bộ"),
        ("Điều 113 Bộ luật Hình sự 2015",
         "Điều một trăm mười ba Bộ luật Hình sự năm hai nghìn không trăm mười lăm"),
        ("điểm b, c khoản 2", "điểm bê, xê khoản hai"),
    ],
)
def test_documents(written, spoken):
    """Number, year, issuer; a pause where number and year would run together."""
    said = speak(written)

    assert said.voice == spoken
    assert not said.findings


def test_a_symbol_that_nobody_knows_is_named():
    """Never dropped in silence: it may be more than a symbol."""
    assert [f.text for f in speak("Mẫu số 01/XYQK").findings] == ["/", "XYQK"]
