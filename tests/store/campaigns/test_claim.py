"""Lots of a campaign: leased, begun under every condition at once, and given back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.store.campaigns.bed import Bed, a_bed
from tests.store.conftest import MakeWorld
from tests.store.world import a_text
from worker.campaigns import begin, claim
from worker.campaigns.units import LotLease
from worker.db import store_now
from worker.models import AccountRow, CampaignLot, Item, RecipientList, StopOrder


@pytest.fixture
def bed(make_world: MakeWorld) -> Bed:
    return a_bed(make_world())


def test_a_lot_is_not_given_back_while_something_of_it_stands_as_sending(bed: Bed) -> None:
    """The commit of a begin went through and its answer was lost: nobody here knows of it."""
    bed.campaign(300)
    bed.runner().write()
    lease = LotLease(1, 0, _token(bed), bed.world.clock.now())

    with bed.world.store.write() as s:
        claim.release(s, bed.world.clock.now(), lease)

    assert bed.message(1).state == "sending"
    assert bed.lots() == ["leased"]


def _token(bed: Bed) -> str:
    with bed.world.store.read() as s:
        token = s.scalars(select(CampaignLot.lease_token)).one()
    assert token is not None
    return token


def _rest(bed: Bed) -> None:
    with bed.world.store.write() as s:
        s.add(AccountRow(channel="sms", account="chinh", failures=1,
                         blocked_until=bed.world.clock.now() + timedelta(minutes=1)))


def _stop(bed: Bed) -> None:
    with bed.world.store.write() as s:
        s.add(StopOrder(channel="sms", at=bed.world.clock.now(), by="soan", reason="nhầm"))


def _unapprove(bed: Bed) -> None:
    with bed.world.store.write() as s:
        s.execute(update(Item).where(Item.id == "td-01").values(state="returned"))


def _end_list(bed: Bed) -> None:
    with bed.world.store.write() as s:
        s.execute(update(RecipientList).values(state="ended", ended_at=bed.world.clock.now()))


def _take_lease(bed: Bed) -> None:
    with bed.world.store.write() as s:
        s.execute(update(CampaignLot).values(lease_token="nguoi-khac"))


def _lease_short(bed: Bed) -> None:
    with bed.world.store.write() as s:
        s.execute(update(CampaignLot).values(
            lease_until=bed.world.clock.now() + timedelta(seconds=10)))


FORBIDDING: list[Callable[[Bed], None]] = [
    _rest, _stop, _unapprove, _end_list, _take_lease, _lease_short,
    lambda bed: bed.change(1, state="paused"), lambda bed: bed.change(1, state="stopped"),
    lambda bed: bed.change(1, until_row=0),
    lambda bed: bed.change(1, closes_at=bed.world.clock.now()),
    lambda bed: bed.world.programme(a_text(rate=7)),
    lambda _: None,
]


@pytest.mark.parametrize("forbid", FORBIDDING)
def test_what_came_between_choosing_and_beginning_is_seen_by_the_begin(
    bed: Bed, forbid: Callable[[Bed], None]
) -> None:
    bed.campaign(3)
    now, store, worker = bed.world.clock.now(), bed.world.store, bed.world.worker()
    version = bed.world.office().force.version
    with store.write() as s:
        [campaign] = claim.running(s, now, "sms")
        lease = claim.claim(s, now, store_now(s, bed.world.clock), worker, campaign,
                            timedelta(minutes=1))
    assert lease is not None
    forbid(bed)

    with store.write() as s:
        begun = begin.begin(s, now, store_now(s, bed.world.clock), campaign, lease, 1, 3, "chinh",
                            try_seconds=10, programme_version=version)

    assert [b.row for b in begun] == ([1, 2, 3] if forbid is FORBIDDING[-1] else [])
