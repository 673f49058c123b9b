"""A campaign pauses itself, stays under its ceiling, changes accounts; on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.values import Accepted, Advice, Delivered, Outcome, Rejected, Report, Retry, Uncertain
from tests.conftest import START
from tests.store.campaigns.standing import a_campaign, counts_agree, key
from worker.alarms.store import open_alarms
from worker.campaigns import acts, moves, settle
from worker.campaigns.decisions import Decisions
from worker.campaigns.guards import LOOK
from worker.campaigns.moves import Moved
from worker.campaigns.receipts import take
from worker.campaigns.units import Begun, LotLease, Result, Running, Slice
from worker.db import Store
from worker.models import AccountRow, Alarm, Campaign, CampaignMessage
from worker.models.campaigns import LOT
from worker.programme.model import Limits

NOW = START + timedelta(minutes=5)
CODES = {"sms-103": Advice("account", "Hết tiền", "Nạp tiền", balance=True)}
NO_MONEY = Retry("sms-103", "hết tiền", counts=False, scope="account")
WRONG = Rejected("sms-108", "số sai")
LOST = Uncertain("closed", "đứt")


def running(store: Store, campaign: int = 1) -> Running:
    with store.read() as s:
        return Running.of(s.get_one(Campaign, campaign))


def row(store: Store, campaign: int = 1) -> Campaign:
    with store.read() as s:
        return s.get_one(Campaign, campaign)


def come_back(
    store: Store, decisions: Decisions, outcomes: Sequence[Outcome], *, first: int = 1,
    now: timedelta = timedelta(), account: str = "chinh", undone: bool = False,
) -> None:
    """Answers to the rows from `first` on, that stand as sending, settled as the runner does."""
    campaign, at = running(store), NOW + now
    lease = LotLease(1, 0, "t", NOW + timedelta(minutes=1))
    of = Slice(campaign, lease, account, (), {}, {}, 0)
    results = [
        Result(of, Begun(n, None, None, "", "viettel", 1, 0, maybe_out=False, first_try_at=START),
               outcome, 1)
        for n, outcome in enumerate(outcomes, start=first)]
    try:
        with store.write() as s:
            done = settle.settle(s, at, "may-1", results, by_ref=False)
            decisions.settled(s, at, 0, Limits(), CODES, results, done)
            if undone:
                raise ConnectionError
    except ConnectionError:
        decisions.undone()


def paused(store: Store) -> str:
    campaign = row(store)
    return campaign.pause_code if campaign.state == "paused" else campaign.state


def let_go_on(store: Store, now: timedelta) -> None:
    with store.write() as s:
        s.execute(update(Campaign).values(state="running", state_at=NOW + now, pause_code=""))


def told(store: Store) -> list[tuple[str, str, str]]:
    with store.read() as s:
        return [(a.kind, a.what, a.fix) for a in open_alarms(s)]


def test_many_refused_pause_it_with_reason_step_and_alarm(store: Store) -> None:
    a_campaign(store, *["sending"] * 100, lot_state="leased")
    decisions = Decisions()
    come_back(store, decisions, [Accepted(f"m-{n}") for n in range(94)])
    assert paused(store) == "running"

    come_back(store, decisions, [WRONG] * 6, first=95)

    assert paused(store) == "rejected"
    assert "6 trong 100" in row(store).reason
    [(kind, what, fix)] = told(store)
    assert kind == "campaign_paused"
    assert row(store).reason in what
    assert "giovang campaign resume 1" in fix
    assert counts_agree(store)


def test_what_a_person_has_seen_does_not_pause_it_again(store: Store) -> None:
    """Resumed, it counts anew; and so does the worker that starts after that."""
    a_campaign(store, *["sending"] * 20, lot_state="leased")
    decisions = Decisions()
    come_back(store, decisions, [LOST] * 6)
    assert paused(store) == "uncertain"

    let_go_on(store, timedelta(minutes=1))
    come_back(store, decisions, [LOST] * 5, first=7, now=timedelta(minutes=2))
    come_back(store, Decisions(), [Accepted("m")], first=12, now=timedelta(minutes=3))
    assert paused(store) == "running"

    come_back(store, decisions, [LOST], first=13, now=timedelta(minutes=4))
    assert paused(store) == "uncertain"


def test_after_a_restart_it_knows_what_the_rows_know(store: Store) -> None:
    """Five doubts before, one after: not from the lots that are still to come."""
    a_campaign(store, *["sending"] * 7, *["waiting"] * (2 * LOT), lot_state="leased")
    come_back(store, Decisions(), [LOST] * 5)

    afterwards = Decisions()
    come_back(store, afterwards, [Accepted("m")], first=6)
    assert paused(store) == "running"
    come_back(store, afterwards, [LOST], first=7)

    assert paused(store) == "uncertain"


def test_a_slice_that_a_dead_worker_left_in_doubt_is_no_reason(store: Store) -> None:
    a_campaign(store, *["uncertain"] * 300, "sending", lot_state="leased",
               message={"code": "lost", "settled_at": NOW})

    come_back(store, Decisions(), [Accepted("m")], first=301)

    assert paused(store) == "running"


def test_what_was_not_committed_is_not_counted_twice(store: Store) -> None:
    a_campaign(store, *["sending"] * 6, lot_state="leased")
    decisions = Decisions()
    come_back(store, decisions, [LOST])
    for _ in range(5):
        come_back(store, decisions, [LOST], first=2, undone=True)

    come_back(store, decisions, [LOST], first=2)

    assert paused(store) == "running"


def test_receipts_that_come_to_another_process_count(store: Store) -> None:
    """Seven of a hundred are reported as failed; the worker sees it by the tally."""
    a_campaign(store, *["sending"] * 102, lot_state="leased")
    decisions = Decisions()
    come_back(store, decisions, [Accepted(f"m-{n}") for n in range(100)])
    with store.write() as s:
        take(s, NOW, "trang-web", "sms", "chinh", [
            Report("", Rejected("absent", "không tới") if n <= 7 else Delivered(""), key=key(n))
            for n in range(1, 101)])

    come_back(store, decisions, [Accepted("m")], first=101)
    assert paused(store) == "running"  # it looks every few seconds
    come_back(store, decisions, [Accepted("m")], first=102, now=LOOK)

    assert paused(store) == "rejected"
    assert "được báo là không tới" in row(store).reason


def test_what_it_settled_itself_is_no_receipt(store: Store) -> None:
    """Five refused at once and one by a receipt are not six of a hundred receipts."""
    a_campaign(store, *["sending"] * 103, lot_state="leased")
    decisions = Decisions()
    come_back(store, decisions, [Accepted("m")])
    come_back(store, decisions, [Accepted(f"m-{n}") for n in range(95)], first=2)
    come_back(store, decisions, [WRONG] * 5, first=97)
    with store.write() as s:
        take(s, NOW, "trang-web", "sms", "chinh", [
            Report("", Rejected("absent", "không tới") if n == 1 else Delivered(""), key=key(n))
            for n in range(1, 96)])

    come_back(store, decisions, [Accepted("m")], first=102, now=LOOK)

    assert paused(store) == "running"


def test_no_money_on_any_account_pauses_it_and_on_one_does_not(store: Store) -> None:
    a_campaign(store, *["sending"] * 4, lot_state="leased")
    with store.write() as s:
        s.execute(update(Campaign).values(weights={"chinh": 1, "phu": 1}))
    decisions = Decisions()
    come_back(store, decisions, [NO_MONEY])
    assert paused(store) == "running"

    come_back(store, decisions, [NO_MONEY], first=2, account="phu")

    assert paused(store) == "balance"
    assert "chinh, phu" in row(store).reason


def test_one_that_was_stopped_meanwhile_is_not_paused(store: Store) -> None:
    a_campaign(store, *["sending"] * 6, lot_state="leased", state="stopped")

    come_back(store, Decisions(), [LOST] * 6)

    assert paused(store) == "stopped"
    assert told(store) == []


def test_the_ceiling_counts_what_is_out_and_what_flies(store: Store) -> None:
    """12 parts: 4 accepted, 2 refused, 4 on the wire leave room for one message of two."""
    a_campaign(store, "accepted", "accepted", "rejected", "sending", "sending", *["waiting"] * 5,
               parts=2, lot_state="leased", ceiling_parts=12)
    decisions, campaign = Decisions(), running(store)

    with store.write() as s:
        assert decisions.room(s, NOW, 0, campaign, "chinh", 5) == 1
        assert decisions.room(s, NOW, 0, replace(campaign, ceiling_parts=None), "chinh", 5) == 5
    assert paused(store) == "running"


def test_at_its_ceiling_it_pauses_once_nothing_is_on_the_wire(store: Store) -> None:
    a_campaign(store, "accepted", "sending", "waiting", "waiting", lot_state="leased",
               ceiling_parts=2)
    decisions = Decisions()
    with store.write() as s:
        assert decisions.room(s, NOW, 0, running(store), "chinh", 5) == 0
    assert paused(store) == "running"

    come_back(store, decisions, [Accepted("m")], first=2)
    with store.write() as s:
        assert decisions.room(s, NOW, 1, running(store), "chinh", 5) == 0

    assert paused(store) == "ceiling"
    assert "còn 2 số" in row(store).reason


def test_slice_by_slice_the_ceiling_is_used_and_never_passed(store: Store) -> None:
    """1,001 parts in slices of 4 messages of two, all at one moment: remembered, not counted."""
    a_campaign(store, *["waiting"] * LOT, *["waiting"] * LOT, parts=2, ceiling_parts=1_001)
    decisions, campaign, sent = Decisions(), running(store), 0
    for _ in range(130):
        with store.write() as s:
            room = decisions.room(s, NOW, 0, campaign, "chinh", 4)
            moves.count(s, "may-1", 1, [
                Moved(n, "waiting", "accepted", "viettel", parts=2)
                for n in range(sent + 1, sent + room + 1)])
        sent += room

    assert sent == 500
    assert paused(store) == "ceiling"


@pytest.mark.parametrize(("values", "expected"), [
    ({"paused_at": NOW}, "phu"),
    ({"blocked_until": NOW + timedelta(seconds=1)}, "phu"),
    ({"account": "*", "paused_at": NOW}, None),
    ({"failures": 1, "blocked_until": NOW}, "chinh"),  # its rest is over: one slice to try
])
def test_an_account_that_rests_gets_nothing(
    store: Store, values: dict[str, object], expected: str | None
) -> None:
    a_campaign(store, "waiting")
    with store.write() as s:
        s.execute(update(Campaign).values(weights={"chinh": 1, "phu": 1}))
        s.add(AccountRow(**{"channel": "sms", "account": "chinh", **values}))
        s.add(AccountRow(channel="khac", account="phu", paused_at=NOW))
    decisions = Decisions()
    # else it is the turn of the last by name
    decisions.choice.choose(1, {"chinh": 1, "phu": 1}, (), 0)
    decisions.begun(running(store), "phu" if expected != "phu" else "chinh", 1)

    with store.write() as s:
        assert decisions.account(s, NOW, 0, running(store), tried=False) == expected


def test_a_paused_campaign_that_goes_on_has_its_alarm_closed(store: Store) -> None:
    a_campaign(store, *["sending"] * 6, lot_state="leased")
    come_back(store, Decisions(), [LOST] * 6)
    assert len(told(store)) == 1

    with store.write() as s:
        acts.stop(s, NOW, 1, "dp", "thôi")

    with store.read() as s:
        assert s.scalars(select(Alarm.closed_at)).all() == [NOW]
        assert s.scalars(select(CampaignMessage.state).distinct()).all() == ["uncertain"]
