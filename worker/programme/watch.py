"""
A running worker takes up an edited schedules.toml by itself. A broken edit leaves the old
programme running and raises a Sự cố that repeats daily until it is mended; a file equal to an
earlier version is not taken up by itself (somebody put an old copy back): `check --apply` does.
"""

import hashlib
from collections.abc import Callable

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import audit
from worker.alarms.store import close_alarm, raise_alarm
from worker.errors import UserError
from worker.home import SYSTEM, Home
from worker.i18n import t
from worker.models import ProgrammeVersion
from worker.programme.load import load_text

log = structlog.get_logger("giovang")

CAUSE = "programme"


class Watch:
    """Looks at the file; `taken_up` is called after a new version was stored."""

    def __init__(self, home: Home, taken_up: Callable[[], None]) -> None:
        self._home = home
        self._taken_up = taken_up
        self._seen = ""

    def look(self) -> None:
        """Read the file when it has changed since the last look."""
        path = self._home.settings.schedules
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self._broken(f"{path.name}: {error}")
            return
        sha = hashlib.sha256(text.encode()).hexdigest()
        if sha == self._seen:
            return
        self._seen = sha
        with self._home.store.read() as session:
            newest, older = _known(session, sha)
        if newest:
            self._mended()
        elif older:
            self._broken(
                t(
                    "schedules.toml trùng một bản cũ, chưa được nhận",
                    "schedules.toml equals an earlier version and was not taken up",
                ),
                t(
                    "đúng ý thì chạy `giovang check --apply --as NGƯỜI`",
                    "if it is meant, run `giovang check --apply --as PERSON`",
                ),
            )
        else:
            self._take_up(text, sha)

    def _take_up(self, text: str, sha: str) -> None:
        try:
            programme = load_text(text, "schedules.toml")
        except UserError as error:
            self._broken("; ".join(str(m) for m in error.mistakes[:3]))
            return
        if programme.settings.confirm_edits:
            self._broken(
                t(
                    "schedules.toml đã sửa, đang chờ người xác nhận",
                    "schedules.toml was edited and waits for a person",
                ),
                t(
                    "chạy `giovang check`, rồi `giovang check --apply --as NGƯỜI`",
                    "run `giovang check`, then `giovang check --apply --as PERSON`",
                ),
            )
            return
        now = self._home.clock.now()
        with self._home.store.write() as session:
            session.add(
                ProgrammeVersion(sha256=sha, text=text, accepted_at=now, accepted_by=SYSTEM)
            )
            audit.record(session, now, SYSTEM, "programme", sha[:12])
            close_alarm(session, now, CAUSE)
        log.info("programme.taken_up", sha256=sha[:12])
        self._taken_up()

    def _broken(self, what: str, fix: str = "") -> None:
        now = self._home.clock.now()
        with self._home.store.write() as session:
            raise_alarm(
                session,
                now,
                CAUSE,
                "programme",
                "serious",
                what,
                fix
                or t(
                    "sửa schedules.toml rồi chạy `giovang check`; lịch cũ vẫn chạy",
                    "mend schedules.toml, run `giovang check`; the old one runs on",
                ),
            )

    def _mended(self) -> None:
        with self._home.store.write() as session:
            close_alarm(session, self._home.clock.now(), CAUSE)


def _known(session: Session, sha: str) -> tuple[bool, bool]:
    """Whether the text is the newest version, and whether it is an earlier one."""
    versions = (
        session.execute(
            select(ProgrammeVersion.id, ProgrammeVersion.sha256).order_by(
                ProgrammeVersion.id.desc()
            )
        )
        .tuples()
        .all()
    )
    newest = bool(versions) and versions[0][1] == sha
    return newest, any(found == sha for _, found in versions[1:])
