"""The lint: whatever is left that a voice cannot say is named, at its place in the line."""

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vietnamese.spoken import speak


@pytest.mark.parametrize(
    ("written", "found", "why"),
    [
        ("mã XYZQ", "XYZQ", "từ điển"), ("họp TT của xã", "TT", "nhiều nghĩa"),
        ("uống Abcdef", "Abcdef", "không phải tiếng Việt"), ("giá #5", "#", "ký hiệu"),
        ("xem abcxyz.vn", "abcxyz", "[web]"), ("xem vneid.gov.vn", "vneid.gov.vn", "tên trang"),
        ("thư abcxyz@gmail.com", "abcxyz", "[web]"), ("ngày 30/02/2026", "30/02/2026", "lịch"),
        ("Họp 3/5", "3/5", "phân số"), ("có 1,500 người", "1,500", "1.500"),
        ("đo 7:90", "7:90", "chữ số"), ("mã số -7", "-7", "dấu trừ"), ("hàng xịn*", "*", "ký hiệu"),

        ("8. \uf0d0\uf0c1\uf06e.", "\uf0d0\uf0c1\uf06e", "ký hiệu"),
        ("đi Wrocław", "Wrocław", "không phải tiếng Việt"), ("Я", "Я", "không phải tiếng Việt"),
    ],
)
def test_what_cannot_be_said_is_named(written, found, why):
    """The place, the text that stands there, and what to do instead."""
    findings = speak(written).findings

    assert found in [f.text for f in findings]
    for f in findings:
        assert written[f.start : f.end] == f.text
        assert f.why
    assert any(why in f.why for f in findings if f.text == found)


@pytest.mark.parametrize("written", [
    "KHÔNG chuyển tiền!", "Đắk Lắk, Kon Tum", "ông Nguyễn Văn A", "✅ Đúng", "(có dấu ngoặc) “kép”",
    "{{ so_tien }}", "xã Biên Sơn; thôn Cống Luộc?",
])
def test_what_can_be_said_is_not_named(written):
    """A lint that cries wolf is clicked away."""
    assert not speak(written).findings


def test_reasons_come_in_english_as_well():
    """For GIOVANG_LANG=en."""
    (found,) = speak("mã XYZQ", lang="en").findings

    assert found.why.startswith("an abbreviation")


PARTS = st.sampled_from([
    "113", "UBND", "Zalo", "05/3", "2,5", "1.500", "13/2023/NĐ-CP", "%", "đ", "-", "/", " ",
    " ", "Xã",
    "thôn", "TT", "XYZ", "9A1", "km/h", ".", ",", "…", "(", ")", "“", "”", "v.v...", "./.",
    "IV", "@",
    "vneid.gov.vn", "a@b.vn", "0950 001 234", "\u200b", "\u0301", "🎉", "&", "=", "h", "’",
    "1️⃣", "\n",
    "qwerty", "{{ x }}", "ngày", "gọi", "lớp", "từ", "-5°C", "10:75", "x", "#", "½", "５", "0.",
])
lines = st.lists(PARTS, max_size=14).map("".join)


@given(lines)
@example("Q. 1, 2/9-3/9 - 4/9")
@settings(max_examples=400)
def test_nothing_unsayable_passes_in_silence(line):
    """A digit, a sign or capitals left in the voice always have a finding; places always hold."""
    said = speak(line)
    left = re.sub(r"\{\{.*?\}\}", "", said.voice)
    unsayable = re.search(r"\d|[^\w\s,.;:!?]|(?<!\w)[A-ZĐ]{2,}(?!\w)", left)

    assert not unsayable or said.findings
    for f in said.findings:
        assert 0 <= f.start < f.end <= len(line)
        assert line[f.start : f.end] == f.text
    assert not re.search(r"  |^\s|\s$| [,.;:!?]|[,;:] ?[,;]", said.voice)


@given(lines)
def test_decomposed_input_is_said_like_composed(line):
    """Keyboards of Apple and PDF give letters apart from their marks."""
    line = unicodedata.normalize("NFC", line)
    apart = unicodedata.normalize("NFD", line)

    assert speak(apart).voice == speak(line).voice
    assert [f.why for f in speak(apart).findings] == [f.why for f in speak(line).findings]


@pytest.mark.parametrize(("written", "voice"), [
    ("thôn””thôn", "thôn thôn"), ("thôn''thôn", "thôn thôn"), ("thôn🎉🎉thôn", "thôn thôn"),
    ("xã\u0301 hội", "xã hội"), ("th\u0300ôn", "thôn"),
])
def test_what_is_silent_joins_no_two_words_and_parts_none(written, voice):
    """Quotation marks and pictures part words as they did on paper; a mark too many does not."""
    said = speak(written)
    assert (said.voice, said.findings) == (voice, ())


@given(lines)
@example("thôn””thôn")
@example("“thôn““thôn“")
@example("-5°C1️⃣gọi🎉gọi")
@example("Xã\u0301Xã")
def test_what_was_said_is_said_the_same_again(line):
    """The spoken form holds nothing more to read: saying it twice changes no word."""
    once = speak(line)
    if not once.findings and "{{" not in line:
        again = speak(once.voice)
        assert re.findall(r"\w+", again.voice.lower()) == re.findall(r"\w+", once.voice.lower())
        assert not again.findings
