"""
Words in capitals: "KHÔNG chuyển tiền" is read like any word, so the voice gets small letters.

A row of letters without accents may be a word or an abbreviation that nobody explained; alone it
is taken for a word only when it cannot be misread.
"""

import re

from vietnamese.spoken.spans import Reading
from vietnamese.syllables import is_syllable

_CAPITALS = re.compile(r"(?<!\w)[^\W\d_]{2,}(?!\w)")
_HEAD = re.compile(r"\n\W*$")
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[\s,\"'-]+$")
_WORD_BEHIND = re.compile(r"[\s,\"'-]+([^\W\d_]+)")
_STOPPED = ("p", "t", "c", "ch")


def read(line: Reading) -> None:
    """Claim the words in capitals; a person sees them as they were written."""
    if line.text == line.lower:
        return
    for match in line.matches(_CAPITALS):
        word = match[0]
        if word.isupper() and is_syllable(word) and _is_word(line, match):
            head = _HEAD.search(line.text, max(0, match.start() - 8), match.start())
            said = word.capitalize() if head else word.lower()
            line.claim(match.start(), match.end(), said, "capitals", "kept")


def _is_word(line: Reading, match: re.Match[str]) -> bool:
    word = match[0]
    if not word.isascii():
        return True
    if _beside_capital_words(line, match):
        return True
    return len(word) > 2 and not word.lower().endswith(_STOPPED)


def _beside_capital_words(line: Reading, match: re.Match[str]) -> bool:
    left = _WORD_BEFORE.search(line.text, max(0, match.start() - 12), match.start())
    right = _WORD_BEHIND.match(line.text, match.end())
    return any(
        m and len(m[1]) > 1 and m[1].isupper() and is_syllable(m[1]) for m in (left, right)
    )
