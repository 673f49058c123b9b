"""The sender's step: slices -> pace -> the window of an account -> the wire -> what came back."""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.base import Window, Windowed
from channels.values import Message, Retry, Uncertain
from channels.verdict import proves_nothing
from worker.i18n import t
from worker.pace import SLICE

from .lane import Lane
from .texts import Texts, parts_of
from .units import Begun, Result, Slice

#: seconds between two looks for the next slice while answers are awaited
SLICES = 0.001
#: seconds between two looks whether a full window has room
ROOM = 0.005
#: seconds after every deadline that an outcome is still waited for
PATIENCE = 15.0
#: messages in doubt that are remembered for an answer that comes late
DOUBTS = 10_000


@dataclass
class Outgoing:
    """A slice on its way to the wire, and what of it was not offered yet."""

    slice: Slice
    waiting: deque[Begun]


@dataclass
class Sender:
    """Offers what was begun; gathers outcomes for the writer. One thread's."""

    lane: Lane
    news: threading.Event  #: set when there is something to write, or room for a slice
    outgoing: deque[Outgoing] = field(default_factory=deque)
    results: deque[Result] = field(default_factory=deque)
    flying: dict[str, tuple[Slice, Begun, int]] = field(default_factory=dict)  #: by key
    halted: bool = False  #: nothing more is offered

    def __post_init__(self) -> None:
        self._windows: dict[str, Window] = {}
        self._channel: object = None
        self._doubtful: dict[str, tuple[Slice, Begun, int]] = {}  #: settled as uncertain
        self._texts = Texts(self.lane.ring, {})

    def send(self, wait: float, *, offering: bool = True) -> None:
        """
        Offer what the pace lets go, and gather what came back, waiting so many seconds.
        `offering`: False while nothing can be written down.
        """
        self._follow_channel()
        pause = wait
        urgent_first = sorted(self.outgoing, key=lambda x: x.slice.campaign.rank)
        for out in urgent_first if offering else ():
            if self.halted:
                self.results.extend(_unsent(out.slice, out.waiting))
                out.waiting.clear()
            else:
                pause = min(pause, self._offer(out))
            if not out.waiting:
                self.outgoing.remove(out)
                self.news.set()
        self._poll(pause if self.outgoing else min(pause, SLICES))

    def _offer(self, out: Outgoing) -> float:
        """Seconds until the next of this slice may go."""
        of, lane = out.slice, self.lane
        window, deadline = self._windows.get(of.account), of.at + lane.timeout()
        pace = lane.paces.of(of.account)
        while out.waiting:
            begun, elapsed = out.waiting[0], lane.clock.elapsed()
            if window is None or elapsed >= deadline:
                self.results.extend(_unsent(of, out.waiting))
                out.waiting.clear()
                break
            message = self._message(of, begun)
            if not isinstance(message, Message):
                out.waiting.popleft()
                self.results.append(message)
                continue
            if lane.paces.is_held(of.account, of.campaign.rank):
                return SLICE / 4
            parts = parts_of(message.text)
            if pace is not None and (pause := pace.take(parts, elapsed)) > 0:
                # of the same rank, a delivery of another worker goes before it, too
                pace.want(elapsed, pause, 2 * of.campaign.rank + 1, parts, parts * self._left(of))
                return pause
            if not window.offer(message, deadline=deadline):
                if pace is not None:
                    pace.give_back(parts)
                return ROOM
            out.waiting.popleft()
            self.flying[message.key] = (of, begun, parts)
        return ROOM

    def _left(self, of: Slice) -> int:
        return sum(len(x.waiting) for x in self.outgoing if x.slice.account == of.account)

    def _message(self, of: Slice, begun: Begun) -> Message | Result:
        try:
            found = self._texts.message(of, begun)
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
                if isinstance(outcome, Uncertain):
                    self._doubtful[key] = flew
                    while len(self._doubtful) > DOUBTS:
                        del self._doubtful[next(iter(self._doubtful))]
                self.results.append(Result(
                    of, begun, outcome, parts, self._repeat_until(begun, outcome), late))
        self._give_up()
        if self.results:
            self.news.set()

    def _give_up(self) -> None:
        """A window that forgets an outcome is a bug; whoever waits for it waits not for ever."""
        elapsed = self.lane.clock.elapsed()
        for key, flew in list(self.flying.items()):
            of, begun, parts = flew
            if elapsed < of.at + 2 * self.lane.timeout() + PATIENCE:
                break  # they began in this order
            self._doubtful[key] = self.flying.pop(key)
            lost = Uncertain("no-outcome", t("Kênh không cho biết kết quả",
                                               "The channel told no outcome"))
            self.results.append(Result(of, begun, lost, parts))

    def _repeat_until(self, begun: Begun, outcome: object) -> datetime | None:
        channel = self.lane.channel()
        if channel is None or not isinstance(outcome, Retry):
            return None
        if not proves_nothing(outcome.code, channel.codes):
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
