"""Short ways to a list in the database, and to what stands there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from tests.builders import in_force, settings_for, some_people
from worker.clock import VirtualClock
from worker.db import Store
from worker.home import Home
from worker.lists import columns
from worker.lists.origin import Origin
from worker.lists.secret import Ring, open_ring, ready_ring
from worker.lists.source import open_source
from worker.lists.store import Given, Staged, accept, stage
from worker.models import Recipient, RecipientList, RecipientLookup

ORIGIN = Origin("cong_ich", "public_task", "UBND xã Lục Ngạn", "12/KH-UBND", date(2026, 11, 20),
                "sổ hộ dân", date(2027, 1, 31))


def home_for(store: Store, clock: VirtualClock, folder: Path, *, fresh: bool = True) -> Home:
    """A home with a programme and persons; not *fresh*: the database has them already."""
    settings = replace(settings_for(folder), var=folder / "var")
    if fresh:
        in_force(store)
        some_people(store)
    return Home(settings, store, clock)


@dataclass
class Lists:
    """A home, and how a test uses its lists."""

    home: Home
    folder: Path

    def ring(self) -> Ring:
        return ready_ring(self.home.store, self.home.settings.var, self.home.clock.now(), "soan")

    def file(self, numbers: Sequence[str], names: Sequence[str] = ()) -> Path:
        path = self.folder / "danh-sach.csv"
        people = list(numbers)
        if names:
            people = [f"{n};{name}" for n, name in zip(numbers, names, strict=True)]
        head = "Số điện thoại;Họ tên" if names else "Số điện thoại"
        path.write_text("\n".join([head, *people, ""]), encoding="utf-8")
        return path

    def staged(self, path: Path, origin: Origin = ORIGIN, chunk: int = 2,
               refuse: Callable[[Any], None] | None = None) -> Staged:
        with open_source(path) as source:
            given = Given(source, columns.find(source), refuse, chunk)
            return stage(self.home, self.ring(), origin, given, "soan")

    def taken(self, numbers: Sequence[str], names: Sequence[str] = (),
              origin: Origin = ORIGIN) -> int:
        staged = self.staged(self.file(numbers, names), origin)
        accept(self.home, self.ring(), staged, "soan")
        return staged.list_id

    def people(self, list_id: int) -> list[tuple[str, ...]]:
        """Number and fields of all that can be read, in the file's order."""
        with self.home.store.read() as session:
            ring = open_ring(session, self.home.settings.var)
            count = len(session.get_one(RecipientList, list_id).fields)
            return [
                (ring.number(list_id, r.row, r.key_id, r.number),
                 *ring.fields(list_id, r.row, r.key_id, r.fields, count))
                for r in session.scalars(select(Recipient).where(
                    Recipient.list_id == list_id).order_by(Recipient.row))
                if r.number is not None and r.key_id is not None]

    def rows(self, list_id: int) -> list[Recipient]:
        with self.home.store.read() as session:
            return list(session.scalars(select(Recipient).where(
                Recipient.list_id == list_id).order_by(Recipient.row)))

    def row(self, list_id: int) -> RecipientList:
        with self.home.store.read() as session:
            return session.get_one(RecipientList, list_id)

    def states(self) -> dict[str, int]:
        """How many lists stand in each state."""
        with self.home.store.read() as session:
            found = session.execute(select(RecipientList.state, func.count())
                                    .group_by(RecipientList.state)).all()
        return {state: count for state, count in found}  # noqa: C416

    def count(self, table: type[Any]) -> int:
        with self.home.store.read() as session:
            return session.execute(select(func.count()).select_from(table)).scalar_one()

    def lookups(self) -> int:
        return self.count(RecipientLookup)
