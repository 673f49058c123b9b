"""
Accounts are asked about 30 and 5 minutes before they are used, and one that fails every minute
until then, so that it is mended while there is time. Each node remembers for itself whom it
asked; after a restart it asks once more.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from worker import accounts
from worker.coming import Use, uses
from worker.office import Office

#: minutes before the use; asked from a minute earlier on, and late rather than never
MARKS = (timedelta(minutes=30), timedelta(minutes=5))
EARLY = timedelta(minutes=1)
#: one that fails is asked again after this; less than a minute, so that ticks do not skip one
AGAIN = timedelta(seconds=50)


class BeforeSlot:
    """Whom this node asked when, and who failed."""

    def __init__(self) -> None:
        self._asked: dict[str, datetime] = {}
        self._failing: set[str] = set()

    def tick(self, office: Office, now: datetime) -> list[str]:
        """One round; gives the names that were asked."""
        with office.store.read() as session:
            coming = uses(session, office.force.programme, now)
        names = sorted({use.name for use in coming if self._is_due(use, now)})
        if not names:
            self._forget(coming)
            return []
        self._asked |= dict.fromkeys(names, now)
        answers, bugs = accounts.ask(office, accounts.named(names))
        accounts.tell(office, answers, coming)
        for answer in answers:
            self._failing.discard(answer.name)
            if not answer.works_until(nearest(coming, answer.name)):
                self._failing.add(answer.name)
        if bugs:
            raise ExceptionGroup("before the slot", bugs)
        return names

    def _is_due(self, use: Use, now: datetime) -> bool:
        last = self._asked.get(use.name)
        if last is None:
            return True
        begins = (use.at - mark - EARLY for mark in MARKS)
        return (any(last < begin <= now for begin in begins)
                or (use.name in self._failing and now - last >= AGAIN))

    def _forget(self, coming: Iterable[Use]) -> None:
        used = {use.name for use in coming}
        self._asked = {name: at for name, at in self._asked.items() if name in used}
        self._failing &= used


def nearest(coming: Iterable[Use], name: str) -> datetime | None:
    """When the account is used next."""
    return min((use.at for use in coming if use.name == name), default=None)
