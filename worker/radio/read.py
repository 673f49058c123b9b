"""What a station is shown: the newest numbers, what is planned, what stands by."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.home import InForce
from worker.models import BulletinRow, Installation
from worker.radio.acceptance import acceptance_of
from worker.radio.airings import Place
from worker.radio.assemble import Airing, Assembler
from worker.radio.book import open_book
from worker.radio.bulletin import Bulletin


def bulletins_for(
    session: Session, force: InForce, station_id: str, first: date, days: int, now: datetime
) -> list[Bulletin]:
    """
    The station's bulletins of these local days, in order of airing, with the commune's yes.

    What was handed over has its number; the rest is `planned`, and may still change without
    one. Where nothing else airs, the stand-by bulletin. A station nobody knows has none.
    """
    station = next((s for s in force.programme.stations if s.id == station_id), None)
    if station is None:
        return []
    last = first + timedelta(days=days - 1)
    book = open_book(session, force.programme, [station], first, last, now)
    training = session.scalars(select(Installation.training)).one()
    assembler = Assembler(book.shelf, force.programme, training, now)
    found = []
    for airing in book.airings(station):
        row = book.rows.get(airing.place)
        if row is not None and airing.earlier is not None:
            accepted = acceptance_of(session, airing.earlier, row.id)
            found.append(replace(airing.earlier, accepted=accepted))
        elif planned := _planned(assembler, airing, now):
            found.append(replace(planned, accepted=acceptance_of(session, planned, None)))
    return sorted(found, key=lambda b: (b.airs_at, b.airing))


def _planned(assembler: Assembler, airing: Airing, now: datetime) -> Bulletin | None:
    """What would be read if nothing changed; of an airing that is over nothing is planned."""
    times = airing.times
    coming = [g for g in airing.given if g.closes_at > now and g.stage in ("pending", "handed")]
    if not coming and not airing.arrived and (
            times is None or not times.free or times.closes_at <= now):
        return None
    return assembler.bulletin(airing, planned=True)


def bulletin_id(session: Session, bulletin: Bulletin) -> int | None:
    """Its row, by which it is accepted and fetched; None for one that is only planned."""
    if bulletin.planned:
        return None
    place = Place(bulletin.station, bulletin.date, bulletin.airing)
    return session.scalars(
        select(BulletinRow.id).where(
            BulletinRow.station == place.station, BulletinRow.local_date == place.date,
            BulletinRow.airing == place.airing, BulletinRow.number == bulletin.number)
    ).first()
