"""The body of a submit_sm: every field where the specification has it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.smpp import pdu
from channels.smpp.coding import Long
from channels.smpp.submit import Style, Writer, reference, validity_period
from sandbox.smpp_text import KEY_TLV

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
STYLE = Style(sender="CA LUC NGAN")
LONG_TEXT = "Canh bao lua dao. " * 20


def written(style: Style, text: str = "Lua dao", validity: bytes = b"\0") -> list[pdu.Body]:
    """The bodies, read again (by the reader that smpplib vouches for)."""
    bodies = Writer(style).bodies("khoa-1", "84950001000", text, validity)
    return [pdu.decode_body(pdu.SUBMIT_SM, body) for body in bodies]


def test_a_short_message() -> None:
    """Sender, number, text, receipt wanted; our reference beside it."""
    body = written(STYLE)[0]

    assert body.fields == {
        "service_type": "", "source_addr_ton": 5, "source_addr_npi": 0,
        "source_addr": "CA LUC NGAN", "destination_addr_ton": 1, "destination_addr_npi": 1,
        "destination_addr": "84950001000", "esm_class": 0, "protocol_id": 0, "priority_flag": 0,
        "schedule_delivery_time": "", "validity_period": "", "registered_delivery": 1,
        "replace_if_present_flag": 0, "data_coding": 0, "sm_default_msg_id": 0,
        "short_message": b"Lua dao",
    }  # fmt: skip
    assert body.tlvs == ((pdu.USER_MESSAGE_REFERENCE, reference("khoa-1").to_bytes(2, "big")),)


STYLES: list[tuple[dict[str, Any], str, int | str]] = [
    ({"source_ton": 1, "sender": "84950009999"}, "source_addr_ton", 1),
    ({"source_npi": 1}, "source_addr_npi", 1),
    ({"dest_ton": 2}, "destination_addr_ton", 2),
    ({"dest_npi": 8}, "destination_addr_npi", 8),
    ({"service_type": "CMT"}, "service_type", "CMT"),
    ({"priority": 3}, "priority_flag", 3),
    ({"receipts": False}, "registered_delivery", 0),
    ({"gsm_data_coding": 0xF1}, "data_coding", 0xF1),
    ({"encoding": "ucs2", "gsm_data_coding": 0xF1}, "data_coding", 8),
]


@pytest.mark.parametrize(("change", "field", "value"), STYLES)
def test_what_a_gateway_wants_is_written(
    change: dict[str, Any], field: str, value: int | str
) -> None:
    """Each option reaches its field."""
    assert written(replace(STYLE, **change))[0].fields[field] == value


def test_diacritics_make_it_ucs2() -> None:
    """Big-endian, and nothing else of the text changes."""
    body = written(STYLE, "Lừa đảo")[0]

    assert body.number("data_coding") == 8
    assert body.octets("short_message").decode("utf-16-be") == "Lừa đảo"


@pytest.mark.parametrize(("long", "header"), [
    ("udh8", lambda ref, n: bytes((5, 0, 3, ref & 0xFF, 3, n))),
    ("udh16", lambda ref, n: bytes((6, 8, 4, ref >> 8, ref & 0xFF, 3, n))),
])  # fmt: skip
def test_parts_are_joined_by_a_header(long: Long, header: Any) -> None:
    """3GPP TS 23.040, 9.2.3.24.1 and .8: one reference, so many parts, this one."""
    bodies = written(replace(STYLE, long=long), LONG_TEXT)

    assert [b.number("esm_class") for b in bodies] == [0x40] * 3
    for number, body in enumerate(bodies, 1):
        assert body.octets("short_message").startswith(header(reference("khoa-1"), number))


def test_parts_are_joined_by_parameters() -> None:
    """SMPP 3.4, 5.3.2.22 to .24: the gateway writes the header."""
    bodies = written(replace(STYLE, long="sar", user_reference=False), LONG_TEXT)

    assert [b.number("esm_class") for b in bodies] == [0] * 3
    assert [b.tlvs for b in bodies] == [
        (
            (pdu.SAR_MSG_REF_NUM, reference("khoa-1").to_bytes(2, "big")),
            (pdu.SAR_TOTAL_SEGMENTS, b"\x03"),
            (pdu.SAR_SEGMENT_SEQNUM, bytes((number,))),
        )
        for number in (1, 2, 3)
    ]


@pytest.mark.parametrize(("text", "payload"), [
    ("a" * 160, False), ("a" * 161, True), ("ấ" * 70, False), ("ấ" * 71, True),
])  # fmt: skip
def test_a_long_message_goes_as_a_payload(text: str, payload: bool) -> None:
    """One unit however long, and a short one stays an ordinary message."""
    body = written(replace(STYLE, long="payload", user_reference=False), text)[0]

    octets = text.encode("utf-16-be" if text[0] == "ấ" else "ascii")
    assert body.octets("short_message") == (b"" if payload else octets)
    assert body.tlv(pdu.MESSAGE_PAYLOAD) == (octets if payload else None)


def test_the_whole_key_goes_where_a_gateway_takes_it() -> None:
    """Beside the 16 bits that fit the standard's parameter."""
    body = written(replace(STYLE, key_tlv=KEY_TLV))[0]

    assert body.tlv(KEY_TLV) == b"khoa-1\0"


def test_a_message_tried_again_joins_with_itself() -> None:
    """The reference is the key's: another key has another, the same key the same."""
    writer = Writer(STYLE)

    one, again = (writer.bodies("k", "84950001000", LONG_TEXT, b"\0") for _ in range(2))
    other = writer.bodies("k2", "84950001000", LONG_TEXT, b"\0")

    assert one == again
    assert one != other


@pytest.mark.parametrize(("validity", "left", "field"), [
    ("relative", timedelta(minutes=15), b"000000001500000R\0"),
    ("relative", timedelta(days=2, hours=3, minutes=4, seconds=5), b"000002030405000R\0"),
    ("relative", timedelta(days=90), b"000028000000000R\0"),
    ("relative", timedelta(milliseconds=10), b"000000000001000R\0"),
    ("absolute", timedelta(hours=1), b"261124020000000+\0"),
    ("none", timedelta(hours=1), b"\0"),
])  # fmt: skip
def test_the_gateway_is_told_how_long_it_may_try(
    validity: Any, left: timedelta, field: bytes
) -> None:
    """SMPP 3.4, 7.1.1: relative, absolute in UTC, or not at all; never zero, never months."""
    found = validity_period(replace(STYLE, validity=validity), NOW, NOW + left)

    assert found == field
    assert written(STYLE, validity=found)[0].text("validity_period") == field[:-1].decode()


def test_without_an_end_the_gateways_own_holds() -> None:
    """An empty field."""
    assert validity_period(STYLE, NOW, None) == b"\0"


def test_a_sender_that_does_not_fit_is_refused_at_once() -> None:
    """When the channel is built, not when the first message goes out."""
    with pytest.raises(ValueError, match="C-octet"):
        Writer(replace(STYLE, sender="x" * 21))
