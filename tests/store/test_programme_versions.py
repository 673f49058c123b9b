"""Which schedules.toml is in force; both databases."""

import pytest

from tests.builders import PROGRAMME
from tests.conftest import START
from worker.db import Store
from worker.errors import UserError
from worker.home import in_force
from worker.programme.versions import Taken, accept

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
