"""
Warn of words that turn the meaning round when a message is sent without accents.

"Đừng chuyển tiền" (do not transfer) and "Đúng, chuyển tiền" both become "Dung chuyen tien". The
words and the reasons are in `vietnamese.bare_table`.
"""

import re
from dataclasses import dataclass

from vietnamese.bare_table import RISKS, SAFE, Risk
from vietnamese.fold import fold
from vietnamese.plain import nfc, plain

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Ambiguity:
    """One place in a message that can be misread without accents."""

    #: Where it stands in the composed (NFC) text: ``text[start:end] == word``.
    start: int
    end: int
    word: str
    #: The same without accents, as the reader gets it.
    bare: str
    #: What else, or what at all, the bare word may be.
    could_be: tuple[str, ...]
    #: What goes wrong and what to write instead, in Vietnamese.
    why: str


def ambiguous(text: str) -> list[Ambiguity]:
    """
    The places in *text* that a reader without accents may take for something else, in order.

    Give the text as it was written, with its accents. One typed without any is judged too, by
    its bare words. The longest phrase counts: "kiểm tra" is safe, "tra" alone is not.
    """
    text = nfc(text)
    bare = text.isascii()
    risks, safe = (_BARE_RISKS, _BARE_SAFE) if bare else (_RISKS, _SAFE)
    words = list(_WORD.finditer(text))
    keys = [fold(w.group()) for w in words]
    found = []
    place = 0
    while place < len(words):
        length, risk = _longest(keys, _joined(text, words, place), place, risks, safe)
        if risk:
            start, end = words[place].start(), words[place + length - 1].end()
            word = text[start:end]
            readings = tuple(r for r in risk.could_be if bare or fold(r) != fold(word))
            found.append(Ambiguity(start, end, word, plain(word), readings, risk.why))
        place += length
    return found


def _longest(
    keys: list[str], joined: int, place: int, risks: dict[str, Risk], safe: frozenset[str]
) -> tuple[int, Risk | None]:
    """The words from *place* that are one phrase of ours, and its risk; a safe one wins."""
    for length in range(joined, 0, -1):
        phrase = " ".join(keys[place : place + length])
        if phrase in safe:
            return length, None
        if phrase in risks:
            return length, risks[phrase]
    return 1, None


def _joined(text: str, words: list[re.Match[str]], place: int) -> int:
    """How many words from *place* on, five at most, only spaces keep apart."""
    length = 1
    for before, after in zip(words[place:], words[place + 1 : place + _LONGEST], strict=False):
        if text[before.end() : after.start()].strip():
            break
        length += 1
    return length


_LONGEST = max(len(p.split()) for p in SAFE)
_RISKS = {fold(written): risk for risk in RISKS for written in risk.written}
_SAFE = frozenset(fold(p) for p in SAFE)
_BARE_RISKS = {risk.bare: risk for risk in RISKS if risk.also_bare}
_BARE_SAFE = frozenset(fold(p, accents=False) for p in SAFE)
