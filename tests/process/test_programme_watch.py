"""A running worker and the file schedules.toml: good edits in, bad and old ones not."""

from pathlib import Path

from sqlalchemy import func, select

from tests.process.installation import Installation, installed, schedules, until
from worker.models import ProgrammeVersion

CAUSE = "programme"

SEGMENT = """
[[segments]]
id = "them"
name = "Thêm"
themes = ["thu_doan"]
slots = ["bay-gio"]
channels = ["sms"]
days_without_repeat = 0
stand_by = "td-01"
"""


def _versions(made: Installation) -> int:
    with made.store.read() as session:
        return session.scalars(select(func.count()).select_from(ProgrammeVersion)).one()


def _edit(made: Installation, text: str) -> None:
    """As an editor saves: whole, in one move."""
    draft = made.home / "schedules.toml.new"
    draft.write_text(text, encoding="utf-8")
    draft.replace(made.home / "schedules.toml")


def test_edits_of_the_programme(tmp_path: Path, sqlite_url: str) -> None:
    """
    A good edit is taken up by itself; a broken one leaves the old programme running and raises
    an alarm until it is mended; an old copy put back is not taken up.
    """
    first = schedules(2)
    with installed(tmp_path, sqlite_url, first) as made:
        worker = made.start().running()
        until("the slot is out", lambda: made.finished(2, "sms"))

        # a good edit: one segment more in the slot that is open
        good = first + SEGMENT
        _edit(made, good)
        until("the edit is taken up", lambda: _versions(made) == 2)
        until("it is sent", lambda: made.finished(4, "sms"))

        # a broken edit
        _edit(made, good.replace('timezone = "Etc', 'timezone = "Sao Hoa'))
        until("an alarm is raised", lambda: CAUSE in made.open_alarms())
        assert "schedules.toml" in made.open_alarms()[CAUSE]
        assert _versions(made) == 2

        # mended
        _edit(made, good)
        until("the alarm closes", lambda: CAUSE not in made.open_alarms())
        assert _versions(made) == 2

        # an old copy put back
        _edit(made, first)
        until("it is told", lambda: CAUSE in made.open_alarms())
        assert _versions(made) == 2
        assert worker.end() == 0
        assert len(made.taken("sms")) == 4

