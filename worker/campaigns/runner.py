"""
The runner of a channel's campaigns, in two steps that two threads repeat beside each other:

    write:  [settle what came back + begin the next slice: one commit] -> slices to send
    send:   slices -> pace -> the window of an account -> the wire -> what came back

Writing waits for the disk, sending for the gateway; neither waits for the other. At most two
slices are begun ahead of the wire: a dead worker leaves them in doubt beside what was on the wire
at its last commit. How many messages a slice has says `sizes.py`.
"""

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from sqlalchemy.orm import Session

from worker.db import lock_outbox, store_now
from worker.outbox.units import Worker

from . import begin as beginning
from . import claim, settle, sizes
from .caps import leave_out
from .forecast import opening
from .lane import Lane
from .sender import Outgoing, Sender
from .sizes import AHEAD, MOST, Managed
from .story import Story
from .turns import Turn, order
from .units import Begun, LotLease, Result, Running, Slice
from .unsure import Unsure

#: results are written at the latest after this, seconds: longer than a slice lasts that is begun
#: at a slow pace (`sizes.LONG`), so that they are written by its commit
SOON = 0.3
#: who runs, and what they may, is looked up this often, seconds: a pause is seen by each begin
LOOK = 0.3
#: seconds until a lot is looked at again of which nothing may be begun
AGAIN = timedelta(seconds=1)


@dataclass
class Hand:
    """A leased lot: how far it was begun, and how much of it is on its way."""

    campaign: int
    lease: LotLease
    after: int
    renewed_at: float
    flying: int = 0
    over: bool = False  #: nothing more of it is begun under this lease
    not_before: datetime | None = None


@dataclass
class Runner:
    """Sends a channel's campaigns."""

    lane: Lane
    worker: Worker
    hands: list[Hand] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._running: list[Running] = []
        self._known = claim.Known()
        self._looked = float("-inf")
        self._served: dict[int, int] = {}  #: campaign -> its last turn
        self._turn = 0
        self._nothing_until = float("-inf")  #: there was nothing that may be begun
        self._full = False  #: there was, but the account whose turn it is has enough
        self._managed = Managed()
        self._wrote_at = float("-inf")
        self._story = Story(self.worker.node)
        self._unsure = Unsure()
        self.news = threading.Event()  #: results for the writer, or room for a slice
        self.work = threading.Event()  #: slices for the sender
        self._sender = Sender(self.lane, self.news)
        self.send = self._sender.send

    # ------------------------------------------------------------------ the writer's step

    def wants_to_write(self) -> bool:
        """Results enough or old enough, room for a slice, or leases to hold."""
        elapsed = self.lane.clock.elapsed()
        since = elapsed - self._wrote_at
        if self._sender.results and (since >= SOON or len(self._sender.results) >= MOST):
            return True
        if self._sender.halted or elapsed - self._looked >= LOOK:
            return True
        room = any(self._has_room(campaign) for campaign in self._running)
        return room and elapsed >= self._nothing_until

    def next_write(self) -> float:
        """Seconds until there is something to write, unless there are news before."""
        elapsed = self.lane.clock.elapsed()
        at = self._looked + LOOK
        if self._sender.results or self._sender.flying:
            at = min(at, self._wrote_at + SOON)
        if any(self._has_room(campaign) for campaign in self._running):
            at = min(at, self._nothing_until)
        return min(LOOK, max(0.0, at - elapsed))

    def write(self, *, beginning_allowed: bool = True) -> bool:
        """One transaction; True when there is more to do at once."""
        results = [self._sender.results.popleft() for _ in range(len(self._sender.results))]
        made: Slice | None = None
        before = [Hand(**vars(hand)) for hand in self.hands]
        witness = self.lane.store.witness
        generation = witness.generation
        try:
            with self.lane.store.write() as session:
                lock_outbox(session, shared=True)
                now = self.lane.clock.now()
                self.lane.follow(session)
                self._settle(session, now, [*self._unsure.never_sent(session), *results])
                self._land(results)
                self._unsure.give_back(session, now)
                self._look(session, now)
                if beginning_allowed:
                    made = self._next_slice(session, now)
                    if made is None and any(map(self._has_room, self._running)):
                        rest = AHEAD if self._full else LOOK
                        self._nothing_until = self.lane.clock.elapsed() + rest
                self._hold(session)
                self._give_back(session, now)
                self._story.write(session, now)
            if made is not None and witness.active:
                witness.note(generation, f"{self.lane.channel_id}/campaigns", [made.noted(now)])
        except Exception:
            # begun, perhaps; nothing of it went out, and what came back must still be written
            self._unsure.add(made, [h.lease for h in self.hands], [h.lease for h in before])
            self.hands = before
            self._sender.results.extendleft(reversed(results))
            self._story.forget()
            self.lane.decisions.undone()
            raise
        self._unsure.known()
        self._wrote_at = self.lane.clock.elapsed()
        self._story.told(self.lane.told)
        if made is not None:
            self._sender.outgoing.append(Outgoing(made, deque(made.begun)))
            self.work.set()
        return made is not None or len(self._sender.results) >= MOST

    def _settle(self, session: Session, now: datetime, results: list[Result]) -> None:
        lanes: dict[tuple[int, str], list[Result]] = {}
        for of, run in groupby(results, key=itemgetter(0)):
            lanes.setdefault((of.campaign.id, of.account), []).extend(run)
        for _, mine in sorted(lanes.items()):
            self._managed.note(mine[0].slice.account, self.lane.clock.elapsed(), len(mine))
            by_ref = self.lane.receipts_by_ref()
            done = settle.settle(session, now, self.worker.node, mine, by_ref=by_ref,
                                 twice=self._unsure.again)
            self._story.settled(mine[0].slice.campaign, done)
            self.lane.after_settling(session, now, self.worker.node, mine, done)

    def _land(self, results: list[Result]) -> None:
        by_lease = {hand.lease.token: hand for hand in self.hands}
        for of, run in groupby(results, key=itemgetter(0)):
            hand = by_lease.get(of.lease.token)
            if hand is not None:
                hand.flying -= sum(not r.late for r in run)

    def _look(self, session: Session, now: datetime) -> None:
        elapsed = self.lane.clock.elapsed()
        if elapsed - self._looked < LOOK / 2:  # else a turn of its own would be due soon
            return
        self._looked = elapsed
        self._running = claim.running(session, now, self.lane.channel_id, self._known)
        # what of a paused one was begun and is not on the wire is given back
        self._sender.running = frozenset(campaign.id for campaign in self._running)

    def _has_room(self, campaign: Running) -> bool:
        return any(self._takes(account, campaign.rank)
                   for account, weight in campaign.weights.items() if weight > 0)

    def _takes(self, account: str, rank: int) -> bool:
        """Little is ahead of this account's wire; what is less urgent is overtaken."""
        ahead = [x for x in list(self._sender.outgoing)
                 if x.slice.account == account and x.slice.campaign.rank <= rank]
        return sizes.room(ahead, self.lane.rate(account))

    def _next_slice(self, session: Session, now: datetime) -> Slice | None:
        """Of the most urgent campaigns that may send now, the one served longest ago."""
        self._full = False
        if self.lane.channel() is None:  # an edit took it away, or its secret
            return None
        running = {campaign.id: campaign for campaign in self._running}
        for turn in order(self._turn_of(campaign, now) for campaign in self._running):
            campaign = running[turn.id]
            made = self._slice_of(session, now, campaign)
            if made is not None:
                self._turn += 1
                self._served[campaign.id] = self._turn
                return made
        return None

    def _turn_of(self, campaign: Running, now: datetime) -> Turn:
        """Quiet hours, black-outs, its own opening: judged by the programme in force."""
        may, _ = opening(self.lane.programme(), campaign, now)
        return Turn(campaign.id, campaign.rank, self._served.get(campaign.id, 0),
                    self._has_room(campaign), may)

    def _slice_of(self, session: Session, now: datetime, campaign: Running) -> Slice | None:
        hand = self._hand(session, now, campaign)
        while hand is not None:
            found = beginning.next_waiting(session, now, hand.lease, hand.after, campaign.until_row)
            if found is None:
                hand.over = True
                if hand.flying == 0 and hand.after < hand.lease.first:
                    hand.not_before = now + AGAIN  # nothing of it at all: not at once again
                hand = self._hand(session, now, campaign)
                continue
            decide, elapsed = self.lane.decisions, self.lane.clock.elapsed()
            account = found.account or decide.account(
                session, now, elapsed, campaign, tried=found.tried)
            if account is None:
                return None
            if not self._takes(account, campaign.rank):
                self._full = True
                return None
            size = decide.room(
                session, now, elapsed, campaign, account, self._size(campaign, account))
            if not size:
                return None
            first, last = found.row, min(found.row + size - 1, hand.lease.last, campaign.until_row)
            leave_out(session, now, self.worker.node, campaign, first, last)
            begun = beginning.begin(
                session, now, store_now(session, self.lane.clock), campaign, hand.lease, first,
                last, account, try_seconds=self.lane.timeout(),
                programme_version=self.lane.version())
            hand.after = last
            if begun:
                hand.flying += len(begun)
                decide.begun(campaign, account, len(begun))
                self._story.begun(campaign, begun)
                return self._made(session, campaign, hand.lease, account, begun)
            if beginning.next_waiting(session, now, hand.lease, first - 1, last) is not None:
                # forbidden just now (pause, stop, a rest): the rest is given back
                hand.over, hand.not_before = True, now + AGAIN
                return None
        return None

    def _size(self, campaign: Running, account: str) -> int:
        rate = self.lane.rate(account)
        if rate is not None:
            return sizes.paced(rate, campaign.parts)
        window = getattr(self.lane.channel(), "max_parallel", 1)
        return self._managed.size(account, self.lane.clock.elapsed(), window)

    def _hand(self, session: Session, now: datetime, campaign: Running) -> Hand | None:
        for hand in self.hands:
            if hand.campaign == campaign.id and not hand.over:
                return hand
        moment = store_now(session, self.lane.clock)
        lease = claim.claim(session, now, moment, self.worker, campaign, self._lease_for())
        if lease is None:
            return None
        hand = Hand(campaign.id, lease, lease.first - 1, self.lane.clock.elapsed())
        self.hands.append(hand)
        return hand

    def _made(
        self, session: Session, campaign: Running, lease: LotLease, account: str,
        begun: tuple[Begun, ...],
    ) -> Slice:
        sealed = beginning.recipients(session, begun)
        lists = {b.list_id for b in begun if b.list_id is not None}
        return Slice(campaign, lease, account, begun, sealed,
                     self.lane.field_names(session, lists) if campaign.fields else {},
                     self.lane.clock.elapsed())

    def _lease_for(self) -> timedelta:
        return timedelta(seconds=2 * self.lane.timeout() + 30)

    def _hold(self, session: Session) -> None:
        elapsed = self.lane.clock.elapsed()
        half = self._lease_for().total_seconds() / 2
        for hand in self.hands:
            if elapsed - hand.renewed_at > half:
                until = store_now(session, self.lane.clock) + self._lease_for()
                held = claim.renew(session, [hand.lease], until)
                hand.renewed_at, hand.over = elapsed, hand.over or not held

    def _give_back(self, session: Session, now: datetime) -> None:
        alive = {c.id for c in self._running}
        # without its channel, which an edit took away or a secret, others may have it
        ended = self._sender.halted or self.lane.channel() is None
        for hand in list(self.hands):
            over = ended or hand.over or hand.campaign not in alive
            if hand.flying == 0 and over:
                claim.release(session, now, hand.lease, not_before=hand.not_before)
                self.hands.remove(hand)

    def has_work(self) -> bool:
        """The sender has something to offer or to wait for."""
        return bool(self._sender.outgoing or self._sender.flying)

    def is_idle(self) -> bool:
        """Nothing is in hand, on its way, or to be written."""
        sender = self._sender
        return not (self.hands or self._unsure or sender.outgoing or sender.results
                    or sender.flying)

    def halt(self) -> None:
        """Nothing more is offered: what was begun and did not go out is given back."""
        self._sender.halted = True
        self.work.set()
