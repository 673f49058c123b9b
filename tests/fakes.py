"""
Fakes at the seams: channels whose answers are scripted, the far side's own count, an office
that holds such channels, and an observer that remembers what it was told.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from channels.base import Channel
from channels.values import (
    Absent,
    Advice,
    Delivered,
    Found,
    Health,
    Message,
    Outcome,
    Problem,
    RenderSpec,
)
from worker.clock import VirtualClock
from worker.db import Store
from worker.office import Office
from worker.outbox.units import Result
from worker.programme.targets import candidates


class FarSide:
    """What all fake channels took, by key: the count the outbox cannot argue with."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.back: Counter[str] = Counter()  #: taken back, by the original's key

    def most(self) -> int:
        return max(self.taken.values(), default=0)


class FakeChannel:
    """
    Answers from `script`, one a try, then `Delivered`. An exception in it is raised. The far
    side takes the message when the answer is Accepted or Delivered, or `takes` says so.
    """

    spec = RenderSpec("text")
    codes: Mapping[str, Advice] = {}
    secrets: tuple[str, ...] = ()

    def __init__(
        self, name: str, far: FarSide, *, idempotent: bool = False, key_lifetime: float = 0.0,
        max_parallel: int = 4, timeout: float = 10.0,
    ) -> None:
        self.name, self.far = name, far
        self.idempotent, self.key_lifetime = idempotent, key_lifetime
        self.max_parallel, self.timeout = max_parallel, timeout
        self.script: list[Outcome | Exception] = []
        self.finds: list[Found | Exception] = []
        self.sent: list[Message] = []
        self.asked: list[str] = []
        self.recalled: list[tuple[str, str]] = []
        self.takes = False
        self.on_send: Callable[[Message], object] = str

    def account(self, target: str) -> str:
        del target
        return "chinh"

    def validate(self, message: Message) -> list[Problem]:
        del message
        return []

    def send(self, message: Message, *, deadline: float) -> Outcome:
        del deadline
        self.sent.append(message)
        self.on_send(message)
        answer = self.script.pop(0) if self.script else Delivered(f"r-{message.key[:8]}")
        if self.takes or isinstance(answer, TAKEN):
            self._take(message.key)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _take(self, key: str) -> None:
        if not (self.idempotent and self.far.taken[key]):
            self.far.taken[key] += 1

    def check(self, account: str) -> Health:
        del account
        return Health(ok=True)


class AskableChannel(FakeChannel):
    """Also answers `find`: from `finds`, then what the far side really has."""

    def find(self, message: Message) -> Found:
        self.asked.append(message.key)
        if self.finds:
            answer = self.finds.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        has = self.far.taken[message.key] > 0
        return Delivered(f"r-{message.key[:8]}") if has else Absent()


class RecallableChannel(AskableChannel):
    """Also takes back."""

    def recall(self, message: Message, ref: str) -> Outcome:
        self.recalled.append((message.key, ref))
        answer = self.script.pop(0) if self.script else Delivered(ref)
        if isinstance(answer, Exception):
            raise answer
        self.far.back[message.key] += 1
        return answer


class CorrectingChannel(RecallableChannel):
    """Also edits what is public where it stands."""

    def __init__(self, name: str, far: FarSide, **traits: Any) -> None:
        super().__init__(name, far, **traits)
        self.edited: list[tuple[str, str, str]] = []  #: key, ref, text

    def correct(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        del deadline
        self.edited.append((message.key, ref, message.text))
        answer = self.script.pop(0) if self.script else Delivered(ref)
        if isinstance(answer, Exception):
            raise answer
        return answer


TAKEN = tuple(t for t in Outcome.__args__ if t.__name__ in ("Accepted", "Delivered"))


class Held:
    """A pool whose tries wait until they are released."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def submit(self, call: Callable[[], None]) -> None:
        self.calls.append(call)

    def targets(self) -> set[str]:
        return {call.args[0].letter.target for call in self.calls}

    def release(self, count: int | None = None) -> None:
        """Let the first `count` (default: all) go out."""
        calls, self.calls = self.calls[:count], self.calls[count:] if count else []
        for call in calls:
            call()


@dataclass
class FakeOffice(Office):
    """An office whose channels are given; it keeps them when the programme changes."""

    fakes: dict[str, Channel] = field(default_factory=dict)

    def open(self) -> "FakeOffice":
        on = [c for c in self.force.programme.channels if c.enabled]
        self.channels = {c.id: self.fakes[c.id] for c in on if c.id in self.fakes}
        self.broken = {}
        self._addresses = {
            (c.id, t.id): t.address for c in on for t in candidates(self.force.programme, c)
        }
        return self


@dataclass
class Recorder:
    """Observer that remembers."""

    store: Store | None = None
    attempts: list[tuple[str, str]] = field(default_factory=list)  #: (key, state)
    lost: list[tuple[str, str, int]] = field(default_factory=list)  #: (occurrence, channel, n)
    bugs: list[str] = field(default_factory=list)

    def attempted(self, result: Result, state: str) -> None:
        self._may_write()
        self.attempts.append((result.begun.letter.id, state))

    def missed(self, occurrence: str, channel: str, item: str, count: int) -> None:
        del item
        self._may_write()
        self.lost.append((occurrence, channel, count))

    def bug(self, where: str, error: BaseException) -> None:
        self._may_write()
        self.bugs.append(f"{where}: {error!r}")

    def database(self, where: str, trouble: str) -> None:
        self.bugs.append(f"{where}: {trouble}")

    def _may_write(self) -> None:
        """An observer writes alarms: whoever tells it holds no transaction of its own."""
        if self.store is not None:
            with self.store.write():
                pass


class FailingStore(Store):
    """A store whose transactions fail at their end while `failing` says so."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.failing = 0

    @contextmanager
    def write(self) -> Iterator[Session]:
        with super().write() as session:
            yield session
            session.flush()
            if self.failing:
                self.failing -= 1
                raise OSError("the disk is full")


class SlowStore(Store):
    """A store whose every transaction takes some time of a virtual clock."""

    def __init__(self, url: str, clock: VirtualClock, seconds: float) -> None:
        super().__init__(url)
        self._clock, self._seconds = clock, seconds

    @contextmanager
    def write(self) -> Iterator[Session]:
        with super().write() as session:
            yield session
        self._clock.advance(self._seconds)


class InterruptedStore(Store):
    """Something happens between the reading and the first write."""

    def __init__(self, url: str, act: Callable[[], object]) -> None:
        super().__init__(url)
        self._acts = [act]

    @contextmanager
    def write(self) -> Iterator[Session]:
        while self._acts:
            self._acts.pop()()
        with super().write() as session:
            yield session
