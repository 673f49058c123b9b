"""Who there is and how their accounts stand: what the page of users shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from vietnamese import collate
from vietnamese.plain import plain
from worker.models import Person, UserAccount, UserSession
from worker.programme.model import Programme
from worker.scope import Scope
from worker.users.sessions import live

#: in: may log in; waiting: no password yet; off: locked; none: no account
State = Literal["in", "waiting", "off", "none"]


@dataclass(frozen=True)
class Entry:
    """A person and their account."""

    id: str
    name: str
    roles: tuple[str, ...]
    organisation: str | None
    state: State
    codes: bool
    sessions: int  #: that they are in with now
    last: datetime | None  #: when a session was last used


@dataclass(frozen=True)
class Wish:
    """What of it is wanted; empty: all."""

    text: str = ""
    organisation: str = ""  #: "-": those of the whole installation
    role: str = ""
    state: str = ""


def listed(session: Session, now: datetime, scope: Scope, wish: Wish) -> list[Entry]:
    """Those held that are wanted, by their names in Vietnamese order."""
    query = select(Person, UserAccount).outerjoin(
        UserAccount, UserAccount.person_id == Person.id)
    if scope.organisations is not None:
        query = query.where(Person.organisation.in_(scope.organisations))
    seen = {person: (last, count) for person, last, count in session.execute(
        select(UserSession.person_id, func.max(UserSession.seen_at),
               func.count().filter(and_(*live(now))))
        .group_by(UserSession.person_id))}
    words = plain(wish.text).casefold().split()
    found = [
        _entry(person, account, *seen.get(person.id, (None, 0)))
        for person, account in session.execute(query)
        if _wanted(person, wish, words)]
    return sorted((e for e in found if wish.state in ("", e.state)),
                  key=lambda e: (collate.name_key(e.name), e.id))


def one(session: Session, now: datetime, scope: Scope, person_id: str) -> Entry | None:
    """This person; None when there is none that is held."""
    person = session.get(Person, person_id)
    if person is None or not scope.holds(person.organisation):
        return None
    last = session.scalar(select(func.max(UserSession.seen_at))
                          .where(UserSession.person_id == person_id))
    count = session.scalar(select(func.count()).select_from(UserSession)
                           .where(UserSession.person_id == person_id, *live(now))) or 0
    return _entry(person, session.get(UserAccount, person_id), last, count)


def organisations(programme: Programme, scope: Scope) -> list[tuple[str, str]]:
    """Id and newest name of those held, in Vietnamese order."""
    names = {o.id: o.name for o in programme.organisations if scope.holds(o.id)}
    return sorted(names.items(), key=lambda pair: collate.key(pair[1]))


def names_of(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """How these persons are called."""
    return dict(iter(session.execute(
        select(Person.id, Person.name).where(Person.id.in_(set(ids))))))


def _entry(
    person: Person, account: UserAccount | None, last: datetime | None, sessions: int
) -> Entry:
    return Entry(person.id, person.name, tuple(person.roles), person.organisation,
                 _state(person, account), account is not None and account.totp_at is not None,
                 sessions if person.active else 0, last)


def _state(person: Person, account: UserAccount | None) -> State:
    if not person.active or (account is not None and account.disabled_at is not None):
        return "off"
    if account is None:
        return "none"
    return "in" if account.password is not None else "waiting"


def _wanted(person: Person, wish: Wish, words: Sequence[str]) -> bool:
    text = plain(f"{person.name} {person.id}").casefold()
    return (all(word in text for word in words)
            and wish.organisation in ("", person.organisation or "-")
            and (not wish.role or wish.role in person.roles))
