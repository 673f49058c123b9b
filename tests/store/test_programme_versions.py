"""Which schedules.toml is in force; both databases."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders import PROGRAMME, settings_for
from tests.conftest import START
from worker.clock import VirtualClock
from worker.db import Store
from worker.errors import UserError
from worker.home import Home, in_force
from worker.programme.versions import Taken, accept
from worker.programme.watch import Watch

NEWER = f"{PROGRAMME}\n# sửa\n"


def _accept(store: Store, text: str, *, apply: bool = False) -> Taken:
    with store.write() as session:
        return accept(session, START, text, "he-thong", apply=apply)


def _version(store: Store) -> int:
    with store.read() as session:
        return in_force(session).version


def test_the_same_text_is_one_version(store: Store) -> None:
    """Two nodes see one edit: the second finds it in force."""
    assert _accept(store, PROGRAMME) == Taken("new", stored=True)
    assert _accept(store, PROGRAMME) == Taken("same", stored=False)
    assert _version(store) == 1


def test_an_earlier_text_is_not_taken_up_by_itself(store: Store) -> None:
    """An old copy put back would silently undo what was decided since; a person may mean it."""
    _accept(store, PROGRAMME)
    _accept(store, NEWER)

    assert _accept(store, PROGRAMME) == Taken("older", stored=False)
    assert _version(store) == 2
    assert _accept(store, PROGRAMME, apply=True) == Taken("older", stored=True)
    assert _version(store) == 3


def test_a_broken_text_leaves_the_old_one_in_force(store: Store) -> None:
    _accept(store, PROGRAMME)

    with pytest.raises(UserError):
        _accept(store, PROGRAMME.replace("11:30", "25:30"))

    assert _version(store) == 1


def test_an_edit_that_names_a_gateways_file_is_taken_up(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file stands beside schedules.toml, wherever the worker was started."""
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    settings = replace(settings_for(tmp_path), var=tmp_path / "var")
    home = Home(settings, store, VirtualClock(START))
    (tmp_path / "cong.toml").write_text(
        'name = "x"\nurl = "http://127.0.0.1/{secret:key}"\nid = "id"\n'
        '[success]\npath = "s"\nequals = ["0"]\n', encoding="utf-8",
    )
    edited = PROGRAMME.replace('gateway = "sandbox"', 'gateway = "cong.toml"')
    assert edited != PROGRAMME
    settings.schedules.write_text(edited, encoding="utf-8")
    taken_up: list[str] = []
    _accept(store, PROGRAMME)

    Watch(home, lambda: taken_up.append("now")).look()

    assert taken_up == ["now"]
    assert _version(store) == 2
