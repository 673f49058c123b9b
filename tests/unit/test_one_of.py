"""`one_of` on SQLite: asked for by the index, however the statement goes on."""

from sqlalchemy import create_engine, select, text
from sqlalchemy.dialects import sqlite

from worker.given import one_of
from worker.models import Delivery
from worker.models.base import Base


def test_the_index_answers_it() -> None:
    """Not every delivery there ever was is read for the eight that were just answered."""
    ask = select(Delivery.state).where(one_of(Delivery.id, "ids"), Delivery.detail == "")
    sql = ask.compile(dialect=sqlite.dialect(paramstyle="named"))
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)

    with engine.connect() as connection:
        plan = connection.execute(
            text(f"EXPLAIN QUERY PLAN {sql}"), {"ids": "[]", "detail_1": ""}).all()

    engine.dispose()
    assert "SEARCH delivery USING INDEX" in plan[0].detail
