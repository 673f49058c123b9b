"""
The table of Vietnamese mobile numbers: which prefixes are open, and whose they were.

A list of recipients has millions of numbers, nearly all written in a few plain ways. `plain` reads
those without a regular expression; whatever else people write is for `vietnamese.phone`, which
answers the same for the plain ones.
"""

import re

#: What a mobile number may begin with after the 0, in the plan of 2018 (ten digits in all). Equal
#: to the metadata of `phonenumbers`, test included: it opens 030, 031 and 051, which no operator
#: uses yet; a number there is only undeliverable, while a closed prefix would lose a citizen.
#: One difference is meant: ten digits under 0121, 0140 and 0160 are refused here, for
#: subscribers have 03, 05, 07, 08 and 09 only, and 0121 is mostly an old number cut short.
_OPEN = re.compile(
    r"3\d\d|5[1689]\d|52[238]|559|7[06789]\d|8[1-8]\d|89[6-9]|9[0-8]\d|99[013-9]"
)

#: The operator each prefix was given to, as libphonenumber's carrier metadata (9.0) has it, and
#: two where it lags: 055 is Wintel (once Reddi), 087 iTel, which it calls Vinaphone. Nobody is
#: named for 030, 031, 051, 0990, 0991 (unused) and 095 (closed with S-Fone).
_GIVEN_TO = {
    "Viettel": "32 33 34 35 36 37 38 39 86 96 97 98",
    "VinaPhone": "81 82 83 84 85 88 91 94",
    "MobiFone": "70 76 77 78 79 89 90 93",
    "Vietnamobile": "52 56 58 92",
    "Gmobile": "59 993 994 995 996 997",
    "iTel": "87 998 999",
    "Wintel": "55",
}
_CARRIERS = {p: name for name, prefixes in _GIVEN_TO.items() for p in prefixes.split()}

#: The three digits after the 0 of every number there can be -> operator, "" where there is none.
PREFIXES = {
    prefix: _CARRIERS.get(prefix) or _CARRIERS.get(prefix[:2], "")
    for prefix in map(str, range(100, 1000))
    if _OPEN.fullmatch(prefix)
}

#: The eleven-digit prefixes closed in 2018 and what replaced them (without the leading 0).
RENUMBERED = {
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78",
    "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",
    "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38",
    "169": "39", "186": "56", "188": "58", "199": "59",
}  # fmt: skip

_SEPARATORS = str.maketrans("", "", " .-()\t\u00a0\u202f")


def plain(text: str) -> str | None:
    """
    The nine digits after the 0 of a number in one of the plain writings, else None.

    Plain are 0912345678, 912345678 (Excel took the 0), +84…, 84…, 0084… and those with spaces,
    dots, dashes, brackets, or the apostrophe of a text cell. None says nothing: the number may
    be a good one that is written otherwise.
    """
    if len(text) == len("+84912345678") and text[:3] == "+84" and text[3:].isdigit():
        text = text[3:]  # as we write it ourselves, in each message
    if not text.isdigit():
        # "91234567.0" is a decimal of Excel's, and its 0 no digit of the number.
        if "." in text and not text.rpartition(".")[2].strip("0 \t\u00a0\u202f"):
            return None
        text = text.removeprefix("'").translate(_SEPARATORS)
        if text[:1] == "+":
            # Not "+849123456": the 84 is the country's, and two digits are missing.
            if len(text) != len("+84912345678"):
                return None
            text = text[1:]
    size = len(text)
    if size == 10 and text[0] == "0":
        text = text[1:]
    elif size == 11 and text[:2] == "84":
        text = text[2:]
    elif size == 13 and text[:4] == "0084":
        text = text[4:]
    elif size != 9:
        return None
    return text if text[:3] in PREFIXES and text.isdigit() and text.isascii() else None


def is_mobile(digits: str) -> bool:
    """Whether the digits after the 0 (ASCII) are those of a mobile number."""
    return len(digits) == 9 and digits[:3] in PREFIXES


def carrier(e164: str) -> str:
    """
    The operator the prefix of a mobile number (+84…) was given to, "" where none is known.

    Where it is now only a receipt says: numbers are portable since 2018-11-16.
    """
    return PREFIXES.get(e164[3:6], "")
