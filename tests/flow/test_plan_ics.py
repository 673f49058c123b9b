"""`giovang plan --ics`: the coming airings for a phone's calendar."""

from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from console.main import _run
from tests.builders import in_force, some_people
from worker.clock import SystemClock
from worker.db import Store
from worker.home import TRAINING_UID, create
from worker.settings import from_environment


@pytest.fixture
def monday(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A training home with the usual programme; a day in its campaign."""
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    store = Store(from_environment().database_url)
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    in_force(store)
    some_people(store)
    store.close()
    return f"{SystemClock().now() + timedelta(days=1):%d/%m/%Y}"


def test_the_file_has_every_airing_once_and_the_same_ids_again(
    monday: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A calendar that reads it again changes its events, and doubles none."""
    file = tmp_path / "lich.ics"
    uids = []
    for _ in range(2):
        assert _run(["plan", "--from", monday, "--days", "7", "--ics", str(file)]) == 0
        assert capsys.readouterr().out == ""
        events = Calendar.from_ical(file.read_bytes()).walk("VEVENT")
        assert events
        assert not [e.errors for e in events if e.errors]
        uids.append([str(e["uid"]) for e in events])

    assert uids[0] == uids[1]
    assert len(set(uids[0])) == len(uids[0])


def test_a_place_that_cannot_be_written_is_one_line(
    monday: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tep").write_text("")

    assert _run(["plan", "--from", monday, "--ics", str(tmp_path / "tep" / "a.ics")]) == 2

    err = capsys.readouterr().err
    assert "a.ics" in err
    assert len(err.splitlines()) == 1
