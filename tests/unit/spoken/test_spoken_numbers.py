"""Numbers in words, and what they count."""

import pytest

from vietnamese.spoken import speak
from vietnamese.spoken.numerals import digits, integer, number


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "không"), (10, "mười"), (15, "mười lăm"), (21, "hai mươi mốt"), (11, "mười một"),
        (24, "hai mươi tư"), (14, "mười bốn"), (55, "năm mươi lăm"), (104, "một trăm linh bốn"),
        (111, "một trăm mười một"), (1005, "một nghìn không trăm linh năm"), (1000, "một nghìn"),
        (1_005_000, "một triệu không trăm linh năm nghìn"), (10**9, "một tỷ"),
        (10**12, "một nghìn tỷ"), (-5, "âm năm"),
        (2_000_000_005, "hai tỷ không trăm linh năm"),
    ],
)
def test_whole_numbers_follow_the_northern_norm(value, said):
    """linh, nghìn, mốt, tư, lăm."""
    assert integer(value) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("01", "một"), ("00", "không"), ("007", "không không bảy"), ("1.500", "một nghìn năm trăm"),
        ("1.500.000,5", "một triệu năm trăm nghìn phẩy năm"), ("1.5", "một phẩy năm"),
        ("2,05", "hai phẩy không năm"), ("3,14", "ba phẩy mười bốn"), ("4,0", "bốn phẩy không"),
        ("0,005", "không phẩy không không năm"), ("3,14159", "ba phẩy một bốn một năm chín"),
        ("1,500,000", "một triệu năm trăm nghìn"), ("0.500", "không phẩy năm trăm"),
        ("1" * 16, " ".join(["một"] * 16)),
    ],
)
def test_written_numbers_are_taken_as_vietnamese_writes_them(written, said):
    """Dots part thousands, a comma begins decimals, a zero before one digit is silent."""
    assert number(written) == said


def test_digits_are_said_one_by_one():
    """Signs between them are not said."""
    assert digits("1-1.3") == "một một ba"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("500.000đ", "năm trăm nghìn đồng"), ("500,000đ", "năm trăm nghìn đồng"),
        ("1 500 000 đồng", "một triệu năm trăm nghìn đồng"), ("50k", "năm mươi nghìn đồng"),
        ("2tr5", "hai triệu năm trăm nghìn đồng"), ("15tr", "mười lăm triệu đồng"),
        ("10 tỷ", "mười tỷ"), ("2 triệu rưỡi", "hai triệu rưỡi"), ("$5,000", "năm nghìn đô la"),
        ("50 USD", "năm mươi đô la Mỹ"), ("1.000đ/phút", "một nghìn đồng một phút"),
        ("25.000đ/hộ/tháng", "hai mươi lăm nghìn đồng một hộ một tháng"),
        ("5.000.000 VNĐ (năm triệu đồng)", "năm triệu đồng"), ("01 (một) buổi", "một buổi"),
        ("100 - 150 triệu đồng", "một trăm đến một trăm năm mươi triệu đồng"),
        ("62.000-65.000đ/kg", "sáu mươi hai nghìn đến sáu mươi lăm nghìn đồng một ki lô gam"),
        ("5-10%", "năm đến mười phần trăm"), ("5% - 10%", "năm phần trăm đến mười phần trăm"),
        ("8%/năm", "tám phần trăm một năm"), ("60km/h", "sáu mươi ki lô mét trên giờ"),
        ("250,5m2", "hai trăm năm mươi phẩy năm mét vuông"), ("5m²", "năm mét vuông"),
        ("38-39°C", "ba mươi tám đến ba mươi chín độ xê"), ("40 độ C", "bốn mươi độ xê"),
        ("tháng 1 - 3", "tháng một đến tháng ba"), ("tổ 1 - tổ 5", "tổ một đến tổ năm"),
        ("3 lần/ngày", "ba lần một ngày"), ("20 con/m2", "hai mươi con một mét vuông"),
        ("2 x 3 m", "hai nhân ba mét"), ("5 + 3 = 8", "năm cộng ba bằng tám"),
        ("tỷ lệ 1:500", "tỷ lệ một trên năm trăm"), ("tỷ số 3-0", "tỷ số ba không"),
        ("công nghiệp 4.0", "công nghiệp bốn chấm không"),
        ("mục 2.1.3", "mục hai chấm một chấm ba"),
        ("15cái", "mười lăm cái"), ("1m65", "một mét sáu mươi lăm"),
        ("1m1", "một mét mốt"), ("gói 4GB/ngày", "gói bốn gi ga bai một ngày"),
    ],
)
def test_numbers_are_said_with_what_they_count(written, spoken):
    """Money, percentages, measures, ranges, rates."""
    said = speak(f"là {written}")

    assert said.voice == f"là {spoken}"
    assert not said.findings


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("nhiệt độ -5°C", "nhiệt độ âm năm độ xê"),
        ("từ -2 đến 3°C", "từ âm hai đến ba độ xê"),
        ("từ 2°C - 8°C", "từ hai độ xê đến tám độ xê"),
        ("từ 2°C -8°C", "từ hai độ xê đến tám độ xê"),
    ],
)
def test_a_minus_is_never_lost_nor_made_of_a_dash(written, spoken):
    """ "2°C - 8°C" for a vaccine is no frost."""
    assert speak(written).voice == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Hơn 2/3 số hộ dân", "Hơn hai phần ba số hộ dân"),
        ("2/3 người dân", "Hai phần ba người dân"),
        ("3/4 diện tích", "Ba phần tư diện tích"),
        ("Có 5/7 thôn", "Có năm trên bảy thôn"),
        ("đạt 17/19 tiêu chí", "đạt mười bảy trên mười chín tiêu chí"),
        ("9/9 thôn", "Chín trên chín thôn"),
        ("1.200/1.500 hộ", "Một nghìn hai trăm trên một nghìn năm trăm hộ"),
        ("12,6/15 tỷ đồng", "Mười hai phẩy sáu trên mười lăm tỷ đồng"),
        ("trực 24/24 giờ", "trực hai mươi tư trên hai mươi tư giờ"),
        ("24/24h", "Hai mươi tư trên hai mươi tư giờ"),
        ("hoạt động 24/7", "hoạt động hai mươi tư trên bảy"),
        ("ngày 24/7", "ngày hai mươi tư tháng bảy"),
        ("ngõ 15/2", "ngõ mười lăm trên hai"),
        ("số nhà 25/4/6", "số nhà hai mươi lăm trên bốn trên sáu"),
        ("ngách 12A/5", "ngách mười hai a trên năm"),
        ("Quốc khánh 2/9", "Quốc khánh mùng hai tháng chín"),
        ("trước 15/4", "trước mười lăm tháng tư"),
        ("nộp 05/9", "nộp mùng năm tháng chín"),
        ("vòng 1/8", "vòng một phần tám"),
    ],
)
def test_a_pair_of_figures_is_what_stands_round_it(written, spoken):
    """A share, a tally, a day, a house number, round the clock."""
    said = speak(written)

    assert said.voice == spoken
    assert not said.findings
