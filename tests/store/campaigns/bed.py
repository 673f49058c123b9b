"""A campaign that runs, and a gateway that takes it: what the runner's tests need."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from channels.values import Accepted, Message, Outcome, Uncertain
from tests.builders import settings_for
from tests.fakes import FakeChannel, FarSide
from tests.store.lists import Lists
from tests.store.world import TODAY, World
from worker.campaigns import moves
from worker.campaigns.lane import Lane
from worker.campaigns.runner import Runner
from worker.db import Store
from worker.home import Home
from worker.models import (
    Campaign,
    CampaignLot,
    CampaignMessage,
    Occurrence,
    Recipient,
)
from worker.models.campaigns import LOT
from worker.outbox.units import Worker

TEXT = "Cong an khong lam viec qua dien thoai. Bao cong an xa, goi 113."


class Gateway(FakeChannel):
    """Windowed: answers each message when polled, by `answer`; keeps what it took."""

    def __init__(self, far: FarSide, *, room: int = 8) -> None:
        super().__init__("sms", far)
        self.room = room
        self.answer: Callable[[Message], Outcome | None] = _taken
        self.open_for: list[str] = []
        self.at: list[float] = []  #: when each message came, by `clock`
        self.clock: Callable[[], float] = float
        self.late: list[tuple[str, Outcome]] = []  #: answers to what was given up before
        self._waiting: deque[Message] = deque()

    def open(self, account: str) -> "Gateway":
        self.open_for.append(account)
        return self

    def offer(self, message: Message, *, deadline: float = 0) -> bool:
        del deadline
        if len(self._waiting) >= self.room:
            return False
        self.sent.append(message)
        self.at.append(self.clock())
        self._waiting.append(message)
        return True

    def poll(self, timeout: float) -> list[tuple[str, Outcome]]:
        del timeout
        found, kept = self.late, deque[Message]()
        self.late = []
        while self._waiting:
            message = self._waiting.popleft()
            outcome = self.answer(message)
            if outcome is None:  # no answer yet
                kept.append(message)
                continue
            if isinstance(outcome, Accepted | Uncertain):
                self.far.taken[message.key] += 1
            found.append((message.key, outcome))
        self._waiting = kept
        return found


def _taken(message: Message) -> Outcome:
    return Accepted(f"r-{message.key}")


def put(store: Store, now: datetime, list_id: int, **changed: Any) -> int:
    """The rows of a running campaign to a list, as queueing leaves them."""
    with store.write() as s:
        number = (s.scalars(select(func.max(Campaign.id))).one() or 0) + 1
        people = s.scalars(select(Recipient).where(Recipient.list_id == list_id)
                           .order_by(Recipient.row)).all()
        count = len(people)
        occurrence = f"chien-dich:{number}/-/{TODAY}/1"
        values = {
            "name": "Cảnh giác", "occurrence_id": occurrence, "nonce": f"{number:032x}",
            "channel": "sms", "item_id": "td-01", "item_version": 1, "priority": "uu_tien",
            "priority_rank": 1, "purpose": "cong_ich", "text": TEXT, "fields": [], "parts": 1,
            "weights": {"chinh": 1}, "state": "running", "state_at": now, "state_by": "soan",
            "until_row": count, "total": count, "starts_at": now, "counts": {},
            "closes_at": now + timedelta(days=2), "created_by": "soan", "created_at": now,
            "queued_at": now, "approved_by": "duyet", "approved_at": now, **changed}
        s.add(Occurrence(
            id=occurrence, entry=f"chien-dich:{number}", slot="-", local_date=TODAY,
            item_id="td-01", item_version=1, picked_by="campaign", priority=values["priority"],
            purpose="cong_ich", opens_at=now, closes_at=values["closes_at"], programme_version=1))
        s.flush()
        row = Campaign(**values)
        s.add(row)
        s.flush()
        s.execute(insert(CampaignMessage), [
            {"campaign_id": row.id, "row": n, "list_id": list_id, "list_row": p.row,
             "last3": p.last3, "carrier": p.carrier}
            for n, p in enumerate(people, start=1)])
        s.execute(insert(CampaignLot), [
            {"campaign_id": row.id, "lot": lot, "next_at": now,
             "waiting": min(LOT, count - lot * LOT)}
            for lot in range((count + LOT - 1) // LOT)])
        return row.id


@dataclass
class Bed:
    """A world with campaigns."""

    world: World
    gateway: Gateway
    lists: Lists
    campaigns: list[int] = field(default_factory=list)

    # ------------------------------------------------------------------ given

    def campaign(self, count: int, *, first: int = 0, **changed: Any) -> int:
        """A running campaign to so many numbers, its rows as `queue` makes them."""
        list_id = self.lists.taken([f"095000{n:04d}" for n in range(first, first + count)])
        self.campaigns.append(put(self.world.store, self.world.clock.now(), list_id, **changed))
        return self.campaigns[-1]

    def change(self, campaign: int, **values: Any) -> None:
        with self.world.store.write() as s:
            s.execute(update(Campaign).where(Campaign.id == campaign).values(**values))

    # ------------------------------------------------------------------ when

    def runner(self, worker: Worker | None = None) -> Runner:
        lane = Lane(self.world.office(), "sms", self.world.seen.bug)
        return Runner(lane, worker or self.world.worker())

    def run(self, runner: Runner | None = None, *, turns: int = 400, step: float = 0.005) -> Runner:
        """Both steps in turn, until both rest; the clock goes on a little each time."""
        runner = runner or self.runner()
        quiet = 0
        for _ in range(turns):
            wrote = runner.wants_to_write() and runner.write()
            runner.send(0)
            self.world.clock.advance(step)
            quiet = 0 if wrote or not runner.is_idle() else quiet + 1
            if quiet > 100:
                break
        return runner

    # ------------------------------------------------------------------ then

    def states(self, campaign: int = 1) -> dict[str, int]:
        """By the rows themselves; the counts kept beside them must say the same."""
        with self.world.store.read() as s:
            found: dict[str, int] = {}
            for state in s.scalars(select(CampaignMessage.state)
                                   .where(CampaignMessage.campaign_id == campaign)):
                found[state] = found.get(state, 0) + 1
            kept = moves.counts(s, campaign)
            told = {"waiting": kept.waiting, "sending": kept.flying}
            for (state, _), number in kept.messages.items():
                told[state] = told.get(state, 0) + number
            assert {k: v for k, v in told.items() if v} == found
            waiting, flying = s.execute(
                select(func.sum(CampaignLot.waiting), func.sum(CampaignLot.flying))
                .where(CampaignLot.campaign_id == campaign)).one()
            assert (waiting, flying) == (found.get("waiting", 0), found.get("sending", 0))
        return found

    def message(self, row: int, campaign: int = 1) -> CampaignMessage:
        with self.world.store.read() as s:
            return s.get_one(CampaignMessage, (campaign, row))

    def lots(self) -> list[str]:
        with self.world.store.read() as s:
            return list(s.scalars(select(CampaignLot.state).order_by(
                CampaignLot.campaign_id, CampaignLot.lot)))


def a_bed(world: World, *, room: int = 8) -> Bed:
    gateway = Gateway(world.far, room=room)
    gateway.clock = world.clock.elapsed
    world.fakes["sms"] = gateway
    # the office looks for the keys of lists where they were made
    home = Home(settings_for(world.var), world.store, world.clock)
    return Bed(world, gateway, Lists(home, world.var))

