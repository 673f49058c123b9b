"""A paused campaign goes to another database and back, and on from there: nobody gets it twice."""

import itertools
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select, update

from channels.values import Accepted, Message, Outcome, Rejected, Uncertain
from tests.fakes import FarSide
from tests.postgres import Cluster
from tests.store.campaigns.bed import Bed, a_bed
from tests.store.world import World
from worker.campaigns import acts, doubt, moves
from worker.clock import VirtualClock
from worker.copying import move
from worker.db import Store, store_now
from worker.models import CampaignList, CampaignMessage, RecipientList

COUNT = 1_100  #: three lots: one whole, one begun, one not
PAUSED_AT, LOST = 600, 3
STEP = 0.05  #: seconds between two turns
#: how others had ended before, by row
ENDED = {1096: "delivered", 1097: "exhausted", 1098: "cancelled", 1099: "expired",
         1100: "left_out"}


class Scripted:
    """The gateway's answers; at the last it is told, its worker dies before it hears them."""

    def __init__(self, bed: Bed, campaign: int) -> None:
        self.bed, self.campaign = bed, campaign
        self.unheard: set[str] = set()
        self.asked = 0

    def __call__(self, message: Message) -> Outcome | None:
        if message.key in self.unheard:
            return None
        self.asked += 1
        if self.asked == PAUSED_AT:
            with self.bed.world.store.write() as session:
                acts.pause(session, self.bed.world.clock.now(), self.campaign, "soan", "thử")
        if PAUSED_AT - LOST <= self.asked < PAUSED_AT:
            self.unheard.add(message.key)
            self.bed.world.far.taken[message.key] += 1
            return None
        if self.asked % 150 == 50:
            return Rejected("sms-108", "không nhận")
        return (Uncertain("timeout", "không trả lời") if self.asked % 250 == 40
                else Accepted(f"r-{message.key[-6:]}"))


def _paused(bed: Bed) -> int:
    """Under way by the real runner, paused by a person, its worker gone."""
    number = bed.campaign(COUNT)
    with bed.world.store.write() as session:
        now = bed.world.clock.now()
        moved = []
        for row, state in ENDED.items():
            carrier = session.scalars(
                update(CampaignMessage)
                .where(CampaignMessage.campaign_id == number, CampaignMessage.row == row)
                .values(state=state, account="chinh", settled_at=now)
                .returning(CampaignMessage.carrier)).one()
            moved.append(moves.Moved(row, "waiting", state, carrier))
        moves.count(session, "may-1", number, moved)
        [listed] = session.scalars(select(RecipientList.id)).all()
        session.add(CampaignList(campaign_id=number, list_id=listed, ordinal=0))
    bed.gateway.answer = script = Scripted(bed, number)
    runner = bed.runner()
    for _ in range(40):
        if script.asked < PAUSED_AT:
            bed.run(runner, turns=10, step=STEP)
    assert script.asked >= PAUSED_AT
    bed.run(runner, turns=20, step=0.001)  # what was answered is settled; then it dies
    return number



def _on(store: Store, bed: Bed, far: FarSide) -> Bed:
    """The same home, its database elsewhere, the same far side."""
    world = World(store, bed.world.clock, bed.world.var, far=far)
    return a_bed(world, room=250)


def test_a_paused_campaign_is_resumed_on_the_copy_without_a_double(
    planned_sqlite: Path, tmp_path: Path, clock: VirtualClock, postgres: Cluster
) -> None:
    """SQLite, PostgreSQL, SQLite, messages in every state; by the gateway's own count."""
    file = shutil.copy(planned_sqlite, tmp_path / "cu.sqlite3")
    bed = a_bed(World(Store(f"sqlite:///{file}"), clock, tmp_path), room=250)
    far = bed.world.far
    campaign = _paused(bed)
    before = bed.states(campaign)
    assert set(before) == {*ENDED.values(), "waiting", "sending", "accepted", "rejected",
                           "uncertain"}
    assert before["sending"] == LOST
    assert before["waiting"] > 300
    stores = [bed.world.store, Store(postgres.url(postgres.create())),
              Store(f"sqlite:///{tmp_path / 'moi.sqlite3'}")]

    for source, target in itertools.pairwise(stores):
        move.copy(replace(bed.lists.home, store=source), target, "ca_hai", lambda _s, _n: None)
        assert _on(target, bed, far).states(campaign) == before

    again = _on(stores[-1], bed, far)
    worker = again.world.worker()
    with stores[-1].write() as session:
        lost = doubt.reclaim(session, clock.now(), store_now(session, clock), worker, own=True)
        acts.resume(session, clock.now(), campaign, "soan")
    again.run(again.runner(worker), turns=2000, step=STEP)

    assert lost == LOST
    after = again.states(campaign)
    assert set(after) == {*ENDED.values(), "accepted", "rejected", "uncertain"}
    assert far.most() == 1
    assert len(far.taken) == after["accepted"] + after["uncertain"]
    with stores[-1].read() as session:
        refs = Counter(session.scalars(select(CampaignMessage.ref).where(
            CampaignMessage.campaign_id == campaign, CampaignMessage.state == "accepted")))
    assert max(refs.values()) == 1
    for store in stores:
        store.close()
