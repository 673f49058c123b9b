"""
The dispatcher of one channel: a rolling window of at most `max_parallel` tries on the wire.

    claim -> [settle what finished + begin the next: one commit] -> the wire -> …

Results are settled and the next tries begun in the same transaction, so what a dead worker
leaves uncertain is at most what was on the wire. Between two such turns it asks for stops,
pauses, a newer programme and more urgent batches: nothing new begins a second after a stop.
"""

import queue
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.base import ReportsDelivery
from channels.online import Prepares
from worker import airing
from worker.db import insert_missing, lock_outbox, store_now
from worker.home import in_force
from worker.models import ProgrammeVersion, TargetState
from worker.office import Office
from worker.outbox import expire
from worker.outbox.begin import begin
from worker.outbox.claim import fill, letters, put_off, release, renew
from worker.outbox.many import One
from worker.outbox.settle import settle
from worker.outbox.units import Begun, Lease, Letter, Result, Worker
from worker.outbox.unsure import Unsure
from worker.pace import SLICE, Paces
from worker.receipts import match_pending
from worker.sending import send_one
from worker.telling import Observer, Teller

#: seconds between two looks for something more urgent while busy
LOOK = 0.5
#: results are gathered until all are in, but for at most this long, seconds: a turn costs
#: nearly the same for one as for many
GATHER = 0.004
_NEWEST = One(select(func.max(ProgrammeVersion.id)))
#: outcomes after which a target waits behind the others next time
SLOW_CODES = frozenset({"read-timeout", "connect-timeout"})


class Pool(Protocol):
    """Where tries run: threads, or the caller itself in a rehearsal."""

    def submit(self, call: Callable[[], None]) -> None: ...


@dataclass
class Hand:
    """A leased batch and what of it waits to be begun."""

    lease: Lease
    waiting: deque[Letter]
    flying: int = 0
    renewed_at: float = 0.0
    not_before: datetime | None = None  #: give it back until then


@dataclass
class Dispatcher:
    """Drains one channel."""

    office: Office
    channel_id: str
    worker: Worker
    pool: Pool
    observer: Observer
    paces: Paces | None = None  #: shared with the channel's campaigns
    hands: list[Hand] = field(default_factory=list)
    flying: int = 0

    def __post_init__(self) -> None:
        self._finished: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._all_in = threading.Event()  #: everything that was on the wire has its result
        self._paces = self.paces or Paces(lambda a: self.office.rate(self.channel_id, a))
        self._teller = Teller(self.channel_id)
        self._slow_flying = 0
        self._unsure = Unsure()
        self._missed: list[expire.Missed] = []
        self._bugs: list[Exception] = []  #: of the channel, when asked what it prepares
        self._looked = float("-inf")
        self._clock = self.office.clock

    # ------------------------------------------------------------------ the flow

    def turn(self) -> bool:
        """One turn; True when there is more to do at once."""
        self._tell(busy=True)  # late only while the database refuses turns
        results = self._gather()
        before, begun = self._snapshot(), list[Begun]()
        witness = self.office.store.witness
        generation = witness.generation
        try:
            with self.office.store.write() as session:
                lock_outbox(session, shared=True)
                now, elapsed = self._clock.now(), self._clock.elapsed()
                self._follow_programme(session)
                states = settle(session, now, self.worker.node,
                                [*results, *self._unsure.never_sent(session)])[:len(results)]
                self._match_receipts(session, now, results)
                self._remember_slow(session, now, results)
                self._land(results)
                self._take(session, now)
                begun = self._begin(session, now)
                self._give_back(session, now)
            witness.note(generation, self.channel_id, [b.noted() for b in begun])
        except Exception:
            self._unsure.add(begun, [h.lease for h in self.hands], [h.lease for h in before[0]])
            self._restore(before)  # what came back must still be written, and nothing went out
            for result in results:
                self._finished.put(result)
            raise
        self._unsure.known()
        for b in begun:  # before anything is told: what was begun must go out
            self.pool.submit(partial(self._send, b, elapsed))
        self._spend(begun)
        self._teller.keep(results, states, elapsed)
        self._tell(busy=any(hand.waiting for hand in self.hands))
        return bool(begun or self.hands or self.flying or not self._finished.empty())

    def _send(self, begun: Begun, begun_at: float) -> None:
        """Runs in the pool."""
        self._finished.put(send_one(self.office, self.channel_id, begun, begun_at))
        if self._finished.qsize() >= self.flying:
            self._all_in.set()

    def _tell(self, *, busy: bool) -> None:
        """What was committed; what can wait does while there is more to begin."""
        if not busy or self._missed or self._bugs or self._teller.is_due(self._clock.elapsed()):
            self._teller.tell(self.observer)
        while self._missed:
            m = self._missed.pop(0)
            self.observer.missed(m.occurrence_id, m.channel, m.item_id, m.deliveries)
        while self._bugs:
            self.observer.bug(f"{self.channel_id}.prepares", self._bugs.pop(0))

    def wait(self, stop: threading.Event) -> None:
        """Wait for a result, or for the pace; at most half a second."""
        if self.flying:
            self._await_all()
            if self._finished.empty():
                try:
                    self._finished.put(self._finished.get(timeout=self._next_begin()))
                except queue.Empty:
                    return
                self._await_all()
        elif self.hands:
            self._clock.wait(stop, min(LOOK, max(GATHER, self._pace_wait())))

    def _await_all(self) -> None:
        """Until everything on the wire has its result, for at most `GATHER` seconds."""
        self._all_in.clear()
        if self._finished.qsize() < self.flying:
            self._all_in.wait(GATHER)

    def drain(self) -> None:
        """Begin nothing new; wait for what is on the wire and settle it (at shutdown)."""
        never = threading.Event()
        self._tell(busy=False)
        while self.flying:
            for hand in self.hands:
                hand.waiting.clear()
            self.wait(never)
            results = self._gather()
            try:
                with self.office.store.write() as session:
                    lock_outbox(session, shared=True)
                    states = settle(session, self._clock.now(), self.worker.node, results)
            except Exception:
                for result in results:  # not committed: the caller may try once more
                    self._finished.put(result)
                raise
            self._land(results)
            self._teller.keep(results, states, self._clock.elapsed())
            self._tell(busy=False)
        with self.office.store.write() as session:
            for hand in self.hands:
                release(session, hand.lease, self._clock.now(), not_before=None)
        self.hands.clear()

    def _snapshot(self) -> tuple[list[Hand], int, int]:
        hands = [replace(hand, waiting=deque(hand.waiting)) for hand in self.hands]
        return hands, self.flying, self._slow_flying

    def _restore(self, before: tuple[list[Hand], int, int]) -> None:
        self.hands, self.flying, self._slow_flying = before
        self._missed, self._bugs = [], []

    # ------------------------------------------------------------------ steps of a turn

    def _gather(self) -> list[Result]:
        results = []
        while True:
            try:
                results.append(self._finished.get_nowait())
            except queue.Empty:
                return results

    def _follow_programme(self, session: Session) -> None:
        [(newest,)] = _NEWEST.rows(session)
        if newest is not None and newest != self.office.force.version:
            self.office.renew(in_force(session))

    def _land(self, results: list[Result]) -> None:
        # a batch may come a second time while tries of its lost lease are still on the wire
        by_lease = {(hand.lease.batch_id, hand.lease.token): hand for hand in self.hands}
        for result in results:
            self.flying -= 1
            self._slow_flying -= 1 if result.begun.letter.suspect else 0
            hand = by_lease.get((result.begun.lease.batch_id, result.begun.lease.token))
            if hand is not None:
                hand.flying -= 1

    def _take(self, session: Session, now: datetime) -> None:
        """Claim more when hands are empty; else only look, now and then, for something urgent."""
        channel = self.office.channels.get(self.channel_id)
        if channel is None:
            return
        waiting = [(hand.lease, len(hand.waiting)) for hand in self.hands]
        elapsed = self._clock.elapsed()
        enough = sum(count for _, count in waiting) >= channel.max_parallel
        if enough and elapsed - self._looked < LOOK:
            return
        self._looked = elapsed
        moment = store_now(session, self._clock)
        accounts = [a.id for a in self.office.config(self.channel_id).accounts]
        for lease, found in fill(
            session, now, moment, self.worker, self.channel_id, lease_for=self._lease_for(),
            window=channel.max_parallel, accounts=accounts, waiting=waiting,
        ):
            self.hands.append(Hand(lease, deque(found), renewed_at=elapsed))
        self.hands.sort(key=lambda hand: hand.lease.priority_rank)
        self._hold_leases(session, moment, elapsed)

    def _lease_for(self) -> timedelta:
        # twice the longest try and half a minute: a lease must outlive a slow answer
        return timedelta(seconds=2 * self.office.channels[self.channel_id].timeout + 30)

    def _hold_leases(self, session: Session, moment: datetime, elapsed: float) -> None:
        half = self._lease_for().total_seconds() / 2
        old = [hand for hand in self.hands if elapsed - hand.renewed_at > half]
        held = renew(session, [hand.lease for hand in old], moment + self._lease_for())
        for hand in old:
            hand.renewed_at = elapsed
            if hand.lease.batch_id not in held:
                hand.waiting.clear()

    def _begin(self, session: Session, now: datetime) -> list[Begun]:
        """Begin as many as the window, the pace and the quota for slow targets allow."""
        channel = self.office.channels.get(self.channel_id)
        if channel is None:  # an edit took it away, or its secret: nothing is kept in hand
            for hand in self.hands:
                hand.waiting.clear()
                hand.not_before = now + timedelta(minutes=1)
            return []
        begun: list[Begun] = []
        ahead: Counter[str] = Counter()  #: parts begun in this turn, by account
        moment = store_now(session, self._clock)
        settings = self.office.force.programme.settings
        self._hold_campaigns()
        for hand in self.hands:
            self._may_air(session, hand, now)
            account = hand.lease.account
            chosen = self._choose(hand, channel.max_parallel - self.flying, ahead[account])
            done = begin(
                session, now, moment, self.worker, hand.lease, chosen,
                try_seconds=channel.timeout + 1, programme_version=self.office.force.version,
                late_after=settings.late_after, prepares=isinstance(channel, Prepares),
            )
            if len(done) < len(chosen):
                # forbidden meanwhile (stop, pause, recall, lost lease): the rest is given back,
                # and a claim will not bring it again before it is allowed
                hand.waiting.clear()
                hand.not_before = now + timedelta(seconds=1)
            ahead[account] += sum(b.letter.parts for b in done)
            hand.flying += len(done)
            self.flying += len(done)
            self._slow_flying += sum(b.letter.suspect for b in done)
            begun += done
        return begun

    def _may_air(self, session: Session, hand: Hand, now: datetime) -> None:
        """Keep in hand what may begin now: ahead of its slot, only what is then prepared."""
        lease = hand.lease
        if lease.kind != "publish" or not hand.waiting:
            return
        fit = airing.judge(self.office, lease, hand.waiting, now)
        if fit.missed:
            row = (lease.batch_id, lease.occurrence_id, lease.channel, lease.item_id)
            self._missed += expire.close(session, now, self.worker.node, [row], "late")
        hand.waiting, hand.not_before = deque(fit.now), fit.not_before
        put_off(session, lease, [x.id for x in fit.later], lease.opens_at)
        self._bugs += fit.bugs

    def _choose(self, hand: Hand, room: int, ahead: int) -> list[Letter]:
        """Letters to begin now beside `ahead` parts, suspects within a quarter of the window."""
        channel = self.office.channels[self.channel_id]
        slow_room = max(1, channel.max_parallel // 4) - self._slow_flying
        chosen: list[Letter] = []
        pace = self._paces.of(hand.lease.account)
        elapsed = self._clock.elapsed()
        while hand.waiting and len(chosen) < room:
            letter = hand.waiting[0]
            if letter.suspect and slow_room <= 0:
                break
            if pace is not None and (wait := pace.wait(elapsed, ahead, letter.parts)) > 0:
                total = ahead + sum(x.parts for x in hand.waiting)
                pace.want(elapsed, wait, 2 * hand.lease.priority_rank, letter.parts, total)
                break
            slow_room -= 1 if letter.suspect else 0
            ahead += letter.parts
            chosen.append(hand.waiting.popleft())
        return chosen

    def _give_back(self, session: Session, now: datetime) -> None:
        self._unsure.give_back(session, now)
        for hand in list(self.hands):
            if hand.waiting or hand.flying:
                continue
            if hand.not_before is None:
                hand.waiting.extend(letters(session, hand.lease, now))  # beyond the first page
                if hand.waiting:
                    continue
            release(session, hand.lease, now, not_before=hand.not_before)
            self.hands.remove(hand)

    def _match_receipts(self, session: Session, now: datetime, results: list[Result]) -> None:
        """A receipt may overtake the answer that names its message."""
        if results and isinstance(self.office.channels.get(self.channel_id), ReportsDelivery):
            match_pending(session, now, [r.begun.letter.id for r in results])

    def _remember_slow(self, session: Session, now: datetime, results: list[Result]) -> None:
        slow = [r for r in results if getattr(r.outcome, "code", "") in SLOW_CODES]
        insert_missing(session, TargetState, [
            {"channel": self.channel_id, "target": r.begun.letter.target, "suspect_since": now}
            for r in slow])
        for r in results:
            if r.begun.letter.suspect and r not in slow:
                row = session.get(TargetState, (self.channel_id, r.begun.letter.target))
                if row is not None:
                    session.delete(row)

    # ------------------------------------------------------------------ pace

    def _spend(self, begun: list[Begun]) -> None:
        """After the commit: from now they are on the wire."""
        elapsed = self._clock.elapsed()
        parts: Counter[str] = Counter()
        for b in begun:
            parts[b.lease.account] += b.letter.parts
        for account, count in parts.items():
            pace = self._paces.of(account)
            if pace is not None:
                pace.spend(count, elapsed)
        self._hold_campaigns()

    def _hold_campaigns(self) -> None:
        """What waits here goes before a campaign's next message, unless that is more urgent."""
        ranks: dict[str, int] = {}
        for hand in self.hands:
            if hand.waiting:
                rank = min(hand.lease.priority_rank, ranks.get(hand.lease.account, 99))
                ranks[hand.lease.account] = rank
        self._paces.hold(ranks)

    def _next_begin(self) -> float:
        """Seconds until one more may begin beside what is on the wire."""
        channel = self.office.channels.get(self.channel_id)
        slow = channel is not None and self._slow_flying >= max(1, channel.max_parallel // 4)
        ready = any(h.waiting and not (slow and h.waiting[0].suspect) for h in self.hands)
        if channel is None or self.flying >= channel.max_parallel or not ready:
            return LOOK
        return min(LOOK, max(GATHER, self._pace_wait()))

    def _pace_wait(self) -> float:
        """Half a slice at least, so that a high rate is begun some messages at a time."""
        now = self._clock.elapsed()
        waits = [max(SLICE / 2, pace.wait(now))
                 for hand in self.hands if hand.waiting
                 if (pace := self._paces.of(hand.lease.account)) is not None]
        return min(waits, default=0.0)


