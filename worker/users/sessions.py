"""
Sessions, in the database: whoever holds the token is logged in until it ends or is revoked.
A session is idle after 12 hours and over after seven days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from worker import audit
from worker.errors import UserError
from worker.i18n import t
from worker.models import Person, TrustedDevice, UserAccount, UserSession
from worker.users.store import account_of, needs_code, shut_out
from worker.users.tokens import hashed, new_token

IDLE, WHOLE = timedelta(hours=12), timedelta(days=7)
TRUSTED = timedelta(days=30)
#: "last seen" is written no more often than this
TOUCH = timedelta(minutes=1)
#: ended ones are kept so long, to be looked at
KEPT = timedelta(days=90)

#: full: may use the console; code: has to show a code; enrol: has to set one up first
Standing = Literal["full", "code", "enrol"]


@dataclass(frozen=True)
class Browser:
    """Where a request came from, as it is shown to its owner."""

    address: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Who:
    """Who is behind a token, and how far."""

    session: int
    person: str
    name: str
    roles: frozenset[str]
    standing: Standing
    has_code: bool  #: codes are set up
    organisation: str | None = None  #: None: works for the whole installation


def open_session(
    session: Session, now: datetime, person_id: str, browser: Browser, *, second: bool
) -> str:
    """A new session, always under a token of its own: one a stranger planted is worth nothing."""
    session.execute(delete(UserSession).where(UserSession.ends_at < now - KEPT))
    token = new_token()
    session.add(UserSession(
        token_sha256=hashed(token), person_id=person_id, second=second, made_at=now, seen_at=now,
        ends_at=now + WHOLE, address=browser.address[:64], agent=browser.agent[:160]))
    session.flush()
    return token


def live(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What a session that counts fulfils."""
    return (UserSession.revoked_at.is_(None), UserSession.ends_at > now,
            UserSession.seen_at > now - IDLE)


def who(session: Session, now: datetime, token: str) -> tuple[Who, bool] | None:
    """
    Whoever holds this token, with the roles of this very moment, and whether "last seen" is due
    to be written; None when it is none of ours, or over.
    """
    row = session.scalars(
        select(UserSession).where(UserSession.token_sha256 == hashed(token), *live(now))
    ).first()
    if row is None:
        return None
    account = account_of(session, row.person_id)
    if account is None:
        return None
    person = session.get_one(Person, row.person_id)
    return Who(row.id, person.id, person.name, frozenset(person.roles),
               _standing(session, now, row, account, person), account.totp_at is not None,
               person.organisation), now - row.seen_at >= TOUCH


def _standing(
    session: Session, now: datetime, row: UserSession, account: UserAccount, person: Person
) -> Standing:
    if account.totp_at is not None:
        return "full" if row.second else "code"
    return "enrol" if needs_code(session, now, person) else "full"


def touch(session: Session, now: datetime, number: int) -> None:
    """It is in use."""
    session.execute(update(UserSession).where(UserSession.id == number).values(seen_at=now))


def raised(session: Session, number: int) -> str:
    """A code was right: the same session goes on, under a new token."""
    token = new_token()
    session.execute(update(UserSession).where(UserSession.id == number)
                    .values(second=True, token_sha256=hashed(token)))
    return token


def sessions_of(session: Session, now: datetime, person_id: str) -> Sequence[UserSession]:
    """Those that count, the newest first."""
    return session.scalars(
        select(UserSession).where(UserSession.person_id == person_id, *live(now))
        .order_by(UserSession.seen_at.desc(), UserSession.id.desc())
    ).all()


def revoke(session: Session, now: datetime, person_id: str, number: int, by: str) -> None:
    """End one session of this person; UserError when it is not theirs, or over."""
    row = session.scalars(
        select(UserSession).where(UserSession.id == number, UserSession.person_id == person_id,
                                  UserSession.revoked_at.is_(None)).with_for_update()
    ).first()
    if row is None:
        raise UserError(str(number), t("không có phiên đăng nhập này", "there is no such session"),
                        t("tải lại trang", "load the page again"))
    row.revoked_at = now
    audit.record(session, now, by, "session_end", f"user/{person_id}", {"session": number})


def revoke_token(session: Session, now: datetime, token: str) -> None:
    """End the session of this token, where it counts."""
    found = who(session, now, token)
    if found is not None:
        revoke(session, now, found[0].person, found[0].session, found[0].person)


def trust(session: Session, now: datetime, person_id: str) -> str:
    """This browser is not asked for a code for 30 days."""
    session.execute(delete(TrustedDevice).where(TrustedDevice.ends_at < now))
    token = new_token()
    session.add(TrustedDevice(token_sha256=hashed(token), person_id=person_id, made_at=now,
                              ends_at=now + TRUSTED))
    return token


def trusted(session: Session, now: datetime, person_id: str, device: str) -> bool:
    """Whether this browser is one of theirs."""
    row = session.get(TrustedDevice, hashed(device)) if device else None
    return row is not None and row.person_id == person_id and row.ends_at > now


def revoke_all(session: Session, now: datetime, person_id: str, by: str) -> None:
    """«Thoát khỏi mọi nơi»: no session, no trusted device is left."""
    ended = shut_out(session, now, person_id)
    audit.record(session, now, by, "session_end", f"user/{person_id}", {"all": ended})
