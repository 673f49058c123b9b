"""The embedded engine: one thread a channel, tries in a small pool of threads beside it."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError

from worker.db import is_full_or_locked
from worker.dispatcher import Dispatcher, Observer, next_due
from worker.office import Office
from worker.outbox.units import Worker

#: an idle channel asks the outbox this often, seconds: commands come from other processes
POLL = 1.0
#: after the database refused, seconds
BACK_OFF = 2.0
#: threads a channel may have: the widest window a programme may ask for; made when needed
WIDEST = 64


class Threads:
    """A pool of threads; each keeps its own connections."""

    def __init__(self, name: str, size: int) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix=name)

    def submit(self, call: Callable[[], None]) -> None:
        self._pool.submit(call)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=False)


class Inline:
    """The caller itself: one after another, the same order every time (rehearsals)."""

    def submit(self, call: Callable[[], None]) -> None:
        call()


@dataclass
class Embedded:
    """Threads over the outbox; for SQLite, and for PostgreSQL with one worker."""

    office: Callable[[], Office]  #: one for each channel's thread: renewed apart
    worker: Worker
    observer: Observer
    _threads: dict[str, threading.Thread] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._wakes: dict[str, threading.Event] = {}
        self._until = float("inf")

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

    def stop(self, grace: float) -> bool:
        self._until = time.monotonic() + grace
        self._stop.set()
        for wake in self._wakes.values():
            wake.set()
        for thread in self._threads.values():
            thread.join(max(0.0, self._until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads.values())

    def _run(self, channel: str) -> None:
        pool = Threads(f"gui-{channel}", WIDEST)
        dispatcher: Dispatcher | None = None
        while not self._stop.is_set():
            try:
                if dispatcher is None:
                    dispatcher = Dispatcher(self.office(), channel, self.worker, pool,
                                            self.observer)
                if self._anything_due(dispatcher, channel) and dispatcher.turn():
                    dispatcher.wait(self._stop)
                    continue
            except DBAPIError as error:
                self._trouble(channel, error)
                self._stop.wait(BACK_OFF)
                continue
            except Exception as error:  # noqa: BLE001  (one bad row must not end the channel)
                self.observer.bug(f"dispatcher {channel}", error)
                self._stop.wait(BACK_OFF)
                continue
            self._wakes[channel].wait(POLL)
            self._wakes[channel].clear()
        if dispatcher is not None:
            self._finish(dispatcher, channel)
        pool.close()

    def _anything_due(self, dispatcher: Dispatcher, channel: str) -> bool:
        """A cheap read before a write transaction is opened."""
        if dispatcher.hands or dispatcher.flying:
            return True
        office = dispatcher.office
        with office.store.read() as session:
            due = next_due(session, channel, office.clock.now())
        return due is not None and due <= office.clock.now()

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
                    return
                threading.Event().wait(BACK_OFF)
            else:
                return
