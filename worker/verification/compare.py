"""
A pasted text beside a genuine one: the same, a part of it, nearly the same (which a scammer
makes who changes a link or a number), or another. The page's script judges exactly alike.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from worker.verification.normal import GRAM, addresses, letters, same_address

Likeness = Literal["same", "part", "near", "other"]

#: a part shorter than this, in letters, says nothing
PART = 24
#: of the pieces of the shorter text, how many both must have to be told as nearly the same
NEAR = 0.3
#: a person's own field: so many letters at most, and no number one could call
_FIELD = r".{0,80}?"
_NUMBER = re.compile(r"\d{6}")
WORDS = 1500  #: compared one by one at most


@dataclass(frozen=True)
class Difference:
    """Words of one text that the other does not have there; either may be empty."""

    given: str
    genuine: str


def likeness(given: str, pieces: Sequence[str]) -> Likeness:
    """`pieces`: the genuine text between its personal fields."""
    mine, whole = letters(given), [letters(piece) for piece in pieces]
    genuine = "".join(whole)
    if mine and _fits(mine, whole) and _addresses_fit(given, pieces, whole=True):
        return "same"
    if (len(mine) >= PART and any(mine in piece and mine != piece for piece in whole)
            and _addresses_fit(given, pieces, whole=False)):
        return "part"
    return "near" if shared(mine, genuine) >= NEAR else "other"


def shared(mine: str, genuine: str) -> float:
    """Of the pieces of the shorter of two texts (letters), the share that both have."""
    one, two = _grams(mine), _grams(genuine)
    least = min(len(one), len(two))
    return len(one & two) / least if least else 0.0


def closeness(mine: str, genuine: str) -> float:
    """Of all pieces of two texts (letters), the share that both have: 1 for equal ones."""
    one, two = _grams(mine), _grams(genuine)
    return len(one & two) / len(one | two) if one and two else 0.0


def differences(given: str, genuine: str) -> list[Difference]:
    """Where the words part, in order."""
    one, two = given.split()[:WORDS], genuine.split()[:WORDS]
    matcher = SequenceMatcher(None, [_key(w) for w in one], [_key(w) for w in two],
                              autojunk=False)
    return [Difference(" ".join(one[a:b]), " ".join(two[c:d]))
            for what, a, b, c, d in matcher.get_opcodes() if what != "equal"]


def _fits(mine: str, whole: Sequence[str]) -> bool:
    if len(whole) == 1:
        return mine == whole[0]
    pattern = f"({_FIELD})".join(re.escape(piece) for piece in whole)
    found = re.fullmatch(pattern, mine)
    return found is not None and not any(_NUMBER.search(field) for field in found.groups())


def _addresses_fit(given: str, pieces: Sequence[str], *, whole: bool) -> bool:
    """No other address than the genuine ones; `whole`: and each of those."""
    mine = addresses(given)
    genuine = [a for piece in pieces for a in addresses(piece)]
    if not all(any(same_address(a, b) for b in genuine) for a in mine):
        return False
    return not whole or all(any(same_address(a, b) for a in mine) for b in genuine)


def _key(word: str) -> str:
    found = addresses(word)
    return found[0].raw if found and found[0].raw.isascii() else letters(word) or word


def _grams(text: str) -> set[str]:
    if len(text) < GRAM:
        return {text} if text else set()
    return {text[i:i + GRAM] for i in range(len(text) - GRAM + 1)}
