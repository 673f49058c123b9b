"""
Written Vietnamese as an announcer says it, without a library and without a net.

`speak` gives two texts from the same reading: *voice*, every word respelled for a speech engine,
and *person*, for one who reads aloud; and the findings that must be mended before it is aired.
The conventions are in docs/spoken.md, the words in `dictionary.toml`.
"""

import re
from dataclasses import dataclass

from vietnamese.spoken import (
    calendar_words,
    capitals,
    codes,
    dates,
    documents,
    lookup,
    marks,
    pairs,
    phones,
    quantities,
    ranges,
    render,
    roman,
    times,
    web,
)
from vietnamese.spoken.dictionary import Dictionary, DictionaryError, load
from vietnamese.spoken.findings import Finding, Lang, find
from vietnamese.spoken.spans import Reading
from vietnamese.spoken.written import even

__all__ = ["Dictionary", "DictionaryError", "Finding", "Spoken", "load", "speak", "syllables"]


@dataclass(frozen=True)
class Spoken:
    """One text in its spoken forms."""

    voice: str
    person: str
    findings: tuple[Finding, ...]


def speak(text: str, dictionary: Dictionary | None = None, lang: Lang = "vi") -> Spoken:
    """
    The text as it is read aloud; several lines stay several.

    Without *dictionary* the shipped one is used. What cannot be read for sure is left as it was
    written and stands in `findings`, whose sentences are in *lang*.
    """
    written = even(text)
    line = Reading(written.text, dictionary or load())
    _read(line)
    parts = render.pieces(line, written)
    return Spoken(render.voice(parts), render.person(parts), find(line, written, parts, lang))


def _read(line: Reading) -> None:
    """The passes in their order: the first to claim a place is the one that knows it best."""
    marks.read_first(line)
    web.read(line)
    codes.read_typed(line)
    if line.digits:
        documents.read(line)
        lookup.read_with_figures(line)
        dates.read(line)
        phones.read_joined(line)
        pairs.read(line)
    documents.read_bare(line)
    calendar_words.read(line)
    roman.read(line)
    if line.digits:
        codes.read_roads(line)
        phones.read(line)
        times.read(line)
        codes.read(line)
        quantities.read(line)
    ranges.read(line)
    lookup.read(line)
    marks.read_last(line)
    codes.read_letters(line)
    capitals.read(line)


def syllables(spoken: str) -> int:
    """How many syllables the voice text has: each of its words is one, so this is exact."""
    return len(re.findall(r"[^\W\d_]+", spoken))
