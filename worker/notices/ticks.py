"""What time does for notices: found, written down, and sent to whoever has an address for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from worker.alarms.notify import Senders
from worker.db import Store
from worker.home import Home
from worker.models import Notice, Person
from worker.notices import store
from worker.notices.evening import evening
from worker.notices.items import ItemNotices
from worker.notices.results import aired
from worker.notices.store import EVERYBODY, Told
from worker.programme.model import Duty, Programme

log = structlog.get_logger("giovang.notices")

#: what could not be mailed within this is read in the console
MAIL_WITHIN = timedelta(hours=1)
#: letters of one tick
LETTERS = 50


@dataclass
class Notices:
    """May be called at any time, by any node, twice: nobody is told twice of one thing."""

    home: Home
    _items: ItemNotices = field(default_factory=ItemNotices)
    _aired: set[str] = field(default_factory=set)
    _evenings: set[date] = field(default_factory=set)

    def tick(self, now: datetime) -> int:
        """Write down what is new; gives how many there were to write."""
        try:
            return self._find(now) + evening(self.home, now, self._evenings)
        except BaseException:
            self._items, self._aired = ItemNotices(), set()  # looked at, and not written down
            raise

    def _find(self, now: datetime) -> int:
        with self.home.store.read() as session:
            found: Sequence[Told] = [
                *self._items.waits(session, now), *self._items.back(session, now),
                *aired(session, now, self._aired)]
        if found:
            with self.home.store.write() as session:
                store.write(session, now, found)
        return len(found)


def mail(store_: Store, programme: Programme, senders: Senders, now: datetime) -> int:
    """
    By e-mail to whoever of the duty roster has an address there. One try, claimed before: the
    notice stands in the console, and a letter that came twice is worse than one that did not.
    """
    roster = {d.person: d for d in reversed(programme.alarms.duty) if d.email}
    if not (roster and programme.alarms.smtp and senders.mail is not None):
        return 0
    with store_.read() as session:
        letters = [(n, people) for n in session.scalars(
            select(Notice).where(Notice.told_at.is_(None), Notice.made_at > now - MAIL_WITHIN)
            .order_by(Notice.made_at).limit(LETTERS))
            if (people := _people(session, n, roster))]
    sent = 0
    for notice, people in letters:
        with store_.write() as session:
            mine = session.execute(
                update(Notice).where(Notice.id == notice.id, Notice.told_at.is_(None))
                .values(told_at=now).returning(Notice.id)
                .execution_options(synchronize_session=False)).first()
        for duty in people if mine is not None else ():
            sent += _sent(notice, duty, programme, senders)
    return sent


def _people(session: Session, notice: Notice, roster: dict[str, Duty]) -> list[Duty]:
    if notice.person is not None:
        return [roster[notice.person]] if notice.person in roster else []
    organisation = None if notice.organisation == EVERYBODY else notice.organisation
    same = (Person.organisation.is_(None) if organisation is None
            else Person.organisation == organisation)
    return [roster[p] for p in session.scalars(
        select(Person.id).where(Person.id.in_(roster), Person.active, same).order_by(Person.id))]


def _sent(notice: Notice, duty: Duty, programme: Programme, senders: Senders) -> bool:
    assert senders.mail is not None  # noqa: S101  (asked before)
    try:
        senders.mail(_value(senders, programme.alarms.smtp), _value(senders, duty.email),
                     f"[giovang] {notice.title}", notice.text)
    except Exception as error:  # noqa: BLE001  (a broken way stops nothing else)
        log.error("notice.not_mailed", id=notice.id, error=repr(error))
        return False
    return True


def _value(senders: Senders, reference: str) -> str:
    named = reference.startswith(("env:", "file:"))
    return senders.secret(reference) if named else reference
