"""A small installation in one object: programme, approved items, fake channels, a clock."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.builders import PROGRAMME, an_item, settings_for, some_people
from tests.conftest import START
from tests.fakes import (
    AskableChannel,
    FakeChannel,
    FakeOffice,
    FarSide,
    RecallableChannel,
    Recorder,
)
from worker import nodes
from worker.alarms.store import open_alarms
from worker.clock import VirtualClock
from worker.db import Store, store_now
from worker.dispatcher import Dispatcher, Pool
from worker.engines.embedded import Inline
from worker.home import in_force
from worker.housekeeping import Housekeeping
from worker.items import approval
from worker.items.model import ItemContent
from worker.items.store import import_items
from worker.models import Attempt, Batch, Delivery, Event, Occurrence, Person, ProgrammeVersion
from worker.outbox.units import Worker
from worker.planner.store import Report, replan

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
#: the first noon slot, 11:30 to 13:00 in Vietnam
NOON = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
CLOSES = NOON + timedelta(minutes=90)
TODAY = date(2026, 11, 24)
#: a stand-by that nobody has written yet
NOBODY = 'stand_by = "chua-co"\n'
HERE = f"canh_giac/trua/{TODAY}/1"

_SMS_TARGET = """[[channels.targets]]
id = "to-1"
name = "Tổ 1"
address = "0950000101"
organisation = "luc-ngan"
"""


def a_text(*, targets: int = 1, rate: float | None = None, **replacing: str) -> str:
    """The programme of builders.py with so many SMS targets; `replacing`: old=new pieces."""
    more = "".join(
        _SMS_TARGET.replace("to-1", f"to-{n}").replace("0950000101", f"09500{n:05d}")
        for n in range(2, targets + 1))
    text = PROGRAMME.replace(_SMS_TARGET, _SMS_TARGET + more)
    if rate is not None:
        text = text.replace('secrets = { key = "env:KEY" }',
                            f'secrets = {{ key = "env:KEY" }}\nrate = {rate}')
    for old, new in replacing.items():
        found = _NAMED[old]
        assert found in text
        text = text.replace(found, new)
    return text


_NAMED = {
    "when": 'id = "canh_giac"\n', "noon": 'start = "11:30"\nend = "13:00"\n',
    "on": 'channels = ["sms", "facebook", "website", "loa"]', "themes": 'themes = ["thu_doan"]',
    "zone": 'timezone = "Asia/Ho_Chi_Minh"', "at": 'slots = ["trua"]',
    "stand_by": 'stand_by = "td-01"\n', "repeat": "days_without_repeat = 0",
}


@dataclass
class World:
    """What a test of the outbox or the planner needs."""

    store: Store
    clock: VirtualClock
    var: Path
    far: FarSide = field(default_factory=FarSide)
    seen: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        self.seen.store = self.store
        with self.store.read() as s:
            self.people = {p.id: p for p in s.scalars(select(Person))}
        self.fakes: dict[str, Any] = {
            "sms": FakeChannel("sms", self.far),
            "facebook": RecallableChannel("facebook", self.far),
            "website": RecallableChannel("website", self.far, idempotent=True, key_lifetime=86400),
            "loa": RecallableChannel("loa", self.far, idempotent=True, key_lifetime=86400),
            "askable": AskableChannel("askable", self.far),
        }

    # ------------------------------------------------------------------ given

    def programme(self, text: str) -> None:
        """This programme is in force from now on."""
        with self.store.write() as s:
            s.add(ProgrammeVersion(sha256=f"{abs(hash(text)):064d}"[:64], text=text,
                                   accepted_at=self.clock.now(), accepted_by="soan"))

    def approved(self, *contents: ItemContent) -> None:
        """Items as they are after two persons were at them."""
        now = self.clock.now()
        with self.store.write() as s:
            programme = in_force(s).programme
            import_items(s, now, contents, "soan")
            for content in contents:
                approval.submit(s, now, programme, settings_for(self.var), content.id,
                                self.people["soan"])
                approval.approve(s, now, content.id, self.people["duyet"])

    def office(self) -> FakeOffice:
        with self.store.read() as s:
            force = in_force(s)
        return FakeOffice(settings_for(self.var), self.store, self.clock, True, None, force,
                          fakes=self.fakes).open()

    def worker(self, name: str = "may-1") -> Worker:
        """A new life of this node."""
        with self.store.write() as s:
            return nodes.register(s, store_now(s, self.clock), name)

    # ------------------------------------------------------------------ when

    def plan(self) -> Report:
        return replan(self.store, self.clock.now(), "lich")

    def dispatcher(
        self, channel: str = "sms", *, pool: Pool | None = None, worker: Worker | None = None
    ) -> Dispatcher:
        return Dispatcher(self.office(), channel, worker or self.worker(), pool or Inline(),
                          self.seen)

    def run(self, channel: str = "sms", dispatcher: Dispatcher | None = None) -> None:
        """Turns until there is nothing to do at once; pace and waits move the clock."""
        dispatcher = dispatcher or self.dispatcher(channel)
        for _ in range(500):
            if not dispatcher.turn():
                return
            dispatcher.wait(threading.Event())
        raise AssertionError("the dispatcher never comes to rest")

    def house(self, worker: Worker | None = None) -> Housekeeping:
        return Housekeeping(self.office(), worker or self.worker(), self.var)

    def to(self, moment: datetime) -> None:
        self.clock.advance_to(moment)

    # ------------------------------------------------------------------ then

    def deliveries(self, channel: str = "sms", *, day: date = TODAY, kind: str = "publish",
                   ) -> list[Delivery]:
        with self.store.read() as s:
            return list(s.scalars(
                select(Delivery).where(Delivery.channel == channel, Delivery.day == day,
                                       Delivery.kind == kind)
                .order_by(Delivery.version, Delivery.target)))

    def states(self, channel: str = "sms", **which: Any) -> list[str]:
        return [d.state for d in self.deliveries(channel, **which)]

    def one(self, channel: str = "sms", **which: Any) -> Delivery:
        [delivery] = self.deliveries(channel, **which)
        return delivery

    def batches(self, channel: str = "sms", *, day: date = TODAY) -> list[Batch]:
        with self.store.read() as s:
            return list(s.scalars(select(Batch).where(Batch.channel == channel, Batch.day == day)
                                  .order_by(Batch.id)))

    def occurrence(self, occurrence_id: str = HERE) -> Occurrence:
        with self.store.read() as s:
            return s.get_one(Occurrence, occurrence_id)

    def attempts(self) -> list[Attempt]:
        with self.store.read() as s:
            return list(s.scalars(select(Attempt).order_by(Attempt.begun_at, Attempt.number)))

    def events(self, occurrence_id: str = HERE) -> list[str]:
        with self.store.read() as s:
            return list(s.scalars(select(Event.kind).where(Event.occurrence_id == occurrence_id)
                                  .order_by(Event.seq)))

    def alarms(self) -> set[str]:
        with self.store.read() as s:
            return {a.cause for a in open_alarms(s)}


def a_world(store: Store, clock: VirtualClock, var: Path, text: str | None = None) -> World:
    """Eight in the morning, one approved item, planned."""
    assert clock.now() == START
    some_people(store)
    world = World(store, clock, var)
    world.programme(text or a_text())
    world.approved(an_item())
    world.plan()
    return world
