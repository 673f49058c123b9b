"""The versions of an item: who, when, what became of each, and what changed, word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.items.model import ItemContent
from worker.items.store import load_item
from worker.items.written import form_of
from worker.models import Approval, ItemVersion, Person

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
#: words of a text compared one by one; longer ones line by line, it takes the square of them
_MOST = 4000

Kind = Literal["same", "gone", "new"]


@dataclass(frozen=True)
class Past:
    """One version."""

    version: int
    author: str
    at: datetime
    state: str  #: of the newest: the item's; of one before: approved, submitted or draft
    approvers: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """A field that reads differently."""

    name: str
    pieces: tuple[tuple[Kind, str], ...]


def versions(session: Session, item_id: str) -> list[Past]:
    """Every version, the newest first."""
    item = load_item(session, item_id)
    rows = session.scalars(select(ItemVersion).where(ItemVersion.item_id == item_id)
                           .order_by(ItemVersion.version.desc())).all()
    yes = session.execute(select(Approval.version, Approval.approver).where(
        Approval.item_id == item_id).order_by(Approval.id)).all()
    people = {row.author for row in rows} | {approver for _, approver in yes}
    names = {p.id: p.name for p in session.scalars(select(Person).where(Person.id.in_(people)))}
    found = []
    for row in rows:
        approvers = tuple(names.get(a, a) for version, a in yes if version == row.version)
        past = "approved" if approvers else "submitted" if row.submitted_at else "draft"
        found.append(Past(row.version, names.get(row.author, row.author), row.created_at,
                          item.state if row.version == item.version else past, approvers))
    return found


def changes(old: ItemContent, new: ItemContent) -> list[Change]:
    """The fields in which they differ."""
    before, after = _said(old), _said(new)
    return [
        Change(name, tuple(words_apart(before.get(name, ""), after.get(name, ""))))
        for name in dict.fromkeys([*after, *before]) if before.get(name, "") != after.get(name, "")]


def _said(content: ItemContent) -> dict[str, str]:
    said = {name: ", ".join(values) if name in ("audience", "area") else "\n".join(values)
            for name, values in form_of(content).items() if not name.startswith("image_")}
    said["images"] = "\n".join(
        " · ".join(filter(None, (i.alt, i.source, i.permission, i.sha256[:8] or i.path)))
        for i in content.images)
    said["waived"] = ", ".join(content.waived)
    return said


def words_apart(old: str, new: str) -> Iterator[tuple[Kind, str]]:
    """The two texts as one: what stays, what went, what came."""
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    if max(len(a), len(b)) > _MOST:
        a, b = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for act, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if act == "equal":
            yield "same", "".join(a[i1:i2])
            continue
        if i2 > i1:
            yield "gone", "".join(a[i1:i2])
        if j2 > j1:
            yield "new", "".join(b[j1:j2])
