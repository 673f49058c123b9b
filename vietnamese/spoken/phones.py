"""
Phone, service and account numbers, codes: digit by digit, in the groups they are written in.

"Gọi 113" is "một một ba", "113 hộ" is a number. The shape tells a phone number; a short one is
told by what the sentence is about and by whether something is counted behind it.
"""

import re

from vietnamese.spoken.numerals import digits, grouped_digits
from vietnamese.spoken.spans import Reading, words

_RUN = re.compile(r"(?<![\w.,/-])\(?\+?\d[\d() .-]*\d(?![\w])")
_GROUP = re.compile(r"\d+")
_SERVICE_RUN = re.compile(r"(?<![\w.,/-])1[89]00(?:[ .-]?\d{2,6}){1,3}(?!\w)")
_SHORT = re.compile(r"(?<![\w.,/-])(\d{2,8})(?![\w%°]|[.,:/]\d|\s?-\s?\d)")
_JOINED = re.compile(r"(?<![\w.,/-])\d{3,4}(?:\s?[-/]\s?\d{3,4})+(?![\w/-]|[.,]\d)")
_STARRED = re.compile(r"(?<!\w)\*\d+(?:\*\d+)*#?")

#: Whoever reads one of these expects a number to dial behind it, a few words on.
_CALL = re.compile(
    words(r"gọi|bấm|quay số|nhắn tin|nhắn|soạn|tổng đài|đầu số|hotline|đường dây nóng|đt|đtdđ|sđt|"
          r"điện thoại|số máy|máy lẻ|liên hệ|liên lạc|alo|số gọi")
    + r"(?!\w)(?:[\s:,(]+(?!hơn|gần|khoảng|trên|dưới|được|đạt|tổng|năm|từ|giờ|lúc)[^\W\d]+){0,6}"
    r"[\s:(.]*$"
)
_CALL_TOPIC = re.compile(
    words(r"gọi|bấm|nhắn|soạn|gửi|tổng đài|đầu số|số|phản ánh|báo|liên hệ|hotline|tới|đến|qua|"
          r"đường dây nóng|điện thoại|tố giác|cứu hỏa|cứu hoả|cấp cứu|cứu nạn|cảnh sát|"
          r"phản ứng nhanh")
    + r"(?!\w)"
)
#: A service number here is only a number.
_NO_SERVICE = re.compile(
    words(r"điều|khoản|điểm|nghị định|thông tư|luật|quyết định|kế hoạch|chỉ thị|nghị quyết|văn bản|"
          r"công văn|trang|phòng|quốc lộ|tỉnh lộ|đường tỉnh|km|nhà số|số nhà|ngõ|hẻm|năm|hơn|gần|"
          r"khoảng|trên|dưới|tổng|tổng số|tổng cộng|đạt|được|có|gồm|còn|thêm|cả|là|bằng|tăng|giảm|"
          r"thửa|tờ|lô|mốc|cột|đoàn|đội|tổ|thôn|xóm|khu|tầng|bàn|nhóm|phiếu|thứ|"
          r"hạng|trong|đủ|mục|bài|kế hoạch số|văn bản số|điểm cầu|\d+ đến|phạt|thu|chi|cấp|lên")
    + r"(?:\s+số)?\s+$"
)
_NAMED_NUMBER = re.compile(
    r"(?:điện thoại|tổng đài|số máy|đường dây nóng|đầu số|số trực|số lạ|hotline)(?:\s+\S+){0,4}"
    r"\s+là\s*:?\s+$"
)
_STREET_BEHIND = re.compile(r"\s+(?:đường|phố|ngõ|quốc lộ|tỉnh lộ)(?!\w)")
_NEXT_NUMBER = re.compile(
    r"\s*(?:,|/|-|;|\s(?:và|hoặc|hay|hoặc là)(?:\s+(?:gọi\s+)?(?:số\s+)?)?)\s*$"
)
_NUMBER_BEFORE = re.compile(r"(?<![\w.,])(\d[\d.]*)\s*(?:,|và|hoặc|hay|đến|-)\s*$")
_COUNTED_UNIT = re.compile(r"\s*(?:nghìn|ngàn|triệu|tỷ|tỉ|đồng|đ|vnđ|vnd|%|usd)(?!\w)")
_ACCOUNT = re.compile(
    words(r"số tài khoản|tài khoản|stk|số tk|tk|số thẻ|cccd|cmnd|căn cước|căn cước công dân|"
          r"chứng minh nhân dân|mã số thuế|mst|mã số|mã otp|mã pin|mã hồ sơ|mã xác thực|otp|mã|"
          r"imei|số định danh|định danh cá nhân|mật khẩu|"
          r"sim số|số sim|số bhxh|số thẻ bhyt|số seri|seri")
    + r"(?:\s+(?:số|của\s+\w+|ngân hàng\s+\w+))?(?:\s+là)?\s*:?\s*$"
)
#: "thửa đất số 112": a number of that thing; "tới số 113" is one to dial.
_NUMBERED_THING = re.compile(
    r"(?<!\w)(?!gọi|tới|đến|qua|về|vào|cho|ngay|theo|báo|đầu|thoại|máy|nóng|đài|các|hệ|lạc|là|thì|"
    r"hai|ba|bằng|lưu|nhớ|dùng)[^\W\d_]+\s+số\s+$"
)
_MIN_CODE, _UNPARTED, _LONG_CODE = 3, 6, 9


def read_joined(line: Reading) -> None:
    """Claim "113/114/115" and "113 - 114" before they are a fraction or a range."""
    short = line.dictionary.services | line.dictionary.short_numbers
    for match in line.matches(_JOINED):
        counted = line.dictionary.counted.match(line.lower, match.end())
        if set(_GROUP.findall(match[0])) <= short and not counted:
            _claim_digits(line, match.start(), match.end())


def read(line: Reading) -> None:
    """Claim the numbers that are dialled or copied, not counted."""
    if "*" in line.text:
        for match in line.matches(_STARRED):
            said = match[0].replace("*", " sao ").replace("#", " thăng ")
            said = " ".join(digits(w) if w.isdecimal() else w for w in said.split())
            line.claim(match.start(), match.end(), said, "phone", "beside")
    for match in line.matches(_SERVICE_RUN):
        _claim_groups(line, match.start(), match.end(), (8, 10, 9))
    for match in _RUN.finditer(line.text):
        _claim_run(line, _behind_claimed(line, match))
    for match in line.matches(_SHORT):
        if _is_dialled(line, match):
            _claim_digits(line, match.start(), match.end())


def _claim_digits(line: Reading, start: int, end: int) -> None:
    line.claim(start, end, said_in_groups(line.text[start:end]), "phone", "beside")


def said_in_groups(written: str) -> str:
    """The digits in the groups written; a long row without any gets pauses for the breath."""
    plus = "cộng " if written.lstrip("(").startswith("+") else ""
    row = written.strip("()+")
    if not row.isdecimal() or len(row) < 8:
        return plus + grouped_digits(written)
    if len(row) == 10 and row.startswith("0"):
        sizes = [4, 3, 3]
    elif row.startswith(("1800", "1900")) and len(row) in (8, 10):
        sizes = [4, 4] if len(row) == 8 else [4, 3, 3]
    else:
        sizes = [3] * (len(row) // 3)
        sizes[-1:] = {0: [3], 1: [4], 2: [3, 2]}[len(row) % 3]
    groups, place = [], 0
    for size in sizes:
        groups.append(row[place : place + size])
        place += size
    return plus + ", ".join(map(digits, groups))


def _behind_claimed(line: Reading, match: re.Match[str]) -> re.Match[str]:
    """The row without the service number it begins with: "1900.1234 - 0950.001.234"."""
    claimed = line.starting(match.start())
    rest = _RUN.search(line.text, claimed.end, match.end()) if claimed else None
    return rest or match


def _claim_run(line: Reading, match: re.Match[str]) -> None:
    """A row of figures with dots, dashes, spaces or brackets between."""
    start, end = match.span()
    if line.free(start, start + 1) and _account(line, start, end):
        return
    first = _GROUP.search(match[0])
    if first and match[0].lstrip("(").startswith(("0", "+84", "84")):
        sizes = (10, 11) if not match[0].lstrip("(").startswith(("+84", "84")) else (11, 12)
        while start < end and _claim_groups(line, start, end, sizes):
            break
        return
    for one in _GROUP.finditer(match[0]):
        place = start + one.start()
        if len(one[0]) >= _LONG_CODE and not _COUNTED_UNIT.match(line.lower, start + one.end()):
            _claim_digits(line, place, start + one.end())
    if _CALL.search(line.before(start, 60)) and not line.dictionary.counted.match(line.lower, end):
        _claim_local(line, match)


def _account(line: Reading, start: int, end: int) -> bool:
    if not _ACCOUNT.search(line.before(start)) or _COUNTED_UNIT.match(line.lower, end):
        return False
    if line.dictionary.counted.match(line.lower, end):
        return False
    if len(re.sub(r"\D", "", line.text[start:end])) < _MIN_CODE:
        return False
    _claim_digits(line, start, end)
    return True


def _claim_local(line: Reading, match: re.Match[str]) -> None:
    """A local number of five to eight figures, "3.885.113", where somebody is to be called."""
    count = len(re.sub(r"\D", "", match[0]))
    spaced_range = re.search(r"\s-\s", match[0])
    if 5 <= count <= 8 and not spaced_range and not _COUNTED_UNIT.match(line.lower, match.end()):
        _claim_digits(line, match.start(), match.end())


def _claim_groups(line: Reading, start: int, end: int, sizes: tuple[int, ...]) -> bool:
    """Claim the first groups from *start* that make a number of one of these lengths."""
    total, stop = 0, 0
    for group in _GROUP.finditer(line.text, start, end):
        total += len(group[0])
        if total in sizes:
            stop = group.end()
    if stop and line.text[stop : stop + 1] == ")" and "(" in line.text[start:stop]:
        stop += 1
    if not stop or not line.free(start, stop):
        return False
    _claim_digits(line, start, stop)
    if stop < end:  # a second number on the same line of figures
        rest = re.compile(r"[\s.-]*").match(line.text, stop)
        place = rest.end() if rest else stop
        if line.text[place : place + 1] in "0(+":
            _claim_groups(line, place, end, sizes)
    return True


def _is_dialled(line: Reading, match: re.Match[str]) -> bool:
    written, (start, end) = match[1], match.span()
    before = line.before(start, 60)
    if line.dictionary.counted.match(line.lower, end) or _COUNTED_UNIT.match(line.lower, end):
        return False
    if _ACCOUNT.search(before) and len(written) >= _MIN_CODE:
        return True
    if len(written) >= 3 and written.startswith("0"):
        return True
    if _STREET_BEHIND.match(line.lower, end) or len(written) < _MIN_CODE:
        return False
    if len(written) <= 6 and (_CALL.search(before) or _follows_number(line, start)):
        return True
    listed = _NUMBER_BEFORE.search(before)
    if listed and not line.ending(start - len(before) + listed.end(1)):
        return False  # "các thửa 113, 114": so was the one before
    if len(written) >= _UNPARTED:
        return True  # a number this long is counted with dots
    if written in line.dictionary.services:
        named = _NUMBERED_THING.search(before) or _NO_SERVICE.search(before)
        return bool(_NAMED_NUMBER.search(before)) or not named
    if written in line.dictionary.short_numbers:
        first, _ = line.sentence(start)
        topic = _CALL_TOPIC.search(line.lower[first:start])
        return bool(topic) and not _NO_SERVICE.search(before)
    return False


def _follows_number(line: Reading, start: int) -> bool:
    """Whether a number to dial stands just before: "156 hoặc 5656"."""
    between = _NEXT_NUMBER.search(line.lower, max(0, start - 24), start)
    last = line.ending(between.start()) if between else None
    return last is not None and last.kind == "phone"


