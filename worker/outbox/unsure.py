"""
Begun, perhaps: the commit got no answer, for the database went away. Nothing of it went out, so
what was committed after all is not in doubt: it is given back, and begun again.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.values import Retry
from worker.i18n import t
from worker.models import Attempt
from worker.outbox.claim import release
from worker.outbox.units import Begun, Lease, Result


@dataclass
class Unsure:
    """What one dispatcher does not know of its last transaction."""

    _begun: list[Begun] = field(default_factory=list)
    _leases: list[Lease] = field(default_factory=list)

    def add(
        self, begun: Sequence[Begun], held: Iterable[Lease], kept: Collection[Lease]
    ) -> None:
        """It failed: these tries were in it, and the leases we have no more."""
        self._begun += begun
        self._leases += [lease for lease in held if lease not in kept]

    def never_sent(self, session: Session) -> list[Result]:
        """
        What of them stands as a try of ours. By number and lease: a number that was not
        committed may meanwhile be another worker's.
        """
        if not self._begun:
            return []
        written = {(key, number, token) for key, number, token in session.execute(
            select(Attempt.delivery_id, Attempt.number, Attempt.lease_token)
            .where(Attempt.delivery_id.in_([b.letter.id for b in self._begun]),
                   Attempt.day.in_({b.letter.day for b in self._begun}),
                   Attempt.ended_at.is_(None)))}
        outcome = Retry("not-sent", t("cơ sở dữ liệu mất kết nối trước khi gửi",
                                      "the database went away before it was sent"), counts=False)
        return [Result(b, outcome, 0.0) for b in self._begun
                if (b.letter.id, b.number, b.lease.token) in written]

    def give_back(self, session: Session, now: datetime) -> None:
        """The leases, if they are ours; after the tries."""
        for lease in self._leases:
            release(session, lease, now, not_before=None)

    def known(self) -> None:
        """That was committed."""
        self._begun.clear()
        self._leases.clear()
