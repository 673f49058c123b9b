"""
The secret address of a station's page. The token is made from the installation's key, so the
address can be shown again and survives a restore; the database keeps only its hash.
"""

import base64
import hashlib
import hmac
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from worker import audit
from worker.errors import UserError
from worker.home import Home
from worker.i18n import t
from worker.models import StationLink
from worker.programme.model import Programme
from worker.receipt_secret import derived
from worker.settings import Secret


def station_of(session: Session, token: str) -> str | None:
    """
    Whose token this is; None for a wrong, an old and a revoked one alike. It is looked up by
    its hash: how long that takes tells nothing of how much of a guess was right.
    """
    return session.scalars(
        select(StationLink.station)
        .where(StationLink.token_sha256 == sha256_of(token), StationLink.revoked_at.is_(None))
    ).first()


def token_for(home: Home, now: datetime, station: str, person: str) -> Secret:
    """The token in force; the first one is made here."""
    must_be_known(home.programme().programme, station)
    try:
        with home.store.write() as session:
            serial = _live_serial(session, station)
            if serial is None:
                serial = _make(home, session, now, station, person)
    except IntegrityError:  # another machine made it at this very moment
        with home.store.read() as session:
            serial = _live_serial(session, station)
        if serial is None:
            raise
    return token_of(home, station, serial)


def link_for(home: Home, now: datetime, station: str, person: str) -> str:
    """The page's address, https://…/stations/TOKEN/; on this machine where none is set."""
    return _address(home, token_for(home, now, station, person))


def link_in_force(home: Home, station: str) -> str:
    """The page's address where one was made and stands; "" else. None is made here."""
    with home.store.read() as session:
        serial = _live_serial(session, station)
    return _address(home, token_of(home, station, serial)) if serial is not None else ""


def _address(home: Home, token: str) -> str:
    here = f"http://{home.settings.public_host}:{home.settings.public_port}"
    base = home.programme().programme.radio.public_url.rstrip("/") or here
    return f"{base}/stations/{token}/"


def revoke(home: Home, now: datetime, station: str, person: str) -> None:
    """At once: the page is gone for whoever has the address. A new one is made when asked for."""
    must_be_known(home.programme().programme, station)
    with home.store.write() as session:
        audit.record(session, now, person, "station_link_revoked", station)
        session.execute(
            update(StationLink)
            .where(StationLink.station == station, StationLink.revoked_at.is_(None))
            .values(revoked_at=now, revoked_by=person))


def _make(home: Home, session: Session, now: datetime, station: str, person: str) -> int:
    highest = session.scalars(
        select(func.max(StationLink.serial)).where(StationLink.station == station)).one()
    serial = (highest or 0) + 1
    audit.record(session, now, person, "station_link", station, {"serial": serial})
    session.add(StationLink(
        token_sha256=sha256_of(token_of(home, station, serial)), station=station, serial=serial,
        made_at=now, made_by=person))
    session.flush()
    return serial


def _live_serial(session: Session, station: str) -> int | None:
    return session.scalars(
        select(StationLink.serial)
        .where(StationLink.station == station, StationLink.revoked_at.is_(None))).first()


def token_of(home: Home, station: str, serial: int) -> Secret:
    """32 letters and digits, small: they can be typed from paper; 160 bits cannot be guessed."""
    made = hmac.new(derived(home, "station"), f"{station}\n{serial}".encode(), hashlib.sha256)
    return Secret(base64.b32encode(made.digest()[:20]).decode().lower())


def sha256_of(token: str) -> str:
    """As the database keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()


def must_be_known(programme: Programme, station: str) -> None:
    """UserError: the programme has no such station; names those it has."""
    known = [s.id for s in programme.stations]
    if station not in known:
        raise UserError(station, t("không có đài này", "there is no such station"),
                        t(f"dùng một trong: {', '.join(known[:20]) or '-'}",
                          f"use one of: {', '.join(known[:20]) or '-'}"))
