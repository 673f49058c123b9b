"""Texts as octets: against vietnamese/sms.py, smpplib and the far side's own reading."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from smpplib.gsm import gsm_encode

from channels.smpp.coding import EXTENSION, GSM, Cut, Long, cut, gsm7, pack, parts
from channels.smpp.submit import Style, Writer
from sandbox.smpp_text import read_submit
from vietnamese import sms

gsm = st.text(st.sampled_from(sorted(sms.GSM_BASIC | sms.GSM_EXTENSION)), max_size=700)
anything = gsm | st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
LONG: list[Long] = ["udh8", "udh16", "sar", "payload"]


def test_the_alphabet_is_the_one_that_is_counted() -> None:
    """What costs one septet is written as one."""
    assert set(GSM) - {"\x1b"} == sms.GSM_BASIC
    assert EXTENSION.keys() == sms.GSM_EXTENSION
    assert len(GSM) == 128


@given(text=gsm.map(lambda t: t.replace("§", "").replace("\f", "")))
def test_the_alphabet_is_smpplibs(text: str) -> None:
    """But for § and form feed, which its table lacks."""
    assert gsm7(text) == gsm_encode(text)


@given(text=anything)
def test_parts_are_those_that_are_counted_and_paid_for(text: str) -> None:
    """With a header of 8 bits: the same places as vietnamese/sms.py cuts at."""
    expected = sms.split(text)
    found = cut(text, "gsm7", "udh8")

    if found.data_coding == 8:
        assert [p.decode("utf-16-be", "surrogatepass") for p in found.parts] == expected
    else:
        assert list(found.parts) == [gsm7(part) for part in expected]
    assert parts(text, "gsm7", "udh8") == parts(text, "gsm7", "payload") == len(expected)


@given(text=anything, encoding=st.sampled_from(["gsm7", "gsm7_packed", "ucs2"]),
       long=st.sampled_from(LONG))  # fmt: skip
@example(text="Canh bao {1}. " * 20, encoding="gsm7_packed", long="udh8")
@example(text="Canh bao {1}. " * 20, encoding="gsm7_packed", long="udh16")
def test_the_phone_reads_what_was_written(text: str, encoding: str, long: Long) -> None:
    """Whatever the coding and the way of joining: the parts joined are the text."""
    style = Style(sender="CA LUC NGAN", encoding=encoding, long=long)  # type: ignore[arg-type]
    bodies = Writer(style).bodies("khoa", "84950001000", text, b"\0")

    read = [read_submit(b, packed=encoding == "gsm7_packed") for b in bodies]

    # Packed, a CR at the end may be one that only fills up.
    shown = "".join(one.text for one in read if one)
    assert shown == text or (encoding == "gsm7_packed" and shown + "\r" == text)
    assert [one.part[1:] for one in read if one] == (
        [(len(bodies), n) for n in range(1, len(bodies) + 1)])
    assert len({one.part[0] for one in read if one}) == 1


@given(text=anything, encoding=st.sampled_from(["gsm7", "gsm7_packed", "ucs2"]),
       long=st.sampled_from(["udh8", "udh16"]))  # fmt: skip
def test_no_part_is_longer_than_a_message(text: str, encoding: str, long: Long) -> None:
    """140 octets with the header; unpacked, 160 septets with the header's room."""
    found = cut(text, encoding, long)  # type: ignore[arg-type]
    header = {"udh8": 6, "udh16": 7}[long] if len(found.parts) > 1 else 0
    for part in found.parts:
        if encoding == "gsm7" and found.data_coding == 0:
            assert len(part) + -(-header * 8 // 7) <= 160
        else:
            assert len(part) + header <= 140


@pytest.mark.parametrize(("septets", "fill", "octets"), [
    (b"", 0, ""),
    (b"hello", 0, "e8329bfd06"),  # 3GPP TS 23.038, 6.1.2.1: the first in the lowest bits
    (b"hellohello", 0, "e8329bfd4697d9ec37"),
    (b"\x01", 1, "02"),
    (b"1234567", 0, "31d98c56b3dd1a"),  # seven bits over: a CR, or "@" would show
    (b"12345678", 0, "31d98c56b3dd70"),
])  # fmt: skip
def test_septets_are_packed_as_the_network_does(septets: bytes, fill: int, octets: str) -> None:
    """Known results."""
    assert pack(septets, fill=fill).hex() == octets


@pytest.mark.parametrize(("text", "long", "sizes"), [
    ("a" * 160, "udh16", [160]),
    ("a" * 161, "udh8", [153, 8]),
    ("a" * 161, "udh16", [152, 9]),
    ("a" * 152 + "€" + "a" * 9, "udh8", [152, 11]),
    ("ấ" * 70, "udh16", [140]),
    ("ấ" * 71, "udh8", [134, 8]),
    ("ấ" * 71, "udh16", [132, 10]),
    ("ấ" * 66 + "😀" + "ấ" * 4, "udh8", [132, 12]),
    ("a" * 900, "payload", [900]),
    ("ấ" * 900, "payload", [1800]),
])  # fmt: skip
def test_long_texts_are_cut_where_they_may_be(text: str, long: Long, sizes: list[int]) -> None:
    """No extension character and no surrogate pair lies across two parts."""
    assert [len(part) for part in cut(text, "gsm7", long).parts] == sizes


def test_half_a_pair_is_no_crash() -> None:
    """A text from a broken file: the phone shows a mark, the worker goes on."""
    assert cut("\ud83d", "gsm7", "udh8") == Cut(8, (b"\xd8\x3d",))
