"""The embedded engine: one thread a channel, tries in a small pool of threads beside it."""

import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError

from worker.campaigns.basket import Basket
from worker.campaigns.engine import Campaigns
from worker.campaigns.lane import Lane
from worker.db import is_full_or_locked
from worker.dispatcher import Dispatcher
from worker.office import Office
from worker.outbox.claim import next_due
from worker.outbox.units import Worker
from worker.pace import Pace
from worker.specs import SMS
from worker.telling import Observer

#: an idle channel asks the outbox this often, seconds: commands come from other processes
POLL = 1.0
#: after the database refused, seconds
BACK_OFF = 2.0
#: threads a channel may have: the widest window a programme may ask for; made when needed
WIDEST = 64


class Threads:
    """
    At most `size` threads, made when none is idle; each keeps its own connections. A call
    gives nothing back and raises nothing: so it costs a fifth of one in an executor.
    """

    def __init__(self, name: str, size: int) -> None:
        self._name, self._size = name, size
        self._made = 0
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._idle: queue.SimpleQueue[None] = queue.SimpleQueue()  #: one for each idle thread

    def submit(self, call: Callable[[], None]) -> None:
        try:
            self._idle.get_nowait()
        except queue.Empty:
            if self._made < self._size:
                self._made += 1
                # a daemon: a try that outlives the grace at shutdown does not keep the process
                threading.Thread(target=self._work, name=f"{self._name}-{self._made}",
                                 daemon=True).start()
        self._calls.put(call)

    def close(self) -> None:
        for _ in range(self._made):
            self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
            self._idle.put(None)


class Inline:
    """The caller itself: one after another, the same order every time (rehearsals)."""

    def submit(self, call: Callable[[], None]) -> None:
        call()


@dataclass
class Embedded:
    """
    Threads over the outbox; for SQLite, and for PostgreSQL. Beside an SMS channel's dispatcher
    two threads send its campaigns, over the same connections and at the same rate.
    """

    office: Callable[[], Office]  #: one for each channel's thread: renewed apart
    worker: Worker
    observer: Observer
    #: makes the pace of (channel, account, rate) where other workers send by it, too
    make_pace: Callable[[str, str, float], Pace] | None = None
    _threads: dict[str, threading.Thread] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._wakes: dict[str, threading.Event] = {}
        self._until = float("inf")
        self._baskets: dict[str, Basket] = {}
        self._bring_after: dict[str, float] = {}  #: monotonic, after trouble
        self._unsettled: set[str] = set()  #: channels whose last results could not be written
        self._campaigns: dict[str, Campaigns] = {}
        self._rests: dict[str, int] = {}

    def cover(self, channels: Iterable[str]) -> None:
        """Start a thread for each channel that has none yet; an edit may bring new ones."""
        for channel in channels:
            if channel in self._threads or self._stop.is_set():
                continue
            self._wakes[channel] = threading.Event()
            thread = threading.Thread(target=self._run, args=(channel,), name=f"kenh-{channel}",
                                      daemon=True)
            self._threads[channel] = thread
            thread.start()

    def wake(self, channel: str) -> None:
        if channel in self._wakes:
            self._wakes[channel].set()

    def rests(self, channel: str) -> int:
        """How often this channel has found nothing more to begin: it rises with every look."""
        return self._rests.get(channel, 0)

    def halt(self) -> None:
        self._stop.set()
        for campaigns in list(self._campaigns.values()):
            campaigns.halt()
        for wake in self._wakes.values():
            wake.set()

    def stop(self, grace: float) -> bool:
        self._until = time.monotonic() + grace
        self.halt()
        for thread in self._threads.values():
            thread.join(max(0.0, self._until - time.monotonic()))
        written = [c.join(lambda: self._until - time.monotonic())
                   for c in list(self._campaigns.values())]
        alive = any(x.is_alive() for x in self._threads.values())
        return not self._unsettled and all(written) and not alive

    def _run(self, channel: str) -> None:
        pool = Threads(f"gui-{channel}", WIDEST)
        dispatcher: Dispatcher | None = None
        while not self._stop.is_set():
            try:
                if dispatcher is None:
                    lane = Lane(self.office(), channel, self.observer.bug,
                                make_pace=self.make_pace)
                    dispatcher = Dispatcher(lane.office, channel, self.worker, pool,
                                            self.observer, paces=lane.paces)
                    self._send_campaigns(lane)
                dispatcher.office.reread()
                self._bring(dispatcher.office, channel)
                pause = self._until_due(dispatcher, channel)
                if pause <= 0:
                    if dispatcher.turn():
                        dispatcher.wait(self._stop)
                        continue
                    pause = POLL  # due, and nothing of it may begin now
            except DBAPIError as error:
                self._trouble(channel, error)
                self._stop.wait(BACK_OFF)
                continue
            except Exception as error:  # noqa: BLE001  (one bad row must not end the channel)
                self.observer.bug(f"dispatcher {channel}", error)
                self._stop.wait(BACK_OFF)
                continue
            self._rests[channel] = self.rests(channel) + 1
            self._rest(dispatcher.office, channel, pause)
        if dispatcher is not None:
            self._finish(dispatcher, channel)
            self._bring(dispatcher.office, channel, all_of_it=True)
        pool.close()

    def _rest(self, office: Office, channel: str, pause: float) -> None:
        """Until it is woken, for so many seconds; takes up receipts meanwhile, and asks nothing."""
        wake, basket = self._wakes[channel], self._baskets[channel]
        until = time.monotonic() + pause
        while (left := until - time.monotonic()) > 0:
            if wake.wait(min(left, basket.pause(office.clock.elapsed()))):
                break
            if until - time.monotonic() > 0:  # else it is looked at with everything else
                self._bring(office, channel)
        wake.clear()

    def _send_campaigns(self, lane: Lane) -> None:
        if lane.office.config(lane.channel_id).type in SMS:
            self._campaigns[lane.channel_id] = Campaigns(lane, self.worker, self._trouble)
            self._campaigns[lane.channel_id].start()
            if self._stop.is_set():  # `halt` may have come before it stood in the table
                self._campaigns[lane.channel_id].halt()

    def _bring(self, office: Office, channel: str, *, all_of_it: bool = False) -> None:
        """Receipts over our own connections; trouble with them keeps no message from going out."""
        basket = self._baskets.get(channel)
        if basket is None:
            basket = self._baskets[channel] = Basket(channel, self.worker.node)
        if time.monotonic() < self._bring_after.get(channel, 0.0):
            return
        try:
            if all_of_it:
                basket.rest(office)
            else:
                basket.look(office)
        except DBAPIError as error:
            self._trouble(channel, error)
        except Exception as error:  # noqa: BLE001  (told as a bug; the gateway brings it again)
            self.observer.bug(f"receipts {channel}", error)
        else:
            return
        self._bring_after[channel] = time.monotonic() + BACK_OFF

    def _until_due(self, dispatcher: Dispatcher, channel: str) -> float:
        """Seconds until there is something to do, `POLL` at most: a cheap read, no lock."""
        if dispatcher.hands or dispatcher.flying:
            return 0.0
        office = dispatcher.office
        with office.store.read() as session:
            due = next_due(session, channel, office.clock.now())
        return POLL if due is None else min(POLL, (due - office.clock.now()).total_seconds())

    def _trouble(self, channel: str, error: DBAPIError) -> None:
        kind = is_full_or_locked(error)
        if kind:
            self.observer.database(channel, kind)
        else:
            self.observer.bug(f"dispatcher {channel}", error)

    def _finish(self, dispatcher: Dispatcher, channel: str) -> None:
        """Settle what is on the wire; a database that refuses is asked again in time."""
        while True:
            try:
                dispatcher.drain()
            except DBAPIError as error:  # given up: it becomes uncertain at the next start
                self._trouble(channel, error)
                if time.monotonic() + BACK_OFF > self._until:
                    self._unsettled.add(channel)
                    return
                threading.Event().wait(BACK_OFF)
            else:
                return
