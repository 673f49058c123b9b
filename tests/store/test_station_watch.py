"""Every twenty seconds the worker looks at all stations, and reads no bulletin a second time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import event, select

from tests.builders import settings_for
from tests.bulletins import HALF_PAST_FIVE, a_bulletin, a_section
from tests.store.world import World
from worker.alarms.notify import Senders
from worker.home import Home
from worker.models import Alarm, BulletinRow, StationNotice
from worker.radio import fetches
from worker.radio.bulletin import Bulletin, to_json
from worker.radio.ticks import Ticks

MINUTE = timedelta(minutes=1)


def ticks_of(world: World) -> Ticks:
    return Ticks(Home(replace(settings_for(world.var), var=world.var), world.store, world.clock))


def look(world: World, ticks: Ticks) -> int:
    """How many bulletins were read by one look."""
    with bodies_read(world) as read:
        ticks.stations(world.clock.now(), Senders(str, sms=lambda *_: None))
    return len(read)


@contextmanager
def bodies_read(world: World) -> Iterator[list[object]]:
    """The rows loaded meanwhile, each with its body."""
    read: list[object] = []

    def loaded(row: BulletinRow, *_: object) -> None:
        read.append(row.id)

    event.listen(BulletinRow, "load", loaded)
    try:
        yield read
    finally:
        event.remove(BulletinRow, "load", loaded)


def kept(world: World, *bulletins: Bulletin) -> list[int]:
    with world.store.write() as s:
        rows = [BulletinRow(station=b.station, local_date=b.date, airing=b.airing,
                            number=b.number, airs_at=b.airs_at, body=to_json(b),
                            sha256=b.sha256(), made_at=b.made_at, newest=True)
                for b in bulletins]
        for row in rows:
            for old in s.scalars(select(BulletinRow).where(
                    BulletinRow.station == row.station, BulletinRow.airing == row.airing)):
                old.newest = False
            s.flush()
            s.add(row)
            s.flush()
        return [row.id for row in rows]


def kinds(world: World) -> list[str]:
    with world.store.read() as s:
        return list(s.scalars(select(StationNotice.kind).order_by(StationNotice.id)))


def alarms(world: World) -> list[str]:
    with world.store.read() as s:
        return sorted(s.scalars(select(Alarm.severity).where(Alarm.kind == "unconfirmed")))


def test_an_idle_minute_reads_no_bulletin(world: World) -> None:
    """Neither of what is to come, nor of what was aired and never confirmed."""
    ordinary = a_bulletin("dai-tan-son"), a_bulletin("dai-ben-thanh")
    urgent = a_bulletin(sections=(a_section(priority="khan_cap"),))
    withdrawn = a_bulletin("dai-nui-dat", sections=(
        a_section(), a_section(item="td-02", priority="khan_cap", standing="recalled")))
    kept(world, *ordinary, urgent, withdrawn)
    ticks = ticks_of(world)
    assert (look(world, ticks), kinds(world)) == (3, ["urgent"])  # two judged, one told
    assert look(world, ticks) == 0

    world.to(HALF_PAST_FIVE + 61 * MINUTE)
    assert look(world, ticks) == 5  # their time has come: each is read once; one is told again
    assert look(world, ticks) == 0
    assert alarms(world) == ["serious"]
    world.to(HALF_PAST_FIVE + 151 * MINUTE)  # 08:01: all of it is still known
    assert look(world, ticks) == 0
    assert alarms(world) == ["serious", "warning"]


def test_a_change_is_told_when_the_old_copy_becomes_known_afterwards(world: World) -> None:
    """Who fetched number 1 is written down a moment later than number 2 is made."""
    [old] = kept(world, a_bulletin(sections=(a_section(), a_section(item="td-02"))))
    ticks = ticks_of(world)
    kept(world, a_bulletin(number=2, replaces=1))
    assert (look(world, ticks), kinds(world)) == (0, [])
    with world.store.write() as s:
        fetches.fetched(s, world.clock.now(), [old], "pdf")
    look(world, ticks)
    assert kinds(world) == ["changed"]
    assert look(world, ticks) == 0


def test_an_urgent_bulletin_made_between_two_looks_is_told(world: World) -> None:
    kept(world, a_bulletin("dai-tan-son"))
    ticks = ticks_of(world)
    look(world, ticks)
    kept(world, a_bulletin(sections=(a_section(priority="khan_cap"),)))
    look(world, ticks)
    assert kinds(world) == ["urgent"]
