"""
The database was away: noted in memory while nothing can be written, told once it can. While it
is away only the outside watcher can tell, who is told nothing then (`heartbeat_url`).
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import update

from worker.alarms.store import raise_alarm
from worker.db import Store
from worker.i18n import t
from worker.models import Alarm

log = structlog.get_logger("giovang")

#: what is over sooner is only in the log: a server that was started anew
SHORT = timedelta(seconds=10)
#: nobody has seen trouble for so long: over
WELL = timedelta(minutes=2)
CAUSE = "database"


@dataclass
class Away:
    """Of one worker; the alarm is the cluster's."""

    _first: datetime | None = None
    _last: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seen(self, now: datetime) -> None:
        """It could not be read or written just now; any thread."""
        with self._lock:
            self._first, self._last = self._first or now, now

    def tell(self, store: Store, zone: ZoneInfo, now: datetime) -> None:
        """It can be written: say how long it could not, and close what nobody sees any more."""
        with store.write() as session:
            session.execute(
                update(Alarm)
                .where(Alarm.cause == CAUSE, Alarm.closed_at.is_(None), Alarm.last_at < now - WELL)
                .values(closed_at=now).execution_options(synchronize_session=False))
            with self._lock:
                first, last = self._first, self._last
            if first is None or last is None:
                return
            since, until = (x.astimezone(zone).strftime("%H:%M:%S") for x in (first, last))
            if last - first >= SHORT:
                raise_alarm(session, now, CAUSE, "database", "serious",
                            t(f"không đọc, ghi được cơ sở dữ liệu từ {since} đến {until}",
                              f"the database could not be read or written, {since} to {until}"))
        with self._lock:
            if self._last == last:
                self._first = self._last = None
        log.warning("database.back", since=since, until=until)
