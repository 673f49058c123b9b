"""`giovang campaign resolve` as a coordinator uses it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from console.main import _run
from tests.builders import in_force, some_people
from tests.conftest import START
from tests.store.campaigns.standing import a_campaign, states
from worker.db import Store
from worker.models import Audit, Person

WHY = ["--reason", "nhà mạng báo bằng văn bản", "--as", "dp"]


@pytest.fixture
def here(
    tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """A home with a coordinator; a campaign with two messages in doubt."""
    path = tmp_path / "var" / "tap-huan.sqlite3"
    path.parent.mkdir()
    path.write_bytes(migrated_sqlite.read_bytes())
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))
    monkeypatch.setenv("GIOVANG_VAR", str(tmp_path / "var"))
    store = Store(f"sqlite:///{path}")
    in_force(store)
    some_people(store)
    with store.write() as s:
        s.execute(insert(Person), [{"id": "dp", "name": "DP", "roles": ["dieu_phoi"],
                                    "active": True, "created_at": START}])
    a_campaign(store, "uncertain", "delivered", "uncertain")
    yield store
    store.close()


def test_a_row_and_then_all_the_rest(here: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Each is one act in the audit log, with the reason."""
    assert _run(["campaign", "resolve", "1", "--went-out", "--row", "3", *WHY]) == 0
    assert states(here) == ["uncertain", "delivered", "accepted"]

    assert _run(["campaign", "resolve", "1", "--did-not", *WHY]) == 0

    assert states(here) == ["cancelled", "delivered", "accepted"]
    assert "đã xác định 1 tin" in capsys.readouterr().err
    with here.read() as s:
        acts = s.scalars(select(Audit).where(Audit.act == "campaign_resolve")).all()
        assert [(a.actor, a.detail["rows"]) for a in acts] == [("dp", [3]), ("dp", "all")]


@pytest.mark.parametrize(("words", "code"), [
    (["1", "--went-out", "--did-not", *WHY], 2),
    (["1", *WHY], 2),
    (["1", "--went-out", "--as", "dp"], 2),
    (["9", "--went-out", *WHY], 2),
    (["1", "--went-out", "--row", "2", *WHY], 1),
    (["1", "--went-out", "--reason", "x", "--as", "soan"], 1),
], ids=["two ways", "no way", "no reason", "no such", "not in doubt", "not a coordinator"])
def test_what_cannot_be_is_refused_and_leaves_nothing(
    here: Store, words: list[str], code: int
) -> None:
    assert _run(["campaign", "resolve", *words]) == code

    assert states(here) == ["uncertain", "delivered", "uncertain"]
    with here.read() as s:
        assert s.scalars(select(Audit).where(Audit.act == "campaign_resolve")).all() == []
