"""
What of a text is compared, and how it is found: the page's script (`xac-minh.js`) does exactly
the same, a test holds the two together.

Accents, case, spaces and punctuation are left out, so that a message copied from an SMS without
accents is found. Addresses of web pages are compared as they stand, because
"vietcọmbank.vn" and "viet-combank.vn" are other addresses than "vietcombank.vn".
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable
from typing import NamedTuple

#: letters that do not decompose, and signs that `vietnamese.plain` writes with letters
_LETTERS = {
    "đ": "d", "ð": "d", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "₫": "d",
    "€": "eur", "£": "gbp", "¥": "jpy", "×": "x", "°": "o", "©": "c", "®": "r",
}
#: what is left out: punctuation, spaces, marks, arrows, boxes, private use, joiners
_DROPPED = (
    (0x00, 0x2F), (0x3A, 0x60), (0x7B, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7), (0x300, 0x36F),
    (0x2000, 0x2BFF), (0x3000, 0x303F), (0xD800, 0xF8FF), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F),
    (0xFEFF, 0xFEFF), (0xFFF0, 0xFFFF),
)
_TABLE: dict[int, str | None] = {
    **{c: None for first, last in _DROPPED for c in range(first, last + 1)},
    **{ord(sign): letters for sign, letters in _LETTERS.items()},
}
_BEYOND = re.compile("[\U00010000-\U0010ffff]")  # a browser of 2015 sees two halves: left out

GRAM = 12  #: letters of a piece by which a text is found
_SHORT = 320  #: letters up to which a text is found by more of its pieces
ASKED = 16  #: pieces of a pasted text that are looked up

#: a code as a person may type it; 0, 1 and 8 are not in it but look like O, I and B
_CODE = re.compile(r"(?<![A-Z0-9])GV[-‐–\s]?([A-Z0-9]{8})(?![A-Z0-9])")
_LOOKALIKE = str.maketrans("018", "OIB")
_ADDRESS = re.compile(r"[^\s<>\"'()“”«»]+\.[^\s<>\"'()“”«»]+")
_AROUND = "/.,;:!?…)]}|*_-"


class Address(NamedTuple):
    """Something in a text that looks like a web address: as it stands, and its letters."""

    raw: str
    letters: str


def letters(text: str) -> str:
    """What is compared: no accents, lower case, letters and digits alone."""
    flat = unicodedata.normalize("NFKD", text).lower()
    return _BEYOND.sub("", flat).translate(_TABLE)


def addresses(text: str) -> tuple[Address, ...]:
    """Web addresses, in their order; numbers with points in them are none."""
    found = []
    for token in _ADDRESS.findall(text):
        raw = token.strip(_AROUND).lower()
        flat = letters(raw)
        if "." in raw and re.search("[^0-9]", flat):
            found.append(Address(raw, flat))
    return tuple(found)


def same_address(given: Address, genuine: Address) -> bool:
    """
    Sign by sign. "gấp.Hãy" is no address but a space that is missing, and an SMS has it
    without accents: where the genuine one is not ASCII, its letters are enough.
    """
    return given.raw == genuine.raw or (
        not genuine.raw.isascii() and given.letters == genuine.letters)


def codes_in(text: str) -> tuple[str, ...]:
    """The codes of a text, as `GV-XXXXXXXX`, each once."""
    found = _CODE.findall(unicodedata.normalize("NFKC", text).upper())
    return tuple(dict.fromkeys("GV-" + code.translate(_LOOKALIKE) for code in found))


def mark(piece: str) -> int:
    """CRC-32 of its UTF-8: quick in both languages, and nothing secret hangs on it."""
    return zlib.crc32(piece.encode("utf-8", "surrogatepass"))


def marks_kept(pieces: Iterable[str]) -> set[int]:
    """By which marks a text is found; `pieces`: its texts between personal fields."""
    found: set[int] = set()
    for piece in pieces:
        text = letters(piece)
        step = 4 if len(text) <= _SHORT else 16
        found |= {m for m in _marks(text) if m % step == 0}
        if 0 < len(text) <= GRAM:
            found.add(mark(text))
    return found


def marks_asked(text: str) -> tuple[int, ...]:
    """Which marks a pasted text is looked up by: first those that long texts keep, too."""
    flat = letters(text)
    if len(flat) <= GRAM:
        return (mark(flat),) if flat else ()
    found = {m for m in _marks(flat) if m % 4 == 0}
    return tuple(sorted(found, key=lambda m: (m % 16 != 0, m))[:ASKED])


def _marks(flat: str) -> set[int]:
    return {mark(flat[i:i + GRAM]) for i in range(len(flat) - GRAM + 1)}
