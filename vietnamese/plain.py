"""
Write Vietnamese without its accents, exactly: pure ASCII, and never a "?".

Why not ``NFKD`` + ``encode("ascii", "ignore")``: it deletes đ and turns "Lừa đảo" into
"Lua ao". Why not keep à or é, which GSM-7 has: the text would be uneven, and gateways told
that a message has no accents refuse every non-ASCII character.
"""

import re
import unicodedata
from collections.abc import Iterator

#: Letters that Unicode does not decompose into an ASCII letter and marks. Ð (eth) and Ɖ are
#: look-alikes of Đ that old keyboards and OCR leave behind.
_LETTERS = {
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ɖ": "d", "Ɖ": "D", "ø": "o", "Ø": "O",
    "ł": "l", "Ł": "L", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ß": "ss", "ẞ": "SS",
    "ı": "i", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "þ": "th", "Þ": "Th", "µ": "u",
}  # fmt: skip

_DOUBLE_QUOTES = "“”„‟«»″〝〞"
_SINGLE_QUOTES = "‘’‚‛‹›′ʹʻʼˈ´"
_DASHES = "‐‑‒–—―−⁃﹣"
_BULLETS = "•·●○◦▪▫■□‣⁌⁍∙⋅"

_SIGNS = {
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys(_SINGLE_QUOTES, "'"),
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_BULLETS, "-"),
    "…": "...", "‥": "..", "⁄": "/", "∕": "/", "×": "x", "÷": ":", "±": "+/-", "≤": "<=",
    "≥": ">=", "≠": "!=", "≈": "~", "→": "->", "⇒": "=>", "←": "<-", "°": "o", "¦": "|",
    "。": ".", "、": ",", "₫": "d", "€": "EUR", "£": "GBP", "¥": "JPY", "©": "(c)", "®": "(R)",
    "\u2028": "\n", "\u2029": "\n", "\u0085": "\n",
}  # fmt: skip

_TABLE = {**_LETTERS, **_SIGNS}

#: Unicode categories whose characters only decorate or only steer the display; leaving one out
#: changes no word. So: emoji and pictures; Sk: skin tones and loose accents; Cf: zero-width
#: spaces, joiners, soft hyphen, BOM; Mn, Me: marks, keycaps; Cc: C1 control characters.
_INVISIBLE = frozenset({"Cf", "Cc", "Mn", "Me"})
_PICTURES = frozenset({"So", "Sk"})

#: ¿ and ¡ repeat what the closing mark says.
_OPENING_MARKS = "¿¡"

_SPACE_BEFORE_PUNCTUATION = re.compile(r"[,.;:!?)\]}]")


def nfc(text: str) -> str:
    """The text in composed form (NFC): one code point for "ệ", as every door of ours wants."""
    return unicodedata.normalize("NFC", text)


def plain(text: str) -> str:
    """
    The text without accents: "Lừa đảo" becomes "Lua dao".

    The result is always pure ASCII and line breaks are kept. Typographic quotes, dashes, dots and
    spaces become their ASCII forms; emoji are left out, and the spaces round them tidied. Any
    character that is left out although it may carry meaning is listed by `unplainable`.
    Works on composed and decomposed input alike, and twice is the same as once.
    """
    if text.isascii():
        return text
    out: list[str] = []
    dropped = False
    for _, written in _expressed(nfc(text)):
        if written is None:
            dropped = True
            continue
        for char in written:
            if dropped:
                if _skip_after_drop(out, char):
                    continue
                dropped = False
            out.append(char)
    if dropped:
        _strip_spaces(out)
    return "".join(out)


def unplainable(text: str) -> list[str]:
    """
    The characters `plain` leaves out although they may carry meaning, each once, in order.

    Letters and digits of other scripts, unknown signs. Emoji are not listed. A caller that
    must not lose anything refuses a text for which this is not empty.
    """
    lost = (c for c, written in _expressed(nfc(text)) if written is None and not _decorates(c))
    return list(dict.fromkeys(lost))


def slug(text: str) -> str:
    """The text as a name for a file or an address: "Cảnh báo: 113!" becomes "canh-bao-113"."""
    return re.sub(r"[^a-z0-9]+", "-", plain(text).lower()).strip("-")


def _expressed(text: str) -> Iterator[tuple[str, str | None]]:
    """Each character with its ASCII form; "" for an invisible one, None for one left out."""
    previous = ""
    for char in text:
        written = char if char.isascii() else _express(char)
        if written and not char.isascii() and written[0].isdigit() and previous.isdigit():
            # "10²" is not "102", and "1½" is not "11/2".
            raised = unicodedata.decomposition(char).startswith("<super>")
            if raised or unicodedata.category(char) != "Nd":
                written = ("^" if raised else " ") + written
        if written:
            previous = written[-1]
        yield char, written


def _express(char: str) -> str | None:
    if char in _TABLE:
        return _TABLE[char]
    category = unicodedata.category(char)
    if category == "Zs":
        return " "
    if category in _INVISIBLE:
        return ""
    if category == "Pd":
        return "-"
    # Compatibility decomposition makes ASCII of full-width forms, ligatures and circled digits
    # and splits a Vietnamese vowel from its marks; what is left is looked up once more.
    parts = unicodedata.normalize("NFKD", char)
    kept = "".join(_TABLE.get(p, p) for p in parts if unicodedata.category(p) not in _INVISIBLE)
    return kept if kept.strip() and kept.isascii() else None


def _decorates(char: str) -> bool:
    # The block check catches emoji younger than this Python's Unicode tables.
    return (
        unicodedata.category(char) in _PICTURES
        or char in _OPENING_MARKS
        or "\U0001f000" <= char <= "\U0001faff"
    )


def _skip_after_drop(out: list[str], char: str) -> bool:
    """Tidies the spaces between *out* and *char*, between which something was left out."""
    if char == " ":
        return not out or out[-1] in " \n"
    if char in "\r\n" or _SPACE_BEFORE_PUNCTUATION.match(char):
        _strip_spaces(out)
    elif char.isalnum() and out and out[-1].isalnum():
        out.append(" ")  # two words that only a picture kept apart
    return False


def _strip_spaces(out: list[str]) -> None:
    while out and out[-1] == " ":
        out.pop()
