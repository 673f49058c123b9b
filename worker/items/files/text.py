"""Bring a text from any keyboard, program and decade into the one form the product keeps."""

import re
import unicodedata

from vietnamese import legacy
from vietnamese.plain import nfc
from vietnamese.syllables import is_syllable
from worker.i18n import t

from .places import Found, Place

#: Vertical tab is Word's and Excel's line break inside a paragraph.
_LINE_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
#: Zero-width space, word joiner, byte order mark and soft hyphen: nobody sees them, and one
#: is enough to turn an SMS into 70-character parts.
_UNSEEN = re.compile("[\u200b\u2060\ufeff\u00ad]")
#: What turns the direction of writing round: the approver would see another text.
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

#: A cell of Excel holds 32,767 UTF-16 units; twice this fits.
MAX_TEXT = 15_000
#: An entry of a list, or a text of one line.
MAX_LINE = 300
MAX_ENTRIES = 100


def tidy(text: str) -> str:
    """NFC, line breaks as a line feed, nothing invisible, no white space round it."""
    text = _LINE_BREAKS.sub("\n", text).replace("\t", " ")
    return nfc(_UNSEEN.sub("", text)).strip()


def accept(text: str, place: Place, found: Found, hint: legacy.Code | None = None) -> str:
    """
    The tidied text. Legacy code is turned into Unicode and noted; what cannot stand is a mistake.

    A short text does not show by itself which code it is in: *hint* is the code of the row or
    file round it.
    """
    code = legacy.detect(text) or (hint if hint and _fits(text, hint) else None)
    if code is not None:
        text = legacy.to_unicode(text, code)
    text = tidy(text)
    if code is not None:
        shown = text if len(text) <= 60 else text[:59] + "…"
        what = t(
            f"chữ mã {code.upper()} đã đổi sang Unicode: «{shown}»",
            f"text in {code.upper()} code was converted to Unicode: «{shown}»",
        )
        found.notes.append(place.mistake(what, t("đọc lại xem đã đúng chưa", "please read it")))
    bad = dict.fromkeys(c for c in text if _cannot_stand(c))
    if bad:
        names = ", ".join(f"U+{ord(c):04X}" for c in bad)
        what = t(f"có ký tự không hiển thị được ({names})", f"holds unprintable signs ({names})")
        fix = t("gõ lại đoạn này thay vì dán", "type this passage again instead of pasting it")
        found.mistakes.append(place.mistake(what, fix))
        # What is said of this text later goes to a terminal, which would obey them.
        text = "".join(c for c in text if c not in bad)
    if len(text) > MAX_TEXT:
        what = t(
            f"dài {len(text)} ký tự, tối đa {MAX_TEXT}",
            f"{len(text)} characters long, at most {MAX_TEXT}",
        )
        found.mistakes.append(place.mistake(what, t("rút ngắn", "shorten it")))
    return text


def _fits(text: str, code: legacy.Code) -> bool:
    """Whether the text is no Vietnamese as it stands, and is when read in the code."""
    read = legacy.to_unicode(text, code)
    return read != text and not reads_well(text) and reads_well(read)


def reads_well(text: str) -> bool:
    """Whether every accented word of the text could be a Vietnamese syllable."""
    return all(is_syllable(word) for word in legacy.accented_words(text))


def _cannot_stand(char: str) -> bool:
    if char == "\n":
        return False
    # Private use is a symbol font's bullet: everybody else sees an empty box.
    if unicodedata.category(char) in {"Cc", "Cs", "Co"} or char in _DIRECTION:
        return True
    code = ord(char)
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE  # never a character (Unicode 23.7)
