"""What the centre knows of one station, and the texts it hands to its people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from channels.scrub import mask_phone
from worker.home import Home
from worker.i18n import t
from worker.models import (
    BulletinRow,
    Fetched,
    Person,
    Recording,
    StandingAcceptance,
    StationLink,
    StationNotice,
)
from worker.office import MissingSecretError, resolve_secret
from worker.programme.model import Programme, Station
from worker.radio import fetches, notices
from worker.radio.bulletin import Bulletin
from worker.radio.speech.parts import said, text_sha256
from worker.scope import Scope

#: "last opened" is looked for among the bulletins of so many days
OPENED_WITHIN = timedelta(days=62)


@dataclass(frozen=True)
class Link:
    """The secret address in force, without the secret."""

    made_at: datetime
    made_by: str
    opened_at: datetime | None


@dataclass(frozen=True)
class Take:
    """A recording, and what it reads."""

    recording: Recording
    reads: str  #: airing or part of it; "": words of no bulletin any more


@dataclass(frozen=True)
class Call:
    """A station that has not said «Đã nhận»."""

    notice: StationNotice
    station: Station
    day: date
    airing: str
    number: int
    told: tuple[str, ...]  #: contacts who got a message
    contacts: tuple[tuple[str, str], ...]


def station_of(programme: Programme, scope: Scope, station: str) -> Station | None:
    """A station of this scope; one of others is like one that does not exist."""
    return next((s for s in programme.stations
                 if s.id == station and scope.holds(s.organisation)), None)


def contacts_of(home: Home, station: Station) -> tuple[tuple[str, str], ...]:
    """Names, and the last figures of their numbers; "" where the number is not set."""
    return tuple((c.name, _masked(home, c.phone)) for c in station.contacts)


def _masked(home: Home, reference: str) -> str:
    try:
        return mask_phone(resolve_secret(reference, home.settings.home))
    except MissingSecretError:
        return ""


def link_of(session: Session, station: str, today: date) -> Link | None:
    """The link in force: since when, by whom, and when somebody last opened it."""
    row = session.execute(
        select(StationLink, Person.name).join(Person, Person.id == StationLink.made_by,
                                              isouter=True)
        .where(StationLink.station == station, StationLink.revoked_at.is_(None))).first()
    if row is None:
        return None
    opened = session.scalars(
        select(func.max(Fetched.last_at))
        .join(BulletinRow, BulletinRow.id == Fetched.bulletin_id)
        .where(BulletinRow.station == station,
               BulletinRow.local_date >= today - OPENED_WITHIN)).one()
    made_by = row.name or row.StationLink.made_by
    return Link(row.StationLink.made_at, made_by,
                opened if opened is not None and opened >= row.StationLink.made_at else None)


def acceptances_of(session: Session, station: str) -> Sequence[StandingAcceptance]:
    """The commune's standing ones, those in force first, the newest of each first."""
    return session.scalars(
        select(StandingAcceptance).where(StandingAcceptance.station == station)
        .order_by(StandingAcceptance.revoked_at.is_not(None),
                  StandingAcceptance.valid_until.desc(), StandingAcceptance.id.desc())).all()


def takes_of(session: Session, station: str, bulletins: Sequence[Bulletin]) -> list[Take]:
    """Recordings that nobody has heard yet, and those in use for these bulletins."""
    words = words_of(bulletins)
    rows = session.scalars(
        select(Recording)
        .where(or_(Recording.station == station, Recording.station == ""), Recording.refused == "",
               or_(Recording.heard_by.is_(None), Recording.text_sha256.in_(words)))
        .order_by(Recording.heard_by.is_not(None), Recording.id.desc()).limit(50))
    return [Take(row, words.get(row.text_sha256, "")) for row in rows]


def words_of(bulletins: Sequence[Bulletin]) -> dict[str, str]:
    """Hash of what is read -> the first airing, or the item, that has these words."""
    found: dict[str, str] = {}
    for b in bulletins:
        when = t(f"bản tin {b.airing} ngày {b.date:%d/%m/%Y}", f"bulletin {b.airing} of {b.date}")
        for section in b.airing_sections:
            found.setdefault(text_sha256(said(section.lines)), f"«{section.title}»")
        found.setdefault(text_sha256(b.voice), when)
    return found


def to_call(session: Session, programme: Programme, scope: Scope) -> int:
    """How many calls there are to make."""
    held = {s.id for s in programme.stations if scope.holds(s.organisation)}
    return sum(n.station in held for n in notices.open_notices(session))


def calls(session: Session, home: Home, programme: Programme, scope: Scope) -> list[Call]:
    """Whom to call, the oldest first."""
    stations = {s.id: s for s in programme.stations if scope.holds(s.organisation)}
    waiting = [n for n in notices.open_notices(session) if n.station in stations]
    rows = {r.id: r for r in session.execute(
        select(BulletinRow.id, BulletinRow.local_date, BulletinRow.airing, BulletinRow.number)
        .where(BulletinRow.id.in_({n.bulletin_id for n in waiting})))}
    found = []
    for n in waiting:
        station, row = stations[n.station], rows[n.bulletin_id]
        contacts = contacts_of(home, station)
        found.append(Call(n, station, row.local_date, row.airing, row.number,
                          tuple(name for name, _ in contacts[:n.told]), contacts))
    return found


def old_copies(
    session: Session, programme: Programme, scope: Scope, since: date
) -> list[tuple[Station, fetches.OldCopy]]:
    """Stations of this scope that hold a number which has been replaced."""
    stations = {s.id: s for s in programme.stations if scope.holds(s.organisation)}
    return [(stations[c.station], c) for c in fetches.old_copies(session, since)
            if c.station in stations]


def words_for_link(station: Station, address: str, *, training: bool) -> str:
    """What is pasted into a message to the station's operator."""
    mark = [t("TẬP HUẤN, KHÔNG PHÁT", "TRAINING, NOT FOR AIR")] if training else []
    return "\n".join([
        *mark,
        t(f"{station.name}: trang bản tin của đài", f"{station.name}: the station's page"),
        address,
        t("Mở trang này mỗi ngày: xem, in, nghe bản tin; phát xong bấm «Đã phát».",
          "Open it every day: read, print, hear the bulletins; after airing press «Đã phát»."),
        t("Đường dẫn này là chìa khóa của đài: chỉ gửi riêng cho người trực, không gửi vào nhóm.",
          "This address is the station's key: send it to the operator alone, never to a group."),
    ])
