"""What differs between two texts of the programme, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from worker.i18n import t
from worker.programme.choices import Choices
from worker.programme.edit import Data, entry_of
from worker.programme.filled import MARK, State, shown
from worker.programme.lines import Path
from worker.programme.sections import PRIVATE, SECTIONS, Field, Section
from worker.programme.source import label

#: values at these places are not shown: numbers of persons, names of secrets
_UNSHOWN = ("address", "secrets", "phone", "email", "smtp", "webhook", "heartbeat_url")


@dataclass(frozen=True)
class Difference:
    """One entry that was added, removed or changed; `fields`: name, before, after."""

    what: str
    kind: str  #: add, remove, change
    fields: tuple[tuple[str, str, str], ...] = field(default=())

    @property
    def verb(self) -> str:
        return {"add": t("Thêm", "Added"), "remove": t("Xóa", "Removed"),
                "change": t("Sửa", "Changed")}[self.kind]


def differences(old: Data, new: Data, choices: Choices) -> list[Difference]:
    """Part by part, in the order of the forms; then what no form shows."""
    found: list[Difference] = []
    for section in SECTIONS:
        if section.single:
            before, after = entry_of(old, section.path), entry_of(new, section.path)
            fields = changed_fields(section, before, after, choices)
            found += [Difference(section.name, "change", fields)] if fields else []
        else:
            found += _of_array(section, entry_of(old, section.path) or [],
                               entry_of(new, section.path) or [], choices)
    others = tuple((label(new, path), was, now) for path, was, now in _others(old, new))
    if others:
        found.append(Difference(t("Phần sửa trong tệp", "Edited in the file"), "change", others))
    return found


def pair(section: Section, old: list[Data], new: list[Data]) -> list[tuple[int | None, int | None]]:
    """Which entry of the old list is which of the new one; None: it is not there."""
    left = list(range(len(old)))
    pairs: list[tuple[int | None, int | None]] = []
    open_: list[int] = []
    for n, entry in enumerate(new):  # what did not change is surely itself
        same = next((m for m in left if old[m] == entry), None)
        if same is None:
            open_.append(n)
        else:
            left.remove(same)
            pairs.append((same, n))
    for n in open_:
        if section.has_id:
            same = next((m for m in left if old[m].get("id") == new[n].get("id")), None)
        else:
            same = n if n in left else None
        if same is not None:
            left.remove(same)
        pairs.append((same, n))
    return [*sorted(pairs, key=lambda p: p[1] or 0), *((m, None) for m in left)]


def _of_array(
    section: Section, old: list[Data], new: list[Data], choices: Choices
) -> Iterator[Difference]:
    for m, n in pair(section, old, new):
        if n is None and m is not None:
            yield Difference(_named(section, old[m], choices), "remove")
        elif m is None and n is not None:
            blank = shown(section, {})
            after = shown(section, new[n])
            yield Difference(_named(section, new[n], choices), "add", tuple(
                (f.name, "", said(f, after[f.key], choices))
                for f in section.fields if after[f.key] != blank[f.key]))
        elif m is not None and n is not None:
            fields = changed_fields(section, old[m], new[n], choices)
            if fields:
                yield Difference(_named(section, new[n], choices), "change", fields)


def _named(section: Section, entry: Data, choices: Choices) -> str:
    title = section.title(entry)
    if section.path == ("alarms", "duty"):
        title = choices.words("people", title)
    elif section.path == ("extra_dates",):
        title = choices.words("segments", title)
    return f"{section.name} «{title}»"


def changed_fields(
    section: Section, old: Mapping[str, Any], new: Mapping[str, Any], choices: Choices
) -> tuple[tuple[str, str, str], ...]:
    """Fields that differ between two readings of one entry, in words."""
    before, after = shown(section, old), shown(section, new)
    found = []
    for f in section.fields:
        if f.kind in PRIVATE:
            if old.get(f.key) != new.get(f.key):
                found.append((f.name, _there(old.get(f.key)), _there(new.get(f.key), new=True)))
        elif before[f.key] != after[f.key]:
            found.append((f.name, said(f, before[f.key], choices),
                          said(f, after[f.key], choices)))
    return tuple(found)


def _there(reference: Any, *, new: bool = False) -> str:
    if not reference:
        return t("không có", "none")
    return t("số mới", "a new one") if new else t("số cũ", "the old one")


def said(f: Field, value: Any, choices: Choices) -> str:
    """A field's state in words."""
    if f.kind == "yesno":
        return t("có", "yes") if value else t("không", "no")
    if f.kind == "rows":
        return "; ".join(filter(None, (_row(f, row, choices) for row in value))) or "–"
    if f.kind in ("many", "lines"):
        return ", ".join(choices.words(f.options, x) if f.options else x for x in value) or "–"
    if f.kind == "choice":
        return choices.words(f.options, value) if value else "–"
    return str(value) or "–"


def _row(f: Field, row: State, choices: Choices) -> str:
    words = []
    for inner in f.rows:
        value = row.get(inner.key)
        if inner.kind in PRIVATE:
            stored = row.get(MARK) and not value
            words.append(t("số đã lưu", "stored") + f" {row[MARK][:3]}" if stored
                         else t("số mới", "a new number"))
        elif inner.kind == "yesno":
            words.append(inner.name if value else "")
        elif value:
            words.append(said(inner, value, choices))
    return " ".join(filter(None, words))


def _others(old: Data, new: Data) -> Iterator[tuple[Path, str, str]]:
    """Leaves that differ and that no form shows."""
    before, after = dict(_leaves(old, ())), dict(_leaves(new, ()))
    for path in dict.fromkeys([*before, *after]):
        if before.get(path) != after.get(path) and not _in_form(path):
            hidden = any(step in _UNSHOWN for step in path)
            was, now = (("•••" if hidden else str(d[path])) if path in d else "–"
                        for d in (before, after))
            yield path, was, now


def _in_form(path: Path) -> bool:
    for section in SECTIONS:
        if path[:len(section.path)] == section.path:
            rest = path[len(section.path):]
            key = rest[0] if section.single and rest else rest[1] if len(rest) > 1 else None
            if key is not None and section.field(str(key)) is not None:
                return True
    return False


def _leaves(data: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(data, list) and any(isinstance(x, dict) for x in data):
        for number, value in enumerate(data):
            yield from _leaves(value, (*path, number))
    else:
        yield path, data
