"""
Which account the next slice goes by: by weight among those that work.

An account leaves only for errors that prove nothing was sent: one that speaks of the account, or
connections that failed in a row. After its rest it gets single slices to try, and its whole share
only once messages went by it for a while; the while doubles when it works and fails again, so that
a gateway that comes and goes stays at single slices instead of pulling the campaign to and fro.
A message that may have reached an account stays bound to it: `begin` holds that.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from channels.values import Accepted, Delivered, Outcome, Rejected, Retry
from worker.models import AccountRow, UtcDateTime
from worker.outbox.many import One

from .units import Result, Running

#: the gateway was not reached: not a byte of the message left
UNREACHED = frozenset({"connect", "connect-timeout", "dns", "smpp-bind-timeout", "smpp-down"})
#: so many in a row, and the account rests
IN_A_ROW = 3
#: … so long, seconds, twice as long after each failure more; one that was refused rests as long
#: as its row says
REST, MOST_REST = 15.0, 60.0
#: a slice to try goes by an account no more often than this, seconds
PROBE = 5.0
#: messages that came through since it failed, and seconds since, before it has its whole share …
PROVEN, HOLD = 20, 60.0
#: … which double up to this when it failed again within an hour of the last time
MOST_HOLD, CALM = 900.0, 3600.0

#: answers that speak of the message: the account works
_CAME = (Accepted, Delivered, Rejected)
_CAME_TYPES = frozenset(_CAME)

Name = Literal["whole", "trial", "probe", "rests"]


@dataclass
class _Standing:
    """What an account has shown lately; seconds."""

    whole: bool = True
    in_a_row: int = 0  #: connections that failed
    failed_at: float = float("-inf")
    rest_until: float = float("-inf")
    misses: int = 0  #: failures since something came through
    hold: float = 0.0
    good: int = 0  #: messages since it was tried after it failed
    probed_at: float = float("-inf")

    def name(self, elapsed: float) -> Name:
        if elapsed < self.rest_until:
            return "rests"
        if self.whole:
            return "whole"
        return "trial" if self.good else "probe"

    def fail(self, elapsed: float, *, rests: bool) -> None:
        self.in_a_row = 0
        if not (self.whole or self.probed_at > self.failed_at):
            return  # on its way since before: the same failure
        if self.whole or self.good:
            again = elapsed - self.failed_at < CALM
            self.hold = min(MOST_HOLD, 2 * self.hold) if again else HOLD
        self.whole, self.good, self.failed_at = False, 0, elapsed
        if rests:
            self.rest_until = elapsed + min(MOST_REST, REST * 2 ** self.misses)
        self.misses += 1

    def work(self, elapsed: float, messages: int) -> None:
        self.in_a_row = 0
        if self.whole or self.probed_at <= self.failed_at:
            return
        self.good += messages
        self.misses = 0
        self.whole = self.good >= PROVEN and elapsed - self.failed_at >= self.hold


@dataclass
class Accounts:
    """How the accounts of a channel stand; pure."""

    _all: dict[str, _Standing] = field(default_factory=dict)

    def note(self, account: str, outcome: Outcome, elapsed: float) -> None:
        """What came of a message that went by it."""
        standing = self._all.setdefault(account, _Standing())
        if isinstance(outcome, _CAME):
            standing.work(elapsed, 1)
        elif isinstance(outcome, Retry) and outcome.scope == "account":
            standing.fail(elapsed, rests=False)
        elif isinstance(outcome, Retry) and outcome.code in UNREACHED:
            standing.in_a_row += 1
            if standing.in_a_row >= IN_A_ROW:
                standing.fail(elapsed, rests=True)

    def came(self, account: str, messages: int, elapsed: float) -> None:
        """So many were answered, each by whether it was taken."""
        self._all.setdefault(account, _Standing()).work(elapsed, messages)

    def failed(self, account: str, elapsed: float) -> None:
        """Its row says that it was refused: by another node, another thread, before a restart."""
        standing = self._all.setdefault(account, _Standing())
        if standing.whole:
            standing.fail(elapsed, rests=False)

    def name(self, account: str, elapsed: float) -> Name:
        standing = self._all.get(account)
        return standing.name(elapsed) if standing is not None else "whole"

    def to_try(self, accounts: Iterable[str], elapsed: float) -> str | None:
        """One whose slice to try is due, the longest untried first; it counts as tried now."""
        due = [(standing.probed_at, account) for account in accounts
               if (standing := self._all.get(account)) is not None
               and standing.name(elapsed) in ("trial", "probe")
               and elapsed - standing.probed_at >= PROBE]
        if not due:
            return None
        account = min(due)[1]
        self._all[account].probed_at = elapsed
        return account


@dataclass
class Shares:
    """Smooth weighted round robin, counted in messages; pure."""

    _credit: dict[str, float] = field(default_factory=dict)
    _among: dict[str, float] = field(default_factory=dict)

    def next(self, weights: Mapping[str, float]) -> str:
        """Whose turn it is. The same until `went` says that messages went."""
        whole = sum(weights.values())
        self._among = {account: weight / whole for account, weight in weights.items()}
        return max(self._among, key=lambda a: (self._credit.get(a, 0.0) + self._among[a], a))

    def went(self, account: str, messages: int) -> None:
        """So many went by it: each of the others is owed its share of them."""
        if account not in self._among:
            return  # a slice to try, or one that was bound to it: nobody's turn
        for other, share in self._among.items():
            self._credit[other] = self._credit.get(other, 0.0) + share * messages
        self._credit[account] -= messages


@dataclass
class Choice:
    """The accounts of a channel, and whose turn it is in each of its campaigns."""

    accounts: Accounts = field(default_factory=Accounts)
    _shares: dict[int, Shares] = field(default_factory=dict)

    def choose(
        self, campaign: int, weights: Mapping[str, float], resting: Collection[str],
        elapsed: float, *, tried: bool = False,
    ) -> str | None:
        """
        The account of the campaign's next slice, or None while none can take it. `tried`: its
        first message was, before: it is not spent on an account to try while another works, or
        the last messages of a campaign would use up their tries on a dead one.
        """
        able = {a: w for a, w in weights.items() if w > 0 and a not in resting}
        names = {a: self.accounts.name(a, elapsed) for a in able}
        if not (tried and "whole" in names.values()):
            to_try = self.accounts.to_try(able, elapsed)
            if to_try is not None:
                return to_try
        for wanted in ("whole", "trial"):  # nobody whole: better on trial than late
            among = {a: w for a, w in able.items() if names[a] == wanted}
            if among:
                return self._shares.setdefault(campaign, Shares()).next(among)
        return None

    def account_for(
        self, session: Session, now: datetime, elapsed: float, campaign: Running, *, tried: bool
    ) -> str | None:
        """`choose`, with what the database says of the accounts."""
        resting = set()
        for account, rests in _TROUBLED.rows(session, b_channel=campaign.channel, b_now=now):
            if rests:
                resting.add(account)
            else:
                self.accounts.failed(account, elapsed)
        if "*" in resting:
            return None
        return self.choose(campaign.id, campaign.weights, resting, elapsed, tried=tried)

    def at_most(self, account: str, elapsed: float, wanted: int) -> int:
        """How many of a slice may go by it: few where none has come through since it failed."""
        return min(wanted, PROVEN) if self.accounts.name(account, elapsed) == "probe" else wanted

    def begun(self, campaign: int, account: str, messages: int) -> None:
        """So many of a slice stand as begun on it."""
        if campaign in self._shares:
            self._shares[campaign].went(account, messages)

    def came_back(self, results: Sequence[Result], elapsed: float) -> None:
        """What the wire brought of one account."""
        account = results[0].slice.account
        if {type(r.outcome) for r in results} <= _CAME_TYPES:  # then in whatever order
            self.accounts.came(account, len(results), elapsed)
            return
        for result in results:
            self.accounts.note(account, result.outcome, elapsed)


_NOW = bindparam("b_now", type_=UtcDateTime())
_TROUBLED = One(
    select(AccountRow.account,
           or_(AccountRow.paused_at.is_not(None),
               AccountRow.blocked_until.is_not(None) & (AccountRow.blocked_until > _NOW)))
    .where(AccountRow.channel == bindparam("b_channel"),
           or_(AccountRow.paused_at.is_not(None), AccountRow.blocked_until > _NOW,
               AccountRow.failures > 0))
)
