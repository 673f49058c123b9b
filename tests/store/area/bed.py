"""A world whose carriers send to areas themselves."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.builders import PROGRAMME, an_item
from tests.store.world import World
from worker.campaigns.area import acts, orders, papers
from worker.campaigns.area.orders import Wanted
from worker.home import in_force
from worker.models import AreaOrder, Event

#: the programme of builders.py, with areas, a body above, a sender name, SMS with diacritics
TEXT = (
    PROGRAMME.replace("max_parts = 1 }", "max_parts = 3, plain = false }")
    .replace('secrets = { key = "env:KEY" }',
             'secrets = { key = "env:KEY" }\noptions = { sender = "UBND LNgan" }')
    .replace("[audiences]",
             '[areas]\nluc_ngan = "Xã Lục Ngạn"\nbien_dong = "Xã Biên Động"\n\n[audiences]')
    .replace('hotline = "113"',
             'hotline = "113"\nparent = "bac-ninh"\n\n[[organisations]]\nid = "bac-ninh"\n'
             'name = "Tỉnh Bắc Ninh"\ncommittee = "UBND tỉnh Bắc Ninh"')
    .replace("[[channels]]", '[[quiet_hours]]\nstart = "13:30"\nend = "14:30"\n\n[[channels]]', 1)
)
SMS = "Công an KHÔNG làm việc qua điện thoại. Nghi lừa đảo, báo {{ cong_an }}. Mã {{ ma_tin }}"


def at(hour: int, minute: int = 0, day: int = 25) -> datetime:
    """A moment of November 2026 by the clock of Vietnam."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


WANTED = Wanted(
    item="td-01", carrier="Viettel", areas=("luc_ngan",), opens_at=at(8), closes_at=at(11),
    ordered_by="UBND tỉnh Bắc Ninh", document="12/KH-UBND", document_date=date(2026, 11, 20),
    signature=("TM. Ủy ban nhân dân", "Chủ tịch", "Nguyễn Văn A"))


@dataclass
class Areas:
    """A world, and the acts on orders as the commands do them."""

    world: World

    def approved_item(self, **changes: Any) -> None:
        self.world.approved(an_item(**{"texts": {"sms": SMS}, **changes}))

    def order(self, **changes: Any) -> AreaOrder:
        with self.world.store.write() as s:
            return orders.make(s, self.world.clock.now(), in_force(s), "phoi",
                               replace(WANTED, **changes))

    def approve(self, number: int, person: str = "duyet") -> AreaOrder:
        with self.world.store.write() as s:
            return acts.approve(s, self.world.clock.now(), in_force(s).programme, number, person)

    def approved(self, **changes: Any) -> AreaOrder:
        return self.approve(self.order(**changes).id)

    def hand_over(self, number: int) -> dict[str, bytes]:
        order = self.now(number)
        files = papers.made(order)
        with self.world.store.write() as s:
            order = acts.order_of(s, number)
            acts.may_go(s, self.world.clock.now(), order)
            acts.hand_over(s, self.world.clock.now(), order, "phoi", papers.sums(files))
        return files

    def handed_over(self, **changes: Any) -> AreaOrder:
        number = self.approved(**changes).id
        self.hand_over(number)
        return self.now(number)

    def report(self, number: int, sha256: str, result: dict[str, Any],
               file: str = "kq.csv") -> str | None:
        with self.world.store.write() as s:
            return acts.report(s, self.world.clock.now(), acts.order_of(s, number), "phoi", file,
                               sha256, result)

    def cancel(self, number: int) -> AreaOrder:
        with self.world.store.write() as s:
            return acts.cancel(s, self.world.clock.now(), number, "phoi", "thử")

    def now(self, number: int) -> AreaOrder:
        with self.world.store.read() as s:
            return acts.order_of(s, number)

    def story(self, number: int) -> list[Event]:
        order = self.now(number)
        with self.world.store.read() as s:
            return list(s.scalars(select(Event).where(
                Event.occurrence_id == order.occurrence_id).order_by(Event.seq)))


def a_file(folder: Path, text: str, name: str = "kq.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
