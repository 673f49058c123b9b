"""A campaign's messages at a gateway that brings things over our own connection."""

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select, update

from channels.smpp.receipts import Receipt as Told
from channels.smpp.submit import reference
from tests.builders import settings_for
from tests.fakes import FakeChannel, FarSide
from tests.store.campaigns.bed import Bed, a_bed
from tests.store.lists import Lists
from tests.store.world import World
from worker.campaigns.basket import Basket
from worker.campaigns.keys import key_of
from worker.campaigns.moves import Moved, count
from worker.home import Home
from worker.models import Campaign, CampaignMessage, CampaignRef, Receipt


class Line(FakeChannel):
    """A gateway that brings things over our connection, and hears what became of them."""

    def __init__(self, far: FarSide) -> None:
        super().__init__("sms", far)
        self.coming: deque[Any] = deque()
        self.confirmed: list[tuple[Any, bool]] = []
        self.opened: list[str] = []
        self.during: list[Any] = []  #: it brings these while others are stored

    def open(self, account: str) -> "Line":
        self.opened.append(account)
        return self

    def receipts(self, account: str, limit: int = 500) -> list[Any]:
        del account
        found = [self.coming.popleft() for _ in range(min(limit, len(self.coming)))]
        if found:
            self.coming.extend(self.during)
            self.during = []
        return found

    def reference(self, key: str) -> int:
        return reference(key)

    def confirm(self, account: str, receipts: list[Any], *, stored: bool = True) -> None:
        del account
        self.confirmed += [(r, stored) for r in receipts]


@dataclass
class Desk:
    """A campaign whose messages went out by such a gateway."""

    bed: Bed
    line: Line
    campaign: int
    office: Any = field(init=False)
    basket: Basket = field(default_factory=lambda: Basket("sms", "may-1"))

    def __post_init__(self) -> None:
        self.office = self.bed.world.office()
        self.office.settings = self.bed.lists.home.settings

    def bring(self, *things: Any) -> int:
        self.line.coming.extend(things)
        came = self.basket.look(self.office)
        self.basket.rest(self.office)
        return came

    def stands(self, *states: str, **more: Any) -> None:
        """The messages stand so, and the counts with them."""
        with self.bed.world.store.write() as s:
            for row, state in enumerate(states, start=1):
                s.execute(update(CampaignMessage).where(CampaignMessage.row == row).values(
                    state=state, account="chinh", attempts=1, parts=1, **more))
                count(s, "", self.campaign, [Moved(row, "waiting", state, "", parts=1)])

    def ref(self, ref: str, row: int = 1) -> None:
        with self.bed.world.store.write() as s:
            s.add(CampaignRef(ref=ref, channel="sms", account="chinh", row=row, part=1, of=1,
                              campaign_id=self.campaign, at=self.bed.world.clock.now()))

    def state(self, row: int = 1) -> str:
        return self.bed.message(row).state

    def key(self, row: int = 1) -> str:
        with self.bed.world.store.read() as s:
            return key_of(bytes.fromhex(s.get_one(Campaign, self.campaign).nonce),
                          self.campaign, row)

    def kept(self) -> list[str]:
        with self.bed.world.store.read() as s:
            return list(s.scalars(select(Receipt.ref).order_by(Receipt.id)))


def a_desk(world: World) -> Desk:
    bed = a_bed(world)
    settings = replace(settings_for(world.var), var=world.var)  # keys and wishes of this test
    bed.lists = Lists(Home(settings, world.store, world.clock), world.var)
    campaign = bed.campaign(3)
    line = Line(world.far)
    world.fakes["sms"] = line
    return Desk(bed, line, campaign)


def told(ref: str = "r1", state: str = "DELIVRD", **more: Any) -> Told:
    return Told(ref, state, number="84950000000", digest=f"{ref}-{state}".ljust(64, "0"), **more)
