"""An installation for training, and a real one."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.builders import settings_for
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import Home
from worker.models import Installation


@pytest.fixture
def home(store: Store, tmp_path: Path, clock: VirtualClock) -> Home:
    return Home(replace(settings_for(tmp_path), var=tmp_path / "var"), store, clock)


@pytest.fixture
def live(home: Home) -> Home:
    """A real installation: only there codes are required."""
    with home.store.write() as session:
        where = "" if home.store.sqlite else " ON installation"
        session.connection().exec_driver_sql(f"DROP TRIGGER installation_training{where}")
        session.execute(update(Installation).values(training=False))
    return home
