"""Marks that end, list or part: "./.", "v.v…", bullets, open fields, signs between words."""

import re

from vietnamese.spoken.numerals import number
from vietnamese.spoken.spans import Reading

_END = re.compile(r"\.\s?/\s?\.?(?=\s|$)")
_AND_SO_ON = re.compile(r"(?<![\w.])(?:[Vv]\.\s?[Vv]|vv)(?!\w)(\.*)(?=(\s*)(\S?))")
_BULLET = re.compile(r"^\s*[-+*•●○▪■►–]+\s+", re.MULTILINE)
_LIST_NUMBER = re.compile(r"(?:^\s*|(?<=[;:.])\s+)(\d{1,2})([/)])(?=\s)", re.MULTILINE)
_FIELD = re.compile(r"\{\{\s*\w+\s*\}\}")

_BETWEEN_WORDS = re.compile(r"(?<=[\w%])\s?/\s?(?=[^\W_])")
_BETWEEN_NUMBERS = re.compile(r"(?<=\d)\s?/\s?(?=[\d+(])")
_COUNTED_PER = re.compile(r"\d\S*\s+(?:[^\W\d_]+\s+){0,2}[^\W\d_/]+(?:/[^\W\d_]+)?$")
#: What something is counted by: "3 lần/ngày", "50 bao/xe"; "2 thôn/xóm" is a choice.
_RATE = re.compile(
    r"(?:ngày|đêm|tuần|tháng|quý|năm|giờ|phút|giây|vụ|mùa|ca|kỳ|đợt|buổi|tiết|người|em|cháu|hộ|"
    r"khẩu|học sinh|lao động|con|cây|gốc|xe|chuyến|lượt|lần|tin|tin nhắn|cuộc|cuộc gọi|bao|thùng|"
    r"chai|hộp|gói|viên|suất|phần|bàn|mâm|trang|bài|câu|đội|nhóm|tổ|thôn|xã|lớp|"
    r"trường|đơn vị|ha|sào|mẫu|kg|lít|"
    r"cân|tấn|tạ|mét|chiếc|cái|bộ|căn|phòng|giường|vé)(?!\w)"
)
_MONEY_PER = re.compile(r"(?<!\w)(?:đồng|phần trăm|tấn|tạ|triệu|nghìn)$")
_SIGNS = {
    "&": "và", "≥": "lớn hơn hoặc bằng", "≤": "nhỏ hơn hoặc bằng", ">": "lớn hơn",
    "<": "nhỏ hơn", "±": "cộng trừ", "÷": "chia", "×": "nhân",
}  # fmt: skip
_SIGN = re.compile(r"[&≥≤<>±÷×=~+]|->|→|(?<=\d)\s?[xX]\s?(?=\d)|(?<=[\w)])\s[xX]\s(?=\d)")


def read_first(line: Reading) -> None:
    """Claim what no other pass may take apart."""
    for match in line.matches(_FIELD):
        line.claim(match.start(), match.end(), match[0], "field", "kept")
    if "/" in line.text:
        for match in line.matches(_END):
            line.claim(match.start(), match.end(), ".", "mark")
        for match in line.matches(_LIST_NUMBER):
            line.claim(match.start(1), match.end(), number(match[1]) + ",", "list")
    if "v" in line.lower:
        for match in line.matches(_AND_SO_ON):
            ends = not match[3] or (match[1] and match[3].isupper())
            line.claim(match.start(), match.end(), "vân vân" + ("." if ends else ""), "mark")
    for match in line.matches(_BULLET):
        line.claim(match.start(), match.end(), "", "mark", "kept")


def read_last(line: Reading) -> None:
    """Claim the signs that are left between words and numbers."""
    if "/" in line.text:
        for match in line.matches(_BETWEEN_NUMBERS):
            around = (line.ending(match.start()), line.starting(match.end()))
            if any(s and s.kind in ("phone", "date", "document") for s in around):
                line.claim(match.start(), match.end(), ", ", "mark")
        for match in line.matches(_BETWEEN_WORDS):
            if said := _stroke(line, match):
                line.claim(match.start(), match.end(), said, "mark")
    for match in line.matches(_SIGN):
        if said := _sign(line, match):
            line.claim(match.start(), match.end(), said, "mark")


def _stroke(line: Reading, match: re.Match[str]) -> str:
    """What is said for a stroke: "thôn/xóm" is a pause, "3 lần/ngày" "ba lần một ngày"."""
    before, left = line.before(match.start()), line.ending(match.start())
    if line.text[match.end()].isdigit():
        measured = left is None or not line.text[match.start() - 1].isdigit()
        return " trên " if measured else ""
    if left and left.kind in ("number", "range"):
        return "" if line.text[match.end()].isupper() else " một "
    unit = line.dictionary.lone_unit.match(line.text, match.end())
    rate = unit or _RATE.match(line.lower, match.end())
    if rate and (_COUNTED_PER.search(before) or _MONEY_PER.search(before)):
        return " một "
    if _MONEY_PER.search(before) and before.endswith(("đồng", "phần trăm")):
        return " một "
    return ", "


def _sign(line: Reading, match: re.Match[str]) -> str:
    sign = match[0].strip()
    left, right = line.before(match.start()).rstrip(), line.after(match.end()).lstrip()
    if sign in ("->", "→"):
        return ", "
    if sign == "=":
        return " bằng " if left[-1:].isdigit() and right[:1].isdigit() else " là "
    if sign in "xX":
        return " nhân "
    if sign == "~":
        return " khoảng " if right[:1].isdigit() else ""
    if sign == "+":
        return " cộng " if left and right[:1].isalnum() else ""
    if sign == "&":
        return " và " if left and right else ""
    return f" {_SIGNS[sign]} " if right[:1].isdigit() else ""
