"""SMS parts are packed as the network packs them, to the last unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vietnamese.sms import (
    GSM_BASIC,
    GSM_EXTENSION,
    REFUSED,
    SmsCount,
    contains_url,
    count,
    refused_characters,
    split,
)

gsm_text = st.text(st.sampled_from(sorted(GSM_BASIC | GSM_EXTENSION)), max_size=700)
dense_gsm = st.text(st.sampled_from("a["), min_size=140, max_size=700)
any_text = st.text(st.sampled_from("aê[€😀ư\n"), max_size=400)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("a" * 459, "gsm7", 459, 3),
        ("[" * 80, "gsm7", 160, 1),
        ("a" * 159 + "[", "gsm7", 161, 2),
        ("a" * 152 + "[" + "a" * 152, "gsm7", 306, 3),  # 306 / 153 says 2; the pair says 3
        ("[" * 153, "gsm7", 306, 3),  # 76 pairs a part, one septet of each stays empty
        ("à" * 160, "gsm7", 160, 1),
        ("€", "gsm7", 2, 1),
        ("đ" * 70, "ucs2", 70, 1),
        ("đ" * 71, "ucs2", 71, 2),
        ("đ" * 134, "ucs2", 134, 2),
        ("đ" * 135, "ucs2", 135, 3),
        ("[" * 69 + "đ", "ucs2", 70, 1),  # in UCS-2 a bracket is one unit
        ("😀" * 35, "ucs2", 70, 1),
        ("đ" * 66 + "😀" + "đ" * 66, "ucs2", 134, 3),  # nor does a surrogate pair straddle
        ("😀" * 67, "ucs2", 134, 3),
        ("a\tb", "ucs2", 3, 1),  # neither tab nor ` is in GSM 03.38, ASCII or not
        ("`", "ucs2", 1, 1),
        ("\x1b", "ucs2", 1, 1),  # the escape is no character of its own
        ("\ud83d" * 3, "ucs2", 3, 1),  # lone surrogates: one unit each, no crash
        ("\ud83d\ude00", "ucs2", 2, 1),
    ],
)
def test_count_is_exact_at_every_edge(text, encoding, units, parts):
    """160/153 septets, 70/67 UTF-16 units, and no pair lies across two parts."""
    result = count(text)

    assert (result.encoding, result.units, result.parts) == (encoding, units, parts)


def test_the_characters_that_force_ucs2_are_named_once_in_order():
    """Staff see which letter, quote or emoji makes the message dear."""
    assert count("Đề phòng “đ” 😀 Đề à") == SmsCount(
        encoding="ucs2", units=20, parts=1, forces_ucs2=("Đ", "ề", "“", "đ", "”", "😀")
    )


def test_only_seven_accented_vietnamese_letters_are_in_the_basic_table():
    """à è é ì ò ù and É: not À, and no letter with a hat, horn, breve or bar."""
    accented = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"

    assert {c for c in accented + accented.upper() if c in GSM_BASIC} == set("àèéìòùÉ")


def test_the_tables_have_the_size_of_the_standard():
    """127 basic characters (128 codes, one is the escape) and 10 in the extension."""
    assert len(GSM_BASIC) == 127
    assert len(GSM_EXTENSION) == 10
    assert not GSM_BASIC & GSM_EXTENSION


def _cost(char: str, ucs2: bool) -> int:
    if ucs2:
        return len(char.encode("utf-16-le")) // 2
    return 2 if char in GSM_EXTENSION else 1


def _fewest_parts(text: str, ucs2: bool) -> int:
    """The least number of parts over every way to cut, by dynamic programming."""
    single, room = (70, 67) if ucs2 else (160, 153)
    costs = [_cost(c, ucs2) for c in text]
    if sum(costs) <= single:
        return 1
    fewest = [0] + [len(costs) + 1] * len(costs)
    for end in range(1, len(costs) + 1):
        used, start = 0, end
        while start and used + costs[start - 1] <= room:
            start -= 1
            used += costs[start]
            fewest[end] = min(fewest[end], fewest[start] + 1)
    return fewest[-1]


@given(st.one_of(gsm_text, dense_gsm, any_text))
def test_parts_hold_the_text_fit_and_are_as_few_as_can_be(text):
    """Joined they are the text; each fits; no other way of cutting needs fewer."""
    result = count(text)
    parts = split(text)
    ucs2 = result.encoding == "ucs2"
    room = (67 if ucs2 else 153) if len(parts) > 1 else (70 if ucs2 else 160)

    assert "".join(parts) == text
    assert len(parts) == result.parts == _fewest_parts(text, ucs2)
    assert all(sum(_cost(c, ucs2) for c in part) <= room for part in parts)
    assert result.units == sum(_cost(c, ucs2) for c in text)
    assert bool(result.forces_ucs2) == ucs2


@given(st.text(st.characters(exclude_categories=[]), max_size=200))
def test_any_string_can_be_counted_and_cut(text):
    """Nothing a file may hold, lone surrogates included, breaks the count."""
    assert "".join(split(text)) == text
    assert count(text).parts == len(split(text))


def test_the_characters_gateways_refuse_are_named():
    """% # & [ ] { } backslash < @ are refused by Vietnamese aggregators."""
    assert set("%#&[]{}\\<@") == REFUSED
    assert refused_characters("Giảm 50% & tặng #1 50%") == ("%", "&", "#")
    assert refused_characters("Công an xã: gọi 113 (24/24).") == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Tải tại vneid.gov.vn.", ["vneid.gov.vn"]),
        ("VNEID.GOV.VN", ["VNEID.GOV.VN"]),
        ("bấm bit.ly/abc, hoặc Bit.Ly/x", ["bit.ly/abc", "Bit.Ly/x"]),
        ("congan.vn/tin-tuc?id=1, và", ["congan.vn/tin-tuc?id=1"]),
        ("hôm nay.vnpt và.community, xã.comet", []),
        ("(http://lua.dao/x?y=1)", ["http://lua.dao/x?y=1"]),
        ("HTTPS://X.Y", ["HTTPS://X.Y"]),
        ("www.conganbacninh", ["www.conganbacninh"]),
        ("nhóm zalo.me/g/12 và t.me/x", ["zalo.me/g/12", "t.me/x"]),
        ("thư a@congan.gov.vn", ["congan.gov.vn"]),
        ("xem vneid.gov.vn.Bạn", ["vneid.gov.vn"]),
        ("ngân-hàng.com", ["ngân-hàng.com"]),
        ("máy 10.0.0.1:8080/x", ["10.0.0.1:8080/x"]),
        ("TP.HCM, P.CC, Th.S, v.v. và v.v...", []),
        ("1.500.000 đồng, 0204.3885.113, 08.12.2023", []),
        ("hôm nay.Bạn hãy gọi.Công an.Không chuyển", []),
        ("Không nói.Co ai gọi.Me con.Ai", []),
        ("Đảng.Công khai... 24/24", []),
        ("", []),
    ],
)
def test_addresses_are_found_and_abbreviations_are_not(text, found):
    """Bare domains count as addresses; numbers, abbreviations and missing spaces do not."""
    assert contains_url(text) == found
