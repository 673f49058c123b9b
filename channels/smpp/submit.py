"""
The bodies of submit_sm: what is equal for a whole campaign is encoded once, per message only
number, reference, validity and a text of its own are filled in (specification 4.4.1, 5.2, 5.3).
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from channels.smpp import pdu
from channels.smpp.coding import Encoding, Long, cut

Validity = Literal["relative", "absolute", "none"]

_MAX_DAYS = 28  #: a relative validity in months is nobody's intention


@dataclass(frozen=True)
class Style:
    """How the gateway wants a message written; ton and npi as in specification 5.2.5-5.2.6."""

    sender: str = ""
    source_ton: int = 5  #: alphanumeric: a registered name
    source_npi: int = 0
    dest_ton: int = 1  #: international
    dest_npi: int = 1  #: E.164
    service_type: str = ""
    encoding: Encoding = "gsm7"
    gsm_data_coding: int = 0  #: of the GSM alphabet: 0 is "the gateway's default"
    long: Long = "udh8"
    validity: Validity = "relative"
    priority: int = 0
    receipts: bool = True  #: registered_delivery: a receipt for success and for failure
    user_reference: bool = True  #: 16 bits of our key, which many gateways repeat in the receipt
    key_tlv: int = 0  #: tag of a vendor's parameter that takes our whole key; 0: none


@dataclass(frozen=True)
class _Piece:
    """One part: octets between number and validity, before the reference and after it."""

    head: bytes
    before: bytes
    after: bytes
    reference: Literal["", "one", "two"]


def reference(key: str) -> int:
    """
    16 bits of a key: user_message_reference, and what joins the parts of a message.

    From the key, so that the same message tried again joins with itself.
    """
    return zlib.crc32(key.encode()) & 0xFFFF


class Writer:
    """Writes the bodies of one account's messages."""

    def __init__(self, style: Style) -> None:
        self.style = style
        source = bytes((style.source_ton, style.source_npi)) + pdu.cstring(style.sender, 21)
        to = bytes((style.dest_ton, style.dest_npi))
        self._prefix = pdu.cstring(style.service_type, 6) + source + to
        # of this account alone: a cache on the method would keep the account for ever
        self._pieces = lru_cache(maxsize=512)(self._cut)

    def parts(self, text: str) -> int:
        """Units that this text becomes on the wire."""
        return len(self._pieces(text))

    def bodies(self, key: str, number: str, text: str, validity: bytes) -> tuple[bytes, ...]:
        """
        One body a part, in order.

        Args:
            number: as the gateway wants it, digits (and "+") only.
            validity: see `validity_period`.
        """
        first = self._prefix + number.encode("ascii") + b"\0"
        ref, pieces = reference(key), self._pieces(text)
        tlvs = self._own_tlvs(key, ref)
        if len(pieces) == 1:  # nearly always, and a part that stands alone has no reference
            [only] = pieces
            return (b"".join((first, only.head, validity, only.before, tlvs)),)
        octets = {"": b"", "one": bytes((ref & 0xFF,)), "two": ref.to_bytes(2, "big")}
        return tuple(
            [
                b"".join((first, p.head, validity, p.before, octets[p.reference], p.after, tlvs))
                for p in pieces
            ]
        )

    def _own_tlvs(self, key: str, ref: int) -> bytes:
        tlvs = b""
        if self.style.user_reference:
            tlvs = b"\x02\x04\x00\x02" + ref.to_bytes(2, "big")
        if self.style.key_tlv:
            tlvs += pdu.tlv(self.style.key_tlv, key.encode() + b"\0")
        return tlvs

    def _cut(self, text: str) -> tuple[_Piece, ...]:
        found = cut(text, self.style.encoding, self.style.long)
        total = len(found.parts)
        return tuple(
            self._piece(part, number, total, found.data_coding)
            for number, part in enumerate(found.parts, 1)
        )

    def _piece(self, part: bytes, number: int, total: int, data_coding: int) -> _Piece:
        style = self.style
        coding = data_coding or style.gsm_data_coding
        # registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id
        flags = bytes((1 if style.receipts else 0, 0, coding, 0))
        joined = total > 1 and style.long in ("udh8", "udh16")
        head = bytes((pdu.UDHI if joined else 0, 0, style.priority, 0))  # ends: no schedule
        if joined:
            one = style.long == "udh8"
            udh = b"\x05\x00\x03" if one else b"\x06\x08\x04"
            size = len(udh) + (3 if one else 4) + len(part)
            after = bytes((total, number)) + part
            before = flags + bytes((size,)) + udh
            return _Piece(head, before, after, "one" if one else "two")
        # short_message holds 254 octets, but not every gateway cuts what is beyond one message.
        if len(part) > (160 if style.encoding == "gsm7" and not data_coding else 140):
            after = b"\0" + pdu.tlv(pdu.MESSAGE_PAYLOAD, part)
            return _Piece(head, flags + after, b"", "")
        short = flags + bytes((len(part),)) + part
        if total == 1:
            return _Piece(head, short, b"", "")
        place = pdu.tlv(pdu.SAR_TOTAL_SEGMENTS, bytes((total,)))
        place += pdu.tlv(pdu.SAR_SEGMENT_SEQNUM, bytes((number,)))
        return _Piece(head, short + b"\x02\x0c\x00\x02", place, "two")


def validity_period(style: Style, now: datetime, expires_at: datetime | None) -> bytes:
    """How long the gateway may go on trying, as the field wants it; empty: its own default."""
    if style.validity == "none" or expires_at is None:
        return b"\0"
    if style.validity == "absolute":
        return _absolute(expires_at)
    return _relative(min(int((expires_at - now).total_seconds()), _MAX_DAYS * 86400))


@lru_cache(maxsize=64)
def _relative(seconds: int) -> bytes:
    minutes, second = divmod(max(seconds, 1), 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"0000{day:02}{hour:02}{minute:02}{second:02}000R".encode() + b"\0"


@lru_cache(maxsize=64)
def _absolute(moment: datetime) -> bytes:
    return f"{moment.astimezone(UTC):%y%m%d%H%M%S}000+".encode() + b"\0"


def as_style(options: Mapping[str, object]) -> Style:
    """The options that a `Style` has, out of more."""
    known = Style.__dataclass_fields__
    return Style(**{name: value for name, value in options.items() if name in known})  # type: ignore[arg-type]
