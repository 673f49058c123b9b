"""
Bulletins written down, each under a number that rises only with a change after handing over.

`make_bulletins` may be called at any time, by any node, twice: what it finds to do follows
from the rows alone, and one lock lets one node at a time give out numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from worker.alarms.store import close_alarm, open_alarms, raise_alarm
from worker.clock import Clock
from worker.db import Store, lock_for_bulletins
from worker.home import InForce, in_force
from worker.i18n import t
from worker.models import BulletinDelivery, BulletinRow, Installation
from worker.programme.model import Station
from worker.radio.affected import affected
from worker.radio.airings import lead_days, loudspeakers
from worker.radio.assemble import Airing, Assembler
from worker.radio.book import open_book
from worker.radio.bulletin import Bulletin, to_json
from worker.slots import local_date

#: stations in one transaction
CHUNK = 20
#: how long a bulletin waits for the rest of what is being handed over, and for the last call
PATIENCE = timedelta(minutes=10)
#: so long before its airing nothing is waited for any more
LAST_CALL = timedelta(minutes=30)

#: a look that found something to do everywhere in a country takes long: rest so many times longer
REST = 10.0
#: cause of the Sự cố of one day's too long bulletins
LONG = "bulletin-long:"


@dataclass(frozen=True)
class Made:
    """A bulletin that was written down now."""

    id: int
    bulletin: Bulletin


@dataclass
class Desk:
    """Makes them in a running worker: at once where that is cheap, and never busy all day."""

    store: Store
    clock: Clock
    _rest_until: float = 0.0

    def tick(self, now: datetime) -> list[Made]:
        """Look, unless the last look took so long that a rest is due."""
        begun = self.clock.elapsed()
        if begun < self._rest_until:
            return []
        made = make_bulletins(self.store, now)
        ended = self.clock.elapsed()
        self._rest_until = ended + REST * (ended - begun)
        return made


def make_bulletins(store: Store, now: datetime) -> list[Made]:
    """Whatever is new, changed, recalled or left without anything to read; [] when nothing is."""
    with store.read() as session:
        force = in_force(session)
        if not loudspeakers(force.programme):
            return []
        wanted = affected(session, force, now)
    made: list[Made] = []
    stations = iter([s for s in force.programme.stations if s.id in wanted])
    while part := list(islice(stations, CHUNK)):
        with store.write() as session:
            lock_for_bulletins(session)
            if in_force(session).version != force.version:
                return made  # the next tick looks with the newer one
            done = [_write(session, b) for b in _new(session, force, part, now)]
            _tell_long(session, now, done)
        made += done
    return made


def _new(
    session: Session, force: InForce, stations: Sequence[Station], now: datetime
) -> Iterator[Bulletin]:
    today = local_date(force.programme, now)
    last = today + timedelta(days=lead_days(force.programme))
    book = open_book(session, force.programme, stations, today - timedelta(days=1), last, now)
    training = session.scalars(select(Installation.training)).one()
    assembler = Assembler(book.shelf, force.programme, training, now)
    for station in stations:
        for airing in book.airings(station):
            if _is_open(airing, today, now) and not _waits(airing, now):
                bulletin = assembler.bulletin(airing)
                if bulletin is not None:
                    yield bulletin


def _is_open(airing: Airing, today: date, now: datetime) -> bool:
    """Still served: of today or later, or of a night that is not over."""
    return airing.place.date >= today or any(g.closes_at > now for g in airing.given) or (
        airing.earlier is not None and airing.earlier.use_until > now)


def _waits(airing: Airing, now: datetime) -> bool:
    """
    More of it is being handed over, so a number now would be changed in a moment. What is
    recalled, urgent or about to air waits for nothing.
    """
    own = [g for g in airing.given if g.stage == "handed"]
    if airing.earlier is None and not own:
        return _not_due(airing, now)
    had = {s.delivery for s in airing.earlier.sections} if airing.earlier else set()
    fresh = [g for g in (*own, *airing.arrived) if g.id not in had and g.stage == "handed"]
    pending = [g for g in airing.given
               if g.stage == "pending" and g.closes_at > now and g.due_at <= now + PATIENCE]
    if not pending or not fresh or any(g.priority == "khan_cap" for g in fresh):
        return False
    if any(g.stage == "withdrawn" and g.id in had for g in airing.given):
        return False
    if min(g.opens_at for g in (*fresh, *pending)) <= now + LAST_CALL:
        return False
    return max(g.settled_at or now for g in fresh) + PATIENCE > now


def _not_due(airing: Airing, now: datetime) -> bool:
    """Nothing of its own was handed over: is it too early for what stands by, or was put off?"""
    times = airing.times
    if times is None:
        return not airing.arrived
    if not times.free or times.handed_at > now or times.closes_at <= now:
        return True
    coming = any(g.stage in ("pending", "held") and g.closes_at > now for g in airing.given)
    return coming and times.opens_at > now + LAST_CALL


def _write(session: Session, bulletin: Bulletin) -> Made:
    """The newest number of its airing; those before stay as they were."""
    session.execute(
        update(BulletinRow)
        .where(BulletinRow.station == bulletin.station, BulletinRow.local_date == bulletin.date,
               BulletinRow.airing == bulletin.airing, BulletinRow.newest)
        .values(newest=False).execution_options(synchronize_session=False)
    )
    row = BulletinRow(
        station=bulletin.station, local_date=bulletin.date, airing=bulletin.airing,
        number=bulletin.number, airs_at=bulletin.airs_at, body=to_json(bulletin),
        sha256=bulletin.sha256(), made_at=bulletin.made_at, newest=True,
    )
    session.add(row)
    session.flush()
    keys = dict.fromkeys(s.delivery for s in bulletin.airing_sections if s.delivery)
    if keys:
        session.execute(insert(BulletinDelivery), [
            {"bulletin_id": row.id, "delivery_id": key} for key in keys])
    return Made(row.id, bulletin)


def _tell_long(session: Session, now: datetime, made: Sequence[Made]) -> None:
    """
    A bulletin longer than its airing is told the evening before, not at the microphone: one
    Sự cố a day, closed when that day is over.
    """
    long = {m.bulletin.date: m.bulletin for m in made if m.bulletin.seconds > m.bulletin.limit}
    for day, b in long.items():
        raise_alarm(
            session, now, f"{LONG}{day.isoformat()}", "long_bulletin", "warning",
            t(f"bản tin {b.airing} ngày {day:%d/%m/%Y} của {b.station_name} đọc mất {b.seconds} "
              f"giây, giờ phát cho {b.limit}",
              f"bulletin {b.airing} of {day} at {b.station_name} takes {b.seconds} s to read, its "
              f"airing allows {b.limit}"),
        )
    days = [m.bulletin.date for m in made]
    for alarm in open_alarms(session) if days else ():
        if alarm.cause.startswith(LONG) and alarm.cause < f"{LONG}{min(days).isoformat()}":
            close_alarm(session, now, alarm.cause)
