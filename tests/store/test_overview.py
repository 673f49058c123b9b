"""What the overview counts and the log is searched by, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, update

from console.web.plot import bars
from tests.builders import in_force as put_in_force
from tests.conftest import START
from tests.deliveries import DAY, add_batch, add_delivery, add_occurrence
from worker import log_query, trend
from worker.account_view import accounts_now
from worker.coverage import this_week
from worker.db import Store
from worker.home import in_force
from worker.log_query import Filters
from worker.log_search import about
from worker.models import AccountRow, Item, StopOrder


def key(n: int) -> str:
    return f"{n:08d}-1111-5111-8111-111111111111"


@pytest.fixture
def log(store: Store) -> Store:
    """A delivery in each state, in the week of START."""
    put_in_force(store)
    states = ("delivered", "accepted", "rejected", "uncertain", "cancelled", "sending")
    with store.write() as session:
        batch = add_batch(session, add_occurrence(session))
        session.execute(update(Item).values(title="Lũ ở Hoà Bình"))
        for n, state in enumerate(states):
            add_delivery(session, batch, key(n), target=f"noi-{n}", state=state)
    return store


def test_coverage_is_what_is_out_of_what_was_due(log: Store) -> None:
    """Cancelled counts nowhere, a doubt is not out, what is to come is not due yet."""
    with log.read() as session:
        week = this_week(session, in_force(session).programme, START)

    sms, facebook = week.channels[:2]
    assert (sms.channel, sms.out, sms.failed, sms.uncertain, sms.coming) == ("sms", 2, 1, 1, 1)
    assert (sms.percent, facebook.percent) == (50, None)
    assert (week.first.weekday(), week.last.weekday()) == (0, 6)


def test_a_script_a_station_took_is_covered_once_it_was_aired(store: Store) -> None:
    """To come until its hour is over, then in doubt; aired where the station says so."""
    put_in_force(store)
    with store.write() as session:
        batch = add_batch(session, add_occurrence(session), channel="loa")
        for n, state in enumerate(("accepted", "delivered")):
            add_delivery(session, batch, key(n), target=f"dai-{n}", state=state)
        closes = batch.closes_at

    def counted(now: datetime) -> tuple[int, int, int]:
        with store.read() as session:
            week = this_week(session, in_force(session).programme, now)
            loa = next(c for c in week.channels if c.channel == "loa")
            return loa.out, loa.uncertain, loa.coming

    assert counted(closes - timedelta(minutes=1)) == (1, 0, 1)
    assert counted(closes) == (1, 1, 0)


def test_another_week_is_not_counted(log: Store) -> None:
    with log.read() as session:
        week = this_week(session, in_force(session).programme, START + timedelta(days=7))

    assert week.channels[0].out == 0


@pytest.mark.parametrize(("text", "found"), [
    ("hoa binh", 6), ("HÒA bình lũ", 6), ("td-01", 6), ("lang son", 0), ("hoa lang", 0),
])
def test_the_log_is_searched_without_accents_and_by_all_words(
    log: Store, text: str, found: int
) -> None:
    with log.read() as session:
        wanted = Filters(about=about(session, in_force(session).programme, text))
        rows = log_query.page(session, wanted, limit=50)

    assert len(rows) == found


def test_an_account_says_the_gravest_that_keeps_it_from_sending(log: Store) -> None:
    """A stop before a pause, a pause before a rest; a rest that is over is none."""
    nothing = {"paused_at": None, "paused_by": None, "paused_reason": "", "blocked_code": ""}
    with log.write() as session:
        session.execute(insert(AccountRow), [
            {**nothing, "channel": "sms", "account": "chinh", "blocked_code": "het-tien",
             "blocked_until": START + timedelta(minutes=1)},
            {**nothing, "channel": "facebook", "account": "*", "blocked_until": None,
             "paused_at": START, "paused_by": "an", "paused_reason": "bảo trì"},
            {**nothing, "channel": "website", "account": "chinh", "blocked_until": START}])
        session.add(StopOrder(channel="loa", reason="nhầm tin", by="an", at=START))
    with log.read() as session:
        found = accounts_now(session, in_force(session).programme, START)

    assert [(a.channel, a.state, a.why) for a in found] == [
        ("sms", "resting", "het-tien"), ("facebook", "paused", "bảo trì"),
        ("website", "ok", ""), ("loa", "stopped", "nhầm tin")]


def test_each_day_has_its_own_figures(store: Store) -> None:
    """Out, failed, in doubt; a day without anything stands with zeros, other targets do not."""
    put_in_force(store)
    with store.write() as session:
        for n, (target, state) in enumerate([
            ("xa-a", "delivered"), ("xa-a", "expired"), ("xa-b", "uncertain"), ("xa-a", "accepted"),
        ]):
            place = add_occurrence(session, f"s/sang/2026-11-24/{n + 1}")
            add_delivery(session, add_batch(session, place), f"{n:036d}", target=target,
                         state=state)
    with store.read() as session:
        programme = in_force(session).programme
        before, day = trend.days(session, programme, START, 2)
        mine = trend.days(session, programme, START, 1, {"sms": frozenset({"xa-a"})})

    assert (before.day, before.total) == (DAY - timedelta(days=1), 0)
    assert (day.out, day.failed, day.uncertain) == (2, 1, 1)
    assert [(d.out, d.failed, d.uncertain) for d in mine] == [(2, 1, 0)]
    assert len(bars((before, day))) == 3
    assert bars((before,)) == []
