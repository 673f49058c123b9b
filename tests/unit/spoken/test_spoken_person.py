"""What a person reads from: in full, with names and figures as they were written."""

import pytest

from vietnamese.spoken import speak


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Gọi 113.", "Gọi 113 (một một ba)."),
        ("Theo Nghị định 13/2023/NĐ-CP, từ ngày 01/7/2023",
         ("Theo Nghị định mười ba năm hai nghìn không trăm hai mươi ba của Chính phủ, từ ngày mùng "
         "một tháng bảy năm hai nghìn không trăm hai mươi ba")),
        ("UBND xã, TT HĐND", "Ủy ban nhân dân xã, Thường trực Hội đồng nhân dân"),
        ("qua Zalo, Facebook, mã OTP", "qua Zalo, Facebook, mã OTP"),
        ("KHÔNG chuyển tiền – “ngay”", "KHÔNG chuyển tiền – “ngay”"),
        ("phạt 100 - 150 triệu đồng",
         "phạt 100 - 150 triệu đồng (một trăm đến một trăm năm mươi triệu đồng)"),
        ("lúc 05:30", "lúc 05:30 (năm giờ ba mươi phút)"),
        ("chị H. bị lừa, ông Nguyễn Văn B", "chị H. bị lừa, ông Nguyễn Văn B"),
        ("Thực hiện./.", "Thực hiện."), ("trẻ em, v.v...", "trẻ em, vân vân."),
        ("thôn/xóm", "thôn, xóm"), ("- Lưu ý: 5kg", "- Lưu ý: 5kg (năm ki lô gam)"),
        ("xem abcxyz.vn", "xem abcxyz.vn"),
        ("báo {{ cong_an }}", "báo {{ cong_an }}"),
    ],
)
def test_a_person_sees(written, shown):
    """Documents, dates, abbreviations in full; names stay; figures with their reading beside."""
    assert speak(written).person == shown
