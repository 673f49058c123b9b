"""Who is told: those who may approve, those who wrote."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import UserError
from worker.items.authority import APPROVER, authority_of, authors, may_still_approve
from worker.models import Approval, Delegation, Item, ItemVersion, Person


def approvers(session: Session, now: datetime, item: Item) -> list[Person]:
    """Whoever may say yes to this version, by their own right or a lent one, and has not yet."""
    said = set(session.scalars(select(Approval.approver).where(
        Approval.item_id == item.id, Approval.version == item.version)))
    out = authors(session, item) | said
    lent = set(session.scalars(select(Delegation.delegate).where(may_still_approve(now))))
    people = session.scalars(select(Person).where(Person.active).order_by(Person.id)).all()
    return [p for p in people if p.id not in out and (APPROVER in p.roles or p.id in lent)
            and _may(session, now, item, p, said)]


def _may(session: Session, now: datetime, item: Item, person: Person, said: set[str]) -> bool:
    try:
        authority_of(session, now, item, person, taken=said)
    except UserError:
        return False
    return True


def writers(session: Session, item_id: str, version: int, but: Iterable[str] = ()) -> list[Person]:
    """Whoever wrote or submitted this version, and is still here."""
    row = session.get(ItemVersion, (item_id, version))
    if row is None:
        return []
    ids = {row.author, row.submitted_by} - set(but)
    return list(session.scalars(
        select(Person).where(Person.id.in_({i for i in ids if i}), Person.active)
        .order_by(Person.id)))
