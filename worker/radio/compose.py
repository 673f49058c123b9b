"""
From the deliveries of one station and airing to its bulletin. Pure.

    said (a delivery and its item's approved lines) ─> pieces ─> opening, sections, closing

Urgent items first; what does not air (recalled, silenced, postponed, swapped) stands last and is
not read. Two compositions with the same words are the same bulletin, whatever else was edited.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from vietnamese.spoken import speak, syllables
from worker.radio.bulletin import TRAINING, Bulletin, Line, Section, Standing
from worker.radio.script import OPTIONAL, VIETNAMESE, Part, ScriptLine, filled, pauses

#: what an announcer reads in a second (3 to 3.3, pauses included)
SYLLABLES_A_SECOND = 3.0

RANKS: Mapping[str, int] = {"khan_cap": 0, "uu_tien": 1, "thong_thuong": 2}
Order = tuple[bool, int, bool, tuple[str, ...]]


@dataclass(frozen=True)
class Frame:
    """Everything of a bulletin that is not said."""

    station: str
    station_name: str
    committee: str
    date: date
    airing: str
    airs_at: datetime
    use_until: datetime
    limit: int
    training: bool
    twin: str = ""


@dataclass(frozen=True)
class Said:
    """What one item says at one station."""

    delivery: str  #: its key; "" for the stand-by item, a correction, what was swapped in
    item: str
    version: int
    title: str
    priority: str
    editor: str
    approver: str
    script: tuple[ScriptLine, ...]
    fields: Mapping[str, str]
    hotline: str = ""  #: the station's own commune's, where the item does not name it anyway
    text: str = ""  #: the whole script as it was handed over, where no lines were frozen
    order: tuple[str, ...] = ()
    standing: Standing = "airs"
    reason: str = ""
    correction: bool = False  #: read is that the item was recalled
    corrects: str = ""  #: the recalled item which this one, read in full, corrects


@dataclass(frozen=True)
class Piece:
    """One section, and the opening and closing its item was approved with."""

    section: Section
    opening: tuple[Line, ...]
    closing: tuple[Line, ...]
    order: Order


def pieces(said: Said, languages: Sequence[str] = (VIETNAMESE,)) -> Iterator[Piece]:
    """The section in the item's own language, then one in each other the station reads."""
    lines = [(line, filled(line, _fields(said, line.part))) for line in said.script]

    def of(*parts: Part, language: str = "") -> tuple[Line, ...]:
        return tuple(read for part in parts for line, read in lines
                     if read and line.part == part and language in ("", line.language))

    opening, closing = of("opening", "greeting"), of("closing")
    if said.correction:
        if told := of("correction"):
            yield _piece(said, VIETNAMESE, (*told, *of("again"), *told), opening, closing)
        return
    own = next((line.language for line, _ in lines if line.part == "body"), None)
    if own is None or any(read is None and line.part not in OPTIONAL for line, read in lines):
        # approved before there were bulletins, or a value is missing: as it was handed over
        yield _piece(said, VIETNAMESE, _paragraphs(said.text), (), ())
        return
    body = of("body", language=own)
    whole = (*of("intro"), *body, *of("again"), *body, *of("todo", "hotline", "contact"))
    yield _piece(said, own, whole, opening, closing)
    for language in languages:
        if language != own and (words := of("body", language=language)):
            yield _piece(said, language, words, opening, closing)


def _fields(said: Said, part: Part) -> Mapping[str, str]:
    if part != "contact":
        return said.fields
    return {**said.fields, "duong_day_nong": said.hotline} if said.hotline else {}


def _piece(
    said: Said, language: str, lines: tuple[Line, ...], opening: tuple[Line, ...],
    closing: tuple[Line, ...],
) -> Piece:
    section = Section(
        said.delivery, said.item, said.version, said.title, said.priority, lines, said.approver,
        said.editor, language, said.standing, said.reason, said.corrects)
    first = said.correction or bool(said.corrects)
    return Piece(section, opening, closing, order_of(section, first, said.order))


def order_of(section: Section, correction: bool, order: tuple[str, ...]) -> Order:
    """Urgent first, among equals corrections first; what does not air last."""
    return (section.standing != "airs", RANKS.get(section.priority, 2), not correction, order)


def _paragraphs(text: str) -> tuple[Line, ...]:
    found = []
    for paragraph in re.split(r"\n\s*\n", text.removeprefix(TRAINING)):
        if written := " ".join(paragraph.split()):
            read = speak(written)
            found.append(Line("body", written, pauses(read.person), read.voice))
    return tuple(found)


def compose(
    frame: Frame, given: Iterable[Piece], *, number: int, made_at: datetime,
    stand_by: bool = False, planned: bool = False,
) -> Bulletin:
    """One bulletin of these pieces. Its opening and closing are those of what is read first."""
    ordered = sorted(given, key=lambda piece: piece.order)
    first = next((p for p in ordered if p.section.standing == "airs"), None)
    bulletin = Bulletin(
        **vars(frame), number=number, made_at=made_at, stand_by=stand_by, planned=planned,
        opening=first.opening if first else (), sections=tuple(p.section for p in ordered),
        closing=first.closing if first else (), seconds=0,
    )
    return replace(bulletin, seconds=reading_seconds(bulletin.lines))


def reading_seconds(lines: Iterable[Line]) -> int:
    """How long it takes to read the lines, by the syllables of their spoken form."""
    return math.ceil(sum(syllables(line.voice) for line in lines) / SYLLABLES_A_SECOND)


# ---------------------------------------------------------------- from one number to the next


def same_words(old: Bulletin, new: Bulletin) -> bool:
    """True when nothing that is read, or that must not be read, has changed."""
    return _words(old) == _words(new)


def _words(bulletin: Bulletin) -> tuple[object, ...]:
    airing = [(s.delivery, s.item, s.language, s.priority, s.lines)
              for s in bulletin.airing_sections]
    silent = sorted((s.delivery, s.language, s.standing) for s in bulletin.sections
                    if s.standing != "airs")
    return bulletin.opening, airing, bulletin.closing, silent


def follows(old: Bulletin, new: Bulletin) -> Bulletin:
    """`new` under the next number, saying which it replaces and what changed."""
    number = old.number + 1
    told = " ".join([f"Bản số {number} thay bản số {old.number}.", *_changes(old, new)])
    return replace(new, number=number, replaces=old.number, notice=told)


def _changes(old: Bulletin, new: Bulletin) -> Iterator[str]:
    """Whatever must not be read first: it may have been read already."""
    for standing, words in (("recalled", "ĐÃ THU HỒI, KHÔNG ĐỌC"),
                            ("silenced", "NGỪNG PHÁT, KHÔNG ĐỌC"), ("postponed", "Hoãn"),
                            ("swapped", "Không đọc, đã đổi tin")):
        for s in new.sections:
            if s.standing == standing:
                yield _sentence(f"{words}: «{s.title}»", s.reason)
    named = {(s.delivery, s.item) for s in new.sections}
    for s in old.airing_sections:
        if (s.delivery, s.item) not in named and not old.stand_by:
            yield _sentence(f"Bỏ, không đọc: «{s.title}»")
    before = {(s.delivery, s.item, s.language) for s in old.airing_sections}
    for s in new.airing_sections:
        if (s.delivery, s.item, s.language) not in before:
            words = "KHẨN CẤP, thêm" if s.priority == "khan_cap" else "Thêm"
            yield _sentence(f"{words}: «{s.title}»")


def _sentence(words: str, reason: str = "") -> str:
    return f"{words} ({reason})." if reason else f"{words}."
