"""
Numbers and addresses of persons that a form brought: each in a file of its own below var/, named
in `schedules.toml` as `file:…`. A new number is a new file, so that an earlier version of the
programme still finds its own; what no version of the last months names is deleted.
"""

import re
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.scrub import mask_phone
from vietnamese import phone
from worker.home import Home
from worker.i18n import english, t
from worker.models import ProgrammeVersion
from worker.office import MissingSecretError, resolve_secret
from worker.programme.disk import write_new
from worker.settings import Settings

FOLDER = "so-may"
#: a version of the programme older than this is not gone back to with its numbers
KEPT = timedelta(days=90)
#: stands for a number that is not written yet, while a change is only looked at
PENDING = "file:so-may/moi"

_EMAIL = re.compile(r"[^@\s\"<>(),;:]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def read(kind: str, text: str) -> tuple[str, str]:
    """The number or address as it is kept, and '' or what is wrong with it."""
    if kind == "email":
        good = _EMAIL.fullmatch(text) is not None and text.isascii()
        return text, "" if good else t("không phải địa chỉ thư điện tử", "is no e-mail address")
    found = phone.parse(text, "en" if english() else "vi")
    if found.e164 is None:
        return text, found.error or "?"
    return "0" + found.e164.removeprefix("+84"), ""


def keep(settings: Settings, kind: str, text: str) -> str:
    """Write it into a new file, readable by us alone; gives the reference."""
    path = settings.var / FOLDER / secrets.token_hex(8)
    write_new(path, (read(kind, text)[0] + "\n").encode(), 0o600)
    return _reference(settings, path)


def masked(home: Path, reference: str) -> str:
    """What a page shows of it: the last digits, or why there are none."""
    if not reference:
        return ""
    try:
        value = resolve_secret(reference, home)
    except MissingSecretError:
        return t("chưa đọc được số", "cannot be read")
    name, _, host = value.partition("@")
    return f"{name[:1]}•••@{host}" if host else mask_phone(value)


def tidy(session: Session, home: Home, now: datetime) -> None:
    """Delete what no programme of the last months names."""
    folder = home.settings.var / FOLDER
    if not folder.is_dir():
        return
    newest = select(ProgrammeVersion.text).order_by(ProgrammeVersion.id.desc()).limit(1)
    texts = [*session.scalars(newest), *session.scalars(
        select(ProgrammeVersion.text).where(ProgrammeVersion.accepted_at > now - KEPT))]
    for path in folder.iterdir():
        if not any(path.name in text for text in texts):
            path.unlink(missing_ok=True)


def _reference(settings: Settings, path: Path) -> str:
    return f"file:{path.relative_to(settings.home) if path.is_relative_to(settings.home) else path}"
