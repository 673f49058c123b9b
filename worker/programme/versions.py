"""Programme versions: what `schedules.toml` said each time it was taken up, and by whom."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from worker import audit
from worker.alarms.store import close_alarm
from worker.db import lock_for_planning
from worker.models import ProgrammeVersion
from worker.programme.load import load_text

Standing = Literal["same", "older", "new"]

#: the Sự cố of a broken or waiting schedules.toml
CAUSE = "programme"


@dataclass(frozen=True)
class Taken:
    """Where a text stands, and whether it was taken up now."""

    standing: Standing
    stored: bool


def standing(session: Session, text: str) -> Standing:
    """Is this text in force, an earlier version put back, or new?"""
    shas = session.scalars(
        select(ProgrammeVersion.sha256).order_by(ProgrammeVersion.id.desc())
    ).all()
    sha = fingerprint(text)
    if shas and shas[0] == sha:
        return "same"
    return "older" if sha in shas else "new"


def accept(
    session: Session,
    now: datetime,
    text: str,
    person: str,
    *,
    apply: bool = False,
    home: Path = Path(),
) -> Taken:
    """
    Take the text up as the newest version. An earlier version put back is taken up only when a
    person says so (`apply`). `home` as in `load_text`. UserError: every mistake in the text.
    """
    lock_for_planning(session)  # two nodes see the same edit: the second finds it in force
    found = standing(session, text)
    stored = found == "new" or (found == "older" and apply)
    if stored:
        load_text(text, "schedules.toml", home)
        session.execute(
            insert(ProgrammeVersion),
            [
                {
                    "sha256": fingerprint(text),
                    "text": text,
                    "accepted_at": now,
                    "accepted_by": person,
                }
            ],
        )
        audit.record(session, now, person, "programme", fingerprint(text)[:12])
    if stored or found == "same":
        close_alarm(session, now, CAUSE)
    return Taken(found, stored)


def fingerprint(text: str) -> str:
    """SHA-256 (hex) of the file's text."""
    return hashlib.sha256(text.encode()).hexdigest()
