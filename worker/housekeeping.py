"""
What time does: dead leases, closed slots, doubts that may be ended, the heartbeat, the mark.
Each is short and may be called at any time, by any node, twice.
"""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import exists, select, update

from worker import audit, mark
from worker.alarms.store import close_alarm, raise_alarm
from worker.campaigns import doubt as campaign_doubt
from worker.campaigns.receipts import HORIZON
from worker.db import Store, on_its_timeline, store_now
from worker.gaps import tell_gaps
from worker.growth import partitions
from worker.home import SYSTEM, in_force
from worker.i18n import t
from worker.items import drafts
from worker.models import Attempt, Batch, Delivery, Installation, Node, Occurrence, Receipt
from worker.office import Office
from worker.outbox import doubt, expire, withdraw
from worker.outbox.units import Worker
from worker.planner.store import Report, replan
from worker.put_off import bring_forward
from worker.receipts import match_unmatched
from worker.recovery import last_begin
from worker.smstemplates.ahead import tell_templates

#: less free space than this is a Sự cố, bytes
LOW_DISK = 500 * 1024 * 1024
#: wall and monotonic clock apart by more than this: somebody set the clock
JUMP = timedelta(seconds=30)


@dataclass
class Housekeeping:
    """The ticks of one worker."""

    office: Office
    worker: Worker
    var: Path
    _anchor: tuple[datetime, float] | None = None
    _no_lease_judged_until: datetime | None = None

    @property
    def store(self) -> Store:
        return self.office.store

    def sweep(self) -> list[expire.Missed]:
        """Dead leases back, closed slots expired, harmless doubts repeated."""
        now = self.office.clock.now()
        with self.store.write() as session:
            # after a jump of the clock no lease is judged for one lease period
            if self._no_lease_judged_until is None or now > self._no_lease_judged_until:
                moment = store_now(session, self.office.clock)
                doubt.reclaim(session, now, moment, self.worker)
                campaign_doubt.reclaim(session, now, moment, self.worker, own=False)
        found: list[expire.Missed] = []
        while True:
            with self.store.write() as session:
                chunk = expire.expire(session, now, SYSTEM)
                more = bool(chunk)
                found += chunk
            if not more:
                break
        with self.store.write() as session:
            doubt.send_again(session, now, SYSTEM, self.office.traits())
            campaign_doubt.send_again(session, now, SYSTEM, self.office.traits())
            match_unmatched(session, now)
            withdraw.forbidden(session, now, SYSTEM)
        return found

    def anything_to_sweep(self) -> bool:
        """A cheap read: is there anything a sweep would do?"""
        now = self.office.clock.now()
        kinds = (
            select(Batch.id).where(Batch.state.in_(["held", "ready", "leased"]),
                                   Batch.closes_at <= now),
            select(Batch.id).where(Batch.state == "leased", Batch.lease_until < now),
            select(Delivery.id).where(Delivery.state == "uncertain"),
            select(Attempt.delivery_id).join(Delivery, doubt.LAST_TRY).where(
                Attempt.ended_at.is_(None), Attempt.deadline_at < now - doubt.GIVE_UP,
                Delivery.state == "sending"),
            # older ones are looked at no more
            select(Receipt.id).where(Receipt.matched_at.is_(None),
                                     Receipt.received_at > now - HORIZON),
            *campaign_doubt.signs(now),
        )
        with self.store.read() as session:
            return withdraw.anything(session) or any(
                session.scalars(kind.limit(1)).first() is not None for kind in kinds)

    def plan(self) -> Report:
        """Plan ahead, and say what could not be filled."""
        now = self.office.clock.now()
        report = replan(self.store, now, self.worker.node)
        with self.store.write() as session:
            tell_gaps(session, now, report)
            tell_templates(session, now, in_force(session).programme, report)
        return report

    def make_room(self) -> None:
        """Partitions of what is written next; an alarm while rows stand where nobody foresaw."""
        now = self.office.clock.now()
        days = self.office.force.programme.settings.plan_ahead_days
        if partitions.ahead(self.store, now, days):
            with self.store.write() as session:
                close_alarm(session, now, "partitions")
            return
        with self.store.write() as session:
            if tables := partitions.unforeseen(session):
                names = ", ".join(tables)
                raise_alarm(session, now, "partitions", "partitions", "warning",
                            t(f"có dòng nằm ngoài các phân vùng tháng: {names}",
                              f"rows outside the partitions of months: {names}"),
                            t("trạm phát tự xếp lại mỗi giờ; còn mãi thì xem docs/scale.md",
                              "put in place every hour; if it stays, see docs/scale.md"))

    def heartbeat(self) -> None:
        """We live; `status` asks for this. Not on a server nobody has found whole (failover.py)."""
        with self.store.write() as session:
            session.execute(
                update(Node).where(Node.id == self.worker.node,
                                   exists().where(on_its_timeline(Installation.timeline)))
                .values(heartbeat_at=store_now(session, self.office.clock))
            )

    def set_mark(self) -> None:
        """Write down how far we have sent, when that has changed."""
        with self.store.read() as session:
            installation = session.scalars(select(Installation)).one()
            last = last_begin(session)
        wanted = mark.Mark(installation.uid, installation.epoch,
                           max(filter(None, (last, installation.recovered_until)),
                               default=installation.created_at),
                           installation.timeline or "")
        if mark.read(self.var) != wanted:
            mark.write(self.var, wanted)

    def watch_clock(self) -> timedelta:
        """How far the wall clock has jumped since the last look; an alarm when it has."""
        clock = self.office.clock
        now, elapsed = clock.now(), clock.elapsed()
        if self._anchor is None:
            self._anchor = (now, elapsed)
            return timedelta(0)
        wall, mono = self._anchor
        drift = (now - wall) - timedelta(seconds=elapsed - mono)
        self._anchor = (now, elapsed)
        if abs(drift) > JUMP:
            self._no_lease_judged_until = now + timedelta(minutes=5)
            with self.store.write() as session:
                raise_alarm(session, now, "clock", "clock", "serious",
                            t(f"đồng hồ máy nhảy {drift.total_seconds():+.0f} giây",
                              f"the machine's clock jumped {drift.total_seconds():+.0f} s"),
                            t("kiểm tra đồng bộ giờ (chrony, systemd-timesyncd)",
                              "check time synchronisation (chrony, systemd-timesyncd)"))
                if drift < -JUMP:
                    bring_forward(session, now)
        return drift

    def watch_disk(self) -> None:
        """Warn while there is still room to write the warning."""
        free = shutil.disk_usage(self.var).free
        now = self.office.clock.now()
        with self.store.write() as session:
            if free < LOW_DISK:
                raise_alarm(session, now, "disk", "disk", "serious",
                            t(f"đĩa chỉ còn {free // 1024 // 1024} MB",
                              f"only {free // 1024 // 1024} MB of disk left"),
                            t("dọn đĩa, chuyển bản sao lưu cũ đi", "free the disk"))
            else:
                close_alarm(session, now, "disk")

    def tidy_drafts(self) -> None:
        """Forms of the console that nobody came back to in two months."""
        with self.store.write() as session:
            drafts.tidy(session, self.office.clock.now())


def close_day(store: Store, now: datetime) -> None:
    """Once a day: the heads of yesterday's event chains become one row of the audit chain."""
    with store.write() as session:
        force = in_force(session)
        day = (now.astimezone(force.programme.zone()) - timedelta(days=1)).date()
        heads = session.execute(
            select(Occurrence.id, Occurrence.event_head)
            .where(Occurrence.local_date == day).order_by(Occurrence.id)
        ).all()
        digest = audit.chain_hash("", {"day": day, "heads": [list(h) for h in heads]})
        audit.record(session, now, SYSTEM, "day_heads", day.isoformat(),
                     {"occurrences": len(heads), "sha256": digest})

