"""
Reads spoken Vietnamese back: the proof that nothing was said wrong.

Written apart from the engine and stricter than an ear: only the forms that the conventions allow
are understood.
"""

import re
from decimal import Decimal

_DIGITS = {w: i for i, w in enumerate(
    ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"])}
_BEHIND_TENS = _DIGITS | {"mốt": 1, "tư": 4, "lăm": 5}


class Misread(AssertionError):
    """The words are no number, date or sum as the conventions want it."""


def integer(spoken: str) -> int:
    """A whole number: "một nghìn không trăm linh năm" is 1005."""
    words = spoken.split()
    if "tỷ" in words:
        place = len(words) - 1 - words[::-1].index("tỷ")
        rest = words[place + 1 :]
        return integer(" ".join(words[:place])) * 10**9 + _below_milliard(rest, padded=True)
    return _below_milliard(words, padded=False)


def _below_milliard(words: list[str], *, padded: bool) -> int:
    total, behind = 0, padded
    for word, worth in (("triệu", 10**6), ("nghìn", 1000)):
        if word in words:
            place = words.index(word)
            silent = words[:place] == ["không"] and behind  # "không nghìn" keeps the place
            total += 0 if silent else _group(words[:place], padded=behind) * worth
            words, behind = words[place + 1 :], True
    if words or not (total or behind):
        total += _group(words, padded=behind)
    return total


def _group(words: list[str], *, padded: bool) -> int:
    """One to 999; zero alone only where nothing else is said."""
    if words == ["không"] and not padded:
        return 0
    value = 0
    if "trăm" in words:
        if words[1] != "trăm":
            raise Misread(words)
        value, words = _DIGITS[words[0]] * 100, words[2:]
        if not words:
            return value
        if words[0] == "linh":
            return value + _only(_DIGITS, words[1:])
    elif padded:
        raise Misread(f"without its hundreds: {words}")
    return value + _tens(words)


def _tens(words: list[str]) -> int:
    if words[0] == "mười":
        return 10 + (_only(_DIGITS | {"lăm": 5}, words[1:], not_=("năm",)) if words[1:] else 0)
    if len(words) > 1 and words[1] == "mươi":
        unit = words[2:]
        return _DIGITS[words[0]] * 10 + (
            _only(_BEHIND_TENS, unit, not_=("một", "bốn", "năm")) if unit else 0)
    return _only(_DIGITS, words)


def _only(table: dict[str, int], words: list[str], not_: tuple[str, ...] = ()) -> int:
    if len(words) != 1 or words[0] in not_ or words[0] not in table:
        raise Misread(words)
    return table[words[0]]


def decimal(spoken: str) -> Decimal:
    """A number with or without decimals: "hai phẩy không năm" is 2.05."""
    whole, _, rest = spoken.partition(" phẩy ")
    if not rest:
        return Decimal(integer(whole))
    zeros = 0
    words = rest.split()
    while words[:1] == ["không"] and len(words) > 1:
        words, zeros = words[1:], zeros + 1
    return Decimal(f"{integer(whole)}.{'0' * zeros}{integer(' '.join(words))}")


def money(spoken: str) -> Decimal:
    """A sum in đồng: "hai phẩy năm triệu đồng"."""
    number = spoken.removesuffix(" đồng")
    if number == spoken:
        raise Misread(spoken)
    for word, worth in (("tỷ", 10**9), ("triệu", 10**6), ("nghìn", 1000)):
        if " phẩy " in number and number.endswith(f" {word}"):
            return decimal(number.removesuffix(f" {word}")) * worth
    return Decimal(integer(number))


def date(spoken: str) -> tuple[int, int, int]:
    """Day, month and year of "mùng tám tháng mười hai năm hai nghìn không trăm hai mươi ba"."""
    found = re.fullmatch(r"(.+) tháng (.+?) năm ((?:một|hai) nghìn.+|hai nghìn)", spoken)
    if not found:
        raise Misread(spoken)
    day, month, year = found.groups()
    low = day.startswith("mùng ")
    value = integer(day.removeprefix("mùng "))
    if low != (value <= 10):
        raise Misread(day)
    return value, 4 if month == "tư" else integer(month), integer(year)


def digits(spoken: str) -> list[str]:
    """The groups of a number that was said digit by digit."""
    return ["".join(str(_DIGITS[w]) for w in group.split()) for group in spoken.split(", ")]


def clock(spoken: str) -> tuple[int, int]:
    """Hours and minutes of "năm giờ ba mươi phút"."""
    found = re.fullmatch(r"(.+?) giờ(?: (.+) phút)?", spoken)
    if not found:
        raise Misread(spoken)
    return integer(found[1]), integer(found[2]) if found[2] else 0
