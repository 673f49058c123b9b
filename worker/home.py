"""
An installation opened: settings, database, clock, and the programme in force.

Everything that acts (a command, the worker, a test) is given a `Home`; nothing is global.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from worker import audit, migrate
from worker.clock import Clock, SystemClock
from worker.copying import marks
from worker.db import Store
from worker.errors import Refused, UserError
from worker.growth import partitions
from worker.i18n import t
from worker.models import Installation, Person, ProgrammeVersion
from worker.programme.load import load_text
from worker.programme.model import Programme
from worker.settings import Settings, from_environment

#: names training and samples are made under; a real installation gets a random one
TRAINING_UID = uuid.uuid5(uuid.NAMESPACE_URL, "giovang:tap-huan")

SYSTEM = "he-thong"  #: the actor of what the product does by itself


@dataclass
class Home:
    """An opened installation."""

    settings: Settings
    store: Store
    clock: Clock = field(default_factory=SystemClock)

    def installation(self) -> Installation:
        """Who we are."""
        with self.store.read() as session:
            return session.scalars(select(Installation)).one()

    def programme(self) -> "InForce":
        """The newest accepted programme, from the database: the same on every node."""
        with self.store.read() as session:
            return in_force(session)

    def person(self, person_id: str | None, role: str | None = None) -> Person:
        """The acting person; a wrong or missing name is refused with the names there are."""
        with self.store.read() as session:
            return acting(session, person_id, role)

    def close(self) -> None:
        self.store.close()


@dataclass(frozen=True)
class InForce:
    """A programme and the number of its version."""

    version: int
    programme: Programme


@lru_cache(maxsize=32)
def _parsed(sha256: str, text: str) -> Programme:
    del sha256  # the key; the text is the value it stands for
    return load_text(text, "schedules.toml", from_environment().home)


def in_force(session: Session) -> InForce:
    """The newest programme version; parsed once however often it is asked for."""
    row = session.scalars(
        select(ProgrammeVersion).order_by(ProgrammeVersion.id.desc()).limit(1)
    ).first()
    if row is None:
        raise UserError(
            "schedules.toml",
            t("chưa có chương trình nào được nhận", "no programme has been taken up yet"),
            t("chạy `giovang check --apply --as NGƯỜI`", "run `giovang check --apply --as PERSON`"),
        )
    return InForce(row.id, _parsed(row.sha256, row.text))


def every_programme(session: Session) -> Iterator[Programme]:
    """Every programme there was, the newest first; one that today's rules refuse is left out."""
    for version in session.scalars(
        select(ProgrammeVersion.id).order_by(ProgrammeVersion.id.desc())
    ).all():
        row = session.get_one(ProgrammeVersion, version)
        try:
            yield _parsed(row.sha256, row.text)
        except UserError:
            continue


def acting(session: Session, person_id: str | None, role: str | None = None) -> Person:
    """
    The person behind `--as`. The command line trusts the name (docs/commands.md); the
    console authenticates.
    """
    if not person_id:
        raise UserError("--as", t("chưa nói ai làm việc này", "nobody is named for this act"),
                        t("thêm `--as MÃ-NGƯỜI`", "add `--as PERSON`"))
    person = session.get(Person, person_id)
    if person is None or not person.active:
        people = select(Person.id).where(Person.active).order_by(Person.id)
        known = ", ".join(session.scalars(people))
        raise UserError(
            "--as", t(f"không có người «{person_id}»", f"no person “{person_id}”"),
            t(f"dùng một trong: {known or 'chưa có ai — giovang person add'}",
              f"use one of: {known or 'nobody yet — giovang person add'}"),
        )
    if role is not None and role not in person.roles:
        raise Refused(
            person_id, t(f"không có vai trò «{role}»", f"lacks the role “{role}”"),
            t("nhờ người có vai trò này, hoặc `giovang person add`",
              "ask somebody who has it, or `giovang person add`"),
        )
    return person


def create(
    store: Store, clock: Clock, *, training: bool, uid: uuid.UUID | None = None
) -> None:
    """Make the tables and the one row that says who we are."""
    migrate.upgrade(store)
    partitions.first(store, clock.now())
    with store.write() as session:
        establish(session, clock.now(), training=training, uid=uid)


def establish(
    session: Session, now: datetime, *, training: bool, uid: uuid.UUID | None = None
) -> None:
    """Say who we are, once; training is for ever."""
    if session.scalars(select(Installation)).first() is not None:
        return
    values: dict[str, Any] = {
        "id": 1, "uid": str(uid or uuid.uuid4()), "training": training, "epoch": 1,
        "created_at": now,
    }
    session.execute(insert(Installation), [values])
    audit.record(session, now, SYSTEM, "create", "installation", {"training": training})


def made(store: Store) -> bool:
    """
    False without tables, and where whoever made them died before saying who we are; UserError
    where a copy is under way, or the installation has moved away.
    """
    marks.refuse(store)
    if migrate.empty(store):
        return False
    with store.read() as session:
        return session.scalars(select(Installation.id)).first() is not None


def open_home(*, must_exist: bool = True, clock: Clock | None = None) -> Home:
    """The installation that the environment names; clear errors when it cannot be opened."""
    settings = from_environment()
    home = Home(settings, Store(settings.database_url), clock or SystemClock())
    if not must_exist:
        return home
    if not made(home.store):
        raise UserError(
            str(settings.home), t("chưa có cơ sở dữ liệu ở đây", "there is no database here yet"),
            t("chạy `make run` (tập huấn) hoặc `giovang golive`",
              "run `make run` (training) or `giovang golive`"),
        )
    if migrate.pending(home.store):
        raise UserError(
            settings.database_url.split("@")[-1],
            t("cơ sở dữ liệu khác phiên bản phần mềm", "the database is of another version"),
            t("chạy `giovang migrate`", "run `giovang migrate`"),
        )
    return home
