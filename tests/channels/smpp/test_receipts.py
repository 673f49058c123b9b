"""Receipts in both forms, from every kind of gateway."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.smpp import pdu, statuses
from channels.smpp.access import Access
from channels.smpp.receipts import Ids, Receipt, read
from channels.smpp.statuses import Table
from channels.smpp.traffic import Traffic
from channels.values import Delivered, FromPhone, Rejected, Uncertain

TEXT = ("id:{id} sub:001 dlvrd:001 submit date:2611240800 done date:2611240801 "
        "stat:{stat} err:{err} text:Canh bao lua dao")  # fmt: skip


def body(text: str = "", *tlvs: pdu.Tlv, command: int = pdu.DELIVER_SM, **fields: Any) -> bytes:
    """What a gateway sends; a receipt by its esm_class unless said otherwise."""
    given = {"esm_class": 4, "source_addr": "84950001000", "short_message": text.encode(), **fields}
    if command == pdu.DATA_SM:
        del given["short_message"]
    return pdu.encode_body(command, given, tlvs)


def told(octets: bytes, ids: Ids = "same", command: int = pdu.DELIVER_SM) -> Receipt:
    receipt = read(command, octets, ids)
    assert receipt is not None
    return receipt


def by_text(stat: str, err: str = "000", ref: str = "a1b2") -> bytes:
    return body(TEXT.format(id=ref, stat=stat, err=err))


def by_tlv(state: int, ref: bytes = b"a1b2\0") -> bytes:
    return body("", (pdu.RECEIPTED_MESSAGE_ID, ref), (pdu.MESSAGE_STATE, bytes((state,))))


STATES = [
    ("DELIVRD", 2, Delivered),
    ("EXPIRED", 3, Rejected),
    ("DELETED", 4, Rejected),
    ("UNDELIV", 5, Rejected),
    ("REJECTD", 8, Rejected),
    ("UNKNOWN", 7, Uncertain),
    ("ACCEPTD", 6, None),
    ("ENROUTE", 1, None),
]


@pytest.mark.parametrize(("stat", "state", "kind"), STATES)
def test_both_forms_say_the_same(stat: str, state: int, kind: type | None) -> None:
    """Text alone, parameters alone, both; what is on its way settles nothing."""
    both = body(TEXT.format(id="a1b2", stat=stat, err="000"), (pdu.RECEIPTED_MESSAGE_ID, b"a1b2\0"),
                (pdu.MESSAGE_STATE, bytes((state,))))  # fmt: skip

    for octets in (by_text(stat), by_tlv(state), both):
        receipt = told(octets)
        report = receipt.report()

        assert (receipt.ref, receipt.state, receipt.number) == ("a1b2", stat, "84950001000")
        assert report is None if kind is None else type(report.outcome) is kind  # type: ignore[union-attr]
        if report is not None:
            assert (report.ref, report.target) == ("a1b2", "84950001000")


@pytest.mark.parametrize("text", [
    "ID:a1b2 SUB:001 DLVRD:001 Submit Date:2611240800 Done Date:2611240801 Stat:DELIVRD Err:000",
    "id: a1b2 stat: DELIVRD",
    "stat:DELIVERED id:a1b2",
    "id:a1b2 stat:DELIVRD err:000 text:id:999 stat:UNDELIV",
    "id:a1b2 stat:DELIVRD Text:stat:UNDELIV",
])  # fmt: skip
def test_the_text_is_read_however_gateways_write_it(text: str) -> None:
    """Capitals, spaces, whole words; what the message itself says is no receipt."""
    receipt = told(body(text))

    assert (receipt.ref, receipt.state) == ("a1b2", "DELIVRD")


def test_what_the_message_says_is_no_reason() -> None:
    """The text behind "text:" is somebody's message, whatever stands in it."""
    assert told(body("id:a1b2 stat:DELIVRD text:err:034")).error == ""


def test_the_networks_own_reason_is_told() -> None:
    """err of the text, else network_error_code."""
    assert "err 034" in told(by_text("UNDELIV", "034")).report().outcome.detail  # type: ignore[union-attr]
    octets = body("", (pdu.RECEIPTED_MESSAGE_ID, b"a\0"), (pdu.MESSAGE_STATE, b"\x05"),
                  (pdu.NETWORK_ERROR_CODE, b"\x03\x00\x22"))  # fmt: skip
    assert told(octets).error == "34"


IDS: list[tuple[Ids, str, str, bool]] = [
    # how ids are to be read, as the text has it, as the answer had it, is it found
    ("same", "a1b2", "a1b2", True),
    ("same", "41394", "a1b2", False),
    ("decimal", "41394", "a1b2", True),
    ("decimal", "0000041394", "0000A1B2", True),
    ("hexadecimal", "A1B2", "41394", True),
    ("hexadecimal", "0000a1b2", "41394", True),
    ("any", "a1b2", "a1b2", True),
    ("any", "41394", "a1b2", True),
    ("any", "A1B2", "41394", True),
    ("any", "not-a-number", "not-a-number", True),
]


@pytest.mark.parametrize(("ids", "shown", "answered", "found"), IDS)
def test_an_id_is_known_in_the_other_writing(
    ids: Ids, shown: str, answered: str, found: bool
) -> None:
    """Hexadecimal in the answer, decimal in the receipt: Kannel calls it msg-id-type."""
    receipt = told(by_text("DELIVRD", ref=shown), ids)

    assert (answered in (receipt.ref, *receipt.also)) == found


@pytest.mark.parametrize(("ids", "ref"), [("decimal", "a1b2"), ("same", "41394")])
def test_the_likeliest_writing_comes_first(ids: Ids, ref: str) -> None:
    """A report has one ref."""
    assert told(by_text("DELIVRD", ref="41394"), ids).ref == ref


def test_the_parameters_id_goes_before_the_texts() -> None:
    """The standard makes it the one of the answer; gateways change the other."""
    octets = body(TEXT.format(id="41394", stat="DELIVRD", err="000"),
                  (pdu.RECEIPTED_MESSAGE_ID, b"a1b2\0"))  # fmt: skip

    assert (told(octets).ref, told(octets).also) == ("a1b2", ("41394",))


def test_our_reference_comes_back() -> None:
    """It names the message whose answer was lost, and with it the gateway's id."""
    octets = body(TEXT.format(id="a", stat="DELIVRD", err="0"),
                  (pdu.USER_MESSAGE_REFERENCE, b"\x12\x34"))  # fmt: skip

    assert told(octets).reference == 0x1234


@pytest.mark.parametrize(("change", "tlvs"), [
    ({"esm_class": 0}, ()),
    ({"esm_class": 0x44, "short_message": b"\x05\x00\x03\x01\x01\x01id:a1b2 stat:DELIVRD"}, ()),
    ({"short_message": b""}, ((pdu.MESSAGE_PAYLOAD, b"id:a1b2 stat:DELIVRD"),)),
    ({"data_coding": 8, "short_message": "id:a1b2 stat:DELIVRD".encode("utf-16-be")}, ()),
])  # fmt: skip
def test_a_receipt_is_one_in_any_wrapping(
    change: dict[str, Any], tlvs: tuple[pdu.Tlv, ...]
) -> None:
    """Not marked as one, behind a header, as a payload, in UCS-2."""
    given = {"short_message": b"id:a1b2 stat:DELIVRD", **change}

    receipt = told(body("", *tlvs, **given))

    assert (receipt.ref, receipt.state) == ("a1b2", "DELIVRD")


def test_data_sm_brings_receipts_too() -> None:
    """Some gateways answer with it."""
    octets = body("", (pdu.RECEIPTED_MESSAGE_ID, b"a1b2\0"), (pdu.MESSAGE_STATE, b"\x02"),
                  command=pdu.DATA_SM)  # fmt: skip

    assert told(octets, command=pdu.DATA_SM).state == "DELIVRD"


def test_what_is_told_on_the_way_settles_nothing() -> None:
    """An intermediate notification (esm_class 0x20), whatever state it names."""
    assert told(body(TEXT.format(id="a", stat="DELIVRD", err="0"), esm_class=0x20)).report() is None


def test_an_answer_from_a_phone_is_no_receipt() -> None:
    """Somebody writes back."""
    assert read(pdu.DELIVER_SM, body("HUY", esm_class=0)) is None
    assert read(pdu.DELIVER_SM, body("id: cho toi hoi", esm_class=0)) is None


def test_the_same_receipt_twice_has_the_same_digest() -> None:
    """A gateway that did not hear us brings it again; another one is another."""
    assert told(by_text("DELIVRD")).digest == told(by_text("DELIVRD")).digest
    assert told(by_text("DELIVRD")).digest != told(by_text("UNDELIV")).digest


#: in the usual form but for one value, which may be anything
WORD = st.text(st.sampled_from("aZ09: textidsrh-.\n\0ſKđ"), max_size=8)


@given(ref=WORD, stat=WORD, err=WORD, date=st.text("0123456789 ", max_size=12),
       behind=st.sampled_from(["", " text:", " Text:id:9 err:7", "x"]))  # fmt: skip
def test_the_usual_text_is_read_as_any_other(
    ref: str, stat: str, err: str, behind: str, date: str
) -> None:
    """The quick way gives what the search for each name gives."""
    text = (f"id:{ref} sub:001 dlvrd:001 submit date:{date} done date:2611240801 "
            f"stat:{stat} err:{err}{behind}")  # fmt: skip

    # with a blank in front it is not the usual form, and means the same
    usual, other = (told(body("", (pdu.MESSAGE_PAYLOAD, words.encode("utf-16-be")), data_coding=8))
                    for words in (text, " " + text))  # fmt: skip

    assert replace(usual, digest="") == replace(other, digest="")


@given(octets=st.binary(max_size=300), command=st.sampled_from([pdu.DELIVER_SM, pdu.DATA_SM]))
def test_no_octets_are_worse_than_malformed(octets: bytes, command: int) -> None:
    """Whatever a gateway sends."""
    try:
        read(command, octets, "any")
    except pdu.Malformed:
        return


@given(text=st.binary(max_size=254), tlvs=st.lists(
    st.tuples(st.sampled_from([pdu.RECEIPTED_MESSAGE_ID, pdu.MESSAGE_STATE, pdu.MESSAGE_PAYLOAD,
                               pdu.USER_MESSAGE_REFERENCE, pdu.NETWORK_ERROR_CODE]),
              st.binary(max_size=70))), coding=st.integers(0, 255), kind=st.integers(0, 255),
    ids=st.sampled_from(["same", "decimal", "hexadecimal", "any"]))  # fmt: skip
def test_no_receipt_is_worse_than_unknown(
    text: bytes, tlvs: list[pdu.Tlv], coding: int, kind: int, ids: Ids
) -> None:
    """Well framed, with anything in it: a receipt, none, and a report that can be kept."""
    octets = body("", *tlvs, short_message=text, data_coding=coding, esm_class=kind)

    receipt = read(pdu.DELIVER_SM, octets, ids)

    if receipt is not None:
        report = receipt.report()
        assert report is None or report.ref == receipt.ref


class Bind:
    """Hears what we answered."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, int, int]] = []

    def confirm(self, sequences: list[tuple[int, int, int]]) -> None:
        self.answers += sequences


@pytest.mark.parametrize("stored", [True, False])
def test_a_message_from_a_phone_is_confirmed_once_it_is_stored(stored: bool) -> None:
    """Somebody answers: like a receipt it is handed on, and not thrown away with a yes."""
    loop, bind = asyncio.new_event_loop(), Bind()
    traffic = Traffic(loop, Access("localhost", 1, "a", "b"), Table())
    octets = body("", esm_class=0, data_coding=8, short_message="Từ chối".encode("utf-16-be"))

    traffic.told(bind, pdu.DELIVER_SM, 7, octets)  # type: ignore[arg-type]
    brought = traffic.receipts(10)

    assert brought == [FromPhone("84950001000", "Từ chối")]
    assert bind.answers == []
    traffic.confirm(brought, stored=stored)
    traffic.pump()
    loop.close()
    assert bind.answers == [(pdu.DELIVER_SM, 7, statuses.OK if stored else statuses.TRY_LATER)]
