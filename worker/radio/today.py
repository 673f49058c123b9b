"""
One day at all stations, as the centre looks at it: which bulletin each has, whether it was taken,
accepted, aired. A country has ten thousand stations: the list is paged, and what is asked of the
database is one question for the day's figures and a few for the stations of a page.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from vietnamese import collate
from vietnamese.fold import fold
from worker.given import one_of
from worker.models import (
    Aired,
    BulletinAcceptance,
    BulletinDelivery,
    BulletinRow,
    Fetched,
    StandingAcceptance,
    StationLink,
    StationNotice,
)
from worker.programme.model import Programme, Station
from worker.radio.airings import Place, airings, radio_hours
from worker.radio.bulletin import airing_slug
from worker.scope import Scope

#: stations on a page of the list
PAGE = 50
#: which stations to show: word of the address -> what it is called
ONLY: Mapping[str, tuple[str, str]] = {
    "chua-nhan": ("Có bản tin chưa nhận", "a bulletin not taken"),
    "chua-bao": ("Phát rồi, chưa báo", "aired, not confirmed"),
    "chua-co-duong-dan": ("Chưa có đường dẫn", "without a link"),
}


@dataclass(frozen=True)
class Wish:
    """Which stations of which day."""

    day: date
    text: str = ""  #: words of name, commune, area, cluster; accents do not matter
    cluster: str = ""
    only: str = ""
    page: int = 1


@dataclass(frozen=True)
class AiringNow:
    """One airing of the day, and how far it has come."""

    airing: str
    airs_at: datetime
    number: int | None  #: None: not handed over yet
    taken_at: datetime | None
    accepted: bool
    reads: bool  #: there is something to air in it, by deliveries of ours
    answer: Aired | None  #: what the station said
    over: bool  #: its time has begun
    late: bool  #: said to have been aired later than the programme permits

    @property
    def slug(self) -> str:
        return airing_slug(self.airing)

    @property
    def silent(self) -> bool:
        """It should have been confirmed by now, and nobody has."""
        return self.over and self.reads and self.answer is None


@dataclass(frozen=True)
class Row:
    """A station in the list."""

    station: Station
    body: str  #: its commune
    clusters: tuple[str, ...]  #: those that were asked for
    linked: bool
    calls: bool  #: somebody has to call: it has not answered
    airings: tuple[AiringNow, ...]


@dataclass(frozen=True)
class Figures:
    """The day's bulletins of everybody in the scope."""

    bulletins: int
    taken: int
    over: int
    confirmed: int


@dataclass(frozen=True)
class Listed:
    """A page of the list."""

    rows: tuple[Row, ...]
    found: int
    pages: int
    figures: Figures


@dataclass(frozen=True)
class _Known:
    """A station and the words it is found by."""

    station: Station
    body: str
    words: str
    clusters: tuple[str, ...]


class _Same:
    """A programme by identity: to hash all its stations would take longer than to look."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.programme is self.programme

    def __hash__(self) -> int:
        return id(self.programme)


@lru_cache(maxsize=2)
def _known(same: _Same) -> tuple[_Known, ...]:
    """Every station in the order of the Vietnamese alphabet."""
    programme = same.programme
    bodies = {o.id: o.name for o in programme.organisations}
    found = []
    for s in sorted(programme.stations, key=lambda s: collate.key(s.name)):
        body = bodies.get(s.organisation, s.organisation)
        areas = (programme.areas.get(a, a) for a in s.area)
        words = fold(" ".join((s.id, s.name, body, *areas, *s.clusters)), accents=False)
        found.append(_Known(s, body, words, tuple(fold(c, accents=False) for c in s.clusters)))
    return tuple(found)


def listed(
    session: Session, programme: Programme, scope: Scope, now: datetime, wish: Wish
) -> Listed:
    """The stations asked for, a page of them with all that is known of the day."""
    held = [k for k in _known(_Same(programme)) if scope.holds(k.station.organisation)]
    ids = None if scope.whole else [k.station.id for k in held]
    words, cluster = fold(wish.text, accents=False).split(), fold(wish.cluster, accents=False)
    found = [k for k in held if all(w in k.words for w in words)
             and (not cluster or any(cluster in c for c in k.clusters))]
    if wish.only in ONLY and found:
        some = _only(session, now, wish, ids)
        if wish.only == "chua-co-duong-dan":
            found = [k for k in found if k.station.id not in some]
        else:
            found = [k for k in found if k.station.id in some]
    pages = max(1, -(-len(found) // PAGE))
    at = min(max(1, wish.page), pages)
    part = found[(at - 1) * PAGE:at * PAGE]
    return Listed(_rows(session, programme, now, wish.day, cluster, part), len(found), pages,
                  _figures(session, now, wish.day, ids))


def _said() -> ColumnElement[bool]:
    return exists().where(
        Aired.station == BulletinRow.station, Aired.local_date == BulletinRow.local_date,
        Aired.airing == BulletinRow.airing, Aired.counted)


def _taken() -> ColumnElement[bool]:
    return exists().where(Fetched.bulletin_id == BulletinRow.id)


def _reads() -> ColumnElement[bool]:
    """It has deliveries: of a stand-by bulletin nobody is asked whether it was aired."""
    return exists().where(BulletinDelivery.bulletin_id == BulletinRow.id)


def _only(
    session: Session, now: datetime, wish: Wish, ids: Sequence[str] | None
) -> set[str]:
    """Stations with a link, or with a bulletin that is not taken, or not confirmed."""
    if wish.only == "chua-co-duong-dan":
        return set(session.scalars(
            select(StationLink.station).where(StationLink.revoked_at.is_(None))))
    query = select(BulletinRow.station).where(
        BulletinRow.newest, BulletinRow.local_date == wish.day, ~_said())
    if wish.only == "chua-nhan":
        query = query.where(~_taken())
    else:
        query = query.where(BulletinRow.airs_at <= now, _reads())
    if ids is not None:
        query = query.where(one_of(BulletinRow.station, "ids"))
    return set(session.scalars(query, {"ids": list(ids or ())}))


def silent(session: Session, now: datetime, day: date) -> list[tuple[str, str]]:
    """Station and airing of what was to be aired by now, and nobody has said that it was."""
    return [(station, airing) for station, airing in session.execute(
        select(BulletinRow.station, BulletinRow.airing)
        .where(BulletinRow.newest, BulletinRow.local_date == day, BulletinRow.airs_at <= now,
               _reads(), ~_said())
        .order_by(BulletinRow.airs_at, BulletinRow.station))]


def _figures(
    session: Session, now: datetime, day: date, ids: Sequence[str] | None
) -> Figures:
    over = BulletinRow.airs_at <= now
    query = select(
        func.count(), func.count().filter(_taken() | _said()),
        func.count().filter(over & _reads()), func.count().filter(over & _reads() & _said()),
    ).select_from(BulletinRow).where(BulletinRow.newest, BulletinRow.local_date == day)
    if ids is not None:
        query = query.where(one_of(BulletinRow.station, "ids"))
    return Figures(*session.execute(query, {"ids": list(ids or ())}).one())


def _rows(
    session: Session, programme: Programme, now: datetime, day: date, cluster: str,
    part: Sequence[_Known],
) -> tuple[Row, ...]:
    stations = [k.station for k in part]
    ids = [s.id for s in stations]
    linked = set(session.scalars(select(StationLink.station).where(
        StationLink.station.in_(ids), StationLink.revoked_at.is_(None))))
    calls = set(session.scalars(select(StationNotice.station).where(
        StationNotice.station.in_(ids), StationNotice.answered_at.is_(None))))
    days = day_of(session, programme, now, day, stations)
    return tuple(
        Row(k.station, k.body,
            tuple(c for c, folded in zip(k.station.clusters, k.clusters, strict=True)
                  if cluster and cluster in folded),
            k.station.id in linked, k.station.id in calls, days[k.station.id])
        for k in part)


def day_of(
    session: Session, programme: Programme, now: datetime, day: date, stations: Sequence[Station]
) -> dict[str, tuple[AiringNow, ...]]:
    """Each of these stations' airings of one day, in order."""
    ids = [s.id for s in stations]
    rows = {Place(r.station, r.local_date, r.airing): r for r in session.scalars(
        select(BulletinRow).where(BulletinRow.newest, BulletinRow.local_date == day,
                                  BulletinRow.station.in_(ids)))}
    numbers = [r.id for r in rows.values()]
    taken: dict[int, datetime] = dict(session.execute(
        select(Fetched.bulletin_id, func.min(Fetched.first_at))
        .where(Fetched.bulletin_id.in_(numbers)).group_by(Fetched.bulletin_id)).all())
    own = set(session.scalars(select(BulletinAcceptance.bulletin_id).where(
        BulletinAcceptance.bulletin_id.in_(numbers))))
    standing = _standing(session, day, ids)
    said = {Place(a.station, a.local_date, a.airing): a for a in session.scalars(
        select(Aired).where(Aired.local_date == day, Aired.station.in_(ids), Aired.counted))}
    hours = radio_hours(programme, day, day)
    late_after = programme.settings.late_after
    found = {}
    for station in stations:
        times = airings(programme, station, hours)
        places = {*times, *(p for p in rows if p.station == station.id)}
        day_: list[AiringNow] = []
        for place in places:
            row, answer = rows.get(place), said.get(place)
            reads, may = _sections(row), standing.get(station.id, set())
            at = row.airs_at if row is not None else times[place].opens_at
            covered = bool(reads) and all(s["priority"] in may for s in reads)
            aired = answer is not None and answer.extent in ("full", "part")
            day_.append(AiringNow(
                place.airing, at, row.number if row else None,
                taken.get(row.id) if row else None,
                covered or (row is not None and row.id in own),
                any(s["delivery"] for s in reads), answer, at <= now,
                aired and answer is not None and answer.aired_at > at + late_after))
        found[station.id] = tuple(sorted(day_, key=lambda a: (a.airs_at, a.airing)))
    return found


def _sections(row: BulletinRow | None) -> list[Mapping[str, str]]:
    """What the bulletin really reads."""
    return [s for s in row.body["sections"] if s["standing"] == "airs"] if row is not None else []


def _standing(session: Session, day: date, ids: Collection[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for station, priority in session.execute(
        select(StandingAcceptance.station, StandingAcceptance.priority)
        .where(StandingAcceptance.station.in_(ids), StandingAcceptance.valid_from <= day,
               StandingAcceptance.valid_until >= day, StandingAcceptance.revoked_at.is_(None))
    ):
        found.setdefault(station, set()).add(priority)
    return found
