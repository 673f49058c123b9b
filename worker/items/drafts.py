"""
Forms as they are being typed, kept every few seconds for whoever types them: a session that ends,
a browser that closes, two persons at one item lose nothing.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from worker.errors import Refused, UserError
from worker.i18n import t
from worker.items.files.text import MAX_TEXT
from worker.models import Draft, Person

#: somebody whose draft is younger is at it now
FRESH = timedelta(minutes=3)
#: a draft nobody came back to is thrown away after this
KEEP = timedelta(days=60)
#: drafts of one person, and characters of one: nobody types more, a script might
MOST, LARGEST = 60, 12 * MAX_TEXT
_NEW = "+"  #: before the mark of a form that has no item yet


@dataclass(frozen=True)
class Other:
    """Somebody else who is editing the same item."""

    name: str
    saved_at: datetime


def new_key() -> str:
    """A mark for a form without an item: two windows are two drafts."""
    return _NEW + secrets.token_hex(8)


def is_new_key(key: str) -> bool:
    return key.startswith(_NEW) and len(key) == 17 and key[1:].isalnum() and key.isascii()


def keep(
    session: Session, now: datetime, person: str, key: str, form: Mapping[str, list[str]],
    base: int | None,
) -> None:
    """What is typed at this moment. `base`: the version it started from; None: a new item."""
    if sum(len(v) for values in form.values() for v in values) > LARGEST:
        raise UserError(t("bản nháp", "draft"), t("dài quá", "too long"),
                        t("rút ngắn lời", "shorten the texts"))
    row = session.scalars(
        select(Draft).where(Draft.person_id == person, Draft.key == key).with_for_update()
    ).first()
    if row is None:
        if (session.scalar(select(func.count()).where(Draft.person_id == person)) or 0) >= MOST:
            raise Refused(t("bản nháp", "draft"),
                          t(f"bạn có {MOST} bản nháp chưa lưu", f"you have {MOST} drafts"),
                          t("lưu hoặc bỏ bớt ở trang Soạn tin", "save or drop some"))
        row = Draft(person_id=person, key=key, item_id=None if base is None else key)
        session.add(row)
    row.form, row.base_version, row.saved_at = dict(form), base, now
    session.flush()


def load(session: Session, person: str, key: str) -> Draft | None:
    return session.scalars(
        select(Draft).where(Draft.person_id == person, Draft.key == key)).first()


def drop(session: Session, person: str, key: str) -> None:
    """Saved as a version, or not wanted any more."""
    session.execute(delete(Draft).where(Draft.person_id == person, Draft.key == key))


def mine(session: Session, person: str) -> Iterable[Draft]:
    """What this person has typed and not saved, the newest first."""
    return session.scalars(select(Draft).where(Draft.person_id == person)
                           .order_by(Draft.saved_at.desc(), Draft.id.desc())).all()


def others(session: Session, now: datetime, item_id: str, person: str) -> list[Other]:
    """Who else is typing in this item at the moment."""
    rows = session.execute(
        select(Person.name, Draft.saved_at).join(Person, Person.id == Draft.person_id)
        .where(Draft.item_id == item_id, Draft.person_id != person, Draft.saved_at > now - FRESH)
        .order_by(Draft.saved_at.desc()))
    return [Other(name, saved_at) for name, saved_at in rows]


def tidy(session: Session, now: datetime) -> None:
    """Drafts nobody came back to."""
    session.execute(delete(Draft).where(Draft.saved_at < now - KEEP))
