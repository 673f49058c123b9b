"""What the tests of bulletins share: a station, its evening, and what is asked of it."""

from datetime import date, timedelta

from sqlalchemy import select

from channels.values import Accepted
from tests.store.world import NOON, TODAY, World
from worker.home import in_force
from worker.models import BulletinRow, Pin
from worker.outbox.recall import recall_item
from worker.planner.by_hand import at_once
from worker.planner.rows import Rows
from worker.radio.bulletin import Bulletin, from_json
from worker.radio.read import bulletins_for
from worker.radio.store import make_bulletins

DAY = timedelta(days=1)
TOMORROW = TODAY + DAY
STATION = "dai-luc-ngan"
#: when tomorrow's scripts are handed to the stations: 17:00 the day before
HANDED = NOON + timedelta(hours=5, minutes=30)
RADIO = '\n[radio]\nstand_by = "td-09"\n'


def made(world: World) -> list[Bulletin]:
    return [m.bulletin for m in make_bulletins(world.store, world.clock.now())]


def rows(world: World, day: date = TOMORROW) -> list[BulletinRow]:
    with world.store.read() as s:
        return list(s.scalars(select(BulletinRow).where(BulletinRow.local_date == day)
                              .order_by(BulletinRow.airing, BulletinRow.number)))


def newest(world: World, day: date = TOMORROW) -> Bulletin:
    [row] = [r for r in rows(world, day) if r.newest]
    return from_json(row.body)


def shown(world: World, first: date = TOMORROW, days: int = 1) -> list[Bulletin]:
    with world.store.read() as s:
        return bulletins_for(s, in_force(s), STATION, first, days, world.clock.now())


def items_of(bulletin: Bulletin) -> list[str]:
    return [s.item for s in bulletin.airing_sections]


def hand_over(world: World) -> None:
    """Tomorrow's scripts are with the station, as the real channel says it, and in a bulletin."""
    world.fakes["loa"].script += [Accepted(f"f-{n}") for n in range(3)]
    world.to(HANDED)
    world.run("loa")
    make_bulletins(world.store, world.clock.now())


def pin(world: World, item: str, day: date = TOMORROW) -> None:
    with world.store.write() as s:
        s.add(Pin(entry="canh_giac", slot="trua", local_date=day, item_id=item, by="soan",
                  at=world.clock.now()))


def recall(world: World, item: str = "td-01", reason: str = "sai số liệu") -> None:
    with world.store.write() as s:
        recall_item(s, world.clock.now(), "duyet", item, reason, {"loa"})


def air_now(world: World, item: str, entry: str, day: date, run: int = 1) -> None:
    """What `publish --now` and `repeat` write, and the station has it."""
    now = world.clock.now()
    with world.store.write() as s:
        force = in_force(s)
        planned, scope = at_once(s, force, now, item, entry, run, day, ["loa"], "now")
        rows_ = Rows(now, "soan", force.version, scope.writer)
        rows_.occurrence(planned)
        for cell in planned.channels:
            rows_.cell(planned, cell, 1)
        rows_.write(s)
    world.run("loa")
