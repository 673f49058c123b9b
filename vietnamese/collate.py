"""
Vietnamese alphabetical order, as dictionaries have it: a ă â b c d đ e ê … , tones after letters,
one syllable after another. Python compares code points, which puts Đ after z.
"""

import unicodedata

#: a letter that Vietnamese does not have stands where the Latin alphabet has it
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_PLACE = {letter: 100 + place for place, letter in enumerate(_ALPHABET)}
#: level, huyền, hỏi, ngã, sắc, nặng
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_LETTER_MARKS = frozenset("\u0306\u0302\u031b")  # of ă, â ê ô, ơ ư

Key = tuple[tuple[tuple[int, ...], int], ...]


def key(text: str) -> Key:
    """To sort by: `sorted(names, key=collate.key)`. Case does not matter, nor do spaces."""
    return tuple(_syllable(word) for word in text.casefold().split())


def name_key(full_name: str) -> tuple[Key, Key]:
    """Of a person: by the given name, which comes last, then by what stands before it."""
    before, _, given = " ".join(full_name.split()).rpartition(" ")
    return key(given), key(before)


def _syllable(word: str) -> tuple[tuple[int, ...], int]:
    letters: list[str] = []
    tone = 0
    for sign in unicodedata.normalize("NFD", word):
        if sign in _TONES:
            tone = _TONES[sign]
        elif sign in _LETTER_MARKS and letters:
            letters[-1] = unicodedata.normalize("NFC", letters[-1] + sign)
        elif not unicodedata.combining(sign):
            letters.append(sign)
    # digits and signs before letters, other scripts after them, each by code point
    return tuple(_PLACE.get(x, ord(x) if ord(x) < 100 else 1000 + ord(x)) for x in letters), tone
