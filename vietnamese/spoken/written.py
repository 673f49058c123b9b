"""
The written line made even, with the way back to where each character stood.

Keyboards, PDF and office programs write one dash in five ways, put invisible characters between
letters and take "ệ" apart into three code points. The rules see one form only; findings must
name the place in the line as the author wrote it.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_SAME_LENGTH = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−⁃﹣", "-"),
        **dict.fromkeys("“”„‟«»″〝〞", '"'),
        **dict.fromkeys("‘’‚‛‹›′ʹʻʼˈ´`", "'"),
        **dict.fromkeys("\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
                        "\u200a\u202f\u205f\u3000\u2028\u2029\u0085\x0b\x0c\r", " "),
        **dict.fromkeys("º˚", "°"),
        "Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "ɖ": "đ", "₫": "đ", "²": "2", "³": "3", "∕": "/", "⁄": "/",
        "⇒": "→", "➔": "→", "➜": "→", "➡": "→",
    }
)  # fmt: skip
_OTHER_LENGTH = {
    "…": "...", "‥": "..", "½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3",
    "℃": "°C", "\u20e3": ",",
}  # fmt: skip
#: Marks of Vietnamese letters typed apart, and what may lie between two letters unseen.
_VARIATION = "\ufe0e\ufe0f"


@dataclass(frozen=True)
class Written:
    """A line of text, composed and evened out, and where each of its characters came from."""

    text: str
    #: The line as it was given.
    source: str
    begins: Sequence[int]
    ends: Sequence[int]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` stands in *source*; *end* is behind it."""
        return self.begins[start], self.ends[end - 1]


def even(source: str) -> Written:
    """The line in the one form that the rules read."""
    text = source.translate(_SAME_LENGTH)
    if unicodedata.is_normalized("NFC", text) and not any(map(_odd, text)):
        places = range(len(text) + 1)
        return Written(text, source, places, places[1:])
    out: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        for char in _shown(text[start:end], out[-1] if out else ""):
            out.append(char)
            begins.append(start)
            ends.append(end)
    return Written("".join(out), source, begins, ends)


def _odd(char: str) -> bool:
    """Whether the character takes another room in the even form."""
    if char < "\x80":
        return False
    return char in _OTHER_LENGTH or unicodedata.category(char) in ("Cf", "Nd", "Mn") or (
        char in _VARIATION or "\uff01" <= char <= "\uff5e"
    )


def invisible(char: str) -> bool:
    """Whether the character only steers how others are shown."""
    return char in _VARIATION or unicodedata.category(char) == "Cf"


def decorates(char: str) -> bool:
    """Whether the character is a picture or a loose mark, which changes no word."""
    # The block holds emoji younger than this Python's tables.
    return unicodedata.category(char) in ("So", "Sk", "Mn", "Me") or (
        "\U0001f000" <= char <= "\U0001faff"
    )


def _clusters(text: str) -> list[tuple[int, int]]:
    """Each letter with the marks behind it, as start and end; invisible characters join in."""
    starts = [
        i for i, c in enumerate(text)
        if i == 0 or not (unicodedata.combining(c) or invisible(c))
    ]  # fmt: skip
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _shown(cluster: str, before: str) -> str:
    # A zero-width character may stand between a letter and its tone.
    kept = "".join(c for c in cluster if not invisible(c))
    composed = unicodedata.normalize("NFC", kept)
    if _is_latin(composed[:1]):  # a mark too many: no letter of ours has it, so no rule knows it
        composed = composed[:1] + "".join(
            c for c in composed[1:] if unicodedata.category(c) != "Mn")
    shown = "".join(map(_even_char, composed))
    return f" {shown}" if before.isdigit() and cluster in "½¼¾⅓⅔" and shown else shown


def _is_latin(char: str) -> bool:
    """Letters of other scripts have vowels that are marks."""
    return char.isalpha() and (char < "\u0370" or "\u1e00" <= char <= "\u1eff")


def _even_char(char: str) -> str:
    if char in _OTHER_LENGTH:
        return _OTHER_LENGTH[char]
    if "\uff01" <= char <= "\uff5e":  # full-width forms
        return chr(ord(char) - 0xFEE0)
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.digit(char))
    return char
