"""From spans to the two texts: what a voice says, and what a person reads from."""

import re
import unicodedata
from dataclasses import dataclass

from vietnamese.spoken.spans import Reading, Span
from vietnamese.spoken.written import Written, decorates, invisible

_QUOTES = re.compile(r"[\"]|(?<!\w)'|'(?!\w)")
#: any number of them side by side, and nothing else between two words
_QUOTES_BETWEEN = re.compile(r"(?<=\w)(?:\"|'(?!\w)|(?<!\w)')+(?=\w)")
_BRACKETS = re.compile(r"[()\[\]{}|]")
_DOTS = re.compile(r"\.{2,}|(?<=,)\.+")
_LONE_DASH = re.compile(r"(?:^|(?<=\s))-+(?=\s|$)|-{2,}|(?<=[\s,;:.])-+(?=\w)")
_WORD_DASH = re.compile(r"(?<=\w)-+(?=\w)|-+")
_PLAIN_GAP = re.compile(r"[\w\s,.;:!?]*")
_TIDY = (
    (re.compile(r"[^\S\n]+"), " "),
    (re.compile(r"\s+(?=[,.;:!?])"), ""),
    (re.compile(r"([,.;:!?])(?:\s*,)+"), r"\1"),
    (re.compile(r"([;:])(?:\s*[;:])+"), r"\1"),
    (re.compile(r",+\s*(?=[.;:!?]|$)"), ""),
    (re.compile(r"^[\s,]+|(?<=\n)[\s,]+"), ""),
    (re.compile(r"\.(?:\s*\.)+"), "."),
    (re.compile(r"(?<=[^\W\d_])([,;!?])(?=[^\W\d_])"), r"\1 "),
)
_STARTS = re.compile(r"(?:^|[.!?])\s*$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the line: *span* None where no pass claimed it."""

    start: int
    end: int
    voice: str
    person: str
    span: Span | None


def pieces(line: Reading, written: Written) -> list[Piece]:
    """The line in parts, in order, each with both its readings."""
    found: list[Piece] = []
    place = 0
    for span in line.spans():
        if span.start > place:
            found.append(_gap(written, place, span.start))
        found.append(_piece(written, span))
        place = span.end
    if place < len(line.text):
        found.append(_gap(written, place, len(line.text)))
    return found


def voice(parts: list[Piece]) -> str:
    """What is said, every word of it; tidied, with a capital at the head of each sentence."""
    text = _joined([p.voice for p in parts], [p.span is not None for p in parts])
    for pattern, instead in _TIDY:
        text = pattern.sub(instead, text)
    return text.strip()


def person(parts: list[Piece]) -> str:
    """What a person reads from: names and figures as they were written."""
    return _joined(
        [p.person for p in parts],
        [p.span is not None and p.span.form == "said" for p in parts],
    ).strip()


def _piece(text: Written, span: Span) -> Piece:
    written = _as_written(text, span.start, span.end)
    shown = span.voice
    if span.form == "kept":
        shown = written
    elif span.form == "beside":
        shown = f"{written} ({span.voice})"
    return Piece(span.start, span.end, span.voice, shown, span)


def _gap(text: Written, start: int, end: int) -> Piece:
    return Piece(start, end, _said_gap(text.text, start, end), _as_written(text, start, end), None)


def _as_written(text: Written, start: int, end: int) -> str:
    """The author's own dashes and quotation marks, composed, without what nobody sees."""
    first, last = text.place(start, end)
    shown = unicodedata.normalize("NFC", text.source[first:last])
    return shown if shown.isascii() else "".join(c for c in shown if not invisible(c))


def _said_gap(text: str, start: int, end: int) -> str:
    shown = text[start:end]
    if _PLAIN_GAP.fullmatch(shown) and ".." not in shown:
        return shown
    if shown == "-" and text[start - 1 : start].isdigit():
        return " "  # "RON95-III"
    shown = _DOTS.sub(lambda m: _dots(m, text[end : end + 1]), shown)
    # a picture is as silent as a quotation mark
    shown = "".join('"' if not (c.isascii() or c.isalpha()) and decorates(c) else c for c in shown)
    shown = _QUOTES_BETWEEN.sub(" ", shown)
    shown = _QUOTES.sub("", shown)
    shown = _BRACKETS.sub(", ", shown)
    shown = _LONE_DASH.sub(", ", shown)
    return _WORD_DASH.sub(" ", shown)


def _dots(dots: re.Match[str], behind: str) -> str:
    """Three dots break off: a pause within a sentence, its end before a capital."""
    rest = (dots.string[dots.end() :] + behind).lstrip(" ")
    return "." if not rest or rest[0] == "\n" or rest[0].isupper() or rest[0] == '"' else ","


def _joined(texts: list[str], ours: list[bool]) -> str:
    out = ""
    for text, own in zip(texts, ours, strict=True):
        if not text:
            continue
        if out and out[-1].isalnum() and text[0].isalnum():
            out += " "
        out += _capital(text) if own and _STARTS.search(out[-8:]) else text
    return out


def _capital(text: str) -> str:
    bare = text.lstrip()
    return text[: len(text) - len(bare)] + bare[:1].upper() + bare[1:]
