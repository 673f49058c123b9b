"""
The key of a message given to gateways: a UUID (version 8, RFC 9562) that holds its place.

    24 bits campaign, 28 bits row, 70 bits of a hash of both under the campaign's nonce

The same after a restore; another one for a campaign that is made anew under an old number.
"""

import hashlib
import re
from typing import NamedTuple

#: what the bits hold
MOST_CAMPAIGNS, MOST_ROWS = (1 << 24) - 1, (1 << 28) - 1

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_CHECK = 70


class Place(NamedTuple):
    """Where a message stands."""

    campaign: int
    row: int


def key_of(nonce: bytes, campaign: int, row: int) -> str:
    """36 ASCII characters, as a UUID is written."""
    place = campaign << 28 | row
    digest = hashlib.blake2b(b"%d/%d" % (campaign, row), key=nonce, digest_size=9).digest()
    bits = place << _CHECK | int.from_bytes(digest, "big") >> (72 - _CHECK)
    # 48 bits, the version, 12 bits, the variant, 62 bits
    high, middle, low = bits >> 74, bits >> 62 & 0xFFF, bits & (1 << 62) - 1
    text = f"{high << 80 | 0x8 << 76 | middle << 64 | 0b10 << 62 | low:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def place_of(key: str) -> Place | None:
    """What a key says; None when it is none of a campaign. `key_of` tells whether it is true."""
    if not _UUID.fullmatch(key):
        return None
    whole = int(key.replace("-", ""), 16)
    bits = (whole >> 80) << 74 | (whole >> 64 & 0xFFF) << 62 | whole & (1 << 62) - 1
    place = bits >> _CHECK
    return Place(place >> 28, place & MOST_ROWS)
