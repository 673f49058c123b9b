"""
A registered text with its slots, and whether a text is one of those it allows. Pure.

`{ten:20}` stands for 1 to 20 characters of one line, `{so:6}` or `{so_ngay:2}` for 1 to 6 (2)
digits. Braces are nothing else: gateways refuse them in a text. The rest must be equal sign by
sign, accents, capitals and spaces too, for nobody promises that a carrier is more lenient.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from vietnamese.plain import nfc
from worker.items.fields import FIELDS, PLACEHOLDER

SLOT = re.compile(r"\{([a-z][a-z0-9_]*):([1-9][0-9]{0,2})\}")
DIGITS = frozenset("0123456789")
_BREAKS = frozenset("\r\n")
#: stands for an open field while a text is matched; no template has it (check_templates.py)
_FIELD = "\0"


class Slot(NamedTuple):
    """A place for what changes: 1 to `longest` characters."""

    name: str
    longest: int

    @property
    def digits(self) -> bool:
        return self.name == "so" or self.name.startswith("so_")


@lru_cache(maxsize=1024)
def pieces(pattern: str) -> tuple[str | Slot, ...]:
    """The words that stand and the slots between them, in order."""
    found: list[str | Slot] = []
    end = 0
    text = nfc(pattern)
    for slot in SLOT.finditer(text):
        found += [text[end:slot.start()], Slot(slot[1], int(slot[2]))]
        end = slot.end()
    return tuple(piece for piece in (*found, text[end:]) if piece)


def fits(pattern: str, text: str) -> bool:
    """
    Whether the text is one of those the template allows, as it goes out.

    A field still open in it (`{{ ten }}`) must lie in a slot of words that has room for its
    longest value: then every filling fits.
    """
    return differs_at(pattern, text) is None


@lru_cache(maxsize=8192)
def differs_at(pattern: str, text: str) -> int | None:
    """
    None when the text fits, else the place in the text (NFC) up to which its words are the
    template's; what a slot might still hold beyond that is not counted.

    Keeps every place a reading may have come to, so nothing is ever tried again: at worst the
    time is the length of the text times that of the template.
    """
    line, widths, places = _line(nfc(text))
    here = [0]
    said = 0  #: where words of the template last ended
    for piece in pieces(pattern):
        if isinstance(piece, str):
            begun = [p + n for p in here if (n := _common(line, p, piece))]
            here = [p + len(piece) for p in here if line.startswith(piece, p)]
            if not here:
                return places[max(begun, default=said)]
            said = here[0]
        else:
            here = _after(line, widths, here, piece)
            if not here:
                return places[said]
    return None if here[-1] == len(line) else places[here[-1]]


def _after(line: str, widths: list[int], starts: list[int], slot: Slot) -> list[int]:
    """
    Where a slot that begins at one of these places may end. Of several beginnings only the
    latest counts: what it allows, it allows with most room left.
    """
    begins, found = set(starts), []
    used: int | None = None
    for place, sign in enumerate(line[starts[0]:], starts[0]):
        used = 0 if place in begins else used
        if used is None:
            continue
        if sign not in DIGITS if slot.digits else sign in _BREAKS:
            used = None
            continue
        used += widths[place]
        if used <= slot.longest:
            found.append(place + 1)
    return found


def _line(text: str) -> tuple[str, list[int], list[int]]:
    """The text with one sign for an open field; the width and the place of every sign."""
    signs: list[str] = []
    widths: list[int] = []
    places: list[int] = []
    end = 0
    for field in PLACEHOLDER.finditer(text):
        between = range(end, field.start())
        signs += [text[end:field.start()], _FIELD]
        longest = FIELDS[field[1]][1] if field[1] in FIELDS else len(text) + 1000
        widths += [*(1 for _ in between), longest]
        places += [*between, field.start()]
        end = field.end()
    rest = range(end, len(text))
    return ("".join([*signs, text[end:]]), [*widths, *(1 for _ in rest)],
            [*places, *rest, len(text)])


def _common(line: str, start: int, words: str) -> int:
    """How many signs from here on are those of the words."""
    if line.startswith(words, start):
        return len(words)
    pairs = zip(line[start:start + len(words)], words, strict=False)
    return next((n for n, (one, other) in enumerate(pairs) if one != other), len(line) - start)
