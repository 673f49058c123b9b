"""
The sample's content approved by two fictitious persons, so that a newcomer sees a programme at
work. Only ever in a database for training.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from worker import audit
from worker.errors import Mistake, Refused
from worker.home import SYSTEM, Home, in_force
from worker.i18n import t
from worker.items.approval import approve, submit
from worker.items.files import read_items
from worker.items.store import import_all
from worker.models import Audit, Item, Person

EDITOR, LEADER = "bien-tap", "lanh-dao"
TAKEN = "sample"  #: the act in the audit chain

PERSONS: dict[str, tuple[str, tuple[str, ...]]] = {
    EDITOR: ("Người biên tập mẫu", ("nguoi_soan", "quan_tri", "dieu_phoi")),
    LEADER: ("Lãnh đạo mẫu", ("nguoi_duyet", "quan_tri")),
}


def ensure_sample_persons(session: Session, now: datetime) -> None:
    """Make the two persons where they are missing."""
    for person_id, (name, roles) in PERSONS.items():
        if session.get(Person, person_id) is None:
            values: dict[str, Any] = {"id": person_id, "name": name, "roles": list(roles),
                                      "active": True, "created_at": now}
            session.execute(insert(Person), [values])
            audit.record(session, now, SYSTEM, "person", person_id, {"roles": list(roles)})


def sample_taken(home: Home) -> bool:
    """The sample was taken in to its end, once: what persons did with it since is theirs."""
    with home.store.read() as session:
        return session.scalars(select(Audit.seq).where(Audit.act == TAKEN)).first() is not None


def take_sample(home: Home) -> tuple[Mistake, ...]:
    """`approve_sample`, and write down that it was done to the end."""
    excepted = approve_sample(home)
    with home.store.write() as session:
        audit.record(session, home.clock.now(), SYSTEM, TAKEN, "content.toml",
                     {"not_approved": len(excepted)})
    return excepted


def approve_sample(home: Home) -> tuple[Mistake, ...]:
    """
    Import the home's content/content.toml and approve what can be; returns what could not be,
    and why. Doing it again approves nothing that a person has changed, returned or recalled.
    """
    if not home.installation().training:
        raise Refused("content.toml", t("chỉ dùng khi tập huấn", "is for training only"))
    now, force = home.clock.now(), home.programme()
    programme = force.programme
    file = home.settings.home / "content" / "content.toml"
    if file.is_file():
        imported = read_items(
            file, themes=programme.themes, audiences=programme.audiences, areas=programme.areas,
            images_dir=home.settings.images,
        )
        with home.store.write() as session:
            ensure_sample_persons(session, now)
        import_all(home.store, now, imported.items, EDITOR)
    with home.store.read() as session:
        untouched = session.scalars(
            select(Item.id)
            .where(Item.version == 1, Item.author == EDITOR, Item.state.in_(("draft", "submitted")))
            .order_by(Item.id)
        ).all()
    excepted: list[Mistake] = []
    for item_id in untouched:
        try:
            with home.store.write() as session:
                approve_one(session, now, home, item_id)
        except Refused as error:
            excepted += error.mistakes
    return tuple(excepted)


def approve_one(session: Session, now: datetime, home: Home, item_id: str) -> None:
    """Submit and approve as the two fictitious persons; Refused says why it cannot be."""
    editor, leader = session.get_one(Person, EDITOR), session.get_one(Person, LEADER)
    item = session.get_one(Item, item_id)
    if item.state != "submitted":
        submit(session, now, in_force(session).programme, home.settings, item_id, editor)
    approve(session, now, item_id, leader, alone=item.needs_approvals > 1,
            reason="" if item.needs_approvals < 2 else t("mẫu tập huấn", "training sample"))
