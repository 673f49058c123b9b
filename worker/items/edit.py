"""
Saving what a form says: a version of its own, and never over somebody else's newer one. Two who
edit one item get each other's words shown, field by field; what only one of them changed is kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from vietnamese.plain import slug
from worker.items.model import ItemContent
from worker.items.store import import_items, load_content, load_item, save_version
from worker.items.written import PICTURE, Form, clean, form_of
from worker.models import Item, ItemVersion, Person

#: addresses of the console beside those of items
RESERVED = frozenset({"moi", "mau", "xem", "nhap", "nghe", "tieng", "anh", "gop-y", "bang-chung"})
#: saved as one: a picture's four columns belong together
_PICTURES = tuple(f"image_{part}" for part in PICTURE)


@dataclass(frozen=True)
class Clash:
    """The item has a newer version than the form started from."""

    version: int
    author: str  #: name of whoever saved it
    at: datetime
    form: dict[str, list[str]]  #: theirs where only they changed it, else mine
    theirs: Mapping[str, list[str]]  #: fields that both changed: what the other wrote


def new_id(session: Session, title: str) -> str:
    """An id nobody has, after the title."""
    stem = slug(title)[:50].strip("-") or "tin"
    alike = select(Item.id).where(Item.id.startswith(stem, autoescape=True))
    taken = RESERVED | set(session.scalars(alike))
    return next(name for n in range(1, len(taken) + 2)
                if (name := stem if n == 1 else f"{stem}-{n}") not in taken)


def save_new(session: Session, now: datetime, content: ItemContent, person: str) -> str:
    """A new item, a draft; gives its id."""
    import_items(session, now, [content], person)
    return content.id


def save_edit(
    session: Session, now: datetime, content: ItemContent, form: Form, base: int, person: str
) -> Clash | None:
    """A new version; None when it was saved or says the same as before."""
    item = load_item(session, content.id, lock=True)
    if item.version != base:
        return clash(session, content.id, form, base)
    old = load_content(session, content.id)
    if content.sha256() != old.sha256():
        fields = sorted(name for name, value in form_of(content).items()
                        if value != form_of(old).get(name))
        save_version(session, now, content, person, "edit", {"fields": fields})
    return None


def clash(session: Session, item_id: str, form: Form, base: int) -> Clash:
    """My form put together with what somebody saved meanwhile."""
    row = session.get_one(ItemVersion, (item_id, load_item(session, item_id).version))
    started = _asked(form_of(load_content(session, item_id, base)))
    theirs = _asked(form_of(ItemContent.model_validate(row.content)))
    mine = _asked(clean(form))
    merged, both = dict[str, list[str]](), dict[str, list[str]]()
    for name in dict.fromkeys([*mine, *theirs]):
        was, my, their = (_said(f.get(name)) for f in (started, mine, theirs))
        if their in (my, was):
            merged[name] = mine.get(name, [""])
        elif my == was:
            merged[name] = theirs.get(name, [""])
        else:
            merged[name], both[name] = mine.get(name, [""]), theirs.get(name, [""])
    author = session.get(Person, row.author)
    return Clash(row.version, author.name if author else row.author, row.created_at,
                 _columns(merged), both)


def _asked(form: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Pictures as one field, `images`: a row each, its parts kept apart by a tab."""
    rows = zip(*(form.get(name, []) for name in _PICTURES), strict=False)
    rest = {name: list(values) for name, values in form.items() if name not in _PICTURES}
    return {**rest, "images": ["\t".join(row) for row in rows]}


def _columns(form: Mapping[str, list[str]]) -> dict[str, list[str]]:
    rows = [value.split("\t") for value in form.get("images", ()) if value]
    back = {name: [row[n] for row in rows] for n, name in enumerate(_PICTURES)}
    return {**{name: values for name, values in form.items() if name != "images"}, **back}


def _said(values: Iterable[str] | None) -> list[str]:
    """Compared without what a browser adds to it: its line ends, empty entries."""
    return [v for v in ("\n".join(value.split("\r\n")).strip() for value in values or ()) if v]


def take_theirs(form: Form, names: Iterable[str], theirs: Form) -> dict[str, list[str]]:
    """The form with the other's words in these fields."""
    wanted = set(names)
    asked, other = _asked(clean(form)), _asked(clean(theirs))
    return _columns({name: other.get(name, [""]) if name in wanted else values
                     for name, values in {**other, **asked}.items()})
