"""
The lane of a channel: what its dispatcher and its campaigns share, above all the connections and
the permitted rate; and what a runner asks of the programme in force.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.base import BringsReceipts, Channel, ReportsDelivery
from worker.clock import Clock
from worker.db import Store
from worker.home import in_force
from worker.lists.secret import Ring, open_ring
from worker.models import ProgrammeVersion, RecipientList
from worker.office import MissingSecretError, Office
from worker.outbox.many import One
from worker.pace import Pace, Paces
from worker.programme.model import Programme

from .decisions import Decisions
from .receipts import match_refs
from .settle import Settled
from .units import Result

log = structlog.get_logger("giovang")

_NEWEST = One(select(func.max(ProgrammeVersion.id)))


@dataclass
class Lane:
    """One channel's."""

    office: Office
    channel_id: str
    bug: Callable[[str, BaseException], None]
    decisions: Decisions = field(default_factory=Decisions)
    #: a pace for (channel, account, rate), where other workers send by that account, too
    make_pace: Callable[[str, str, float], Pace] | None = None

    def __post_init__(self) -> None:
        make = self.make_pace
        self.paces = Paces(self.rate, None if make is None else partial(make, self.channel_id))
        self._names: dict[int, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    @property
    def store(self) -> Store:
        return self.office.store

    @property
    def clock(self) -> Clock:
        return self.office.clock

    def channel(self) -> Channel | None:
        return self.office.channels.get(self.channel_id)

    def timeout(self) -> float:
        channel = self.channel()
        return channel.timeout if channel is not None else 15.0

    def programme(self) -> Programme:
        return self.office.force.programme

    def version(self) -> int:
        return self.office.force.version

    def follow(self, session: Session) -> None:
        """Take up a newer programme; the dispatcher of this channel may do so as well."""
        [(newest,)] = _NEWEST.rows(session)
        with self._lock:
            if newest is not None and newest != self.office.force.version:
                self.office.renew(in_force(session))

    def accounts(self) -> list[str]:
        return [a.id for a in self.office.config(self.channel_id).accounts]

    def rate(self, account: str) -> float | None:
        """None without, and when an edit took the channel or the account away."""
        if all(c.id != self.channel_id for c in self.programme().channels):
            return None
        return self.office.rate(self.channel_id, account)

    def receipts_by_ref(self) -> bool:
        """The gateway's receipts name its own ids, not our key."""
        return bool(getattr(self.channel(), "receipts_by_ref", True))

    def ring(self) -> Ring:
        with self.store.read() as session:
            return open_ring(session, self.office.settings.var)

    def handsets(self) -> Mapping[str, str]:
        """Our own phones, by name; one whose number is not there gets nothing."""
        found = {}
        options = self.office.config(self.channel_id).options
        for name, reference in options.get("seeds", {}).items():
            try:
                personal = str(reference).startswith(("env:", "file:"))
                found[name] = str(self.office.secret(reference)) if personal else str(reference)
            except MissingSecretError as error:
                log.warning("campaign.handset", name=name, error=str(error))
        return found

    def field_names(self, session: Session, lists: set[int]) -> dict[int, tuple[str, ...]]:
        """Names of the columns of these lists."""
        for list_id in lists - self._names.keys():
            row = session.get_one(RecipientList, list_id)
            self._names[list_id] = tuple(row.fields)
        return {list_id: self._names[list_id] for list_id in lists}

    def after_settling(
        self, session: Session, now: datetime, node: str, results: Sequence[Result],
        settled: Sequence[Settled],
    ) -> None:
        """Receipts that overtook their answers; reasons to pause."""
        channel = self.channel()
        if isinstance(channel, ReportsDelivery | BringsReceipts):
            since = min(r.begun.first_try_at for r in results)
            match_refs(session, now, node, self.channel_id, results[0].slice.account, since)
        codes = channel.codes if channel is not None else {}
        self.decisions.settled(session, now, self.clock.elapsed(),
                               self.programme().limits, codes, results, settled)

    def told(self, occurrence: str, detail: dict[str, object]) -> None:
        log.info("campaign.slice", occurrence=occurrence, **detail)
