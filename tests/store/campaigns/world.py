"""A campaign made through the real code: lists brought in, rows queued, approved, run."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from tests.builders import settings_for
from tests.store.lists import ORIGIN, Lists
from tests.store.world import World
from worker.campaigns import acts, moves, queueing
from worker.campaigns.draft import Wish
from worker.campaigns.lane import Lane
from worker.campaigns.queueing import Queued
from worker.campaigns.trial_sender import Trials
from worker.home import Home
from worker.lists import optout, retention
from worker.lists.forget import forget
from worker.lists.origin import Origin
from worker.models import Campaign, CampaignMessage, Person

#: who makes and runs campaigns, and who approves them
MAKER, APPROVER = "phoi", "duyet"
CONSENT = Origin("quang_cao", "consent", "UBND xã Lục Ngạn", "12/KH-UBND", date(2026, 11, 20),
                 "phiếu đồng ý", date(2027, 1, 31))


@dataclass
class Campaigns:
    """A world, and how a test makes campaigns in it."""

    world: World
    lists: Lists
    _made: dict[int, Queued] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        return self.lists.home

    # ------------------------------------------------------------------ given

    def a_list(self, numbers: Sequence[str], names: Sequence[str] = (),
               origin: Origin = ORIGIN) -> int:
        """A list that is ready."""
        return self.lists.taken(numbers, names, origin)

    def wish(self, number: str, kind: str) -> None:
        """Somebody wants no message."""
        optout.add(self.home, self.lists.ring(), number[1:], optout.Wish(kind, "thử", MAKER))

    def forget(self, number: str) -> None:
        forget(self.home, self.lists.ring(), number[1:], MAKER)

    def end(self, number: int) -> None:
        """The list is ended and wiped."""
        now = self.home.clock.now()
        with self.home.store.write() as s:
            retention.end(s, now, number, MAKER, "hết việc")
        retention.wipe(self.home, number, now)

    def queued(self, *lists: int, item: str = "td-01", chunk: int = queueing.CHUNK,
               **wish: Any) -> Queued:
        """Rows that do not count yet."""
        return queueing.create(self.home, Wish(item, lists, **wish), MAKER, chunk=chunk)

    def draft(self, *lists: int, **wish: Any) -> int:
        """A campaign that waits for approval."""
        queued = self.queued(*lists, **wish)
        queueing.accept(self.home, queued, MAKER)
        return queued.id

    def approved(self, *lists: int, **wish: Any) -> int:
        number = self.draft(*lists, **wish)
        with self.home.store.write() as s:
            acts.approve(s, self.home.clock.now(), number, APPROVER)
        return number

    def running(self, *lists: int, **wish: Any) -> int:
        """All of it may go."""
        number = self.approved(*lists, **{"trial": 0, **wish})
        with self.home.store.write() as s:
            acts.run(s, self.home.clock.now(), number, MAKER)
        return number

    def reached(self, campaign: int, state: str = "accepted", *rows: int) -> None:
        """These messages (none named: all that wait) stand as a gateway left them."""
        now = self.home.clock.now()
        with self.home.store.write() as s:
            which = [CampaignMessage.row.in_(rows)] if rows else []
            moved = [moves.Moved(row, "waiting", state, carrier) for row, carrier in s.execute(
                update(CampaignMessage)
                .where(CampaignMessage.campaign_id == campaign,
                       CampaignMessage.state == "waiting", *which)
                .values(state=state, account="chinh", attempts=1, begun_at=now, settled_at=now)
                .returning(CampaignMessage.row, CampaignMessage.carrier))]
            moves.count(s, "may-1", campaign, moved)
            s.execute(update(Campaign).where(Campaign.id == campaign).values(last_begun_at=now))

    # ------------------------------------------------------------------ then

    def numbers(self) -> Sequence[int]:
        """Of all campaigns."""
        with self.home.store.read() as s:
            return s.scalars(select(Campaign.id)).all()

    def row(self, campaign: int) -> Campaign:
        with self.home.store.read() as s:
            return s.get_one(Campaign, campaign)

    def messages(self, campaign: int) -> Sequence[CampaignMessage]:
        with self.home.store.read() as s:
            return s.scalars(select(CampaignMessage).where(
                CampaignMessage.campaign_id == campaign).order_by(CampaignMessage.row)).all()

    def states(self, campaign: int) -> list[str]:
        """State of each message, with its code; the counts beside them must agree."""
        found = [m.state + (f" {m.code}" if m.code else "") for m in self.messages(campaign)]
        with self.home.store.read() as s:
            kept = moves.counts(s, campaign)
        told = {f"{state} {code}".strip(): n for (state, code), n in kept.messages.items() if n}
        told |= {"waiting": kept.waiting, "sending": kept.flying}
        assert {k: v for k, v in told.items() if v} == {k: found.count(k) for k in set(found)}
        return found


def campaigns(world: World) -> Campaigns:
    """In this world, with somebody who may make campaigns."""
    with world.store.write() as s:
        s.execute(insert(Person), [{"id": MAKER, "name": "PHỐI", "roles": ["dieu_phoi"],
                                    "active": True, "created_at": world.clock.now()}])
    # the office looks for the keys of lists where they were made
    return Campaigns(world, Lists(Home(settings_for(world.var), world.store, world.clock),
                                  world.var))


def a_campaign(world: World, numbers: Sequence[str] = ("0950001001", "0950001002"),
               **wish: Any) -> int:
    """A running campaign to these numbers; more of it by `campaigns(world)`."""
    made = campaigns(world)
    return made.running(made.a_list(numbers), **wish)


def by_the_worker(made: Campaigns) -> None:
    """Every test that waits is sent, as the worker's thread does."""
    trials = Trials(Lane(made.world.office(), "sms", lambda _where, _error: None))
    while trials.turn(threading.Event()):
        pass
