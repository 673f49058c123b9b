"""
The runner of a channel's campaigns, in two steps that two threads repeat beside each other:

    write:  [settle what came back + begin the next slice: one commit] -> slices to send
    send:   slices -> pace -> the window of an account -> the wire -> what came back

Writing waits for the disk, sending for the gateway; neither waits for the other. At most two
slices are begun ahead of the wire, so that is what a dead worker leaves in doubt beside what was
on the wire. A slice is what the account may send in 50 ms, at most `MOST`.
"""

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy.orm import Session

from worker.db import lock_outbox, store_now
from worker.outbox.units import Worker

from . import begin as beginning
from . import claim, settle
from .caps import leave_out
from .forecast import opening
from .lane import Lane
from .sender import Outgoing, Sender
from .story import Story
from .turns import Turn, order
from .units import Begun, LotLease, Result, Running, Slice

#: messages begun together where no rate holds them back
MOST = 250
#: what an account may send in so many seconds is begun together. A commit each 20 ms would take
#: a tenth of a core for a hundred messages a second
AHEAD = 0.05
#: results are written at the latest after this, seconds
SOON = 0.05
#: who runs, and what they may, is looked up this often, seconds: a pause is seen by each begin
LOOK = 0.25
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
        self._looked = float("-inf")
        self._served: dict[int, int] = {}  #: campaign -> its last turn
        self._turn = 0
        self._nothing_until = float("-inf")  #: there was nothing that may be begun
        self._wrote_at = float("-inf")
        self._story = Story(self.worker.node)
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

    def write(self, *, beginning_allowed: bool = True) -> bool:
        """One transaction; True when there is more to do at once."""
        results = [self._sender.results.popleft() for _ in range(len(self._sender.results))]
        made: Slice | None = None
        before = [Hand(**vars(hand)) for hand in self.hands]
        try:
            with self.lane.store.write() as session:
                lock_outbox(session, shared=True)
                now = self.lane.clock.now()
                self.lane.follow(session)
                self._settle(session, now, results)
                self._look(session, now)
                if beginning_allowed:
                    made = self._next_slice(session, now)
                    if made is None:
                        self._nothing_until = self.lane.clock.elapsed() + LOOK
                self._hold(session)
                self._give_back(session, now)
                self._story.write(session, now)
        except Exception:
            # not committed: nothing was begun, and what came back must still be written
            self.hands = before
            self._sender.results.extendleft(reversed(results))
            self._story.forget()
            self.lane.decisions.undone()
            raise
        self._wrote_at = self.lane.clock.elapsed()
        self._story.told(self.lane.told)
        if made is not None:
            self._sender.outgoing.append(Outgoing(made, deque(made.begun)))
            self.work.set()
        return made is not None or len(self._sender.results) >= MOST

    def _settle(self, session: Session, now: datetime, results: list[Result]) -> None:
        def lane_of(r: Result) -> tuple[int, str]:
            return r.slice.campaign.id, r.slice.account

        for _, group in groupby(sorted(results, key=lane_of), key=lane_of):
            mine = list(group)
            by_ref = self.lane.receipts_by_ref()
            done = settle.settle(session, now, self.worker.node, mine, by_ref=by_ref)
            self._story.settled(mine[0].slice.campaign, done)
            self.lane.after_settling(session, now, self.worker.node, mine, done)
        by_lease = {hand.lease.token: hand for hand in self.hands}
        for r in results:
            hand = by_lease.get(r.slice.lease.token)
            if hand is not None and not r.late:
                hand.flying -= 1

    def _look(self, session: Session, now: datetime) -> None:
        elapsed = self.lane.clock.elapsed()
        if elapsed - self._looked < LOOK:
            return
        self._looked = elapsed
        self._running = claim.running(session, now, self.lane.channel_id)

    def _has_room(self, campaign: Running) -> bool:
        """Two slices ahead of the wire at most; less urgent ones are overtaken."""
        ahead = [x for x in list(self._sender.outgoing)
                 if x.waiting and x.slice.campaign.rank <= campaign.rank]
        return len(ahead) < 2

    def _next_slice(self, session: Session, now: datetime) -> Slice | None:
        """Of the most urgent campaigns that may send now, the one served longest ago."""
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
        return MOST if rate is None else min(MOST, max(1, int(rate * AHEAD / campaign.parts)))

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
        for hand in list(self.hands):
            over = hand.over or self._sender.halted or hand.campaign not in alive
            if hand.flying == 0 and over:
                claim.release(session, now, hand.lease, not_before=hand.not_before)
                self.hands.remove(hand)

    def has_work(self) -> bool:
        """The sender has something to offer or to wait for."""
        return bool(self._sender.outgoing or self._sender.flying)

    def is_idle(self) -> bool:
        """Nothing is in hand, on its way, or to be written."""
        sender = self._sender
        return not (self.hands or sender.outgoing or sender.results or sender.flying)

    def halt(self) -> None:
        """Nothing more is offered: what was begun and did not go out is given back."""
        self._sender.halted = True
        self.work.set()
