"""
An item as a form writes it, and back. What is typed goes through the same rules as a file that is
imported (`files/judge.py`); a mistake is told at its field, and nothing typed is lost.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import cast, get_args

from vietnamese.plain import nfc
from worker.errors import Mistake, UserError
from worker.i18n import t
from worker.items.fields import FIELDS, names_in
from worker.items.files.columns import CHANNEL_TEXTS, EVERYONE, Value, variant
from worker.items.files.judge import Entry, Known, judge
from worker.items.files.names import Names
from worker.items.files.places import Found, Place
from worker.items.files.text import accept, tidy
from worker.items.model import Image, ItemContent
from worker.items.pasted import words_of
from worker.items.uploads import is_ours
from worker.items.words import says
from worker.programme.model import Priority, Programme, Purpose
from worker.typed import a_date

#: name of a field -> every value typed in it
Form = Mapping[str, list[str]]

LINES = ("title", "theme", "priority", "purpose", "source", "scam")
TEXTS = ("body", "summary", "what_to_do", "note")
LISTS = ("legal_basis", "hotline", "requires")
CHOICES = ("audience", "area")
DATES = ("valid_from", "valid_to")
PICTURE = ("path", "alt", "source", "permission")
FACT, OWN = "fact_", "text_"  #: before the name of a fact, of a channel's folder
_FACT = re.compile(r"fact_[a-z0-9_]{1,40}")


@dataclass(frozen=True)
class Read:
    """The item, or what is wrong, by field; and what was put right on the way."""

    content: ItemContent | None
    mistakes: Mapping[str, Mistake] = field(default_factory=dict)
    notes: tuple[Mistake, ...] = ()


def form_of(content: ItemContent) -> dict[str, list[str]]:
    """The form that says this item."""
    form = {name: [getattr(content, name)] for name in (*LINES, *TEXTS)}
    form |= {OWN + key: [content.texts.get(key, "")] for key in (*CHANNEL_TEXTS, *content.texts)}
    form |= {name: ["\n".join(getattr(content, name))] for name in LISTS}
    form |= {name: list(getattr(content, name)) for name in CHOICES}
    for name in DATES:
        day = getattr(content, name)
        form[name] = [f"{day:%d/%m/%Y}" if day else ""]
    form |= {FACT + name: [content.facts.get(name, "")] for name in content.requires}
    for part in PICTURE:
        form[f"image_{part}"] = [getattr(image, part) for image in content.images]
    return form


def one(form: Form, name: str) -> str:
    """The one value of a field; '' where there is none."""
    values = form.get(name) or [""]
    return values[-1]


def clean(form: Form) -> dict[str, list[str]]:
    """Of what a browser sent only fields of ours, pictures that are to go left out."""
    named = {*LINES, *TEXTS, *LISTS, *CHOICES, *DATES}
    kept = {name: list(values) for name, values in form.items()
            if name in named or _FACT.fullmatch(name)
            or (name.startswith(OWN) and _is_text(name.removeprefix(OWN)))}
    rows = list(_rows(form))
    gone = set(form.get("image_drop", ()))
    for place, part in enumerate(PICTURE):
        kept[f"image_{part}"] = [row[place] for n, row in enumerate(rows) if str(n) not in gone]
    return kept


def _is_text(key: str) -> bool:
    return key in CHANNEL_TEXTS or variant(key) is not None


def _rows(form: Form) -> Iterable[tuple[str, ...]]:
    columns = [form.get(f"image_{part}", []) for part in PICTURE]
    return zip(*(column + [""] * (len(columns[0]) - len(column)) for column in columns),
               strict=False)


def facts_asked(form: Form) -> tuple[str, ...]:
    """Facts the form has to offer a field for."""
    return tuple(dict.fromkeys(_names(one(form, "requires"))))


def _names(text: str) -> list[str]:
    return [name for name in re.split(r"[\s,;]+", text) if name]


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def read_form(
    form: Form, item_id: str, old: ItemContent | None, programme: Programme, images: Path,
    brought: Path | None = None,
) -> Read:
    """The item that the form says, by every rule of an import."""
    found = Found()
    values: dict[str, Value | date] = {"id": item_id}
    bad: set[str] = set()
    for name in (*LINES, *TEXTS, *(k for k in form if k.startswith(OWN))):
        text = accept(words_of(one(form, name)), Place(name), found)
        values[name.removeprefix(OWN)] = " ".join(text.split()) if name in LINES else text
    for name in DATES:
        if typed := one(form, name).strip():
            try:
                values[name] = a_date(name, typed)
            except UserError as error:
                found.mistakes.append(Mistake(name, error.mistakes[0].what, error.mistakes[0].fix))
                bad.add(name)
    for name in ("legal_basis", "hotline"):
        values[name] = _lines(accept(one(form, name), Place(name), found))
    values["requires"] = list(facts_asked(form))
    values["facts"] = [
        f"{name} = {said}" for name in facts_asked(form)
        if (said := " ".join(accept(one(form, FACT + name), Place(FACT + name), found).split()))]
    values |= {name: [v for v in form.get(name, ()) if v] for name in CHOICES}
    pictures = _pictures(form, old)
    values["images"] = [image.path for image in pictures]
    values["image_alts"] = [image.alt for image in pictures]
    if old is not None:
        values["language"] = old.language
    places = {key: Place(OWN + key if _is_text(key) else key) for key in values}
    entry = Entry(Place(""), values, places, frozenset(bad))
    known = Known(Names(programme.themes), Names({**EVERYONE, **programme.audiences}),
                  Names(programme.areas), images, brought)
    _long_facts(values["facts"], found)
    items = judge([entry], known, found)
    mistakes = {m.where: m for m in reversed(found.mistakes)}
    if mistakes or not items:
        return Read(None, mistakes, tuple(found.notes))
    return Read(_with_known(items[0], old, pictures), {}, tuple(found.notes))


def _long_facts(facts: Value | date, found: Found) -> None:
    from worker.items.facts import LONGEST  # noqa: PLC0415  (it writes; here only its limit)

    for line in cast("list[str]", facts):
        name, _, value = line.partition(" = ")
        if len(value) > LONGEST or "{{" in value:
            found.mistakes.append(Place(FACT + name).mistake(
                t(f"tối đa {LONGEST} ký tự, không có {{{{", f"{LONGEST} characters, no {{{{"),
                t("rút ngắn", "shorten it")))


def _pictures(form: Form, old: ItemContent | None) -> list[Image]:
    """Pictures uploaded here, or the item's own; no other name reaches the disk."""
    own = {image.path for image in old.images} if old is not None else set()
    return [
        Image(path=path, alt=" ".join(tidy(alt).split()), source=" ".join(tidy(source).split()),
              permission=" ".join(tidy(permission).split()))
        for path, alt, source, permission in _rows(form) if path in own or is_ours(path)]


def _with_known(
    content: ItemContent, old: ItemContent | None, pictures: list[Image]
) -> ItemContent:
    """With what the rules of an import know nothing of."""
    images = tuple(
        image.model_copy(update={"source": said.source, "permission": said.permission})
        for image, said in zip(content.images, pictures, strict=True))
    waived = old.waived if old is not None else {}
    return content.model_copy(update={
        "images": images, "waived": {w: by for w, by in waived.items() if says(content, w)}})


def guessed(form: Form, item_id: str, old: ItemContent | None, programme: Programme) -> ItemContent:
    """What the form says so far, mistakes and all: for looking at, never for keeping."""
    def said(name: str) -> str:
        return nfc(tidy(words_of(one(form, name))))

    def chosen(name: str, known: Iterable[str], otherwise: str) -> str:
        return value if (value := one(form, name)) in known else otherwise

    days: dict[str, date] = {}
    for name in DATES:
        with suppress(UserError):
            days[name] = a_date(name, one(form, name).strip())
    return ItemContent(
        id=item_id, title=" ".join(said("title").split())[:150] or "…",
        theme=chosen("theme", programme.themes, next(iter(programme.themes))),
        body=said("body"), summary=said("summary"), what_to_do=said("what_to_do"),
        texts={key: text for name in form if name.startswith(OWN)
               and _is_text(key := name.removeprefix(OWN)) and (text := said(name))},
        priority=cast("Priority", chosen("priority", get_args(Priority), "thong_thuong")),
        purpose=cast("Purpose", chosen("purpose", get_args(Purpose), "cong_ich")),
        source=said("source"), legal_basis=tuple(_lines(said("legal_basis"))),
        hotline=tuple(_lines(said("hotline"))), requires=facts_asked(form),
        facts={name: " ".join(value.split()) for name in facts_asked(form)
               if (value := said(FACT + name))},
        note=said("note"), images=tuple(_pictures(form, old)),
        waived=old.waived if old is not None else {},
        language=old.language if old is not None else "vi", **days,
    )


def open_names(form: Form) -> tuple[str, ...]:
    """Places to fill that the words name and nothing fills: facts to be asked for."""
    text = "\n".join(one(form, name) for name in ("title", *TEXTS[:3], *form)
                     if name in TEXTS or name == "title" or name.startswith(OWN))
    return tuple(n for n in names_in(text) if n not in FIELDS and n not in facts_asked(form))
