"""
Count and cut an SMS exactly as the network does.

A text whose every character is in GSM 03.38 (3GPP TS 23.038, clauses 6.2.1 and 6.2.1.1) is sent
in septets, 160 alone or 153 a part; any other in UTF-16 units, 70 alone or 67 a part. The parts
of a long message lose room to the header that joins them again (TS 23.040, clause 9.2.3.24.1).
No national shift table is used: handsets and aggregators in Vietnam do not negotiate them.
"""

import re
from dataclasses import dataclass
from typing import Literal

from vietnamese.urls import contains_url

__all__ = ["LABELS", "REFUSED", "SmsCount", "contains_url", "count", "refused_characters", "split",
           "without_label"]

#: The basic table, code 0x00 to 0x7F row by row, without 0x1B, which is the escape to the
#: extension table and no character.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

#: The extension table: each of these is an escape and a code, so two septets.
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")

GSM_SINGLE, GSM_PART = 160, 153
UCS2_SINGLE, UCS2_PART = 70, 67

#: Characters that Vietnamese aggregators refuse in the content of a brandname message (published
#: guides of kenhgame24 and intercom.com.vn).
REFUSED = frozenset("%#&[]{}\\<@")

#: What an advertisement begins with (Decree 91/2020/NĐ-CP, article 15): gateways know it, though
#: they refuse its brackets anywhere else.
LABELS = ("[QC]", "[AD]")

# A surrogate pair that reached us as two code points is one character on the wire as well.
_CHARACTER = re.compile("[\ud800-\udbff][\udc00-\udfff]|.", re.DOTALL)


@dataclass(frozen=True)
class SmsCount:
    """What a text costs as an SMS."""

    #: How the text must be sent: "gsm7" or "ucs2".
    encoding: Literal["gsm7", "ucs2"]
    #: Septets (an extension character is two) or UTF-16 units; no header and no padding.
    units: int
    #: The messages that are paid for; an empty text is one.
    parts: int
    #: The characters that are not in GSM 03.38, each once, in order of first appearance.
    forces_ucs2: tuple[str, ...]


def count(text: str) -> SmsCount:
    """
    How many parts the text makes, and which characters make it dear.

    The text is counted as it is: give the final, composed string.
    """
    foreign = _foreign(text)
    return SmsCount(
        encoding="ucs2" if foreign else "gsm7",
        units=sum(_cost(c, ucs2=bool(foreign)) for c in _CHARACTER.findall(text)),
        parts=len(split(text)),
        forces_ucs2=foreign,
    )


def split(text: str) -> list[str]:
    """
    The text of each part, in order; joined they are the text again.

    Parts are filled one after the other: neither an extension character nor a surrogate pair may
    lie across two parts, so a length divided by 153 can be one part too few.
    """
    ucs2 = bool(_foreign(text))
    single, room = (UCS2_SINGLE, UCS2_PART) if ucs2 else (GSM_SINGLE, GSM_PART)
    characters = [(c, _cost(c, ucs2=ucs2)) for c in _CHARACTER.findall(text)]
    if sum(cost for _, cost in characters) <= single:
        return [text]
    parts = [""]
    used = 0
    for character, cost in characters:
        if used + cost > room:
            parts.append("")
            used = 0
        parts[-1] += character
        used += cost
    return parts


def refused_characters(text: str) -> tuple[str, ...]:
    """The characters in the text that gateways refuse, each once, in order (see `REFUSED`)."""
    return tuple(dict.fromkeys(c for c in without_label(text) if c in REFUSED))


def without_label(text: str) -> str:
    """The text less the label of an advertisement."""
    for label in LABELS:
        if label in text:
            return text.replace(label, "", 1)
    return text


def _foreign(text: str) -> tuple[str, ...]:
    known = GSM_BASIC | GSM_EXTENSION
    return tuple(dict.fromkeys(c for c in _CHARACTER.findall(text) if c not in known))


def _cost(character: str, *, ucs2: bool) -> int:
    if ucs2:
        return 2 if len(character) == 2 or character > "\uffff" else 1
    return 2 if character in GSM_EXTENSION else 1
