"""
Which stations have something new to read, or something not to read any more. Every question is
asked of the rows themselves, so a worker that was away finds what it missed.
"""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, exists, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from worker.home import InForce
from worker.models import (
    Batch,
    BulletinDelivery,
    BulletinRow,
    Delivery,
    Item,
    Occurrence,
    ProgrammeVersion,
    StationChange,
)
from worker.planner.cells import PRIORITY_RANK
from worker.programme.model import Programme
from worker.radio.airings import Place, airings, lead_days, loudspeakers, radio_hours
from worker.radio.assemble import CORRECTION
from worker.radio.book import aired_before, next_airings, recalled_lately, told_since
from worker.radio.given import NO_MORE, Shelf, corrected_by
from worker.slots import blackout_span, local_date, to_utc

#: a programme this new may not be planned yet: nothing stands by for what is about to be
SETTLED = timedelta(minutes=2)


def affected(session: Session, force: InForce, now: datetime) -> set[str]:
    """Ids of the stations whose bulletins are to be looked at."""
    programme = force.programme
    today = local_date(programme, now)
    last = today + timedelta(days=lead_days(programme))
    return {
        *_handed_over(session, programme, now, last), *_withdrawn(session, programme, now, today),
        *_changed(session, today), *_to_correct(session, programme, now),
        *_stand_by_withdrawn(session, today), *_correction_withdrawn(session, today),
        *_silent(session, force, now, today, last), *_silenced(session, programme, now, today),
    }


def _in_force(delivery: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """It is read in the newest number of a bulletin."""
    return exists().where(BulletinDelivery.delivery_id == delivery,
                          BulletinDelivery.bulletin_id == BulletinRow.id, BulletinRow.newest)


def _handed_over(
    session: Session, programme: Programme, now: datetime, last: date
) -> set[str]:
    """Handed over, in no bulletin yet, and not since replaced, taken back or silenced."""
    today = local_date(programme, now)
    newer, recall = aliased(Delivery), aliased(Delivery)
    replaced = exists().where(
        newer.day == Delivery.day, newer.occurrence_id == Delivery.occurrence_id,
        newer.kind == "publish", newer.version > Delivery.version,
        newer.channel == Delivery.channel, newer.target == Delivery.target,
        newer.state.in_(("accepted", "delivered", "recalled")))
    taken_back = exists().where(recall.refers_to == Delivery.id)
    hushed = [exists().where(Batch.id == Delivery.batch_id, covered) for covered in _black_outs(
        programme, now, Batch.opens_at, Batch.channel, Batch.priority_rank)]
    put_off = exists().where(
        StationChange.delivery_id == Delivery.id, BulletinRow.station == StationChange.station,
        BulletinRow.local_date == StationChange.local_date, BulletinRow.newest,
        BulletinRow.airing == StationChange.airing, BulletinRow.made_at >= StationChange.at)
    waiting = select(Delivery.target).where(
        Delivery.kind == "publish", Delivery.channel.in_([c.id for c in loudspeakers(programme)]),
        Delivery.state.in_(("accepted", "delivered")), ~_in_force(Delivery.id), ~replaced,
        ~taken_back, ~put_off, *(~covered for covered in hushed))
    yesterday = today - timedelta(days=1)
    repeats = select(Occurrence.id).where(
        Occurrence.opens_at >= to_utc(programme.zone(), today, time(0)), Occurrence.run > 1)
    return {
        *session.scalars(waiting.where(Delivery.day.between(yesterday, last))),
        *session.scalars(waiting.where(Delivery.occurrence_id.in_(repeats))),
    }


def _withdrawn(
    session: Session, programme: Programme, now: datetime, today: date
) -> set[str]:
    """Recalled, returned or rejected, and still read somewhere."""
    read = and_(BulletinDelivery.bulletin_id == BulletinRow.id, BulletinRow.newest,
                BulletinRow.local_date >= today - timedelta(days=1))
    recalled = (
        select(BulletinRow.station)
        .join(BulletinDelivery, read)
        .join(Delivery, Delivery.refers_to == BulletinDelivery.delivery_id)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Batch.kind == "recall", Batch.closes_at > now,
               Batch.channel.in_([c.id for c in loudspeakers(programme)]))
    )
    refused = (
        select(BulletinRow.station)
        .join(BulletinDelivery, read)
        .join(Delivery, Delivery.id == BulletinDelivery.delivery_id)
        .join(Batch, Batch.id == Delivery.batch_id)
        .join(Item, and_(Item.id == Batch.item_id, Item.version == Batch.item_version))
        .where(Item.state.in_(NO_MORE))
    )
    none = session.scalars(select(Item.id).where(Item.state.in_(NO_MORE)).limit(1)).first() is None
    return {*session.scalars(recalled), *(() if none else session.scalars(refused))}


def _black_outs(
    programme: Programme, now: datetime, airs_at: InstrumentedAttribute[datetime],
    channel: ColumnElement[str] | InstrumentedAttribute[str],
    rank: ColumnElement[int] | InstrumentedAttribute[int],
) -> list[ColumnElement[bool]]:
    """What each black-out covers of what is not long over."""
    found = []
    for blackout in programme.blackouts:
        first, until = blackout_span(programme.zone(), blackout)
        if until > now - timedelta(days=1):
            only = [channel.in_(blackout.channels)] if blackout.channels else []
            ranks = [PRIORITY_RANK[p] for p in blackout.priorities]
            found.append(and_(airs_at >= first, airs_at < until, rank.in_(ranks), *only))
    return found


def _silenced(
    session: Session, programme: Programme, now: datetime, today: date
) -> set[str]:
    """Covered by a black-out that was declared since, and still read somewhere."""
    covered = _black_outs(programme, now, BulletinRow.airs_at, Batch.channel, Batch.priority_rank)
    if not covered:
        return set()
    newest = and_(BulletinRow.newest, BulletinRow.local_date >= today - timedelta(days=1))
    handed = (
        select(BulletinRow.station)
        .join(BulletinDelivery, and_(BulletinDelivery.bulletin_id == BulletinRow.id, newest))
        .join(Delivery, Delivery.id == BulletinDelivery.delivery_id)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Batch.closes_at > now, or_(*covered))
    )
    # the stand-by item and what was swapped in: no delivery stands behind them
    loud = [c.id for c in loudspeakers(programme)]
    ordinary = literal(PRIORITY_RANK["thong_thuong"])
    every = [or_(*_black_outs(programme, now, BulletinRow.airs_at, literal(c), ordinary))
             for c in loud]
    alone = select(BulletinRow.station).where(
        newest, and_(*every),
        ~exists().where(BulletinDelivery.bulletin_id == BulletinRow.id),
        BulletinRow.body["seconds"].as_integer() > 0,
        BulletinRow.body["use_until"].as_string() > now.astimezone(UTC).isoformat())
    return {*session.scalars(handed), *session.scalars(alone)}


def _changed(session: Session, today: date) -> set[str]:
    """The commune put something off, or swapped it, after the bulletins were made."""
    later = and_(
        BulletinRow.station == StationChange.station, BulletinRow.newest,
        or_(and_(BulletinRow.local_date == StationChange.local_date,
                 BulletinRow.airing == StationChange.airing),
            and_(BulletinRow.local_date == StationChange.to_date,
                 BulletinRow.airing == StationChange.to_airing)),
        BulletinRow.made_at < StationChange.at)
    nowhere = ~_in_force(StationChange.delivery_id)
    swapped = exists().where(Item.id == StationChange.item_id,
                             Item.changed_at >= BulletinRow.made_at, later)
    return set(session.scalars(
        select(StationChange.station).where(
            or_(StationChange.local_date >= today, StationChange.to_date >= today),
            or_(exists().where(later), and_(StationChange.kind == "postpone", nowhere), swapped))
    ))


def _to_correct(session: Session, programme: Programme, now: datetime) -> set[str]:
    """Aired what was recalled since, and the next airing was put together before the recall."""
    ids = [s.id for s in programme.stations]
    shelf = Shelf(session, programme)
    found: set[str] = set()
    for item in recalled_lately(session, now):
        had = aired_before(session, programme, item, ids)
        since = told_since(item, shelf.correction_of(item.id) if had else None)
        nexts = next_airings(session, list(had), since)
        if nexts:
            found |= set(session.scalars(
                select(BulletinRow.station).where(
                    BulletinRow.newest, BulletinRow.airs_at.in_(set(nexts.values())),
                    BulletinRow.made_at < since, BulletinRow.station.in_(list(nexts)))))
    return found


def _stand_by_withdrawn(session: Session, today: date) -> set[str]:
    """A stand-by bulletin, behind which no delivery stands, whose item was recalled since."""
    bad = dict(session.execute(
        select(Item.id, Item.changed_at).where(Item.state.in_(NO_MORE))).all())
    if not bad:
        return set()
    behind = exists().where(BulletinDelivery.bulletin_id == BulletinRow.id)
    rows = session.execute(
        select(BulletinRow.station, BulletinRow.body).where(
            BulletinRow.newest, BulletinRow.local_date >= today, ~behind,
            BulletinRow.made_at <= max(bad.values())))
    return {
        station for station, body in rows
        if any(s["item"] in bad and s["standing"] == "airs"
               and not s["title"].startswith(CORRECTION) for s in body["sections"])
    }


def _correction_withdrawn(session: Session, today: date) -> set[str]:
    """A correction that is still read, though it was itself recalled since."""
    bad = [item for item in session.scalars(select(Item).where(Item.state.in_(NO_MORE)))
           if corrected_by(session, item.id)]
    if not bad:
        return set()
    names = {item.id for item in bad}
    rows = session.execute(
        select(BulletinRow.station, BulletinRow.body).where(
            BulletinRow.newest, BulletinRow.local_date >= today,
            BulletinRow.made_at <= max(item.changed_at for item in bad)))
    return {station for station, body in rows
            if any(s.get("corrects") and s["item"] in names and s["standing"] == "airs"
                   for s in body["sections"])}


def _silent(
    session: Session, force: InForce, now: datetime, today: date, last: date
) -> set[str]:
    """Airings handed over by now that have no bulletin at all."""
    programme = force.programme
    taken_up = session.get(ProgrammeVersion, force.version)
    stand_by = session.get(Item, programme.radio.stand_by or "")
    if stand_by is None or stand_by.state != "approved" or taken_up is None or (
            taken_up.accepted_at > now - SETTLED):
        return set()
    hours = radio_hours(programme, today - timedelta(days=1), last)
    there = {Place(*row) for row in session.execute(
        select(BulletinRow.station, BulletinRow.local_date, BulletinRow.airing)
        .where(BulletinRow.newest, BulletinRow.local_date >= today - timedelta(days=1)))}
    return {
        station.id for station in programme.stations
        for place, airing in airings(programme, station, hours).items()
        if place not in there and airing.free and airing.handed_at <= now < airing.closes_at
    }
