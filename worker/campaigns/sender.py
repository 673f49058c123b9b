"""The sender's step: slices -> pace -> the window of an account -> the wire -> what came back."""

import threading
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy.exc import DBAPIError

from channels.base import Window, Windowed
from channels.values import Message, Retry, Uncertain
from channels.verdict import proves_nothing
from worker.i18n import t
from worker.pace import SLICE, Pace

from .lane import Lane
from .sizes import FEW, MOST, runs_low
from .texts import Texts, parts_of
from .units import Begun, Result, Slice

#: seconds between two looks for the next slice while answers are awaited
SLICES = 0.001
#: seconds between two looks whether a full window has room
ROOM = 0.005
#: a window that refused is asked again after so long, though nothing of it has come back …
FULL = 4 * ROOM
#: … and no more of an account's time is wanted than it had room for, seconds
NARROW = 1.0
#: seconds after every deadline that an outcome is still waited for
PATIENCE = 15.0
#: where a machine woke us late, we come when one message is due for so long, seconds
PUNCTUAL = 3.0
#: messages in doubt that are remembered for an answer that comes late
DOUBTS = 10_000


@dataclass
class Outgoing:
    """A slice on its way to the wire, and what of it was not offered yet."""

    slice: Slice
    waiting: deque[Begun]
    #: the first of them as messages: a few are made together, which costs half
    ready: deque[Message | Result] = field(default_factory=deque)

    @property
    def parts(self) -> int:
        """Of a message, at its longest."""
        return self.slice.campaign.parts

    def drop(self) -> None:
        """The first is on its way, or ended."""
        self.waiting.popleft()
        self.ready.popleft()


@dataclass
class Sender:
    """Offers what was begun; gathers outcomes for the writer. One thread's."""

    lane: Lane
    news: threading.Event  #: set when there is something to write, or room for a slice
    outgoing: deque[Outgoing] = field(default_factory=deque)
    results: deque[Result] = field(default_factory=deque)
    flying: dict[str, tuple[Slice, Begun, int]] = field(default_factory=dict)  #: by key
    halted: bool = False  #: nothing more is offered
    running: frozenset[int] = frozenset()  #: campaigns of which something may be offered

    def __post_init__(self) -> None:
        self._windows: dict[str, Window] = {}
        self._on_wire: Counter[str] = Counter()  #: by account
        self._full: dict[str, tuple[int, float]] = {}  #: account -> on its wire, when it refused
        self._channel: object = None
        self._doubtful: dict[str, tuple[Slice, Begun, int]] = {}  #: settled as uncertain
        self._texts = Texts(self.lane.ring, {})
        self._paced = False  #: the next message waits for its time
        self._rest = threading.Lock()  #: never free: to wait for it costs less than for an event
        self._rest.acquire()
        self._punctual_until = float("-inf")

    def send(self, wait: float, *, offering: bool = True) -> None:
        """
        Offer what the pace lets go, and gather what came back, waiting so many seconds.
        `offering`: False while nothing can be written down.
        """
        self._follow_channel()
        # without its channel, which an edit took away or a secret, it has no rate either
        ended = self.halted or self.lane.channel() is None
        pause, self._paced = wait, False
        urgent_first = sorted(self.outgoing, key=lambda x: x.slice.campaign.rank)
        for out in urgent_first if offering else ():
            if ended or out.slice.campaign.id not in self.running:
                self.results.extend(_unsent(out.slice, out.waiting))
                out.waiting.clear()
            else:
                pause = min(pause, self._offer(out))
            if not out.waiting:
                self.outgoing.remove(out)
                self.news.set()
        if self._paced and self.outgoing and pause > 0:
            self._poll(0)  # answers can wait: to be woken by each costs more than the message
            self._sleep(pause)
        else:
            self._poll(pause if self.outgoing else min(pause, SLICES))

    def _offer(self, out: Outgoing) -> float:
        """Seconds until the next of this slice may go."""
        of, lane = out.slice, self.lane
        window, deadline = self._windows.get(of.account), of.at + lane.timeout()
        pace, clock = lane.paces.of(of.account), lane.clock
        while out.waiting:
            begun, elapsed = out.waiting[0], clock.elapsed()
            if window is None or elapsed >= deadline:
                self.results.extend(_unsent(of, out.waiting))
                out.waiting.clear()
                break
            if not out.ready:
                out.ready.extend(self._message(of, b) for b in islice(out.waiting, FEW))
            message = out.ready[0]
            if not isinstance(message, Message):
                self.results.append(message)
                out.drop()
                continue
            parts = parts_of(message.text)
            if (pause := self._pause(of, parts, pace, elapsed)) > 0:
                return pause
            if not window.offer(message, deadline=deadline):
                if pace is not None:
                    pace.give_back(parts)
                    self._full[of.account] = self._on_wire[of.account], elapsed
                return ROOM
            out.drop()
            self.flying[message.key] = (of, begun, parts)
            self._on_wire[of.account] += 1
            if pace is not None and runs_low(self._left(of), out.parts, pace.rate):
                self.news.set()
        return ROOM

    def _pause(self, of: Slice, parts: int, pace: Pace | None, elapsed: float) -> float:
        """Seconds until a message of so many parts may go; 0: now, and its time is spent."""
        if self.lane.paces.is_held(of.account, of.campaign.rank):
            return SLICE / 4
        if of.account in self._full and self._room(of, elapsed) <= 0:
            return ROOM  # else others would wait for a time that we cannot use
        if pace is None or (pause := pace.take(parts, elapsed)) <= 0:
            return 0.0
        self._paced, pause = True, pause + self._together(pace, parts, elapsed)
        # of the same rank, a delivery of another worker goes before it, too
        pace.want(elapsed, pause, 2 * of.campaign.rank + 1, parts, parts * self._room(of, elapsed))
        return pause

    def _together(self, pace: Pace, parts: int, elapsed: float) -> float:
        """How much later than due we come, so that several go with one awakening."""
        return 0.0 if elapsed < self._punctual_until else pace.late(parts)

    def _sleep(self, pause: float) -> None:
        began = self.lane.clock.elapsed()
        self._rest.acquire(timeout=pause)
        now = self.lane.clock.elapsed()
        if now - began - pause > SLICE / 4:  # a busy machine: what comes later still is lost
            self._punctual_until = now + PUNCTUAL

    def _room(self, of: Slice, elapsed: float) -> int:
        """How many may go now, by what the window had when it refused last."""
        size, at = self._full.get(of.account, (0, 0.0))
        if not size or elapsed - at > NARROW:
            return self._left(of)
        room = size - self._on_wire[of.account]
        return min(self._left(of), max(room, 1 if elapsed - at > FULL else 0))

    def _left(self, of: Slice) -> int:
        return sum(len(x.waiting) for x in self.outgoing if x.slice.account == of.account)

    def _message(self, of: Slice, begun: Begun) -> Message | Result:
        try:
            found = self._texts.message(of, begun)
        except DBAPIError:  # the keys are read again with its next try
            return _unsent(of, [begun])[0]
        except Exception as error:  # noqa: BLE001  (nothing was sent: one bad row ends no campaign)
            self.lane.bug("campaign.text", error)
            return Result(of, begun, Retry("unreadable", type(error).__name__), 0)
        return found if isinstance(found, Message) else Result(of, begun, found, 0)

    def _poll(self, wait: float) -> None:
        each = wait / max(1, len(self._windows))
        for window in list(self._windows.values()):
            for key, outcome in window.poll(each):
                flew, late = self.flying.pop(key, None), False
                if flew is None:  # the answer comes after we had given it up
                    flew, late = self._doubtful.pop(key, None), True
                    if flew is None:
                        continue
                of, begun, parts = flew
                self._on_wire[of.account] -= 0 if late else 1
                if isinstance(outcome, Uncertain):
                    self._doubtful[key] = flew
                    while len(self._doubtful) > DOUBTS:
                        del self._doubtful[next(iter(self._doubtful))]
                until = self._repeat_until(begun, outcome) if isinstance(outcome, Retry) else None
                self.results.append(Result(of, begun, outcome, parts, until, late))
        self._give_up()
        if len(self.results) >= MOST or not (self.outgoing or self.flying):
            self.news.set()

    def _give_up(self) -> None:
        """A window that forgets an outcome is a bug; whoever waits for it waits not for ever."""
        elapsed = self.lane.clock.elapsed()
        for key, flew in list(self.flying.items()):
            of, begun, parts = flew
            if elapsed < of.at + 2 * self.lane.timeout() + PATIENCE:
                break  # they began in this order
            self._doubtful[key] = self.flying.pop(key)
            self._on_wire[of.account] -= 1
            lost = Uncertain("no-outcome", t("Kênh không cho biết kết quả",
                                               "The channel told no outcome"))
            self.results.append(Result(of, begun, lost, parts))

    def _repeat_until(self, begun: Begun, outcome: Retry) -> datetime | None:
        channel = self.lane.channel()
        if channel is None or not proves_nothing(outcome.code, channel.codes):
            return None
        return begun.first_try_at + timedelta(seconds=channel.key_lifetime)

    def _follow_channel(self) -> None:
        """A newer programme made another channel: what is on the old one's wire comes first."""
        channel = self.lane.channel()
        if channel is self._channel or (self.flying and self._channel is not None):
            return
        for window in self._windows.values():
            close = getattr(window, "close", None)
            if close is not None:
                close()
        self._channel = channel
        self._windows = {}
        if channel is None:
            return
        if isinstance(channel, Windowed):
            self._windows = {a: channel.open(a) for a in self.lane.accounts()}
        self._texts = Texts(self.lane.ring, self.lane.handsets())


def _unsent(of: Slice, waiting: Iterable[Begun]) -> list[Result]:
    """Begun, and not a byte of it went out."""
    late = Retry("deadline", t("Quá hạn chót trước khi gửi", "Its deadline passed first"),
                 retry_after=1, counts=False)
    return [Result(of, begun, late, 0) for begun in waiting]
