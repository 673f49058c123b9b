"""Several workers on one account: together never more than its rate and one slice."""

import heapq
import itertools
import math
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from worker.leased import LEAD, PLENTY, STRETCH, Answer, Ask, DatabaseTime, LeasedPace
from worker.pace import SLICE, Pace

#: a failure is told as it is: making it smaller takes minutes here
GENERATE = (Phase.explicit, Phase.reuse, Phase.generate)


@dataclass
class Row:
    """`account_rate`, as its statement moves it (tests/store/test_rates.py holds that)."""

    until: float = 0.0
    rank: int = 0
    waiting_until: float = 0.0
    token: int = 0

    def take(self, moment: float, ask: Ask) -> Answer:
        first = self.waiting_until <= moment or ask.rank <= self.rank
        free = first and self.until <= moment + LEAD
        start = None
        if free:
            start = max(self.until, moment - min(SLICE, ask.seconds))
            self.until, self.token = start + ask.seconds, self.token + 1
        if first:
            self.rank = ask.rank
            self.waiting_until = moment if free and not ask.more else moment + 0.5
        return Answer(moment, start, self.until, str(self.token))


@dataclass
class Worker:
    """Sends as soon as it may, looking as often as its machine lets it."""

    clock: float  #: its monotonic clock is ahead by this
    rank: int
    parts: int
    looks: tuple[float, float]
    pace: LeasedPace
    left: int
    dies_at: float = float("inf")
    asked_at: float = 0.0
    sent: list[float] = field(default_factory=list)


@dataclass
class Cluster:
    """Workers in real seconds; the database's clock is `shift` ahead."""

    rng: random.Random
    trip: float  #: longest way to the database and back
    shift: float = 1_000_000.0
    row: Row = field(default_factory=Row)
    workers: list[Worker] = field(default_factory=list)

    def add(self, rate: float, *, left: int = 10**6, parts: int = 1, rank: int = 0,
            looks: tuple[float, float] = (0.001, 0.008)) -> Worker:
        worker = Worker(self.rng.uniform(0, 1e4), rank, parts, looks, LeasedPace(rate), left)
        self.workers.append(worker)
        return worker

    def run(self, seconds: float, since: float = 0.0) -> None:
        count = itertools.count()
        events = [(since, next(count), kind, w) for w in self.workers for kind in ("look", "ask")]
        heapq.heapify(events)
        while events:
            now, _, kind, w = heapq.heappop(events)
            if now > since + seconds or now > w.dies_at:
                continue
            wait = self._look(w, now) if kind == "look" else self._ask(w, now)
            heapq.heappush(events, (now + wait, next(count), kind, w))

    def _look(self, w: Worker, now: float) -> float:
        mine = now + w.clock
        while w.left and (wait := w.pace.take(w.parts, mine)) <= 0:
            w.sent.append(now)
            w.left -= 1
        if w.left:
            w.pace.want(mine, wait, w.rank, w.parts, w.parts * w.left)
        return max(min(wait, 0.5) if w.left else 0.01, self.rng.uniform(*w.looks))

    def _ask(self, w: Worker, now: float) -> float:
        ask, wait = w.pace.asks(now + w.clock)
        if ask is None:
            return min(wait, 0.001)
        trip = self.rng.uniform(0.1, 1.0) * self.trip
        answer = self.row.take(now + self.rng.random() * trip + self.shift, ask)
        w.pace.answered(answer, now + w.clock, now + trip + w.clock)
        return trip

    @staticmethod
    def bound(rate: float, parts: int = 1) -> int:
        """As for one worker: the rate and a slice, in whole parts, and one message."""
        return math.floor(rate * (1 + SLICE)) + parts

    def most(self) -> int:
        """Parts in the fullest second, by the far side's count."""
        sent = sorted((at, w.parts) for w in self.workers for at in w.sent)
        return max(sum(p for at, p in sent[i:] if at < first + 1 - 1e-9)
                   for i, (first, _) in enumerate(sent))


@settings(max_examples=20, deadline=None, phases=GENERATE)
@given(
    rate=st.sampled_from([5.0, 17.0, 40.0, 93.0]), workers=st.integers(1, 4),
    parts=st.integers(1, 3), trip=st.floats(0.0005, 0.008), seed=st.integers(0, 2**32),
)
def test_no_second_sees_more_than_the_rate_and_one_slice(
    rate: float, workers: int, parts: int, trip: float, seed: int
) -> None:
    """Whoever sends, one of them dying: in any sliding second; and the rate is used."""
    # given workers whose clocks have nothing to do with each other, one of which dies
    cluster = Cluster(random.Random(seed), trip)
    for _ in range(workers):
        cluster.add(rate, parts=parts)
    if workers > 1:
        cluster.workers[0].dies_at = 4.0

    cluster.run(12.0)

    assert cluster.most() <= cluster.bound(rate, parts)
    used = sum(w.parts * len(w.sent) for w in cluster.workers)
    held = STRETCH * rate + parts if workers > 1 else 0  # by the one that died
    assert used >= 0.98 * 12 * rate - held - parts


@settings(max_examples=20, deadline=None, phases=GENERATE)
@given(
    rate=st.sampled_from([5.0, 40.0, 300.0, 1_000.0]), workers=st.sampled_from([1, 2, 4]),
    parts=st.integers(1, 3), trip=st.floats(0.0005, 0.008), seed=st.integers(0, 2**32),
)
def test_an_account_that_stood_idle_is_not_made_up_for(
    rate: float, workers: int, parts: int, trip: float, seed: int
) -> None:
    """Now a message at a time, now nothing, now all it can: in any sliding second."""
    # given workers that have each time had enough, and had more time than they needed
    rng = random.Random(seed)
    cluster = Cluster(rng, trip)
    for _ in range(workers):
        cluster.add(rate, parts=parts, left=0)

    # when what they have to send comes in spells, some of which are alone and some together
    now = 0.0
    for n in range(12):
        busy = n % 4 == 3
        for worker in cluster.workers:
            worker.left = 10**6 if busy else rng.randint(0, 3)
        for_so_long = 1.2 if busy else rng.choice([0.01, 0.1, 0.5])
        cluster.run(for_so_long, since=now)
        now += for_so_long

    # then
    assert cluster.most() <= cluster.bound(rate, parts)


@settings(max_examples=15, deadline=None, phases=GENERATE)
@given(rate=st.sampled_from([0.5, 0.9, 3.0, 17.5, 39.0, 61.5, 300.0]),
       seed=st.integers(0, 2**32), slowest=st.floats(0.001, 0.3))
def test_a_machine_that_comes_late_does_not_make_up_for_it(
    rate: float, seed: int, slowest: float
) -> None:
    """Slow machines use less of the rate, and never more than it."""
    cluster = Cluster(random.Random(seed), trip=0.01)
    for _ in range(3):
        cluster.add(rate, looks=(0.001, slowest))

    cluster.run(6.0 if rate > 1 else 30.0)

    assert cluster.most() <= cluster.bound(rate)


def test_a_slow_rate_is_used_by_machines_that_come_a_little_late() -> None:
    """One message in two seconds: whoever looks 40 ms late has not lost his turn."""
    cluster = Cluster(random.Random(1), trip=0.004)
    for _ in range(2):
        cluster.add(0.5, looks=(0.005, 0.06))

    cluster.run(120.0)

    assert sum(len(w.sent) for w in cluster.workers) >= 60


def test_what_is_urgent_overtakes_another_workers_campaign() -> None:
    """At once, and all of it before the campaign's next; then the campaign goes on."""
    # given a campaign on one worker
    cluster = Cluster(random.Random(2), trip=0.004)
    campaign = cluster.add(40.0, rank=5)
    cluster.run(3.0)

    # when another worker has something urgent
    urgent = cluster.add(40.0, rank=0, left=40)
    cluster.run(4.0, since=3.0)

    # then
    assert urgent.sent[0] < 3.0 + STRETCH + 0.1
    assert urgent.sent[-1] < 3.0 + STRETCH + 0.1 + 1.0 + 0.3
    between = [at for at in campaign.sent if urgent.sent[0] < at < urgent.sent[-1]]
    assert len(between) <= 1
    assert campaign.sent[-1] > 6.9


def test_nobody_waits_for_one_that_died_while_it_was_urgent() -> None:
    """Its rank is forgotten within half a second."""
    cluster = Cluster(random.Random(3), trip=0.004)
    campaign = cluster.add(40.0, rank=5)
    cluster.add(40.0, rank=0).dies_at = 2.0

    cluster.run(4.0)

    assert min(at for at in campaign.sent if at > 1.0) < 2.0 + STRETCH + 0.6


def test_who_has_nothing_to_send_holds_nothing() -> None:
    """Three messages are no stretch; the rest of a stretch not needed is given back, once."""
    pace = LeasedPace(10.0)
    assert pace.wait(5.0) > 0
    pace.want(5.0, 0.1, 0, 1, 1)
    assert pace.asks(5.0) == (Ask(0, 0.1, more=False), 0.0)
    pace.answered(Answer(100.0, 100.0, 100.2, "mine"), 5.0, 5.0)
    assert pace.take(1, 5.0) == 0

    assert pace.asks(5.01)[0] is None
    assert pace.surplus(5.01) == ("mine", pytest.approx(100.1))
    assert pace.surplus(5.02) is None
    assert pace.wait(5.1) > 0


def test_an_account_that_stood_idle_is_not_asked_for_a_message_at_a_time() -> None:
    """Nor is more asked for than is needed where others use it."""
    pace = LeasedPace(1_000.0)

    def asked(moment: float, start: float | None, until: float) -> float:
        pace.answered(Answer(moment, start, until, ""), moment - 95.0, moment - 95.0)
        pace.want(moment - 94.5, 0.0, 0, 1, 1)
        ask, _ = pace.asks(moment - 94.5)
        assert ask is not None
        return ask.seconds

    assert asked(100.0, 99.999, 100.0) == PLENTY  # idle: it begins before now
    assert asked(101.0, 101.0, 101.0 + PLENTY) == pytest.approx(0.001)  # somebody has just had it
    assert asked(102.0, None, 102.2) == pytest.approx(0.001)
    assert asked(103.0, 103.0 - 0.001, 103.0) == PLENTY


def test_in_a_stretch_nobody_comes_later_than_due() -> None:
    """Its end would pass; alone on an account several go together."""
    assert (Pace(1_000.0).late(1), LeasedPace(1_000.0).late(1)) == (pytest.approx(0.01), 0)


def test_a_commit_that_came_late_is_paid_from_the_next_stretch() -> None:
    """Begun in a stretch that was over when it went out: the next is shorter by as much."""
    pace = LeasedPace(10.0)
    pace.want(5.0, 0.1, 0, 1, 9)
    pace.answered(Answer(100.0, 100.0, 100.1, "a"), 5.0, 5.0)
    assert pace.wait(5.0) == 0

    pace.spend(1, 5.4)
    pace.answered(Answer(100.4, 100.4, 100.6, "b"), 5.4, 5.4)

    assert pace.wait(5.4) == pytest.approx(0.1)


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_the_databases_clock_set_anew_is_believed(jump: float) -> None:
    """Between two bounds by the time that asking took; an answer that contradicts counts."""
    time = DatabaseTime()
    time.add(100.0, 5.0, 5.01)
    time.add(101.0, 5.999, 6.003)
    assert time.at(7.0) == pytest.approx((101.997, 102.0))

    time.add(102.0 + jump, 7.0, 7.001)

    assert time.at(7.0) == pytest.approx((101.999 + jump, 102.0 + jump))
