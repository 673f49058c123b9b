"""
Numbers in words, as northern announcers say them.

24 is "hai mươi tư", 21 "hai mươi mốt", 15 "mười lăm", 105 "một trăm linh năm", 1.005 "một nghìn
không trăm linh năm". After the comma a number is said as a whole: 1,25 "một phẩy hai mươi lăm".
"""

import re

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_MILLIARD = 10**9

#: A number as Vietnamese text writes it: dots part thousands, the comma begins the decimals.
#: English commas are read where two of them leave no doubt.
NUMBER = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|\d+(?:[.,]\d+)?"
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?")
_ENGLISH = re.compile(r"[1-9]\d{0,2}(?:,\d{3}){2,}(?:\.\d+)?")


def integer(value: int) -> str:
    """The whole number in words, from 0; "tỷ" is the largest word, so 10^12 is "một nghìn tỷ"."""
    if value < 0:
        return "âm " + integer(-value)
    if value >= _MILLIARD:
        milliards, rest = divmod(value, _MILLIARD)
        tail = _below_milliard(rest, padded=True)
        return f"{integer(milliards)} tỷ {tail}".rstrip()
    return _below_milliard(value, padded=False) or DIGITS[0]


def ordinal(value: int) -> str:
    """What is said behind "thứ": first is "nhất", fourth "tư"."""
    return {1: "nhất", 4: "tư"}.get(value, integer(value))


def digits(written: str) -> str:
    """Digit by digit, whatever else stands between them left out: "113" is "một một ba"."""
    return " ".join(DIGITS[int(d)] for d in written if d.isdigit())


def grouped_digits(written: str) -> str:
    """Digit by digit with a pause where the writer parted the groups."""
    return ", ".join(digits(group) for group in re.findall(r"\d+", written))


def number(written: str) -> str:
    """
    A number as it is written, in words: "1.500.000", "2,5", "1.5", "01".

    A zero before one digit is silent ("01 buổi"); a longer one that begins with zero is a code
    and said digit by digit. So is what is too long for a number.
    """
    if _THOUSANDS.fullmatch(written):
        whole, _, decimals = written.replace(".", "").partition(",")
    elif _ENGLISH.fullmatch(written):
        whole, _, decimals = written.replace(",", "").partition(".")
    else:
        whole, _, decimals = written.replace(".", ",").partition(",")
    if len(whole) > 15 or (len(whole) > 2 and whole.startswith("0")):
        said = digits(whole)
    else:
        said = integer(int(whole))
    return f"{said} phẩy {_decimals(decimals)}" if decimals else said


def _decimals(written: str) -> str:
    zeros = len(written) - len(written.lstrip("0"))
    if len(written) > 3 or zeros == len(written):
        return digits(written)
    return " ".join([*[DIGITS[0]] * zeros, integer(int(written))])


def _below_milliard(value: int, *, padded: bool) -> str:
    """Below 10^9. *padded*: something was said before, so 5 is "không trăm linh năm"."""
    said: list[str] = []
    millions, thousands, units = value // 10**6, value // 1000 % 1000, value % 1000
    for group, word in ((millions, "triệu"), (thousands, "nghìn"), (units, "")):
        higher = padded or bool(said)
        if group:
            said += [_group(group, padded=higher), word]
        elif word == "nghìn" and higher and units >= 100:
            # "một triệu năm trăm" is heard as one and a half million.
            said.append("không nghìn")
    return " ".join(filter(None, said))


def _group(value: int, *, padded: bool) -> str:
    """One to 999."""
    hundreds, rest = divmod(value, 100)
    if not hundreds and not padded:
        return _tens(rest)
    head = f"{DIGITS[hundreds]} trăm"
    if not rest:
        return head
    return f"{head} linh {DIGITS[rest]}" if rest < 10 else f"{head} {_tens(rest)}"


def _tens(value: int) -> str:
    """One to 99."""
    tens, unit = divmod(value, 10)
    if not tens:
        return DIGITS[unit]
    head = "mười" if tens == 1 else f"{DIGITS[tens]} mươi"
    if not unit:
        return head
    odd = {1: "mốt", 4: "tư", 5: "lăm"} if tens > 1 else {5: "lăm"}
    return f"{head} {odd.get(unit, DIGITS[unit])}"
