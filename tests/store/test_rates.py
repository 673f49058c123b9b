"""An account's timeline in PostgreSQL: whoever takes of it, and whenever, no moment twice."""

import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from tests.postgres import Cluster
from worker.clock import SystemClock
from worker.db import Store
from worker.leased import LEAD, STRETCH, Answer, Ask, LeasedPace
from worker.pace import SLICE
from worker.rates import Leaser, Timeline

NOBODY = ("sms", "chinh")
#: seconds of a stretch that is not over while the test looks at it, however slow the machine
LONG = 600.0
#: how often a moment is set up again that the machine let pass
TRIES = 50


@pytest.fixture
def timeline(pg: Store) -> Iterator[Timeline]:
    made = Timeline(pg)
    yield made
    made.close()


def _ask(rank: int = 0, seconds: float = 0.01, *, more: bool = False) -> Ask:
    return Ask(rank, seconds, more)


def test_stretches_of_many_workers_never_overlap(pg: Store) -> None:
    """Six at once, each on a connection of its own: one after another, none in the past."""
    answers: list[Answer] = []

    def work() -> None:
        mine = Timeline(pg)
        answers.extend(mine.take(*NOBODY, _ask(seconds=0.004, more=True)) for _ in range(60))
        mine.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    taken = sorted((a.start, a.until, a.moment) for a in answers if a.start is not None)
    assert len(answers) == 360
    assert len(taken) > 10
    for (_, until, _), (start, _, _) in itertools.pairwise(taken):
        assert start >= until - 1e-5
    for start, until, moment in taken:
        assert until - start == pytest.approx(0.004, abs=1e-5)
        assert moment - SLICE - 1e-5 <= start <= moment + LEAD + 1e-5


def test_a_short_stretch_is_not_over_when_its_worker_is_told(timeline: Timeline) -> None:
    """A millisecond for the last message of a campaign, taken from an account that was idle."""
    timeline.take(*NOBODY, _ask())
    threading.Event().wait(3 * SLICE)

    answer = timeline.take(*NOBODY, _ask(seconds=0.001))

    assert answer.start is not None
    assert answer.until == pytest.approx(answer.moment, abs=1e-5)  # it may be spent a slice later


def test_nobody_takes_far_ahead(timeline: Timeline) -> None:
    """So that an urgent one waits for one stretch at most; told when to ask again."""
    first = timeline.take(*NOBODY, _ask(seconds=LONG))
    second = timeline.take(*NOBODY, _ask(seconds=0.5))

    assert first.start is not None
    assert second.start is None
    assert second.until == pytest.approx(first.start + LONG, abs=1e-5)


def test_the_most_urgent_that_waits_is_next(timeline: Timeline) -> None:
    """It need not ask first; one that asks no more is forgotten."""
    for n in range(TRIES):  # an account of its own each time
        account = ("sms", f"lần {n}")
        # given a campaign that has the account, and somebody urgent who waits
        held = timeline.take(*account, _ask(rank=5, seconds=LONG, more=True))
        waits = timeline.take(*account, _ask(rank=0, seconds=0.1))
        assert held.start is not None
        assert waits.start is None
        timeline.give_back(*account, held.token, held.start)

        # when both ask again, the campaign first
        campaign = timeline.take(*account, _ask(rank=5, seconds=0.1))
        if _still_waited_for(waits, campaign):
            break
    urgent = timeline.take(*account, _ask(rank=0, seconds=0.01))
    assert campaign.start is None
    assert urgent.start is not None

    # then the campaign goes on at once when that was all
    threading.Event().wait(0.02)
    assert timeline.take(*account, _ask(rank=5)).start is not None
    for _ in range(TRIES):
        urgent = timeline.take(*account, _ask(rank=0, more=True, seconds=0.001))
        campaign = timeline.take(*account, _ask(rank=5))
        assert urgent.start is not None
        if _still_waited_for(urgent, campaign):
            break
    assert campaign.start is None
    threading.Event().wait(0.55)
    assert timeline.take(*account, _ask(rank=5)).start is not None


def _still_waited_for(urgent: Answer, asked: Answer) -> bool:
    """
    By the database's own clock: what waits is remembered for half a second, and a machine that
    stands still in between has let it be forgotten.
    """
    return asked.moment - urgent.moment < 0.45


def test_only_the_newest_stretch_is_given_back(timeline: Timeline) -> None:
    """What somebody took behind it stays his."""
    first = timeline.take(*NOBODY, _ask(seconds=0.02))
    assert first.start is not None
    second = timeline.take(*NOBODY, _ask(seconds=LONG))
    assert second.start is not None

    timeline.give_back(*NOBODY, first.token, first.start)
    assert timeline.take(*NOBODY, _ask()).until == pytest.approx(second.until, abs=1e-5)

    timeline.give_back(*NOBODY, second.token, second.start + 0.01)
    third = timeline.take(*NOBODY, _ask())
    assert third.start is not None
    assert third.start >= second.start + 0.01 - 1e-5


def test_a_database_clock_set_back_holds_no_account_up(timeline: Timeline, pg: Store) -> None:
    """What was taken an hour ahead was taken by another clock."""
    timeline.take(*NOBODY, _ask())
    with pg.write() as session:
        session.connection().exec_driver_sql(
            "UPDATE account_rate SET taken_from = now() + interval '1 hour', "
            "taken_until = now() + interval '1 hour'")

    assert timeline.take(*NOBODY, _ask()).start is not None


def test_a_pace_is_supplied_while_something_waits(pg: Store) -> None:
    """Two workers, one account of 100 a second: both get their part, together the rate."""
    leasers = [Leaser(pg, SystemClock()).start() for _ in range(2)]
    paces = [leaser.pace(*NOBODY, 100.0) for leaser in leasers]
    full = False
    for _ in range(TRIES):  # never too much; and all of it in two seconds in which the machine runs
        sent = _two_seconds(paces)
        both = sorted(sent[0] + sent[1])
        most = max((sum(1 for at in both[i:] if at < first + 1) for i, first in enumerate(both)),
                   default=0)
        assert most <= 103
        full = min(map(len, sent)) >= STRETCH * 100 and len(both) >= 140  # an idle machine: 200
        if full:
            break
    for leaser in leasers:
        leaser.stop()

    assert full, [len(mine) for mine in sent]


def _two_seconds(paces: list[LeasedPace]) -> list[list[float]]:
    """When each of them sent."""
    sent: list[list[float]] = [[] for _ in paces]
    until, pause = time.monotonic() + 2.0, threading.Event()
    while (now := time.monotonic()) < until:
        for pace, mine in zip(paces, sent, strict=True):
            if (wait := pace.take(1, now)) > 0:
                pace.want(now, wait, 0, 1, 50)
            else:
                mine.append(now)
        pause.wait(0.002)
    return sent


def test_a_database_that_is_gone_for_a_moment_is_asked_again(
    pg: Store, postgres: Cluster
) -> None:
    """Its connection killed by the administrator: nothing is sent meanwhile, then it goes on."""
    leaser = Leaser(pg, SystemClock()).start()
    pace, clock = leaser.pace(*NOBODY, 100.0), SystemClock()

    def sends(seconds: float) -> bool:
        until = clock.elapsed() + seconds
        while clock.elapsed() < until:
            wait = pace.take(1, clock.elapsed())
            if wait <= 0:
                return True
            pace.want(clock.elapsed(), wait, 0, 1, 10)
            threading.Event().wait(0.005)
        return False

    assert sends(60)
    postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                 "WHERE pid <> pg_backend_pid() AND datname LIKE 't%'")
    threading.Event().wait(0.3)
    assert sends(60)
    leaser.stop()
