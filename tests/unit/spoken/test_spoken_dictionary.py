"""The dictionary: staff add to it without code, and a mistake is named with its line."""

from pathlib import Path

import pytest

from vietnamese.spoken import DictionaryError, load, speak

ROOT = Path(__file__).parents[3]


def write(folder: Path, text: str) -> Path:
    file = folder / "dictionary.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_homes_own_words_add_to_the_shipped_ones_and_win(tmp_path):
    """One file, no code."""
    own = load(write(tmp_path, """
[abbreviations]
"XYZQ" = "xí nghiệp"
"Zalo" = "mạng da lô"

[names]
"UBND" = "u bê nờ dê"
"Abcdef" = "a be đép"

[units]
"bịch" = "bịch to"

[web]
"nguoitot" = "người tốt"

[phone]
services = ["987"]

[places]
names = ["Tân An"]

[counted]
things = ["bó hoa"]

[words]
known = ["kwuý"]

[[context]]
written = "TT"
next = ["của"]
said = "trung tâm"

[[context]]
written = "TT"
next = ["HĐND"]
said = "Thường trực của"
"""))

    said = speak("XYZQ, UBND, abcdef, TT của xã, TT HĐND, TT Tân An, kwuý, Zalo: 5 bịch, "
                 "nguoitot.vn; 987; 113 bó hoa", own)

    assert said.voice == ("Xí nghiệp, u bê nờ dê, a be đép, trung tâm của xã, Thường trực của Hội "
                          "đồng nhân dân, thị trấn Tân An, kwuý, mạng da lô: năm bịch to, người "
                          "tốt chấm vê en; chín tám bảy; một trăm mười ba bó hoa")
    assert [f.text for f in said.findings] == ["nguoitot.vn"]
    assert speak("XYZQ").findings, "the shipped dictionary is as it was"


def test_an_address_word_with_two_readings_is_not_read(tmp_path):
    """hoa + bình an, or hòa bình + an: nobody knows, so nobody guesses."""
    own = load(write(tmp_path, """
[web]
"hoa" = "hoa"
"binhan" = "bình an"
"hoabinh" = "hòa bình"
"an" = "an"
"""))

    assert [f.text for f in speak("thư hoabinhan@gmail.com", own).findings] == ["hoabinhan"]
    assert not speak("thư hoabinh@gmail.com", own).findings


def test_no_own_dictionary_is_no_mistake(tmp_path):
    """Most homes have none."""
    assert load(tmp_path / "dictionary.toml") is load()


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ('[abbreviations]\n"A1B" = "UBND xã"', 2, "còn chữ viết tắt UBND"),
        ('[abbreviations]\n\n"ABX" = "năm 2024"', 3, "có chữ số"),
        ('[abbreviations]\n"ABX" = ""', 2, "thiếu cách đọc"),
        ('[abbreviations]\n"ABX" = 5', 2, "thiếu cách đọc"),
        ('[abbreviations]\n"&" = "và"', 2, "ít nhất một chữ"),
        ('[names]\n" Abc" = "a bê xê"', 2, "thừa dấu cách"),
        ('[names]\n"Abc" = "a"\n"abc" = "b"', 3, "trùng với Abc"),
        ('[names]\n"ABX" = "a"\n[abbreviations]\n"ABX" = "b"', 2, "chỉ giữ một nơi"),
        ('[web]\n"công" = "công"', 2, "không dấu"),
        ('[wed]\na = "a"', 1, "mục lạ"),
        ("names = 5", 1, "một dòng [names]"),
        ('[phone]\nservices = ["11a"]', 2, "không phải số"),
        ('[phone]\nservice = ["112"]', 2, "tên lạ"),
        ('[places]\nnames = "Chũ"', 2, "danh sách"),
        ('[places]\nnames = [""]', 2, "phần trống"),
        ('[[context]]\nsaid = "a"', 1, "thiếu written"),
        ('[[context]]\nwritten = "TT"\nsaid = "a"', 2, "thiếu điều kiện"),
        ('[[context]]\nwritten = "TT"\nsaid = "A1"\nnext = ["x"]', 2, "có chữ số"),
        ('[[context]]\nwritten = "TT"\nsaid = "a"\nnext = ["<ngày>"]', 2, "<ngày>"),
        ('[[context]]\nwritten = "TT"\nsaid = "a"\nprevious = ["<số>"]', 2, "<số>"),
        ('[[context]]\nwritten = "TT"\nsaid = "a"\nnext = "x"', 2, "danh sách"),
        ('[[context]]\nwritten = "TT"\nsaid = "a"\nnext = ["x"]\nnexd = ["y"]', 2, "nexd"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path, text, line, what):
    """File, line, section, key, what is wrong and what to write instead."""
    with pytest.raises(DictionaryError) as refused:
        load(write(tmp_path, text))

    (mistake,) = refused.value.mistakes
    assert mistake.vi.startswith(f"dictionary.toml:{line}: [")
    assert what in mistake.vi
    assert mistake.en.startswith(f"dictionary.toml:{line}: [")
    assert mistake.en != mistake.vi


def test_all_mistakes_come_at_once(tmp_path):
    """Mending one only to meet the next is a bad afternoon."""
    with pytest.raises(DictionaryError) as refused:
        load(write(tmp_path, '[abbreviations]\n"ABX" = ""\n[web]\n"ă" = "ă"\n[x]\n'))

    assert len(refused.value.mistakes) == 3


@pytest.mark.parametrize(("data", "what"), [
    (b'[names]\nH\xc4\x90ND = "a"', "TOML"), (b"\xff", "UTF-8"), (b'[names]\n"a" = "b"\n"a" = "c"',
                                                               "TOML"),
])
def test_a_file_that_cannot_be_read_is_named(tmp_path, data, what):
    """A key with accents needs quotation marks; TOML says so with the line."""
    file = tmp_path / "dictionary.toml"
    file.write_bytes(data)

    with pytest.raises(DictionaryError) as refused:
        load(file)
    assert what in refused.value.mistakes[0].vi


def test_what_staff_are_told_to_use_is_documented():
    """Every section and special condition stands in docs/spoken.md."""
    from vietnamese.spoken import vocabulary  # noqa: PLC0415  (only here)

    text = (ROOT / "docs" / "spoken.md").read_text(encoding="utf-8")
    names = [*vocabulary.READINGS, *vocabulary.LISTS, *vocabulary.SPECIAL,
             *(key for keys in vocabulary.LISTS.values() for key in keys), "context"]

    assert not [name for name in names if name not in text]
