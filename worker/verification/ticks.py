"""
The `xac-minh` folder of every static site, kept as the database says.

At the start of the worker, each day, and when a folder is not as it should be, every day is
looked at, the newest first, a little at each tick. In between only days with something new are.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.build import TYPES, folder_of
from channels.files import disk_trouble
from worker.alarms.store import close_alarm, raise_alarm
from worker.home import Home
from worker.i18n import t
from worker.models import Alarm
from worker.programme.model import Programme
from worker.slots import local_date
from worker.verification.changes import Changes
from worker.verification.entry import Entry
from worker.verification.folder import FOLDER, Folder, newest_of
from worker.verification.pages import FIRST, Pages
from worker.verification.published import Reader

#: every day is looked at again after this
AGAIN = timedelta(days=1)
#: a broken disk is tried again this often: it may answer slowly, and people wait for alarms
REST = timedelta(seconds=30)
CHUNK = 300  #: messages put at once at least: files of marks are then written once for many days
STEP = 0.4  #: seconds a tick may spend on days in which nothing new is known
#: a day that took a second to read rests this many before it is read again: it grows with each
#: try of a large slot, and the tries need the processor more than the page does
SHARE = 10


@dataclass
class Site:
    """What is known of one site's folder."""

    path: Path
    due: set[date] = field(default_factory=set)  #: changed, not yet written
    rests: dict[date, float] = field(default_factory=dict)  #: not read again before, elapsed
    sweep: list[date] | None = None  #: days still to be looked at; None: none
    swept_at: datetime | None = None
    rests_until: datetime | None = None
    listed: bool = True  #: the first page says what the days say


class Verification:
    """May be called by any node at any time; files that are equal are left alone."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._changes = Changes()
        self._sites: dict[str, Site] = {}

    def tick(self, programme: Programme, now: datetime) -> int:
        """One round; gives how many messages were written anew."""
        self._find_sites(programme)
        if not self._sites:
            return 0
        written = 0
        with self.home.store.read() as session:
            news = self._changes.days(session, now)
            reader = Reader(session, programme, now)
            for channel, site in self._sites.items():
                site.due |= news
                if site.rests_until is None or site.rests_until <= now:
                    written += self._keep(channel, site, reader)
        return written

    def _find_sites(self, programme: Programme) -> None:
        """Those of the programme in force."""
        found = {}
        training = self.home.installation().training
        for config in programme.channels:
            if config.type == "static_site" and config.enabled:
                named = config.options.get(
                    "folder", TYPES[config.type].model_fields["folder"].default)
                path = folder_of(str(named), self.home.settings.var / "phat",
                                 training=training) / FOLDER
                known = self._sites.get(config.id)
                found[config.id] = known if known and known.path == path else Site(path)
        self._sites = found

    def _keep(self, channel: str, site: Site, reader: Reader) -> int:
        programme, now = reader.programme, reader.now
        folder = self._folder(site.path, programme, now)
        try:
            written = self._mend(folder, site, reader)
        except OSError as error:
            site.rests_until, site.sweep, site.swept_at = now + REST, None, None
            self._tell(channel, now, disk_trouble(error, site.path).detail)
            return 0
        site.rests_until = None
        self._tell(channel, now, "")
        return written

    def _mend(self, folder: Folder, site: Site, reader: Reader) -> int:
        whole = folder.whole()
        if not whole or site.swept_at is None or reader.now - site.swept_at >= AGAIN or (
                reader.now < site.swept_at):
            folder.begin()
            site.sweep = sorted({*reader.days(), *folder.days()}, reverse=True)
            site.swept_at, site.listed = reader.now, False
        written = 0
        due = self._rested(site)
        site.due -= set(due)
        with ExitStack() as undone:
            undone.callback(site.due.update, due)  # what was not written is due again
            if due:
                site.listed = False
                written = folder.put([(day, self._read(site, reader, day)) for day in due])
            undone.pop_all()
        if site.sweep is not None:
            written += self._sweep(folder, site, reader)
        if not site.listed:
            folder.lists(newest_of(_days(reader), FIRST))
            site.listed = True
        return written

    def _rested(self, site: Site) -> list[date]:
        """Changed days that may be read now, the newest first."""
        now = self.home.clock.elapsed()
        site.rests = {day: until for day, until in site.rests.items() if until > now}
        return sorted(site.due - site.rests.keys(), reverse=True)

    def _read(self, site: Site, reader: Reader, day: date) -> list[Entry]:
        elapsed = self.home.clock.elapsed
        begun = elapsed()
        found = reader.day(day)
        site.rests[day] = elapsed() + SHARE * (elapsed() - begun)
        return found

    def _sweep(self, folder: Folder, site: Site, reader: Reader) -> int:
        """Some of the days that are still to be looked at; the first page after the last."""
        elapsed = self.home.clock.elapsed
        left, until, written = site.sweep or [], elapsed() + STEP, 0
        while left and elapsed() < until:
            days: list[tuple[date, list[Entry]]] = []
            while left and sum(len(entries) for _, entries in days) < CHUNK:
                days.append((left[0], reader.day(left[0])))
                left = left[1:]
            written += folder.put(days, all_marks=True)
        site.sweep = left or None
        site.listed = site.listed and bool(left)
        return written

    def _folder(self, path: Path, programme: Programme, now: datetime) -> Folder:
        body = programme.organisation_on(programme.organisation, local_date(programme, now))
        here = self.home.installation()
        return Folder(path, here.uid, Pages(
            body.name if body else programme.name, body.hotline if body else "",
            here.training, programme.zone()))

    def _tell(self, channel: str, now: datetime, trouble: str) -> None:
        cause = f"verification:{channel}"
        with self.home.store.read() as session:
            open_now = _told(session, cause)
        if not trouble and not open_now:
            return
        with self.home.store.write() as session:
            if trouble:
                raise_alarm(session, now, cause, "verification", "warning", t(
                    f"trang xác minh của kênh {channel} chưa cập nhật: {trouble}",
                    f"the verification page of channel {channel} is not up to date: {trouble}"))
            else:
                close_alarm(session, now, cause)


def _told(session: Session, cause: str) -> bool:
    return session.scalars(select(Alarm.id).where(
        Alarm.cause == cause, Alarm.closed_at.is_(None))).first() is not None


def _days(reader: Reader) -> Iterator[list[Entry]]:
    return (reader.day(day) for day in reader.days())
