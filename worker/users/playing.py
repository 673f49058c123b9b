"""
In training one person can go the whole way: an administrator plays the sample's leader, whose yes
to an item is then another person's. Never in a real installation, nor with an account in use.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import audit
from worker.errors import Refused
from worker.home import Home
from worker.i18n import t
from worker.items.sample import LEADER
from worker.models import Installation, Person, UserAccount
from worker.users import sessions, store
from worker.users.governors import ADMIN
from worker.users.sessions import Browser, Who


@dataclass(frozen=True)
class Part:
    """Somebody who may be played."""

    person: str
    name: str


def part(session: Session, who: Who) -> Part | None:
    """Whom this person may play now; None: nobody."""
    if not session.scalars(select(Installation.training)).one():
        return None
    leader = session.get(Person, LEADER)
    if leader is None or not leader.active or who.person == LEADER:
        return None
    if ADMIN not in who.roles or who.organisation is not None:
        return None
    account = session.get(UserAccount, LEADER)
    if account is not None and (account.password or account.totp_at or account.disabled_at):
        return None
    return Part(leader.id, leader.name)


def play(home: Home, who: Who, browser: Browser) -> str:
    """A session as the sample's leader; the audit says who plays."""
    now = home.clock.now()
    with home.store.write() as session:
        found = part(session, who)
        if found is None:
            raise Refused(t("đóng vai", "playing"),
                          t("chỉ Quản trị làm được, khi tập huấn, với người mẫu chưa ai dùng",
                            "is for administrators in training, with a sample person nobody is"),
                          t("nhờ người duyệt thật", "ask a real approver"))
        if session.get(UserAccount, found.person) is None:
            store.add(session, now, found.person, who.person)
        token = sessions.open_session(session, now, found.person, browser, second=False)
        audit.record(session, now, who.person, "play", f"user/{found.person}",
                     {"address": browser.address})
    return token

