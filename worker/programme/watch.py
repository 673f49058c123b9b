"""
A running worker takes up an edited schedules.toml by itself. A broken edit leaves the old
programme running and raises a Sự cố that repeats daily until it is mended; a file equal to an
earlier version is not taken up by itself (somebody put an old copy back): `check --apply` does.
"""

from collections.abc import Callable

import structlog
from sqlalchemy import func, select

from worker.alarms.store import close_alarm, raise_alarm
from worker.db import lock_for_planning
from worker.errors import UserError
from worker.home import SYSTEM, Home
from worker.i18n import t
from worker.models import ProgrammeVersion
from worker.planner.preview import preview_edit
from worker.programme.load import load_text
from worker.programme.versions import CAUSE, accept, standing

log = structlog.get_logger("giovang")


class Watch:
    """
    Looks at the file; `taken_up` is called after a new version was stored, by us or by others
    (the console, `check --apply`, another node).
    """

    def __init__(self, home: Home, taken_up: Callable[[], None]) -> None:
        self._home = home
        self._taken_up = taken_up
        self._seen = ""
        self._version = self._newest()

    def look(self) -> None:
        """Read the file; act when it has changed since the last look."""
        self._look()
        version = self._newest()
        if version != self._version:
            self._version = version
            self._taken_up()

    def _newest(self) -> int:
        with self._home.store.read() as session:
            return session.scalar(select(func.max(ProgrammeVersion.id))) or 0

    def _look(self) -> None:
        path = self._home.settings.schedules
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self._seen = ""
            self._broken(f"{path.name}: {error}")
            return
        if text != self._seen:
            self._seen = text
            self._judge(text)

    def _judge(self, text: str) -> None:
        with self._home.store.read() as session:
            found = standing(session, text)
        if found == "same":
            with self._home.store.write() as session:
                close_alarm(session, self._home.clock.now(), CAUSE)
        elif found == "older":
            self._broken(
                t(
                    "schedules.toml trùng một bản cũ, chưa được nhận",
                    "schedules.toml equals an earlier version and was not taken up",
                ),
                t(
                    "xem và nhận ở trang Cấu hình, hoặc `giovang check --apply --as NGƯỜI`",
                    "see to it under Settings, or `giovang check --apply --as PERSON`",
                ),
                text,
            )
        else:
            self._take_up(text)

    def _take_up(self, text: str) -> None:
        now = self._home.clock.now()
        try:
            programme = load_text(text, "schedules.toml", self._home.settings.home)
        except UserError as error:
            self._broken("; ".join(str(m) for m in error.mistakes[:3]))
            return
        with self._home.store.read() as session:
            near = preview_edit(session, programme, now) if programme.settings.confirm_edits else []
        if near:
            self._broken(
                t(
                    f"schedules.toml đã sửa, đổi {len(near)} lượt trong 24 giờ tới, đang "
                    "chờ người xác nhận",
                    f"an edit of schedules.toml changes {len(near)} occurrences within "
                    "24 hours and waits for a person",
                ),
                t(
                    "xem và nhận ở trang Cấu hình, hoặc `giovang check --apply --as NGƯỜI`",
                    "see to it under Settings, or `giovang check --apply --as PERSON`",
                ),
                text,
            )
            return
        with self._home.store.write() as session:
            taken = accept(session, now, text, SYSTEM, home=self._home.settings.home)
        if taken.stored:
            log.info("programme.taken_up")

    def _broken(self, what: str, fix: str = "", waiting: str = "") -> None:
        """`waiting`: the text, if it only waits for a person; one may be taking it up just now."""
        now = self._home.clock.now()
        with self._home.store.write() as session:
            lock_for_planning(session)  # the console writes the file before it commits
            if waiting and standing(session, waiting) == "same":
                close_alarm(session, now, CAUSE)
                return
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
