"""A world with a vendor's box, the tick that serves it, and what stands on the box."""

import hashlib
import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import select

from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.wire import Wire
from tests.builders import settings_for
from tests.store.conftest import MakeWorld
from tests.store.world import TODAY, World, a_text
from worker.home import Home
from worker.models import BulletinRow, Content, Delivery, Occurrence, StandingAcceptance
from worker.programme.model import PRIORITIES, Programme
from worker.radio.acceptance import record_standing
from worker.radio.bulletin import Bulletin, to_json
from worker.radio.push import Push
from worker.radio.speech.sounds import Sound, Sounds

DAY = timedelta(days=1)
TOMORROW = TODAY + DAY
STATION = "dai-luc-ngan"
NAME = "2026-11-25_0530_T4"
ENTRY = f"hop:{STATION}:0530/-/{TOMORROW}"
BOX = """
[[channels]]
id = "hop"
type = "box"
name = "Máy phát"
options = { way = "folder", folder = "hop" }
accounts = [{ id = "chinh" }]
[[channels.targets]]
id = "dai-luc-ngan"
name = "Máy phát xã Lục Ngạn"
address = "luc-ngan"
"""


@dataclass
class Shelf(Sounds):
    """Sounds that a test makes, by bulletin number."""

    made: dict[int, bytes] = field(default_factory=dict)

    def mp3_for(self, programme: Programme, bulletin: Bulletin) -> Sound | None:
        data = self.made.get(bulletin.number)
        if data is None:
            return None
        path = self.home.settings.var / f"{hashlib.sha256(data).hexdigest()}.mp3"
        if not path.is_file():  # whole or not at all: two nodes may ask at one moment
            half = path.with_suffix(f".{threading.get_ident()}")
            half.write_bytes(data)
            half.replace(path)
        return Sound(path, 1.0, len(data))


@dataclass
class Desk:
    """A world with a box, and the tick that serves it."""

    world: World
    sounds: Shelf
    push: Push

    def tick(self) -> int:
        return self.push.tick(self.world.clock.now())

    def again(self) -> Push:
        """Another node, or this one after a restart."""
        return Push(self.sounds.home, self.sounds)

    def keep(self, bulletin: Bulletin) -> int:
        """The newest number of its airing."""
        with self.world.store.write() as s:
            for old in s.scalars(select(BulletinRow).where(BulletinRow.newest)):
                old.newest = False
            s.flush()
            row = BulletinRow(
                station=bulletin.station, local_date=bulletin.date, airing=bulletin.airing,
                number=bulletin.number, airs_at=bulletin.airs_at, body=to_json(bulletin),
                sha256=bulletin.sha256(), made_at=bulletin.made_at, newest=True)
            s.add(row)
            s.flush()
            return row.id

    def stands(self) -> list[tuple[int, int, str, bool]]:
        """Number, version, state, and whether there is sound in it."""
        with self.world.store.read() as s:
            rows = s.execute(
                select(Occurrence.run, Delivery, Content.payload)
                .join(Delivery, Delivery.occurrence_id == Occurrence.id)
                .join(Content, Content.sha256 == Delivery.content_sha256)
                .where(Delivery.channel == "hop", Delivery.kind == "publish")
                .order_by(Occurrence.run, Delivery.version))
            return [(run, d.version, d.state, bool(payload["attachments"]))
                    for run, d, payload in rows]

    def allow(self) -> list[int]:
        """The commune's yes beforehand, to every priority; gives the numbers."""
        with self.world.store.write() as s:
            return [record_standing(s, self.world.clock.now(), STATION, StandingAcceptance(
                station=STATION, priority=priority, signer="Chủ tịch", document="05/UBND",
                valid_from=TODAY, valid_until=TODAY + 30 * DAY)) for priority in PRIORITIES]

    def run(self) -> None:
        self.world.run("hop")

    def there(self) -> dict[str, bytes]:
        folder = self.world.var / "may" / "luc-ngan"
        return {p.name: p.read_bytes() for p in folder.iterdir()} if folder.is_dir() else {}

    def plays(self) -> bytes | None:
        return self.there().get(f"{NAME}.mp3")


def a_desk(make_world: MakeWorld, *, standing: bool = True) -> Desk:
    """
    Eight in the morning; a real box in a folder, and no bulletin yet. `standing`: the commune
    has accepted every priority beforehand.
    """
    world = make_world(a_text() + BOX)
    world.fakes["hop"] = build_channel(
        ChannelSpec("hop", "box", (AccountSpec("chinh"),), targets={"luc-ngan": "chinh"},
                    options={"way": "folder", "folder": "may"}),
        Context(wire=Wire(training=True), clock=world.clock, secrets=str, folder=world.var,
                home=world.var, durable=False))
    home = Home(replace(settings_for(world.var), var=world.var), world.store, world.clock)
    sounds = Shelf(home)
    desk = Desk(world, sounds, Push(home, sounds))
    if standing:
        desk.allow()
    return desk
