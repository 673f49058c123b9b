"""
The key of a message given to gateways: a UUID (version 8, RFC 9562) that holds its place.

    24 bits campaign, 28 bits row, 70 bits of a hash of both under the campaign's nonce

The same after a restore; another one for a campaign that is made anew under an old number.
"""

import hashlib
import re
from functools import lru_cache
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
    hashed = _keyed(nonce).copy()
    hashed.update(b"%d/%d" % (campaign, row))
    place = campaign << 28 | row
    bits = place << _CHECK | int.from_bytes(hashed.digest(), "big") >> (72 - _CHECK)
    # 48 bits, the version, 12 bits, the variant, 62 bits
    high, middle, low = bits >> 74, bits >> 62 & 0xFFF, bits & (1 << 62) - 1
    octets = (high << 80 | 0x8 << 76 | middle << 64 | 0b10 << 62 | low).to_bytes(16, "big")
    pairs = octets.hex("-", 2)  # a UUID's 8-4-4-4-12, with three hyphens too many
    return f"{pairs[:4]}{pairs[5:29]}{pairs[30:34]}{pairs[35:]}"


@lru_cache(maxsize=64)
def _keyed(nonce: bytes) -> "hashlib.blake2b":
    """To be copied: to begin one with its key costs twice as much as all that follows."""
    return hashlib.blake2b(key=nonce, digest_size=9)


def place_of(key: str) -> Place | None:
    """What a key says; None when it is none of a campaign. `key_of` tells whether it is true."""
    if not _UUID.fullmatch(key):
        return None
    whole = int(key.replace("-", ""), 16)
    bits = (whole >> 80) << 74 | (whole >> 64 & 0xFFF) << 62 | whole & (1 << 62) - 1
    place = bits >> _CHECK
    return Place(place >> 28, place & MOST_ROWS)
