"""
SMPP 3.4 protocol data units, bytes to values and back (specification v3.4 issue 1.2, ch. 4-5).

A stream that cannot be cut into units is broken for good: `frames` says so, and the link ends.
A unit whose *body* cannot be read raises `Malformed`, and only that unit is refused.
"""

import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

HEADER: Final = struct.Struct(">IIII")  #: command_length, command_id, command_status, sequence
_TLV: Final = struct.Struct(">HH")  #: tag, length
MAX_LENGTH: Final = 1 << 17  #: octets of one unit; a message_payload alone may have 65535
MAX_SEQUENCE: Final = 0x7FFFFFFF
INTERFACE_VERSION: Final = 0x34

RESPONSE: Final = 0x80000000
GENERIC_NACK: Final = 0x80000000
BIND_RECEIVER: Final = 0x00000001
BIND_TRANSMITTER: Final = 0x00000002
SUBMIT_SM: Final = 0x00000004
SUBMIT_SM_RESP: Final = 0x80000004
DELIVER_SM: Final = 0x00000005
UNBIND: Final = 0x00000006
UNBIND_RESP: Final = 0x80000006
BIND_TRANSCEIVER: Final = 0x00000009
OUTBIND: Final = 0x0000000B
ENQUIRE_LINK: Final = 0x00000015
ENQUIRE_LINK_RESP: Final = 0x80000015
ALERT_NOTIFICATION: Final = 0x00000102
DATA_SM: Final = 0x00000103

# optional parameters (TLV) that we write or read; all others are kept as they came
USER_MESSAGE_REFERENCE: Final = 0x0204
SAR_MSG_REF_NUM: Final = 0x020C
SAR_TOTAL_SEGMENTS: Final = 0x020E
SAR_SEGMENT_SEQNUM: Final = 0x020F
RECEIPTED_MESSAGE_ID: Final = 0x001E
MESSAGE_PAYLOAD: Final = 0x0424
MESSAGE_STATE: Final = 0x0427
NETWORK_ERROR_CODE: Final = 0x0423

UDHI: Final = 0x40  #: esm_class: the short message begins with a header

Value = int | str | bytes
Tlv = tuple[int, bytes]
Frame = tuple[int, int, int, int, int]  #: command, status, sequence, start and end of the body


class Malformed(ValueError):
    """Octets that are no SMPP."""


@dataclass(frozen=True)
class Body:
    """What stands behind the header: mandatory fields by name, optional ones in order."""

    fields: Mapping[str, Value]
    tlvs: tuple[Tlv, ...] = ()

    def tlv(self, tag: int) -> bytes | None:
        """The first optional parameter with this tag."""
        return next((value for known, value in self.tlvs if known == tag), None)

    def number(self, name: str) -> int:
        """A one-octet field."""
        value = self.fields[name]
        assert isinstance(value, int)  # noqa: S101 - by the layout
        return value

    def text(self, name: str) -> str:
        """A C-octet string, as Latin-1: never fails, never loses an octet."""
        value = self.fields[name]
        assert isinstance(value, str)  # noqa: S101 - by the layout
        return value

    def octets(self, name: str) -> bytes:
        """The short message."""
        value = self.fields[name]
        assert isinstance(value, bytes)  # noqa: S101 - by the layout
        return value


# A layout is names in order. int: one octet. str: C-octet string of at most so many octets, NUL
# included. bytes: octets behind a field of one octet that counts them.
Field = tuple[str, type, int]


def _c(name: str, size: int) -> Field:
    return name, str, size


def _i(name: str) -> Field:
    return name, int, 1


def _address(name: str, size: int = 21) -> tuple[Field, ...]:
    return _i(f"{name}_ton"), _i(f"{name}_npi"), _c(name, size)


# Gateways in the field take longer names and passwords than the specification's 16 and 9.
_BIND = (
    _c("system_id", 65), _c("password", 65), _c("system_type", 13), _i("interface_version"),
    _i("addr_ton"), _i("addr_npi"), _c("address_range", 41),
)  # fmt: skip
_MESSAGE = (
    _c("service_type", 6), *_address("source_addr"), *_address("destination_addr"),
    _i("esm_class"), _i("protocol_id"), _i("priority_flag"), _c("schedule_delivery_time", 17),
    _c("validity_period", 17), _i("registered_delivery"), _i("replace_if_present_flag"),
    _i("data_coding"), _i("sm_default_msg_id"), ("short_message", bytes, 254),
)  # fmt: skip
_DATA = (
    _c("service_type", 6), *_address("source_addr", 65), *_address("destination_addr", 65),
    _i("esm_class"), _i("registered_delivery"), _i("data_coding"),
)  # fmt: skip

LAYOUTS: Final[Mapping[int, tuple[Field, ...]]] = {
    BIND_RECEIVER: _BIND,
    BIND_TRANSMITTER: _BIND,
    BIND_TRANSCEIVER: _BIND,
    **{c | RESPONSE: (_c("system_id", 65),)
       for c in (BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER)},
    SUBMIT_SM: _MESSAGE,
    SUBMIT_SM_RESP: (_c("message_id", 65),),
    DELIVER_SM: _MESSAGE,
    DELIVER_SM | RESPONSE: (_c("message_id", 65),),
    DATA_SM: _DATA,
    DATA_SM | RESPONSE: (_c("message_id", 65),),
    OUTBIND: (_c("system_id", 65), _c("password", 65)),
    ALERT_NOTIFICATION: (*_address("source_addr", 65), *_address("esme_addr", 65)),
    UNBIND: (),
    UNBIND_RESP: (),
    ENQUIRE_LINK: (),
    ENQUIRE_LINK_RESP: (),
    GENERIC_NACK: (),
}  # fmt: skip
_EMPTY: Final[Mapping[type, Value]] = {int: 0, str: "", bytes: b""}


def frames(buffer: bytes) -> tuple[list[Frame], int, bool]:
    """
    The whole units in a buffer, the octets they took, and whether the stream is still SMPP.

    What is left waits for more. When it is no SMPP any more, the units before still hold.
    """
    found: list[Frame] = []
    start, size = 0, len(buffer)
    while size - start >= HEADER.size:
        length, command, status, sequence = HEADER.unpack_from(buffer, start)
        if not HEADER.size <= length <= MAX_LENGTH:
            return found, start, False
        end = start + length
        if end > size:
            return found, start, True
        found.append((command, status, sequence, start + 16, end))
        start = end
    # of a header that is not whole yet the length alone says whether it can become one
    length = int.from_bytes(buffer[start : start + 4], "big")
    sound = size - start < 4 or HEADER.size <= length <= MAX_LENGTH
    return found, start, sound


def header(command: int, sequence: int, status: int = 0) -> bytes:
    """A unit without a body."""
    return HEADER.pack(HEADER.size, command, status, sequence)


def encode(
    command: int,
    sequence: int,
    fields: Mapping[str, Value] | None = None,
    tlvs: Iterable[Tlv] = (),
    status: int = 0,
) -> bytes:
    """A whole unit; fields left out are 0 or empty. ValueError when a value does not fit."""
    body = encode_body(command, fields or {}, tlvs)
    return HEADER.pack(HEADER.size + len(body), command, status, sequence) + body


def encode_body(command: int, fields: Mapping[str, Value], tlvs: Iterable[Tlv] = ()) -> bytes:
    """The octets behind the header."""
    layout = LAYOUTS[command]
    if unknown := fields.keys() - {name for name, _, _ in layout}:
        raise ValueError(f"no field {sorted(unknown)} in command {command:#x}")
    parts = [_octets(f, fields.get(f[0], _EMPTY[f[1]])) for f in layout]
    return b"".join([*parts, *(tlv(tag, value) for tag, value in tlvs)])


def tlv(tag: int, value: bytes) -> bytes:
    """An optional parameter."""
    return _TLV.pack(tag, len(value)) + value


def cstring(text: str, size: int) -> bytes:
    """A C-octet string of at most `size` octets, NUL included."""
    octets = text.encode("latin-1")
    if len(octets) >= size or 0 in octets:
        raise ValueError(f"not a C-octet string of {size}")  # the value may be a password
    return octets + b"\0"


def _octets(field: Field, value: Value) -> bytes:
    name, kind, size = field
    if not isinstance(value, kind):
        raise TypeError(f"{name}: {kind.__name__}")
    if isinstance(value, int):
        return bytes((value,))
    if isinstance(value, str):
        return cstring(value, size)
    if len(value) > size:
        raise ValueError(f"{name}: {len(value)} octets of {size}")
    return bytes((len(value),)) + value


def decode_body(command: int, body: bytes) -> Body:
    """
    The fields of a unit.

    A response may lack its body (an error has none) or its last NUL; a request may not.
    """
    layout = LAYOUTS.get(command)
    if layout is None:
        raise Malformed(f"command {command:#x}")
    fields: dict[str, Value] = {}
    at, size = 0, len(body)
    for name, kind, _ in layout:
        if kind is str:
            end = body.find(b"\0", at)
            if end < 0:
                if not command & RESPONSE:
                    raise Malformed(f"{name}: no end")
                end = size
            fields[name] = body[at:end].decode("latin-1")
            at = min(end + 1, size)
            continue
        if at >= size:
            raise Malformed(f"{name}: missing")
        first = body[at]
        at += 1
        if kind is int:
            fields[name] = first
        else:
            if at + first > size:
                raise Malformed(f"{name}: cut")
            fields[name] = body[at : at + first]
            at += first
    return Body(fields, _tlvs(body, at))


class Incoming(NamedTuple):
    """What counts of a deliver_sm or data_sm; of optional parameters with one tag the first."""

    source: str
    esm_class: int
    data_coding: int
    short_message: bytes
    tlvs: Mapping[int, bytes]


# Strings to their NUL, and single octets: as `_MESSAGE` and `_DATA` lay them out. A million
# receipts come as fast as the gateway likes; by the layouts each takes three times as long.
_ADDRESSES: Final = rb"[^\0]*\0..([^\0]*)\0..[^\0]*\0"  #: service_type, source, destination
_DELIVER: Final = re.compile(
    _ADDRESSES + rb"(.)..[^\0]*\0[^\0]*\0..(.).(.)", re.DOTALL)  # fmt: skip
_DATA_SM: Final = re.compile(_ADDRESSES + rb"(.).(.)()", re.DOTALL)


def read_incoming(command: int, body: bytes) -> Incoming:
    """A deliver_sm or data_sm; `Malformed` exactly where `decode_body` says so."""
    found = (_DELIVER if command == DELIVER_SM else _DATA_SM).match(body)
    if found is None:
        raise Malformed(f"command {command:#x}: cut")
    source, kind, coding, size = found.groups()
    at = found.end()
    short = body[at : at + size[0]] if size else b""
    if size:
        at += size[0]
        if at > len(body):
            raise Malformed("short_message: cut")
    tlvs: dict[int, bytes] = {}
    for tag, value in _tlvs(body, at):
        tlvs.setdefault(tag, value)
    return Incoming(source.decode("latin-1"), kind[0], coding[0], short, tlvs)


def _tlvs(body: bytes, at: int) -> tuple[Tlv, ...]:
    found, size = [], len(body)
    while at < size:
        if at + 4 > size:
            raise Malformed("optional parameter: cut")
        tag, length = _TLV.unpack_from(body, at)
        at += 4
        if at + length > size:
            raise Malformed(f"optional parameter {tag:#06x}: cut")
        found.append((tag, body[at : at + length]))
        at += length
    return tuple(found)
