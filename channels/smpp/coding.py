"""
A text as the octets of its parts: GSM 7-bit unpacked or packed, or UCS-2.

3GPP TS 23.038 clause 6.2.1 (alphabet), 6.1.2.1 (packing); TS 23.040 clause 9.2.3.24 (the room a
header takes). Neither an extension character nor a surrogate pair lies across two parts.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

Encoding = Literal["gsm7", "gsm7_packed", "ucs2"]
Long = Literal["udh8", "udh16", "sar", "payload"]

#: code 0x00 to 0x7F; 0x1B is the escape to the extension table, not a character
GSM: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E,
    "|": 0x40, "€": 0x65,
}  # fmt: skip
_CODES: Final[dict[str, bytes]] = {
    **{c: bytes((code,)) for code, c in enumerate(GSM) if c != "\x1b"},
    **{c: bytes((0x1B, code)) for c, code in EXTENSION.items()},
}
#: characters whose GSM code is their ASCII code: encoded in one step, and Vietnamese without
#: diacritics is nearly all of them
_ASCII: Final = re.compile("[A-Za-z0-9 !\"#%&'()*+,\\-./:;<=>?\\r\\n]*")
_ESCAPE: Final = 0x1B
_CR: Final = 0x0D

UCS2: Final = 8  #: data_coding
_WHOLE: Final = 140  #: octets of a single message
_HEADER: Final[dict[Long, int]] = {"udh8": 6, "udh16": 7, "sar": 6, "payload": 0}


@dataclass(frozen=True)
class Cut:
    """The parts of a text, without their headers; `packed` ones leave room for a header's bits."""

    data_coding: int  #: 0 the gateway's default alphabet, 8 UCS-2
    parts: tuple[bytes, ...]


@lru_cache(maxsize=512)  # a campaign sends one text a million times
def cut(text: str, encoding: Encoding, long: Long) -> Cut:
    """
    The text in parts as a gateway of this kind takes them.

    With "sar" the gateway writes the header itself (8-bit reference: as much room as "udh8").
    With "payload" the text is one part, however long.
    """
    septets = None if encoding == "ucs2" else gsm7(text)
    if septets is None:
        return Cut(UCS2, tuple(_ucs2_parts(_utf16(text), long)))
    parts = _gsm_parts(septets, long)
    if encoding == "gsm7":
        return Cut(0, tuple(parts))
    in_header = _HEADER[long] if len(parts) > 1 and long in ("udh8", "udh16") else 0
    return Cut(0, tuple(pack(part, fill=-8 * in_header % 7) for part in parts))


def parts(text: str, encoding: Encoding, long: Long) -> int:
    """How many messages a subscriber's phone gets, and the sender pays for."""
    return len(cut(text, encoding, "udh8" if long == "payload" else long).parts)


def gsm7(text: str) -> bytes | None:
    """One septet an octet, an extension character as two; None when a character is in neither."""
    if _ASCII.fullmatch(text):
        return text.encode("ascii")
    try:
        return b"".join([_CODES[character] for character in text])
    except KeyError:
        return None


def pack(septets: bytes, *, fill: int = 0) -> bytes:
    """Seven bits each, the first in the lowest bits, after `fill` bits that end the header."""
    bits, value = fill, 0
    for septet in septets:
        value |= septet << bits
        bits += 7
    if -bits % 8 == 7:
        # Seven bits left over would be read as one more character, "@": a CR shows nothing.
        value |= _CR << bits
        bits += 7
    return value.to_bytes((bits + 7) // 8, "little")


def _utf16(text: str) -> bytes:
    # "surrogatepass": half a pair in a text is the phone's matter, not a crash at sending
    return text.encode("utf-16-be", "surrogatepass")


def _gsm_parts(septets: bytes, long: Long) -> list[bytes]:
    if len(septets) <= _WHOLE * 8 // 7 or long == "payload":
        return [septets]
    room = (_WHOLE - _HEADER[long]) * 8 // 7
    found, start = [], 0
    while start < len(septets):
        end = min(start + room, len(septets))
        if end < len(septets) and septets[end - 1] == _ESCAPE:
            end -= 1
        found.append(septets[start:end])
        start = end
    return found


def _ucs2_parts(octets: bytes, long: Long) -> list[bytes]:
    if len(octets) <= _WHOLE or long == "payload":
        return [octets]
    room = (_WHOLE - _HEADER[long]) // 2 * 2
    found, start = [], 0
    while start < len(octets):
        end = min(start + room, len(octets))
        if end < len(octets) and octets[end - 2] & 0xFC == 0xD8:
            end -= 2
        found.append(octets[start:end])
        start = end
    return found
