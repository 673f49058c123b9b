"""submit_sm as somebody at the far side reads it, and the receipt that is written for it."""

import struct
from functools import lru_cache
from typing import Final, NamedTuple

#: GSM 03.38: code -> character; the extension table behind an escape (0x1B)
_GSM: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]",
    0x40: "|", 0x65: "€",
}  # fmt: skip
#: tag of the parameter in which a client may give its whole key (a vendor's range)
KEY_TLV: Final = 0x1500


class Submitted(NamedTuple):
    """One submit_sm."""

    key: str  #: the client's, with "/2" for its second part; else number and reference
    sender: str
    number: str
    text: str
    part: tuple[int, int, int]  #: reference, total, place; (0, 1, 1) for a whole one
    data_coding: int
    validity: str
    wants_receipt: bool
    reference: bytes  #: user_message_reference, given back in the receipt
    esm_class: int


def read_submit(body: bytes, *, packed: bool = False) -> Submitted | None:
    """None when it is no submit_sm. `packed`: the GSM alphabet comes in 7 bits a character."""
    try:
        at = body.index(0) + 3
        end = body.index(0, at)
        sender, at = body[at:end].decode("latin-1"), end + 3
        end = body.index(0, at)
        number, at = body[at:end].decode("latin-1"), end + 1
        esm_class = body[at]
        at = body.index(0, at + 3) + 1  # protocol_id, priority_flag, schedule_delivery_time
        end = body.index(0, at)
        validity, at = body[at:end].decode("latin-1"), end + 1
        registered, _, coding, _, size = body[at : at + 5]
        octets, at = body[at + 5 : at + 5 + size], at + 5 + size
        tlvs = {}
        while at < len(body):
            tag, length = struct.unpack_from(">HH", body, at)
            tlvs[tag] = body[at + 4 : at + 4 + length]
            at += 4 + length
    except (ValueError, IndexError, struct.error):
        return None
    octets = tlvs.get(0x0424, octets)
    header = octets[: octets[0] + 1] if esm_class & 0x40 and octets else b""
    part = _part(header, tlvs)
    reference = tlvs.get(0x0204, b"")
    key = tlvs.get(KEY_TLV, b"").rstrip(b"\0").decode() or f"{number}:{reference.hex()}"
    return Submitted(
        key=key if part[1] == 1 else f"{key}/{part[2]}",
        sender=sender,
        number=number,
        text=_decoded(octets, len(header), coding, packed=packed),
        part=part,
        data_coding=coding,
        validity=validity,
        wants_receipt=bool(registered & 3),
        reference=reference,
        esm_class=esm_class,
    )


def _part(header: bytes, tlvs: dict[int, bytes]) -> tuple[int, int, int]:
    if header[:3] == b"\x05\x00\x03":
        return header[3], header[4], header[5]
    if header[:3] == b"\x06\x08\x04":
        return int.from_bytes(header[3:5], "big"), header[5], header[6]
    if 0x020C in tlvs:
        return int.from_bytes(tlvs[0x020C], "big"), tlvs[0x020E][0], tlvs[0x020F][0]
    return 0, 1, 1


@lru_cache(maxsize=256)
def _decoded(octets: bytes, header: int, coding: int, *, packed: bool) -> str:
    if coding == 8:
        return octets[header:].decode("utf-16-be", "replace")
    if coding != 0:
        return octets[header:].decode("latin-1")
    septets = _unpacked(octets, header) if packed else list(octets[header:])
    text, escaped = "", False
    for code in septets:
        if escaped:
            text, escaped = text + _EXTENSION.get(code, _GSM[code & 0x7F]), False
        elif code == 0x1B:
            escaped = True
        else:
            text += _GSM[code & 0x7F]
    return text


def _unpacked(octets: bytes, header: int) -> list[int]:
    value = int.from_bytes(octets, "little")
    first = -(-header * 8 // 7)  # the header's bits are filled up to a whole septet
    found = [value >> (7 * n) & 0x7F for n in range(first, len(octets) * 8 // 7)]
    # A CR fills up seven bits left over, so that no "@" shows.
    return found[:-1] if len(octets) % 7 == 0 and found[-1:] == [0x0D] else found


def as_receipt(ref: str, shown: str, sms: Submitted, *, arrived: bool, form: str) -> bytes:
    """The body of a deliver_sm; `shown`: the id as the text has it."""
    state = "DELIVRD" if arrived else "UNDELIV"
    text = b""
    if form != "tlv":
        text = (
            f"id:{shown} sub:001 dlvrd:{1 if arrived else 0:03} submit date:2611240800 "
            f"done date:2611240800 stat:{state} err:{0 if arrived else 1:03} text:"
        ).encode()
    body = b"\0\1\1%b\0\0\0%b\0\4\0\0\0\0\0\0\0\0%c%b" % (
        sms.number.encode(), sms.sender.encode(), len(text), text,
    )  # fmt: skip
    if form != "text":
        octets = ref.encode() + b"\0"
        body += b"\0\x1e" + struct.pack(">H", len(octets)) + octets
        body += b"\x04\x27\0\1" + bytes((2 if arrived else 5,))
    if sms.reference:
        body += b"\x02\x04\0\2" + sms.reference
    return body
