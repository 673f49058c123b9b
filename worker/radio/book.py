"""What the database holds about some stations between two days, sorted by airing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from worker.models import Batch, BulletinRow, Delivery, Item, StationChange
from worker.programme.model import Programme, Station
from worker.radio.airings import Place, RadioHour, airings, loudspeakers, radio_hours
from worker.radio.assemble import Airing, Recalled
from worker.radio.bulletin import Bulletin, airing_slug, from_json
from worker.radio.given import Given, ItemKey, Shelf, by_place, corrected_by

#: a recall this long ago is not corrected any more
CORRECT_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Book:
    """Some stations' airings."""

    shelf: Shelf
    programme: Programme
    hours: Sequence[RadioHour]
    given: Mapping[Place, list[Given]]
    rows: Mapping[Place, BulletinRow]  #: the newest number of each
    bulletins: Mapping[Place, Bulletin]  #: the same, read
    changes: Mapping[str, StationChange]
    arrived: Mapping[Place, list[Given]]
    recalled: Mapping[Place, list[Recalled]]

    def airings(self, station: Station) -> Iterator[Airing]:
        """Every airing there is a delivery, a bulletin, a change or a time for, in order."""
        times = airings(self.programme, station, self.hours)
        places = {p for there in (self.given, self.rows, self.arrived) for p in there
                  if p.station == station.id}
        yield from named([
            Airing(place, station, self.given.get(place, ()), self.changes,
                   self.arrived.get(place, ()), self.recalled.get(place, ()), times.get(place),
                   self.bulletins.get(place))
            for place in sorted({*places, *times})])


def named(found: Sequence[Airing]) -> list[Airing]:
    """
    The same with `twin`: of the airings of one station that begin in one minute the first has
    the plain name of a file. What has a bulletin keeps its name, for boxes and sticks hold it.
    """
    plain = {_minute(a) for a in found if a.earlier is not None and not a.earlier.twin}
    done = []
    for airing in found:
        twin = airing.earlier.twin if airing.earlier is not None else ""
        if airing.earlier is None:
            twin = airing_slug(airing.place.airing) if _minute(airing) in plain else ""
            plain.add(_minute(airing))
        done.append(replace(airing, twin=twin))
    return done


def _minute(airing: Airing) -> datetime | None:
    return airing.span and airing.span[0].replace(second=0, microsecond=0)


def open_book(
    session: Session, programme: Programme, stations: Sequence[Station], first: date,
    last: date, now: datetime,
) -> Book:
    """Read it, within the caller's transaction."""
    ids = [s.id for s in stations]
    shelf = Shelf(session, programme)
    changes = {
        c.delivery_id: c for c in session.scalars(select(StationChange).where(
            StationChange.station.in_(ids),
            or_(StationChange.local_date.between(first, last),
                StationChange.to_date.between(first, last))))
    }
    given = shelf.given(stations, first, last, also=changes)
    rows = {
        Place(r.station, r.local_date, r.airing): r for r in session.scalars(
            select(BulletinRow).where(
                BulletinRow.newest, BulletinRow.local_date.between(first, last),
                BulletinRow.station.in_(ids)))
    }
    arrived: dict[Place, list[Given]] = {}
    for g in given:
        change = changes.get(g.id)
        if change is not None and change.kind == "postpone" and change.to_date is not None:
            there = Place(change.station, change.to_date, change.to_airing)
            arrived.setdefault(there, []).append(g)
    bulletins = {place: from_json(row.body) for place, row in rows.items()}
    hours = radio_hours(programme, first, last)
    in_range = [g for g in given if first <= g.place.date <= last]  # what was put off came along
    return Book(shelf, programme, hours, by_place(in_range), rows, bulletins, changes, arrived,
                _recalled(shelf, stations, hours, bulletins, now))


def recalled_lately(session: Session, now: datetime) -> list[Item]:
    """Items whose recall may still have to be told."""
    return list(session.scalars(
        select(Item).where(Item.state == "recalled", Item.changed_at >= now - CORRECT_FOR)
        .order_by(Item.id)))


def told_since(item: Item, correction: tuple[datetime, ItemKey] | None) -> datetime:
    """The recall, or the correction that came after it: the next airing says so."""
    return max(item.changed_at, correction[0]) if correction else item.changed_at


def aired_before(
    session: Session, programme: Programme, item: Item, stations: Sequence[str]
) -> dict[str, ItemKey]:
    """
    Stations that had the item in an airing begun when it was recalled, and its version; those
    that read it as the correction of another, too.
    """
    loud = [c.id for c in loudspeakers(programme)]
    found = session.execute(
        select(Delivery.target, Delivery.channel, Batch.item_version)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Batch.item_id == item.id, Batch.kind == "publish", Batch.channel.in_(loud),
               Batch.opens_at <= item.changed_at, Batch.opens_at >= item.changed_at - CORRECT_FOR,
               Delivery.state.in_(("accepted", "delivered", "recalled")),
               Delivery.target.in_(stations))
        .order_by(Batch.opens_at))
    had = {target: ItemKey(item.id, version, channel) for target, channel, version in found}
    return {**_read_as_correction(session, loud, item, stations), **had}


def _read_as_correction(
    session: Session, loud: Sequence[str], item: Item, stations: Sequence[str]
) -> dict[str, ItemKey]:
    if not loud or not corrected_by(session, item.id):
        return {}
    bodies = session.execute(
        select(BulletinRow.station, BulletinRow.airing, BulletinRow.local_date, BulletinRow.body)
        .where(BulletinRow.station.in_(stations), BulletinRow.made_at < item.changed_at,
               BulletinRow.airs_at <= item.changed_at,
               BulletinRow.airs_at >= item.changed_at - CORRECT_FOR)
        .order_by(BulletinRow.number))
    read: dict[tuple[str, str, date], int | None] = {}  # by the last number there was then
    for station, airing, day, body in bodies:
        read[station, airing, day] = next(
            (s["version"] for s in body["sections"] if s.get("corrects")
             and s["item"] == item.id and s["standing"] == "airs"), None)
    return {station: ItemKey(item.id, version, loud[0])
            for (station, _, _), version in read.items() if version is not None}


def next_airings(
    session: Session, stations: Sequence[str], after: datetime
) -> dict[str, datetime]:
    """When each station airs next after this moment, of what has a bulletin."""
    return dict(session.execute(
        select(BulletinRow.station, func.min(BulletinRow.airs_at))
        .where(BulletinRow.newest, BulletinRow.airs_at > after, BulletinRow.station.in_(stations))
        .group_by(BulletinRow.station)).all())


def _recalled(
    shelf: Shelf, stations: Sequence[Station], hours: Sequence[RadioHour],
    bulletins: Mapping[Place, Bulletin], now: datetime,
) -> dict[Place, list[Recalled]]:
    """
    Airing -> what it must correct: the first one after the recall, or after somebody had it
    corrected since, at who had aired it.
    """
    session, programme = shelf.session, shelf.programme
    found: dict[Place, list[Recalled]] = {}
    for item in recalled_lately(session, now):
        ids = [s.id for s in stations]
        had = aired_before(session, programme, item, ids)
        correction = shelf.correction_of(item.id) if had else None
        since = told_since(item, correction)
        by = correction[1] if correction else None
        nexts = next_airings(session, list(had), since)
        for station in stations:
            if station.id not in had:
                continue
            times = {p: a.opens_at for p, a in airings(programme, station, hours).items()
                     if a.closes_at > now}
            times |= {p: b.airs_at for p, b in bulletins.items() if p.station == station.id}
            coming = {p: at for p, at in times.items() if at > since}
            place = min(coming, key=lambda p: (coming[p], p), default=None)
            if place is not None and coming[place] <= nexts.get(station.id, coming[place]):
                found.setdefault(place, []).append(
                    Recalled(had[station.id], item.changed_at, by))
    return found
