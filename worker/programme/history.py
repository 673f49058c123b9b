"""The versions of the programme there were: who put which into force, and what it changed."""

import difflib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.home import SYSTEM
from worker.i18n import t
from worker.models import Person, ProgrammeVersion
from worker.programme.choices import Choices
from worker.programme.compare import Difference, differences
from worker.programme.edit import data_of

PAGE = 30


@dataclass(frozen=True)
class Version:
    """One version in the list."""

    id: int
    accepted_at: datetime
    by: str
    said: list[Difference]
    in_force: bool


def versions(session: Session, before: int | None = None) -> tuple[list[Version], int | None]:
    """A page of them, the newest first, and where the next page begins."""
    rows = session.scalars(
        select(ProgrammeVersion)
        .where(*([ProgrammeVersion.id < before] if before is not None else []))
        .order_by(ProgrammeVersion.id.desc()).limit(PAGE + 1)).all()
    newest = session.scalar(select(func.max(ProgrammeVersion.id)))
    names = _names(session)
    found = [Version(row.id, row.accepted_at, names.get(row.accepted_by, row.accepted_by),
                     _said(session, old, row), row.id == newest)
             for row, old in zip(rows, [*rows[1:], None], strict=True)]
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


@dataclass(frozen=True)
class Told:
    """One version in full."""

    version: Version
    text: str
    lines: list[tuple[str, str]]  #: of the difference to the one before: kind, line


def told(session: Session, number: int) -> Told | None:
    """The version of this number; None: there is none."""
    row = session.get(ProgrammeVersion, number)
    if row is None:
        return None
    old = session.scalars(
        select(ProgrammeVersion).where(ProgrammeVersion.id < number)
        .order_by(ProgrammeVersion.id.desc()).limit(1)).first()
    newest = session.scalar(select(func.max(ProgrammeVersion.id)))
    by = _names(session).get(row.accepted_by, row.accepted_by)
    version = Version(row.id, row.accepted_at, by, _said(session, old, row), row.id == newest)
    return Told(version, row.text, lines_of(old.text, row.text) if old else [])


def lines_of(old: str, new: str) -> list[tuple[str, str]]:
    """The lines that differ, with two round them: "add", "drop", "same", "gap"."""
    kinds = {"+": "add", "-": "drop", " ": "same", "@": "gap"}
    found = list(difflib.unified_diff(old.split("\n"), new.split("\n"), n=2, lineterm=""))[2:]
    return [(kinds[line[0]], "" if line[0] == "@" else line[1:]) for line in found]


def _said(
    session: Session, old: ProgrammeVersion | None, new: ProgrammeVersion
) -> list[Difference]:
    if old is None:
        return []
    data = data_of(new.text)
    return differences(data_of(old.text), data, Choices(session, data))


def _names(session: Session) -> dict[str, str]:
    found = {person.id: person.name for person in session.execute(select(Person.id, Person.name))}
    return found | {SYSTEM: t("trạm phát (sửa trong tệp)", "the worker (edited in the file)")}
