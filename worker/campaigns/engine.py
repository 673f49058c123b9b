"""The threads that send a channel's campaigns and tests, beside the one of its dispatcher."""

import threading
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from worker.models import Campaign
from worker.outbox.units import Worker

from .lane import Lane
from .runner import Runner
from .trial_sender import Trials

#: while no campaign runs, the tables are asked this often, seconds
POLL = 1.0
#: seconds a sender waits for an answer at a time, and a writer that ends for news
WAIT = 0.01
#: … and one that knows when there will be something to write, at the least
LEAST = 0.001
#: after the database refused, seconds
BACK_OFF = 2.0
#: results that could not be written by then stop the sender: begun slices are not sent for ever
SILENT = 5.0


class Campaigns:
    """Sends what runs on one channel, until told to stop."""

    def __init__(
        self, lane: Lane, worker: Worker, trouble: Callable[[str, DBAPIError], None]
    ) -> None:
        self._lane = lane
        self._runner = Runner(lane, worker)
        self._trouble = trouble
        self._stop = threading.Event()
        self._over = threading.Event()  #: the writer has ended: nothing comes any more
        self._wrote_at = float("inf")
        name = f"chien-dich-{lane.channel_id}"
        self._writer = threading.Thread(target=self._write, name=name, daemon=True)
        self._sender = threading.Thread(target=self._send, name=f"{name}-gui", daemon=True)
        self._tester = threading.Thread(target=self._test, name=f"{name}-thu", daemon=True)

    def start(self) -> None:
        self._writer.start()
        self._sender.start()
        self._tester.start()

    def halt(self) -> None:
        self._stop.set()
        self._runner.news.set()
        self._runner.work.set()

    def join(self, left: Callable[[], float]) -> bool:
        """Wait for so many seconds as are left; True when every result was written."""
        threads = (self._writer, self._sender, self._tester)
        for thread in threads:
            thread.join(max(0.0, left()))
        return not any(thread.is_alive() for thread in threads)

    def _write(self) -> None:
        runner = self._runner
        while not self._stop.is_set():
            if runner.is_idle() and not self._runs():
                self._stop.wait(POLL)
                continue
            if runner.wants_to_write() and self._turn():
                continue
            runner.news.wait(max(LEAST, runner.next_write()))
            runner.news.clear()
        runner.halt()
        while not runner.is_idle():  # what is on the wire has an outcome, or its deadline passes
            if not self._turn(beginning_allowed=False):
                runner.news.wait(WAIT)
                runner.news.clear()
        self._over.set()
        runner.work.set()

    def _turn(self, *, beginning_allowed: bool = True) -> bool:
        try:
            more = self._runner.write(beginning_allowed=beginning_allowed)
            self._wrote_at = self._lane.clock.elapsed()
        except DBAPIError as error:
            self._trouble(self._lane.channel_id, error)
            self._stop.wait(BACK_OFF)
            return False
        except Exception as error:  # noqa: BLE001  (one bad row must not end the channel)
            self._lane.bug(f"campaigns {self._lane.channel_id}", error)
            self._stop.wait(BACK_OFF)
            return False
        return more

    def _runs(self) -> bool:
        """Cheap, and no lock."""
        try:
            with self._lane.store.read() as session:
                return session.scalars(
                    select(Campaign.id).where(Campaign.channel == self._lane.channel_id,
                                              Campaign.state == "running").limit(1)
                ).first() is not None
        except DBAPIError as error:
            self._trouble(self._lane.channel_id, error)
            self._stop.wait(BACK_OFF)
            return False

    def _send(self) -> None:
        runner = self._runner
        while not self._over.is_set():
            if not runner.has_work():
                runner.work.wait(POLL)
                runner.work.clear()
                continue
            try:
                runner.send(WAIT, offering=self._lane.clock.elapsed() - self._wrote_at < SILENT)
            except Exception as error:  # noqa: BLE001  (told as a bug; the rest goes on)
                self._lane.bug(f"campaigns {self._lane.channel_id}", error)
                self._stop.wait(BACK_OFF)

    def _test(self) -> None:
        trials = Trials(self._lane)
        while not self._stop.is_set():
            try:
                more = trials.turn(self._stop)
            except DBAPIError as error:
                self._trouble(self._lane.channel_id, error)
                more = False
            except Exception as error:  # noqa: BLE001  (told as a bug; campaigns go on)
                self._lane.bug(f"campaign tests {self._lane.channel_id}", error)
                more = False
            if not more:
                self._stop.wait(POLL)
