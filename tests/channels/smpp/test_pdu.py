"""The coder of SMPP units, against smpplib's, and the framing against whatever a network does."""

import struct
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import consts
from smpplib.smpp import make_pdu, parse_pdu

from channels.smpp import pdu

octet = st.integers(0, 255)
sequences = st.integers(1, pdu.MAX_SEQUENCE)
statuses = st.integers(0, 0xFFFFFFFF)


def cstring(size: int) -> st.SearchStrategy[str]:
    """Text without NUL that fits into a C-octet string of so many octets."""
    return st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=size - 1)


MESSAGE = st.fixed_dictionaries({
    "service_type": cstring(6), "source_addr_ton": octet, "source_addr_npi": octet,
    "source_addr": cstring(21), "destination_addr_ton": octet, "destination_addr_npi": octet,
    "destination_addr": cstring(21), "esm_class": octet, "protocol_id": octet,
    "priority_flag": octet, "schedule_delivery_time": cstring(17), "validity_period": cstring(17),
    "registered_delivery": octet, "replace_if_present_flag": octet, "data_coding": octet,
    "sm_default_msg_id": octet, "short_message": st.binary(max_size=254),
})  # fmt: skip
BIND = st.fixed_dictionaries({
    "system_id": cstring(16), "password": cstring(9), "system_type": cstring(13),
    "interface_version": st.just(0x34), "addr_ton": octet, "addr_npi": octet,
    "address_range": cstring(41),
})  # fmt: skip
CLIENT = SimpleNamespace(next_sequence=int)  # smpplib numbers units by its client
NAMES = {"destination_addr_ton": "dest_addr_ton", "destination_addr_npi": "dest_addr_npi"}


def theirs(command: str, sequence: int, fields: dict[str, Any], status: int = 0) -> bytes:
    """The unit as smpplib writes it."""
    named = {NAMES.get(name, name): value for name, value in fields.items()}
    if "short_message" in named:
        named["sm_length"] = len(named["short_message"])
    made = make_pdu(command, client=CLIENT, **named)
    made.sequence, made.status = sequence, status
    octets: bytes = made.generate()
    return octets


def read_by_smpplib(octets: bytes, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as smpplib reads them."""
    got = parse_pdu(octets, client=CLIENT, allow_unknown_opt_params=True)
    found = {name: getattr(got, NAMES.get(name, name)) for name in fields}
    found["short_message"] = found["short_message"] or b""  # an empty one it leaves unset
    return {n: v.decode() if isinstance(v, bytes) and n != "short_message" else v
            for n, v in found.items()}


@pytest.mark.parametrize(("command", "name"), [(pdu.SUBMIT_SM, "submit_sm"),
                                               (pdu.DELIVER_SM, "deliver_sm")])
@given(fields=MESSAGE, sequence=sequences)
def test_a_message_is_written_and_read_as_smpplib_does(
    command: int, name: str, fields: dict[str, Any], sequence: int
) -> None:
    """Octet for octet, both ways."""
    ours = pdu.encode(command, sequence, fields)

    assert ours == theirs(name, sequence, fields)
    assert read_by_smpplib(ours, fields) == fields
    assert pdu.decode_body(command, ours[16:]) == pdu.Body(fields)


@pytest.mark.parametrize(("command", "name"), [
    (pdu.BIND_TRANSCEIVER, "bind_transceiver"), (pdu.BIND_TRANSMITTER, "bind_transmitter"),
    (pdu.BIND_RECEIVER, "bind_receiver"),
])  # fmt: skip
@given(fields=BIND, sequence=sequences)
def test_a_bind_is_written_and_read_as_smpplib_does(
    command: int, name: str, fields: dict[str, Any], sequence: int
) -> None:
    """Octet for octet, both ways."""
    ours = pdu.encode(command, sequence, fields)

    assert ours == theirs(name, sequence, fields)
    assert pdu.decode_body(command, ours[16:]).fields == fields


ANSWERS = [
    (pdu.SUBMIT_SM | pdu.RESPONSE, "submit_sm_resp", "message_id", 65),
    (pdu.DELIVER_SM | pdu.RESPONSE, "deliver_sm_resp", "message_id", 9),
    (pdu.DATA_SM | pdu.RESPONSE, "data_sm_resp", "message_id", 65),
    (pdu.BIND_TRANSCEIVER | pdu.RESPONSE, "bind_transceiver_resp", "system_id", 16),
]


@pytest.mark.parametrize(("command", "name", "field", "size"), ANSWERS)
@given(data=st.data(), sequence=sequences, status=statuses)
def test_an_answer_is_read_as_smpplib_wrote_it(
    command: int, name: str, field: str, size: int, data: st.DataObject, sequence: int, status: int
) -> None:
    """Status, sequence and the one field."""
    value = data.draw(cstring(size))
    octets = theirs(name, sequence, {field: value}, status)

    found, used, sound = pdu.frames(octets)

    assert (used, sound) == (len(octets), True)
    assert found == [(command, status, sequence, 16, len(octets))]
    assert pdu.decode_body(command, octets[16:]).text(field) == value


@pytest.mark.parametrize(("command", "name"), [
    (pdu.UNBIND, "unbind"), (pdu.UNBIND_RESP, "unbind_resp"),
    (pdu.ENQUIRE_LINK, "enquire_link"), (pdu.ENQUIRE_LINK_RESP, "enquire_link_resp"),
    (pdu.GENERIC_NACK, "generic_nack"),
])  # fmt: skip
def test_a_unit_without_a_body_is_a_header(command: int, name: str) -> None:
    """As smpplib writes it."""
    assert pdu.header(command, 7) == theirs(name, 7, {})
    assert pdu.decode_body(command, b"") == pdu.Body({})


def test_optional_parameters_are_read_as_smpplib_wrote_them() -> None:
    """Receipts carry them."""
    octets = theirs("deliver_sm", 1, {
        "source_addr": "84950001000", "esm_class": 4, "user_message_reference": 513,
        "receipted_message_id": "abc", "message_state": 2, "message_payload": b"\x01\x02",
        "network_error_code": b"\x03\x00\x01",
    })  # fmt: skip

    body = pdu.decode_body(pdu.DELIVER_SM, octets[16:])

    assert body.tlv(pdu.USER_MESSAGE_REFERENCE) == b"\x02\x01"
    assert body.tlv(pdu.RECEIPTED_MESSAGE_ID) == b"abc\0"
    assert body.tlv(pdu.MESSAGE_STATE) == bytes((consts.SMPP_MESSAGE_STATE_DELIVERED,))
    assert body.tlv(pdu.MESSAGE_PAYLOAD) == b"\x01\x02"
    assert body.tlv(pdu.NETWORK_ERROR_CODE) == b"\x03\x00\x01"


@given(tlvs=st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=300))))
def test_parameters_nobody_knows_are_kept_as_they_came(tlvs: list[tuple[int, bytes]]) -> None:
    """In order, repeated ones too."""
    octets = pdu.encode_body(pdu.DELIVER_SM, {}, tlvs)

    assert pdu.decode_body(pdu.DELIVER_SM, octets).tlvs == tuple(tlvs)


@given(command=st.sampled_from(sorted(pdu.LAYOUTS)) | statuses, body=st.binary(max_size=400))
def test_no_body_is_worse_than_malformed(command: int, body: bytes) -> None:
    """Whatever octets come: fields, or the one error."""
    try:
        pdu.decode_body(command, body)
    except pdu.Malformed:
        return


@given(fields=MESSAGE, data=st.data())
def test_a_cut_body_is_malformed_or_lacks_only_parameters(
    fields: dict[str, Any], data: st.DataObject
) -> None:
    """A message is never read out of less than was sent."""
    octets = pdu.encode_body(pdu.DELIVER_SM, fields)
    cut = data.draw(st.integers(0, len(octets) - 1))

    with pytest.raises(pdu.Malformed):
        pdu.decode_body(pdu.DELIVER_SM, octets[:cut])


PARAMETERS = st.lists(st.tuples(st.sampled_from([0x001E, 0x0424, 0x0427, 0x1500]),
                                st.binary(max_size=20)), max_size=4)  # fmt: skip
INCOMING = [pdu.DELIVER_SM, pdu.DATA_SM]


def incoming_by_layout(command: int, body: bytes) -> pdu.Incoming | None:
    """What a deliver_sm or data_sm says, by `decode_body`; None: malformed."""
    try:
        read = pdu.decode_body(command, body)
    except pdu.Malformed:
        return None
    short = read.octets("short_message") if command == pdu.DELIVER_SM else b""
    first = dict(reversed(read.tlvs))
    return pdu.Incoming(read.text("source_addr"), read.number("esm_class"),
                        read.number("data_coding"), short, first)


def incoming(command: int, body: bytes) -> pdu.Incoming | None:
    """The same by the quick way."""
    try:
        return pdu.read_incoming(command, body)
    except pdu.Malformed:
        return None


@given(command=st.sampled_from(INCOMING), body=st.binary(max_size=80))
def test_octets_from_a_gateway_are_read_as_the_layout_says(command: int, body: bytes) -> None:
    """Anything at all: the same values, or malformed both ways."""
    assert incoming(command, body) == incoming_by_layout(command, body)


@given(command=st.sampled_from(INCOMING), fields=MESSAGE, tlvs=PARAMETERS, data=st.data())
def test_a_message_from_a_gateway_is_read_as_the_layout_says(
    command: int, fields: dict[str, Any], tlvs: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    """A sound one, whole and cut anywhere."""
    known = {name for name, _, _ in pdu.LAYOUTS[command]}
    octets = pdu.encode_body(command, {n: v for n, v in fields.items() if n in known}, tlvs)
    cut = octets[: data.draw(st.integers(0, len(octets)))]

    assert incoming(command, octets) is not None
    for body in (octets, cut):
        assert incoming(command, body) == incoming_by_layout(command, body)


UNITS = st.lists(
    st.builds(
        lambda c, s, q, b: struct.pack(">IIII", 16 + len(b), c, s, q) + b,
        statuses, statuses, sequences, st.binary(max_size=60),
    ),
    max_size=8,
)  # fmt: skip


@given(units=UNITS, data=st.data())
def test_units_are_the_same_however_the_stream_is_cut(
    units: list[bytes], data: st.DataObject
) -> None:
    """A network may deliver an octet at a time."""
    stream, rest, found = b"".join(units), b"", []

    while stream:
        size = data.draw(st.integers(1, len(stream)))
        buffer, stream = rest + stream[:size], stream[size:]
        cut, used, sound = pdu.frames(buffer)
        assert sound
        found += [buffer[start - 16 : end] for _, _, _, start, end in cut]
        rest = buffer[used:]

    assert found == units
    assert rest == b""


@pytest.mark.parametrize("length", [0, 15, pdu.MAX_LENGTH + 1, 0x48545450, 0xFFFFFFFF])
def test_a_length_that_cannot_be_ends_the_stream(length: int) -> None:
    """What came before it still holds; nothing behind it is believed."""
    good = pdu.header(pdu.ENQUIRE_LINK, 3)

    found, used, sound = pdu.frames(good + struct.pack(">I", length) + good)

    assert ([f[2] for f in found], used, sound) == ([3], 16, False)
    # nor is the rest of its header waited for, which may never come
    assert pdu.frames(good + struct.pack(">I", length))[2] is False


@pytest.mark.parametrize(("fields", "error"), [
    ({"destination_addr": "8" * 21}, ValueError),
    ({"destination_addr": "84\x0095"}, ValueError),
    ({"destination_addr": "đ"}, ValueError),
    ({"short_message": b"x" * 255}, ValueError),
    ({"esm_class": 256}, ValueError),
    ({"esm_class": "4"}, TypeError),
    ({"esm_clas": 4}, ValueError),
])  # fmt: skip
def test_what_does_not_fit_is_not_written(
    fields: dict[str, Any], error: type[Exception]
) -> None:
    """A field is never cut or shifted in silence."""
    with pytest.raises(error):
        pdu.encode(pdu.SUBMIT_SM, 1, fields)


def test_a_password_never_stands_in_an_error() -> None:
    """Errors reach logs."""
    with pytest.raises(ValueError, match="C-octet") as caught:
        pdu.encode(pdu.BIND_TRANSCEIVER, 1, {"password": "bi-mat" * 20})

    assert "bi-mat" not in str(caught.value)
