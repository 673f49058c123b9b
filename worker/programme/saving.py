"""
An edited programme put into force: `schedules.toml` written and its text taken up in one act.

The file is the truth, and people edit it by hand, too. So nothing is written while the file says
something else than the version in force: that is first taken up, or put back.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import audit
from worker.alarms.store import close_alarm
from worker.db import lock_for_planning
from worker.errors import Mistake, Refused, UserError
from worker.home import Home
from worker.i18n import t
from worker.models import ProgrammeVersion
from worker.programme import disk, private
from worker.programme.load import load_text
from worker.programme.versions import CAUSE, accept, fingerprint, standing

#: copies of files that were put back, below var/
COPIES = "schedules-cu"

FileState = Literal["same", "older", "new", "broken", "unreadable"]


@dataclass(frozen=True)
class FileNow:
    """How the file on the disk stands to the version in force."""

    state: FileState
    text: str = ""
    mistakes: tuple[Mistake, ...] = ()
    hindrance: str = ""  #: why it cannot be written

    @property
    def editable(self) -> bool:
        return self.state == "same" and not self.hindrance


class Moved(Refused):
    """The programme or the file changed since the form was filled."""

    def __init__(self) -> None:
        super().__init__(
            "schedules.toml",
            t("có người vừa sửa chương trình", "somebody has just changed the programme"),
            t("mở lại trang, xem bản mới rồi làm lại", "open the page again and look at it"))


def newest(session: Session) -> ProgrammeVersion:
    """The version in force."""
    return session.scalars(
        select(ProgrammeVersion).order_by(ProgrammeVersion.id.desc()).limit(1)).one()


def look(session: Session, home: Home) -> FileNow:
    """The file as it is now; nothing is changed."""
    path = home.settings.schedules
    try:
        text = disk.plain(path.read_bytes())
    except OSError as error:
        return FileNow("unreadable", mistakes=(Mistake(path.name, error.strerror or str(error)),))
    except UnicodeDecodeError:
        return FileNow("unreadable", mistakes=(
            Mistake(path.name, t("không phải UTF-8", "is not UTF-8")),))
    hindrance = disk.hindrance(path)
    if text == newest(session).text:
        return FileNow("same", text, hindrance=hindrance)
    try:
        load_text(text, path.name, home.settings.home)
    except UserError as error:
        return FileNow("broken", text, error.mistakes, hindrance)
    return FileNow("older" if standing(session, text) == "older" else "new", text,
                   hindrance=hindrance)


def save(home: Home, base: int, by: str, text: str) -> None:
    """
    Write the text to the file and put it into force; `base` is the version it was made from.

    Raises:
        Moved: another version is in force, or the file says something else. Nothing is changed.
        UserError: every mistake in the text; or the file cannot be written.
    """
    path, now = home.settings.schedules, home.clock.now()
    old = _bytes(path)
    written: bytes | None = None
    try:
        with home.store.write() as session:
            lock_for_planning(session)
            force = newest(session)
            if force.id != base or disk.plain(old) != force.text or _bytes(path) != old:
                raise Moved
            accept(session, now, text, by, apply=True, home=home.settings.home)
            data = disk.as_written(old, text)
            disk.replace(path, data)
            written = data
    except BaseException:
        if written is not None and _bytes(path) == written:  # not committed: as before
            disk.replace(path, old)
        raise
    with home.store.read() as session:
        private.tidy(session, home, now)


def take_up(home: Home, seen: str, by: str) -> None:
    """Put the file's text into force, as `check --apply` does; `seen`: the text's fingerprint."""
    path, now = home.settings.schedules, home.clock.now()
    text = disk.plain(_bytes(path))
    if fingerprint(text) != seen:
        raise Moved
    with home.store.write() as session:
        accept(session, now, text, by, apply=True, home=home.settings.home)


def put_back(home: Home, seen: str, by: str) -> Path:
    """Write the version in force into the file; gives the copy kept of what stood there."""
    path, now = home.settings.schedules, home.clock.now()
    old = _bytes(path)
    if fingerprint(_plain_or_raw(old)) != seen:
        raise Moved
    with home.store.write() as session:
        lock_for_planning(session)
        text = newest(session).text
        name = f"schedules-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}.toml"
        copy = home.settings.var / COPIES / name
        disk.write_new(copy, old, 0o600)
        audit.record(session, now, by, "programme_file", fingerprint(text)[:12])
        close_alarm(session, now, CAUSE)
        disk.replace(path, text.encode())
    return copy


def file_seen(now: FileNow, path: Path) -> str:
    """What a form that resolves the file's state has to send back."""
    return fingerprint(now.text or _plain_or_raw(_bytes(path))) if path.is_file() else ""


def _plain_or_raw(data: bytes) -> str:
    try:
        return disk.plain(data)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(str(path), error.strerror or str(error),
                        t("đặt lại tệp này trên máy chủ",
                          "put the file back on the server")) from error
