"""How a plan is written down: in short transactions, in rows that name each other. Both kinds."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.builders import PROGRAMME, an_item
from tests.fakes import InterruptedStore
from tests.store.conftest import MakeWorld
from tests.store.world import HERE, NOON, TODAY, World, a_text
from worker.db import Store, next_ids
from worker.models import Batch, Content, Delivery, Pin
from worker.planner.store import replan

LATER, LAST = TODAY + timedelta(days=20), TODAY + timedelta(days=26)


class Watched(Store):
    """Keeps how many deliveries each transaction added."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.added: list[int] = []

    @contextmanager
    def write(self) -> Iterator[Session]:
        count = select(func.count()).select_from(Delivery)
        with super().write() as session:
            before = session.scalars(count).one()
            yield session
            self.added.append(session.scalars(count).one() - before)


@pytest.mark.parametrize(("targets", "added"), [(1, [7 * 4]), (400, [403] * 7)])
def test_a_transaction_is_as_long_as_its_rows_are_many(
    make_world: MakeWorld, targets: int, added: list[int]
) -> None:
    """A week of four deliveries a day goes in at once, days of 403 one by one."""
    world = make_world(a_text(targets=targets))
    store = Watched(world.store.url)
    replan(store, world.clock.now(), "lich", since=LATER, until=LAST)
    store.close()
    assert store.added == added


def test_a_new_name_stands_from_its_first_day(make_world: MakeWorld) -> None:
    """The police of a body that is renamed at midnight: today's text and tomorrow's."""
    old = 'police = "Công an xã Lục Ngạn"\n'
    body = PROGRAMME[PROGRAMME.index("[[organisations]]"):PROGRAMME.index("[[slots]]")]
    new = body.replace(old, 'police = "Công an phường Chũ"\nvalid_from = 2026-11-25\n')
    world = make_world(a_text().replace(
        body, body.replace(old, old + "valid_to = 2026-11-24\n") + new))
    with world.store.read() as s:
        texts = [
            s.get_one(Content, world.one("website", day=day).content_sha256).payload["text"]
            for day in (TODAY, TODAY + timedelta(days=1))
        ]
    assert ["xã Lục Ngạn" in t for t in texts] == [True, False]
    assert ["phường Chũ" in t for t in texts] == [False, True]


def test_stations_get_only_what_they_speak(world: World) -> None:
    """An item in another language: read by everybody else, not handed to a station without it."""
    world.approved(an_item("td-tay", language="tay"))
    with world.store.write() as s:
        s.add(Pin(entry="canh_giac", slot="trua", local_date=TODAY, item_id="td-tay", by="soan",
                  at=world.clock.now()))
    world.plan()
    assert [len(world.deliveries(c)) for c in ("sms", "website", "loa")] == [1, 1, 0]


def test_ids_taken_beforehand_are_nobody_elses(world: World) -> None:
    """Rows written with such ids, and the next row without one: all apart, in order."""
    values = {"occurrence_id": HERE, "day": TODAY, "channel": "x", "account": "x", "item_id": "x",
              "item_version": 1, "state": "done", "priority_rank": 2, "next_attempt_at": NOON,
              "opens_at": NOON, "closes_at": NOON, "windows": []}
    with world.store.write() as s:
        highest = s.scalars(select(func.max(Batch.id))).one() or 0
        ids = next_ids(s, Batch, 2)
        s.add_all(Batch(id=ids[n], ordinal=n, **values) for n in range(2))
        s.flush()
        after = Batch(ordinal=2, **values)
        s.add(after)
        s.flush()
        assert [*ids, after.id] == [highest + 1, highest + 2, highest + 3]


def test_the_garbage_collector_rests_only_while_planning(world: World) -> None:
    """It runs again afterwards, even when planning failed."""
    seen: list[bool] = []

    def fail() -> None:
        seen.append(gc.isenabled())
        raise OSError("disk")

    store = InterruptedStore(world.store.url, fail)
    with pytest.raises(OSError, match="disk"):
        replan(store, world.clock.now(), "lich", since=LATER, until=LAST)
    store.close()
    assert (seen, gc.isenabled()) == ([False], True)


def test_the_garbage_collector_rests_until_the_last_of_two_plannings_ended(world: World) -> None:
    """The planner and a command of the console plan in one process."""
    begun, first_ended = threading.Event(), threading.Event()
    now = world.clock.now()

    def wait() -> None:
        begun.set()
        assert first_ended.wait(300)

    def other() -> None:
        store = InterruptedStore(world.store.url, wait)
        replan(store, now, "lich", since=LATER, until=LAST)
        store.close()

    thread = threading.Thread(target=other)

    def meanwhile() -> None:
        thread.start()
        assert begun.wait(300)

    store = InterruptedStore(world.store.url, meanwhile)
    replan(store, now, "lich", since=LATER, until=LAST)
    store.close()
    while_one_plans = gc.isenabled()
    first_ended.set()
    thread.join(300)
    assert (while_one_plans, gc.isenabled()) == (False, True)
