"""Play the days: jump from one due moment to the next, one delivery after another."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from worker.dispatcher import Dispatcher
from worker.engines.embedded import Inline
from worker.home import SYSTEM, Home
from worker.housekeeping import Housekeeping
from worker.i18n import t
from worker.models import Batch, Content, Delivery
from worker.nodes import register
from worker.office import Office
from worker.outbox.units import Result, Worker
from worker.output import local_iso
from worker.planner.store import Report, replan
from worker.radio.store import make_bulletins
from worker.reconcile import reconcile
from worker.rehearsal.stage import Stage

#: after activity the far side is asked about doubts at these moments (two answers are needed)
ASK = (timedelta(seconds=90), timedelta(seconds=240), timedelta(seconds=420))


@dataclass
class Quiet:
    """Observer of a rehearsal: keeps bugs, for they must not pass unseen."""

    bugs: list[str] = field(default_factory=list)
    missed_count: int = 0

    def attempted(self, result: Result, state: str) -> None:
        """The table at the end tells."""

    def missed(self, occurrence: str, channel: str, item: str, count: int) -> None:
        del occurrence, channel, item
        self.missed_count += count

    def bug(self, where: str, error: BaseException) -> None:
        self.bugs.append(f"{where}: {error!r}")

    def database(self, where: str, trouble: str) -> None:
        self.bugs.append(f"{where}: {trouble}")


@dataclass
class Played:
    """What a rehearsal did."""

    rows: list[dict[str, Any]]
    report: Report
    bugs: list[str]


def play(stage: Stage, sandbox_url: str) -> Played:
    """Run all days; rows sorted by (at, channel, target)."""
    home, clock = stage.home, stage.clock
    report = replan(home.store, clock.now(), SYSTEM, since=stage.first, until=stage.last)
    with home.store.write() as session:
        worker = register(session, clock.now(), "chay-thu")
    office = Office(home.settings, home.store, clock, training=True, sandbox_url=sandbox_url,
                    force=home.programme(), durable=False).open()
    observer = Quiet([f"{c}: {why}" for c, why in sorted(office.broken.items())])
    dispatchers = [Dispatcher(office, c.id, worker, Inline(), observer)
                   for c in office.force.programme.channels if c.enabled]
    _run(home, office, worker, dispatchers)
    return Played(_rows(home, office), report, observer.bugs)


def _run(home: Home, office: Office, worker: Worker, dispatchers: list[Dispatcher]) -> None:
    clock = office.clock
    house = Housekeeping(office, worker, home.settings.var)
    never = threading.Event()
    asks: list[datetime] = []
    while True:
        for dispatcher in dispatchers:
            while _due(home, dispatcher) and dispatcher.turn():
                dispatcher.wait(never)
        if house.anything_to_sweep():
            house.sweep()
        make_bulletins(home.store, clock.now())
        if _doubts(home):
            reconcile(office, clock.now())
            asks += [clock.now() + after for after in ASK] if not asks else []
        upcoming = [m for m in (_next(home), *asks) if m is not None and m > clock.now()]
        asks = [m for m in asks if m > clock.now()]
        if not upcoming:
            return
        clock.wait(never, (min(upcoming) - clock.now()).total_seconds())


def _due(home: Home, dispatcher: Dispatcher) -> bool:
    if dispatcher.hands or dispatcher.flying:
        return True
    with home.store.read() as session:
        return session.scalars(
            select(Batch.id).where(
                Batch.channel == dispatcher.channel_id, Batch.state == "ready",
                Batch.next_attempt_at <= home.clock.now(), Batch.closes_at > home.clock.now(),
            ).limit(1)
        ).first() is not None


def _next(home: Home) -> datetime | None:
    """The next moment at which something is due, or closes."""
    now = home.clock.now()
    with home.store.read() as session:
        due = session.scalars(
            select(func.min(Batch.next_attempt_at)).where(
                Batch.state == "ready", Batch.next_attempt_at > now)
        ).one()
        closing = session.scalars(
            select(func.min(Batch.closes_at)).where(
                Batch.state.in_(["held", "ready", "leased"]), Batch.closes_at > now)
        ).one()
    return min(filter(None, (due, closing)), default=None)


def _doubts(home: Home) -> bool:
    with home.store.read() as session:
        return session.scalars(
            select(Delivery.id).where(Delivery.state == "uncertain").limit(1)
        ).first() is not None


def _rows(home: Home, office: Office) -> list[dict[str, Any]]:
    zone = office.force.programme.zone()
    with home.store.read() as session:
        found = session.execute(
            select(Delivery, Content.payload, Batch.state, Batch.next_attempt_at)
            .join(Content, Content.sha256 == Delivery.content_sha256)
            .join(Batch, Batch.id == Delivery.batch_id)
        ).all()
    rows = []
    for d, payload, batch_state, due in found:
        queued = {"leased": "ready", "done": "ready"}.get(batch_state, batch_state)
        rows.append({
            "key": d.id, "at": local_iso(d.first_try_at or due, zone), "channel": d.channel,
            "target": d.target, "item": payload["extra"]["item"],
            "state": queued if d.state == "queued" else d.state, "title": payload["title"],
            "text": payload["text"], "parts": payload["parts"], "seconds": payload["seconds"],
            "ref": d.ref, "url": d.url, "occurrence": d.occurrence_id, "attempts": d.attempts,
            "late": d.late, "code": d.code, "approved": t("chạy thử", "rehearsal"),
        })
    return sorted(rows, key=lambda r: (r["at"], r["channel"], r["target"], r["key"]))
