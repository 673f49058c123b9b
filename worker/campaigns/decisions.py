"""
What the runner of a channel asks that is no message: by which account the next slice goes, how
many of it, and whether the campaign must pause itself. In the thread of its writer, each in the
transaction that begins or settles.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from channels.values import Advice
from worker.programme.model import Limits

from . import acts, bars
from .ceilings import Ceilings
from .choice import Choice
from .guard import Reason
from .guards import Guards
from .settle import Settled
from .units import Result, Running


@dataclass
class Decisions:
    """Of one channel."""

    choice: Choice = field(default_factory=Choice)
    ceilings: Ceilings = field(default_factory=Ceilings)
    guards: Guards = field(default_factory=Guards)

    def account(
        self, session: Session, now: datetime, elapsed: float, campaign: Running, *, tried: bool
    ) -> str | None:
        """
        The account of the next slice, or None while none may take it. `tried`: its first
        message was, before.
        """
        return self.choice.account_for(session, now, elapsed, campaign, tried=tried)

    def room(
        self, session: Session, now: datetime, elapsed: float, campaign: Running, account: str,
        wanted: int,
    ) -> int:
        """How many of so many messages may be begun. 0: no more, and it pauses by itself."""
        wanted = self.choice.at_most(account, elapsed, wanted)
        room = self.ceilings.room(session, elapsed, campaign, wanted)
        if not room:
            self._pause(session, now, campaign, self.ceilings.ended(session, campaign))
        return room

    def begun(self, campaign: Running, account: str, messages: int) -> None:
        """So many were begun on an account."""
        self.choice.begun(campaign.id, account, messages)

    def settled(
        self, session: Session, now: datetime, elapsed: float, limits: Limits,
        codes: Mapping[str, Advice], results: Sequence[Result], settled: Sequence[Settled],
    ) -> None:
        """What came back of one campaign; it pauses here when that is a reason."""
        if not results:
            return
        self.choice.came_back(results, elapsed)
        campaign = results[0].slice.campaign
        reason = self.guards.settled(session, now, limits, codes, campaign, settled)
        self._pause(session, now, campaign, reason)

    def undone(self) -> None:
        """The transaction was not committed: what was counted in it is read anew."""
        self.ceilings.forget()
        self.guards.forget()

    def _pause(
        self, session: Session, now: datetime, campaign: Running, reason: Reason | None
    ) -> None:
        if reason is None:
            return
        if acts.pause_by_itself(session, now, campaign.id, reason.code, reason.what):
            bars.told(session, now, campaign.id, reason)
