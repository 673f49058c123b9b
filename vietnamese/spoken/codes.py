"""Letters and figures together: classes, plates, roads, licences; initials; single letters."""

import re

from vietnamese.spoken.letters import CAPITALS, CONSONANTS, can_spell, spell
from vietnamese.spoken.numerals import digits, integer, number
from vietnamese.spoken.spans import Reading, words

_PLATE = re.compile(
    r"(?<![\w.])(\d{2})\s?-?\s?([A-ZĐ]{1,2}\d?)\s?[-. ]\s?(\d{3}\.\d{2}|\d{5}|\d{4})(?!\w)"
)
_ROAD = re.compile(r"(?<![\w.&/])([A-ZĐ]{2})[.\s]?\s?(\d{1,3})([A-ZĐ]?)(?![\w/]|[.,]\d)")
_CLASS = re.compile(r"(?<![\w.,])\d{1,3}[A-ZĐ]{1,2}\d{0,2}(?!\w)")
_MIXED = re.compile(r"(?<![\w&])([A-ZĐ]{1,4})-?(\d{1,4})[A-ZĐ]?\d{0,2}(?!\w|[.,]\d)")
_SERIAL = re.compile(r"(?<!\w)(?=[A-ZĐ]*\d)(?=\d*[A-ZĐ])[A-ZĐ\d]{6,24}(?!\w)")
_CLASS_BEFORE = re.compile(
    words("lớp|khối|tổ|khu|nhà|phòng|dãy|tầng|lô|căn|số|đường") + r"\s+(?:số\s+)?$"
)
_DEGREE = re.compile(r"(?<=độ )([CFK])(?!\w)")
_INITIALS = re.compile(r"(?<![\w.])(?:[A-ZĐ]\.\s?){1,4}[A-ZĐ](?![\w])")
_SINGLE = re.compile(rf"(?<![\w.'&/@-])([{CONSONANTS.upper()}{CONSONANTS}])(?![\w'&@])")
#: What is to be typed into a message, letter by letter: "soạn LD … gửi 156".
_TYPED = re.compile(
    r"(?:[Ss]oạn|[Cc]ú pháp|theo mẫu)(?:\s+tin)?(?:\s+nhắn)?(?:\s+theo cú pháp|\s+theo mẫu)?"
    r"\s*:?\s*[\"']?((?:[A-ZĐ]{1,6}[ _])*[A-ZĐ]{1,6}\d*)(?![^\W_])"
)
_NAME_BEFORE = re.compile(
    r"(?:(?:anh|chị|ông|bà|em|cháu|cụ|cô|chú|bác|thầy|hộ|bị can|đối tượng|nạn nhân|tên|và|,)\s+"
    rf"|\b[{CAPITALS}][^\W\d_]+\s+)$"
)
_INNER_DOT = re.compile(rf"\.(?=\s+[^\W{CAPITALS}\d]|,|\s*[()])")
_ALTERNATING = re.compile(r"\d+|[^\W\d_]+")
_KM = re.compile(r"(?<!\w)[Kk][Mm]\s?(\d+)(?:\s?\+\s?(\d{1,3}))?(?![\w]|[.,]\d)")


def read_typed(line: Reading) -> None:
    """Claim what is to be typed into a message, also when it looks like an abbreviation."""
    for match in _TYPED.finditer(line.text):
        signs = {" ": "cách", "_": "gạch dưới"}
        said = " ".join(
            signs.get(part) or alternating(part) for part in re.findall(r"[ _]|[^ _]+", match[1])
        )
        line.claim(match.start(1), match.end(1), said, "code", "kept")


def read_roads(line: Reading) -> None:
    """Claim the roads, before "ĐT 293" is taken for a number to call."""
    for match in line.matches(_ROAD):
        if match[1] in line.dictionary.roads and match[2] not in line.dictionary.services:
            road = line.dictionary.roads[match[1]]
            if re.search(r"(?<!\w)đường\s$", line.before(match.start())):
                road = road.removeprefix("đường ")
            said = f"{road} {number(match[2])} {spell(match[3])}".rstrip()
            line.claim(match.start(), match.end(), said, "code", "said")


def read(line: Reading) -> None:
    """Claim codes with figures in them."""
    for match in line.matches(_PLATE):
        said = f"{digits(match[1])} {alternating(match[2])}, {_plate_number(match[3])}"
        line.claim(match.start(), match.end(), said, "code", "beside")
    for match in line.matches(_KM):
        _claim_km(line, match)
    for match in line.matches(_CLASS):
        letters = match[0].lstrip("0123456789")
        is_class = _CLASS_BEFORE.search(line.before(match.start()))
        unit = letters in line.dictionary.units and not is_class
        money = letters == "K" and len(match[0]) > 2
        if not unit and not money:
            line.claim(match.start(), match.end(), alternating(match[0]), "code", "beside")
    for match in line.matches(_MIXED):
        if match[1] in line.dictionary.roads:
            continue
        known = line.dictionary.entries.get(match[1].lower(), ())
        if head := next((e.said for e in known if e.written == match[1]), None):
            # "BCĐ35", "RON95": what stands before the figures has its own reading
            line.claim(match.start(), match.start(2), head, "abbreviation")
            if match[2].startswith("0"):
                line.claim(match.start(2), match.end(2), digits(match[2]), "code", "beside")
            continue
        line.claim(match.start(), match.end(), alternating(match[0]), "code", "beside")
    for match in line.matches(_SERIAL):
        said = ", ".join(
            digits(part) if part.isdecimal() else spell(part)
            for part in _ALTERNATING.findall(match[0])
        )
        line.claim(match.start(), match.end(), said, "code", "beside")


def alternating(written: str) -> str:
    """Letters by name, figures as numbers: "9A1" is "chín a một", "C06" "xê không sáu"."""
    return " ".join(
        _figures(part) if part[0].isdigit() else spell(part)
        for part in _ALTERNATING.findall(written)
    )


def _figures(part: str) -> str:
    return digits(part) if part.startswith("0") and len(part) > 1 else integer(int(part))


def _plate_number(written: str) -> str:
    row = written.replace(".", "")
    return digits(row) if len(row) == 4 else f"{digits(row[:3])}, {digits(row[3:])}"


def _claim_km(line: Reading, match: re.Match[str]) -> None:
    said = f"ki lô mét {integer(int(match[1]))}"
    if match[2]:
        said += f" cộng {integer(int(match[2]))}"
    line.claim(match.start(), match.end(), said, "code", "beside")


def read_letters(line: Reading) -> None:
    """Claim initials and letters that stand alone; after the dictionary, which knows "P."."""
    for match in line.matches(_DEGREE):
        line.claim(match.start(), match.end(), spell(match[0]), "letter")
    for match in line.matches(_INITIALS):
        if can_spell(match[0].replace(".", "").replace(" ", "")):
            end = _past_dot(line, match.end())
            line.claim(match.start(), end, spell(match[0]), "letter", "kept")
    for match in line.matches(_SINGLE):
        end = match.end()
        if match[1].isupper() and _NAME_BEFORE.search(
            line.text[max(0, match.start() - 24) : match.start()]
        ):
            end = _past_dot(line, end)
        line.claim(match.start(), end, spell(match[1]), "letter", "kept")


def _past_dot(line: Reading, end: int) -> int:
    """Behind the dot of an initial, unless the dot ends the sentence."""
    dot = _INNER_DOT.match(line.text, end)
    return dot.end() if dot else end
