"""`giovang pin` and `unpin`: one day, every week, one day less, the end."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from console.main import _run
from tests.builders import an_item, in_force, some_people
from worker.clock import SystemClock
from worker.db import Store
from worker.home import TRAINING_UID, create
from worker.items.store import import_items
from worker.models import Pin, SeriesDay
from worker.settings import from_environment


def test_an_item_is_pinned_for_a_day_or_every_week_and_taken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    store, now = Store(from_environment().database_url), SystemClock().now()
    create(store, SystemClock(), training=True, uid=TRAINING_UID)
    in_force(store)
    some_people(store)
    with store.write() as s:
        import_items(s, now, [an_item()], "soan")
    first = (now + timedelta(days=2)).date()
    days = [first + timedelta(days=7 * n) for n in range(4)]
    there = ["td-01", "--slot", "trua", "--as", "soan"]

    assert _run(["pin", *there, "--date", str(first)]) == 0
    assert _run(["pin", *there, "--date", str(days[1]), "--until", str(days[3])]) == 0
    assert "hằng tuần" in capsys.readouterr().err
    assert _run(["pin", *there, "--date", str(days[1]), "--until", str(days[2])]) == 1
    assert _run(["unpin", *there, "--date", str(first)]) == 0
    assert _run(["unpin", *there, "--date", str(days[2])]) == 0
    assert _run(["unpin", *there, "--date", str(days[3]), "--onward"]) == 0
    assert _run(["unpin", *there, "--date", str(days[3])]) == 1

    with store.read() as s:
        left = s.execute(select(SeriesDay.local_date, SeriesDay.left_out_by)
                         .order_by(SeriesDay.local_date)).all()
        assert [tuple(row) for row in left] == [(days[1], None), (days[2], "soan")]
        assert s.scalars(select(Pin)).all() == []
    store.close()
