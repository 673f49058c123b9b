"""Dates, weekdays, months, quarters, years, times of day."""

import pytest

from vietnamese.spoken import speak


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("ngày 29/02/2024", "ngày hai mươi chín tháng hai năm hai nghìn không trăm hai mươi tư"),
        ("ngày 10/3", "ngày mùng mười tháng ba"),
        ("ngày 2-9", "ngày mùng hai tháng chín"),
        ("ngày 8.3", "ngày mùng tám tháng ba"),
        ("từ 5-7/6", "từ mùng năm đến mùng bảy tháng sáu"),
        ("ngày 1, 2 và 3/9", "ngày mùng một, mùng hai và mùng ba tháng chín"),
        ("nghỉ lễ 30/4 - 01/5", "nghỉ lễ ba mươi tháng tư đến mùng một tháng năm"),
        ("ngày 3 tháng 4", "ngày mùng ba tháng tư"),
        ("các ngày 3, 5 hằng tháng", "các ngày mùng ba, mùng năm hằng tháng"),
        ("mồng 10/3", "mồng mười tháng ba"),
        ("mùng 3 Tết", "mùng ba Tết"),
        ("đêm 6, ngày 7/9", "đêm mùng sáu, ngày mùng bảy tháng chín"),
        ("2026-12-08", "Mùng tám tháng mười hai năm hai nghìn không trăm hai mươi sáu"),
        ("đến 12/2023", "đến tháng mười hai năm hai nghìn không trăm hai mươi ba"),
        ("tháng 5 - 6/2024", "tháng năm đến tháng sáu năm hai nghìn không trăm hai mươi tư"),
        ("đợt 1/2024", "đợt một năm hai nghìn không trăm hai mươi tư"),
        ("tháng 4, 5 và 6", "tháng tư, năm và sáu"),
        ("Quý I/2024", "Quý một năm hai nghìn không trăm hai mươi tư"),
        ("quý 3 năm 2026", "quý ba năm hai nghìn không trăm hai mươi sáu"),
        ("thứ 4", "thứ tư"), ("thứ 2 - thứ 6", "thứ hai đến thứ sáu"),
        ("thứ 2, 4, 6", "thứ hai, tư, sáu"), ("T7, CN", "Thứ bảy, Chủ nhật"),
        ("lần thứ 1", "lần thứ nhất"), ("Luật Đất đai 2024", ("Luật Đất đai năm hai nghìn không "
                                        "trăm hai mươi tư")),
        ("năm 2025-2026", ("năm hai nghìn không trăm hai mươi lăm đến hai nghìn không trăm hai "
                          "mươi sáu")),
        ("lúc 7h00", "lúc bảy giờ"), ("lúc 19h45", "lúc mười chín giờ bốn mươi lăm phút"),
        ("22h-7h", "Hai mươi hai giờ đến bảy giờ"), ("7 - 11h", "Bảy đến mười một giờ"),
        ("8 giờ - 10 giờ", "Tám giờ đến mười giờ"), ("7 giờ 30", "Bảy giờ ba mươi phút"),
        ("90' thi đấu", "Chín mươi phút thi đấu"),
    ],
)
def test_dates_and_times(written, spoken):
    """Days to ten are mùng, the fourth month is tư, a full hour says no minutes."""
    said = speak(written)

    assert said.voice == spoken
    assert not said.findings


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("mỗi ngày 3 lần", "mỗi ngày ba lần"), ("ngày 2 viên", "ngày hai viên"),
        ("trong 5 ngày tới", "trong năm ngày tới"), ("2 tháng 4 ngày", "Hai tháng bốn ngày"),
        ("4 tháng đầu năm", "Bốn tháng đầu năm"), ("mỗi ngày 2 - 3 lần", "mỗi ngày hai đến ba lần"),
    ],
)
def test_what_counts_days_is_no_date(written, spoken):
    """ "ngày 3 lần" is a dose."""
    assert speak(written).voice == spoken


@pytest.mark.parametrize("written", ["31/02/2024", "30/2", "29/02/2023", "ngày 31 tháng 4",
                                     "45/13/2024"])
def test_a_day_that_no_calendar_has_is_named(written):
    """Read out, it would send people home or out in vain."""
    found = speak(f"Họp ngày {written.removeprefix('ngày ')}.").findings

    assert any("lịch" in f.why for f in found)


def test_a_day_or_a_fraction_that_nothing_decides_is_named():
    """Read as a day, and never in silence."""
    said = speak("Họp 3/5.")

    assert said.voice == "Họp mùng ba tháng năm."
    assert [f.text for f in said.findings] == ["3/5"]
