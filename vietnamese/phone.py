"""
Read Vietnamese mobile numbers as people and Excel write them.

`parse` answers with E.164 ("+84912345678") or with the reason why not, in words a clerk can act
on. It repairs only what cannot be misread: a lost leading 0, separators, a label, Excel's ".0".
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from vietnamese import mobile
from vietnamese.plain import nfc

Lang = Literal["vi", "en"]

#: What had been lost or done to a number that could still be read, mostly by Excel.
Mend = Literal["zero", "plus", "decimal", "scientific"]

REASONS: dict[str, tuple[str, str]] = {
    "blank": ("ô trống, chưa có số điện thoại", "empty, there is no number"),
    "two": (
        "có nhiều số trong một ô, hãy ghi mỗi số một dòng",
        "several numbers in one cell: write one number a line",
    ),
    "digits_lost": (
        "Excel đã làm mất chữ số (dạng 9,1E+08), hãy định dạng cột là Văn bản (Text) rồi nhập lại",
        "Excel has lost digits (9.1E+08): format the column as Text and type the number again",
    ),
    "letters": (
        "có ký tự không phải chữ số: {0}",
        "it holds characters that are not digits: {0}",
    ),
    "foreign": (
        "mã quốc gia không phải +84, chỉ gửi được tới số di động Việt Nam",
        "the country code is not +84; only Vietnamese mobile numbers can be reached",
    ),
    "old": (
        "là số 11 chữ số, đã ngừng dùng từ năm 2018; đầu 0{0} đã đổi thành 0{1}, hãy hỏi chủ số",
        "an 11-digit mobile number, out of use since 2018; 0{0} became 0{1}: ask the owner",
    ),
    "old_unknown": (
        "là số 11 chữ số, đã ngừng dùng từ năm 2018, hãy hỏi lại chủ số",
        "an 11-digit number, out of use since 2018: ask the owner",
    ),
    "landline": (
        "là số cố định, không nhận được tin nhắn",
        "a landline, it cannot receive messages",
    ),
    "service": (
        "là số dịch vụ hoặc số ngắn, không nhận được tin nhắn",
        "a service or short number, it cannot receive messages",
    ),
    "short": (
        "thiếu chữ số: số di động có 10 chữ số, ở đây có {0}",
        "too short: a mobile number has 10 digits, this has {0}",
    ),
    "long": (
        "thừa chữ số: số di động có 10 chữ số, ở đây có {0}",
        "too long: a mobile number has 10 digits, this has {0}",
    ),
    "prefix": (
        "đầu số {0} không phải của mạng di động nào",
        "no mobile network has the prefix {0}",
    ),
}


@dataclass(frozen=True)
class Phone:
    """One number as it was written, and what it is: exactly one of *e164* and *error* is None."""

    input: str
    e164: str | None
    error: str | None


@dataclass(frozen=True)
class Refusal:
    """Why a text is no mobile number: a key of `REASONS`, and what its sentence shows."""

    code: str
    shown: str = ""
    renewed: str = field(default="", repr=False)  #: what an 11-digit number became in 2018

    def sentence(self, lang: Lang = "vi") -> str:
        """The reason in words a clerk can act on."""
        words = REASONS[self.code][0 if lang == "vi" else 1]
        return words.format(self.shown, mobile.RENUMBERED.get(self.shown))


_LABEL = re.compile(
    r"^(?:(?:số |so )?(?:điện thoại|dien thoai|di động|di dong)|[sđd]?[đd]t(?:dđ|dd)?|dđ|số|so|"
    r"tel|phone|mobile|call|zalo|viber)(?:[\s:.\-]+|(?=[+\d(]))",
    re.IGNORECASE,
)
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,3})")
_FLOAT = re.compile(r"(\+?\d{8,})[.,]0+")
_ANOTHER = re.compile(r"[,;/|&\n]|\s[-–]\s|\b(?:và|va|hoặc|hoac|or|and)\b", re.IGNORECASE)
_COMMA_GROUPS = re.compile(r"\+?\d{1,4}(?:,\d{3})+")
_SEPARATORS = re.compile(r"[\s.\-()]+")
_SHORT_NUMBER = re.compile(r"[1-9]\d{2,4}")  # 113, 156, 5656
_SERVICE = re.compile(r"1[89]00\d{4,6}|[17]99\d{4}|1\d\d")
_LANDLINE = re.compile(r"2\d{8,9}|69\d{5,7}")  # 02x since 2017; 069 is the forces' own

#: Digits of a number without its 0, and of the longest way to write one: 0084 and the 0 after all.
_SHORTEST, _LONGEST = 9, 14
#: What can be a number of its own beside another: a local landline; the 79 of "0912345678/79" not.
_SHORTEST_OF_ANY = 7


def parse(text: str, lang: Lang = "vi") -> Phone:
    """
    The number in *text* as E.164, or the reason why it is none, as a sentence in *lang*.

    Only mobile numbers of Vietnam pass. Old eleven-digit numbers are refused, not converted: who
    has not renewed a list since 2018 does not know whom the number belongs to now.
    """
    found = national(text)
    if isinstance(found, str):
        return Phone(text, "+84" + found, None)
    return Phone(text, None, found.sentence(lang))


def national(text: str) -> str | Refusal:
    """The same as nine digits after the 0 (or +84), without words: for lists of millions."""
    return mobile.plain(text) or _national(_tidy(text))


def mended(text: str) -> Mend | None:
    """What had happened to a number that `national` reads all the same; None if nothing had."""
    tidy = _tidy(text)
    if _SCIENTIFIC.fullmatch(tidy):
        return "scientific"
    if _FLOAT.fullmatch(tidy):
        return "decimal"
    bare = _SEPARATORS.sub("", tidy)
    if bare.startswith(("0", "+")):
        return None
    return "plus" if bare.startswith("84") and len(bare) >= len("84") + _SHORTEST else "zero"


def pieces(text: str) -> list[str]:
    """
    The numbers written in one cell, each as a text of its own ("0912…/0987…" is two).

    The whole text as the only piece where that cannot be told for certain ("0912345678/79").
    """
    tidy = _tidy(text)
    parts = [p for p in _ANOTHER.split(tidy) if _count_digits(p)]
    if len(parts) > 1:
        parts = [piece for part in parts for piece in _side_by_side(part)]
    else:
        parts = _side_by_side(tidy)
    return parts if all(_count_digits(p) >= _SHORTEST_OF_ANY for p in parts) else [text]


def masked(e164: str) -> str:
    """The number with only its last three digits to be read, for logs and screens."""
    return "•••••••" + e164[-3:]


def _tidy(text: str) -> str:
    """The text in ASCII digits and signs, without what Excel and address books put round it."""
    # Lists are long and mostly ASCII, where `_SEPARATORS` finds all that has to go.
    tidy = text if text.isascii() else nfc("".join(map(_tidy_char, text)))
    tidy = tidy.strip()
    if wrapped := re.fullmatch(r'=?"(.*)"', tidy):  # ="0912…" keeps the 0 in a CSV for Excel
        tidy = wrapped[1]
    return _LABEL.sub("", tidy.lstrip("'’‘` ").rstrip(".,;: "))


def _tidy_char(char: str) -> str:
    if "\uff01" <= char <= "\uff5e":  # full-width forms
        return chr(ord(char) - 0xFEE0)
    if unicodedata.category(char) == "Cf":  # zero-width spaces, direction marks, BOM
        return ""
    if char in "‐‑‒–—−":
        return "-"
    return " " if char.isspace() and char != "\n" else char


def _side_by_side(tidy: str) -> list[str]:
    """Mobile numbers with only a space or a dash between; else the text as it is."""
    if not _several(tidy):
        return [tidy]
    words = re.split(r"[\s\-]+", tidy)
    if all(mobile.plain(word) for word in words):
        return words
    bare = _SEPARATORS.sub("", tidy)  # "0912 345 678 0987 654 321"
    halves = [bare[:10], bare[10:]]
    grouped = len(words) > 1 and all(half[:1] == "0" and mobile.plain(half) for half in halves)
    return halves if grouped else [tidy]


def _count_digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


def _national(tidy: str) -> str | Refusal:
    """The nine digits after the 0 (or +84)."""
    if not tidy:
        return Refusal("blank")
    if sci := _SCIENTIFIC.fullmatch(tidy):
        tidy = sci[1] + (sci[2] or "")
        if len(tidy) != int(sci[3]) + 1:
            return Refusal("digits_lost")
    elif decimal := _FLOAT.fullmatch(tidy):
        tidy = decimal[1]
    elif _COMMA_GROUPS.fullmatch(tidy):
        tidy = tidy.replace(",", "")
    if _several(tidy):
        return Refusal("two")
    bare = _SEPARATORS.sub("", tidy)
    strange = dict.fromkeys(re.sub(r"[0-9]", "", bare.removeprefix("0").removeprefix("+")))
    if strange:
        return Refusal("letters", " ".join(list(strange)[:5]))
    if _SHORT_NUMBER.fullmatch(bare):
        return Refusal("service")
    digits = _without_country(bare)
    return Refusal("foreign") if digits is None else _checked(digits)


def _several(tidy: str) -> bool:
    """Whether more than one number is here. Spaced dashes may group one: "0912 - 345 - 678"."""
    parts = [p for p in _ANOTHER.split(tidy) if _count_digits(p)]
    digits = len(re.sub(r"\D", "", tidy))
    grouped = re.fullmatch(r"[\d\s.\-()+]*", tidy) and digits <= _LONGEST
    return digits >= 2 * _SHORTEST or (len(parts) > 1 and not grouped)


def _without_country(bare: str) -> str | None:
    """The digits without 0, 84, 0084, +84, "+84 (0)" or "0+84" before them; None if foreign."""
    bare = re.sub(r"^00|^0\+", "+", bare)
    if bare.startswith("+"):
        return bare[3:].removeprefix("0") if bare.startswith("+84") else None
    # "849123456" alone is 084 912 3456 without its 0; with two digits more the 84 is Vietnam.
    if bare.startswith("84") and len(bare) >= len("84") + _SHORTEST:
        return bare[2:].removeprefix("0")
    return bare.removeprefix("0")


def _checked(digits: str) -> str | Refusal:
    if _SERVICE.fullmatch(digits):
        return Refusal("service")
    if len(digits) == len("1xxxxxxxxx") and digits.startswith("1"):
        if new := mobile.RENUMBERED.get(digits[:3]):
            return Refusal("old", digits[:3], f"0{new}{digits[3:]}")
        return Refusal("old_unknown")
    if _LANDLINE.fullmatch(digits):
        return Refusal("landline")
    if len(digits) != _SHORTEST:
        return Refusal("short" if len(digits) < _SHORTEST else "long", str(len(digits) + 1))
    return digits if mobile.is_mobile(digits) else Refusal("prefix", "0" + digits[:3])
