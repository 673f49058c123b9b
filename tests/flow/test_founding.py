"""A worker killed during its very first start: the next start finds nothing or everything."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.main import _run
from console.run import prepare
from tests.process.installation import ITEM, schedules
from worker import migrate
from worker.clock import SystemClock
from worker.db import Store
from worker.home import Home
from worker.models import Installation, Item, ProgrammeVersion
from worker.settings import from_environment


class Killed(BaseException):
    """Not an Exception: nothing in the product may catch it."""


class Dying(Store):
    """A database whose process dies right after so many commits."""

    def __init__(self, url: str, lives_for: int) -> None:
        super().__init__(url)
        self.left = lives_for

    @contextmanager
    def write(self) -> Iterator[Session]:
        if self.left == 0:
            raise Killed
        self.left -= 1
        with super().write() as session:
            yield session


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "content.toml").write_text(ITEM, encoding="utf-8")
    (tmp_path / "schedules.toml").write_text(schedules(1), encoding="utf-8")
    return tmp_path


def _home(store: Store) -> Home:
    return Home(from_environment(), store, SystemClock())


def test_a_first_start_killed_after_any_commit_is_finished_by_the_next(folder: Path) -> None:
    survived, commits = False, 0
    while not survived:
        url = f"sqlite:///{folder}/{commits}.sqlite3"
        dying = Dying(url, commits)
        try:
            prepare(_home(dying))
            survived = True
        except Killed:
            pass
        dying.close()

        store = Store(url)
        prepare(_home(store))

        with store.read() as session:
            assert session.scalars(select(Installation.training)).all() == [True]
            assert len(session.scalars(select(ProgrammeVersion.id)).all()) == 1
            assert session.scalars(select(Item.state)).all() == ["approved"], commits
        store.close()
        commits += 1
    assert commits > 4  # the rule was tried between the steps, not only before the first


def test_a_database_that_has_tables_only_is_no_installation_yet(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(from_environment().database_url)
    migrate.upgrade(store)
    store.close()

    assert _run(["status"]) == 2
    assert "chưa có cơ sở dữ liệu" in capsys.readouterr().err
