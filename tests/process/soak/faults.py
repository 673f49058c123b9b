"""Which process dies when, and how; drawn by a seed."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.process.soak.place import Member, Place

#: what dies, and how: each of a deck once before any comes again
WORKER, CONSOLE, DATABASE = "worker", "console", "database"
SHORT = ((WORKER, "kill"), (DATABASE, "crash"), (CONSOLE, "kill"), (WORKER, "stop"),
         (DATABASE, "kill"))
DECK = (*SHORT, (WORKER, "kill"), (WORKER, "kill"), (CONSOLE, "stop"), (DATABASE, "restart"),
        (WORKER, "kill"), (CONSOLE, "kill"), (DATABASE, "backend"))


@dataclass
class Faults:
    """One after another, never two at once: whatever died is started before the next dies."""

    place: Place
    rng: random.Random
    every: tuple[float, float]  #: seconds between two
    down: tuple[float, float]  #: seconds until it is started again
    deck: tuple[tuple[str, str], ...]
    happened: Counter[str] = field(default_factory=Counter)

    def run(self, seconds: float) -> None:
        """So long; everything runs again afterwards."""
        never, end = threading.Event(), time.monotonic() + seconds
        for what, how in self._draws():
            never.wait(max(0.0, min(self.rng.uniform(*self.every), end - time.monotonic())))
            if time.monotonic() >= end:
                return
            for member in self.place.members:
                member.tend()
            down = self.rng.uniform(*self.down)
            again = self._strike(what, how)
            self.happened[f"{what} {how}"] += 1
            never.wait(down)
            again()

    def _draws(self) -> Iterator[tuple[str, str]]:
        while True:
            deck = list(self.deck)
            self.rng.shuffle(deck)
            yield from deck

    def _strike(self, what: str, how: str) -> Callable[[], object]:
        """Gives what starts it again."""
        place, cluster = self.place, self.place.cluster
        if what == DATABASE:
            if how == "backend":
                place.kill_backend()
                return lambda: None
            strike: Callable[[], None] = {
                "crash": place.crash_database, "kill": cluster.kill,
                "restart": cluster.stop}[how]
            strike()
            return cluster.start
        members = place.workers[1:] if what == WORKER else place.consoles
        member: Member = self.rng.choice(members)
        if how == "stop" and member.serves():
            member.stop()
        else:
            member.kill()
        return member.start

    def count(self, what: str) -> int:
        return sum(n for name, n in self.happened.items() if name.split()[0] == what)
