"""The keys of a list cannot be read in the moment in which its first message goes out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.store.campaigns.bed import a_bed
from tests.store.conftest import MakeWorld
from worker.db import Store
from worker.models import CampaignMessage


class AwayStore(Store):
    """Cannot be read while `away` says so."""

    away = 0

    @contextmanager
    def read(self) -> Iterator[Session]:
        if self.away:
            self.away -= 1
            raise OperationalError("SELECT", {}, ConnectionError("server closed the connection"))
        with super().read() as session:
            yield session


def test_a_database_that_is_away_costs_no_try_and_is_no_bug(make_world: MakeWorld) -> None:
    bed = a_bed(make_world())
    bed.campaign(3)
    runner = bed.runner()
    runner.lane.office.store = store = AwayStore(bed.world.store.url)
    runner.write()
    store.away = 2

    runner.send(0)
    bed.world.clock.advance(1)
    runner.write()

    assert bed.states() == {"waiting": 2, "accepted": 1}
    with bed.world.store.read() as session:
        assert set(session.scalars(select(CampaignMessage.counted).where(
            CampaignMessage.state == "waiting"))) == {0}
    bed.world.to(bed.world.clock.now() + timedelta(minutes=1))
    bed.run(runner)
    assert bed.states() == {"accepted": 3}
    assert bed.world.far.most() == 1
    assert bed.world.seen.bugs == []
    store.close()
