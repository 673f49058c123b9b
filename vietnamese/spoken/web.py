"""
Addresses of the web and of e-mail: "phây búc chấm com gạch chéo …".

A word of an address has lost its accents, and which ones is not for a program to guess: it is
read when the dictionary knows it, whole or in parts that fit in one way only, and noted else.
"""

import re
from collections.abc import Mapping

from vietnamese.spoken.letters import NAMES
from vietnamese.spoken.numerals import digits
from vietnamese.spoken.spans import Reading
from vietnamese.urls import url_spans

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SUFFIX = re.compile(r"(?<![\w.])(?:\.[a-z]{2,5}){1,2}(?!\w)")
_START = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:www\.)?", re.IGNORECASE)
_PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_SIGNS = {
    ".": "chấm", "/": "gạch chéo", "-": "gạch ngang", "_": "gạch dưới", "@": "a còng",
    "?": "chấm hỏi", "=": "bằng", "&": "và", ":": "hai chấm", "#": "thăng", "%": "phần trăm",
    "+": "cộng", "~": "dấu ngã", "!": "chấm than", ",": "phẩy", ";": "chấm phẩy",
}  # fmt: skip


def read(line: Reading) -> None:
    """Claim each address; each is noted too, for a bulletin names the site instead."""
    if "@" in line.text:
        for match in line.matches(_EMAIL):
            _claim(line, match.start(), match.end())
    if "." in line.text or "://" in line.text:
        for start, end in url_spans(line.text):
            if line.free(start, end):
                _claim(line, start, end)
                line.note(start, end, "address")
        for match in line.matches(_SUFFIX):  # "đuôi .vn"
            if all(part in line.dictionary.web for part in match[0].split(".")[1:]):
                _claim(line, match.start(), match.end())


def _claim(line: Reading, start: int, end: int) -> None:
    shown = line.text[start:end]
    scheme = _START.match(shown)
    begin = start + (scheme.end() if scheme else 0)
    said, sure = [], True
    stop = start + len(shown.rstrip("/"))
    for piece in _PIECE.finditer(line.text, begin, stop):
        word = _word(line, piece[0])
        if word is None:
            line.note(piece.start(), piece.end(), "web_word")
            sure = False
        said.append(piece[0] if word is None else word)
    line.claim(start, end, " ".join(said), "web", "beside" if sure else "kept")


def _word(line: Reading, piece: str) -> str | None:
    if piece in _SIGNS:
        return _SIGNS[piece]
    if piece.isdecimal():
        return digits(piece)
    small = piece.lower()
    if small in line.dictionary.web:
        return line.dictionary.web[small]
    if len(small) == 1:
        return NAMES.get(small)
    return _in_parts(small, line.dictionary.web)


def _in_parts(word: str, known: Mapping[str, str]) -> str | None:
    """The reading of a word made of known ones, when the fewest parts leave one reading."""
    best: list[tuple[int, set[str]]] = [(0, {""})]
    for end in range(1, len(word) + 1):
        count, readings = len(word) + 1, set[str]()
        for start in range(max(0, end - 24), end - 1):
            parts, heads = best[start]
            said = known.get(word[start:end])
            if said is None or not heads or parts + 1 > count:
                continue
            found = {f"{head} {said}".strip() for head in heads}
            readings = found if parts + 1 < count else readings | found
            count = parts + 1
        best.append((count, readings))
    return best[-1][1].pop() if len(best[-1][1]) == 1 else None
