"""What the database itself refuses, whatever code forgets to ask. Both databases."""

from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from tests.conftest import START
from worker import audit
from worker.db import Store
from worker.models import Alarm, Item, StopOrder


def _item(**changes: Any) -> dict[str, Any]:
    return {
        "id": "td-01", "version": 1, "state": "draft", "title": "T", "theme": "thu_doan",
        "priority": "thong_thuong", "needs_approvals": 1, "author": "a", "created_at": START,
        "changed_at": START, **changes,
    }


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor='x'", "DELETE FROM audit"])
def test_audit_is_append_only(store: Store, statement: str) -> None:
    with store.write() as s:
        audit.record(s, START, "a", "act", "subject")

    with pytest.raises(DBAPIError, match="append-only"), store.write() as s:
        s.execute(text(statement))


def test_training_never_becomes_real(store: Store) -> None:
    with pytest.raises(DBAPIError, match="training never changes"), store.write() as s:
        s.execute(text("UPDATE installation SET training = NOT training"))


def test_an_item_without_approval_cannot_be_approved(store: Store) -> None:
    with store.write() as s:
        s.execute(insert(Item), [_item()])

    with pytest.raises(DBAPIError, match="item lacks approvals"), store.write() as s:
        s.execute(text("UPDATE item SET state = 'approved'"))


def test_one_person_cannot_start_again_alone(store: Store) -> None:
    with pytest.raises(DBAPIError, match="two_persons"), store.write() as s:
        s.execute(insert(StopOrder), [{
            "channel": "*", "reason": "r", "by": "a", "at": START,
            "first_start_by": "a", "second_start_by": "a",
        }])


def test_one_cause_is_one_open_alarm(store: Store) -> None:
    row = {"cause": "c", "kind": "disk", "severity": "serious", "what": "w", "fix": "f",
           "first_at": START, "last_at": START, "count": 1, "told": []}
    with store.write() as s:
        s.execute(insert(Alarm), [row])

    with pytest.raises(DBAPIError), store.write() as s:
        s.execute(insert(Alarm), [row])


def test_a_changed_audit_row_shows(store: Store) -> None:
    with store.write() as s:
        for act in ("one", "two", "three"):
            audit.record(s, START, "a", act, "subject")
        assert audit.verify(s) is None

    with store.write() as s:
        if store.sqlite:
            s.execute(text("DROP TRIGGER audit_no_update"))
        else:
            s.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        s.execute(text("UPDATE audit SET act = 'forged' WHERE seq = 2"))

        assert audit.verify(s) == 2
