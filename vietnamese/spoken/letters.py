"""The names of letters, for what is spelt: initials, classes, codes, addresses."""

from types import MappingProxyType

#: As in "ô tê pê" and "ét em ét"; vowels say themselves.
NAMES = MappingProxyType({
    "a": "a", "ă": "á", "â": "ớ", "b": "bê", "c": "xê", "d": "dê", "đ": "đê", "e": "e",
    "ê": "ê", "f": "ép", "g": "giê", "h": "hát", "i": "i", "j": "gi", "k": "ca", "l": "e lờ",
    "m": "em", "n": "en", "o": "o", "ô": "ô", "ơ": "ơ", "p": "pê", "q": "quy", "r": "e rờ",
    "s": "ét", "t": "tê", "u": "u", "ư": "ư", "v": "vê", "w": "vê kép", "x": "ích xì",
    "y": "i dài", "z": "dét",
})  # fmt: skip

#: For a class in a pattern: the capital letters.
CAPITALS = "A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ"

#: Letters that are no Vietnamese word by themselves.
CONSONANTS = "bcdđfghjklmnpqrstvwxz"



def spell(letters: str) -> str:
    """The names of the letters one after the other; what is no letter is left out."""
    return " ".join(NAMES[c] for c in letters.lower() if c in NAMES)


def can_spell(letters: str) -> bool:
    """Whether each letter has a name."""
    return all(c in NAMES for c in letters.lower())
