"""
The lines of a station's bulletin that one item gives, fields open, each in three writings: as
approved, for a person who reads, for a voice. Frozen with the item's rendition, so that an
approval binds what is said, and no later edit of a template or of the dictionary changes it.

What the voice would stumble over is a `Problem` until it is mended or waived by name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from channels.values import Problem
from vietnamese.plain import nfc
from vietnamese.spoken import Spoken, speak
from worker.i18n import t
from worker.items.fields import fill, names_in
from worker.items.model import ItemContent
from worker.items.words import word_of
from worker.programme.model import ChannelConfig
from worker.radio.bulletin import Kind, Line
from worker.renderer import ItemView, item_view, value_problem
from worker.specs import FOLDERS, template_folder
from worker.templates import fill_template

Part = Literal["opening", "greeting", "intro", "body", "again", "todo", "hotline", "contact",
               "closing", "correction"]

#: parts written by a template of their own; `body` is the item's own words
TEMPLATES: tuple[Part, ...] = ("opening", "greeting", "intro", "again", "todo", "hotline",
                               "contact", "closing", "correction")
#: how a part stands in a bulletin
KINDS: Mapping[Part, Kind] = {
    "opening": "opening", "greeting": "greeting", "intro": "body", "body": "body",
    "again": "again", "todo": "todo", "hotline": "hotline", "contact": "hotline",
    "closing": "closing", "correction": "body",
}
#: what is said before a field, so that its value is read as what it is: 113 is no hundred
BEFORE: Mapping[str, str] = {"duong_day_nong": "số ", "gio": "lúc ", "ngay": "ngày "}
#: left out where the value is missing; every other part must have all of its fields
OPTIONAL: frozenset[Part] = frozenset({"contact"})
VIETNAMESE = "vi"

_SHORT = re.compile(r"([,;:])(?=\s)")
#: not after the initial of a name
_LONG = re.compile(r"(?<!\b[A-ZĐ])([.!?…]+[\"”»)]*)(?=\s|$)")


@dataclass(frozen=True)
class ScriptLine:
    """One thing that is said, its fields open."""

    part: Part
    language: str
    written: str
    person: str
    voice: str


@dataclass(frozen=True)
class Script:
    """Every line an item may give to a bulletin, and why it may not be aired."""

    lines: tuple[ScriptLine, ...]
    problems: tuple[Problem, ...] = ()

    def frozen(self) -> list[dict[str, str]]:
        """As a rendition keeps it."""
        return [asdict(line) for line in self.lines]


def thawed(lines: Iterable[Mapping[str, Any]]) -> tuple[ScriptLine, ...]:
    """What `Script.frozen` wrote."""
    return tuple(ScriptLine(**line) for line in lines)


def write_script(
    item: ItemContent, channel: ChannelConfig, folders: tuple[Path, ...], known: Iterable[str]
) -> Script:
    """
    The item's lines for this channel. `known`: fields whose values planning makes sure of.
    UserError: a template is broken.
    """
    kind = FOLDERS[channel.type]
    view = item_view(item, template_folder(channel), kind)
    lines: list[ScriptLine] = []
    problems: list[Problem] = []
    for part, language, text in _parts(view, item, channel, folders):
        said = speak(text) if language == VIETNAMESE else None
        lines.append(_line(part, language, text, said))
        problems += _findings(said, item.waived) if said else []
    problems += _fields(lines, set(known))
    return Script(tuple(lines), tuple(dict.fromkeys(problems)))


def _parts(
    view: ItemView, item: ItemContent, channel: ChannelConfig, folders: tuple[Path, ...]
) -> Iterator[tuple[Part, str, str]]:
    """Part, language and words, in no order that matters; a body is one part a paragraph."""
    for part in TEMPLATES:
        for folder in dict.fromkeys((template_folder(channel), FOLDERS[channel.type])):
            written = fill_template(folders, f"{folder}/{part}.j2", {"item": view})
            if written is not None:
                if text := _one_line(written):
                    yield part, VIETNAMESE, text
                break
    for paragraph in view.paragraphs:
        yield "body", item.language, _one_line(paragraph)
    for key, words in item.texts.items():
        name, _, language = key.rpartition("_")
        if name == FOLDERS[channel.type] and language:
            yield "body", language, _one_line(nfc(fill(words, item.facts)))


def _one_line(text: str) -> str:
    return " ".join(nfc(text).split())


def _line(part: Part, language: str, text: str, said: Spoken | None) -> ScriptLine:
    if said is None:  # no voice of ours knows the language: a person reads it, or a recording
        return ScriptLine(part, language, text, pauses(text), text)
    return ScriptLine(part, language, text, pauses(said.person), said.voice)


def pauses(text: str) -> str:
    """The announcer's marks: "/" a short pause, "//" a long one."""
    return _LONG.sub(r"\1 //", _SHORT.sub(r"\1 /", text))


def _findings(said: Spoken, waived: Iterable[str]) -> list[Problem]:
    let_be = {word_of(word) for word in waived}
    return [
        Problem("spoken",
                t(f"chưa chắc đọc đúng «{found.text}»: {found.why}",
                  f"not sure how “{found.text}” is read: {found.why}"),
                t(f'sửa lời; hoặc `giovang waive TIN --word "{found.text}"`',
                  f'mend the text; or `giovang waive ITEM --word "{found.text}"`'))
        for found in said.findings if word_of(found.text) not in let_be
    ]


def _fields(lines: Iterable[ScriptLine], known: set[str]) -> list[Problem]:
    """A field nobody makes sure of would leave a hole in the middle of a sentence."""
    asked = {name for line in lines if line.part not in OPTIONAL for name in names_in(line.written)}
    found = []
    if "ma_tin" in asked:
        found.append(Problem("field", t("{{ ma_tin }} không đọc được trên loa",
                                        "{{ ma_tin }} cannot be read aloud"),
                             t("bỏ khỏi lời cho loa", "take it out of the text")))
    if missing := sorted(asked - known - {"ma_tin"}):
        names = ", ".join(missing)
        found.append(Problem("field", t(f"mẫu bản tin dùng {names} mà text.j2 không dùng",
                                        f"the parts use {names}, text.j2 does not"),
                             t("ghi trường này vào text.j2", "name the field in text.j2, too")))
    return found


# ---------------------------------------------------------------- to one station


def filled(line: ScriptLine, fields: Mapping[str, str]) -> Line | None:
    """The line with these values; None when one of its fields has none."""
    names = names_in(line.written)
    if any(name not in fields or value_problem(name, fields[name]) for name in names):
        return None
    said = {name: _read(name, nfc(fields[name])) for name in names}
    return Line(
        KINDS[line.part],
        fill(line.written, {name: nfc(fields[name]) for name in names}),
        fill(line.person, {name: person for name, (person, _) in said.items()}),
        fill(line.voice, {name: voice for name, (_, voice) in said.items()}),
    )


@lru_cache(maxsize=8192)
def _read(name: str, value: str) -> tuple[str, str]:
    """How a field's value is read: for a person, for a voice."""
    before = BEFORE.get(name, "ở ")
    said = speak(before + value)
    return said.person.removeprefix(before), said.voice.removeprefix(before)
