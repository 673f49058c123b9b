"""
Items in the database: taken in from files, kept in versions, read back.

Equal content is the same version. Every change makes a new one, a draft: an edit needs a new
approval, and until then nothing of the item is published.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from worker import audit
from worker.db import Store
from worker.errors import Refused, UserError
from worker.i18n import t
from worker.items.files.names import did_you_mean
from worker.items.model import Image, ItemContent
from worker.items.words import says
from worker.models import Item, ItemVersion, Rendition
from worker.outbox.acts import follow_item
from worker.scope import owner_for, scope_of_person

#: items in one transaction of an import: a writer must not keep the others waiting
CHUNK = 500


@dataclass
class ImportReport:
    """Ids by what became of them."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Airable:
    """An approved item: what was approved, and the frozen texts by channel."""

    content: ItemContent
    version: int
    renditions: dict[str, Rendition]


def needed_approvals(content: ItemContent) -> int:
    """Two persons for what goes out at once to everybody (khan_cap), else one."""
    return 2 if content.priority == "khan_cap" else 1


def import_all(
    store: Store, now: datetime, contents: Sequence[ItemContent], author: str
) -> ImportReport:
    """Take in items that are valid (`read_items` refuses a bad file whole), in short writes."""
    report = ImportReport()
    rest = iter(contents)
    while chunk := list(islice(rest, CHUNK)):
        with store.write() as session:
            part = import_items(session, now, chunk, author)
        report.new += part.new
        report.changed += part.changed
        report.unchanged += part.unchanged
    return report


def import_items(
    session: Session, now: datetime, contents: Sequence[ItemContent], author: str
) -> ImportReport:
    """
    Add or update by id, in this transaction.

    Raises:
        Refused: an item of another organisation has one of these ids. Nothing is changed.
    """
    report = ImportReport()
    standing = _standing(session, [c.id for c in contents])
    scope = scope_of_person(session, author)
    for item, _ in standing.values():
        if not scope.holds(item.owner):
            raise Refused(item.id, t("mã này là của tin đơn vị khác",
                                     "this id is of an item of another organisation"),
                          t("đặt mã khác", "choose another id"))
    changed: list[ItemContent] = []
    for content in contents:
        found = standing.get(content.id)
        if found is None:
            report.new.append(content.id)
            changed.append(content)
            continue
        merged = _keep_filled(session, content, found[1])
        if merged.sha256() == found[1].sha256():
            report.unchanged.append(content.id)
        else:
            report.changed.append(content.id)
            changed.append(merged)
    if changed:
        fallen = [i for i in report.changed if standing[i][0].state == "approved"]
        _write(session, now, changed, author, {i: item for i, (item, _) in standing.items()})
        audit.record(session, now, author, "import", "items",
                     {"new": report.new, "changed": report.changed})
        for item_id in fallen:
            follow_item(session, now, item_id, author)
    return report


def load_item(session: Session, item_id: str, *, lock: bool = False) -> Item:
    """The item's row, others kept from it if asked; a wrong id is refused with the nearest."""
    item = session.get(Item, item_id, with_for_update=lock)
    if item is None:
        guess = did_you_mean(item_id, session.scalars(select(Item.id)))
        raise UserError(item_id, t("không có tin này", "no such item"),
                        guess + t("xem giovang items", "see giovang items"))
    return item


def load_content(session: Session, item_id: str, version: int | None = None) -> ItemContent:
    """What the item said in this version (default: the newest)."""
    number = version if version is not None else load_item(session, item_id).version
    row = session.get(ItemVersion, (item_id, number))
    if row is None:
        raise UserError(item_id, t(f"không có bản {number}", f"has no version {number}"))
    return ItemContent.model_validate(row.content)


def all_contents(session: Session) -> Iterator[tuple[Item, ItemContent]]:
    """Every item with what its newest version says, by id."""
    rows = session.execute(
        select(Item, ItemVersion.content)
        .join(ItemVersion, (ItemVersion.item_id == Item.id) & (ItemVersion.version == Item.version))
        .order_by(Item.id)
    )
    for item, content in rows:
        yield item, ItemContent.model_validate(content)


def airable(session: Session) -> list[Airable]:
    """The approved items with their frozen texts; a text with problems is among them."""
    frozen: dict[str, dict[str, Rendition]] = {}
    for rendition in session.scalars(
        select(Rendition)
        .join(Item, (Item.id == Rendition.item_id) & (Item.version == Rendition.version))
        .where(Item.state == "approved")
    ):
        frozen.setdefault(rendition.item_id, {})[rendition.channel] = rendition
    return [
        Airable(content, item.version, frozen.get(item.id, {}))
        for item, content in all_contents(session) if item.state == "approved"
    ]


def save_version(
    session: Session, now: datetime, content: ItemContent, author: str, act: str,
    detail: dict[str, Any] | None = None,
) -> int:
    """A new version of an item that exists, as a draft; its number."""
    item = load_item(session, content.id, lock=True)
    was_approved = item.state == "approved"
    _write(session, now, [content], author, {content.id: item})
    audit.record(session, now, author, act, content.id, detail)
    if was_approved:
        follow_item(session, now, content.id, author)
    return item.version


def _standing(session: Session, ids: Sequence[str]) -> dict[str, tuple[Item, ItemContent]]:
    rows = session.execute(
        select(Item, ItemVersion.content)
        .join(ItemVersion, (ItemVersion.item_id == Item.id) & (ItemVersion.version == Item.version))
        .where(Item.id.in_(ids))
    )
    return {item.id: (item, ItemContent.model_validate(content)) for item, content in rows}


def _keep_filled(session: Session, new: ItemContent, old: ItemContent) -> ItemContent:
    """
    What was filled in, waived and cleared here is not in the file it first came from: facts
    still required stay, so do waived words still said, the source of a picture, and a note once
    cleared stays cleared while the words are the same.
    """
    kept = {n: v for n, v in old.facts.items() if n in new.requires and not new.facts.get(n)}
    merged = new.model_copy(update={"facts": {**kept, **new.facts}}) if kept else new
    if (images := _known_pictures(merged, old)) != merged.images:
        merged = merged.model_copy(update={"images": images})
    if waived := {word: by for word, by in old.waived.items() if says(merged, word)}:
        merged = merged.model_copy(update={"waived": waived})
    if not merged.note or old.note or merged.model_copy(update={"note": ""}) != old:
        return merged
    earlier = session.scalars(select(ItemVersion.content).where(ItemVersion.item_id == new.id))
    seen = any(content.get("note") == new.note for content in earlier)
    return old if seen else merged


def _known_pictures(new: ItemContent, old: ItemContent) -> tuple[Image, ...]:
    """The same pictures with what was said here of their source and permission."""
    said = {i.sha256: {"source": i.source, "permission": i.permission} for i in old.images}
    return tuple(
        i if i.source or i.permission else i.model_copy(update=said.get(i.sha256, {}))
        for i in new.images)


def _write(
    session: Session, now: datetime, contents: Sequence[ItemContent], author: str,
    standing: dict[str, Item],
) -> None:
    versions = {c.id: standing[c.id].version + 1 if c.id in standing else 1 for c in contents}
    rows = [
        {"id": c.id, "version": versions[c.id], "state": "draft", "title": c.title,
         "theme": c.theme, "priority": c.priority, "needs_approvals": needed_approvals(c),
         "author": author, "changed_at": now}
        for c in contents
    ]
    new = [{**row, "created_at": now} for row in rows if row["id"] not in standing]
    if new:
        owner = owner_for(session, author)
        session.execute(insert(Item), [{**row, "owner": owner} for row in new])
    if old := [row for row in rows if row["id"] in standing]:
        session.execute(update(Item), old)
    session.execute(insert(ItemVersion), [
        {"item_id": c.id, "version": versions[c.id], "content": c.model_dump(mode="json"),
         "sha256": c.sha256(), "author": author, "created_at": now}
        for c in contents
    ])
    session.expire_all()  # the rows were written past the objects that were read
