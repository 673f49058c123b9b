"""
What the passes work on: the line, the places already read, and what was noted on the way.

A pass looks for one kind of thing (a date, a phone number) and claims its place with the words
that are said for it. The first claim stands: so the order of the passes decides, and no pass
needs to know the others.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from vietnamese.spoken.dictionary import Dictionary

#: What a person's sheet shows for a span: what is said ("said"), what was written with its
#: reading in brackets ("beside"), what was written alone ("kept").
Form = Literal["said", "beside", "kept"]


@dataclass(frozen=True, slots=True)
class Span:
    """One place of the line and what is said for it."""

    start: int
    end: int
    voice: str
    kind: str
    form: Form


@dataclass(frozen=True, slots=True)
class Note:
    """A place where a pass could not be sure: the key of a sentence in `findings.WHY`."""

    start: int
    end: int
    why: str


class Reading:
    """A line while the passes read it. `lower` is the line in small letters, same places."""

    def __init__(self, text: str, dictionary: Dictionary) -> None:
        self.text = text
        low = text.lower()
        self.lower = low if len(low) == len(text) else text
        self.dictionary = dictionary
        self.digits = any(c.isdigit() for c in text)
        self.notes: list[Note] = []
        self._spans: dict[int, Span] = {}
        self._ends: dict[int, Span] = {}
        self._taken = bytearray(len(text))

    def free(self, start: int, end: int) -> bool:
        """Whether no pass has claimed any of the place."""
        return self._taken.find(1, start, end) < 0

    def claim(self, start: int, end: int, voice: str, kind: str, form: Form = "said") -> bool:
        """Read the place as *voice*, unless another pass was first or the place is empty."""
        if start >= end or not self.free(start, end):
            return False
        self._spans[start] = self._ends[end] = Span(start, end, voice, kind, form)
        self._taken[start:end] = b"\x01" * (end - start)
        return True

    def note(self, start: int, end: int, why: str) -> None:
        """Ask a person to look at this place before it is aired."""
        self.notes.append(Note(start, end, why))

    def matches(self, pattern: re.Pattern[str], *, lower: bool = False) -> Iterator[re.Match[str]]:
        """The places that fit and are still free, in order."""
        for found in pattern.finditer(self.lower if lower else self.text):
            if self.free(found.start(), found.end()):
                yield found

    def before(self, place: int, reach: int = 40) -> str:
        """What stands before the place, in small letters."""
        return self.lower[max(0, place - reach) : place]

    def after(self, place: int, reach: int = 40) -> str:
        """What stands behind the place, in small letters."""
        return self.lower[place : place + reach]

    def sentence(self, place: int) -> tuple[int, int]:
        """Where the sentence that holds the place begins and ends, 400 characters off at most."""
        first, last = max(0, place - _SENTENCE), min(len(self.text), place + _SENTENCE)
        start = max((m.end() for m in _SENTENCE_END.finditer(self.text, first, place)),
                    default=first)
        end = _SENTENCE_END.search(self.text, place, last)
        return start, end.start() if end else last

    def starting(self, place: int) -> Span | None:
        """What was claimed from this place on."""
        return self._spans.get(place)

    def ending(self, place: int) -> Span | None:
        """What was claimed up to this place."""
        return self._ends.get(place)

    def spans(self) -> list[Span]:
        """What was claimed, in the order of the line."""
        return [self._spans[start] for start in sorted(self._spans)]

    def join(self, first: Span, last: Span, voice: str) -> None:
        """Make one span of two neighbours and of what lies between them."""
        for span in (first, last):
            del self._spans[span.start], self._ends[span.end]
        both = replace(first, end=last.end, voice=voice, kind="range")
        self._spans[first.start] = self._ends[last.end] = both
        self._taken[first.start : last.end] = b"\x01" * (last.end - first.start)


_SENTENCE = 400
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n")


def words(listed: str) -> str:
    """A pattern for any of the words or phrases parted by "|", at a word's start."""
    return rf"(?<!\w)(?:{listed})"
