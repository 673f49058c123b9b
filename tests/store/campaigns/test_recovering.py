"""A worker that starts on a database older than what its campaigns sent. Both databases."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from tests.store.campaigns.standing import a_campaign, counts_agree, lot, message, states
from tests.store.world import MINUTE, World
from worker import mark, recovery
from worker.housekeeping import Housekeeping
from worker.models import Alarm, CampaignLot, Installation
from worker.outbox.doubt import GIVE_UP


def test_after_a_restore_nothing_of_a_running_campaign_is_sent_by_itself(world: World) -> None:
    a_campaign(world.store, "delivered", "waiting", "sending", lot_state="ready")
    now = world.clock.now() + MINUTE

    recovery.recover(world.store, world.var, now, recovery.Doubt(now, "restored"))

    assert states(world.store) == ["delivered", "uncertain", "uncertain"]
    assert message(world.store, 2).code == "restored"
    with world.store.read() as s:
        alarm = s.scalars(select(Alarm).where(Alarm.cause == "recovery-campaigns")).one()
        assert alarm.what.startswith("2 tin")
        assert s.scalars(select(Installation.recovered_until)).one() == now
    assert counts_agree(world.store)


def test_a_mark_beyond_the_last_message_begun_is_a_doubt(world: World) -> None:
    """An old file copied back: campaigns write no attempts, their own last begin counts."""
    began = world.clock.now() + 10 * MINUTE
    house = Housekeeping(world.office(), world.worker(), world.var)
    a_campaign(world.store, "accepted", last_begun_at=began)
    house.set_mark()
    known = mark.read(world.var)
    assert known is not None
    assert known.last_begin == began

    with world.store.read() as s:
        assert recovery.doubt(s, world.var) is None
        mark.write(world.var, replace(known, last_begin=began + MINUTE))
        found = recovery.doubt(s, world.var)

    assert found is not None
    assert (found.why, found.since) == ("older-than-mark", began)


def test_the_sweep_takes_dead_lots_back(world: World) -> None:
    a_campaign(world.store, "sending", "waiting", lot_state="leased")
    house = Housekeeping(world.office(), world.worker("may-2"), world.var)
    house.watch_clock()
    with world.store.read() as s:
        until = s.scalars(select(CampaignLot.lease_until)).one()
    assert until is not None
    world.to(until + GIVE_UP + timedelta(seconds=1))

    assert house.anything_to_sweep()
    house.sweep()

    assert states(world.store) == ["uncertain", "waiting"]
    assert lot(world.store).state == "ready"
