"""The list of stations, one station, one of its bulletins, and what can be heard."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import segno
from fastapi import HTTPException, Response
from fastapi.responses import FileResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.stations.view import Entry
from console.web.context import Ask, Site
from worker.errors import UserError, without_commands
from worker.home import InForce, in_force
from worker.i18n import each, t
from worker.items.files.columns import PRIORITY_WORDS
from worker.models import Person, Recording
from worker.programme.model import Programme, Station
from worker.radio import acceptance, aired, centre, notices, today
from worker.radio.paper.sheet import WEEKDAYS, sheet_of
from worker.radio.read import bulletin_id, bulletins_for
from worker.radio.speech.sounds import Sounds
from worker.shared.here import files_of
from worker.shared.kinds import RECORDINGS, FileGone
from worker.slots import local_date
from worker.typed import a_date

#: so many days back a station is asked what it aired, and so many ahead it is shown what comes
BACK, AHEAD = 7, 7
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Wrong:
    """A form that was not taken: which one, why, and what was typed in it."""

    form: str
    why: str
    status: int
    typed: Mapping[str, str] = field(default_factory=dict)
    ticked: tuple[str, ...] = ()

    @classmethod
    def of(cls, form: str, error: UserError, ask: Ask) -> "Wrong":
        said = "\n".join(". ".join(filter(None, (m.what[:1].upper() + m.what[1:],
                                            without_commands(m.fix))))
                         for m in error.mistakes)
        return cls(form, said, 409 if error.exit_code == 1 else 400, ask.form,
                   tuple(ask.all("place")))


def every(site: Site, ask: Ask) -> Response:
    """All stations of the scope and how far the day has come."""
    now, why = site.home.clock.now(), ""
    with site.home.store.read() as session:
        programme = in_force(session).programme
        this_day = local_date(programme, now)
        try:
            day = a_date(t("Ngày", "Day"), ask.query["ngay"]) if ask.query.get("ngay") else this_day
        except UserError as error:
            day, why = this_day, error.on_page()
        text, cluster, only = (ask.query.get(name, "").strip()[:200]
                               for name in ("tim", "cum", "loc"))
        wish = today.Wish(day, text, cluster, only, _number(ask, "trang"))
        found = today.listed(session, programme, site.scope(ask), now, wish)
        waiting = centre.to_call(session, programme, site.scope(ask))
    asked = {name: value for name, value in (
        ("ngay", f"{day:%d/%m/%Y}" if day != this_day else ""), ("tim", wish.text),
        ("cum", wish.cluster), ("loc", wish.only)) if value}
    return site.page(ask, "stations/every", 400 if why else 200, wish=wish, found=found, why=why,
                     only=today.ONLY, zone=programme.zone(), today=this_day, waiting=waiting,
                     weekday=t(WEEKDAYS[day.weekday()], f"{day:%A}"), EXTENTS=each(aired.EXTENTS),
                     at=min(max(1, wish.page), found.pages),
                     ask_for=lambda **more: urlencode({**asked, **more}))


def _number(ask: Ask, name: str) -> int:
    given = ask.query.get(name, "")
    return int(given) if given.isdecimal() and given.isascii() and len(given) < 6 else 1


def station_asked(site: Site, ask: Ask, programme: Programme) -> Station:
    """The station of the address; 404 where it is none, or another organisation's."""
    found = centre.station_of(programme, site.scope(ask), str(ask.path["station"]))
    if found is None:
        raise HTTPException(404)
    return found


def entries(
    session: Session, site: Site, force: InForce, station: str, first: date, days: int
) -> list[Entry]:
    """Airings of these days as the station's own page has them."""
    now, programme, sounds = site.home.clock.now(), force.programme, Sounds(site.home)
    said = aired.answers_of(session, station, first, first + (days - 1) * _DAY)
    return [
        Entry(b, sheet_of(b, programme.zone()), sounds.mp3_for(programme, b),
              bulletin_id(session, b), said.get((b.date, b.airing)), b.airs_at <= now)
        for b in bulletins_for(session, force, station, first, days, now)]


def one(site: Site, ask: Ask, wrong: Wrong | None = None, secret: str = "") -> Response:
    """Everything of one station. `secret`: its page's address, shown in this answer alone."""
    now = site.home.clock.now()
    with site.home.store.read() as session:
        force = in_force(session)
        programme = force.programme
        station = station_asked(site, ask, programme)
        day = local_date(programme, now)
        found = entries(session, site, force, station.id, day - BACK * _DAY, BACK + AHEAD)
        calls = notices.open_notices(session, station.id)
        values: dict[str, Any] = {
            "link": centre.link_of(session, station.id, day),
            "acceptances": centre.acceptances_of(session, station.id),
            "takes": centre.takes_of(session, station.id, [
                e.bulletin for e in sorted(found, key=lambda e: e.bulletin.date < day)]),
            "names": _names(session),
            "standing": {a.id for a in acceptance.standing(session, station.id, day)},
            "day_now": {a.airing: a for a in today.day_of(
                session, programme, now, day, [station])[station.id]},
        }
    bodies = {o.id: o.name for o in programme.organisations}
    slots = {s.id: s.name for s in programme.slots}
    text = centre.words_for_link(station, secret, training=site.training) if secret else ""
    return site.page(
        ask, "stations/one", wrong.status if wrong else 200, station=station, wrong=wrong,
        body=bodies.get(station.organisation, station.organisation), slots=slots,
        contacts=centre.contacts_of(site.home, station), zone=programme.zone(), today=day,
        near=[e for e in found if day <= e.bulletin.date <= day + _DAY],
        later=[e for e in found if e.bulletin.date > day + _DAY],
        earlier=[e for e in reversed(found) if e.bulletin.date < day],
        silent=[e for e in found if silent(e)], calls=calls, secret=secret, text=text,
        open_to_all=bool(programme.radio.public_url),
        qr=_qr(secret), EXTENTS=each(aired.EXTENTS), LEARNED=each(aired.LEARNED),
        PRIORITIES=each(PRIORITY_WORDS), KINDS=each(notices.WORDS), acting=acting(ask), **values)


def silent(entry: Entry) -> bool:
    """It is over, something was to be read, and nobody has said that it was."""
    b = entry.bulletin
    return (entry.over and entry.answer is None and not b.planned and not b.stand_by
            and bool(b.airing_sections))


def acting(ask: Ask) -> bool:
    """Whether the forms of these pages are shown."""
    return bool(ask.me.roles & {"truc_dai", "quan_tri"})


def _names(session: Session) -> dict[str, str]:
    return dict(iter(session.execute(select(Person.id, Person.name))))


def _qr(address: str) -> str:
    if not address:
        return ""
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, light="#fff",
        title=t("Mã QR của trang đài", "QR code of the station's page"))
    return out.getvalue().decode()


def entry_asked(session: Session, site: Site, ask: Ask) -> tuple[Station, Entry, Programme]:
    """The station and the airing of the address; 404 where there is none."""
    force = in_force(session)
    station = station_asked(site, ask, force.programme)
    try:
        day = date.fromisoformat(str(ask.path["day"]))
    except ValueError:
        raise HTTPException(404) from None
    near = abs(day - local_date(force.programme, site.home.clock.now())) <= aired.OLDEST
    found = entries(session, site, force, station.id, day, 1) if near else []
    entry = next((e for e in found
                  if e.slug == f"{day.isoformat()}/{ask.path['airing']}"), None)
    if entry is None:
        raise HTTPException(404)
    return station, entry, force.programme


def bulletin(site: Site, ask: Ask, wrong: Wrong | None = None) -> Response:
    """One bulletin: every word of it, its sound, and what is written down for the station."""
    with site.home.store.read() as session:
        station, entry, programme = entry_asked(session, site, ask)
    return site.page(
        ask, "stations/bulletin", wrong.status if wrong else 200, station=station, e=entry,
        wrong=wrong, zone=programme.zone(), EXTENTS=each(aired.EXTENTS),
        REASONS=each(aired.REASONS), LEARNED=each(aired.LEARNED), acting=acting(ask),
        silent=silent(entry))


def sound(site: Site, ask: Ask) -> Response:
    with site.home.store.read() as session:
        _, entry, _ = entry_asked(session, site, ask)
    if entry.sound is None:
        raise HTTPException(404)
    return FileResponse(entry.sound.path, media_type="audio/mpeg")


def take(site: Site, ask: Ask) -> Response:
    """A recording, for whoever has to hear it before it is used."""
    number = str(ask.path["number"])
    with site.home.store.read() as session:
        station = station_asked(site, ask, in_force(session).programme)
        row = session.get(Recording, int(number)) if number.isascii() and number.isdecimal() \
            and len(number) < 10 else None
    if row is None or row.station not in ("", station.id):
        raise HTTPException(404)
    try:
        path = files_of(site.home.settings).local(RECORDINGS, f"{row.file_sha256}.wav")
    except FileGone as error:
        raise HTTPException(404) from error
    return FileResponse(path, media_type="audio/wav")
