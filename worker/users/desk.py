"""What an administrator does at the page of users, each in one transaction of the caller's."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from worker.home import Home
from worker.models import UserAccount
from worker.people import Change, add_person, change_person
from worker.users import links, store
from worker.users.governors import governed, must_be_another


def welcome(
    session: Session, home: Home, person_id: str, name: str, roles: Sequence[str],
    organisation: str | None, by: str,
) -> str:
    """A person with an account; gives the token of the link they set their password by."""
    add_person(session, home, person_id, name, roles, by, organisation)
    now = home.clock.now()
    store.add(session, now, person_id, by)
    return links.make_link(session, now, person_id, by)


def new_link(
    session: Session, now: datetime, person_id: str, by: str, *, new_totp: bool = False
) -> str:
    """
    A link for somebody else: one's own would take a stolen session past the password and the
    code. An account that there is not yet is made.
    """
    governed(session, by, person_id)
    must_be_another(by, person_id)
    if session.get(UserAccount, person_id) is None:
        store.add(session, now, person_id, by)
    return links.make_link(session, now, person_id, by, new_totp=new_totp)


def lock(session: Session, now: datetime, person_id: str, by: str) -> None:
    """Out at once, in every way: no log-in, and no act in their name by the command line."""
    governed(session, by, person_id)
    if store.account_of(session, person_id) is not None:
        store.disable(session, now, person_id, by)
    change_person(session, now, person_id, Change(active=False), by)


def unlock(session: Session, now: datetime, person_id: str, by: str) -> str:
    """Back again, with a new password: gives the token of the link they set it by."""
    governed(session, by, person_id)
    change_person(session, now, person_id, Change(active=True), by)
    account = session.get(UserAccount, person_id)
    if account is None or account.disabled_at is not None:
        store.add(session, now, person_id, by)
    return new_link(session, now, person_id, by)
