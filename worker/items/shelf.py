"""The items of whoever asks, found by state, theme and words; accents do not matter."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from vietnamese.plain import plain
from worker.models import Item, ItemVersion, Person
from worker.scope import Scope

PAGE = 50


@dataclass(frozen=True)
class Row:
    """One item of the list."""

    item: Item
    author: str
    missing: tuple[str, ...]  #: facts not filled in
    note: str


@dataclass(frozen=True)
class Shelf:
    """A page of them; `more`: there is another."""

    rows: tuple[Row, ...]
    total: int
    more: bool


def shelf(
    session: Session, scope: Scope, *, state: str = "", theme: str = "", text: str = "",
    page: int = 1,
) -> Shelf:
    """The newest change first."""
    wanted = select(Item).order_by(Item.changed_at.desc(), Item.id)
    if state:
        wanted = wanted.where(Item.state == state)
    if theme:
        wanted = wanted.where(Item.theme == theme)
    words = plain(text).casefold().split()
    found = [item for item in session.scalars(wanted)
             if scope.holds(item.owner) and _has(f"{item.id} {item.title}", words)]
    first = (page - 1) * PAGE
    shown = found[first:first + PAGE]
    contents = _contents(session, shown)
    people = {item.author for item in shown}
    names = {p.id: p.name for p in session.scalars(select(Person).where(Person.id.in_(people)))}
    rows = tuple(Row(item, names.get(item.author, item.author), *_left(contents[item.id]))
                 for item in shown)
    return Shelf(rows, len(found), len(found) > first + PAGE)


def _has(text: str, words: list[str]) -> bool:
    bare = plain(text).casefold()
    return all(word in bare for word in words)


def _contents(session: Session, items: list[Item]) -> dict[str, dict[str, Any]]:
    rows = session.execute(
        select(ItemVersion.item_id, ItemVersion.content)
        .join(Item, (Item.id == ItemVersion.item_id) & (Item.version == ItemVersion.version))
        .where(Item.id.in_([item.id for item in items])))
    return dict(iter(rows))


def _left(content: dict[str, Any]) -> tuple[tuple[str, ...], str]:
    """Facts not filled in, and the note: of the row as it stands, a list reads no whole items."""
    facts = content.get("facts", {})
    missing = tuple(n for n in content.get("requires", ()) if not facts.get(n, "").strip())
    return missing, content.get("note", "")
