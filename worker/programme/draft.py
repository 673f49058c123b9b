"""
One form's change of the programme: laid upon the version in force, its conflicts with what others
changed meanwhile, and the loader's mistakes at the fields they belong to. Nothing is written.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import Any

from sqlalchemy.orm import Session

from worker.errors import Mistake, UserError
from worker.i18n import t
from worker.models import ProgrammeVersion
from worker.programme import edit, private
from worker.programme.compare import pair
from worker.programme.edit import Data, data_of, entry_of
from worker.programme.filled import (
    OUT,
    Keep,
    State,
    changes,
    known_numbers,
    lacking_number,
    missing,
    shown,
    typed,
)
from worker.programme.lines import Path
from worker.programme.load import load_text
from worker.programme.model import Programme
from worker.programme.references import places_of
from worker.programme.saving import Moved, newest
from worker.programme.sections import PRIVATE, SECTIONS, Field, Section
from worker.programme.source import label, line_of

FILE = "schedules.toml"
_WHERE = re.compile(rf"{re.escape(FILE)}:\d+: (.*)", re.DOTALL)


@dataclass(frozen=True)
class Conflict:
    """A field that somebody else changed since the form was opened, and that it changes, too."""

    field: Field
    mine: Any
    theirs: Any


@dataclass
class Draft:
    """A change as it would be; `force` is the version it lies upon."""

    force: ProgrammeVersion
    before: Data  #: what the version in force says
    number: int | None  #: of the entry there; None: a new one, or a single table
    state: State = field(default_factory=dict)
    text: str = ""
    programme: Programme | None = None
    conflicts: list[Conflict] = field(default_factory=list)
    problems: dict[str, list[str]] = field(default_factory=dict)  #: by field; "": the whole
    moved: bool = False  #: another version was put into force since the form was opened

    @property
    def good(self) -> bool:
        return self.programme is not None and not self.problems and not self.conflicts


def marks(section: Section, entries: list[Data]) -> list[str]:
    """What each entry is called in addresses: its id (`id.2` for the second), else its number."""
    if not section.has_id:
        return [str(n + 1) for n in range(len(entries))]
    seen: dict[str, int] = {}
    found = []
    for entry in entries:
        name = str(entry["id"])
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return found


def number_of(section: Section, data: Data, mark: str) -> int | None:
    """The entry of this name; None: there is none."""
    entries = entry_of(data, section.path) or []
    found = marks(section, entries)
    return found.index(mark) if mark in found else None


def draft(
    session: Session, home: File, section: Section, mark: str | None, base: int,
    values: Mapping[str, list[str]], picks: Mapping[str, str], keep: Keep | None = None,
) -> Draft:
    """
    What the form makes of the programme. `mark` None: a new entry. `base`: the version the form
    was filled from; `picks`: for a field in conflict "mine" or "theirs".

    Raises:
        Moved: the entry, or the version the form was filled from, is no longer there.
    """
    force = newest(session)
    now = data_of(force.text)
    was = _version(session, base, force)
    if section.single or mark is None:
        entry_was, entry, number = {}, {}, None
        if section.single:
            entry_was, entry = entry_of(was, section.path), entry_of(now, section.path)
    else:
        old = number_of(section, was, mark)
        number = _same(section, was, now, old)
        if old is None or number is None:
            raise Moved
        entry_was, entry = entry_of(was, section.path)[old], entry_of(now, section.path)[number]
    made = Draft(force, now, number, moved=force.id != base)
    was_shown = shown(section, entry_was)
    _merge(section, made, was_shown, shown(section, entry), typed(section, values, was_shown),
           picks)
    if not section.single and mark is not None and section.has_id:
        made.state["id"] = str(entry["id"])  # history hangs on it: never changed
    _judge_form(section, made, entry)
    if made.conflicts:
        return made
    pending: Keep = lambda _kind, _text: private.PENDING  # noqa: E731
    try:
        new = changes(section, shown(section, entry), made.state, entry, keep or pending)
    except KeyError:  # a number that is not stored here: said already
        return made
    made.text = edit.add(force.text, section.path, new) if mark is None and not section.single \
        else edit.change(force.text, section.at(number), new)
    at = section.at(len(entry_of(now, section.path) or []) if mark is None else number)
    _judge(section, made, at, home)
    return made


def without(
    session: Session, home: File, section: Section, mark: str, base: int
) -> Draft:
    """The programme without this entry. Refused where something names it, with the places."""
    force = newest(session)
    now, was = data_of(force.text), _version(session, base, force)
    old = number_of(section, was, mark)
    number = _same(section, was, now, old)
    if old is None or number is None:
        raise Moved
    entry = entry_of(now, section.path)[number]
    if entry != entry_of(was, section.path)[old]:
        raise Moved
    made = Draft(force, now, number, shown(section, entry), moved=force.id != base)
    only = section.has_id and sum(
        other.get("id") == entry["id"] for other in entry_of(now, section.path)) == 1
    used = places_of(now, section.path[0], str(entry["id"])) if only else []
    if used:
        made.problems[""] = [t("đang được dùng ở: ", "is used at: ")
                             + "; ".join(dict.fromkeys(_place(now, path) for path in used))]
        return made
    made.text = edit.take_out(force.text, section.at(number))
    _judge(section, made, section.at(None), home)
    return made


def whole(session: Session, home: File, text: str) -> Draft:
    """The programme replaced by this text: an earlier version, or the file as it stands."""
    force = newest(session)
    made = Draft(force, data_of(force.text), None, text=text)
    try:
        made.programme = load_text(text, FILE, home)
    except UserError as error:
        made.problems[""] = [str(mistake) for mistake in error.mistakes]
    return made


def _version(session: Session, base: int, force: ProgrammeVersion) -> Data:
    row = force if base == force.id else session.get(ProgrammeVersion, base)
    if row is None:
        raise Moved
    return data_of(row.text)


def _same(section: Section, was: Data, now: Data, number: int | None) -> int | None:
    """Where the entry stands in another version."""
    pairs = pair(section, entry_of(was, section.path) or [], entry_of(now, section.path) or [])
    return next((n for m, n in pairs if m == number and m is not None), None)


def _merge(
    section: Section, made: Draft, was: State, now: State, mine: State, picks: Mapping[str, str]
) -> None:
    """What the form left alone stands as it stands now."""
    for f in section.fields:
        theirs, own = now[f.key], mine[f.key]
        if own == was[f.key]:
            made.state[f.key] = theirs
        elif theirs in (was[f.key], own) or picks.get(f.key) == "mine":
            made.state[f.key] = own
        elif picks.get(f.key) == "theirs":
            made.state[f.key] = theirs
        else:
            made.state[f.key] = own
            made.conflicts.append(Conflict(f, own, theirs))


def _judge_form(section: Section, made: Draft, entry: Mapping[str, Any]) -> None:
    """What the loader could only say in words of the file."""
    for key in missing(section, made.state):
        made.problems[key] = [t("điền mục này", "fill this in")]
    for f in section.fields:
        own = made.state[f.key]
        if f.kind in PRIVATE and own not in ("", OUT):
            _private(made, f.key, f.kind, own)
        if f.kind != "rows":
            continue
        for row in own:
            for inner in f.rows:
                if inner.kind in PRIVATE and row[inner.key]:
                    _private(made, f.key, inner.kind, row[inner.key])
                elif inner.required and not row[inner.key] and inner.kind not in PRIVATE:
                    made.problems.setdefault(f.key, []).append(
                        t(f"một dòng thiếu «{inner.name}»", f"a row lacks “{inner.name}”"))
        if lacking_number(f, own, known_numbers(f, entry)):
            made.problems.setdefault(f.key, []).append(
                t("một dòng thiếu số máy: nhập lại số", "a row has no number: type it again"))


def _private(made: Draft, key: str, kind: str, text: str) -> None:
    why = private.read(kind, text)[1]
    if why:
        made.problems.setdefault(key, []).append(f"«{text}»: {why}")


def _judge(section: Section, made: Draft, at: Path, home: File) -> None:
    """The loader's mistakes, each at its field; those elsewhere with the place's name."""
    mistakes: tuple[Mistake, ...] = ()
    try:
        made.programme = load_text(made.text, FILE, home)
    except UserError as error:
        mistakes = error.mistakes
    data = data_of(made.text)
    lines = edit.lines_of(made.text, at) if section.single or isinstance(at[-1], int) else None
    own = label(data, at)
    known = set(made.problems)
    for mistake in mistakes:
        found = _WHERE.fullmatch(mistake.where)
        here = lines is not None and lines[0] < line_of(mistake) <= lines[1]
        key = ""
        if found and here and found[1].startswith(f"{own}."):
            key = re.split(r"[.\[]", found[1][len(own) + 1:])[0]
        if key and section.field(key) is None:
            key = ""
        if key in known and key:
            continue  # said in the form's words
        said = f"{mistake.what}; {mistake.fix}" if mistake.fix else mistake.what
        if not key and not here:
            said = f"{_where(data, mistake)}: {said}"
        made.problems.setdefault(key, []).append(said)


def _where(data: Data, mistake: Mistake) -> str:
    found = _WHERE.fullmatch(mistake.where)
    return _named(data, found[1]) if found else mistake.where


def _place(data: Data, path: Path) -> str:
    return _named(data, label(data, path))


def _named(data: Data, at: str) -> str:
    """A place as people call it: `slots[sang].start` -> Khung giờ vàng «Buổi sáng», Từ giờ."""
    for section in SECTIONS:
        entries = [None] if section.single else range(len(entry_of(data, section.path) or []))
        for number in entries:
            own = label(data, section.at(number))
            if at == own or at.startswith((f"{own}.", f"{own}[")):
                entry = entry_of(data, section.at(number))
                key = re.split(r"[.\[]", at[len(own):].lstrip(".["))[0]
                f = section.field(key)
                name = section.name if section.single else \
                    f"{section.entry} «{section.title(entry)}»"
                return f"{name}, {f.name}" if f else name
    return at
