"""Statements compiled once give what SQLAlchemy's own way gives. Both databases."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, or_, select, update

from worker.db import Store
from worker.given import one_of
from worker.models import Event, Occurrence
from worker.outbox.many import Many, One

NOW = datetime(2026, 11, 24, 8, 0, 0, 250000, tzinfo=UTC)
NAMES = ("id", "entry", "slot", "local_date", "run", "item_id", "item_version", "picked_by",
         "priority", "purpose", "opens_at", "closes_at", "late", "when_uncertain",
         "cancelled_at", "programme_version", "event_seq", "event_head")


def occurrence(name: str, **other: Any) -> dict[str, Any]:
    return {
        "id": name, "entry": name, "slot": "-", "local_date": date(2026, 11, 24), "run": 1,
        "item_id": "tin", "item_version": 1, "picked_by": "rotate", "priority": "uu_tien",
        "purpose": "cong_ich", "opens_at": NOW, "closes_at": NOW, "late": "publish",
        "when_uncertain": "hold", "cancelled_at": None, "programme_version": 1, "event_seq": 0,
        "event_head": "", **other,
    }


def test_values_come_back_as_they_were_given(store: Store) -> None:
    """Moments, dates, JSON, nothing: also where one row's value is not the row's before."""
    later, detail = NOW + timedelta(hours=1), {"ghi": "«khẩn» 100 %", "n": [1, None]}
    rows = [occurrence("a"), occurrence("b", opens_at=later, cancelled_at=later),
            occurrence("c")]
    with store.write() as s:
        Many(insert(Occurrence), *NAMES).execute(s, rows)
        Many(insert(Event), "occurrence_id", "seq", "at", "actor", "kind", "delivery_id",
             "detail", "prev", "hash").execute(s, [{
                 "occurrence_id": "a", "seq": 1, "at": NOW, "actor": "x", "kind": "k",
                 "delivery_id": None, "detail": detail, "prev": "", "hash": "h"}])

    with store.read() as s:
        found = s.scalars(select(Occurrence).order_by(Occurrence.id)).all()
        assert [{name: getattr(o, name) for name in NAMES} for o in found] == rows
        assert s.scalars(select(Event.detail)).all() == [detail]


def test_a_value_may_stand_in_several_places_beside_the_statements_own(store: Store) -> None:
    """An UPDATE that gives rows back, with a name twice and values of its own."""
    rule = One(
        update(Occurrence)
        .where(or_(Occurrence.id == bindparam("b_id"), Occurrence.entry == bindparam("b_id")),
               Occurrence.slot == "-")
        .values(run=Occurrence.run + bindparam("b_more"), late="skip")
        .returning(Occurrence.id, Occurrence.run)
    )
    with store.write() as s:
        Many(insert(Occurrence), *NAMES).execute(s, [occurrence("a"), occurrence("b")])
        assert [tuple(row) for row in rule.rows(s, b_id="b", b_more=4)] == [("b", 5)]

    with store.read() as s:
        assert dict(s.execute(select(Occurrence.id, Occurrence.late)).all()) == {
            "a": "publish", "b": "skip"}


def test_many_rows_may_go_with_values_of_the_statement(store: Store) -> None:
    """An UPDATE whose rows give only what differs."""
    cancel = Many(
        update(Occurrence).where(Occurrence.id == bindparam("b_id"))
        .values(cancelled_at=bindparam("b_now"), event_head="x"))
    with store.write() as s:
        Many(insert(Occurrence), *NAMES).execute(s, [occurrence(x) for x in "abc"])
        cancel.execute(s, [{"b_id": "a", "b_now": NOW}, {"b_id": "c", "b_now": NOW}])
        cancel.execute(s, [])

    with store.read() as s:
        rows = s.execute(select(Occurrence.id, Occurrence.cancelled_at, Occurrence.event_head))
        assert sorted((a, b is not None, c) for a, b, c in rows) == [
            ("a", True, "x"), ("b", False, ""), ("c", True, "x")]


@pytest.mark.parametrize(("wanted", "found"), [
    ([], set()), (["a"], {"a"}), (["b", "a", "nobody"], {"a", "b"}),
    (['o"\\\'{,}', "NULL"], {'o"\\\'{,}'}),
])
def test_one_of_finds_exactly_the_texts_given(
    store: Store, wanted: list[str], found: set[str]
) -> None:
    """Also none, unknown ones, and signs that mean something in JSON or in an array."""
    ask = select(Occurrence.id).where(one_of(Occurrence.id, "ids"))
    with store.write() as s:
        Many(insert(Occurrence), *NAMES).execute(
            s, [occurrence(x) for x in ("a", "b", 'o"\\\'{,}')])
        assert set(s.connection().execute(ask, {"ids": wanted}).scalars()) == found
        assert {key for (key,) in One(ask).rows(s, ids=wanted)} == found
