"""A page on which texts are pinned and counted, and what aftercare did of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from channels.online import Figures
from channels.values import Delivered, Message, Outcome
from tests.fakes import RecallableChannel
from tests.store.world import NOON, World
from worker.aftercare import ticks
from worker.models import Aftercare, DeliveryFigures

DAY = timedelta(days=1)


class Page(RecallableChannel):
    """A page on which texts are pinned and counted; `answers` come first."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.top: list[str] = []
        self.done: list[tuple[str, str]] = []
        self.answers: list[Outcome | Figures | Exception] = []
        self.meanwhile: Callable[[], object] = bool

    def pin(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        del message, deadline
        return self._do("pin", ref) or self._place(ref, on=True)

    def unpin(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        del message, deadline
        return self._do("unpin", ref) or self._place(ref, on=False)

    def measure(self, message: Message, ref: str, *, deadline: float) -> Any:
        del message, deadline
        return self._do("measure", ref) or Figures({"views": 10 * len(self.done), "shares": 0})

    def _do(self, what: str, ref: str) -> Any:
        self.done.append((what, ref))
        self.meanwhile()
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _place(self, ref: str, *, on: bool) -> Delivered:
        self.top = [r for r in self.top if r != ref] + [ref] * on
        return Delivered(ref)


def a_page(world: World) -> Page:
    page = Page("facebook", world.far)
    world.fakes["facebook"] = page
    return page


def published(world: World) -> str:
    """Noon's text is out; gives its `ref`."""
    world.to(max(NOON, world.clock.now()))
    world.run("facebook")
    return world.deliveries("facebook")[-1].ref


def tick(world: World) -> int:
    return ticks.tick(world.office(), world.clock.now())


def rows(world: World) -> dict[str, Aftercare]:
    with world.store.read() as s:
        return {a.kind: a for a in s.scalars(select(Aftercare))}


def taken(world: World) -> list[tuple[str, timedelta]]:
    with world.store.read() as s:
        return [(f.mark, timedelta(seconds=f.age))
                for f in s.scalars(select(DeliveryFigures).order_by(DeliveryFigures.age))]
