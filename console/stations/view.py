"""What a station is shown, put together once and kept while nothing has changed."""

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import Session

from worker.home import Home, InForce, in_force
from worker.models import (
    Aired,
    BulletinAcceptance,
    BulletinRow,
    Installation,
    Recording,
    StandingAcceptance,
    StationChange,
    StationNotice,
)
from worker.radio import aired, notices
from worker.radio.bulletin import Bulletin, airing_slug
from worker.radio.paper.sheet import Sheet, sheet_of
from worker.radio.read import bulletin_id, bulletins_for
from worker.radio.speech.sounds import Sound, Sounds
from worker.slots import local_date

DAYS = 8  #: today and seven days
#: what is only planned may have changed without a number: looked at anew after so long, seconds
FRESH = 60.0
#: locks under which views are made, each for its share of the stations
MAKERS = 64


@dataclass(frozen=True)
class Entry:
    """One airing as the station sees it."""

    bulletin: Bulletin
    sheet: Sheet
    sound: Sound | None
    row: int | None  #: its number in the database; None while it is only planned
    answer: Aired | None  #: what was said of it
    over: bool  #: its time has begun: "Đã phát" may be said

    @property
    def slug(self) -> str:
        """2026-11-25/0530"""
        return f"{self.bulletin.date.isoformat()}/{airing_slug(self.bulletin.airing)}"

    @property
    def file(self) -> str:
        """2026-11-25/0530-2: a changed bulletin is another file."""
        return f"{self.slug}-{self.bulletin.number}"


@dataclass(frozen=True)
class View:
    """Everything of one station at one time."""

    station: str
    name: str
    clusters: tuple[str, ...]
    training: bool
    public_url: str
    zone: ZoneInfo
    entries: Sequence[Entry]
    notices: Sequence[StationNotice]
    etag: str
    made_at: datetime

    def find(self, slug: str, number: int | None = None) -> Entry | None:
        """An airing by its place, and by its number where one is named."""
        return next((e for e in self.entries if e.slug == slug
                     and number in (None, e.bulletin.number) and not e.bulletin.planned), None)


class Views:
    """Views of all stations, each made when first asked for and kept while it holds."""

    def __init__(self, home: Home, sounds: Sounds) -> None:
        self._home, self._sounds = home, sounds
        self._kept: dict[str, tuple[str, float, View]] = {}
        self._making = [threading.Lock() for _ in range(MAKERS)]

    def of(self, station: str) -> View:
        """A player asks for page, feed and JSON at once: it is made for the first of them."""
        with self._making[hash(station) % MAKERS]:
            return self._of(station)

    def _of(self, station: str) -> View:
        now, elapsed = self._home.clock.now(), self._home.clock.elapsed()
        with self._home.store.read() as session:
            force = in_force(session)
            stamp = _stamp(session, force, station, local_date(force.programme, now))
            kept = self._kept.get(station)
            if kept is not None and kept[0] == stamp and elapsed - kept[1] < FRESH:
                return kept[2]
            view = self._make(session, force, station, now)
        self._kept[station] = (stamp, elapsed, view)
        return view

    def _make(self, session: Session, force: InForce, station: str, now: datetime) -> View:
        programme = force.programme
        today = local_date(programme, now)
        known = next((s for s in programme.stations if s.id == station), None)
        found = bulletins_for(session, force, station, today - timedelta(days=1), DAYS + 1, now)
        answers = aired.answers_of(session, station, today - timedelta(days=1),
                                   today + timedelta(days=DAYS))
        entries = [
            Entry(b, sheet_of(b, programme.zone()), self._sounds.mp3_for(programme, b),
                  bulletin_id(session, b), answers.get((b.date, b.airing)), b.airs_at <= now)
            for b in found]
        waiting = notices.open_notices(session, station)
        return View(
            station, known.name if known else station, known.clusters if known else (),
            session.scalars(select(Installation.training)).one(),
            programme.radio.public_url.rstrip("/"), programme.zone(), entries, waiting,
            _etag(entries, waiting), now)


def _stamp(session: Session, force: InForce, station: str, today: date) -> str:
    """Cheap to ask, and another one as soon as anything a station is shown has changed."""
    since = today - timedelta(days=2)
    mine = select(BulletinRow.id).where(BulletinRow.station == station,
                                        BulletinRow.local_date >= since)
    asked: list[Select[int, int]] = [
        select(func.max(BulletinRow.id), func.count()).where(BulletinRow.id.in_(mine)),
        select(func.max(BulletinAcceptance.bulletin_id), func.count())
        .where(BulletinAcceptance.bulletin_id.in_(mine)),
        select(func.max(StandingAcceptance.id), func.count())
        .where(StandingAcceptance.station == station, StandingAcceptance.revoked_at.is_(None)),
        select(func.max(StationChange.id), func.count()).where(StationChange.station == station),
        select(func.max(Aired.id), func.count())
        .where(Aired.station == station, Aired.local_date >= since),
        select(func.max(StationNotice.id), func.count())
        .where(StationNotice.station == station, StationNotice.answered_at.is_(None)),
        select(func.max(Recording.id), func.count()).where(Recording.heard_by.is_not(None)),
    ]
    told = [tuple(row) for row in session.execute(union_all(*asked))]
    return f"{force.version}/{today}/{told}"


def _etag(entries: Sequence[Entry], waiting: Sequence[StationNotice]) -> str:
    told = [
        [e.bulletin.sha256(), e.bulletin.number, e.bulletin.planned, e.bulletin.notice,
         e.bulletin.accepted.by if e.bulletin.accepted else "", e.sound.bytes if e.sound else 0,
         e.answer.extent if e.answer else "", e.over] for e in entries]
    told.append([n.id for n in waiting])
    return f'"{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]}"'
