"""Lots of a campaign: leased, and given back."""

import pytest
from sqlalchemy import select

from tests.store.campaigns.bed import Bed, a_bed
from tests.store.conftest import MakeWorld
from worker.campaigns import claim
from worker.campaigns.units import LotLease
from worker.models import CampaignLot


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
