"""The whole of it with a gateway in trouble: paused in time, or sent by another account."""

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import update

from channels.values import Accepted, Message, Outcome, Rejected, Retry, Uncertain
from tests.store.campaigns.bed import Bed, Gateway, a_bed
from tests.store.conftest import MakeWorld
from tests.store.world import a_text
from worker.campaigns.choice import IN_A_ROW
from worker.campaigns.sizes import AHEAD, FEW
from worker.models import AccountRow, Campaign

TWO = {"chinh": 1, "phu": 1}
EACH = FEW  #: messages of a slice
RATE = EACH / AHEAD


@pytest.fixture
def bed(make_world: MakeWorld) -> Bed:
    return a_bed(make_world(a_text(rate=RATE)), room=100)


@dataclass
class ByAccount:
    """Stands where a channel's window is opened: one of each account, answered by account."""

    gateway: Gateway
    answer: Callable[[str, Message], Outcome]
    sent: Counter[str] = field(default_factory=Counter)

    def open(self, account: str) -> Gateway:
        window = Gateway(self.gateway.far, room=self.gateway.room)
        window.answer = lambda message: self._of(account, message)
        return window

    def _of(self, account: str, message: Message) -> Outcome:
        outcome = self.answer(account, message)
        self.sent[account] += isinstance(outcome, Accepted)
        return outcome


@pytest.fixture
def two(make_world: MakeWorld) -> Bed:
    """A channel with two accounts."""
    text = a_text(rate=RATE)
    one = ('[[channels.accounts]]\nid = "chinh"\nsecrets = { key = "env:KEY" }\n'
           f"rate = {RATE}\n")
    assert one in text
    return a_bed(make_world(text.replace(one, one + one.replace("chinh", "phu"))), room=100)


def by_account(bed: Bed, answer: Callable[[str, Message], Outcome]) -> ByAccount:
    windows = ByAccount(bed.gateway, answer)
    bed.gateway.open = windows.open  # type: ignore[method-assign]
    return windows


def campaign(bed: Bed) -> Campaign:
    with bed.world.store.read() as s:
        return s.get_one(Campaign, 1)


def test_a_gateway_that_refuses_pauses_it_and_the_rest_waits(bed: Bed) -> None:
    bed.campaign(300)
    taken = itertools.count()
    bed.gateway.answer = lambda m: (
        Accepted(m.key) if next(taken) < 150 else Rejected("sms-108", "không nhận"))

    runner = bed.run()

    stands = bed.states()
    assert (campaign(bed).state, campaign(bed).pause_code) == ("paused", "rejected")
    assert stands["waiting"] > 0
    assert stands["accepted"] == 150

    bed.gateway.answer = lambda m: Accepted(m.key)
    bed.change(1, state="running", state_at=bed.world.clock.now(), pause_code="")
    bed.run(runner, step=0.02)

    assert bed.states() == {
        "accepted": 150 + stands["waiting"], "rejected": stands["rejected"]}
    assert bed.world.far.most() == 1


def test_six_doubts_pause_it_before_many_more_are_in_doubt(bed: Bed) -> None:
    """Only what was begun by then: no message is left to chance after the reason is known."""
    bed.campaign(100)
    bed.gateway.answer = lambda _: Uncertain("closed", "đứt")

    bed.run()

    assert campaign(bed).pause_code == "uncertain"
    assert bed.states()["waiting"] >= 100 - 2 * EACH
    assert "sending" not in bed.states()


def test_its_ceiling_is_used_up_and_not_passed(bed: Bed) -> None:
    bed.campaign(150, ceiling_parts=110)

    bed.run()

    assert bed.states() == {"accepted": 110, "waiting": 40}
    assert campaign(bed).pause_code == "ceiling"


def test_a_dead_account_costs_a_few_tries_and_the_other_sends_all(two: Bed) -> None:
    """Nothing was sent by it: what it was to send goes by the other, each once."""
    two.campaign(120, weights=TWO)
    tried = Counter[str]()

    def answer(account: str, message: Message) -> Outcome:
        tried[account] += 1
        return Retry("connect", "đứt") if account == "phu" else Accepted(message.key)

    windows = by_account(two, answer)

    two.run(turns=1_000, step=0.5)

    assert two.states() == {"accepted": 120}
    assert +windows.sent == {"chinh": 120}
    assert two.world.far.most() == 1
    assert IN_A_ROW <= tried["phu"] <= EACH * 3


def test_two_accounts_share_by_weight(two: Bed) -> None:
    two.campaign(8 * EACH, weights={"chinh": 3, "phu": 1})
    windows = by_account(two, lambda _, message: Accepted(message.key))

    two.run()

    assert windows.sent == {"chinh": 6 * EACH, "phu": 2 * EACH}


def test_what_may_have_gone_out_by_an_account_waits_for_that_account(two: Bed) -> None:
    """The gateway knows our keys and fell over with the message; then the account rests."""
    two.campaign(1, weights=TWO)
    two.gateway.idempotent, two.gateway.key_lifetime = True, 3600
    first: list[str] = []

    def answer(account: str, message: Message) -> Outcome:
        first.append(account)
        return Retry("read-timeout", "hết giờ") if len(first) == 1 else Accepted(message.key)

    by_account(two, answer)
    runner = two.run(turns=50)
    with two.world.store.write() as s:
        s.add(AccountRow(channel="sms", account=first[0],
                         blocked_until=two.world.clock.now() + timedelta(minutes=10)))
    two.run(runner, turns=400, step=1)
    assert len(first) == 1

    with two.world.store.write() as s:
        s.execute(update(AccountRow).values(blocked_until=None))
    two.run(runner, turns=200, step=1)

    assert first == [first[0]] * 2
    assert two.states() == {"accepted": 1}
