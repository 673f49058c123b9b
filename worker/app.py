"""
The worker put together: what is started in which order, and stopped in the reverse.

    lock -> tables -> who am I -> recovery -> own lost tries -> plan -> channels -> ticks

APScheduler runs the ticks, in memory only: what must be sent stands in the outbox, so a tick
that is lost costs seconds.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import IO

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import DBAPIError

from worker import accounts, lock, memory, migrate, nodes, recovery, takedown, withdrawn
from worker.aftercare import ticks as aftercare
from worker.alarms.notify import notify_due
from worker.alarms.store import close_alarm, close_quiet, raise_alarm
from worker.alarms.ways import NotToldError, beat, ways
from worker.before_slot import BeforeSlot
from worker.campaigns import doubt as campaign_doubt
from worker.campaigns import ends, queueing
from worker.campaigns.asking import find_tick
from worker.db import is_full_or_locked, store_now
from worker.engines.base import Engine
from worker.engines.choose import choose
from worker.failover import Failover
from worker.growth import retention
from worker.home import Home
from worker.housekeeping import JUMP, Housekeeping, close_day
from worker.lists.upkeep import upkeep
from worker.notices.ticks import Notices, mail
from worker.observer import Bell
from worker.office import MissingSecretError, Office
from worker.outbox import doubt, withdraw
from worker.outbox.units import Worker
from worker.programme.watch import Watch
from worker.radio.store import Desk
from worker.radio.ticks import Ticks
from worker.rates import Leaser
from worker.reconcile import reconcile
from worker.shared import watch
from worker.verification.ticks import Verification

log = structlog.get_logger("giovang")


class App:
    """One running worker."""

    def __init__(
        self, home: Home, *, sandbox_url: str | None = None, held: IO[str] | None = None
    ) -> None:
        self.home = home
        self.sandbox_url = sandbox_url
        self._lock = held  # whoever prepared the tables had to be alone already
        self.engine: Engine | None = None
        self._scheduler = BackgroundScheduler(timezone="UTC", daemon=True)

    def start(self) -> None:
        """Everything up to the first tick; raises UserError when it cannot run here."""
        store, clock, var = self.home.store, self.home.clock, self.home.settings.var
        if store.sqlite and self._lock is None:
            self._lock = lock.take(var)
        migrate.upgrade(store)
        self.failover = Failover(self.home)
        self.failover.at_start()
        self.worker = self._register()
        self._recover()
        self.failover.take_up()
        with store.write() as session:
            moment = store_now(session, clock)
            lost = doubt.reclaim_own(session, clock.now(), moment, self.worker)
            lost += campaign_doubt.reclaim(session, clock.now(), moment, self.worker, own=True)
        if lost:
            log.warning("tries.lost", count=lost)
        self.office = self.make_office()
        self.bell = Bell(store, clock, self.office)
        self.house = Housekeeping(self.office, self.worker, var)
        # before planning: a plan without a mark is taken for one put back from a backup
        self.house.set_mark()
        self.house.make_room()
        self.house.plan()
        self._alarms = self.make_office()  # a lane of its own: an alarm waits behind nothing
        self.watch = Watch(self.home, self.replan)
        self.desk = Desk(store, clock)
        self.radio = Ticks(self.home)
        self.verification = Verification(self.home)
        self.before = BeforeSlot()
        self.notices = Notices(self.home)
        self._leaser = None if store.sqlite else Leaser(store, clock).start()
        self.engine = choose(self.home.settings, store, self.make_office, self.worker, self.bell,
                             self._leaser.pace if self._leaser else None)
        self._cover()
        self._ticks()
        self._scheduler.start()

    def make_office(self) -> Office:
        """Channels of the programme in force; each dispatcher's thread has its own."""
        settings = self.home.settings
        return Office(
            settings, self.home.store, self.home.clock, self.home.installation().training,
            self.sandbox_url, self.home.programme(),
        ).open()

    def _register(self) -> Worker:
        name = nodes.node_name(self.home.settings.var)
        with self.home.store.write() as session:
            now = store_now(session, self.home.clock)
            self._joined = nodes.others_live(session, now, name)
            worker = nodes.register(session, now, name)
        migrate.refuse_newer(self.home.store)  # taken away before anybody could see that we live
        return worker

    def _recover(self) -> None:
        """A database older than what went out, or put back, sends nothing of that time."""
        store, var, now = self.home.store, self.home.settings.var, self.home.clock.now()
        with store.read() as session:
            found = recovery.doubt(session, var, joins=self._joined and not store.sqlite)
        if found is not None:
            count = recovery.recover(store, var, now, found)
            log.warning("recovery", why=found.why, since=found.since.isoformat(), uncertain=count)

    # ------------------------------------------------------------------ ticks

    def _ticks(self) -> None:
        every = self._every
        every("heartbeat", 15, self.heartbeat)
        every("failover", 2, lambda: self.failover.look(self.worker))
        every("sweep", 5, self.sweep)
        every("mark", 10, self.house.set_mark)
        every("reconcile", 30, lambda: self._woken(reconcile(self._office(), self._now())))
        every("find", 30, lambda: self._woken(find_tick(self._office(), self._now())))
        every("campaigns", 2, lambda: ends.tick(self.home, self._now()))
        every("queueing", 600, lambda: queueing.tidy(self.home, self._now()))
        every("recalls", 30, self.watch_recalls)
        every("aftercare", 30, lambda: aftercare.tick(self._office(), self._now()))
        every("partitions", 3600, self.house.make_room)
        # due once a month; often, for a machine that is off at night has to come to it as well
        every("retention", 3 * 3600, lambda: retention.tidy(self.home.store, self._now()))
        every("plan", 3600, self.replan)
        every("bulletins", 2, lambda: self.desk.tick(self._now()))
        every("sounds", 30, lambda: self.radio.sounds(self._now()))
        every("boxes", 5, lambda: self._woken(self.radio.push(self._now())))
        every("sounds-tidy", 24 * 3600, lambda: self.radio.tidy(self._now()))
        every("verification", 3, lambda: self.verification.tick(
            self.home.programme().programme, self._now()))
        every("lists", 60, lambda: upkeep(self.home, self._now()))
        every("programme", 2, self.watch.look)
        every("memory", 5, memory.give_back)
        every("alarms", 20, self.tell)
        every("notices", 30, self.tell_people)
        every("beat-outside", 60, self.beat_outside)
        every("disk", 60, self.house.watch_disk)
        every("files", 60, lambda: watch.look(self.home, self.worker.node))
        every("drafts", 3600, self.house.tidy_drafts)
        every("accounts", 600, lambda: accounts.watch(self.office))
        every("before-slot", 20, lambda: self.before.tick(self._office(), self._now()))
        self._scheduler.add_job(
            self._guarded("day", lambda: close_day(self.home.store, self._now())),
            self._midnight(), id="day", coalesce=True, misfire_grace_time=None,
        )
        self._ask_accounts()

    def _midnight(self) -> CronTrigger:
        return CronTrigger(hour=0, minute=10, timezone=self.office.force.programme.timezone)

    def _every(self, name: str, seconds: float, act: Callable[[], object]) -> None:
        self._scheduler.add_job(
            self._guarded(name, act), "interval", seconds=seconds, id=name, coalesce=True,
            max_instances=1, misfire_grace_time=None,
        )

    def _guarded(self, name: str, act: Callable[[], object]) -> Callable[[], None]:
        """A tick that fails is told, and comes again; it never ends the worker."""

        def run() -> None:
            try:
                act()
            except DBAPIError as error:
                log.error("database.trouble", where=name, error=str(error.orig))
                if is_full_or_locked(error):
                    self.bell.away.seen(self._now())
            except OSError as error:
                log.error("system.trouble", where=name, error=str(error))
            except Exception as error:  # noqa: BLE001  (told as a bug)
                self.bell.bug(f"tick {name}", error)

        return run

    def _now(self) -> datetime:
        return self.home.clock.now()

    def _office(self) -> Office:
        """The ticks' own channels, renewed when the programme or a secret's file changed."""
        force = self.home.programme()
        if force.version != self.office.force.version:
            self.office.renew(force)
            self._cover()
            self._scheduler.reschedule_job("day", trigger=self._midnight())
        elif not self.office.reread():
            return self.office
        self._ask_accounts()
        return self.office

    def _ask_accounts(self) -> None:
        """At once: what cannot send, or can again, is told before its slot comes."""
        self._scheduler.add_job(self._guarded("accounts", lambda: accounts.watch(self.office)),
                                id="accounts-now", replace_existing=True)

    def _cover(self) -> None:
        if self.engine is not None:
            self.engine.cover(c.id for c in self.office.force.programme.channels)

    def heartbeat(self) -> None:
        """We live; and the database can be written, if it could not before."""
        self.house.heartbeat()
        zone = self.home.programme().programme.zone()
        self.bell.away.tell(self.home.store, zone, self._now())

    def sweep(self) -> None:
        """Dead leases, closed slots, harmless doubts."""
        self._office()
        if self.failover.look(self.worker) and self.house.anything_to_sweep():
            for m in self.house.sweep():
                self.bell.missed(m.occurrence_id, m.channel, m.item_id, m.deliveries)
            self._woken(1)

    def watch_recalls(self) -> None:
        """What must be taken back and is not; what was withdrawn gets its next version."""
        takedown.watch(self._office(), self._now())
        withdrawn.watch(self._office(), self._now())
        with self.home.store.read() as session:
            anew = withdraw.waits_for_plan(session, self._now())
        if anew:
            self.replan()

    def replan(self) -> None:
        """Hourly, and after each edit."""
        self._office()
        if self.failover.look(self.worker):  # else what went out may stand as not begun
            self.house.plan()
            self._woken(1)

    def tell(self) -> None:
        """Tell whoever is on duty of what is open."""
        force = self.home.programme()
        if force.version != self._alarms.force.version:
            self._alarms.renew(force)
        self._alarms.reread()
        senders = ways(self._alarms)
        with self.home.store.write() as session:
            close_quiet(session, self._now())
        notify_due(self.home, force.programme, senders, self._now())
        self.radio.stations(self._now(), senders)

    def tell_people(self) -> None:
        """What waits, came back or was aired; in a thread of its own, behind no alarm."""
        self.notices.tick(self._now())
        mail(self.home.store, self.home.programme().programme, ways(self._alarms), self._now())

    def beat_outside(self) -> None:
        """
        An outside watcher, where one is named, is told that we live: by one of the workers, so
        that one without a way out does not open what the next one closes; by none while the
        database is away, for then nobody else can tell of it.
        """
        url = self._alarms.force.programme.alarms.heartbeat_url
        if not url or self._alarms.training:
            return
        with self.home.store.read() as session:
            if not nodes.is_first(session, store_now(session, self.home.clock), self.worker.node):
                return
        try:
            named = url.startswith(("env:", "file:"))
            beat(self._alarms.wire, self.home.clock.elapsed,
                 self._alarms.secret(url) if named else url)
        except (NotToldError, MissingSecretError) as error:
            with self.home.store.write() as session:
                raise_alarm(session, self._now(), "heartbeat", "heartbeat", "warning", str(error))
            return
        with self.home.store.write() as session:
            close_alarm(session, self._now(), "heartbeat")

    def _woken(self, count: int) -> None:
        if count and self.engine is not None:
            for channel in self.office.channels:
                self.engine.wake(channel)

    # ------------------------------------------------------------------ the end

    def run_until(self, stop: threading.Event) -> None:
        """Run until somebody says stop; monotonic, so it sees when somebody sets the clock."""
        watch = self._guarded("clock", self.watch_clock)
        while not stop.wait(1.0):
            watch()

    def watch_clock(self) -> None:
        """After a jump of the wall clock every tick comes at once, not when the clock says so."""
        if abs(self.house.watch_clock()) > JUMP:
            for job in self._scheduler.get_jobs():
                if isinstance(job.trigger, IntervalTrigger):
                    job.modify(next_run_time=self._now())

    def stop(self) -> bool:
        """
        Nothing new begins; the ticks end, what is on the wire is settled; then sign off. False
        when the time for it ran out: some tries have no end in the log yet.
        """
        if self.engine is not None:
            self.engine.halt()  # a tick may be waiting for a far side: nothing begins meanwhile
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        if self.engine is None:
            return True  # it never came so far
        settled = self.engine.stop(self.home.settings.grace)
        if self._leaser is not None:
            self._leaser.stop()
        with self.home.store.write() as session:
            nodes.signed_off(session, store_now(session, self.home.clock), self.worker.node)
        self.house.set_mark()
        if self._lock is not None:
            self._lock.close()
        log.info("stopped", settled=settled)
        return settled

