"""
Two workers tell of what is new at the same moment, each having seen that nobody was told: one
person hears of one thing once. They are held at the row until both have decided to tell.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from tests.builders import in_force as put_in_force
from tests.builders import settings_for, some_people
from tests.bulletins import HALF_PAST_FIVE, a_bulletin, a_section
from tests.conftest import START
from tests.store.world import a_text
from worker import nodes
from worker.alarms.notify import Senders, notify_due
from worker.alarms.store import raise_alarm
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import Home, in_force
from worker.models import Alarm, BulletinRow, Notice, StationNotice
from worker.notices import store as notices
from worker.notices.ticks import mail
from worker.programme.model import Alarms, Contact, Duty, Programme
from worker.radio.bulletin import to_json
from worker.radio.notices import find_new, tell

SECONDS = 60.0
ROSTER = (Duty(person="soan", phone="0950005678", email="truc@example.vn"),)


@dataclass
class Far:
    """Everybody whom a message may reach."""

    got: Counter[tuple[str, str]] = field(default_factory=Counter)

    def senders(self) -> Senders:
        return Senders(
            secret=str, post=lambda _url, body: self.got.update([("webhook", body["what"])]),
            mail=lambda _smtp, _to, subject, _text: self.got.update([("mail", subject)]),
            sms=lambda number, _text, key: self.got.update([(number, key)]))


@pytest.fixture
def shared(pg: Store) -> Store:
    some_people(pg)
    put_in_force(pg, a_text())
    return pg


@contextmanager
def held(store: Store, table: type[Any]) -> Iterator[Callable[[int], None]]:
    """Every row is locked; the call waits until so many wait for one of them, then lets go."""
    with store.write() as session:
        session.scalars(select(table).with_for_update()).all()

        def release(waiting: int) -> None:
            asked = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                         "AND datname = current_database()")
            for _ in range(int(SECONDS * 50)):
                with store.read() as other:
                    if other.execute(asked).scalar_one() >= waiting:
                        session.rollback()
                        return
                threading.Event().wait(0.02)
            raise AssertionError("they did not come so far")

        yield release


def both(store: Store, table: type[Any], act: Callable[[Store], object]) -> None:
    """Two workers, each with connections of its own, at once."""
    stores = [Store(store.url), Store(store.url)]
    threads = [threading.Thread(target=act, args=(mine,)) for mine in stores]
    with held(store, table) as release:
        for thread in threads:
            thread.start()
        release(len(threads))
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()
    for mine in stores:
        mine.close()


def programme(store: Store) -> Programme:
    """The programme in force with this roster, and a contact at every station."""
    with store.read() as session:
        found = in_force(session).programme
    alarms = Alarms(webhook="https://hook.example/x", smtp="smtp://localhost", duty=ROSTER)
    contact = Contact(name="Trưởng đài", phone="0950000777")
    return found.model_copy(update={
        "alarms": alarms,
        "stations": tuple(s.model_copy(update={"contacts": (contact,)}) for s in found.stations)})


def test_an_alarm(shared: Store, tmp_path: Path) -> None:
    """Five alarms: five webhooks, mails and SMS; again when the day is over: ten."""
    with shared.write() as session:
        for n in range(5):
            raise_alarm(session, START, f"c{n}", "disk", "serious", f"đĩa {n} đầy")
    far, wanted = Far(), programme(shared)
    settings = settings_for(tmp_path)

    for turn, now in enumerate((START, START + timedelta(days=1, minutes=1)), start=1):
        def act(mine: Store, now: datetime = now) -> None:
            notify_due(Home(settings, mine, VirtualClock(now)), wanted, far.senders(), now)

        both(shared, Alarm, act)

        webhooks = {what: n for (way, what), n in far.got.items() if way == "webhook"}
        assert webhooks == {f"đĩa {n} đầy": turn for n in range(5)}
        assert sum(n for (way, _), n in far.got.items() if way == "mail") == 5 * turn
        assert sum(n for (way, _), n in far.got.items() if way == "0950005678") == 5 * turn


def test_a_notice(shared: Store) -> None:
    with shared.write() as session:
        notices.write(session, START, [
            notices.Told(f"n{n}", "day", f"N{n}", "lời", organisation="*") for n in range(3)])
        notices.write(session, START, [notices.Told("a", "aired", "A", "lời", person="soan")])
    far, wanted = Far(), programme(shared)

    both(shared, Notice, lambda mine: mail(mine, wanted, far.senders(), START))

    assert far.got[("mail", "[giovang] A")] == 1
    assert max(far.got.values()) == 1


def test_a_station(shared: Store) -> None:
    """The first contact gets one SMS of an urgent bulletin."""
    bulletin = a_bulletin(sections=(a_section(priority="khan_cap"),))
    with shared.write() as session:
        session.add(BulletinRow(
            station=bulletin.station, local_date=bulletin.date, airing=bulletin.airing,
            number=bulletin.number, airs_at=bulletin.airs_at, body=to_json(bulletin),
            sha256=bulletin.sha256(), made_at=bulletin.made_at, newest=True))
    now = HALF_PAST_FIVE - timedelta(minutes=30)
    for _ in range(2):  # two workers find it
        with shared.write() as session:
            find_new(session, now, bulletin.date)
    far, wanted = Far(), programme(shared)
    sms = far.senders().sms
    assert sms is not None

    both(shared, StationNotice, lambda mine: tell(mine, now, wanted, str, sms))

    assert list(far.got.values()) == [1], far.got


def test_one_worker_tells_the_outside_watcher(shared: Store) -> None:
    """While it lives; the next one when it is silent for 90 s, or was stopped."""
    with shared.write() as session:
        nodes.register(session, START, "a")
        nodes.register(session, START, "b")

    def first(now: datetime) -> list[str]:
        with shared.read() as session:
            return [name for name in "ab" if nodes.is_first(session, now, name)]

    assert first(START) == ["a"]
    with shared.write() as session:
        nodes.register(session, START + timedelta(seconds=60), "b")
    assert first(START + timedelta(seconds=100)) == ["b"]
    with shared.write() as session:
        nodes.register(session, START + timedelta(seconds=100), "a")
        assert nodes.is_first(session, START + timedelta(seconds=100), "a")
        nodes.signed_off(session, START + timedelta(seconds=101), "a")
    assert first(START + timedelta(seconds=102)) == ["b"]
