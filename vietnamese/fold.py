"""
Compare and sort Vietnamese text: one spelling for what is one word.

Keys only, never for display: the seed documents mix "uỷ" and "ủy", "hoá" and "hóa".
"""

import re
import unicodedata

from vietnamese.plain import nfc, plain

#: Only "oa", "oe" and "uy" have two places for the tone; the newer one, on the last vowel, is
#: the key, so that "qúy" and "quý", "hòan" and "hoàn" are one as well.
_TONE_STYLE = {
    old: new
    for olds, news in (
        ("òa óa ỏa õa ọa", "oà oá oả oã oạ"),
        ("òe óe ỏe õe ọe", "oè oé oẻ oẽ oẹ"),
        ("ùy úy ủy ũy ụy", "uỳ uý uỷ uỹ uỵ"),
    )
    for old, new in zip(olds.split(), news.split(), strict=True)
}
_OLD_STYLE = re.compile("|".join(_TONE_STYLE))

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: 1000 + place for place, letter in enumerate(_ALPHABET)}
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng; none comes before all
_WORD = re.compile(r"[^\W_]+")

SortKey = tuple[tuple[tuple[tuple[int, ...], int], ...], str]


def fold(text: str, *, accents: bool = True) -> str:
    """
    The text as a key to search and compare by: small letters, one tone style, single spaces.

    With ``accents=False`` the accents go too, so that "lua dao" finds "Lừa đảo".
    """
    folded = " ".join(_OLD_STYLE.sub(lambda m: _TONE_STYLE[m.group()], nfc(text.lower())).split())
    return folded if accents else " ".join(plain(folded).lower().split())


def sort_key(text: str) -> SortKey:
    """
    The text's place in a Vietnamese list, as a key for `sorted`.

    Word by word: first the letters (a ă â … d đ e ê …), then the tone (ngang, huyền, hỏi, ngã,
    sắc, nặng), as dictionaries do. Figures come before letters; large and small are one.
    """
    return tuple(_word_key(w) for w in _WORD.findall(fold(text))), text


def _word_key(word: str) -> tuple[tuple[int, ...], int]:
    marks = unicodedata.normalize("NFD", word)
    tone = max((_TONES.find(c) + 1 for c in marks), default=0)
    letters = unicodedata.normalize("NFC", "".join(c for c in marks if c not in _TONES))
    return tuple(_RANK.get(c, ord(c) if c.isdigit() else 2000 + ord(c)) for c in letters), tone
